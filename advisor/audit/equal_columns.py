"""Columns that say the same: equal, one name for each other, or one a line through the other."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from advisor.types import ColumnKind, Dataset, Floats, Ints

REPEATS = 2.0
"""Rows per value from which one-to-one means something: ids match one-to-one with anything."""
LINE = 1 - 1e-9
"""Correlation of a line, up to rounding."""
LINE_ROWS = 5_000
MOST_NUMBERS = 1_000


def equal_columns(dataset: Dataset, rows: Ints) -> list[tuple[str, str]]:
    """Pairs of columns that say the same on these rows, each column once, the first one first."""
    names = [column.name for column in dataset.columns]
    # two numbers may be one-to-one and yet no measure of each other: they need a line
    text = {c.name for c in dataset.columns if c.kind is ColumnKind.CATEGORY}
    first = {name: name for name in names}
    by_key: dict[int, list[str]] = defaultdict(list)
    for name in names:
        code, distinct = pd.factorize(dataset.X[name].iloc[rows], use_na_sentinel=False)
        if 1 < len(distinct) <= len(rows) / REPEATS:
            by_key[int(pd.util.hash_array(np.asarray(code, dtype=np.int64)).sum())].append(name)
    for alike in by_key.values():
        codes = {n: pd.factorize(dataset.X[n].iloc[rows], use_na_sentinel=False)[0] for n in alike}
        for i, name in enumerate(alike):
            same = (n for n in alike[:i] if np.array_equal(codes[n], codes[name]))
            twin = next((n for n in same if text & {n, name}), None)
            if twin is not None:
                first[name] = first[twin]
    for name, twin in _lines(dataset, rows):
        if first[name] == name:
            first[name] = first[twin]
    return [(first[name], name) for name in names if first[name] != name]


def _lines(dataset: Dataset, rows: Ints) -> list[tuple[str, str]]:
    """(column, an earlier one) of number columns on one line, missing in the same rows."""
    numbers = [c.name for c in dataset.columns if c.kind is not ColumnKind.CATEGORY][:MOST_NUMBERS]
    some = rows[:: max(1, len(rows) // LINE_ROWS)]
    values = dataset.X[numbers].iloc[some].to_numpy(dtype=np.float64)
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - np.where(known, values, 0).sum(axis=0) / count, 0.0)
    length = np.sqrt((centred**2).sum(axis=0))
    usable = np.flatnonzero(length > 0)
    unit = centred[:, usable] / length[usable]
    close = np.abs(np.triu(unit.T @ unit, 1)) >= LINE
    found = []
    for i, j in np.argwhere(close):
        a, b = usable[i], usable[j]
        if np.array_equal(known[:, a], known[:, b]) and _on_line(dataset, rows, numbers, a, b):
            found.append((numbers[b], numbers[a]))
    return found


def _on_line(dataset: Dataset, rows: Ints, names: list[str], a: int, b: int) -> bool:
    """Whether all rows agree with what a part of them said."""
    x, y = (_unit(dataset.X[names[k]].iloc[rows].to_numpy(dtype=np.float64)) for k in (a, b))
    return abs(float(x @ y)) >= LINE


def _unit(values: Floats) -> Floats:
    values = np.where(np.isnan(values), 0.0, values - np.nanmean(values))
    length = float(np.sqrt(values @ values))
    return values / length if length > 0 else values
