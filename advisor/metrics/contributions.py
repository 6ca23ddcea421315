"""What each validation row contributes to a score, higher is better.

The mean of the contributions is the score of the fold.  For a mean of row losses the contribution
is the loss itself with its sign turned.  For any other score it is the score plus the row's
influence (the infinitesimal jackknife: n times the derivative of the score by the row's weight), so
paired differences of contributions carry the variance of the difference of two scores:

* AUC: DeLong, DeLong & Clarke-Pearson 1988, placements within the fold.
* F1, precision, recall, balanced accuracy, R2, WAPE, RMSE: linearised ratios and roots.
* average precision: derivative of the weighted step-wise sum.

Any other scikit-learn scorer: ``scorers.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.types import Floats

EPS = 1e-7  # predictions are kept as float32: closer to 0 or 1 than this nothing can be told apart

Values = NDArray[Any]
# (y, pred, weight or None) -> (n,) contributions whose mean is the turned score
RowFunction = Callable[[Values, Values, Floats | None], Floats]


def _weighted(values: Floats, weight: Floats | None) -> Floats:
    """Contributions whose plain mean is the weighted mean of ``values``."""
    if weight is None:
        return values
    mean = float(np.average(values, weights=weight))
    return np.asarray(mean + (values - mean) * weight / weight.mean(), dtype=np.float64)


def _ratio(numerator: Floats, denominator: Floats, weight: Floats | None, sign: float) -> Floats:
    """Linearised contributions of sign * sum(numerator) / sum(denominator); 0 when it is 0 / 0."""
    w = np.ones(len(numerator)) if weight is None else weight / weight.mean()
    bottom = float(np.mean(w * denominator))
    if bottom == 0:
        return np.zeros(len(numerator))
    ratio = float(np.mean(w * numerator)) / bottom
    return np.asarray(sign * (ratio + w * (numerator - ratio * denominator) / bottom))


def probabilities(pred: Values) -> Floats:
    """(n, K) class probabilities from (n,) probabilities of class 1 or (n, K) ones."""
    p = np.asarray(pred, dtype=np.float64)
    return np.column_stack([1 - p, p]) if p.ndim == 1 else p


def labels(pred: Values) -> NDArray[np.int64]:
    """Predicted class codes: threshold .5, or the most probable class."""
    p = np.asarray(pred)
    return (p > 0.5).astype(np.int64) if p.ndim == 1 else p.argmax(axis=1).astype(np.int64)


def _positive(pred: Values) -> Floats:
    p = np.asarray(pred, dtype=np.float64)
    return p if p.ndim == 1 else p[:, 1]


# -- means of row losses -----------------------------------------------------------------------


def log_loss(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Log of the probability given to the class that came; no probability counts below EPS."""
    p = np.asarray(pred, dtype=np.float64)
    hit = np.where(y == 1, p, 1 - p) if p.ndim == 1 else p[np.arange(len(y)), y]
    return _weighted(np.log(np.clip(hit, EPS, 1.0)), weight)


