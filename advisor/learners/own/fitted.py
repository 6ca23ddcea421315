"""A person's fitted estimator: what it predicts, and the file it is kept in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, softmax

from advisor.learners.features import read_numbers


def has_shares(model: Any) -> bool:
    """Whether it gives class probabilities."""
    return hasattr(model, "predict_proba")


def predictions(model: Any, X: pd.DataFrame, n_classes: int) -> NDArray[Any]:
    """(n,) values or probabilities of class 1, or (n, K) class probabilities.

    Without ``predict_proba`` the decision function is brought between 0 and 1, which keeps the
    order and the side of the border; without that, the predicted class has probability 1.
    """
    if not n_classes:
        return np.asarray(model.predict(X), dtype=np.float64).reshape(len(X))
    shares = np.zeros((len(X), n_classes))
    present = np.asarray(model.classes_, dtype=np.int64)
    if has_shares(model):
        shares[:, present] = model.predict_proba(X)
    elif hasattr(model, "decision_function") and len(present) > 1:
        scores = np.asarray(model.decision_function(X))
        one = expit(scores) if scores.ndim == 1 else None
        found = softmax(scores, axis=1) if one is None else np.column_stack([1 - one, one])
        shares[:, present] = found
    else:
        codes = np.asarray(model.predict(X), dtype=np.int64)
        shares[np.arange(len(X)), codes] = 1.0
    return shares[:, 1] if n_classes == 2 else shares


class OwnFitted:
    """The person's fitted model; takes the Dataset's columns."""

    def __init__(self, model: Any, numbers: tuple[str, ...], n_classes: int) -> None:
        self._model = model
        self._numbers = numbers
        self._n_classes = n_classes

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        return predictions(self._model, read_numbers(X, self._numbers), self._n_classes)

    def save(self, folder: Path) -> Path:
        """A pickle, by joblib: no other format holds classes that only the person has.

        Reading it runs their code, which ``predict`` does only with their word.
        """
        file = folder / "model.joblib"
        joblib.dump((self._model, self._numbers, self._n_classes), file)
        return file
