"""Paired differences of two models, row by row, and how sure their mean is.

A difference is the candidate's contribution to the score minus the baseline's, on the same row of
the same split (positive is better).  Rows of one unit (a group, a block of time) are summed to one
value, so that every standard error here counts independent units, not rows.

Sources: GATE.md; Johnson 1978 and Hall 1992 for the correction for skew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np
from scipy import stats

from advisor.measurements import Evaluation
from advisor.types import Floats, Ints, Split


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """Differences ``d`` (m,) on ``rows`` (m,), with units, folds (index into ``splits``)."""

    splits: tuple[Split, ...]
    rows: Ints
    d: Floats
    folds: Ints
    units: Ints


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean difference and what its error is made of.

    Attributes:
        mean: over the rows (each row's difference is averaged over the partitions first).
        sd: of the unit values, ddof 1; inf when there is only one unit.
        skew: of the unit values.
        units: independent units; rows: distinct rows; folds: of all partitions together.
        model_variance: variance of a fold mean beyond what its rows explain (seed, start values,
            training-set luck); an unbiased estimate, so it may be negative.
        model_df: folds - partitions, what that estimate rests on.
    """

    mean: float
    sd: float
    skew: float
    units: int
    rows: int
    folds: int
    model_variance: float
    model_df: int

    @property
    def df(self) -> int:
        return max(self.units - 1, 1)

    @property
    def search_t(self) -> float:
        """Mean over sd / sqrt(units): 0 when nothing differs, infinite when all differ alike."""
        return _ratio(self.mean, self.sd / sqrt(self.units))

    def se(self, units: float | None = None, folds: float | None = None) -> float:
        """SE^2 = sd^2 / units + model variance / folds, of this evidence or of other sizes."""
        rows = self.sd**2 / (units or self.units)
        return sqrt(rows + max(0.0, self.model_variance) / (folds or self.folds))

    def t(self) -> float:
        """The smaller of t and the skew-corrected t, over the SE that carries the model variance.

        Johnson's correction ends in a square, so that with a negative skew a *larger* gain gets a
        smaller t and none at all is proven in the end.  Hall's cubic term makes it monotone and
        changes next to nothing where t is near its critical value.
        """
        if not 0 < self.sd < inf:
            return self.search_t
        s, g = self.mean / self.sd, self.skew
        corrected = s + g * s**2 / 3 + g**2 * s**3 / 27 + g / (6 * self.units)
        return min(s, corrected) * self.sd / self.se()

    def mean_at(self, t: float, units: float | None = None, folds: float | None = None) -> float:
        """The mean that has this t on evidence of these sizes, spread and skew as they are.

        The inverse of ``t``: Hall's correction is a cube, ((1 + g s / 3)^3 - 1) / g + g / (6 n).
        """
        se = self.se(units, folds)
        if not 0 < self.sd < inf:
            return t * se
        y, g = t * se / self.sd, self.skew
        x = y - g / (6 * (units or self.units))
        root = float(np.cbrt(1 + g * x))
        return max(y, 3 * x / (root**2 + root + 1)) * self.sd


def t975(df: int) -> float:
    """The t quantile of a two-sided 95 % interval."""
    return float(stats.t.ppf(0.975, df))


def _ratio(mean: float, se: float) -> float:
    if se > 0:
        return mean / se
    return 0.0 if mean == 0 else inf if mean > 0 else -inf


def with_dense_units(evaluation: Evaluation) -> Ints:
    """The evaluation's units as codes 0..G-1: sorted once, counted often."""
    return np.unique(evaluation.units, return_inverse=True)[1].astype(np.int64)


def pair(
    base: Evaluation,
    cand: Evaluation,
    *,
    units: Ints | None = None,
    only: frozenset[str] | None = None,
) -> Paired:
    """Differences on the splits that both models were measured on, in the baseline's order.

    Args:
        units: dense unit codes of ``base``, when they are known already.
        only: digests of the splits to keep.

    Raises:
        ValueError: no split in common, or different rows scored on one split.
    """
    known = units is not None
    units = with_dense_units(base) if units is None else units
    digests = {s.digest for s in cand.splits}
    keep = [
        i
        for i, s in enumerate(base.splits)
        if s.digest in digests and (only is None or s.digest in only)
    ]
    if not keep:
        raise ValueError("the two models were measured on no split in common")
    splits = tuple(base.splits[i] for i in keep)
    mine = _entries(base, splits)
    theirs = _entries(cand, splits)
    rows, folds = base.rows[mine], _renumbered(base, splits)[base.folds[mine]]
    other_rows = cand.rows[theirs]
    other_folds = _renumbered(cand, splits)[cand.folds[theirs]]
    values = cand.values[theirs]
    if not (np.array_equal(rows, other_rows) and np.array_equal(folds, other_folds)):
        a, b = np.lexsort((rows, folds)), np.lexsort((other_rows, other_folds))
        if not (
            np.array_equal(rows[a], other_rows[b]) and np.array_equal(folds[a], other_folds[b])
        ):
            raise ValueError("the two models were scored on different rows of the same splits")
        aligned = np.empty(len(rows))
        aligned[a] = values[b]
        values = aligned
    with np.errstate(invalid="ignore"):  # inf - inf: a diverged fit, which nobody lets win
        d = values - base.values[mine]
    found = Paired(splits, rows, d, folds, units[mine])
    return (
        found if known or not base.ordered else replace(found, units=found.units >> merges(found))
    )


