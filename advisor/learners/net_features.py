"""A table as the input of a net, as wide on every fold: nets of all folds can then share a stack.

Numbers, dates and booleans as ``dense_features`` makes them.  A category with few levels is a 0/1
column for each; one with more is a code, for a table of embeddings: hundreds of columns that are
nearly always 0 cost more than they tell.  What is *learned* (means, levels, their order) comes from
the training rows of the split alone; how many columns there are comes from how the whole table was
read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from advisor.learners.features import (
    CodeFeature,
    Feature,
    Features,
    LevelsFeature,
    NumberFeature,
    dense_features,
    read_numbers,
)
from advisor.settings import Preprocessing
from advisor.types import Column, ColumnKind, Dataset

FEW_LEVELS = 16
"""Levels that get a column of their own; a category with more is embedded."""
FEW_AND_MANY = 64
"""Columns of a category where there are no embeddings; the last is for all rarer levels."""
MOST_LEVELS = 1000
"""Levels that get an embedding of their own; all rarer ones share one."""


@dataclass(frozen=True, slots=True)
class NetLayout:
    """Which columns a net sees, whatever rows it is trained on.

    Attributes:
        columns: of the table.
        gaps: number columns with missing values anywhere in the rows that may be trained on.
        embeds: categories with many levels are codes; else 0/1 columns for FEW_AND_MANY of them.
    """

    columns: tuple[Column, ...]
    gaps: frozenset[str]
    embeds: bool = True

    @classmethod
    def of(cls, data: Dataset, *, embeds: bool = True) -> NetLayout:
        rows = data.X.iloc[np.concatenate([data.train, data.pool])]
        missing = rows.isna().any()
        return cls(data.columns, frozenset(str(n) for n in missing.index[missing]), embeds)

    def tables(self, preprocessing: Preprocessing) -> tuple[tuple[int, int], ...]:
        """(rows, size) of every table of embeddings; row 0 is for what is missing or unknown."""
        many = [c for c in self._categories(preprocessing) if self._coded(c)]
        return tuple((_rows(c), embedding_size(len(c.categories))) for c in many)

    def width(self, preprocessing: Preprocessing) -> int:
        """Columns that are no codes."""
        width = 0
        for column in self.columns:
            if self._is_category(column, preprocessing):
                width += self._levels(column)
            else:
                width += 1 + self._marked(column, preprocessing)
        return width

    def features(self, X: pd.DataFrame, preprocessing: Preprocessing) -> Features:
        """Learned on (n, p) training rows; the codes come last."""
        table = read_numbers(X, preprocessing.numbers)
        learned = dense_features(X, self.columns, preprocessing)
        dense: list[Feature] = []
        codes: list[Feature] = []
        for column, part in zip(self.columns, learned.parts, strict=True):
            if isinstance(part, NumberFeature):
                dense.append(replace(part, marked=self._marked(column, preprocessing)))
                continue
            levels = _by_frequency(table[column.name])
            if self._coded(column):
                known, rare = levels[:MOST_LEVELS], levels[MOST_LEVELS:]
                codes.append(CodeFeature(column.name, known, rare))
            elif room := self._levels(column):
                own = levels if len(levels) <= room else levels[: room - 1]
                dense.append(LevelsFeature(column.name, own, levels[len(own) :], room))
        return Features((*dense, *codes), learned.numbers)

    def _coded(self, column: Column) -> bool:
        """Whether a category is a code, for a table of embeddings."""
        return self.embeds and len(column.categories) > FEW_LEVELS

    def _levels(self, column: Column) -> int:
        """Columns of a category: 0 where it is a code, or no training row has a level."""
        return 0 if self._coded(column) else min(len(column.categories), FEW_AND_MANY)

    def _categories(self, preprocessing: Preprocessing) -> list[Column]:
        return [c for c in self.columns if self._is_category(c, preprocessing)]

    def _is_category(self, column: Column, preprocessing: Preprocessing) -> bool:
        return column.kind is ColumnKind.CATEGORY and column.name not in preprocessing.numbers

    def _marked(self, column: Column, preprocessing: Preprocessing) -> bool:
        # of texts that are read as numbers any may turn out to be none
        may_miss = column.name in self.gaps or column.name in preprocessing.numbers
        return preprocessing.missing == "indicator" and may_miss


def embedding_size(levels: int) -> int:
    """Numbers that stand for a level: the rule of thumb of fastai (Howard & Gugger 2020)."""
    size: float = 1.6 * levels**0.56
    return min(50, round(size))


def _rows(column: Column) -> int:
    levels = len(column.categories)
    return 1 + min(levels, MOST_LEVELS) + (levels > MOST_LEVELS)


def _by_frequency(values: pd.Series) -> tuple[str, ...]:
    """Levels that occur, the most frequent first."""
    codes = values.cat.codes.to_numpy()
    names: Sequence[str] = [str(name) for name in values.cat.categories]
    count = np.bincount(codes[codes >= 0], minlength=len(names))
    order = np.argsort(-count, kind="stable")
    return tuple(names[i] for i in order if count[i] > 0)
