"""The curve over rows: would more of them help?

pow3, loss(n) = a + b n^-c, is fitted to the starting model's mean loss at nested shares of the
rows; resampling the folds gives the band.  The answer is advice, never a claim.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from advisor.results import SizeCurve
from advisor.types import Floats

FRACTIONS = (0.125, 0.25, 0.5)  # and 1, which is measured anyway
EXPONENTS = np.linspace(0.05, 2.0, 40)
BOOTSTRAPS = 400
STARVED = 0.02  # median gain of doubling, as a share of the naive loss
ENOUGH = 0.005
LEARNED = 0.01  # of the naive loss: less than that is nothing learned
FEWEST_POINTS = 3


def size_curve(
    rows: Sequence[int],
    losses: NDArray[np.float64],
    naive_loss: float,
    seed: int,
    worth: float = 0.0,
) -> SizeCurve:
    """Read the curve over rows.

    Args:
        rows: (k,) training rows, increasing.
        losses: (k, f) loss at each size on each of f folds.
        naive_loss: of the naive predictor, for the scale of the verdict.
        seed: of the resampling.
        worth: the smallest gain worth having; a smaller promise is none.

    Returns:
        The measured points with the gain of twice the rows, 80 % interval.
    """
    sizes = tuple(int(size) for size in rows)
    n = np.asarray(sizes, dtype=np.float64)
    mean = losses.mean(axis=1)
    scores = tuple(float(-v) for v in mean)
    noise = losses.std(axis=1, ddof=1) / np.sqrt(losses.shape[1]) if losses.shape[1] > 1 else 0.0
    if np.any(np.diff(mean) > 2 * np.max(noise) + 1e-12):
        return SizeCurve(sizes, scores, "not_extrapolated", None, None, None)
    rng = np.random.default_rng(seed)
    folds = rng.integers(0, losses.shape[1], size=(BOOTSTRAPS, losses.shape[1]))
    gains = np.array([_doubling(n, losses[:, pick].mean(axis=1)) for pick in folds])
    low, middle, high = (float(v) for v in np.quantile(gains, [0.1, 0.5, 0.9]))
    # each doubling gains less than the one before: no promise beyond the last that was measured
    half = int(np.argmin(np.abs(n - n[-1] / 2)))
    last = losses[half] - losses[-1]
    error = float(last.std(ddof=1)) / np.sqrt(len(last)) if len(last) > 1 else 0.0
    middle, high = min(middle, float(last.mean())), min(high, float(last.mean()) + error)
    low = min(low, middle)
    # the fit's own error: what it misses at the measured points is missed at the next one too
    miss = float(np.abs(_fit(n, mean)[0] - mean).max())
    low, high = low - miss, high + miss
    scale = abs(naive_loss) or 1.0
    if middle / scale >= STARVED and low > 0:
        verdict = "starved"
    elif high / scale < ENOUGH or high < worth:
        verdict = "enough"
    else:
        verdict = "rising" if low > 0 and middle >= worth else "not_extrapolated"
    return SizeCurve(sizes, scores, verdict, middle, max(low, 0.0), high)


def _fit(n: Floats, loss: Floats) -> tuple[Floats, float]:
    """Least squares pow3 with a, b >= 0: values at n, and the loss at twice the largest n."""
    best: tuple[float, Floats, float] = (np.inf, loss, float(loss[-1]))
    for c in EXPONENTS:
        design = np.column_stack([np.ones_like(n), (n / n[-1]) ** -c])
        (a, b), residual = nnls(design, loss)
        if residual < best[0]:
            best = (residual, design @ np.array([a, b]), float(a + b * 2.0**-c))
    return best[1], best[2]


def _doubling(n: Floats, loss: Floats) -> float:
    fitted, doubled = _fit(n, loss)
    return float(fitted[-1] - doubled)
