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

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.types import Floats, Task


def class_shares(y: NDArray[Any], n_classes: int) -> Floats:
    """(K,) share of each class."""
    return np.asarray(np.bincount(np.asarray(y, np.int64), minlength=n_classes) / len(y))


def score_skill(score: float, naive: float) -> float:
    """(s - s0) / (1 - s0), of scores whose best is 1."""
    return (score - naive) / (1 - naive) if naive < 1 else 0.0


def always_positive_f1(share: float) -> float:
    """F1 of calling every row positive, where class 1 has this share."""
    return 2 * share / (1 + share)


def paired_error(rows: Floats, naive_rows: Floats) -> float:
    """Standard error of the mean gain over the naive predictor, from the same rows' contributions.

    Args:
        rows, naive_rows: (n,) contributions to the score, higher is better.

    Returns:
        inf where there is none: a single row, or a contribution that is no number.
    """
    d = np.asarray(rows, dtype=np.float64) - naive_rows
    if len(d) < 2 or not np.isfinite(d).all():
        return float(np.inf)
    return float(d.std(ddof=1) / len(d) ** 0.5)


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
