"""What would twice the rounds still gain?  Curves fitted to a curve.

a + b t^-p and a + b exp(-t / tau), whichever fits the later part of the curve best; a large tau is
a straight line, which is what a rate far too low draws.  Residuals are resampled for an 80 %
interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from advisor.types import Floats, Ints

POWERS = tuple(float(p) for p in np.geomspace(0.2, 2.0, 8))
TAUS = (0.1, 0.2, 0.35, 0.6, 1.0, 2.0, 5.0, 20.0)  # of the rounds
SKIPPED = 0.2  # share of the rounds at the beginning that is not fitted
FEWEST = 4  # points
BOOTSTRAPS = 200
SEED = 20


@dataclass(frozen=True, slots=True)
class Further:
    """Gain of twice the rounds, with its 80 % interval, in the unit it was asked in."""

    low: float
    middle: float
    high: float


def twice_the_rounds(rounds: Ints, loss: Floats, unit: float = 1.0) -> Further | None:
    """L(T) - L(2T), T the last round; None with too few points.

    Args:
        rounds, loss: (k,) of the curve.
        unit: what the gain is divided by.
    """
    keep = rounds > SKIPPED * rounds[-1]
    if keep.sum() < FEWEST:
        keep = np.ones(len(rounds), dtype=bool)
    t, y = rounds[keep] / rounds[-1], loss[keep]
    if len(t) < FEWEST:
        return None
    families = _families(t)
    fitted = _fitted(families, y)
    residual = y - fitted
    residual -= residual.mean()
    # two parameters and one of the families were chosen on these points
    residual *= np.sqrt(len(y) / max(len(y) - 3, 1))
    draws = np.random.default_rng(SEED).integers(0, len(y), size=(len(y), BOOTSTRAPS))
    gains = _gains(families, fitted[:, None] + residual[draws])
    low, middle, high = (float(v) / unit for v in np.quantile(gains, [0.1, 0.5, 0.9]))
    return Further(low, middle, high)


@dataclass(frozen=True, slots=True, eq=False)
class _Families:
    """Every family's falling part f(t), about its mean, and what it falls by from T to 2 T.

    ``centred`` is (families, points) with rows of length 1, ``falls`` (families,) in that unit.
    """

    centred: Floats
    falls: Floats


def _families(t: Floats) -> _Families:
    values = [t**-p for p in POWERS] + [np.exp(-t / tau) for tau in TAUS]
    doubled = [2.0**-p for p in POWERS] + [float(np.exp(-2 / tau)) for tau in TAUS]
    f = np.array(values)
    centred = f - f.mean(axis=1, keepdims=True)
    length = np.maximum(np.sqrt((centred**2).sum(axis=1)), 1e-300)
    return _Families(centred / length[:, None], (f[:, -1] - np.array(doubled)) / length)


def _fitted(families: _Families, y: Floats) -> Floats:
    """Least squares by the family that fits best: values at t."""
    slopes = families.centred @ (y - y.mean())
    best = int(np.abs(slopes).argmax())  # the longest projection leaves the least
    return np.asarray(y.mean() + slopes[best] * families.centred[best])


def _gains(families: _Families, y: Floats) -> Floats:
    """(columns,) gain of doubling for every column of y."""
    slopes = families.centred @ (y - y.mean(axis=0))
    best = np.abs(slopes).argmax(axis=0)
    columns = np.arange(y.shape[1])
    return np.asarray(slopes[best, columns] * families.falls[best])