def brier(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Squared error of the probabilities, summed over the classes from three on."""
    p = np.asarray(pred, dtype=np.float64)
    if p.ndim == 1:
        return _weighted(-((p - y) ** 2), weight)
    return _weighted(-((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1), weight)


def accuracy(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """1 where the predicted class is right."""
    return _weighted((labels(pred) == y).astype(np.float64), weight)


def cost(false_positive: float, false_negative: float) -> RowFunction:
    """What acting on each row costs: the two errors have a price, being right has none."""

    def rows(y: Values, pred: Values, weight: Floats | None) -> Floats:
        guess = labels(pred)
        paid = np.where(guess == 1, false_positive * (y == 0), false_negative * (y == 1))
        return _weighted(-paid.astype(np.float64), weight)

    return rows


def mse(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Squared error."""
    return _weighted(-((np.asarray(pred, dtype=np.float64) - y) ** 2), weight)


def mae(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Absolute error."""
    return _weighted(-np.abs(np.asarray(pred, dtype=np.float64) - y), weight)


def mape(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Absolute error as a share of the target."""
    scale = np.maximum(np.abs(y), np.finfo(np.float64).eps)
    return _weighted(-np.abs(np.asarray(pred, dtype=np.float64) - y) / scale, weight)


def _root(losses: Floats) -> Floats:
    """Linearised contributions of -sqrt(mean loss) from contributions of -mean loss."""
    root = float(np.sqrt(max(-losses.mean(), 0.0)))
    if root == 0:
        return np.zeros(len(losses))
    return np.asarray(-root + (losses - losses.mean()) / (2 * root))


def rmse(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Root of the mean squared error, linearised."""
    return _root(mse(y, pred, weight))


def rmsle(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Root of the mean squared error of log(1 + value), linearised; below 0 counts as 0."""
    p = np.log1p(np.maximum(np.asarray(pred, dtype=np.float64), 0))
    return _root(mse(np.log1p(np.maximum(y, 0)), p, weight))


# -- ratios ------------------------------------------------------------------------------------


def r2(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Share of the variance explained, linearised."""
    error = (np.asarray(pred, dtype=np.float64) - y) ** 2
    if y.min() == y.max():  # scikit-learn's convention
        return np.full(len(y), 0.0 if error.any() else 1.0)
    spread = (y - np.average(y, weights=weight)) ** 2
    return 1 + _ratio(error, spread, weight, -1.0)


def wape(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Sum of absolute errors over the sum of absolute targets, linearised."""
    error = np.abs(np.asarray(pred, dtype=np.float64) - y)
    return _ratio(error, np.abs(y).astype(np.float64), weight, -1.0)


def _class_ratio(kind: str, y: Values, guess: Values, k: int, weight: Floats | None) -> Floats:
    true, said = (y == k).astype(np.float64), (guess == k).astype(np.float64)
    hit = true * said
    top, bottom = {
        "f1": (2 * hit, true + said),
        "precision": (hit, said),
        "recall": (hit, true),
    }[kind]
    return _ratio(top, bottom, weight, 1.0)


def binary_ratio(kind: str) -> RowFunction:
    """``f1``, ``precision`` or ``recall`` of class 1."""

    def rows(y: Values, pred: Values, weight: Floats | None) -> Floats:
        return _class_ratio(kind, y, labels(pred), 1, weight)

    return rows


def macro_ratio(kind: str) -> RowFunction:
    """The same, averaged over the classes."""

    def rows(y: Values, pred: Values, weight: Floats | None) -> Floats:
        guess = labels(pred)
        present = np.unique(y) if kind == "recall" else np.union1d(y, guess)
        return np.asarray(
            np.mean([_class_ratio(kind, y, guess, int(k), weight) for k in present], axis=0)
        )

    return rows


# -- ranks -------------------------------------------------------------------------------------


def _auc_of(positive: NDArray[np.bool_], s: Floats, w: Floats) -> Floats:
    """Contributions of the weighted AUC of scores ``s``: DeLong placements."""
    if positive.all() or not positive.any():
        return np.full(len(s), 0.5)
    values, code = np.unique(s, return_inverse=True)
    w_pos = np.bincount(code, np.where(positive, w, 0.0), len(values))
    w_neg = np.bincount(code, np.where(positive, 0.0, w), len(values))
    below_neg = np.cumsum(w_neg) - w_neg / 2  # share of negatives a score beats, ties half
    above_pos = w_pos.sum() - (np.cumsum(w_pos) - w_pos / 2)
    place = np.where(positive, (below_neg / w_neg.sum())[code], (above_pos / w_pos.sum())[code])
    auc = float(np.average(place[positive], weights=w[positive]))
    share = np.where(positive, w_pos.sum(), w_neg.sum()) / len(s)
    return np.asarray(auc + w * (place - auc) / share)


def roc_auc(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Area under the ROC curve; over one-against-rest curves of the classes that came, the mean."""
    w = np.ones(len(y)) if weight is None else weight / weight.mean()
    p = np.asarray(pred, dtype=np.float64)
    if p.ndim == 1 or p.shape[1] == 2:
        return _auc_of(y == 1, _positive(pred), w)
    present = [k for k in range(p.shape[1]) if (y == k).any()]
    return np.asarray(np.mean([_auc_of(y == k, p[:, k], w) for k in present], axis=0))


def average_precision(y: Values, pred: Values, weight: Floats | None) -> Floats:
    """Area under the precision-recall curve as a step-wise sum."""
    w = np.ones(len(y)) if weight is None else weight / weight.mean()
    positive = y == 1
    if not positive.any():
        return np.zeros(len(y))
    # groups of tied scores from the highest down; precision is taken at the end of a group
    values, code = np.unique(-_positive(pred), return_inverse=True)
    w_pos = np.bincount(code, np.where(positive, w, 0.0), len(values))
    hits = np.cumsum(w_pos)
    said = np.cumsum(np.bincount(code, w, len(values)))
    precision = hits / said
    total = float(w_pos.sum())
    score = float((w_pos * precision).sum()) / total
    # a row of weight w raises hits (if positive) and said in its own group and every later one
    by_hits = np.cumsum((w_pos / said)[::-1])[::-1] / total
    by_said = np.cumsum((w_pos * hits / said**2)[::-1])[::-1] / total
    own = np.where(positive, (precision[code] - score) / total + by_hits[code], 0.0)
    return np.asarray(score + len(y) * w * (own - by_said[code]))
