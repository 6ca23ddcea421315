"""Loss in context: what a number means for *this* task.

There is no universally good loss.  What a number can be held against is the naive predictor, which
looks at no column: the class shares, the mean, the median, a quantile.  ``skill`` is the share of
its loss that the model takes away: 0 is naive, 1 is perfect, and the same for every metric.

    log loss, Brier, MSE, RMSE, MAE, pinball, Poisson    1 - L / L0
    AUC                                                  2 A - 1
    PR-AUC                                               (AP - p) / (1 - p)
    accuracy                                             (a - p_max) / (1 - p_max)
    balanced accuracy                                    (b - 1/K) / (1 - 1/K)
    F1                                                   (F - F0) / (1 - F0), F0 = 2 p / (1 + p)
    recall                                               (r - q) / (1 - q)

with p the share of class 1, p_max that of the most frequent class, F0 the F1 of calling every row
positive, and q the share of the rows that the model calls positive: calling as many at random finds
that share of the positives, so a recall is worth what it has above it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from advisor.types import Floats, Task

SURE = 2.0
"""Standard errors below the naive loss from which a model has learned something: it alarms (says
"learned") on 2.3 % of models that guess, one-sided normal."""

# (targets, what was predicted for each) -> (n,) losses, lower is better
RowLoss = Callable[[NDArray[Any], NDArray[Any]], Floats]


def squared(y: NDArray[Any], pred: NDArray[Any]) -> Floats:
    """(n,) squared errors."""
    return np.asarray((np.asarray(y, dtype=np.float64) - pred) ** 2)


def absolute(y: NDArray[Any], pred: NDArray[Any]) -> Floats:
    """(n,) absolute errors."""
    return np.asarray(np.abs(np.asarray(y, dtype=np.float64) - pred))


def cross_entropy(y: NDArray[Any], pred: NDArray[Any]) -> Floats:
    """Of class codes (n,) and probabilities (n,) of class 1 or (n, K)."""
    p = np.asarray(pred, dtype=np.float64)
    hit = np.where(y == 1, p, 1 - p) if p.ndim == 1 else p[np.arange(len(y)), y]
    return np.asarray(-np.log(np.clip(hit, np.finfo(np.float64).tiny, 1.0)))


def pinball(tau: float) -> RowLoss:
    """Of the ``tau`` quantile, 0 < tau < 1."""

    def loss(y: NDArray[Any], pred: NDArray[Any]) -> Floats:
        error = np.asarray(y, dtype=np.float64) - pred
        return np.asarray(np.maximum(tau * error, (tau - 1) * error))

    return loss


def poisson(y: NDArray[Any], pred: NDArray[Any]) -> Floats:
    """Poisson deviance of counts and their predicted means, which must be above 0."""
    mean = np.asarray(pred, dtype=np.float64)
    return np.asarray(2 * (xlogy(y, y / mean) - y + mean))


@dataclass(frozen=True, slots=True)
class Naive:
    """The naive predictor of one loss: what it answers, and how its answer is scored."""

    answer: Callable[[NDArray[Any]], NDArray[Any]]
    rows: RowLoss
    root: bool = False

    def loss(self, y_train: NDArray[Any], y_valid: NDArray[Any]) -> float:
        """Mean loss on ``y_valid`` of the answer learned on ``y_train``."""
        answer = self.answer(y_train)
        pred = np.broadcast_to(answer, (len(y_valid), *answer.shape))
        mean = float(self.rows(y_valid, pred).mean())
        return mean**0.5 if self.root else mean


def _mean(y: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.mean(y))


def _median(y: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.median(y))


def class_shares(y: NDArray[Any], n_classes: int) -> Floats:
    """(K,) share of each class."""
    return np.asarray(np.bincount(np.asarray(y, np.int64), minlength=n_classes) / len(y))


def naive_of(name: str, *, n_classes: int = 2, tau: float = 0.5) -> Naive:
    """The naive predictor for a loss.

    Args:
        name: ``cross_entropy``, ``mse``, ``rmse``, ``mae``, ``pinball`` or ``poisson``.
        n_classes: K, for cross-entropy.
        tau: the quantile, for pinball.
    """
    table = {
        "cross_entropy": Naive(lambda y: class_shares(y, n_classes), cross_entropy),
        "mse": Naive(_mean, squared),
        "rmse": Naive(_mean, squared, root=True),
        "mae": Naive(_median, absolute),
        "pinball": Naive(lambda y: np.asarray(np.quantile(y, tau)), pinball(tau)),
        "poisson": Naive(_mean, poisson),
    }
    return table[name]


def loss_skill(loss: float, naive: float) -> float:
    """1 - L / L0; 0 where the naive loss is 0, as nothing can be taken away from it."""
    return 1 - loss / naive if naive else 0.0


def score_skill(score: float, naive: float) -> float:
    """(s - s0) / (1 - s0), of scores whose best is 1."""
    return (score - naive) / (1 - naive) if naive < 1 else 0.0


def always_positive_f1(share: float) -> float:
    """F1 of calling every row positive, where class 1 has this share."""
    return 2 * share / (1 + share)


@dataclass(frozen=True, slots=True)
class Learned:
    """Paired row losses against the naive predictor's: mean gain, its standard error."""

    gain: float
    se: float

    @property
    def something(self) -> bool:
        """Whether the losses lie below the naive ones by more than SURE standard errors."""
        return self.gain > SURE * self.se


def learned(rows: Floats, naive_rows: Floats) -> Learned:
    """Whether a model has learned anything.

    Args:
        rows, naive_rows: (n,) contributions to the score, higher is better, of the same rows.
    """
    d = np.asarray(rows, dtype=np.float64) - naive_rows
    if len(d) < 2 or not np.isfinite(d).all():
        return Learned(float(d.mean()) if len(d) else 0.0, np.inf)
    return Learned(float(d.mean()), float(d.std(ddof=1)) / len(d) ** 0.5)


@dataclass(frozen=True, slots=True)
class Number:
    """A measured score, and what the sentence about it needs.

    Attributes:
        metric: its name in METRICS, or a scikit-learn scorer's.
        score, naive: in the metric's own unit.
        skill, se: of the model in that metric, and the skill's standard error.
        task: of the target.
        y: (n,) scored targets.
        shares: (K,) of the classes among the training rows; empty for regression.
        flagged: share of the rows that are called class 1, None where nothing is.
    """

    metric: str
    score: float
    naive: float
    skill: float
    se: float
    task: Task
    y: NDArray[Any]
    shares: Floats
    flagged: float | None = None
