"""D08: other rows are told from the training rows where they differ, and only there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from measured_worlds import measured, only

from advisor.audit.shift import Parts as _Parts
from advisor.audit.shift import shifted, told_apart
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.types import Dataset, Severity, Task


def rows(n: int, seed: int, move: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(move, 1, n)
    return pd.DataFrame(
        {
            "x": x,
            "same": rng.normal(size=n),
            "city": rng.choice(["a", "b", "c"], n),
            "y": (x + rng.normal(size=n) > 0).astype(int),
        }
    )


def world(test: Any, train: pd.DataFrame | None = None, **roles: Any) -> Dataset:
    frame = rows(1500, 0) if train is None else train
    return build(frame, Roles(target="y", **roles), task=Task.BINARY, test=test)


def confident(data: Dataset) -> Any:
    x = np.asarray(data.X["x"])
    return np.clip(1 / (1 + np.exp(-1.6 * x)), 0.01, 0.99)


def test_rows_from_elsewhere_are_found_with_their_columns() -> None:
    data = world(rows(600, 1, move=1.0))
    finding = only(shifted(measured(data, confident(data), "log_loss")), "D08", Severity.WARNING)
    assert finding.evidence["auc"] > 0.7
    assert finding.evidence["columns"][0] == "x"
    assert finding.evidence["part"] == "test"
    assert finding.points_to == "splits"


@pytest.mark.parametrize("seed", range(5))
def test_a_random_test_part_is_like_the_training_rows(seed: int) -> None:
    data = world(0.3, rows(1500, seed))
    finding = only(shifted(measured(data, confident(data), "log_loss")), "D08", Severity.PASSED)
    assert finding.evidence["auc"] < 0.6


def test_the_loss_moves_where_the_model_is_worse_on_such_rows() -> None:
    data = world(rows(600, 1, move=1.5))
    x = np.asarray(data.X["x"])
    bad_above = np.where(x > 1, 0.05, confident(data))  # wrong exactly where the test rows are
    finding = only(shifted(measured(data, bad_above, "log_loss")), "D08", Severity.WARNING)
    assert finding.evidence["loss_moves"]
    assert finding.evidence["loss_then"] > finding.evidence["loss_now"]
    other = only(shifted(measured(data, np.full(len(x), 0.5), "log_loss")), "D08", Severity.WARNING)
    assert not other.evidence["loss_moves"]


def test_new_values_of_a_name_column_are_no_shift() -> None:
    def named(n: int, seed: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        return rows(n, seed).assign(name=[f"n{i}" for i in rng.integers(0, 800, n)])

    data = world(named(700, 5), named(1500, 4))
    assert data.X["name"].iloc[data.test].isna().mean() > 0.1  # training never saw them
    only(shifted(measured(data, confident(data), "log_loss")), "D08", Severity.PASSED)


def test_counters_and_dates_do_not_give_a_part_away() -> None:
    def counted(n: int, seed: int, start: int) -> pd.DataFrame:
        day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(start, start + n), unit="D")
        return rows(n, seed).assign(id=np.arange(start, start + n), day=day)

    data = world(counted(500, 8, 1500), counted(1500, 7, 0))
    only(shifted(measured(data, confident(data), "log_loss")), "D08", Severity.PASSED)


def test_a_group_counts_once() -> None:
    rng = np.random.default_rng(0)
    person = rng.integers(0, 150, 2000)
    trait = rng.normal(size=(150, 3))[person]  # tells every person from every other
    frame = rows(2000, 9).assign(person=person, a=trait[:, 0], b=trait[:, 1], c=trait[:, 2])
    data = world(0.3, frame, groups="person")
    finding = shifted(measured(data, confident(data), "log_loss"))
    only(finding, "D08", Severity.PASSED)
    assert finding[0].evidence["rows"] + finding[0].evidence["other_rows"] <= 150


def test_the_pool_is_compared_without_a_test_part() -> None:
    data = build(
        rows(1000, 0),
        Roles(target="y"),
        task=Task.BINARY,
        test=False,
        pool=rows(400, 1, move=1.5),
    )
    finding = only(shifted(measured(data, confident(data), "log_loss")), "D08", Severity.WARNING)
    assert finding.evidence["part"] == "pool"


def test_nothing_to_compare_with() -> None:
    data = world(False)
    only(shifted(measured(data, confident(data), "log_loss")), "D08", Severity.NOT_APPLICABLE)
    data = world(rows(20, 3))
    only(shifted(measured(data, confident(data), "log_loss")), "D08", Severity.SKIPPED)


def test_numbers_are_compared_too() -> None:
    rng = np.random.default_rng(0)

    def numbers(n: int, move: float) -> pd.DataFrame:
        x = rng.normal(move, 1, n)
        return pd.DataFrame({"x": x, "y": x + rng.normal(size=n)})

    data = build(numbers(800, 0), Roles(target="y"), task=Task.REGRESSION, test=numbers(400, 1.5))
    pred = np.asarray(data.X["x"])
    finding = only(shifted(measured(data, pred, "rmse")), "D08", Severity.WARNING)
    assert finding.evidence["loss"] == "mae"


def test_p_of_halves_that_know_the_same_is_no_smaller_than_that_of_one() -> None:
    rng = np.random.default_rng(0)
    count = 0
    for _ in range(400):
        other = rng.random(200) < 0.4
        score = rng.normal(size=200)
        # the worst case: both halves are one and the same
        double = _Parts(
            rows=np.arange(400),
            other=np.tile(other, 2),
            half=np.repeat([True, False], 200),
            columns=(),
            X=np.empty((400, 0)),
        )
        count += told_apart(np.tile(score, 2), double)[1] < 0.05
    assert count <= 400 * 0.05 + 3 * np.sqrt(400 * 0.05 * 0.95)
