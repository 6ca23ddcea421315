"""The trees of a fitted HistGradientBoosting model as plain arrays, walked here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.types import Floats

WORD = 32  # bits of a word of a set of categories


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

    def sums(self, matrix: Floats) -> Floats:
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
