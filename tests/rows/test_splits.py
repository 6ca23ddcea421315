"""Splits: every row once, groups whole, time in order, and a fresh partition is a fresh one."""

import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.rows import splits
from advisor.types import Dataset, Purpose, Task


def dataset(y=None, *, n=None, task=Task.BINARY, groups=None, time=None, pool=0, test=0):
    """A Dataset of which only the roles of its rows matter; the last rows are pool and test."""
    y = np.arange(n) % 2 if y is None else np.asarray(y)
    rows = np.arange(len(y))
    used = len(y) - pool - test
    return Dataset(
        X=pd.DataFrame(index=rows),
        y=y,
        task=task,
        classes=("a", "b"),
        target="y",
        columns=(),
        train=rows[:used],
        pool=rows[used : used + pool],
        test=rows[used + pool :],
        groups=None if groups is None else np.asarray(groups, dtype=np.int64),
        time=None if time is None else np.asarray(time, dtype=np.int64),
        weight=None,
        fingerprint="",
    )


def all_partitions(data, folds, seed=0):
    search = splits.search_splits(data, folds, seed)
    return [search, *(splits.confirm_splits(data, folds, seed, p) for p in (1, 2, 3))]


def memberships(parts):
    return [tuple(sorted(tuple(s.valid) for s in part)) for part in parts]


LABELS = st.lists(st.integers(0, 3), min_size=12, max_size=80)
FOLDS = st.integers(2, 6)
SEEDS = st.integers(0, 2**31 - 1)


