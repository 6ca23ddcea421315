"""A split as plain numbers, made once for all candidates that share it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.learners.features import Features, dense_features
from advisor.learners.made_up import Rows, joined, swapped, with_mixtures, with_noise
from advisor.rows.splits import pool_rows
from advisor.rows.treatments import Treater
from advisor.settings import Preprocessing, Treatment
from advisor.types import Dataset, Floats, Ints, Split

ROOM = 512 * 2**20
"""Bytes kept at most: every fold of a table of 50,000 rows and 100 columns."""

Learn = Callable[[pd.DataFrame, Preprocessing], Features]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The training rows of one split after their treatment, and the rows to score.

    ``matrix`` and ``valid`` are (n, d) and (m, d); the scored rows are sorted, as ``Watch`` wants
    them.
    """

    features: Features
    matrix: Floats
    y: NDArray[Any]
    weight: Floats | None
    valid: Floats

    @property
    def nbytes(self) -> int:
        return int(self.matrix.nbytes + self.valid.nbytes)


def dense(data: Dataset) -> Learn:
    """What ``Parts`` learns for a family that takes finite numbers only."""
    return lambda X, how: dense_features(X, data.columns, how)


class Parts:
    """Parts of one Dataset; safe from several threads.

    Args:
        data: all rows.
        learn: what is learned about the columns from (n, p) training rows.
        room: bytes kept at most; the oldest go first.
        augments: the family takes made-up rows (its recipe says so, too).
    """

    def __init__(
        self, data: Dataset, learn: Learn, room: int = ROOM, *, augments: bool = False
    ) -> None:
        self._data = data
        self._learn = learn
        self._room = room
        self._augments = augments
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, Part] = OrderedDict()
        self._making: dict[object, threading.Lock] = {}
        self._treater = Treater(data)

    def of(self, split: Split, treatment: Treatment, preprocessing: Preprocessing) -> Part:
        """The split's part; two threads never make it twice."""
        key = (split.digest, treatment, preprocessing)
        with self._lock:
            own = self._making.setdefault(key, threading.Lock())
        with own:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            pool = pool_rows(self._data, split)
            part = self._make(split.train, pool, split.valid, split.seed, treatment, preprocessing)
            with self._lock:
                self._kept[key] = part
                while (
                    len(self._kept) > 1 and sum(p.nbytes for p in self._kept.values()) > self._room
                ):
                    self._kept.popitem(last=False)
                self._making.pop(key, None)
            return part

    def whole(
        self, rows: Ints, seed: int, treatment: Treatment, preprocessing: Preprocessing
    ) -> Part:
        """Rows to train on for use; nothing is scored, nothing kept."""
        pool = self._data.pool
        return self._make(rows, pool, rows[:0], seed, treatment, preprocessing)

    def _make(
        self,
        rows: Ints,
        pool: Ints,
        valid: Ints,
        seed: int,
        treatment: Treatment,
        preprocessing: Preprocessing,
    ) -> Part:
        data = self._data
        kept, weight = self._treater.treat(rows, pool, treatment, seed)
        order = np.argsort(kept)
        kept, weight = kept[order], None if weight is None else weight[order]
        table = data.X.iloc[kept]
        features = self._learn(table, preprocessing)
        real: Rows = (features.matrix(table), data.y[kept], weight)
        if treatment.augment is not None:
            real = self._augmented(real, table, features, treatment.augment, seed)
        matrix, y, weight = real
        return Part(features, matrix, y, weight, features.matrix(data.X.iloc[np.sort(valid)]))

    def _augmented(
        self, rows: Rows, table: pd.DataFrame, features: Features, kind: str, seed: int
    ) -> Rows:
        """The rows and as many made-up ones."""
        if not self._augments:
            raise TypeError(f"this family takes no made-up rows, got augment {kind!r}")
        if kind == "swap":
            return joined(rows, (features.matrix(swapped(table, seed)), *rows[1:]))
        if kind == "noise":
            return with_noise(rows, seed, features.codes)
        classes = self._data.task.is_classification
        return with_mixtures(rows, seed, features.codes, classes=classes)
