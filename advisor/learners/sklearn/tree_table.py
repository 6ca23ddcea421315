"""The trees of scikit-learn's forests and gradient boosting as plain arrays, walked here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
