"""Comparing tables by what is in them: equal rows, and the fingerprint of a whole Dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def plain_arrays(X: pd.DataFrame) -> Iterator[NDArray[Any]]:
    """The (n,) columns of an encoded table as arrays: float64, or the codes of a category."""
    for name in X.columns:
        column = X[name]
        coded = isinstance(column.dtype, pd.CategoricalDtype)
        yield np.asarray(column.cat.codes if coded else column, order="C")


def row_keys(X: pd.DataFrame, y: NDArray[Any] | None = None) -> NDArray[np.uint64]:
    """(n,) a 64-bit key of each encoded row (and its target): equal rows have equal keys.

    The mixing steps are those of splitmix64 (Steele, Lea & Flood 2014).
    """
    key = np.zeros(len(X), dtype=np.uint64)
    for values in (*plain_arrays(X), *([] if y is None else [y])):
        number = np.asarray(values, dtype=np.float64) + 0.0  # -0.0 becomes 0.0
        key = (key ^ number.view(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        key ^= key >> np.uint64(31)
    return key


def fingerprint(header: Any, arrays: Iterable[NDArray[Any] | None]) -> str:
    """sha256, hex, of a JSON value and of arrays with their types and shapes.

    The same in every process and on every machine of the same byte order.
    """
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for array in arrays:
        if array is None:
            digest.update(b"|none")
        else:
            digest.update(f"|{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


TWINS_AT_MOST = 0.5
"""Share of repeated rows above which they are no copies but the nature of the table."""


def twin_codes(keys: NDArray[np.uint64]) -> NDArray[np.int64] | None:
    """(n,) codes of equal rows from their keys; None without any, or with too many to be copies."""
    _, code = np.unique(keys, return_inverse=True)
    share = 1 - (int(code.max()) + 1) / len(code)
    return code.astype(np.int64) if 0 < share <= TWINS_AT_MOST else None
