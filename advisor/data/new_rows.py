"""Rows that a saved model is asked about: their texts read as the training rows' were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from advisor.data.columns import texts
from advisor.data.number_columns import written_numbers
from advisor.data.number_text import is_missing_text, numbers_in
from advisor.types import Column, ColumnKind


@dataclass(frozen=True, slots=True)
class Unfamiliar:
    """A column with texts that the model can do nothing with: they are predicted as missing.

    ``kind`` is ``category`` (never seen in training) or ``number`` (the column holds numbers as
    text, and these are none); ``example`` is the most frequent of the texts.
    """

    column: str
    kind: str
    rows: int
    example: str


def with_all_numbers(
    columns: Sequence[Column], train: pd.DataFrame, tables: Sequence[pd.DataFrame]
) -> tuple[Column, ...]:
    """The columns, those of numbers as text with the texts of all rows, not of training rows alone.

    A price of a locked row is a number that no training row needs to have; as an unknown category
    it would be missing, and the test part would score the model without its prices.

    Args:
        columns: as decided on the training rows.
        train: (n, c) the training rows, as read.
        tables: every table whose rows may be predicted, the training table among them.
    """
    found = []
    for column in columns:
        if column.categories and _is_written_in_numbers(train[column.name]):
            every = {n for table in tables for n in texts(table[column.name])[1] if n}
            column = replace(column, categories=tuple(sorted({*column.categories, *every})))
        found.append(column)
    return tuple(found)


def _is_written_in_numbers(values: pd.Series) -> bool:
    codes, names = texts(values)
    rows = np.bincount(codes[codes >= 0], minlength=len(names))
    used = [i for i, name in enumerate(names) if name and rows[i]]
    return written_numbers([names[i] for i in used], rows[used]) is not None


def widened(
    frame: pd.DataFrame, columns: Sequence[Column], numbers: Iterable[str]
) -> tuple[Column, ...]:
    """The columns, those of numbers as text with the texts of the new rows: a price is a number.

    Args:
        frame: (n, c) the new rows, as read.
        columns: as decided on the training rows.
        numbers: names of text columns that the model reads as numbers.

    Where the new texts would change how the old ones are read (a decimal comma, another unit), they
    are not taken in, and become missing.
    """
    asked = set(numbers)
    return tuple(
        _with_texts(column, frame[column.name])
        if column.name in asked and column.kind is ColumnKind.CATEGORY and column.name in frame
        else column
        for column in columns
    )


def _with_texts(column: Column, values: pd.Series) -> Column:
    known = column.categories
    new = sorted({name for name in texts(values)[1] if name} - set(known))
    before = numbers_in(known)
    if not new or not np.array_equal(
        numbers_in([*known, *new])[: len(known)], before, equal_nan=True
    ):
        return column
    return replace(column, categories=(*known, *new))


def unfamiliar(
    frame: pd.DataFrame, columns: Sequence[Column], numbers: Iterable[str]
) -> list[Unfamiliar]:
    """What of the new rows' texts a model predicts as missing, in the order of the columns.

    Args:
        frame: (n, c) the new rows, as read; columns that are not there are passed over.
        columns: as decided on the training rows.
        numbers: names of text columns that the model reads as numbers.
    """
    asked = set(numbers)
    found = []
    for column in widened(frame, columns, asked):
        if column.kind is not ColumnKind.CATEGORY or column.name not in frame:
            continue
        codes, names = texts(frame[column.name])
        rows = np.bincount(codes[codes >= 0], minlength=len(names))
        count: Counter[str] = Counter()
        for name, n in zip(names, rows, strict=True):
            if name and n and not is_missing_text(name):
                count[name] += int(n)
        known = set(column.categories)
        if column.name in asked:
            read = numbers_in(column.categories)
            known = {c for c, value in zip(column.categories, read, strict=True) if value == value}
        strange = {name: n for name, n in count.items() if name not in known}
        if strange:
            kind = "number" if column.name in asked else "category"
            most = max(strange, key=lambda name: strange[name])
            found.append(Unfamiliar(column.name, kind, sum(strange.values()), most))
    return found
