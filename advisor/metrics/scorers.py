"""Any scikit-learn scorer as a metric: its rows' contributions by a jackknife over 25 blocks."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer

from advisor.metrics.contributions import RowFunction, Values, labels, probabilities
from advisor.types import Floats, Task

JACKKNIFE_BLOCKS = 25


class _Predicted(BaseEstimator):  # type: ignore[misc]
    """An estimator that has already predicted: lets a scikit-learn scorer score predictions."""

    def __init__(self, pred: Values | None = None, n_classes: int = 0) -> None:
        self.pred = pred
        self.n_classes = n_classes

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Values, y: Values) -> _Predicted:
        return self


class _PredictedClasses(ClassifierMixin, _Predicted):  # type: ignore[misc]
    @property
    def classes_(self) -> Values:
        return np.arange(self.n_classes)

    def predict_proba(self, X: Values) -> Floats:
        return probabilities(np.asarray(self.pred)[X[:, 0]])

    def predict(self, X: Values) -> Values:
        return labels(np.asarray(self.pred)[X[:, 0]])


class _PredictedValues(RegressorMixin, _Predicted):  # type: ignore[misc]
    def predict(self, X: Values) -> Floats:
        return np.asarray(np.asarray(self.pred)[X[:, 0]], dtype=np.float64)


def by_scorer(name: str, task: Task) -> RowFunction:
    """Contributions of scikit-learn's scorer ``name``, by a delete-a-block jackknife.

    The rows of a block share one deviation, scaled by the root of their number, so that the plain
    variance of the contributions over n estimates the variance of the score.
    """
    scorer = get_scorer(name)

    def rows(y: Values, pred: Values, weight: Floats | None) -> Floats:
        kind = _PredictedClasses if task.is_classification else _PredictedValues
        width = 2 if np.ndim(pred) == 1 else np.shape(pred)[1]
        model = kind(pred=pred, n_classes=width)
        index = np.arange(len(y))[:, None]

        def on(keep: Values) -> float:
            extra = {} if weight is None else {"sample_weight": weight[keep]}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return float(scorer(model, index[keep], y[keep], **extra))

        whole = on(np.arange(len(y)))
        blocks = min(JACKKNIFE_BLOCKS, len(y))
        block = np.random.default_rng(0).permutation(len(y)) % blocks

        def without(b: int) -> float:
            try:
                score = on(np.flatnonzero(block != b))
            except ValueError:  # the only rows of a class are in this block
                return whole
            return score if np.isfinite(score) else whole

        left = np.array([without(b) for b in range(blocks)])
        deviation = (blocks - 1) * (left.mean() - left) * np.sqrt(len(y) / blocks)
        contribution = deviation[block]
        return np.asarray(contribution - contribution.mean() + whole)

    return rows


def scorer_fits(name: str, task: Task, *, weighted: bool) -> bool:
    """Whether scikit-learn's scorer ``name`` can score predictions of this task at all."""
    y: Values = np.arange(12) % (3 if task is Task.MULTICLASS else 2)
    pred: Values = np.linspace(0.1, 0.9, 12)
    if task is Task.MULTICLASS:
        pred = 0.1 + 0.7 * np.eye(3)[y]
    elif task is Task.REGRESSION:
        y = 1.0 + pred[::-1] ** 2
    try:
        score = by_scorer(name, task)(y, pred, np.ones(12) if weighted else None)
    except (AttributeError, TypeError, ValueError):
        return False
    return bool(np.isfinite(score).all())
