"""Feature tables as plain numbers, for learners that take nothing else.

What a table becomes is decided on the training rows of a split and holds for every other row:
numbers, dates and booleans as they are, their gaps filled with the training mean; categories one
column a level (for a net) or one code a level (for trees).  A ``Features`` is small, frozen and can
be written as JSON beside a saved model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.data.number_text import numbers_in
from advisor.settings import Preprocessing
from advisor.types import Column, ColumnKind, Floats, Ints

MOST_LEVELS = 50
"""Levels of a category that get a column of their own; all rarer ones share one more."""
SCALED = (ColumnKind.NUMBER, ColumnKind.DATETIME)
SMALLEST_SPREAD = 1e-12
"""Relative to the mean: a column that spreads less is constant up to rounding, and not divided."""


def read_numbers(X: pd.DataFrame, numbers: Sequence[str]) -> pd.DataFrame:
    """``X`` with the named category columns as the numbers in their texts, NaN where there is none.

    Args:
        X: (n, p) a Dataset's features, or new rows encoded in the same way; the texts are read
            together, all categories of a column at once, so both are read alike.
        numbers: names of columns; those that are not in ``X`` or are no categories are left out.
    """
    read = {name: _numbers(X[name]) for name in numbers if name in X and _is_text(X[name])}
    return X.assign(**read) if read else X


def _is_text(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def _numbers(column: pd.Series) -> Floats:
    values = np.append(numbers_in([str(text) for text in column.cat.categories]), np.nan)
    return np.asarray(values[column.cat.codes.to_numpy()], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class NumberFeature:
    """One column of numbers: a gap becomes ``fill``, then (value - shift) / scale.

    ``marked`` adds a column that is 1 where the value was missing.
    """

    name: str
    fill: float | None
    shift: float = 0.0
    scale: float = 1.0
    marked: bool = False

    @property
    def width(self) -> int:
        return 1 + self.marked

    def write(self, column: pd.Series, out: Floats) -> None:
        """Fill (n, width) ``out``."""
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        gaps = np.isnan(values)
        if self.fill is not None:
            values = np.where(gaps, self.fill, values)
        out[:, 0] = (values - self.shift) / self.scale
        if self.marked:
            out[:, 1] = gaps


@dataclass(frozen=True, slots=True)
class LevelsFeature:
    """One column of categories: a level's own 0/1 column each, a last one for all rare levels.

    A value that is missing, or was not there in training, is 0 in all of them.  There are at least
    ``room`` columns; those beyond the levels are 0 on every row.
    """

    name: str
    levels: tuple[str, ...]
    rare: tuple[str, ...] = ()
    room: int = 0

    @property
    def width(self) -> int:
        return max(self.room, len(self.levels) + bool(self.rare))

    def write(self, column: pd.Series, out: Floats) -> None:
        codes = codes_of(column, self.levels, self.rare)
        out[:] = 0.0
        known = np.flatnonzero(codes >= 0)
        out[known, codes[known]] = 1.0


@dataclass(frozen=True, slots=True)
class CodeFeature:
    """One column of categories as the number of its level, NaN where missing or unknown."""

    name: str
    levels: tuple[str, ...]
    rare: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return 1

    def write(self, column: pd.Series, out: Floats) -> None:
        codes = codes_of(column, self.levels, self.rare)
        out[:, 0] = np.where(codes < 0, np.nan, codes)


Feature = NumberFeature | LevelsFeature | CodeFeature
KINDS: dict[str, type[Feature]] = {
    "number": NumberFeature,
    "levels": LevelsFeature,
    "codes": CodeFeature,
}


def codes_of(column: pd.Series, levels: Sequence[str], rare: Sequence[str]) -> Ints:
    """(n,) place of each value among the levels, len(levels) for a rare one, -1 for none."""
    place = {level: i for i, level in enumerate(levels)}
    place |= dict.fromkeys(rare, len(levels))
    names = [str(name) for name in column.cat.categories]
    moved = np.array([*(place.get(name, -1) for name in names), -1], dtype=np.int64)
    return np.asarray(moved[column.cat.codes.to_numpy()], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Features:
    """What was learned about the columns of a table on some training rows.

    Attributes:
        parts: one for each column, in the order of the matrix.
        numbers: text columns that are read as numbers first.
    """

    parts: tuple[Feature, ...]
    numbers: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Columns of the matrix."""
        return sum(part.width for part in self.parts)

    @property
    def codes(self) -> NDArray[np.bool_]:
        """(width,) whether a column of the matrix holds codes, between which nothing lies."""
        kinds = [np.full(part.width, isinstance(part, CodeFeature)) for part in self.parts]
        return np.concatenate([np.zeros(0, dtype=bool), *kinds])

    def matrix(self, X: pd.DataFrame) -> Floats:
        """(n, width) float64, C order, for any rows that are encoded as the training rows were."""
        table = read_numbers(X, self.numbers)
        out = np.empty((len(X), self.width))
        start = 0
        for part in self.parts:
            part.write(table[part.name], out[:, start : start + part.width])
            start += part.width
        return out

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists, numbers and strings."""
        kinds = {kind: name for name, kind in KINDS.items()}
        parts = [{"kind": kinds[type(part)], **asdict(part)} for part in self.parts]
        return {"numbers": list(self.numbers), "parts": parts}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Features:
        """What ``to_json`` wrote."""
        parts: list[Feature] = []
        for part in saved["parts"]:
            given: dict[str, Any] = {
                k: tuple(v) if isinstance(v, list) else v for k, v in part.items() if k != "kind"
            }
            parts.append(KINDS[part["kind"]](**given))
        return cls(tuple(parts), tuple(saved["numbers"]))


def dense_features(
    X: pd.DataFrame, columns: Sequence[Column], preprocessing: Preprocessing
) -> Features:
    """For a learner that takes finite numbers only, learned on these rows.

    Number and datetime columns (days), and text columns that are read as numbers, can be scaled;
    0/1 columns stay as they are.  A column without any value becomes 0.

    Args:
        X: (n, p) training rows.
        columns: how each column of ``X`` was read.
        preprocessing: what is done to them.
    """
    table = read_numbers(X, preprocessing.numbers)
    parts: list[Feature] = []
    for column in columns:
        values = table[column.name]
        if _is_text(values):
            parts.append(LevelsFeature(column.name, *_levels(values, MOST_LEVELS)))
        else:
            scaled = column.kind in SCALED or column.name in preprocessing.numbers
            parts.append(_number(values, preprocessing, scaled=scaled))
    return Features(tuple(parts), preprocessing.numbers)


def coded_features(
    X: pd.DataFrame, columns: Sequence[Column], numbers: Sequence[str], most_levels: int
) -> Features:
    """For trees that take missing values and codes of categories; the categories come first.

    Args:
        X: (n, p) training rows.
        columns: how each column of ``X`` was read.
        numbers: text columns that are read as numbers.
        most_levels: codes that a category may have.
    """
    table = read_numbers(X, numbers)
    codes: list[Feature] = []
    plain: list[Feature] = []
    for column in columns:
        values = table[column.name]
        if _is_text(values):
            codes.append(CodeFeature(column.name, *_levels(values, most_levels)))
        else:
            plain.append(NumberFeature(column.name, None))
    return Features((*codes, *plain), tuple(numbers))


def _number(values: pd.Series, preprocessing: Preprocessing, *, scaled: bool) -> NumberFeature:
    known = values.to_numpy(dtype=np.float64, na_value=np.nan)
    gaps = np.isnan(known)
    known = known[~gaps]
    with np.errstate(all="ignore"):
        mean = float(known.mean()) if known.size else 0.0
        # the gaps are filled with the mean first, as a pipeline of imputer and scaler does
        spread = float(np.sqrt(((known - mean) ** 2).sum() / len(gaps))) if known.size else 0.0
    if not np.isfinite(mean):  # the sum overflows
        mean = 0.0
    marked = preprocessing.missing == "indicator" and bool(gaps.any())
    if preprocessing.scale is None or not scaled:
        return NumberFeature(str(values.name), mean, marked=marked)
    usable = np.isfinite(spread) and spread > SMALLEST_SPREAD * abs(mean)
    return NumberFeature(str(values.name), mean, mean, spread if usable else 1.0, marked)


def _levels(values: pd.Series, most: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Levels that occur, the most frequent first and as many as ``most`` leaves, and the others."""
    codes = values.cat.codes.to_numpy()
    names = [str(name) for name in values.cat.categories]
    count = np.bincount(codes[codes >= 0], minlength=len(names))
    order = [names[i] for i in np.argsort(-count, kind="stable") if count[i] > 0]
    return tuple(order[:most]), tuple(order[most:])
