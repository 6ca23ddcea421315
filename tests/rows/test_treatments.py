"""What a treatment makes of the training rows, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from advisor.rows.treatments import (
    Treater,
    nested_sample,
    row_codes,
    row_share,
    stratified_sample,
    treat,
)
from advisor.settings import Treatment
from advisor.types import Column, ColumnKind, Dataset, Ints, Task

NONE = np.array([], dtype=np.int64)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Trees on more threads than free cores spin."""
    with threadpool_limits(1):
        yield


def table(n: int = 60, *, task: Task = Task.BINARY, weight: Any = None, copies: int = 1) -> Dataset:
    """Rows of which each stands there ``copies`` times in a row."""
    rng = np.random.default_rng(0)
    kinds = n // copies
    x = np.repeat(rng.normal(size=kinds), copies)
    city = pd.Categorical(np.repeat(rng.choice(["a", "b"], kinds), copies))
    y: Any = np.repeat(rng.normal(size=kinds), copies)
    if task is Task.BINARY:
        y = np.repeat((np.arange(kinds) % 5 == 0).astype(np.int64), copies)
    return Dataset(
        X=pd.DataFrame({"x": x, "city": city}),
        y=y,
        task=task,
        classes=("no", "yes") if task is Task.BINARY else (),
        target="y",
        columns=(),
        train=np.arange(n, dtype=np.int64),
        pool=NONE,
        test=NONE,
        groups=None,
        time=None,
        weight=weight,
        fingerprint="",
    )


ROWS = np.arange(40, dtype=np.int64)
POOL = np.arange(40, 60, dtype=np.int64)


def test_no_treatment_leaves_the_rows_as_they_are() -> None:
    rows, weight = treat(table(), ROWS, POOL, Treatment(), 0)
    np.testing.assert_array_equal(rows, ROWS)
    assert weight is None


def test_the_persons_weights_go_with_their_rows() -> None:
    own = np.linspace(1, 2, 60)
    rows, weight = treat(table(weight=own), ROWS[::-1], POOL, Treatment(pool=0.5), 0)
    assert weight is not None
    np.testing.assert_array_equal(weight, own[rows])


@given(
    small=st.floats(0.01, 1),
    large=st.floats(0.01, 1),
    seed=st.integers(0, 99),
    task=st.sampled_from([Task.BINARY, Task.REGRESSION]),
)
@settings(max_examples=60, deadline=None)
def test_a_smaller_share_is_a_part_of_a_larger_one(
    small: float, large: float, seed: int, task: Task
) -> None:
    small, large = sorted((small, large))
    data = table(task=task)
    few, _ = treat(data, ROWS, NONE, Treatment(fraction=small), seed)
    more, _ = treat(data, ROWS, NONE, Treatment(fraction=large), seed)
    assert set(few) <= set(more) <= set(ROWS)
    assert (np.diff(more) > 0).all()


def test_a_share_keeps_every_class_in_proportion() -> None:
    data = table()
    rows, _ = treat(data, ROWS, NONE, Treatment(fraction=0.5), 3)
    assert len(rows) == 20
    assert np.bincount(data.y[rows]).tolist() == [16, 4]
    rare, _ = treat(data, ROWS, NONE, Treatment(fraction=0.01), 3)
    assert np.bincount(data.y[rare]).tolist() == [1, 1]


def test_another_seed_keeps_other_rows() -> None:
    one, two = (nested_sample(ROWS, 0.5, seed) for seed in (0, 1))
    assert set(one) != set(two)
    np.testing.assert_array_equal(one, nested_sample(ROWS, 0.5, 0))
    np.testing.assert_array_equal(stratified_sample(ROWS, None, 0.5, 0), one)


def test_the_pool_is_added_and_only_the_pool() -> None:
    rows, _ = treat(table(), ROWS, POOL, Treatment(pool=1.0), 0)
    np.testing.assert_array_equal(rows, np.arange(60))
    half, _ = treat(table(), ROWS, POOL, Treatment(pool=0.5), 0)
    assert set(ROWS) <= set(half)
    assert len(half) == 50
    none, _ = treat(table(), ROWS, NONE, Treatment(pool=1.0), 0)
    np.testing.assert_array_equal(none, ROWS)


def test_duplicates_become_one_row_with_their_weight() -> None:
    data = table(copies=3)
    rows, weight = treat(data, np.arange(60), NONE, Treatment(merge_duplicates=True), 0)
    np.testing.assert_array_equal(rows, np.arange(0, 60, 3))
    assert weight is not None
    np.testing.assert_array_equal(weight, np.full(20, 3.0))
    own = np.arange(1.0, 61.0)
    rows, weight = treat(
        table(copies=3, weight=own), np.arange(60), NONE, Treatment(merge_duplicates=True), 0
    )
    np.testing.assert_allclose(weight, own.reshape(20, 3).sum(axis=1))  # type: ignore[arg-type]