@given(LABELS, FOLDS, SEEDS, st.sampled_from(list(Task)), st.integers(0, 5))
def test_every_training_row_is_scored_once_per_partition(y, folds, seed, task, held):
    data = dataset(y, task=task, pool=held // 2, test=held - held // 2)
    for part in all_partitions(data, folds, seed):
        assert len(part) == folds
        scored = np.concatenate([s.valid for s in part])
        assert sorted(scored) == data.train.tolist()
        for s in part:
            assert sorted(np.concatenate([s.train, s.valid])) == data.train.tolist()


@given(LABELS, FOLDS, SEEDS)
def test_classes_and_sizes_are_even_over_folds(y, folds, seed):
    data = dataset(y, task=Task.MULTICLASS)
    for part in all_partitions(data, folds, seed):
        for among in (np.ones(len(y), bool), *(data.y == k for k in range(4))):
            count = [int(among[s.valid].sum()) for s in part]
            assert max(count) - min(count) <= 1


@given(
    st.lists(st.integers(0, 15), min_size=30, max_size=120),
    FOLDS,
    SEEDS,
    st.sampled_from([Task.MULTICLASS, Task.REGRESSION]),
)
def test_groups_never_straddle(groups, folds, seed, task):
    if len(set(groups)) < folds:
        groups = groups + list(range(folds))
    data = dataset(np.arange(len(groups)) % 3, task=task, groups=groups)
    for part in all_partitions(data, folds, seed):
        scored = np.concatenate([s.valid for s in part])
        assert sorted(scored) == data.train.tolist()
        for s in part:
            assert not set(data.groups[s.train]) & set(data.groups[s.valid])


@given(st.lists(st.integers(0, 25), min_size=20, max_size=90), FOLDS, SEEDS)
def test_time_is_respected(time, folds, seed):
    if len(set(time)) <= folds:
        time = time + list(range(folds + 1))
    data = dataset(np.zeros(len(time), int), time=time)
    for part in all_partitions(data, folds, seed):
        assert len(part) == folds
        for earlier, later in pairwise(part):
            assert set(earlier.train) | set(earlier.valid) == set(later.train)
        for s in part:
            assert data.time[s.train].max() < data.time[s.valid].min()
        last = part[-1]
        assert len(last.train) + len(last.valid) == len(time)


@given(LABELS, SEEDS, st.booleans(), st.booleans())
@settings(max_examples=30)
def test_the_same_question_gets_the_same_splits(y, seed, by_time, by_group):
    extra = {"time": np.arange(len(y))} if by_time else {}
    extra |= {"groups": np.arange(len(y)) // 2} if by_group else {}
    data = dataset(y, **extra)
    first, again = all_partitions(data, 5, seed), all_partitions(data, 5, seed)
    assert [s.digest for part in first for s in part] == [s.digest for part in again for s in part]


@pytest.mark.parametrize(
    "roles",
    [{}, {"groups": np.arange(120) // 4}, {"time": np.arange(120)}],
    ids=["random", "groups", "time"],
)
def test_partitions_and_their_seeds_differ(roles):
    parts = all_partitions(dataset(n=120, **roles), 5)
    assert len(set(memberships(parts))) == 4
    seeds = [s.seed for part in parts for s in part]
    assert len(set(seeds)) == 20
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_groups_of_very_different_sizes_still_give_fresh_partitions():
    sizes = np.array([60, 50, 40, 30, 20, 15, 12, 10, 8, 6, 5, 4, 3, 2, 1])
    data = dataset(n=sizes.sum(), groups=np.repeat(np.arange(15), sizes))
    assert len(set(memberships(all_partitions(data, 3)))) == 4


def test_another_seed_is_another_partition():
    data = dataset(n=60)
    assert splits.search_splits(data, 5, 0)[0].digest != splits.search_splits(data, 5, 1)[0].digest


def test_ids_and_purposes():
    data = dataset(n=40, test=10)
    assert [s.id for s in splits.search_splits(data, 2, 0)] == ["search-0", "search-1"]
    fresh = splits.confirm_splits(data, 2, 0, 1)[1]
    assert (fresh.id, fresh.purpose, fresh.partition, fresh.fold) == (
        "confirm-1-1",
        Purpose.CONFIRM,
        1,
        1,
    )
    test = splits.test_split(data, 0)
    assert (test.id, test.purpose) == ("test", Purpose.TEST)
    assert (test.train.tolist(), test.valid.tolist()) == (list(range(30)), list(range(30, 40)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: splits.search_splits(dataset(n=40), 1, 0), "at least 2 folds"),
        (lambda: splits.search_splits(dataset(n=3), 5, 0), "as many rows"),
        (lambda: splits.search_splits(dataset(n=40, groups=[0, 1] * 20), 5, 0), "as many groups"),
        (lambda: splits.search_splits(dataset(n=40, time=[0, 1] * 20), 5, 0), "points in time"),
        (lambda: splits.confirm_splits(dataset(n=40), 5, 0, 0), "count from 1"),
        (lambda: splits.test_split(dataset(n=40), 0), "a part is empty"),
    ],
)
def test_impossible_splits_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_classes_rarer_than_the_folds_neither_warn_nor_vanish_from_training():
    data = dataset([0] * 40 + [1] * 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for part in all_partitions(data, 5):
            assert all((data.y[s.train] == 1).any() for s in part)


def test_group_folds_are_even_in_size_and_class():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 4000, 12_000)
    y = (rng.random(4000) < 0.1)[groups].astype(int)
    for part in all_partitions(dataset(y, groups=groups), 5):
        sizes = np.array([len(s.valid) for s in part])
        shares = np.array([y[s.valid].mean() for s in part])
        assert sizes.max() / sizes.min() < 1.02
        assert shares.max() / shares.min() < 1.1


def test_time_cuts_sit_where_they_are_wanted_and_move_by_half_a_segment():
    data = dataset(n=600, time=np.arange(600)[::-1])
    search, fresh, *_ = all_partitions(data, 5)
    assert [len(s.train) for s in search] == [100, 200, 300, 400, 500]
    assert [len(s.train) for s in fresh] == [150, 250, 350, 450, 550]
    assert search[0].train.tolist() == list(range(500, 600))


def test_one_crowded_time_does_not_empty_a_segment():
    time = np.concatenate([np.zeros(500), np.arange(1, 7)])
    for part in all_partitions(dataset(n=506, time=time), 5):
        assert all(len(s.valid) for s in part)


# -- units and the pool ------------------------------------------------------------------------


def test_units_are_rows_groups_or_eight_blocks_of_time():
    rows = np.array([3, 1, 1, 7])
    assert splits.units(dataset(n=8), rows).tolist() == [3, 1, 1, 7]
    by_group = dataset(n=8, groups=[0, 0, 1, 1, 2, 2, 3, 3])
    assert splits.units(by_group, rows).tolist() == [1, 0, 0, 3]
    by_time = dataset(n=80, time=np.arange(80)[::-1])
    blocks = splits.units(by_time, np.arange(80))
    assert np.bincount(blocks).tolist() == [10] * 8
    assert blocks[0] == 7


@given(st.lists(st.integers(0, 30), min_size=1, max_size=100))
def test_blocks_of_time_are_contiguous_and_keep_equal_times_together(time):
    data = dataset(n=len(time), time=time)
    blocks = splits.units(data, np.arange(len(time)))
    assert set(blocks) <= set(range(8))
    order = np.argsort(data.time, kind="stable")
    assert (np.diff(blocks[order]) >= 0).all()
    assert len({(t, b) for t, b in zip(time, blocks, strict=True)}) == len(set(time))


def test_the_pool_never_brings_a_scored_group_or_the_future_into_training():
    by_group = dataset(n=40, groups=np.arange(40) % 10, pool=20)
    for s in splits.search_splits(by_group, 5, 0):
        rows = splits.pool_rows(by_group, s)
        assert rows.size
        assert not set(by_group.groups[rows]) & set(by_group.groups[s.valid])
    by_time = dataset(n=40, time=np.concatenate([np.arange(20), np.arange(20)]), pool=20)
    for s in splits.search_splits(by_time, 4, 0):
        rows = splits.pool_rows(by_time, s)
        assert rows.size
        assert by_time.time[rows].max() < by_time.time[s.valid].min()
    plain = dataset(n=40, pool=10)
    assert splits.pool_rows(plain, splits.search_splits(plain, 5, 0)[0]).size == 10


# -- locking -----------------------------------------------------------------------------------


def lock(y, task=Task.BINARY, *, groups=None, time=None, share=0.2, seed=0, cap=None):
    return splits.lock(
        np.asarray(y), task, groups=groups, time=time, share=share, seed=seed, cap=cap
    )


def test_locked_rows_have_the_classes_of_all():
    y = np.arange(1000) % 10 == 0
    locked = lock(y.astype(int))
    assert (len(locked), y[locked].sum()) == (200, 20)
    assert lock(y.astype(int)).tolist() == locked.tolist()
    assert lock(y.astype(int), seed=1).tolist() != locked.tolist()


def test_a_rare_class_keeps_two_rows():
    y = np.array([0] * 100 + [1] * 3)
    assert (y[lock(y, share=0.5)] == 1).sum() == 1


def test_locked_share_and_cap_of_a_regression():
    assert len(lock(np.arange(1000.0), Task.REGRESSION, share=0.3)) == 300
    assert len(lock(np.arange(1000.0), Task.REGRESSION, share=0.3, cap=50)) == 50


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_whole_groups_are_locked(task):
    groups = np.random.default_rng(0).integers(0, 200, 2000)
    locked = lock(np.arange(2000) % 2, task, groups=groups)
    assert 300 < len(locked) < 500
    assert not set(groups[locked]) & set(np.delete(groups, locked))


def test_the_latest_rows_are_locked_and_equal_times_stay_together():
    time = np.arange(1000)[::-1] // 30
    locked = lock(np.arange(1000) % 2, time=time)
    assert abs(len(locked) - 200) <= 15
    assert time[locked].min() > np.delete(time, locked).max()