def _entries(e: Evaluation, splits: tuple[Split, ...]) -> Ints | slice:
    if len(splits) == len(e.splits):
        return slice(None)
    return np.flatnonzero(_renumbered(e, splits)[e.folds] >= 0)


def _renumbered(e: Evaluation, splits: tuple[Split, ...]) -> Ints:
    """For each split of ``e`` its place in ``splits``, -1 where it is not there."""
    place = {s.digest: i for i, s in enumerate(splits)}
    return np.array([place.get(s.digest, -1) for s in e.splits], dtype=np.int64)


FEWEST_BLOCKS, ALIKE = 8, 0.05


def merges(p: Paired) -> int:
    """How often two neighbouring blocks of time are to be made one: while neighbours are alike.

    Blocks that hold the same spell of weather are no independent witnesses.  They are merged while
    the first autocorrelation of their means lies above ALIKE, down to FEWEST_BLOCKS (batch means;
    Schmeiser 1982 on their number).  ``tests/judge/test_gate.py``: of 3,000 series of 1,000
    differences, white or autocorrelated over up to 20 of them, the t test of the 32, 16 or 8 blocks
    so chosen is wrong no more often than with 8 always.
    """
    units, count = p.units, 0
    while len(np.unique(units)) >= 2 * FEWEST_BLOCKS:
        values = unit_values(replace(p, units=units))
        off = values - values.mean()
        if float(off[1:] @ off[:-1]) <= ALIKE * float(off @ off):
            break
        units, count = units // 2, count + 1
    return count


def unit_values(p: Paired) -> Floats:
    """(G,) one value per independent unit, whose plain mean is the mean over the rows.

    A row that several partitions scored is averaged over these first; then rows of one unit are
    summed and scaled by G / n.  Rows that are units of their own are returned as they are.

    Raises:
        ValueError: a row stands for different units in different partitions.
    """
    d, units = p.d, p.units
    if len({s.partition for s in p.splits}) > 1:
        _, first, row = np.unique(p.rows, return_index=True, return_inverse=True)
        if not np.array_equal(units, units[first][row]):
            raise ValueError("a row belongs to different units in different partitions")
        d = np.bincount(row, d) / np.bincount(row)
        units = units[first]
    counts = np.bincount(units)
    if counts.max() == 1:
        return d
    sums = np.bincount(units, d)[counts > 0]
    return np.asarray(sums * len(sums) / len(d), dtype=np.float64)


def estimate(p: Paired, values: Floats | None = None) -> Estimate:
    """Mean difference with its parts of error; ``values`` are the unit values, if known."""
    u = unit_values(p) if values is None else values
    model_variance, model_df = _model_variance(p)
    partitions = len({s.partition for s in p.splits})
    n = len(u)
    mean = float(u.mean())
    centred = u - mean
    variance = float(centred @ centred) / (n - 1) if n > 1 else inf
    sd = sqrt(variance)
    skew = float(np.mean((centred / sd) ** 3)) if 0 < variance < inf else 0.0
    rows = len(p.rows) if partitions == 1 else len(np.unique(p.rows))
    return Estimate(mean, sd, skew, n, rows, len(p.splits), model_variance, model_df)


def _model_variance(p: Paired) -> tuple[float, int]:
    """Variance of a fold mean that its rows do not explain, and its degrees of freedom.

    With one partition of K folds over n units this is Var(fold means) - s^2 K / n.  With several,
    the same rows stand in every partition: the partition means share the rows' luck, so the plain
    variance over all K R fold means holds only (K-1) R / (K R - 1) of s^2 K / n, and the s^2 of
    rows averaged over R partitions is too small to be subtracted.  Both are avoided by taking fold
    means about their own partition's mean, with that partition's own s^2: R (K - 1) degrees of
    freedom, each with the expectation s_r^2 K / n + model variance.
    """
    total, df = 0.0, 0
    partition = np.array([s.partition for s in p.splits])
    sums = np.bincount(p.folds, p.d, len(p.splits))
    counts = np.bincount(p.folds, minlength=len(p.splits))
    for r in np.unique(partition):
        own = partition == r
        k = int(own.sum())
        if k < 2:
            continue
        part = own[p.folds]
        whole = bool(part.all())
        splits = tuple(s for s, o in zip(p.splits, own, strict=True) if o)
        one = p if whole else Paired(splits, p.rows[part], p.d[part], p.folds[part], p.units[part])
        u = unit_values(one)
        if len(u) < 2:
            continue
        means = sums[own] / counts[own]
        beyond = float(means.var(ddof=1)) - float(u.var(ddof=1)) * k / len(u)
        total += (k - 1) * beyond
        df += k - 1
    return (total / df if df else 0.0), df
