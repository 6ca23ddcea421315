"""What a treatment makes of the training rows of a split.

Pure: rows in, rows and weights out.  Validation rows are never an argument, so nothing of them can
reach training.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd

from advisor.rows.doubts.rows import Doubts, find_doubts
from advisor.settings import Treatment
from advisor.types import Dataset, Floats, Ints

FindDoubts: TypeAlias = Callable[[Dataset, Ints, int], Doubts]
KEPT_DOUBTS = 64  # of as many training parts
SMALLEST_WEIGHT = 1e-3  # a library may refuse a weight of 0


def row_codes(dataset: Dataset) -> Ints:
    """(n,) codes: rows that are equal in every feature and in the target share one."""
    hashes = pd.util.hash_pandas_object(dataset.X, index=False).to_numpy()
    target = pd.util.hash_array(np.asarray(dataset.y, dtype=np.float64))
    mixed = hashes * np.uint64(31) + target
    codes: Ints = np.unique(mixed, return_inverse=True)[1].astype(np.int64)
    return codes


def nested_sample(rows: Ints, share: float, seed: int) -> Ints:
    """A share of the rows; a smaller share of the same seed is a subset of a larger one."""
    order = np.random.default_rng(seed).permutation(len(rows))
    kept = order[: max(1, round(share * len(rows)))]
    return np.asarray(rows[np.sort(kept)], dtype=np.int64)


def stratified_sample(rows: Ints, y: Ints | None, share: float, seed: int) -> Ints:
    """As ``nested_sample``, within each class where ``y`` (codes of all rows) is given."""
    if y is None:
        return nested_sample(rows, share, seed)
    parts = [nested_sample(rows[y[rows] == k], share, seed) for k in np.unique(y[rows])]
    return np.sort(np.concatenate(parts))


def row_share(dataset: Dataset, treatment: Treatment) -> float:
    """Training rows after the treatment, as a share of today's; about, made-up rows included.

    What duplicates and doubtful rows leave is not counted.
    """
    share = treatment.fraction + treatment.pool * len(dataset.pool) / max(len(dataset.train), 1)
    if treatment.resample is not None and dataset.task.is_classification:
        counts = np.bincount(dataset.y[dataset.train])
        counts = counts[counts > 0]
        if treatment.resample == "under":
            share *= float(counts.min() * len(counts) / counts.sum())
    return share * (2 if treatment.augment is not None else 1)


class Treater:
    """Treats the training rows of one Dataset; what is dear to find out is found out once.

    Safe to call from several threads.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._data = dataset
        self._lock = threading.Lock()
        self._codes: Ints | None = None
        self._doubts: OrderedDict[bytes, Doubts] = OrderedDict()

    def treat(
        self, rows: Ints, pool: Ints, treatment: Treatment, seed: int
    ) -> tuple[Ints, Floats | None]:
        """As the function ``treat``."""
        codes = self.codes() if treatment.merge_duplicates else None
        return treat(self._data, rows, pool, treatment, seed, codes, self._doubted)

    def codes(self) -> Ints:
        """``row_codes`` of the Dataset."""
        with self._lock:
            if self._codes is None:
                self._codes = row_codes(self._data)
            return self._codes

    def _doubted(self, dataset: Dataset, rows: Ints, seed: int) -> Doubts:
        key = hashlib.blake2b(rows.tobytes() + str(seed).encode(), digest_size=16).digest()
        with self._lock:  # dear: two threads never look at the same rows
            if key not in self._doubts:
                self._doubts[key] = find_doubts(dataset, rows, seed)
                if len(self._doubts) > KEPT_DOUBTS:
                    self._doubts.popitem(last=False)
            return self._doubts[key]


