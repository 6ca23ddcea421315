"""What the columns and rows of a person's tables are for, checked before anything is built.

A table comes in parts: the rows the model uses today, a pool, a test table.  Each is a ``Part``
with the positions of the rows that have a target; groups, time and weights are read over all
parts together, so that a group is the same group everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd

from advisor.data.columns import (
    as_days,
    as_numbers,
    refuse_missing,
    refuse_repeated,
    texts,
)
from advisor.data.dates import MICROSECONDS_PER_DAY, day_first, short_years
from advisor.data.targets import Target, present
from advisor.errors import DataError, Place
from advisor.types import Floats, Ints

MIN_ROWS = 20
MIN_CLASS_ROWS = 2

PlaceOf = Callable[[str], Place | None]


@contextmanager
def blamed(place: Place | None) -> Iterator[None]:
    """Give an error that does not know its place the line of the config that led to it."""
    try:
        yield
    except DataError as error:
        error.place = error.place or place
        raise


@dataclass(frozen=True, slots=True)
class Roles:
    """Columns with a part of their own; all other columns are features."""

    target: str
    drop: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    groups: str | None = None
    time: str | None = None
    weight: str | None = None

    @property
    def beside(self) -> tuple[tuple[str, str], ...]:
        """(role, column) of what stands beside the features."""
        pairs = (("groups", self.groups), ("time", self.time), ("weight", self.weight))
        return tuple((role, column) for role, column in pairs if column is not None)

    @property
    def not_features(self) -> frozenset[str]:
        """Columns that the model is never given."""
        return frozenset({self.target, *self.drop, *(column for _, column in self.beside)})


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One table and the positions (m,) of its rows that have a target; ``key`` is the config's."""

    key: str
    table: pd.DataFrame
    rows: Ints

    @property
    def size(self) -> int:
        """Number of rows with a target."""
        return len(self.rows)

    def usable(self, column: str) -> pd.Series:
        """(m,) one column; its index still counts all rows of the table."""
        return self.table[column].iloc[self.rows]


def main_part(frame: pd.DataFrame, roles: Roles, place_of: PlaceOf) -> Part:
    """The table the model is trained on today.

    Raises:
        DataError: a role names no column, two roles name the same one, or a name stands twice.
    """
    table = _named(frame, place_of("path"))
    names = [str(name) for name in table.columns]
    wanted = [("target", roles.target), *roles.beside]
    wanted += [("drop", column) for column in roles.drop]
    wanted += [("categorical", column) for column in roles.categorical]
    for role, column in wanted:
        with blamed(place_of(role)):
            refuse_missing([column], names)
            if role != "target" and column == roles.target:
                raise DataError("target_has_role", {"target": column, "role": role})
    if roles.groups is not None and roles.time is not None:
        values = {"groups": roles.groups, "time": roles.time}
        raise DataError("groups_with_time", values, place=place_of("time"))
    if roles.not_features.issuperset(names):
        raise DataError("no_features", {"columns": len(names)}, place=place_of("drop"))
    return _part("path", table, roles, place_of)


def more_part(
    key: str, frame: pd.DataFrame, roles: Roles, features: Sequence[str], place_of: PlaceOf
) -> Part:
    """A pool or test table: it has every column of the first one that is used.

    Raises:
        DataError: a column is missing or stands twice, or no row has a target.
    """
    table = _named(frame, place_of(key))
    with blamed(place_of(key)):
        needed = [roles.target, *(column for _, column in roles.beside), *features]
        refuse_missing(needed, [str(name) for name in table.columns])
    return _part(key, table, roles, place_of)


def _named(frame: pd.DataFrame, place: Place | None) -> pd.DataFrame:
    names = [str(name) for name in frame.columns]
    with blamed(place):
        refuse_repeated(names)
    return frame.set_axis(names, axis=1).reset_index(drop=True)


def _part(key: str, table: pd.DataFrame, roles: Roles, place_of: PlaceOf) -> Part:
    target = table[roles.target]
    rows = np.flatnonzero(present(target))
    if not rows.size:
        values = {"target": roles.target, "rows": len(table)}
        at = "target" if key == "path" else key
        raise DataError("target_all_missing", values, place=place_of(at))
    return Part(key, table, rows)


# -- groups, time, weights ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """(n,) each, over all parts: group codes, sortable time, weights as given (not of mean 1)."""

    groups: Ints | None
    time: Ints | None
    weight: Floats | None


