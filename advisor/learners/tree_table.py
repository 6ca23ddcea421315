"""The trees of scikit-learn's ensembles as plain arrays, and a model that can be saved.

scikit-learn can write such a model as a pickle only, which runs code when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, softmax

from advisor.learners.features import Features
from advisor.types import Floats


@dataclass(frozen=True, slots=True, eq=False)
class TreeTable:
    """All nodes of all trees, one array a field; a tree's children count from its own start.

    Attributes:
        starts: (trees,) first nodes.
        feature, threshold, left, right: (nodes,); a row goes left where its value, as float32, is
            not above the threshold; ``left`` of a leaf is -1.
        value: (nodes, c) what a leaf adds to each column.
        base: (c,) what is there before the first tree.
        factor: of every leaf.
    """

    starts: NDArray[Any]
    feature: NDArray[Any]
    threshold: NDArray[Any]
    left: NDArray[Any]
    right: NDArray[Any]
    value: Floats
    base: Floats
    factor: Floats

    @classmethod
    def of(
        cls, trees: Sequence[Any], values: Sequence[Floats], base: Floats, factor: float
    ) -> TreeTable:
        """From scikit-learn's ``tree_`` objects and the (nodes, c) values of each."""
        return cls(
            starts=np.cumsum([0, *(tree.node_count for tree in trees)])[:-1],
            feature=np.concatenate([tree.feature for tree in trees]).astype(np.int32),
            threshold=np.concatenate([tree.threshold for tree in trees]),
            left=np.concatenate([tree.children_left for tree in trees]).astype(np.int32),
            right=np.concatenate([tree.children_right for tree in trees]).astype(np.int32),
            value=np.concatenate(values),
            base=np.asarray(base, dtype=np.float64),
            factor=np.array([factor]),
        )

    def sums(self, matrix: Floats) -> Floats:
        """(n, c) sums of leaves."""
        X = matrix.astype(np.float32)
        out = np.zeros((len(X), len(self.base)))
        for start in self.starts.tolist():
            out += self.value[self._leaves(X, start)]
        return self.base + self.factor * out

    def _leaves(self, X: NDArray[np.float32], start: int) -> NDArray[Any]:
        """The node where each row ends, in the tree that begins at ``start``."""
        at = np.full(len(X), start)
        going = np.flatnonzero(self.left[at] >= 0)
        while going.size:
            node = at[going]
            low = X[going, self.feature[node]] <= self.threshold[node]
            at[going] = start + np.where(low, self.left[node], self.right[node])
            going = going[self.left[at[going]] >= 0]
        return at


def as_predictions(sums: Floats, link: str, present: NDArray[Any], n_classes: int) -> NDArray[Any]:
    """Predictions from sums of leaves.

    Args:
        sums: (n, c).
        link: value, share (of classes), logit or softmax.
        present: codes of the classes that training had; others get probability 0.
        n_classes: K.

    Returns:
        (n,) values or probabilities of class 1, or (n, K) class probabilities.
    """
    if link == "value":
        return sums[:, 0].copy()
    shares = sums
    if link == "logit":
        one = expit(sums[:, 0])
        shares = np.column_stack([1 - one, one])
    elif link == "softmax":
        shares = softmax(sums, axis=1)
    out = np.zeros((len(sums), n_classes))
    out[:, present] = shares
    return out[:, 1] if n_classes == 2 else out


class TreesModel:
    """Trees and what turns a table into their input."""

    def __init__(
        self, features: Features, trees: TreeTable, link: str, present: NDArray[Any], n_classes: int
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
        arrays: dict[str, Any] = {f.name: getattr(self._trees, f.name) for f in fields(TreeTable)}
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
        return file


def load_trees(file: Path) -> TreesModel:
    """What ``TreesModel.save`` wrote."""
    with np.load(file, allow_pickle=False) as saved:
        about = json.loads(str(saved["about"]))
        trees = TreeTable(**{f.name: saved[f.name] for f in fields(TreeTable)})
    present = np.array(about["present"], dtype=np.int64)
    features = Features.from_json(about["features"])
    return TreesModel(features, trees, about["link"], present, about["n_classes"])
