"""What each column of a table is, and turning columns into numbers and categories.

``decide`` looks at the rows a model is trained on and writes down, per column, a ``Column``;
``encode`` applies that to any rows, today's or tomorrow's, so a saved model reads a new table the
way it read the old one:

=========  =======================================  =========================================
kind       becomes                                  from
=========  =======================================  =========================================
number     float64                                  integers, floats, decimals, durations (days)
boolean    float64 0 or 1                           true booleans
datetime   float64 days since 1970-01-01 (UTC)      datetimes, dates, text like 2024-01-31 12:00,
                                                    31/1/2024, 31 Jan 2024, 2024年1月31日
category   ``category`` of text, codes by text      all other text, and what the person names
=========  =======================================  =========================================

A missing value stays missing; a category that was not there when the columns were decided becomes
missing; anything else that does not fit its column is an error with its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.data.dates import day_first, days_of_stamps, days_of_texts, is_date, short_years
from advisor.data.number_text import is_missing_text
from advisor.errors import DataError
from advisor.spelling import nearest
from advisor.types import Column, ColumnKind, Floats, Ints

_NUMBERS = frozenset({"integer", "floating", "mixed-integer-float", "decimal", "timedelta"})
_DATES = frozenset({"datetime", "datetime64", "date", "period"})


def text_of(value: Any) -> str:
    """A value as the text of its category: 3, 3.0 and ``"3"`` are all ``3``."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def texts(series: pd.Series) -> tuple[Ints, list[str]]:
    """Distinct values as text, and each row's place among them; -1 where a value is missing.

    Empty text counts as missing, as it does in a CSV file.  Two values may have the same text.

    Raises:
        DataError: the values are lists or other things that cannot be told apart.
    """
    try:
        codes, distinct = pd.factorize(series)
    except TypeError as error:
        first = next((v for v in series if v.__hash__ is None), None)
        values = {"column": str(series.name), "found": type(first).__name__}
        raise DataError("column_unreadable", values) from error
    names = [text_of(value) for value in distinct]
    codes = np.asarray(codes, dtype=np.int64)
    if "" in names:
        codes = np.where(codes == names.index(""), -1, codes)
    return codes, names


# -- deciding ----------------------------------------------------------------------------------


def decide(
    frame: pd.DataFrame,
    *,
    categorical: Iterable[str] = (),
    rows: Ints | None = None,
    more: Sequence[pd.DataFrame] = (),
) -> tuple[Column, ...]:
    """How each column of ``frame`` is to be read.

    Args:
        frame: (n, p) the table, as read.
        categorical: columns that are categories even when they hold numbers.
        rows: positions whose categories are known to the model; all when None.
        more: further tables whose categories are known (the pool), with the same columns.

    Raises:
        DataError: a column holds what no model can use (lists, complex numbers).
    """
    forced = set(categorical)
    columns = []
    for name in frame.columns:
        kind = _kind(frame[name], forced=name in forced)
        known: set[str] = set()
        if kind is ColumnKind.CATEGORY:
            known = _present(frame[name], rows).union(*(_present(t[name], None) for t in more))
        dates = _date_texts(frame[name]) if kind is ColumnKind.DATETIME else []
        categories = tuple(sorted(known))
        columns.append(Column(str(name), kind, categories, day_first(dates), short_years(dates)))
    return tuple(columns)


def _date_texts(series: pd.Series) -> list[str]:
    """The distinct texts of a column of dates; none where the dates are no text."""
    dated = pd.api.types.is_datetime64_any_dtype(series.dtype)
    if dated or isinstance(series.dtype, pd.PeriodDtype):
        return []
    return texts(series)[1]


def _present(series: pd.Series, rows: Ints | None) -> set[str]:
    codes, names = texts(series)
    used = np.unique(codes if rows is None else codes[rows])
    return {names[code] for code in used if code >= 0}


def _kind(series: pd.Series, *, forced: bool) -> ColumnKind:
    dtype = series.dtype
    if not series.notna().any():
        return ColumnKind.NUMBER
    if forced or isinstance(dtype, pd.CategoricalDtype):
        return ColumnKind.CATEGORY
    if pd.api.types.is_bool_dtype(dtype):
        return ColumnKind.BOOLEAN
    if pd.api.types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return ColumnKind.DATETIME
    if pd.api.types.is_complex_dtype(dtype):
        raise DataError("column_unreadable", {"column": str(series.name), "found": str(dtype)})
    if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        return ColumnKind.NUMBER
    inferred = "string"
    if not isinstance(dtype, pd.StringDtype):
        inferred = pd.api.types.infer_dtype(series, skipna=True)
    if inferred == "boolean":
        return ColumnKind.BOOLEAN
    if inferred in _NUMBERS:
        return ColumnKind.NUMBER
    if inferred in _DATES:
        return ColumnKind.DATETIME
    return _kind_of_texts([name for name in texts(series)[1] if name], inferred == "string")


def _kind_of_texts(names: Sequence[str], only_text: bool) -> ColumnKind:
    if not names:
        return ColumnKind.NUMBER
    known = [name for name in names if not is_missing_text(name)]
    if not known:
        return ColumnKind.CATEGORY
    if only_text and is_date(known[0]) and not np.isnan(days_of_texts(known)).any():
        return ColumnKind.DATETIME
    return ColumnKind.CATEGORY


# -- applying ----------------------------------------------------------------------------------