def test_only_rows_of_the_split_are_merged() -> None:
    data = table(copies=3)
    part = np.array([1, 2, 4], dtype=np.int64)
    rows, weight = treat(data, part, NONE, Treatment(merge_duplicates=True), 0, row_codes(data))
    assert weight is not None
    np.testing.assert_array_equal(rows, [1, 4])
    np.testing.assert_array_equal(weight, [2, 1])


@pytest.mark.parametrize("own", [None, np.linspace(1, 3, 60)], ids=["plain", "weighted"])
def test_balanced_classes_weigh_the_same_and_the_total_stays(own: Any) -> None:
    data = table(weight=own)
    rows, weight = treat(data, ROWS, NONE, Treatment(class_weight="balanced"), 0)
    assert weight is not None
    totals = np.bincount(data.y[rows], weight)
    assert totals[0] == pytest.approx(totals[1])
    before = len(rows) if own is None else own[rows].sum()
    assert weight.sum() == pytest.approx(before)


def test_balancing_a_regression_changes_nothing() -> None:
    data = table(task=Task.REGRESSION)
    rows, weight = treat(data, ROWS, NONE, Treatment(class_weight="balanced"), 0)
    np.testing.assert_array_equal(rows, ROWS)
    assert weight is None


def test_everything_at_once_keeps_to_the_rows_it_was_given() -> None:
    data = table(copies=2, weight=np.ones(60))
    treatment = Treatment(fraction=0.5, pool=0.5, merge_duplicates=True, class_weight="balanced")
    rows, weight = treat(data, ROWS, POOL, treatment, 5)
    assert weight is not None
    assert len(rows) == len(weight) == len(set(rows))
    assert set(rows) <= set(ROWS) | set(POOL)
    assert (weight > 0).all()


def same_code(frame: pd.DataFrame, y: Any, task: Task = Task.REGRESSION) -> Ints:
    base = table(len(frame), task=Task.REGRESSION)
    return row_codes(
        Dataset(
            **{f: getattr(base, f) for f in base.__slots__} | {"X": frame, "y": y, "task": task}
        )
    )


def test_rows_are_equal_only_in_every_feature_and_the_target() -> None:
    frame = pd.DataFrame(
        {
            "x": [1.0, 1.0, 1.0, 2.0, np.nan, np.nan],
            "c": pd.Categorical(["a", "a", "b", "a", "a", "a"]),
        }
    )
    a, b, other_city, other_x, missing, missing_too = same_code(frame, np.zeros(6))
    assert a == b
    assert missing == missing_too
    assert len({a, other_city, other_x, missing}) == 4
    first, second = same_code(frame.iloc[:2], np.array([0.0, 1.0]))
    assert first != second


@pytest.mark.parametrize(
    "wrong",
    [
        {"fraction": 0.0},
        {"fraction": 1.1},
        {"pool": -0.1},
        {"class_weight": "heavy"},
        {"resample": "some"},
        {"suspects": "hide"},
        {"augment": "dream"},
        {"class_weight": "sqrt", "resample": "under"},
    ],
)
def test_a_treatment_that_makes_no_sense_cannot_be_built(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="got"):
        Treatment(**wrong)


