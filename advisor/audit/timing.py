"""Columns that say when a row happened."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from advisor.data.dates import MICROSECONDS_PER_DAY
from advisor.types import Column, ColumnKind, Dataset, Floats, Ints


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FEWEST_TIMES = 3
FIRST_YEAR, LAST_YEAR = 1900, 2100
EPOCH_FROM = 1e8
"""Seconds since 1970; smaller numbers are counters."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_]+")
_TIME_WORDS = frozenset(
    {"date", "datetime", "timestamp", "year", "yr", "epoch", "日付", "日時", "年"}
)
_WHOLE_NAMES = _words("time ts ds t when 時刻")
_OTHER_WORDS = _words(
    "built build birth born made model renovated remodel remod garage education school old age "
    "since until duration experience tenure per count num number",
)
"""Words that make a year something else than when the row happened."""


@dataclass(frozen=True, slots=True, eq=False)
class When:
    """A column that may be ``data.time``: (n,) sortable codes of all rows, None with gaps."""

    column: str
    values: Floats
    time: Ints | None


def times_in(dataset: Dataset) -> list[When]:
    """Columns that say when a row happened, the finest first."""
    found = []
    for column in dataset.columns:
        values = np.asarray(dataset.X[column.name]) if _may_be_time(column) else np.empty(0)
        if not values.size or not _is_time(column, np.asarray(values, dtype=np.float64)):
            continue
        values = values.astype(np.float64)
        scale = MICROSECONDS_PER_DAY if column.kind is ColumnKind.DATETIME else 1
        whole = None if np.isnan(values).any() else np.round(values * scale).astype(np.int64)
        found.append((len(np.unique(values)), When(column.name, values, whole)))
    return [when for _, when in sorted(found, key=lambda pair: -pair[0])]


def _may_be_time(column: Column) -> bool:
    if column.kind is ColumnKind.DATETIME:
        return True
    if column.kind is not ColumnKind.NUMBER:
        return False
    words = {word.casefold() for word in _WORD.findall(column.name)}
    named = bool(words & _TIME_WORDS) or column.name.casefold() in _WHOLE_NAMES
    return named and not words & _OTHER_WORDS


def _is_time(column: Column, values: Floats) -> bool:
    """Dates; or numbers that are years, days like 20240131, or seconds that never run backwards."""
    known = values[~np.isnan(values)]
    if not known.size or len(np.unique(known[:: max(1, len(known) // 1000)])) < FEWEST_TIMES:
        return False
    if column.kind is ColumnKind.DATETIME:
        return True
    low, high = float(known.min()), float(known.max())
    for unit in (1, 10_000):  # 2024, 20240131
        if low >= FIRST_YEAR * unit and high < LAST_YEAR * unit:
            return True
    return low >= EPOCH_FROM or bool((np.diff(known) >= 0).all())
