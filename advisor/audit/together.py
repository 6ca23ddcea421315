"""What all columns reach together, and what is left of it without some of them.

The measure is a small boosted model on half of a sample, scored on the other half: good enough to
say whether one column carries most of what there is to know, at a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from advisor.audit.single import Answer, bins_of, of_classes, skill
from advisor.rows.empty_columns import binnable
from advisor.types import Floats, Ints

_SETTINGS = {
    "max_iter": 25,
    "learning_rate": 0.25,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "early_stopping": False,
    "random_state": 0,
}
_CLIP = 1e-4
"""No probability nearer to 0 or 1 than this, so that one row cannot decide the loss."""
_FEWEST = 10
"""Rows of a class, and of the others, that each half must have."""


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Rows to learn from and to score, with the target one column is asked for.

    ``X`` (m, p) numbers and category codes; ``y`` (m,) 0/1, or numbers; ``half`` (m,) 0 or 1.
    """

    X: pd.DataFrame
    y: NDArray[np.float64]
    half: Ints
    classes: bool

    def skill(self, without: Sequence[str] = ()) -> float:
        """1 - loss / naive loss on the second half, of a model without these columns."""
        if self.X.empty:  # NO_QUESTION has no columns to take away
            return 0.0
        X = self.X.drop(columns=list(without))
        if not X.shape[1]:
            return 0.0
        learn, score = self.half == 0, self.half == 1
        y, said = self.y[score], float(self.y[learn].mean())
        known = pd.DataFrame(binnable(X[learn].to_numpy(dtype=np.float64)), columns=X.columns)
        if not self.classes:
            model = HistGradientBoostingRegressor(**_SETTINGS).fit(known, self.y[learn])
            off = np.asarray(model.predict(X[score]), dtype=np.float64) - y
            return 1 - float((off**2).mean() / ((y - said) ** 2).mean())
        one = HistGradientBoostingClassifier(**_SETTINGS).fit(known, self.y[learn])
        share = np.asarray(one.predict_proba(X[score]), dtype=np.float64)[:, 1]
        return 1 - _log_loss(share, y) / _log_loss(np.full(len(y), said), y)


NO_QUESTION = Together(pd.DataFrame(), np.empty(0), np.empty(0, dtype=np.int64), classes=False)
"""What is asked where nothing can be: skill 0."""


def _log_loss(share: Floats, y: Floats) -> float:
    share = np.clip(share, _CLIP, 1 - _CLIP)
    return -float(np.where(y == 1, np.log(share), np.log(1 - share)).mean())


def asked_for(column: str, X: pd.DataFrame, asked: Answer) -> Together | None:
    """The question on which this column is best: a class of several against the rest.

    None where a class is too rare in one half to be asked for.
    """
    plain = pd.DataFrame(
        {
            name: X[name].cat.codes if isinstance(X[name].dtype, pd.CategoricalDtype) else X[name]
            for name in X.columns
            if X[name].notna().any()
        }
    ).astype(np.float64)
    if asked.codes is None:
        return Together(plain, asked.values[:, 0], asked.half, classes=False)
    bins, best, of_class = bins_of(X[column]), -1.0, None
    for code in range(1 if asked.n_classes == 2 else 0, asked.n_classes):
        y = (asked.codes == code).astype(np.int64)
        if min(np.bincount(y * 2 + asked.half, minlength=4)) < _FEWEST:
            continue
        one = skill(column, bins, of_classes(asked.half, y, 2)).loss
        if one > best:
            best, of_class = one, y
    if of_class is None:
        return None
    return Together(plain, of_class.astype(np.float64), asked.half, classes=True)
