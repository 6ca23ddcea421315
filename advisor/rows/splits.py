"""Which rows are trained on and which are scored: search, fresh and test splits.

Three ways to split, decided by the Dataset alone:

* at random, every class spread evenly over the folds;
* by group: all rows of one group on one side, classes and sizes as even as groups allow;
* by time: training on what came before a cut, scoring what came right after it, the cuts moving
  forward (rolling origin).  A fresh partition moves the cuts, it never reshuffles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.rows.folds import cuts_where_time_changes, group_folds, row_folds, van_der_corput
from advisor.types import Dataset, Ints, Purpose, Split, Task

TIME_BLOCKS, FINE_BLOCKS = 8, 32
"""Contiguous blocks of time that count as independent units; the gate starts from the finer ones
and merges neighbours that are alike (``paired.calm``)."""

_PURPOSES = tuple(Purpose)
_LOCK = len(_PURPOSES)


def derived_seed(seed: int, purpose: Purpose, partition: int, fold: int) -> int:
    """The seed of one split, 0 <= seed < 2**31; the same on every machine."""
    words = (seed, _PURPOSES.index(purpose), partition, fold + 1)
    return int(np.random.SeedSequence(words).generate_state(1)[0] >> 1)


def search_splits(dataset: Dataset, folds: int, seed: int) -> tuple[Split, ...]:
    """The ``folds`` splits of ``dataset.train`` that candidates are searched on.

    Raises:
        ValueError: fewer rows, groups or points in time than folds (``load`` says so first).
    """
    return _splits(dataset, folds, seed, Purpose.SEARCH, 0)


def confirm_splits(dataset: Dataset, folds: int, seed: int, partition: int) -> tuple[Split, ...]:
    """The splits of fresh partition 1, 2, 3, ...: other folds (or cuts in time), other seeds.

    Raises:
        ValueError: as ``search_splits``, or the partition is not a fresh one.
    """
    if partition < 1:
        raise ValueError(f"fresh partitions count from 1, got {partition}")
    return _splits(dataset, folds, seed, Purpose.CONFIRM, partition)


def test_split(dataset: Dataset, seed: int) -> Split:
    """Train on all rows that are in use, score the locked rows.

    Raises:
        ValueError: no row is locked.
    """
    train, test = np.sort(dataset.train), np.sort(dataset.test)
    return Split("test", Purpose.TEST, 0, 0, train, test, derived_seed(seed, Purpose.TEST, 0, 0))


def pool_rows(dataset: Dataset, split: Split) -> Ints:
    """Rows of the pool that may be trained on in this split.

    None that is scored or of a group that is, and none from the time that is scored or later.
    """
    rows = dataset.pool[~np.isin(dataset.pool, split.valid)]
    if dataset.together is not None:
        rows = rows[~np.isin(dataset.together[rows], dataset.together[split.valid])]
    if dataset.time is not None:
        rows = rows[dataset.time[rows] < dataset.time[split.valid].min()]
    return rows


def with_pool_scored(dataset: Dataset, splits: Sequence[Split], rows: Ints) -> tuple[Split, ...]:
    """The splits of one partition, each scoring a part of these pool rows as well.

    Every row is scored once in a partition at most; with time in the split that scores its time,
    so that rows before the first cut and after the last own row are left out.  What a split scores
    it does not train on: that is what ``pool_rows`` leaves out, and own rows that belong together
    with it leave here.

    Args:
        rows: (m,) rows of the pool; rows of one group are scored in one split.
    """
    fold = _fold_in_time(dataset, splits, rows) if dataset.time is not None else None
    if fold is None:
        unit = rows if dataset.together is None else dataset.together[rows]
        _, code = np.unique(unit, return_inverse=True)
        words = (splits[0].seed, _PURPOSES.index(splits[0].purpose), splits[0].partition)
        rng = np.random.default_rng(np.random.SeedSequence(words))
        fold = (rng.permutation(int(code.max()) + 1) % len(splits))[code]
    found = []
    for k, split in enumerate(splits):
        more, train = rows[fold == k], split.train
        if dataset.together is not None:
            train = train[~np.isin(dataset.together[train], dataset.together[more])]
        valid = np.sort(np.concatenate([split.valid, more]))
        found.append(replace(split, id=f"{split.id}-pool", train=train, valid=valid))
    return tuple(found)


def _fold_in_time(dataset: Dataset, splits: Sequence[Split], rows: Ints) -> Ints:
    """(m,) the split of each row whose scored time holds the row's; -1 where none does."""
    assert dataset.time is not None
    starts = np.array([dataset.time[split.valid].min() for split in splits])
    last = max(dataset.time[split.valid].max() for split in splits)
    order = np.argsort(starts)
    place = np.searchsorted(starts[order], dataset.time[rows], side="right") - 1
    fold = np.where(place < 0, -1, order[np.maximum(place, 0)])
    return np.asarray(np.where(dataset.time[rows] > last, -1, fold), dtype=np.int64)


