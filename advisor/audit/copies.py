"""Rows of the test part that training rows repeat, exactly or nearly.

Tables have equal rows by nature: few columns, rounded numbers, the same customer twice.  So copies
are counted against what training rows have among themselves: if a share p of them has a copy in
another training row, p of honest test rows has one too, and of s found, (s - p) / (1 - p) were put
there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from advisor.audit.base import Material, not_applicable, passed, skipped
from advisor.data.content import row_keys
from advisor.types import ColumnKind, Dataset, Finding, Ints, Severity

CLEAR = 3.0
"""L01, L03: standard errors above what is expected."""
SMALL_EXCESS = 0.005
"""L01: share of copied rows that is worth a warning."""
LARGE_EXCESS = 0.04
"""L01: share that is an issue: 5 % with its error."""
TOO_COMMON = 0.9
"""L01: where so many training rows have a copy, equal rows mean nothing."""
NEAR = 0.13
"""L03: of the median distance between neighbours in training."""
NEAR_EXCESS = 0.02
"""L03: share of nearly copied rows that is worth a warning."""
FEWEST = 50
QUERIES = 1_000
"""L03: rows whose neighbour is looked for, of each part."""
REFERENCE = 50_000
"""L03: training rows among which neighbours are looked for."""
FEWEST_COLUMNS, MOST_COLUMNS = 3, 30
DISCRETE, DISCRETE_ROWS = 0.1, 2_000
"""L03: distinct values per row, of so many rows, below which a number is discrete."""


def copies(material: Material) -> list[Finding]:
    """L01 and L03: exact and near copies of rows in use among the locked test rows."""
    dataset = material.dataset
    if not dataset.test.size:
        return [not_applicable("L01"), not_applicable("L03")]
    used = np.concatenate([dataset.train, dataset.pool])
    keys = row_keys(dataset.X)
    inside = np.isin(keys[dataset.test], keys[used])
    exact = _exact(dataset, used, keys, inside)
    _, code, size = np.unique(keys[dataset.train], return_inverse=True, return_counts=True)
    return [exact, _near(material, dataset.test[~inside], dataset.train[size[code] == 1])]


def _exact(
    dataset: Dataset, used: Ints, keys: NDArray[np.uint64], inside: NDArray[np.bool_]
) -> Finding:
    """L01 from the (n,) keys of all rows and which (t,) test rows have a copy in use."""
    _, code, size = np.unique(keys[used], return_inverse=True, return_counts=True)
    expected = float((size[code] > 1).mean())
    rows, count = len(dataset.test), int(inside.sum())
    share = count / rows
    both = row_keys(dataset.X, dataset.y)
    agree = int(np.isin(both[dataset.test], both[used]).sum())
    excess = max(0.0, (share - expected) / (1 - expected)) if expected < TOO_COMMON else 0.0
    error = math.sqrt(max(expected * (1 - expected), 1 / rows) / rows)
    evidence = {
        "count": count,
        "rows": rows,
        "share": share,
        "expected": expected,
        "excess": excess,
        "agree": agree,
    }
    if excess < SMALL_EXCESS or share - expected < CLEAR * error:
        return passed("L01", **evidence)
    status = Severity.ISSUE if excess >= LARGE_EXCESS else Severity.WARNING
    return Finding("L01", status, evidence, points_to="data")


def _near(material: Material, test: Ints, alone: Ints) -> Finding:
    """L03 for test rows, and for comparison training rows, that have no exact copy."""
    dataset = material.dataset
    reference = material.sample(REFERENCE)
    names = _numbers(dataset, reference)
    if not names:
        return not_applicable("L03", needed=FEWEST_COLUMNS)
    fewest = min(len(test), len(alone))
    if fewest < FEWEST:
        return skipped("L03", "few_rows_apart", rows=fewest)
    rng = np.random.default_rng(material.seed)
    train, test = (_some(rows, QUERIES, rng) for rows in (alone, test))
    scaled = _robust(dataset.X[names], reference)
    neighbours = NearestNeighbors(n_neighbors=2).fit(scaled(reference))
    distance = neighbours.kneighbors(scaled(train))[0]
    itself = np.isin(train, reference)
    within = np.where(itself, distance[:, 1], distance[:, 0])
    limit = NEAR * float(np.median(within))
    across = neighbours.kneighbors(scaled(test), n_neighbors=1)[0][:, 0]
    expected = float((within < limit).mean())
    count, rows = int((across < limit).sum()), len(test)
    share = count / rows
    error = math.sqrt(max(expected * (1 - expected), 1 / rows) * (1 / rows + 1 / len(within)))
    evidence = {"count": count, "rows": rows, "share": share, "expected": expected, "near": NEAR}
    excess = share - expected
    if excess < NEAR_EXCESS or excess < CLEAR * error:
        return passed("L03", **evidence)
    return Finding("L03", Severity.WARNING, evidence, points_to="data")


def _some(rows: Ints, most: int, rng: np.random.Generator) -> Ints:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


def _numbers(dataset: Dataset, rows: Ints) -> list[str]:
    """Number columns for a distance; none when too few of them are continuous."""
    count = {}
    some = _some(rows, DISCRETE_ROWS, np.random.default_rng(0))
    for column in dataset.columns:
        if column.kind is ColumnKind.NUMBER:
            values = np.asarray(dataset.X[column.name].iloc[some], dtype=np.float64)
            count[column.name] = len(np.unique(values[~np.isnan(values)]))
    if sum(c >= DISCRETE * len(some) for c in count.values()) < FEWEST_COLUMNS:
        return []
    return sorted(count, key=lambda name: -count[name])[:MOST_COLUMNS]


def _robust(X: pd.DataFrame, rows: Ints) -> Callable[[Ints], NDArray[np.float32]]:
    """Rows of X less the median, by the quartile range (else the spread); missing is the median."""
    values = X.iloc[rows].to_numpy(dtype=np.float64)
    known = values[:, ~np.isnan(values).all(axis=0)]
    low, middle, high = np.nanquantile(known, [0.25, 0.5, 0.75], axis=0)
    spread = np.where(high > low, high - low, np.nanstd(known, axis=0))
    spread = np.where(spread > 0, spread, 1.0)
    kept = np.flatnonzero(~np.isnan(values).all(axis=0))

    def scaled(of: Ints) -> NDArray[np.float32]:
        plain = (X.iloc[of, kept].to_numpy(dtype=np.float64) - middle) / spread
        return np.where(np.isnan(plain), 0.0, plain).astype(np.float32)

    return scaled
