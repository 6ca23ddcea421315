"""Targets that lie far from where two families of models expect them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.types import Floats, Ints

FAR_OFF = 8.0
"""Robust standard deviations from which a target is far off.

Where errors fall off as slowly as the Laplace distribution's, one row in 3,700 lies beyond it in
one model, and has to do so in both.
"""
BINS = 10
FEWEST_IN_BIN = 30


def robust_z(error: Floats, level: Floats) -> Floats:
    """(m,) errors in robust standard deviations of the rows that are predicted about as high.

    Args:
        error: (m,) target minus out-of-fold prediction.
        level: (m,) the prediction; its quantiles cut the rows into at most BINS parts of at least
            FEWEST_IN_BIN rows, so that a spread that grows with the level makes no outliers.
    """
    parts = int(np.clip(len(error) // FEWEST_IN_BIN, 1, BINS))
    cuts = np.quantile(level, np.linspace(0, 1, parts + 1)[1:-1])
    place = np.searchsorted(cuts, level, side="right")
    z = np.zeros(len(error))
    for k in range(parts):
        here = place == k
        if not here.any():
            continue
        own = error[here] - np.median(error[here])
        spread = 1.4826 * np.median(np.abs(own))
        # most errors equal: their spread says nothing of the others
        spread = spread if spread > 0 else float(own.std())
        z[here] = own / spread if spread > 0 else 0.0
    return z


def far_off(zs: Sequence[Floats]) -> tuple[Ints, Floats]:
    """Rows that every model finds far off on the same side, the farthest first.

    Args:
        zs: of each model, (m,) robust errors.

    Returns:
        (s,) positions, and (s,) the part of their weight that is too much: 1 - FAR_OFF / |z| of the
        model that is nearest to the target, as in Huber's (1964) weights.
    """
    z = np.stack(zs)
    nearest = np.abs(z).min(axis=0)
    same = np.abs(np.sign(z).sum(axis=0)) == len(z)
    found = np.flatnonzero(same & (nearest > FAR_OFF))
    found = found[np.argsort(-nearest[found], kind="stable")]
    return np.asarray(found, dtype=np.int64), np.asarray(1 - FAR_OFF / nearest[found])
