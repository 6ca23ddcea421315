"""Rows and groups are dealt to folds, and points in time are cut.

The fold assignment is written out instead of taken from scikit-learn: dealing sorted rows to
folds is exact for classes rarer than the folds (no warning, no error), and StratifiedGroupKFold
visits every group in a Python loop (71,518 patients of diabetes130: 10 s per partition, here 0.1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.types import Floats, Ints

GREEDY_GROUPS = 1000
"""The largest groups are placed one by one where they fit best, all others are dealt."""


def row_folds(y: NDArray[Any] | int, folds: int, rng: np.random.Generator) -> Ints:
    """(n,) fold of each row: rows sorted by class, shuffled within it, dealt in turn.

    Folds differ by one row at most, and so does every class within them.
    """
    label = np.zeros(y) if isinstance(y, int) else y
    order = np.lexsort((rng.random(len(label)), label))
    fold = np.empty(len(label), dtype=np.int64)
    fold[order] = np.arange(len(label)) % folds
    return fold


def group_folds(y: NDArray[Any] | None, groups: Ints, folds: int, rng: np.random.Generator) -> Ints:
    """(n,) fold of each row, the same for all rows of a group.

    Groups from large to small (jittered, so that another draw is another partition): the largest
    go to the fold that holds least of their classes and rows, the others are dealt back and forth
    in order of their rarest class and size.
    """
    _, code, size = np.unique(groups, return_inverse=True, return_counts=True)
    if len(size) < folds:
        raise ValueError(f"{folds} folds need as many groups, got {len(size)}")
    label = np.zeros(len(code), np.int64) if y is None else np.unique(y, return_inverse=True)[1]
    order = np.argsort(-size * (0.5 + rng.random(len(size))), kind="stable")
    large, small = order[:GREEDY_GROUPS], order[GREEDY_GROUPS:]
    of_group = np.empty(len(size), dtype=np.int64)

    counts = _class_counts(code, label, large)
    held = np.zeros((folds, counts.shape[1]))
    for group, count in zip(large, counts / counts.sum(axis=0), strict=True):
        best = int(np.argmin(held @ count))  # adding here raises the sum of squares least
        held[best] += count
        of_group[group] = best

    frequency = np.bincount(label)
    rarest = np.full(len(size), len(code))
    np.minimum.at(rarest, code, frequency[label])
    small = small[np.lexsort((rng.random(len(small)), -size[small], rarest[small]))]
    there_and_back = np.concatenate([np.arange(folds), np.arange(folds)[::-1]])
    of_group[small] = np.resize(there_and_back, len(small))
    return of_group[code]


def _class_counts(code: Ints, label: Ints, wanted: Ints) -> Floats:
    """(g, K + 1) rows of each class in the wanted groups, and in the last column all rows.

    Classes that none of these groups has are left out.
    """
    place = np.full(int(code.max()) + 1, -1)
    place[wanted] = np.arange(len(wanted))
    inside = place[code] >= 0
    counts = np.zeros((len(wanted), int(label.max()) + 2))
    np.add.at(counts, (place[code[inside]], label[inside]), 1.0)
    counts[:, -1] = counts.sum(axis=1)
    return counts[:, counts.sum(axis=0) > 0]


def cuts_where_time_changes(time: Ints, wanted: Ints) -> Ints:
    """Positions nearest to the wanted ones where sorted ``time`` changes, strictly increasing.

    Raises:
        ValueError: time changes less often than there are cuts to make.
    """
    changes = np.flatnonzero(np.diff(time)) + 1
    k = len(wanted)
    if len(changes) < k:
        raise ValueError(f"{k} cuts need {k + 1} points in time, got {len(changes) + 1}")
    right = np.clip(np.searchsorted(changes, wanted), 0, len(changes) - 1)
    left = np.maximum(right - 1, 0)
    nearer = np.abs(changes[left] - wanted) <= np.abs(changes[right] - wanted)
    index = np.where(nearer, left, right)
    steps = np.arange(k)
    index = np.maximum.accumulate(index - steps) + steps  # one after the other
    index = np.minimum(index, len(changes) - k + steps)  # and room for those that follow
    return np.asarray(changes[index], dtype=np.int64)


def van_der_corput(number: int) -> float:
    """0, 1/2, 1/4, 3/4, 1/8, ...: every new number falls into the widest gap so far."""
    value, scale = 0.0, 0.5
    while number:
        value += scale * (number & 1)
        number >>= 1
        scale /= 2
    return value
