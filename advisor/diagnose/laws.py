"""Power laws through a curve over rows, drawn again and again within its error.

pow3, loss(n) = a + b n^-c, and pow4, loss(n) = a + b (n + d)^-c, the two that extrapolate learning
curves best of the usual ones (Viering & Loog 2022; Mohr & van Rijn 2024).  Both with a, b >= 0: a
loss never falls below 0, and never rises with the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from advisor.types import Floats

EXPONENTS = np.linspace(0.05, 2.0, 40)
SHIFTS = (0.02, 0.1, 0.4)  # pow4's d, in units of the largest measured number of rows
LAST_POINTS = 3
DRAWS = 150  # of each law; pow4 holds pow3 (d = 0)
MISFIT = 0.25
"""Share of its distance from the last point by which a point may lie off any power law.

No model learns by one law from its first rows on: a point far up says little about the end.
``tests/rows_measured.py curve --rows 5000``, half to a 32nd of the rows: the 80 % band of twice the
rows held what they delivered in 14 of 20 cases on four calibration tables and in 21 of 24 on five
scoring tables (17 and 24 with one standard error of what was delivered).  It was chosen among 0,
.1, .15, .25 and .4 when the first 15 cases of each half were there: no half is untouched.
"""
SMALLEST_SHARE = 0.05  # of the largest error: no point weighs more than 400 times another


@dataclass(frozen=True, slots=True, eq=False)
class Laws:
    """Drawn laws, loss(n) = a + b ((n + d) / N)^-c.

    Attributes:
        largest: N, the rows measured at most.
        a, b, c, d: (B,) of each draw.
        best: (a, b, c, d) of the law through the points themselves.
        miss: by how much that misses one of the last points at most.
    """

    largest: float
    a: Floats
    b: Floats
    c: Floats
    d: Floats
    best: tuple[float, float, float, float]
    miss: float

    def expected(self, n: float) -> float:
        """What the law through the points gains at n rows."""
        a, b, c, d = self.best
        now, then = (a + b * ((m + d) / self.largest) ** -c for m in (self.largest, n))
        return float(now - then)

    def loss(self, n: float) -> Floats:
        """(B,) losses at n rows."""
        return np.asarray(self.a + self.b * ((n + self.d) / self.largest) ** -self.c)

    def gain(self, n: float) -> Floats:
        """(B,) what n rows gain over the largest number that was measured."""
        return self.loss(self.largest) - self.loss(n)

    def rows_for(self, gain: float, most: float) -> tuple[Floats, float]:
        """(B,) rows at which a law has gained so much, and those of the law through the points.

        inf where it is not within ``most`` rows.
        """
        drawn = _rows_for(self.a, self.b, self.c, self.d, self.largest, gain, most)
        a, b, c, d = (np.array([v]) for v in self.best)
        return drawn, float(_rows_for(a, b, c, d, self.largest, gain, most)[0])


def _rows_for(
    a: Floats, b: Floats, c: Floats, d: Floats, largest: float, gain: float, most: float
) -> Floats:
    """Where a + b ((n + d) / N)^-c lies ``gain`` below its value at N."""
    wanted = b * ((largest + d) / largest) ** -c - gain
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        n = largest * (wanted / b) ** (-1 / c) - d
    return np.where((wanted > 0) & (b > 0) & (n <= most), n, np.inf)


def fit_laws(n: Floats, loss: Floats, error: Floats, seed: int) -> Laws:
    """Laws through (k,) mean losses at (k,) numbers of rows with (k,) standard errors."""
    error = np.hypot(error, MISFIT * np.abs(loss - loss[-1]))
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(DRAWS, len(n))) * error
    drawn = loss + noise
    weight = _weights(error)
    parts = [_fitted(n, drawn, weight, shifts) for shifts in ((0.0,), (0.0, *SHIFTS))]
    best = _fitted(n, loss[None], weight, (0.0, *SHIFTS))
    a, b, c, d = (float(v[0]) for v in best)
    off = np.abs(a + b * ((n + d) / n[-1]) ** -c - loss)
    miss = float(off[-LAST_POINTS:].max())
    whole = [np.concatenate(values) for values in zip(*parts, strict=True)]
    return Laws(float(n[-1]), whole[0], whole[1], whole[2], whole[3], (a, b, c, d), miss)


def _weights(error: Floats) -> Floats:
    """(k,) of the points, by their errors."""
    if not (error > 0).any():
        return np.ones_like(error)
    return np.asarray(1 / np.maximum(error, SMALLEST_SHARE * error.max()) ** 2)


def _fitted(
    n: Floats, losses: Floats, weight: Floats, shifts: tuple[float, ...]
) -> tuple[Floats, Floats, Floats, Floats]:
    """The law of least weighted squares with a, b >= 0 for each row of (B, k) losses.

    With the exponent and the shift given the law is a line in x = ((n + d) / N)^-c, so all draws
    are solved at once.
    """
    w = weight / weight.sum()
    count = len(losses)
    best = np.full(count, np.inf)
    found = np.zeros((4, count))
    for c, shift in product(EXPONENTS, shifts):
        d = shift * n[-1]
        x = ((n + d) / n[-1]) ** -c
        mean_x, mean_y = float(w @ x), losses @ w
        spread = float(w @ (x - mean_x) ** 2)
        b = np.maximum((losses * (w * (x - mean_x))).sum(axis=1) / spread, 0.0)
        a = mean_y - b * mean_x
        below = a < 0
        b = np.where(below, np.maximum(losses @ (w * x) / float(w @ x**2), 0.0), b)
        a = np.where(below, 0.0, a)
        left = (losses - a[:, None] - b[:, None] * x) ** 2 @ w
        better = left < best
        best = np.where(better, left, best)
        values = np.stack([a, b, np.full(count, c), np.full(count, d)])
        found = np.where(better, values, found)
    a, b, c_, d_ = found
    return a, b, c_, d_
