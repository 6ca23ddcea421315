"""The trees of a fitted HistGradientBoosting model as plain arrays, and a model that can be saved.

scikit-learn can write such a model as a pickle only, which runs code when it is read.  A tree is
nothing but arrays, so these are kept, and walked here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, softmax

from advisor.learners.features import Features
from advisor.types import Floats

WORD = 32  # bits of a word of a set of categories


def from_raw(raw: Floats, link: str, present: NDArray[Any], n_classes: int) -> NDArray[Any]:
    """Predictions from sums of leaves.

    Args:
        raw: (n, trees a round).
        link: logit, softmax, log or identity.
        present: codes of the classes that training had; others get probability 0.
        n_classes: K.

    Returns:
        (n,) values or probabilities of class 1, or (n, K) class probabilities.
    """
    if link == "identity":
        return raw[:, 0].copy()
    if link == "log":
        return np.asarray(np.exp(raw[:, 0]))
    if link == "logit":
        one = np.asarray(expit(raw[:, 0]))
        if n_classes == 2:
            return one
        shares = np.column_stack([1 - one, one])
    else:
        shares = softmax(raw, axis=1)
    out = np.zeros((len(raw), n_classes))
    out[:, present] = shares
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """All nodes of all trees in one array a field; a tree's children count from its own start.

    ``starts`` (trees,) are first nodes; tree i adds to column i % len(base) of the raw sum.
    ``sets`` (s, words) are bits of the categories that go left; ``which`` (nodes,) the row of it,
    -1 where the split is a number's.
    """

    starts: NDArray[Any]
    feature: NDArray[Any]
    threshold: NDArray[Any]
    left: NDArray[Any]
    right: NDArray[Any]
    gap_left: NDArray[Any]
    leaf: NDArray[Any]
    value: NDArray[Any]
    which: NDArray[Any]
    sets: NDArray[Any]
    base: NDArray[Any]

    @classmethod
    def of(cls, trees: list[list[Any]], base: Floats) -> Forest:
        """From scikit-learn's predictors, ``trees[round][class]``, and its baseline (K,)."""
        flat = [tree for grown in trees for tree in grown]
        nodes = np.concatenate([tree.nodes for tree in flat])
        sizes = [len(tree.nodes) for tree in flat]
        sets = [tree.raw_left_cat_bitsets for tree in flat]
        before = np.repeat(np.cumsum([0, *map(len, sets)])[:-1], sizes)
        by_set = nodes["is_categorical"].astype(bool)
        return cls(
            starts=np.cumsum([0, *sizes])[:-1],
            feature=nodes["feature_idx"].astype(np.int32),
            threshold=nodes["num_threshold"].astype(np.float64),
            left=nodes["left"].astype(np.int32),
            right=nodes["right"].astype(np.int32),
            gap_left=nodes["missing_go_to_left"].astype(bool),
            leaf=nodes["is_leaf"].astype(bool),
            value=nodes["value"].astype(np.float64),
            which=np.where(by_set, before + nodes["bitset_idx"], -1).astype(np.int32),
            sets=np.concatenate(sets).astype(np.uint32),
            base=np.asarray(base, dtype=np.float64),
        )

    def raw(self, matrix: Floats) -> Floats:
        """(n, trees a round) sums of leaves."""
        out = np.tile(self.base, (len(matrix), 1))
        for i, start in enumerate(self.starts):
            out[:, i % len(self.base)] += self.value[self._leaves(matrix, int(start))]
        return out

    def _leaves(self, matrix: Floats, start: int) -> NDArray[Any]:
        """The node where each row ends, in the tree that begins at ``start``."""
        at = np.full(len(matrix), start)
        going = np.flatnonzero(~self.leaf[at])
        while going.size:
            node = at[going]
            x = matrix[going, self.feature[node]]
            left = x <= self.threshold[node]
            by_set = np.flatnonzero(self.which[node] >= 0)
            left[by_set] = self._in_set(self.which[node[by_set]], x[by_set])
            left = np.where(np.isnan(x), self.gap_left[node], left)
            at[going] = start + np.where(left, self.left[node], self.right[node])
            going = going[~self.leaf[at[going]]]
        return at

    def _in_set(self, which: NDArray[Any], code: Floats) -> NDArray[Any]:
        known = np.nan_to_num(code, nan=0.0).astype(np.int64)
        bits = self.sets[which, known // WORD] >> (known % WORD).astype(np.uint32)
        return np.asarray(bits & 1, dtype=np.bool_)


class HgbModel:
    """A forest and what turns a table into its input."""

    def __init__(
        self, features: Features, forest: Forest, link: str, present: NDArray[Any], n_classes: int
    ) -> None:
        self._features = features
        self._forest = forest
        self._link = link
        self._present = present
        self._n_classes = n_classes

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        raw = self._forest.raw(self._features.matrix(X))
        return from_raw(raw, self._link, self._present, self._n_classes)

    def save(self, folder: Path) -> Path:
        """One ``.npz``: the trees as arrays, all else as JSON; no pickle."""
        file = folder / "model.npz"
        about = {
            "link": self._link,
            "present": [int(code) for code in self._present],
            "n_classes": self._n_classes,
            "features": self._features.to_json(),
        }
        arrays: dict[str, Any] = {f.name: getattr(self._forest, f.name) for f in fields(Forest)}
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
        return file


def load_forest(file: Path) -> HgbModel:
    """What ``HgbModel.save`` wrote."""
    with np.load(file, allow_pickle=False) as saved:
        about = json.loads(str(saved["about"]))
        forest = Forest(**{f.name: saved[f.name] for f in fields(Forest)})
    return HgbModel(
        Features.from_json(about["features"]),
        forest,
        about["link"],
        np.array(about["present"], dtype=np.int64),
        about["n_classes"],
    )
