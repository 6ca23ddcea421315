"""A second family to hold a model against: logistic regression on standardised columns."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from advisor.types import Column, Dataset, Floats, Ints

FREQUENT = 20
"""Categories of a column that get an indicator of their own; the others share none."""
FAR = 5.0
"""Standard deviations at which a number is cut, so that one outlier does not hold a whole line."""
FOLDS = 3
STEPS = 100  # of the solver; on standardised columns it is nearly always done before


def design(dataset: Dataset, rows: Ints) -> Floats:
    """(m, q) the rows' features as numbers of mean 0: standardised, or one column a category.

    A missing number is the mean and has an indicator; columns without any value are left out.
    """
    parts = [_numbers(dataset, c, rows) for c in dataset.columns if not c.categories]
    parts += [_indicators(dataset, c, rows) for c in dataset.columns if c.categories]
    return np.hstack(parts) if parts else np.zeros((len(rows), 0))


def _numbers(dataset: Dataset, column: Column, rows: Ints) -> Floats:
    values = np.asarray(dataset.X[column.name].iloc[rows], dtype=np.float64)
    known = np.isfinite(values)
    if not known.any():
        return np.zeros((len(rows), 0))
    mean, spread = values[known].mean(), values[known].std()
    own = np.clip((np.where(known, values, mean) - mean) / (spread or 1.0), -FAR, FAR)
    return own[:, None] if known.all() else np.column_stack([own, ~known])


def _indicators(dataset: Dataset, column: Column, rows: Ints) -> Floats:
    codes = np.asarray(dataset.X[column.name].cat.codes.iloc[rows])
    count = np.bincount(codes[codes >= 0], minlength=1)
    kept = np.argsort(-count, kind="stable")[:FREQUENT]
    kept = kept[count[kept] > 0]
    return np.asarray(codes[:, None] == kept, dtype=np.float64)


def out_of_fold(X: Floats, y: Ints, units: Ints, n_classes: int, seed: int) -> Floats:
    """(m, K) class probabilities of rows by a model that has seen none of their unit."""
    _, code = np.unique(units, return_inverse=True)
    groups = int(code.max()) + 1
    fold = (np.random.default_rng(seed).permutation(groups) % FOLDS)[code]
    found = np.empty((len(y), n_classes))
    for k in range(FOLDS):
        there, here = fold != k, fold == k
        found[here] = np.bincount(y[there], minlength=n_classes) / max(there.sum(), 1)
        if not here.any() or len(np.unique(y[there])) < 2:
            continue
        model = LogisticRegression(max_iter=STEPS, tol=1e-3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # close enough is enough here
            model.fit(X[there], y[there])
        found[np.ix_(here, model.classes_)] = model.predict_proba(X[here])
    return found
