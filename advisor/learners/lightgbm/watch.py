"""A running booster's own scores, through the hooks that it offers for custom metrics.

Neither a curve nor an early stop costs a pass over the trees.
"""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from advisor.learners.watch import Scored


def valid_predictions(booster: lgb.Booster) -> NDArray[Any]:
    """Of the validation part, as it is sorted."""
    kept: list[NDArray[Any]] = []

    def record(pred: NDArray[Any], _: lgb.Dataset) -> tuple[str, float, bool]:
        kept.append(np.array(pred))
        return "kept", 0.0, False

    booster.eval_valid(record)
    return kept[0]


def train_predictions(booster: lgb.Booster, *, classes: bool) -> Scored:
    """Of the training part, with its targets (class codes where ``classes``) and weights."""
    kept: list[Scored] = []

    def record(pred: NDArray[Any], part: lgb.Dataset) -> tuple[str, float, bool]:
        y = np.asarray(part.get_label())
        weight = part.get_weight()
        weight = None if weight is None else np.asarray(weight)
        kept.append((np.array(pred), y.astype(np.int64) if classes else y, weight))
        return "kept", 0.0, False

    booster.eval_train(record)
    return kept[0]
