"""What a score is worth when groups, or past and future, are kept apart: one fit more.

The baseline has predicted every row of a fold at random.  One fold in which the groups are kept
apart (or the latest rows are scored by a model of the earlier ones) predicts some of the same rows
again, so the two scores are compared row by row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from advisor.audit.base import Baseline, Material
from advisor.metrics.table import Metric, at_threshold
from advisor.rows.splits import search_splits, units
from advisor.types import Dataset, Floats, Ints

FEWEST_ROWS = 100
"""Rows that both must have predicted."""
FEWEST_UNITS = 5
CLEAR = 2.0
"""Standard errors of the difference ..."""
MATERIAL = 0.02
"""... and share of the naive loss, from which it is worth a word.

By time: hotel_bookings .04, bike_sharing .14, nycflights13_late .19, pm25_beijing .77.  Groups that
only look like one: flight of nycflights13_late .01, fnlwgt of adult 0.  All of these but the last
are scoring sets: the calibration half has no date column, so nothing here is held out.
"""


@dataclass(frozen=True, slots=True)
class Apart:
    """Scores (higher is better) of the same rows.

    Attributes:
        random: what the folds of the search say.
        apart: what is said when the role is respected.
        se: standard error of the difference, over groups or blocks of time.
        scale: loss of the naive guess.
        rows: that were scored twice.
        naive: score of the naive guess.
    """

    random: float
    apart: float
    se: float
    scale: float
    rows: int
    naive: float

    @property
    def of_skill(self) -> float | None:
        """The flattery as a share of what the model seems to know; None where that is nothing."""
        known = self.random - self.naive
        return self.difference / known if known > 0 else None

    @property
    def difference(self) -> float:
        """By how much the folds of the search flatter."""
        return self.random - self.apart

    @property
    def clear(self) -> bool:
        return self.difference > max(CLEAR * self.se, MATERIAL * self.scale)


NOTHING = dict.fromkeys(("metric", "random", "apart", "difference", "se", "of_skill"))


def evidence(found: Apart | None, material: Material) -> dict[str, Any]:
    """The numbers of a comparison in the person's unit; None for each where there is none."""
    if found is None:
        return dict(NOTHING)
    shown = material.metric.shown
    return {
        "metric": material.metric.name,
        "random": shown(found.random),
        "apart": shown(found.apart),
        "difference": found.difference,
        "se": found.se,
        "of_skill": found.of_skill,
    }


def kept_apart(
    material: Material, *, groups: Ints | None = None, time: Ints | None = None
) -> Apart | None:
    """The baseline's score with (n,) groups or time respected; None where it cannot be measured."""
    baseline = material.baseline
    if baseline is None:
        return None
    dataset = replace(material.dataset, groups=groups, time=time, twins=None)
    try:
        splits = search_splits(dataset, len(material.splits), material.seed)
    except ValueError:  # too few groups or points in time
        return None
    split = splits[0] if time is None else splits[-1]
    rows, there, here = np.intersect1d(baseline.rows, split.valid, return_indices=True)
    if len(rows) < FEWEST_ROWS:
        return None
    again = baseline.evaluator.evaluation(baseline.candidate, [split]).fits[0]
    random = _values(material, baseline, rows, baseline.pred[there])
    apart = _values(material, baseline, rows, again.pred[here].astype(np.float64))
    naive = _values(material, baseline, rows, baseline.naive[there])
    return _compared(dataset, rows, random, apart, (material.metric, float(naive.mean())))


def _values(material: Material, baseline: Baseline, rows: Ints, pred: Floats) -> Floats:
    """(m,) contributions to the person's score; on the same rows, so that they can be paired."""
    data = material.dataset
    weight = None if data.weight is None else data.weight[rows]
    pred = at_threshold(pred, baseline.candidate.threshold)
    return material.metric.rows(data.y[rows], pred, weight)


def _compared(
    dataset: Dataset, rows: Ints, random: Floats, apart: Floats, naive: tuple[Metric, float]
) -> Apart | None:
    gain, scale = random - apart, abs(naive[0].loss(naive[1]))
    if not np.isfinite([*gain, scale]).all():
        return None
    _, unit = np.unique(units(dataset, rows), return_inverse=True)
    count = int(unit.max()) + 1
    if count < FEWEST_UNITS:
        return None
    sums = np.bincount(unit, weights=gain - gain.mean())
    se = math.sqrt(float(sums @ sums) * count / (count - 1)) / len(rows)
    return Apart(float(random.mean()), float(apart.mean()), se, scale, len(rows), naive[1])
