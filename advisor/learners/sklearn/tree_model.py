"""A model of trees that are plain arrays: what it predicts from their sums, and how it is saved.

scikit-learn can write such a model as a pickle only, which runs code when it is read.  A tree is
nothing but arrays, so these are kept, and walked by ``hgb_forest`` and ``tree_table``.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, softmax

from advisor.learners.features import Features
from advisor.types import Floats


class Trees(Protocol):
    """All trees of a model: a dataclass of nothing but arrays."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def sums(self, matrix: Floats) -> Floats:
        """(n, c) sums of leaves for (n, d) features."""
        ...


T = TypeVar("T", bound=Trees)


def as_predictions(sums: Floats, link: str, present: NDArray[Any], n_classes: int) -> NDArray[Any]:
    """Predictions from sums of leaves.

    Args:
        sums: (n, c).
        link: identity, log, share (of classes), logit or softmax.
        present: codes of the classes that training had; others get probability 0.
        n_classes: K.

    Returns:
        (n,) values or probabilities of class 1, or (n, K) class probabilities.
    """
    if link == "identity":
        return sums[:, 0].copy()
    if link == "log":
        return np.asarray(np.exp(sums[:, 0]))
    shares = sums
    if len(present) == 1:  # whatever the library calls it, every row is of this class
        shares = np.ones((len(sums), 1))
    elif link == "logit":
        one = np.asarray(expit(sums[:, 0]))
        if n_classes == 2:
            return one
        shares = np.column_stack([1 - one, one])
    elif link == "softmax":
        shares = softmax(sums, axis=1)
    out = np.zeros((len(sums), n_classes))
    out[:, present] = shares
    return out[:, 1] if n_classes == 2 else out


def present_in(model: Any) -> NDArray[Any]:
    """Codes of the classes that a fitted estimator has seen; empty for regression."""
    return np.asarray(getattr(model, "classes_", []), dtype=np.int64)


class TreesModel(Generic[T]):
    """Trees and what turns a table into their input."""

    def __init__(
        self, features: Features, trees: T, link: str, present: NDArray[Any], n_classes: int
    ) -> None:
        self._features = features
        self._trees = trees
        self._link = link
        self._present = present
        self._n_classes = n_classes

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        sums = self._trees.sums(self._features.matrix(X))
        return as_predictions(sums, self._link, self._present, self._n_classes)

    def save(self, folder: Path) -> Path:
        """One ``.npz``: the trees as arrays, all else as JSON; no pickle."""
        file = folder / "model.npz"
        about = {
            "link": self._link,
            "present": [int(code) for code in self._present],
            "n_classes": self._n_classes,
            "features": self._features.to_json(),
        }
        arrays: dict[str, Any] = {f.name: getattr(self._trees, f.name) for f in fields(self._trees)}
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
        return file


def load_trees(file: Path, kind: type[T]) -> TreesModel[T]:
    """What ``TreesModel.save`` wrote, of this kind of trees."""
    with np.load(file, allow_pickle=False) as saved:
        about = json.loads(str(saved["about"]))
        trees = kind(**{name: saved[name] for name in kind.__dataclass_fields__})
    present = np.array(about["present"], dtype=np.int64)
    features = Features.from_json(about["features"])
    return TreesModel(features, trees, about["link"], present, about["n_classes"])
