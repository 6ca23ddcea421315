"""Text columns that hold numbers or dates, and only look like categories.

One answer for everyone who asks: the checks, the target, ``advisor init``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from advisor.data.dates import days_of_texts, is_date
from advisor.data.number_text import is_missing_text, numbers_in
from advisor.types import Floats, Ints

MOSTLY = 0.8
"""Share of the rows with a text whose text is a number, or a date."""
NUMBER_DISTINCT = 10
"""With fewer different numbers a column may as well be a category."""
CODE_SHARE = 0.002
"""Share of texts such as V57 or E909 from which the numbers beside them are codes, too.

The three diagnosis columns of diabetes130 (1.6 to 9 %) are the only ones on 20 sets it holds back.
"""
_CODE = re.compile(r"[^\W\d_]+[-. ]?\d")
LOOK_AT = 500
"""Frequent texts that are looked at first."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a text column is written in: the share of its rows, how many different values, and a
    frequent text because of which the column is text."""

    share: float
    distinct: int
    example: str


def counted(values: pd.Series) -> tuple[list[str], Ints]:
    """The (k,) texts of a category column and in how many rows each stands."""
    codes = np.asarray(values.cat.codes, dtype=np.int64)
    names = [str(name) for name in values.cat.categories]
    return names, np.bincount(codes[codes >= 0], minlength=len(names))


def written_numbers(names: Sequence[str], rows: Ints) -> Written | None:
    """What numbers (k,) texts hold, each in so many rows; None when they are no numbers."""
    if len(names) <= NUMBER_DISTINCT or not rows.any():
        return None
    if len(names) > LOOK_AT:
        frequent = [int(i) for i in np.argsort(-rows, kind="stable")[:LOOK_AT]]
        some = [names[i] for i in frequent]
        if _share(some, rows[frequent], numbers_in(some)) < 0.5:
            return None
    numbers = numbers_in(names)
    share = _share(names, rows, numbers)
    if share < MOSTLY or len(np.unique(numbers[~np.isnan(numbers)])) <= NUMBER_DISTINCT:
        return None
    none = np.isnan(numbers)
    coded = [i for i, name in enumerate(names) if none[i] and _CODE.match(name)]
    odd = [i for i, name in enumerate(names) if none[i] and not is_missing_text(name)]
    odd = odd or [i for i, name in enumerate(names) if not _plain(name)]
    # where all texts are plain numbers, reading the table would have made them numbers: the person
    # asked for a category
    if not odd or rows[coded].sum() > CODE_SHARE * rows.sum():
        return None
    example = names[max(odd, key=lambda i: int(rows[i]))]
    return Written(share, int((~none & (rows > 0)).sum()), example)


def written_dates(names: Sequence[str], rows: Ints) -> Written | None:
    """What dates (k,) texts hold; None when they are none, or all of them are.

    A column of dates alone is read as dates, so it is text because the person asked for it.
    """
    if not rows.any() or not any(map(is_date, names)):
        return None
    days = days_of_texts(names)
    share = _share(names, rows, days)
    odd = [i for i, name in enumerate(names) if np.isnan(days[i]) and not is_missing_text(name)]
    if share < MOSTLY or not odd:
        return None
    example = names[max(odd, key=lambda i: int(rows[i]))]
    return Written(share, int((~np.isnan(days) & (rows > 0)).sum()), example)


def only_looks_like_text(values: pd.Series) -> bool:
    """Whether a category column holds numbers or dates that are written as text."""
    names, rows = counted(values)
    return written_numbers(names, rows) is not None or written_dates(names, rows) is not None


def _share(names: Sequence[str], rows: Ints, read: Floats) -> float:
    """Share of the rows whose text could be read, of those whose text says anything."""
    known = np.array([not is_missing_text(name) for name in names])
    total = float(rows[known].sum())
    return float(rows[~np.isnan(read)].sum()) / total if total else 0.0


def _plain(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
