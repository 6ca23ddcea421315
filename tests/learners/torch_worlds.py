"""Small tables and candidates for the tests of the nets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.recipes.load import load_recipe
from advisor.settings import Candidate, Preprocessing, Stopping, Treatment
from advisor.types import Dataset, Task

RECIPE = load_recipe("torch")
SCALED = Preprocessing(scale="standard")


def world(task: Task, n: int = 300, *, categories: int = 0, seed: int = 0) -> Dataset:
    """Eight numbers and, if asked for, a category with so many levels that decides half of it."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 8))
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(8)])
    score = X[:, 0] + np.sin(2 * X[:, 1]) + rng.normal(0, 0.3, n)
    if categories:
        level = rng.integers(0, categories, n)
        frame["place"] = np.array([f"p{i}" for i in range(categories)])[level]
        score += rng.normal(0, 2, categories)[level]
    if task is Task.REGRESSION:
        return build(frame.assign(y=10 + 3 * score), Roles("y"), task=task, test=False)
    cuts = [0.0] if task is Task.BINARY else [-0.7, 0.7]
    return build(frame.assign(y=np.digitize(score, cuts)), Roles("y"), task=task, test=False)


def net(
    *,
    stopping: Stopping | None = None,
    treatment: Treatment | None = None,
    preprocessing: Preprocessing = SCALED,
    **params: Any,
) -> Candidate:
    """A small net; ``params`` are those of the config."""
    small = {"hidden": (16, 8), "batch_size": 32, "epochs": 6, **params}
    return Candidate(
        RECIPE.complete(small), treatment or Treatment(), preprocessing, stopping=stopping
    )


def without_levels(data: Dataset) -> Dataset:
    """The same rows, no training row of which has a level of the category ``place``."""
    nothing = pd.Categorical([None] * len(data.X), categories=pd.Index([], dtype=str))
    columns = tuple(replace(c, categories=()) if c.name == "place" else c for c in data.columns)
    return replace(data, X=data.X.assign(place=nothing), columns=columns)