def encode(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """(n, p) the columns of a table as float64 or ``category``, in the order of ``columns``.

    Columns of ``frame`` that are not among ``columns`` are ignored.

    Raises:
        DataError: a column is missing or stands twice, or a value does not fit its column.
    """
    names = [str(name) for name in frame.columns]
    refuse_missing([column.name for column in columns], names)
    refuse_repeated(names)
    place = {name: i for i, name in enumerate(names)}
    data = {c.name: _ENCODERS[c.kind](frame.iloc[:, place[c.name]], c) for c in columns}
    return pd.DataFrame(data, index=pd.RangeIndex(len(frame)))


def shown(names: Sequence[str], most: int = 30) -> str:
    """Names for a message, the first of them when there are many."""
    return ", ".join([*names[:most], *(["..."] if len(names) > most else [])])


def refuse_missing(needed: Iterable[str], names: Sequence[str]) -> None:
    """Raises DataError when one of the needed columns is not among the names."""
    known = set(names)
    absent = [name for name in needed if name not in known]
    if absent:
        values = {"columns": shown(absent), "allowed": shown(names)}
        raise DataError("column_missing", values, hint=nearest(absent[0], names))


def refuse_repeated(names: Sequence[str]) -> None:
    """Raises DataError when two columns of a table have the same name."""
    if len(set(names)) < len(names):
        repeated = sorted({n for n in names if names.count(n) > 1})
        raise DataError("column_duplicate", {"columns": ", ".join(repeated)})


def _misfit(series: pd.Series, name: str, bad: NDArray[np.bool_], needed: str) -> DataError:
    at = int(np.flatnonzero(bad)[0])
    values = {"column": name, "found": str(series.iloc[at]), "row": at + 1, "count": int(bad.sum())}
    return DataError(f"column_not_{needed}", values)


def as_numbers(series: pd.Series, name: str) -> Floats:
    """(n,) float64, NaN where missing; durations in days.

    Raises:
        DataError: a value is no number (``column_not_number``) or not finite.
    """
    dtype = series.dtype
    if pd.api.types.is_timedelta64_dtype(dtype):
        values = np.asarray(series.dt.total_seconds() / 86_400, dtype=np.float64)
    elif pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        values = np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    else:
        dated = pd.api.types.is_datetime64_any_dtype(dtype)
        plain = series.astype(object)
        read = pd.Series(np.nan, series.index) if dated else pd.to_numeric(plain, errors="coerce")
        values = np.asarray(read.to_numpy(dtype=np.float64, na_value=np.nan))
        bad = np.asarray(series.notna() & np.isnan(values) & (plain != ""))
        if bad.any():
            raise _misfit(series, name, bad, "number")
    infinite = np.isinf(values)
    if infinite.any():
        count, row = int(infinite.sum()), int(np.flatnonzero(infinite)[0]) + 1
        raise DataError("column_infinite", {"column": name, "count": count, "row": row})
    return values


def _booleans(series: pd.Series, column: Column) -> Floats:
    if series.dtype == np.bool_:
        return np.asarray(series, dtype=np.float64)
    codes, names = texts(series)
    known = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}
    values = np.array([known.get(name.lower(), np.inf) for name in names] + [np.nan])[codes]
    if np.isinf(values).any():
        raise _misfit(series, column.name, np.isinf(values), "boolean")
    return np.asarray(values, dtype=np.float64)


def as_days(
    series: pd.Series,
    name: str,
    *,
    first_is_day: bool | None = None,
    year_is_short: bool | None = None,
) -> Floats:
    """(n,) days since 1970-01-01 UTC, NaN where missing; rows without a zone are taken as UTC.

    Args:
        series: the column.
        name: of the column, for the error.
        first_is_day: how 1/2/2024 is read; None lets the column decide.
        year_is_short: whether 1/31/24 is a date; None lets the column decide.

    Raises:
        DataError: a value is no date (``column_not_date``).
    """
    if isinstance(series.dtype, pd.PeriodDtype):
        return days_of_stamps(series.dt.to_timestamp())
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return days_of_stamps(series)
    codes, names = texts(series)
    days = days_of_texts(names, first_is_day=first_is_day, year_is_short=year_is_short)
    days = np.append(days, np.nan)[codes]
    bad = np.isnan(days) & (codes >= 0)
    if bad.any():
        raise _misfit(series, name, bad, "date")
    return np.asarray(days, dtype=np.float64)


def _dates(series: pd.Series, column: Column) -> Floats:
    """Days; text that says that there is none is a gap."""
    if series.dtype == object or isinstance(series.dtype, pd.StringDtype):
        says_none = {v for v in series.dropna().unique() if isinstance(v, str)}
        says_none = {v for v in says_none if is_missing_text(v)}
        series = series.mask(series.isin(says_none)) if says_none else series
    order, short = column.day_first, column.short_years
    return as_days(series, column.name, first_is_day=order, year_is_short=short)


def _categories(series: pd.Series, column: Column) -> Any:
    codes, names = texts(series)
    place = {text: i for i, text in enumerate(column.categories)}
    moved = np.array([place.get(name, -1) for name in names] + [-1], dtype=np.int64)[codes]
    known = pd.Index(list(column.categories), dtype=str)
    return pd.Categorical.from_codes(moved, categories=known)


_ENCODERS: dict[ColumnKind, Callable[[pd.Series, Column], Any]] = {
    ColumnKind.NUMBER: lambda series, column: as_numbers(series, column.name),
    ColumnKind.BOOLEAN: _booleans,
    ColumnKind.DATETIME: _dates,
    ColumnKind.CATEGORY: _categories,
}
