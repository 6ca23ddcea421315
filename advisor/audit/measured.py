"""What several checks read off the baseline: targets, predictions, the naive guess, the errors."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.audit.base import Baseline, Material
from advisor.metrics.table import METRICS, at_threshold, naive_prediction
from advisor.types import Floats, Ints

SURE = 2.0
"""Standard errors that a difference must exceed: one-sided, it does in 2.3 % of worlds without."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The rows that the baseline predicted out of fold, m of them.

    Attributes:
        y: (m,) their targets; weight: (m,) or None.
        pred: (m,) or (m, K) as the model said it.
        decided: the same, moved so that the person's threshold is .5.
        units: (m,) independent units.
    """

    y: NDArray[Any]
    weight: Floats | None
    pred: Floats
    decided: Floats
    units: Ints


def measured(material: Material) -> Measured | None:
    """None where nothing is measured, or where a prediction is no number."""
    base = material.baseline
    if base is None or not np.isfinite(base.pred).all():
        return None
    data = material.dataset
    return Measured(
        y=data.y[base.rows],
        weight=None if data.weight is None else data.weight[base.rows],
        pred=base.pred,
        decided=np.asarray(at_threshold(base.pred, base.candidate.threshold), dtype=np.float64),
        units=base.evaluation.units,
    )


def some_of(rows: int, most: int, seed: int) -> Ints:
    """Positions of all ``rows``, or of ``most`` of them drawn at random; sorted."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def class_priors(material: Material, base: Baseline) -> Floats:
    """(m,) or (m, K) class shares of each fold's training part: a guess without any feature.

    ``base.naive`` is the naive answer for the person's metric, which for some is a class.
    """
    data = material.dataset
    parts = []
    for split in base.evaluation.splits:
        weight = None if data.weight is None else data.weight[split.train]
        guess = naive_prediction(
            METRICS["log_loss"], data.y[split.train], weight, data.task, n_classes=data.n_classes
        )
        parts.append(guess)
    return np.asarray(np.stack(parts)[base.evaluation.folds], dtype=np.float64)


def mean_and_se(values: Floats, units: Ints) -> tuple[float, float]:
    """Mean over the rows, and its standard error over the units; inf with a single unit."""
    mean = float(values.mean())
    _, code = np.unique(units, return_inverse=True)
    sums = np.bincount(code, values - mean)
    g = len(sums)
    if g < 2:
        return mean, inf
    return mean, sqrt(float(sums @ sums) * g / (g - 1)) / len(values)