def read_beside(parts: Sequence[Part], roles: Roles, place_of: PlaceOf) -> Beside:
    """Groups, time and weights of the usable rows of all parts.

    Raises:
        DataError: a value is missing, a time cannot be read, a weight is negative.
    """
    for role, column in roles.beside:
        for part in parts:
            absent = np.asarray(part.usable(column).isna(), dtype=bool)
            if absent.any():
                row = int(part.rows[int(np.flatnonzero(absent)[0])]) + 1
                values = {"column": column, "role": role, "count": int(absent.sum()), "row": row}
                raise DataError("role_missing_value", values, place=place_of(role))
    groups = time = weight = None
    if roles.groups is not None:
        with blamed(place_of("groups")):
            groups = _group_codes([part.usable(roles.groups) for part in parts])
    if roles.time is not None:
        with blamed(place_of("time")):
            time = _sortable([part.table[roles.time] for part in parts], roles.time)
            time = _of_usable(time, parts)
    if roles.weight is not None:
        with blamed(place_of("weight")):
            weight = np.concatenate(
                [as_numbers(p.table[roles.weight], roles.weight)[p.rows] for p in parts]
            )
            if (weight < 0).any():
                at = int(np.flatnonzero(weight < 0)[0])
                values = {
                    "column": roles.weight,
                    "count": int((weight < 0).sum()),
                    "row": int(np.concatenate([p.rows for p in parts])[at]) + 1,
                }
                raise DataError("weight_negative", values)
    return Beside(groups, time, weight)


def _group_codes(series: Sequence[pd.Series]) -> Ints:
    numbered: dict[str, int] = {}
    found = []
    for part in series:
        codes, names = texts(part)
        of_name = np.array([numbered.setdefault(name, len(numbered)) for name in names])
        found.append(of_name[codes])
    return np.concatenate(found).astype(np.int64)


def _sortable(series: Sequence[pd.Series], name: str) -> Ints:
    """Numbers as they are (by rank when they have fractions), dates in microseconds."""
    if all(pd.api.types.is_numeric_dtype(s.dtype) for s in series):
        numbers = np.concatenate([as_numbers(s, name) for s in series])
        known = numbers[~np.isnan(numbers)]
        if (known == np.floor(known)).all() and (np.abs(known) < 2**53).all():
            return np.asarray(np.nan_to_num(numbers), dtype=np.int64)
        return np.asarray(np.unique(numbers, return_inverse=True)[1], dtype=np.int64)
    written = [text for s in series for text in texts(s)[1]]
    order, short = day_first(written), short_years(written)
    days = np.concatenate(
        [as_days(s, name, first_is_day=order, year_is_short=short) for s in series]
    )
    return np.asarray(np.round(np.nan_to_num(days) * MICROSECONDS_PER_DAY), dtype=np.int64)


def _of_usable(values: Ints, parts: Sequence[Part]) -> Ints:
    starts = np.cumsum([0, *(len(part.table) for part in parts[:-1])])
    at = np.concatenate([start + part.rows for start, part in zip(starts, parts, strict=True)])
    return np.asarray(values[at])


# -- enough to work with -----------------------------------------------------------------------


def check_enough(
    rows: Ints, target: Target, beside: Beside, *, folds: int, place_of: PlaceOf
) -> None:
    """Whether some rows (m,) suffice to be trained on and split into folds.

    Raises:
        DataError: too few rows, a class of fewer than two rows, fewer groups than folds, or fewer
            points in time than splits need.
    """
    needed = max(MIN_ROWS, folds)
    if len(rows) < needed:
        values = {"found": len(rows), "needed": needed}
        raise DataError("too_few_rows", values, place=place_of("path"))
    codes = target.codes(rows)
    if codes is not None:
        count = np.bincount(codes, minlength=len(target.classes))
        worst = int(count.argmin())
        if count[worst] < MIN_CLASS_ROWS:
            few = {
                "class": target.classes[worst],
                "rows": int(count[worst]),
                "needed": MIN_CLASS_ROWS,
            }
            raise DataError("class_too_rare", few, place=place_of("target"))
    roles = (("groups", beside.groups, folds), ("time", beside.time, folds + 1))
    for role, column, least in roles:
        found = least if column is None else len(np.unique(column[rows]))
        if found < least:
            values = {"found": found, "needed": least, "folds": folds}
            raise DataError(f"{role}_too_few", values, place=place_of(role))
