"""Synthetic tables whose truth is known, for a machine without any real ones.

Every world is a function of a seed and a number of rows; its docstring says what a model can know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.types import Task

TARGET = "y"

Values = NDArray[np.float64]
Make = Callable[[int, np.random.Generator], tuple[Values, NDArray[np.generic]]]


@dataclass(frozen=True, slots=True)
class World:
    """A synthetic table: its task, its usual size, and whether there is anything to learn."""

    task: Task
    make: Make
    rows: int = 3000
    learnable: bool = True

    def table(self, rows: int | None, seed: int) -> pd.DataFrame:
        """``rows`` rows (the usual size when None); features ``x0``, ``x1``, ... and ``y``."""
        X, y = self.make(rows or self.rows, np.random.default_rng([seed, 4]))
        frame = pd.DataFrame(X, columns=[f"x{k}" for k in range(X.shape[1])])
        return frame.assign(**{TARGET: y})


def _chance(rng: np.random.Generator, logit: Values) -> NDArray[np.int64]:
    """Class 1 with the probability of this logit."""
    return (rng.random(len(logit)) < 1 / (1 + np.exp(-logit))).astype(np.int64)


def xor(n: int, rng: np.random.Generator) -> tuple[Values, NDArray[np.int64]]:
    """The class is the sign of a product of three columns: no tree of depth 1 or 2 can see it.

    A weak additive part gives the first split of a deeper tree something to hold on to.
    """
    X = rng.uniform(-1, 1, (n, 6))
    return X, _chance(rng, 4.0 * np.sign(X[:, 0] * X[:, 1] * X[:, 2]) + 0.8 * X[:, 3])


def friedman(n: int, rng: np.random.Generator) -> tuple[Values, Values]:
    """Friedman's first function (1991) with five columns of noise; noise of variance 1."""
    X = rng.uniform(0, 1, (n, 10))
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2
    return X, y + 10 * X[:, 3] + 5 * X[:, 4] + rng.normal(0, 1, n)


def noise(n: int, rng: np.random.Generator) -> tuple[Values, NDArray[np.int64]]:
    """Features and class know nothing of each other: every claim is false."""
    return rng.normal(0, 1, (n, 8)), (rng.random(n) < 0.5).astype(np.int64)


def rare(n: int, rng: np.random.Generator) -> tuple[Values, NDArray[np.int64]]:
    """About 4 % of the rows are positive, and the columns tell which ones, roughly."""
    X = rng.normal(0, 1, (n, 8))
    return X, _chance(rng, -4.6 + 1.6 * X[:, 0] + 1.2 * X[:, 1] * X[:, 2])


def dominant(n: int, rng: np.random.Generator) -> tuple[Values, NDArray[np.int64]]:
    """One honest column knows nearly all that can be known; it is no leak."""
    X = rng.normal(0, 1, (n, 8))
    return X, _chance(rng, 2.5 * X[:, 0] + 0.3 * X[:, 1])


def many_classes(n: int, rng: np.random.Generator) -> tuple[Values, NDArray[np.int64]]:
    """Twelve classes around centres that overlap: a cross-entropy above 1 is nobody's fault."""
    centres = rng.normal(0, 1, (12, 6))
    y = rng.integers(0, 12, n)
    return centres[y] + rng.normal(0, 1.0, (n, 6)), y


def large_scale(n: int, rng: np.random.Generator) -> tuple[Values, Values]:
    """A target in the tens of thousands: a squared error of millions is nobody's fault."""
    X = rng.normal(0, 1, (n, 8))
    signal = X[:, 0] + np.abs(X[:, 1]) + 0.5 * X[:, 2] * X[:, 3]
    return X, 50_000 + 15_000 * signal + 6_000 * rng.normal(0, 1, n)


WORLDS: dict[str, World] = {
    "xor": World(Task.BINARY, xor),
    "friedman": World(Task.REGRESSION, friedman),
    "noise": World(Task.BINARY, noise, rows=1500, learnable=False),
    "rare": World(Task.BINARY, rare, rows=5000),
    "dominant": World(Task.BINARY, dominant, rows=2000),
    "many_classes": World(Task.MULTICLASS, many_classes),
    "large_scale": World(Task.REGRESSION, large_scale),
}
