"""Which rows of a training part have a target that two families of models contradict.

Everything is learned within the given rows, out of fold: boosted trees and a linear model predict
each row without having seen it (or a copy of it).  For classes the rows are those that are more
likely wrong than right under the floor that wrong labels leave (``floor.FloorModel``, the
calibrated null: classes that merely overlap leave none); for values those that both models find
far off (``outliers``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import Ridge

from advisor.rows.doubts.floor import FloorModel, likeliest
from advisor.rows.doubts.linear import FOLDS, design, out_of_fold
from advisor.rows.doubts.outliers import far_off, robust_z
from advisor.rows.empty_columns import binnable
from advisor.types import Column, Dataset, Floats, Ints

FEWEST_ROWS = 300
"""Below it nothing is doubted: the floor of so few rows has an error of several per cent."""
LOWEST_SHARE = 0.03
"""A floor at or below it is none: D07 warns from there on (``audit/labels.py``)."""
FLOOR_ROWS = 10_000  # that the floor is fitted to; its error is then about half a per cent
TREES, TREES_OF_MANY, MANY_CLASSES = 60, 30, 6


@dataclass(frozen=True, slots=True, eq=False)
class Doubts:
    """Doubtful rows, the surest first.

    Attributes:
        rows: (s,) positions in the Dataset.
        wrong: (s,) probability that the target is wrong; for values the part of the row's weight
            that is too much.
        said: (s, 2) class code or value that the trees and the linear model expect.
        strength: (s, 2) probability of that class, or robust standard deviations between.
        share: of wrong targets among all rows, as estimated.
    """

    rows: Ints
    wrong: Floats
    said: Floats
    strength: Floats
    share: float


NONE = Doubts(np.empty(0, np.int64), np.empty(0), np.empty((0, 2)), np.empty((0, 2)), 0.0)


def find_doubts(dataset: Dataset, rows: Ints, seed: int) -> Doubts:
    """The doubtful rows among ``rows`` (m,); a function of these rows and the seed alone."""
    rows = np.sort(rows)
    if len(rows) < FEWEST_ROWS or not dataset.columns:
        return NONE
    together = dataset.together
    units = rows if together is None else together[rows]
    if dataset.task.is_classification:
        return _classes(dataset, rows, units, seed)
    return _values(dataset, rows, units, seed)


def _classes(dataset: Dataset, rows: Ints, units: Ints, seed: int) -> Doubts:
    y, k = np.asarray(dataset.y[rows], dtype=np.int64), dataset.n_classes
    if len(np.unique(y)) < 2:
        return NONE
    trees = _by_trees(dataset, rows, y, units, seed)
    linear = out_of_fold(design(dataset, rows), y, units, k, seed)
    wrong, share = _wrong(y, (trees, linear), seed)
    if share <= LOWEST_SHARE:
        return NONE
    said = np.column_stack([trees.argmax(axis=1), linear.argmax(axis=1)])
    against = (said[:, 0] == said[:, 1]) & (said[:, 0] != y) & (wrong > 0.5)
    found = np.flatnonzero(against)
    found = found[np.argsort(-wrong[found], kind="stable")]
    strength = np.column_stack([trees.max(axis=1), linear.max(axis=1)])
    return Doubts(rows[found], wrong[found], said[found].astype(float), strength[found], share)


def _wrong(y: Ints, parts: tuple[Floats, Floats], seed: int) -> tuple[Floats, float]:
    """(m,) probability of each label to be wrong, and the share; the floor is of a sample."""
    if len(y) <= FLOOR_ROWS:
        best = likeliest(y, parts)[1]
        return best.wrong, best.share
    picked = np.sort(np.random.default_rng(seed).choice(len(y), FLOOR_ROWS, replace=False))
    model, best = likeliest(y[picked], [p[picked] for p in parts])
    return FloorModel(y, parts, model.toward).under(best.found).wrong, best.share


def _values(dataset: Dataset, rows: Ints, units: Ints, seed: int) -> Doubts:
    y = np.asarray(dataset.y[rows], dtype=np.float64)
    trees = _by_trees(dataset, rows, y, units, seed)
    linear = ridge_out_of_fold(design(dataset, rows), y, units, seed)
    zs = [robust_z(y - p, p) for p in (trees, linear)]
    found, wrong = far_off(zs)
    said, strength = np.column_stack([trees, linear]), np.column_stack(zs)
    return Doubts(rows[found], wrong, said[found], strength[found], len(found) / len(rows))


def ridge_out_of_fold(X: Floats, y: Floats, units: Ints, seed: int) -> Floats:
    """(m,) values of rows by a linear model that has seen none of their unit."""
    fold = _folds(units, seed)
    if not X.shape[1]:  # no column says anything: the mean
        X = np.zeros((len(y), 1))
    found = np.empty(len(y))
    for k in range(FOLDS):
        there, here = fold != k, fold == k
        if here.any():
            found[here] = Ridge(alpha=1.0).fit(X[there], y[there]).predict(X[here])
    return found


def _folds(units: Ints, seed: int) -> Ints:
    _, code = np.unique(units, return_inverse=True)
    order = np.random.default_rng(seed).permutation(int(code.max()) + 1)
    return np.asarray((order % FOLDS)[code], dtype=np.int64)


def _by_trees(
    dataset: Dataset, rows: Ints, y: NDArray[np.generic], units: Ints, seed: int
) -> Floats:
    """(m,) values or (m, K) probabilities by boosted trees that have not seen the row's unit."""
    X = np.column_stack([_numbers(dataset, column, rows) for column in dataset.columns])
    fold, k = _folds(units, seed), dataset.n_classes
    classes = dataset.task.is_classification
    trees = TREES_OF_MANY if k > MANY_CLASSES else TREES
    options = {"max_iter": trees, "max_leaf_nodes": 15, "early_stopping": False}
    found = np.zeros((len(y), k)) if classes else np.zeros(len(y))
    for part in range(FOLDS):
        there, here = fold != part, fold == part
        if not here.any():
            continue
        if not classes:
            model = HistGradientBoostingRegressor(**options, random_state=seed)
            found[here] = model.fit(binnable(X[there]), y[there]).predict(X[here])
        elif len(np.unique(y[there])) < 2:
            found[here, int(y[there][0])] = 1.0
        else:
            model = HistGradientBoostingClassifier(**options, random_state=seed)
            model.fit(binnable(X[there]), y[there])
            found[np.ix_(here, model.classes_.astype(np.int64))] = model.predict_proba(X[here])
    return found


def _numbers(dataset: Dataset, column: Column, rows: Ints) -> Floats:
    values = dataset.X[column.name].iloc[rows]
    if column.categories:
        codes = np.asarray(values.cat.codes, dtype=np.float64)
        return np.where(codes < 0, np.nan, codes)
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)