def units(dataset: Dataset, rows: Ints, blocks: int = TIME_BLOCKS) -> Ints:
    """(m,) the independent unit of each of the given rows, for the gate's degrees of freedom.

    The row itself, its group, or with time one of at most ``blocks`` contiguous blocks of about the
    same number of rows, equal times together.  A row that is given twice has one unit.
    """
    if dataset.time is not None:
        _, place, count = np.unique(dataset.time[rows], return_inverse=True, return_counts=True)
        middle = np.cumsum(count) - count / 2
        return (middle * blocks / max(len(rows), 1)).astype(np.int64)[place]
    if dataset.together is not None:
        return np.asarray(dataset.together[rows], dtype=np.int64)
    return np.array(rows, dtype=np.int64)


def lock(
    y: NDArray[Any],
    task: Task,
    *,
    groups: Ints | None,
    time: Ints | None,
    share: float,
    seed: int,
    cap: int | None = None,
) -> Ints:
    """Positions of the rows to lock away as a test part, sorted.

    The latest rows with time (equal times on one side), whole groups with groups, else every
    class alike, leaving at least two rows of each class.

    Args:
        y: (n,) class codes or target values.
        share: of the n rows, 0 < share < 1.
        cap: at most about this many rows.
    """
    n = len(y)
    wanted = min(round(share * n), n if cap is None else cap)
    rng = np.random.default_rng(np.random.SeedSequence((seed, _LOCK)))
    if time is not None:
        order = np.argsort(time, kind="stable")
        cut = cuts_where_time_changes(time[order], np.array([n - wanted]))
        return np.sort(order[cut[0] :])
    if groups is not None:
        parts = min(100, len(np.unique(groups)))
        fold = group_folds(y if task.is_classification else None, groups, parts, rng)
        taken = rng.permutation(parts)[: max(1, round(wanted / n * parts))]
        return np.flatnonzero(np.isin(fold, taken))
    if not task.is_classification:
        return np.sort(rng.permutation(n)[:wanted])
    chosen = []
    for code in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == code))
        chosen.append(rows[: max(0, min(round(wanted / n * len(rows)), len(rows) - 2))])
    return np.sort(np.concatenate(chosen))


# -- one partition -----------------------------------------------------------------------------


def _splits(
    dataset: Dataset, folds: int, seed: int, purpose: Purpose, partition: int
) -> tuple[Split, ...]:
    if folds < 2:
        raise ValueError(f"at least 2 folds are needed, got {folds}")
    if dataset.time is not None:
        parts = _by_time(dataset, folds, partition)
    else:
        parts = _at_random(dataset, folds, seed, purpose, partition)
    name = "search" if purpose is Purpose.SEARCH else f"confirm-{partition}"
    return tuple(
        Split(
            f"{name}-{fold}",
            purpose,
            partition,
            fold,
            train,
            valid,
            derived_seed(seed, purpose, partition, fold),
        )
        for fold, (train, valid) in enumerate(parts)
    )


def _at_random(
    dataset: Dataset, folds: int, seed: int, purpose: Purpose, partition: int
) -> list[tuple[Ints, Ints]]:
    rows = np.sort(dataset.train)
    words = (seed, _PURPOSES.index(purpose), partition)
    rng = np.random.default_rng(np.random.SeedSequence(words))
    y = dataset.y[rows] if dataset.task.is_classification else None
    if dataset.together is not None:
        fold = group_folds(y, dataset.together[rows], folds, rng)
    else:
        if len(rows) < folds:
            raise ValueError(f"{folds} folds need as many rows, got {len(rows)}")
        fold = row_folds(len(rows) if y is None else y, folds, rng)
    return [(rows[fold != k], rows[fold == k]) for k in range(folds)]


def _by_time(dataset: Dataset, folds: int, partition: int) -> list[tuple[Ints, Ints]]:
    """Rolling origin: ``folds`` + 1 segments of equal size, each but the first is scored once.

    A fresh partition moves every cut later by a part of a segment (1/2, 1/4, 3/4, 1/8, ...);
    the last segment always ends with the last row, which is the nearest to tomorrow.
    """
    assert dataset.time is not None
    order = dataset.train[np.argsort(dataset.time[dataset.train], kind="stable")]
    n = len(order)
    shift = van_der_corput(partition)
    wanted = np.round((np.arange(1, folds + 1) + shift) * n / (folds + 1)).astype(np.int64)
    ends = np.append(cuts_where_time_changes(dataset.time[order], wanted), n)
    return [(np.sort(order[:start]), np.sort(order[start:end])) for start, end in pairwise(ends)]
