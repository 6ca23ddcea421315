"""How large the numbers of each column are: what a model sees whose inputs are added up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from advisor.types import ColumnKind, Dataset, Floats, Ints

NORMAL_QUARTILES = 1.349
"""Quartile range of a normal distribution of standard deviation 1."""
SIZE_FROM = 20.0
"""Size (spread, or distance of the median from 0) from which a column is too large ...

An MLP of sklearn, 64 units, 60 epochs, 3,000 rows: standardising gains .10 to 1 of skill on the 15
sets where a column is larger than 60, .03-.08 on letter (8), bike_sharing (12) and diamonds (62).
"""
RATIO_FROM = 20.0
"""... or whose spread is so many times the median one (harmless sets: up to 17)."""
TINY = 0.02
"""All columns spread less than this: as bad, the other way round."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """Sizes of number columns.

    Attributes:
        largest: the column of the largest size.
        size: its spread, or the distance of its median from 0, whichever is larger.
        ratio: largest spread over the median spread.
        far: columns that are out of proportion, the largest first.
    """

    largest: str
    size: float
    ratio: float
    far: tuple[str, ...]


def ranges_of(dataset: Dataset, rows: Ints) -> Ranges | None:
    """The sizes of the number and date columns on these rows; None without one that varies."""
    sizes: dict[str, tuple[float, float]] = {}
    for column in dataset.columns:
        if column.kind in (ColumnKind.NUMBER, ColumnKind.DATETIME):
            values = np.asarray(dataset.X[column.name].iloc[rows], dtype=np.float64)
            spread, middle = _spread(values[~np.isnan(values)])
            if spread > 0:
                sizes[column.name] = spread, max(spread, abs(middle))
    if not sizes:
        return None
    usual = float(np.median([spread for spread, _ in sizes.values()]))
    all_tiny = max(spread for spread, _ in sizes.values()) < TINY
    far = [
        name
        for name, (spread, size) in sizes.items()
        if size >= SIZE_FROM or spread >= RATIO_FROM * usual or all_tiny
    ]
    by_size = sorted(sizes, key=lambda name: -sizes[name][1])
    return Ranges(
        largest=by_size[0],
        size=sizes[by_size[0]][1],
        ratio=max(spread for spread, _ in sizes.values()) / usual,
        far=tuple(name for name in by_size if name in far),
    )


def _spread(values: Floats) -> tuple[float, float]:
    """(robust standard deviation, median); the plain one where half of the values are equal."""
    if not len(values):
        return 0.0, 0.0
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    spread = (high - low) / NORMAL_QUARTILES if high > low else values.std()
    return float(spread), float(middle)
