"""What a treatment makes of the training rows of a split.

Pure: rows in, rows and weights out.  Validation rows are never an argument, so nothing of them can
reach training.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from advisor.types import Dataset, Floats, Ints, Treatment


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


def treat(
    dataset: Dataset,
    rows: Ints,
    pool: Ints,
    treatment: Treatment,
    seed: int,
    codes: Ints | None = None,
) -> tuple[Ints, Floats | None]:
    """Training rows and their weights after the treatment.

    Args:
        dataset: all rows.
        rows: (m,) training rows of a split.
        pool: rows that may be added to them (``splits.pool_rows``).
        treatment: what to do with them.
        seed: decides which rows a share keeps.
        codes: ``row_codes(dataset)`` when it is at hand; needed only to merge duplicates.

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
    if treatment.merge_duplicates:
        codes = row_codes(dataset) if codes is None else codes
        _, first, inverse = np.unique(codes[out], return_index=True, return_inverse=True)
        summed = np.bincount(inverse, weight, len(first)).astype(np.float64)
        order = np.argsort(first)
        out, weight = out[first[order]], summed[order]
    if treatment.class_weight == "balanced" and classes is not None:
        y = classes[out]
        base = np.ones(len(out)) if weight is None else weight
        totals = np.bincount(y, base, dataset.n_classes)
        present = np.count_nonzero(totals)
        weight = base * (totals.sum() / (present * np.maximum(totals, 1e-300)))[y]
    return out, weight
