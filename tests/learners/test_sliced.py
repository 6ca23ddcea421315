"""Slices of a booster's table: whose rows, in which order, with which weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.learners.boosters.sliced import Slices
from advisor.rows.splits import search_splits
from advisor.settings import Candidate, Preprocessing, Treatment
from advisor.types import Dataset


@dataclass
class Plain:
    """A table as a library has it: places of rows, and their weights."""

    rows: Any
    weight: Any = None

    def slice(self, rows: Any, /) -> Plain:
        return Plain(np.asarray(rows))

    def set_weight(self, weight: Any, /) -> None:
        self.weight = weight


def weighted() -> Dataset:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "y"])
    return build(frame.assign(w=rng.random(60)), Roles("y", weight="w"), test=False)


def test_scored_rows_weigh_what_the_person_says_training_rows_what_is_left_of_it() -> None:
    data = weighted()
    assert data.weight is not None
    split = search_splits(data, 4, seed=0)[0]
    slices = Slices(data, lambda X, _: Plain(np.arange(len(X))))
    found = slices.of(Candidate({}, Treatment(fraction=0.5)), split)
    assert found.valid is not None
    np.testing.assert_array_equal(found.valid.rows, np.sort(split.valid))
    np.testing.assert_array_equal(found.valid.weight, data.weight[found.valid.rows])
    assert set(found.train.rows) < {*split.train.tolist()}
    assert (np.diff(found.train.rows) > 0).all()
    np.testing.assert_array_equal(found.train.weight, data.weight[found.train.rows])
    np.testing.assert_array_equal(found.y, data.y[found.train.rows])
    assert slices.whole(Candidate({}), data.train, 0).valid is None


def test_a_table_is_made_once_for_each_way_of_reading_it() -> None:
    data, made = weighted(), []

    def make(X: pd.DataFrame, numbers: tuple[str, ...]) -> Plain:
        made.append(numbers)
        return Plain(np.arange(len(X)))

    slices = Slices(data, make)
    for numbers in ((), ("a",), (), ("a",)):
        slices.whole(Candidate({}, preprocessing=Preprocessing(numbers=numbers)), data.train, 0)
    assert made == [(), ("a",)]
