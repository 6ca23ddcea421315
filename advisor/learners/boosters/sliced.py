"""A booster's table of all rows, made once; every fit gets slices of its own.

A slice is a fit's alone: a library may bin it when it is first used, and fits side by side must not
do that to one table.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.rows.splits import pool_rows
from advisor.rows.treatments import Treater
from advisor.settings import Candidate
from advisor.types import Dataset, Floats, Ints, Split


class Table(Protocol):
    """A library's own form of a table: ``xgboost.DMatrix``, ``catboost.Pool``."""

    def slice(self, rows: Any, /) -> Any:
        """Some rows of it, as a table of their own."""
        ...

    def set_weight(self, weight: Any, /) -> Any:
        """Weigh the rows."""
        ...


T = TypeVar("T", bound=Table)
Make = Callable[[pd.DataFrame, tuple[str, ...]], T]
"""A table of (n, p) features; the names are of texts that are read as numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Sliced(Generic[T]):
    """What one ensemble is grown on, in the order of the rows.

    Attributes:
        train: the training rows after their treatment.
        y, weight: theirs.
        valid: the scored rows; None for a model for use.
        numbers: names of texts that are read as numbers.
    """

    train: T
    y: NDArray[Any]
    weight: Floats | None
    valid: T | None
    numbers: tuple[str, ...]


class Slices(Generic[T]):
    """Slices of one Dataset; safe from several threads."""

    def __init__(self, data: Dataset, make: Make[T]) -> None:
        self._data = data
        self._make = make
        self._treater = Treater(data)
        self._lock = threading.Lock()
        self._tables: dict[tuple[str, ...], T] = {}

    def of(self, candidate: Candidate, split: Split) -> Sliced[T]:
        """A split's training rows, after the candidate's treatment, and the rows to score."""
        pool, valid = pool_rows(self._data, split), np.sort(split.valid)
        return self._sliced(candidate, split.train, pool, valid, split.seed)

    def whole(self, candidate: Candidate, rows: Ints, seed: int) -> Sliced[T]:
        """Rows to train on for use, after the candidate's treatment."""
        return self._sliced(candidate, rows, self._data.pool, None, seed)

    def _sliced(
        self, candidate: Candidate, rows: Ints, pool: Ints, valid: Ints | None, seed: int
    ) -> Sliced[T]:
        kept, weight = self._treater.treat(rows, pool, candidate.treatment, seed)
        order = np.argsort(kept)
        kept, weight = kept[order], None if weight is None else weight[order]
        numbers = candidate.preprocessing.numbers
        scored = None
        if valid is not None:  # by the person's own weights, as every score is
            own = self._data.weight
            scored = self._slice(valid, None if own is None else own[valid], numbers)
        train = self._slice(kept, weight, numbers)
        return Sliced(train, self._data.y[kept], weight, scored, numbers)

    def _slice(self, rows: Ints, weight: Floats | None, numbers: tuple[str, ...]) -> T:
        with self._lock:
            if numbers not in self._tables:
                self._tables[numbers] = self._make(self._data.X, numbers)
            part: T = self._tables[numbers].slice(rows.tolist())
        if weight is not None:
            part.set_weight(weight)
        return part