def noisy(n: int = 600, *, task: Task = Task.BINARY) -> tuple[Dataset, Ints]:
    """A table that is easy to learn, and the rows whose target was changed."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=n)
    wrong = rng.choice(n, n // 10, replace=False)
    y: Any = (x > 0).astype(np.int64)
    y[wrong] = 1 - y[wrong]
    if task is Task.REGRESSION:
        wrong = wrong[: n // 50]
        y = 2 * x + rng.normal(0, 0.1, n)
        y[wrong] += 50
    X = pd.DataFrame({"x": x, "z": rng.normal(size=n)})
    columns = tuple(Column(name, ColumnKind.NUMBER) for name in X)
    data = replace(table(n, task=task), X=X, y=y, columns=columns)
    return data, np.sort(wrong)


TASKS = [Task.BINARY, Task.REGRESSION]


@pytest.mark.parametrize("task", TASKS)
def test_doubtful_rows_are_dropped_or_weigh_less(task: Task) -> None:
    data, wrong = noisy(task=task)
    everyone = np.arange(600, dtype=np.int64)
    kept, weight = treat(data, everyone, NONE, Treatment(suspects="drop"), 0)
    assert weight is None
    gone = np.setdiff1d(everyone, kept)
    assert len(np.intersect1d(gone, wrong)) >= 0.8 * len(wrong)
    assert len(np.setdiff1d(gone, wrong)) <= 0.1 * len(wrong)
    rows, weight = treat(data, everyone, NONE, Treatment(suspects="down_weight"), 0)
    np.testing.assert_array_equal(rows, everyone)
    assert weight is not None
    assert (weight[gone] < 0.5).all() or task is Task.REGRESSION
    assert (weight[gone] < 1).all()
    assert (weight[kept] == 1).all()


@pytest.mark.parametrize("task", TASKS)
def test_a_clean_table_has_no_doubtful_rows(task: Task) -> None:
    data, wrong = noisy(task=task)
    y = data.y.copy()
    y[wrong] = 1 - y[wrong] if task is Task.BINARY else y[wrong] - 50
    clean = replace(data, y=y)
    rows, weight = treat(clean, ROWS_OF_NOISY, NONE, Treatment(suspects="drop"), 0)
    assert len(rows) == len(ROWS_OF_NOISY)
    assert weight is None


ROWS_OF_NOISY = np.arange(600, dtype=np.int64)


def test_sqrt_is_half_of_the_way_to_balanced() -> None:
    data = table()
    plain = np.bincount(data.y[ROWS]).astype(float)
    _, half = treat(data, ROWS, NONE, Treatment(class_weight="sqrt"), 0)
    assert half is not None
    totals = np.bincount(data.y[ROWS], half)
    assert totals[0] / totals[1] == pytest.approx(np.sqrt(plain[0] / plain[1]))
    assert half.sum() == pytest.approx(len(ROWS))


@pytest.mark.parametrize("own", [None, np.linspace(1, 3, 60)], ids=["plain", "weighted"])
def test_resampled_classes_have_equally_many_rows(own: Any) -> None:
    data = table(weight=own)
    few, weight = treat(data, ROWS, NONE, Treatment(resample="under"), 0)
    assert np.bincount(data.y[few]).tolist() == [8, 8]
    assert (weight is None) is (own is None)
    many, copies = treat(data, ROWS, NONE, Treatment(resample="over"), 0)
    np.testing.assert_array_equal(many, ROWS)
    assert copies is not None
    times = copies if own is None else copies / own[many]
    np.testing.assert_allclose(times, np.round(times))
    np.testing.assert_allclose(np.bincount(data.y[many], times), [32, 32])


COMBINED = st.builds(
    Treatment,
    fraction=st.sampled_from([1.0, 0.5]),
    pool=st.sampled_from([0.0, 0.4, 1.0]),
    merge_duplicates=st.booleans(),
    class_weight=st.sampled_from([None, "balanced", "sqrt"]),
    suspects=st.sampled_from([None, "drop", "down_weight"]),
)


@given(treatment=COMBINED, seed=st.integers(0, 5), task=st.sampled_from(TASKS))
@settings(max_examples=10, deadline=None)
def test_whatever_scored_rows_hold_training_rows_and_weights_are_the_same(
    treatment: Treatment, seed: int, task: Task
) -> None:
    data, _ = noisy(task=task)
    train, pool = np.arange(0, 360), np.arange(360, 480)
    before = treat(data, train, pool, treatment, seed)
    rng = np.random.default_rng(seed)
    X, y = data.X.copy(), data.y.copy()
    X.iloc[480:] = rng.choice([np.nan, 0.0, 1e30, -5.0], size=(120, 2))
    y[480:] = rng.integers(0, 2, 120)
    after = treat(replace(data, X=X, y=y), train, pool, treatment, seed)
    np.testing.assert_array_equal(before[0], after[0])
    assert (before[1] is None) is (after[1] is None)
    if before[1] is not None and after[1] is not None:
        np.testing.assert_array_equal(before[1], after[1])
    assert not np.isin(after[0], np.arange(480, 600)).any()


def test_a_treater_finds_what_the_function_finds_and_doubts_the_same_rows_once() -> None:
    data, _ = noisy()
    treater = Treater(data)
    for treatment in (Treatment(suspects="drop"), Treatment(suspects="down_weight", pool=1.0)):
        mine = treater.treat(ROWS_OF_NOISY[:500], ROWS_OF_NOISY[500:], treatment, 3)
        theirs = treat(data, ROWS_OF_NOISY[:500], ROWS_OF_NOISY[500:], treatment, 3)
        np.testing.assert_array_equal(mine[0], theirs[0])


def test_the_share_of_rows_says_what_a_fit_will_see() -> None:
    data = replace(table(), train=ROWS, pool=POOL)
    assert row_share(data, Treatment()) == 1
    assert row_share(data, Treatment(pool=1.0)) == 1.5
    assert row_share(data, Treatment(fraction=0.5, augment="noise")) == 1
    assert row_share(data, Treatment(resample="under")) == pytest.approx(16 / 40)
