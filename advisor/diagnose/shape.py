"""What one loss curve looks like, in numbers: pure readings, milliseconds, no verdict.

Rounds are boosting rounds or epochs; points may lie unevenly (half of a booster's points are on a
log axis).  Losses are divided by what there is to gain, ``span`` = naive loss - lowest loss, at
least a twentieth of the naive loss, so that every number here is a share.

Sources: Mann 1945 and Kendall 1975 (trend); Viering & Loog 2023, "The Shape of Learning Curves"
(power laws); the rest is advisor's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan, sqrt

import numpy as np
from scipy import stats

from advisor.diagnose.further import Further, twice_the_rounds
from advisor.measurements import Curve
from advisor.types import Floats, Ints

BURN_IN = 0.1  # share of the rounds that is not looked at for zigzag and trend, at least 3 rounds
LAST = 0.1  # the end of a curve: its last tenth
WINDOW = 5  # points of the running median
SPAN_FLOOR = 0.05  # of the naive loss: what a curve that gained nothing is divided by
RISE_SIGMAS = 3.0
RISE_SHARE = 0.02
"""A validation loss has turned when its end lies above its lowest running median by more than
max(3 sigma sqrt(1/m + .5), .02 of its fall), sigma from the median absolute step: see
``tests/curve_faults.py --healthy`` for what it alarms on."""
DONE = 0.02  # of the naive loss: a training loss below it has nothing left to gain


@dataclass(frozen=True, slots=True)
class Shape:
    """One curve, or the mean of several folds' curves.

    Attributes:
        rounds, points: the last round, and how many points of the curve there are.
        train, valid: losses at the end; ``lowest_train`` the lowest training loss.
        best_round: where the validation loss is lowest.
        naive, naive_train: the naive losses on the scored rows, and on the training rows.
        lost: validation loss at the end less its lowest.
        span: what the validation loss had to gain.
        finite: whether every loss is a number.
        jagged: c, mean upward step of the training loss after the burn-in, over the span.
        falls_p: one-sided Mann-Kendall p that the training loss does *not* fall.
        fallen_back: share of what training had gained that it lost again.
        frozen: share of the rounds in which the training loss did not move at all.
        rise, rise_limit: of the validation loss after its best, and what luck alone may give.
        train_falls: training fell on from the best round of the validation loss to the end.
        further: what twice the rounds would still gain, over the span; None once it has turned.
        metric_first, metric_best, metric_end: of the score beside the loss, smoothed; nan without
            one.
    """

    rounds: int
    points: int
    train: float
    valid: float
    lowest_train: float
    naive: float
    naive_train: float
    best_round: int
    lost: float
    span: float
    finite: bool
    jagged: float
    falls_p: float
    fallen_back: float
    frozen: float
    rise: float
    rise_limit: float
    train_falls: bool
    further: Further | None
    metric_first: float
    metric_best: float
    metric_end: float

    @property
    def turned(self) -> bool:
        """The validation loss rises again while the training loss falls."""
        return self.rise > self.rise_limit and self.train_falls

    @property
    def metric_lost(self) -> float:
        """What the score beside the loss has lost since its best; nan without one."""
        return self.metric_best - self.metric_end

    @property
    def train_skill(self) -> float:
        return 1 - self.train / (abs(self.naive_train) or 1.0)

    @property
    def valid_skill(self) -> float:
        return 1 - self.valid / (abs(self.naive) or 1.0)


def shape_of(
    curve: Curve, naive: float, asked: int | None = None, *, naive_train: float | None = None
) -> Shape:
    """Read one curve.

    Args:
        curve: with at least one point.
        naive: the naive loss on the scored rows, in the curve's unit.
        naive_train: the same on the training rows; None where it is as good as equal.
        asked: rounds that were asked for; a booster that finds no split any more ends before.
    """
    base = naive if naive_train is None else naive_train
    finite = bool(np.isfinite(curve.train).all() and np.isfinite(curve.valid).all())
    good = np.isfinite(curve.train) & np.isfinite(curve.valid)
    if not good.any():
        return _nothing(curve, naive, base)
    r, train, valid = curve.rounds[good], curve.train[good], curve.valid[good]
    rounds = int(r[-1])
    best = int(valid.argmin())
    late = r > max(3.0, BURN_IN * rounds)
    rise, limit = _rise(r, valid, naive)
    turned = rise > limit
    floor = float(train.min())
    gained = max(base - floor, 0.0)
    first_score, best_score, last_score = _metric(curve.valid_metric)
    return Shape(
        rounds=rounds,
        points=len(r),
        train=float(train[-1]),
        valid=float(valid[-1]),
        lowest_train=floor,
        naive=naive,
        naive_train=base,
        best_round=int(r[best]),
        lost=float(valid[-1] - valid[best]),
        span=_span(valid, naive),
        finite=finite,
        jagged=_jagged(train[late], _span(train, base)),
        falls_p=_falls_p(train[late] if late.sum() >= 4 else train),
        fallen_back=float(train[-1] - floor) / gained if gained > 0 else 0.0,
        frozen=_frozen(r, train, base, asked or rounds),
        rise=rise / _span(valid, naive),
        rise_limit=limit / _span(valid, naive),
        train_falls=bool(train[-1] < train[best]),
        further=None if turned else twice_the_rounds(r, valid, _span(valid, naive)),
        metric_first=first_score,
        metric_best=best_score,
        metric_end=last_score,
    )


def mean_curve(curves: Sequence[Curve]) -> Curve:
    """The mean over folds on the rounds that all of them have."""
    rounds = curves[0].rounds
    for curve in curves[1:]:
        rounds = np.intersect1d(rounds, curve.rounds)
    if not len(rounds):  # a fold that ended at once: its points say nothing about the others
        return max(curves, key=lambda c: len(c.rounds))

    def mean(name: str) -> Floats:
        parts = [(c.rounds, getattr(c, name)) for c in curves]
        if any(len(values) != len(own) for own, values in parts):
            return np.empty(0)
        return np.asarray(np.mean([v[np.isin(own, rounds)] for own, v in parts], axis=0))

    names = ("train", "valid", "train_metric", "valid_metric")
    return Curve(rounds, *(mean(name) for name in names))


def _nothing(curve: Curve, naive: float, base: float) -> Shape:
    """A curve without a single finite point."""
    one = np.ones(1)
    empty = shape_of(Curve(np.ones(1, dtype=np.int64), one, one), naive, naive_train=base)
    last = int(curve.rounds[-1]) if len(curve.rounds) else 1
    return replace(empty, rounds=last, points=0, train=nan, valid=nan, lost=nan, finite=False)


def _span(loss: Floats, naive: float) -> float:
    return max(naive - float(loss.min()), SPAN_FLOOR * abs(naive), 1e-12)


def _jagged(train: Floats, span: float) -> float:
    """Counting turns alarms on nearly every healthy noisy curve; what matters is how far up."""
    steps = np.diff(train)
    return float(np.maximum(steps, 0).mean()) / span if len(steps) else 0.0


def _falls_p(loss: Floats) -> float:
    """Mann-Kendall with correction for ties, normal approximation, one-sided."""
    n = len(loss)
    if n < 4:
        return 1.0
    s = float(np.sign(loss[None, :] - loss[:, None])[np.triu_indices(n, 1)].sum())
    ties = np.unique(loss, return_counts=True)[1].astype(np.float64)
    both = n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())
    if both <= 0:
        return 1.0
    return float(stats.norm.cdf((s + (s < 0) - (s > 0)) / sqrt(both / 18)))


def _frozen(rounds: Ints, train: Floats, naive: float, asked: int) -> float:
    """Share of the rounds asked for in which nothing moved."""
    if len(train) < 2 or float(train[-1]) < DONE * abs(naive):
        return 0.0
    still = np.diff(train) == 0
    stuck = float(np.diff(rounds)[still].sum())
    if still[-1]:
        stuck += asked - int(rounds[-1])
    return stuck / asked


def _rise(rounds: Ints, valid: Floats, naive: float) -> tuple[float, float]:
    """(end less lowest running median before it, what luck may give), in the unit of the loss."""
    if len(valid) < 3:
        return 0.0, 0.0
    last = rounds > (1 - LAST) * rounds[-1]
    end, before = valid[last], valid[~last]
    if not len(before):
        return 0.0, 0.0
    lowest = float(_running_median(before).min())
    steps = np.diff(valid[rounds > BURN_IN * rounds[-1]])
    sigma = 0.0
    if len(steps) > 1:
        sigma = 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / sqrt(2)
    fall = max(max(naive, float(valid[0])) - lowest, SPAN_FLOOR * abs(naive))
    luck = RISE_SIGMAS * sigma * sqrt(1 / len(end) + 0.5)
    return float(end.mean()) - lowest, max(luck, RISE_SHARE * fall)


def _running_median(values: Floats) -> Floats:
    width = WINDOW if len(values) >= 2 * WINDOW else 1
    if width == 1:
        return values
    windows = np.lib.stride_tricks.sliding_window_view(values, width)
    return np.asarray(np.median(windows, axis=1))


def _metric(score: Floats) -> tuple[float, float, float]:
    """(first, best, end) of the score beside the loss."""
    kept = score[np.isfinite(score)]
    if len(kept) < 2:
        return nan, nan, nan
    best = float(_running_median(kept).max())
    end = float(kept[-max(1, len(kept) // 10) :].mean())
    return float(kept[0]), max(best, end), end
