"""The curve over rows: would more of them help, would fewer do?

Power laws (``laws.py``) are fitted to the starting model's mean loss at nested shares of the rows.
The band is that of the laws drawn within the error of the points.  The answer is advice, never a
claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.diagnose.laws import Laws, fit_laws
from advisor.diagnose.meaning import NOTHING
from advisor.results import SizeCurve
from advisor.types import Floats

FRACTIONS = (0.0625, 0.125, 0.25, 0.5)  # and 1, which is measured anyway
FEWEST_ROWS = 25  # a smaller share is not measured: such models have learned nothing yet
STARVED = 0.02  # median gain of doubling, as a share of the naive loss
ENOUGH = 0.005
AHEAD = (2.0, 4.0, 8.0)  # times the rows that the curve is continued to
INTERVAL = (0.1, 0.5, 0.9)
Z80 = 1.2816  # standard errors of an 80 % interval


@dataclass(frozen=True, slots=True, eq=False)
class RowReading:
    """A curve over rows, and the laws behind its promise; None where there is none.

    ``cap`` and ``cap_error``: the last measured doubling and its error.  Each doubling gains less
    than the one before, so nothing more than that is promised.
    """

    curve: SizeCurve
    laws: Laws | None
    cap: float = np.inf
    cap_error: float = 0.0

    @property
    def decided(self) -> bool:
        """Whether more measurements would hardly change the verdict."""
        return self.laws is None or self.curve.verdict != "not_extrapolated"

    def gain(self, times: float) -> tuple[float, float, float]:
        """(low, middle, high) of what ``times`` the rows gain; an 80 % interval.

        Raises:
            ValueError: there is no law.
        """
        if self.laws is None:
            raise ValueError("this curve is not extrapolated")
        low, _, high = np.quantile(self.laws.gain(times * self.laws.largest), INTERVAL)
        middle = self.laws.expected(times * self.laws.largest)
        cap = self.cap * np.log2(times) if times > 1 else np.inf
        middle = min(middle, cap)
        high = min(high, cap + Z80 * self.cap_error * np.log2(max(times, 2.0)))
        middle = max(middle, 0.0)  # a loss does not rise with the rows
        low = min(low, middle)
        # the law's own error: what it misses at a measured point is missed at the next one too
        miss = self.laws.miss
        return max(float(low) - miss, 0.0), float(middle), float(max(high, middle)) + miss

    def rows_for(self, gain: float) -> tuple[float, float, float] | None:
        """(low, middle, high) rows that gain so much, an 80 % interval cut at 8 times the rows.

        None where the law through the points does not gain it within these.
        """
        if self.laws is None:
            return None
        most = AHEAD[-1] * self.laws.largest
        drawn, middle = self.laws.rows_for(gain, most)
        if not np.isfinite(middle):
            return None
        low, _, high = np.quantile(np.minimum(drawn, most), INTERVAL)
        return min(float(low), middle), middle, max(float(high), middle)


def read_curve(
    rows: Sequence[int],
    losses: NDArray[np.float64],
    naive_loss: float,
    seed: int,
    worth: float = 0.0,
) -> RowReading:
    """Read the curve over rows.

    Args:
        rows: (k,) training rows, increasing.
        losses: (k, f) loss at each size on each of f folds, or (k, f, s) with s seeds, NaN for
            what was not measured.
        naive_loss: of the naive predictor, for the scale of the verdict.
        seed: of the drawing.
        worth: the smallest gain worth having; a smaller promise is none.
    """
    sizes = tuple(int(size) for size in rows)
    n = np.asarray(sizes, dtype=np.float64)
    cells = losses[:, :, None] if losses.ndim == 2 else losses
    by_fold = np.nanmean(cells, axis=2)
    mean, error = by_fold.mean(axis=1), _errors(cells)
    scores, spread = tuple(float(-v) for v in mean), tuple(float(v) for v in error)
    if np.any(np.diff(mean) > 2 * np.hypot(error[1:], error[:-1]) + 1e-12):
        return RowReading(SizeCurve(sizes, scores, "not_extrapolated", None, None, None), None)
    laws = fit_laws(n, mean, error, seed)
    half = int(np.argmin(np.abs(n - n[-1] / 2)))
    last = by_fold[half] - by_fold[-1]
    last_error = float(np.hypot(error[half], error[-1])) if len(last) > 1 else 0.0
    empty = SizeCurve(sizes, scores, "rising", None, None, None)
    reading = RowReading(empty, laws, float(last.mean()), last_error)
    low, middle, high = reading.gain(2.0)
    scale = abs(naive_loss) or 1.0
    if middle / scale >= STARVED and low > 0:
        verdict = "starved"
    elif high / scale < ENOUGH or high < worth:
        verdict = "no_skill" if mean.min() > (1 - NOTHING) * naive_loss else "enough"
    else:
        verdict = "rising" if low > 0 and middle >= worth else "not_extrapolated"
    ahead = []
    if verdict not in ("not_extrapolated", "no_skill"):
        for times in AHEAD:
            gains = reading.gain(times)
            ahead.append((round(times * n[-1]), *(scores[-1] + g for g in gains)))
    curve = SizeCurve(sizes, scores, verdict, middle, low, high, spread=spread, ahead=tuple(ahead))
    return RowReading(curve, laws, float(last.mean()), last_error)


def size_curve(
    rows: Sequence[int],
    losses: NDArray[np.float64],
    naive_loss: float,
    seed: int,
    worth: float = 0.0,
) -> SizeCurve:
    """The curve of ``read_curve`` alone."""
    return read_curve(rows, losses, naive_loss, seed, worth).curve


def _errors(cells: Floats) -> Floats:
    """(k,) standard errors of the mean losses, the difference between the folds left out.

    Folds differ in level at every size alike, which says nothing about the shape of the curve.  A
    size with fewer than two measurements, and one that agrees by chance, has the others' error.
    """
    level = np.nanmean(cells, axis=2)
    level = level.mean(axis=0) - level.mean()
    own = cells - level[None, :, None]
    count = np.isfinite(own).sum(axis=(1, 2))
    if cells.shape[1] < 2 or count.max() < 2:
        return np.zeros(len(cells))
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.nanvar(own, axis=(1, 2)) * count / np.maximum(count - 1, 1)
    spread = np.where(count > 1, spread, np.nan)
    # a few numbers say little of their own variance: half of it is the neighbours'
    typical = float(np.nanmedian(spread))
    return np.asarray(np.sqrt((np.where(np.isnan(spread), typical, spread) + typical) / 2 / count))
