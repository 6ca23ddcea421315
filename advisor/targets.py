"""The target column: guessing the task, checking it, and turning labels into numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.columns import as_numbers, text_of, texts
from advisor.errors import DataError
from advisor.types import Floats, Ints, Task

FEW_VALUES = 20
"""Whole numbers with at most so many distinct values are taken for classes ..."""
ROWS_PER_VALUE = 10
"""... when each has so many rows on average."""
MAX_CLASSES = 200


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """(n,) int64 class codes and K labels in their order, or float64 values and no labels."""

    values: NDArray[Any]
    classes: tuple[str, ...]
    task: Task

    def codes(self, rows: Ints) -> Ints | None:
        """(m,) class codes of some rows; None for regression."""
        return self.values[rows] if self.task.is_classification else None


def guess_task(y: pd.Series) -> Task:
    """The task a target column looks like; missing values are looked through.

    Two distinct values are binary; text, booleans and categories are classes; so are few-valued
    whole numbers.  All else is regression.

    Raises:
        DataError: the target is a date, or holds no value.
    """
    y = y[present(y)]
    distinct = len(pd.unique(y))
    if distinct == 0:
        raise DataError("target_all_missing", {"target": str(y.name)})
    if pd.api.types.is_datetime64_any_dtype(y.dtype):
        raise DataError("target_is_date", {"target": str(y.name)})
    if distinct == 2:
        return Task.BINARY
    if not _is_numeric(y):
        return Task.MULTICLASS
    values = np.asarray(y, dtype=np.float64)
    whole = bool(np.isfinite(values).all() and (values == np.floor(values)).all())
    few = distinct <= FEW_VALUES and len(y) >= ROWS_PER_VALUE * distinct
    return Task.MULTICLASS if whole and few else Task.REGRESSION


def present(y: pd.Series) -> NDArray[np.bool_]:
    """(n,) whether a row has a target; empty text is none."""
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
    name = str(y.name)
    _, labels = texts(y)
    if len(set(labels)) < 2:
        raise DataError("target_constant", {"target": name, "value": labels[0], "rows": len(y)})
    guessed = guess_task(y)
    if _is_numeric(y):
        _refuse_infinite(y, name)
    if task is Task.REGRESSION or (task is None and guessed is Task.REGRESSION):
        return Target(_numbers(y, name), (), Task.REGRESSION)
    classes = _classes(y, name)
    if task is Task.BINARY and len(classes) != 2:
        values = {"target": name, "found": len(classes), "examples": ", ".join(classes[:5])}
        raise DataError("target_not_binary", values, hint=f"task: {guessed}")
    if task is Task.MULTICLASS and len(classes) == 2:
        values = {"target": name, "classes": ", ".join(classes)}
        raise DataError("target_two_classes", values, hint=f"task: {Task.BINARY}")
    found = Task.BINARY if len(classes) == 2 else Task.MULTICLASS
    return Target(encode_target(y, classes, found), classes, found)


def encode_target(y: pd.Series, classes: Sequence[str], task: Task) -> NDArray[Any]:
    """(n,) the target of more rows, in the codes (or numbers) of the first ones.

    Raises:
        DataError: a class that the first rows do not have, or no number.
    """
    if not task.is_classification:
        return _numbers(y, str(y.name))
    codes, labels = texts(y)
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


def _numbers(y: pd.Series, name: str) -> Floats:
    if pd.api.types.is_datetime64_any_dtype(y.dtype):
        raise DataError("target_is_date", {"target": name})
    plain = y.astype(object) if isinstance(y.dtype, pd.CategoricalDtype) else y
    if not (_is_numeric(plain) or pd.api.types.is_bool_dtype(plain.dtype)):
        bad = np.asarray(pd.to_numeric(plain.astype(object), errors="coerce").isna(), dtype=bool)
        if bad.any():
            raise _no_number(y, name, bad)
    _refuse_infinite(plain, name)
    return as_numbers(plain, name)


def _refuse_infinite(y: pd.Series, name: str) -> None:
    infinite = np.isinf(np.asarray(pd.to_numeric(y, errors="coerce"), dtype=np.float64))
    if infinite.any():
        row = int(y.index[int(np.flatnonzero(infinite)[0])]) + 1
        values = {"target": name, "count": int(infinite.sum()), "row": row}
        raise DataError("target_infinite", values)
