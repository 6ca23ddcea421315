"""Targets and predictions for the tests of the metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from advisor.metrics import contributions
from advisor.types import Task

Values = Any


def hard(pred: Values) -> Values:
    """Predicted classes."""
    return contributions.labels(pred)


def draw(task: Task, n: int, seed: int, *, ties: bool = False) -> tuple[Values, Values, Values]:
    """Targets with every class, predictions that know something, and weights."""
    rng = np.random.default_rng(seed)
    weight = rng.uniform(0.2, 3.0, n)
    weight /= weight.mean()
    if task is Task.REGRESSION:
        y = rng.gamma(2.0, 1.0, n) + 0.1
        pred = y * rng.lognormal(0.0, 0.5, n)
        return y, np.round(pred, 1) if ties else pred, weight
    k = 2 if task is Task.BINARY else 4
    y = rng.permutation(np.arange(n) % k)
    raw = rng.normal(size=(n, k)) + 1.2 * np.eye(k)[y]
    raw = np.round(raw, 0 if ties else 9)
    p = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    return y, p[:, 1] if task is Task.BINARY else p, weight
