"""Columns without a single value, which scikit-learn's histogram trees cannot bin (as of 1.9)."""

from __future__ import annotations

import numpy as np

from advisor.types import Floats


def binnable(X: Floats) -> Floats:
    """(n, p) training rows with 0 throughout in columns that hold no value; no split uses these.

    The rows to predict may hold anything there.
    """
    empty = np.isnan(X).all(axis=0)
    return np.where(empty, 0.0, X) if empty.any() else X
