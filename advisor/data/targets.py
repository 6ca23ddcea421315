"""The target column: guessing the task, checking it, and turning labels into numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.data.columns import as_numbers, text_of, texts
from advisor.data.number_text import is_missing_text, numbers_in
from advisor.errors import DataError
from advisor.types import Floats, Ints, Task

FEW_VALUES = 20
"""Whole numbers with at most so many distinct values are taken for classes ..."""
ROWS_PER_VALUE = 10
"""... when each has so many rows on average."""
MAX_CLASSES = 200
NEARLY_ALL = 0.95
"""Share of more than MAX_CLASSES texts that are numbers, from which the others are slips."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """(n,) int64 class codes and K labels in their order, or float64 values and no labels.

    ``written`` is an example of the texts that the values were read from, None where the column
    held numbers.
    """

    values: NDArray[Any]
    classes: tuple[str, ...]
    task: Task
    written: str | None = None

    def codes(self, rows: Ints) -> Ints | None:
        """(m,) class codes of some rows; None for regression."""
        return self.values[rows] if self.task.is_classification else None


def trimmed(y: pd.Series) -> pd.Series:
    """(n,) labels without blanks around them: "yes " here and "yes" there are one class."""
    if not (y.dtype == object or isinstance(y.dtype, pd.StringDtype)):
        return y
    try:
        distinct = pd.unique(y)
    except TypeError:  # lists, which ``texts`` names
        return y
    if not any(isinstance(v, str) and v != v.strip() for v in distinct):
        return y
    return y.map(lambda v: v.strip() if isinstance(v, str) else v)


def guess_task(y: pd.Series) -> Task:
    """The task a target column looks like; missing values are looked through.

    Two distinct values are binary; text, booleans and categories are classes; so are few-valued
    whole numbers.  All else is regression, also numbers that are written as text (452,600 or $12),
    where there are many of them.

    Raises:
        DataError: the target is a date, or holds no value.
    """
    y = trimmed(y)[present(y)]
    distinct = len(pd.unique(y))
    if distinct == 0:
        raise DataError("target_all_missing", {"target": str(y.name)})
    if pd.api.types.is_datetime64_any_dtype(y.dtype):
        raise DataError("target_is_date", {"target": str(y.name)})
    if distinct == 2:
        return Task.BINARY
    if not _is_numeric(y):
        return Task.REGRESSION if _many_numbers(y) else Task.MULTICLASS
    values = np.asarray(y, dtype=np.float64)
    whole = bool(np.isfinite(values).all() and (values == np.floor(values)).all())
    few = distinct <= FEW_VALUES and len(y) >= ROWS_PER_VALUE * distinct
    return Task.MULTICLASS if whole and few else Task.REGRESSION


def _many_numbers(y: pd.Series) -> bool:
    """Whether text holds many different numbers: all of it, or nearly all of too many classes."""
    if isinstance(y.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(y.dtype):
        return False
    names = [name for name in texts(y)[1] if name and not is_missing_text(name)]
    if len(names) <= FEW_VALUES or not all(isinstance(v, str) for v in y.iloc[:FEW_VALUES]):
        return False
    numbers = numbers_in(names)
    read = ~np.isnan(numbers)
    if len(np.unique(numbers[read])) <= FEW_VALUES:
        return False
    return bool(read.all()) or (len(names) > MAX_CLASSES and float(read.mean()) >= NEARLY_ALL)


def present(y: pd.Series) -> NDArray[np.bool_]:
    """(n,) whether a row has a target; empty text and blanks are none."""
    y = trimmed(y)
    has = np.asarray(y.notna(), dtype=bool)
    if _is_numeric(y) or pd.api.types.is_datetime64_any_dtype(y.dtype):
        return has
    filled: NDArray[np.bool_] = np.asarray(y.astype(object) != "", dtype=bool)
    return has & filled


def _is_numeric(y: pd.Series) -> bool:
    """Numbers (also as objects), not booleans and not the person's own categories."""
    if isinstance(y.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(y.dtype):
        return False
    if pd.api.types.is_numeric_dtype(y.dtype):
        return True
    if isinstance(y.dtype, pd.StringDtype):
        return False
    return pd.api.types.infer_dtype(y, skipna=True) in {
        "integer",
        "floating",
        "mixed-integer-float",
        "decimal",
    }


def read_target(y: pd.Series, task: Task | None = None) -> Target:
    """The values of a target column, its classes and the task.

    Args:
        y: (n,) the target, no value missing.
        task: the person's word; guessed when None.

    Classes that are numbers are in numeric order, others in the order of their text; of two
    classes the second is the positive one.

    Raises:
        DataError: constant, infinite, or not what the task needs; more than 200 classes.
    """
    name, y = str(y.name), trimmed(y)
    _, labels = texts(y)
    if len(set(labels)) < 2:
        raise DataError("target_constant", {"target": name, "value": labels[0], "rows": len(y)})
    guessed = guess_task(y)
    if _is_numeric(y):
        _refuse_infinite(y, name)
    if task is Task.REGRESSION or (task is None and guessed is Task.REGRESSION):
        return Target(_numbers(y, name), (), Task.REGRESSION, _written(y))
    classes = _classes(y, name)
    if task is Task.BINARY and len(classes) != 2:
        values = {"target": name, "found": len(classes), "examples": ", ".join(classes[:5])}
        raise DataError("target_not_binary", values, hint=f"task: {guessed}")
    if task is Task.MULTICLASS and len(classes) == 2:
        values = {"target": name, "classes": ", ".join(classes)}
        raise DataError("target_two_classes", values, hint=f"task: {Task.BINARY}")
    found = Task.BINARY if len(classes) == 2 else Task.MULTICLASS
    return Target(encode_target(y, classes, found), classes, found)


def encode_target(
    y: pd.Series, classes: Sequence[str], task: Task, first: pd.Series | None = None
) -> NDArray[Any]:
    """(n,) the target of more rows, in the codes (or numbers) of the first ones.

    Args:
        y: (n,) the target of these rows.
        classes: of the first rows.
        task: of the first rows.
        first: (m,) the target of the first rows: numbers as text are read as theirs were.

    Raises:
        DataError: a class that the first rows do not have, or no number.
    """
    if not task.is_classification:
        return _numbers(y, str(y.name), first)
    codes, labels = texts(trimmed(y))
    place = {label: code for code, label in enumerate(classes)}
    unknown = sorted(set(labels) - set(place) - {""})
    if unknown:
        raise DataError(
            "target_unknown_class",
            {
                "target": str(y.name),
                "classes": ", ".join(unknown[:5]),
                "allowed": ", ".join(list(classes)[:20]),
            },
        )
    moved: Ints = np.array([place.get(label, -1) for label in labels], dtype=np.int64)[codes]
    return moved


def _classes(y: pd.Series, name: str) -> tuple[str, ...]:
    distinct = list(pd.unique(y))
    numeric = _is_numeric(y)
    ordered = sorted(distinct) if numeric else sorted(distinct, key=text_of)
    classes = tuple(dict.fromkeys(text_of(value) for value in ordered))
    if numeric and len(classes) > 2 and any(float(v) != np.floor(float(v)) for v in distinct):
        example = next(text_of(v) for v in ordered if float(v) != np.floor(float(v)))
        values = {"target": name, "value": example, "found": len(classes)}
        raise DataError("target_not_classes", values, hint=f"task: {Task.REGRESSION}")
    if len(classes) > MAX_CLASSES:
        if not numeric:
            _refuse_mostly_numbers(y, name)
        values = {"target": name, "found": len(classes), "allowed": MAX_CLASSES}
        hint = f"task: {Task.REGRESSION}" if numeric else None
        raise DataError("target_many_classes", values, hint=hint)
    return classes


def _refuse_mostly_numbers(y: pd.Series, name: str) -> None:
    """Text with hundreds of values, most of them numbers: a number column with a slip in it."""
    read = pd.to_numeric(y.astype(object), errors="coerce").isna()
    if read.mean() < 0.5:
        raise _no_number(y, name, np.asarray(read, dtype=bool))


def _no_number(y: pd.Series, name: str, bad: NDArray[np.bool_]) -> DataError:
    at = int(np.flatnonzero(bad)[0])
    values = {
        "target": name,
        "value": str(y.iloc[at]),
        "row": int(y.index[at]) + 1,
        "count": int(bad.sum()),
    }
    return DataError("target_not_numeric", values)


def _written(y: pd.Series) -> str | None:
    """The first text that is a number to a reader and none to a computer."""
    if _is_numeric(y) or pd.api.types.is_bool_dtype(y.dtype):
        return None
    odd = pd.to_numeric(y.astype(object), errors="coerce").isna()
    return str(y[odd].iloc[0]) if odd.any() else None


def _in_texts(y: pd.Series, first: pd.Series | None) -> Floats:
    """(n,) numbers in texts, NaN where there is none; read as those of ``first`` were.

    Where both together would be read in another way than ``first`` alone, nothing is read: a
    decimal comma among thousands separators would be off by a factor of 1000.
    """
    own = [text_of(value) for value in y]
    if first is None:
        return numbers_in(own)
    before = [text_of(value) for value in first]
    both = numbers_in([*before, *own])
    if not np.array_equal(both[: len(before)], numbers_in(before), equal_nan=True):
        return np.full(len(own), np.nan)
    return both[len(before) :]


def _numbers(y: pd.Series, name: str, first: pd.Series | None = None) -> Floats:
    if pd.api.types.is_datetime64_any_dtype(y.dtype):
        raise DataError("target_is_date", {"target": name})
    plain = y.astype(object) if isinstance(y.dtype, pd.CategoricalDtype) else y
    if _written(plain) is not None:
        values = _in_texts(plain, first)
        if np.isnan(values).any():
            raise _no_number(y, name, np.isnan(values))
        return values
    _refuse_infinite(plain, name)
    return as_numbers(plain, name)


def _refuse_infinite(y: pd.Series, name: str) -> None:
    infinite = np.isinf(np.asarray(pd.to_numeric(y, errors="coerce"), dtype=np.float64))
    if infinite.any():
        row = int(y.index[int(np.flatnonzero(infinite)[0])]) + 1
        values = {"target": name, "count": int(infinite.sum()), "row": row}
        raise DataError("target_infinite", values)