def treat(
    dataset: Dataset,
    rows: Ints,
    pool: Ints,
    treatment: Treatment,
    seed: int,
    codes: Ints | None = None,
    doubts: FindDoubts = find_doubts,
) -> tuple[Ints, Floats | None]:
    """Training rows and their weights after the treatment.

    In this order: a share of the rows, the pool, doubtful rows, duplicates, classes.  Made-up rows
    (``augment``) are the trainer's work.

    Args:
        dataset: all rows.
        rows: (m,) training rows of a split.
        pool: rows that may be added to them (``splits.pool_rows``).
        treatment: what to do with them.
        seed: decides which rows a share keeps.
        codes: ``row_codes(dataset)`` when it is at hand; needed only to merge duplicates.
        doubts: finds the doubtful rows among the training rows.

    Returns:
        (k,) sorted rows, and their (k,) weights or None when all weigh the same.
    """
    classes = dataset.y if dataset.task.is_classification else None
    out = np.asarray(rows, dtype=np.int64)
    if treatment.fraction < 1:
        out = stratified_sample(out, classes, treatment.fraction, seed)
    if treatment.pool > 0 and pool.size:
        extra = pool
        if treatment.pool < 1:
            extra = stratified_sample(extra, classes, treatment.pool, seed)
        out = np.concatenate([out, extra])
    out = np.sort(out)
    weight = None if dataset.weight is None else dataset.weight[out]
    if treatment.suspects is not None:
        found = doubts(dataset, out, seed)
        out, weight = _without_doubts(out, weight, found, drop=treatment.suspects == "drop")
    if treatment.merge_duplicates:
        codes = row_codes(dataset) if codes is None else codes
        _, first, inverse = np.unique(codes[out], return_index=True, return_inverse=True)
        summed = np.bincount(inverse, weight, len(first)).astype(np.float64)
        order = np.argsort(first)
        out, weight = out[first[order]], summed[order]
    if classes is None:
        return out, weight
    if treatment.class_weight is not None:
        weight = _balanced(classes[out], weight, root=treatment.class_weight == "sqrt")
    if treatment.resample == "under":
        kept = _as_many(classes[out], seed)
        out, weight = out[kept], None if weight is None else weight[kept]
    elif treatment.resample == "over":
        copies = _copies(classes[out], seed)
        weight = copies if weight is None else weight * copies
    return out, weight


def _without_doubts(
    rows: Ints, weight: Floats | None, found: Doubts, *, drop: bool
) -> tuple[Ints, Floats | None]:
    """Doubtful rows left out, or weighed by the probability that they are right."""
    if not found.rows.size:
        return rows, weight
    place = np.searchsorted(rows, found.rows)
    if drop:
        kept = np.ones(len(rows), dtype=bool)
        kept[place] = False
        return rows[kept], None if weight is None else weight[kept]
    after = np.ones(len(rows)) if weight is None else np.array(weight, dtype=np.float64)
    after[place] *= np.maximum(1 - found.wrong, SMALLEST_WEIGHT)
    return rows, after


def _balanced(y: Ints, weight: Floats | None, *, root: bool) -> Floats:
    """(k,) weights under which all classes weigh the same (or are half of the way there)."""
    base = np.ones(len(y)) if weight is None else weight
    totals = np.bincount(y, base).astype(np.float64)
    factor = totals.sum() / (np.count_nonzero(totals) * np.maximum(totals, 1e-300))
    if not root:
        return np.asarray(base * factor[y])
    factor = np.sqrt(factor)
    return np.asarray(base * factor[y] * (totals.sum() / (totals * factor).sum()))


def _as_many(y: Ints, seed: int) -> Ints:
    """Positions, sorted, of as many rows of each class as the rarest has."""
    counts = np.bincount(y)
    fewest = int(counts[counts > 0].min())
    classes = (np.flatnonzero(y == k) for k in np.flatnonzero(counts))
    parts = [nested_sample(own, fewest / len(own), seed) for own in classes]
    return np.sort(np.concatenate(parts))


def _copies(y: Ints, seed: int) -> Floats:
    """(k,) how often each row stands there when all classes are as large as the largest.

    A row that stands there twice is a row of weight 2: the loss is the same, and no learner has to
    take a row twice.
    """
    counts = np.bincount(y)
    rng = np.random.default_rng(seed)
    copies = np.empty(len(y))
    for k in np.flatnonzero(counts):
        own = np.flatnonzero(y == k)
        whole, rest = divmod(int(counts.max()), len(own))
        copies[own] = whole
        copies[rng.permutation(own)[:rest]] += 1
    return copies
