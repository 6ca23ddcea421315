"""Could the pool's rows have come from the same source as the rows in use, targets included?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from advisor.audit.base import Material
from advisor.audit.shift import domain_scores, parts_of, told_apart

FEWEST_ROWS = 100
"""Of the smaller part: 100 rows against 1,000 tell an AUC of .60 from .5 in nine cases of ten."""
MOST_CHANCE = 0.05
"""Told apart by less chance than this, they are not alike: five times as strict as D08, which
asks whether to warn, not whether to rely on it."""


@dataclass(frozen=True, slots=True)
class Alike:
    """How well a classifier tells pool rows from own ones, features and target together."""

    auc: float
    p: float
    rows: int
    pool_rows: int

    @property
    def sure(self) -> bool:
        """Whether there were rows enough to see a difference, and none was seen."""
        return min(self.rows, self.pool_rows) >= FEWEST_ROWS and self.p >= MOST_CHANCE


def pool_alike(material: Material) -> Alike:
    """D08's classifier, which here sees the target as one more column.

    If rows of both parts are exchangeable, so are features and target together; a pool whose
    targets are of another kind is told apart although its features are not.
    """
    data = material.dataset
    parts = parts_of(material, data.pool)
    X = np.column_stack([parts.X, np.asarray(data.y[parts.rows], dtype=np.float64)])
    parts = replace(parts, X=X)
    counts = int((~parts.other).sum()), int(parts.other.sum())
    if min(counts) < 2 or not all((parts.other & h).any() for h in (parts.half, ~parts.half)):
        return Alike(0.5, 0.0, *counts)
    auc, p = told_apart(domain_scores(parts), parts)
    return Alike(auc, p, *counts)
