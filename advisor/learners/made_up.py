"""Made-up rows beside the real ones, for nets (``Treatment.augment``).

Every real row stays, and each gets one made-up one.  All of it is made from training rows alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.types import Floats

Rows = tuple[Floats, NDArray[Any], Floats | None]  # (n, d) matrix, (n,) targets, (n,) weights

NOISE = 0.1
"""Standard deviations of a column that a made-up value lies off."""
SWAPPED = 0.1
"""Share of the values that a made-up row has from another row."""
MIXED = 0.2
"""Both parameters of the Beta distribution of the share in a mixture (Zhang et al. 2018)."""


def swapped(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """(n, p) the rows with some values from other rows, each from its own column.

    Swap noise, as denoising autoencoders for tables use it: numbers and categories alike.
    """
    rng = np.random.default_rng(seed)
    n = len(table)
    columns = {}
    for name in table.columns:
        source = np.arange(n)
        taken = rng.random(n) < SWAPPED
        source[taken] = rng.integers(0, n, int(taken.sum()))
        columns[name] = table[name].iloc[source].set_axis(table.index)
    return pd.DataFrame(columns, index=table.index)


def with_noise(rows: Rows, seed: int, codes: NDArray[np.bool_] | None = None) -> Rows:
    """Once more every row with normal noise on the numbers; indicators stay what they are.

    Args:
        codes: (d,) columns that hold codes of categories: they stay, too.
    """
    matrix, y, weight = rows
    rng = np.random.default_rng(seed)
    spread = matrix.std(axis=0)
    spread[np.all((matrix == 0) | (matrix == 1), axis=0)] = 0.0
    if codes is not None:
        spread[codes] = 0.0
    made = matrix + rng.normal(size=matrix.shape) * (NOISE * spread)
    return joined(rows, (made, y, weight))


def with_mixtures(
    rows: Rows, seed: int, codes: NDArray[np.bool_] | None = None, *, classes: bool
) -> Rows:
    """Mixup (Zhang et al. 2018): once more every row, mixed with another one.

    A mixture of two classes stands there twice, once with either class, weighing as much as its
    part: the loss is that of a target between them.  Columns of codes (``codes``, (d,)) are those
    of the larger part.
    """
    matrix, y, weight = rows
    rng = np.random.default_rng(seed)
    n = len(y)
    share = rng.beta(MIXED, MIXED, n)
    share = np.maximum(share, 1 - share)  # the first row is the larger part
    other = rng.permutation(n)
    made = share[:, None] * matrix + (1 - share)[:, None] * matrix[other]
    if codes is not None:
        made[:, codes] = matrix[:, codes]
    base = np.ones(n) if weight is None else weight
    own = share * base + (1 - share) * base[other]
    if not classes:
        return joined(rows, (made, share * y + (1 - share) * y[other], own))
    apart = (y != y[other]) & (share < 1)
    first = joined((matrix, y, base), (made, y, np.where(apart, own * share, own)))
    return joined(first, (made[apart], y[other][apart], (own * (1 - share))[apart]))


def joined(rows: Rows, more: Rows) -> Rows:
    """Both one after the other; weights where either has them."""
    weight = None
    if rows[2] is not None or more[2] is not None:
        own = [np.ones(len(part[1])) if part[2] is None else part[2] for part in (rows, more)]
        weight = np.concatenate(own)
    return np.vstack([rows[0], more[0]]), np.concatenate([rows[1], more[1]]), weight
