"""Trees that are kept as arrays, and grown in blocks, are scikit-learn's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.errors import UsageError
from advisor.learners import LEARNERS, Trainer
from advisor.learners.features import coded_features
from advisor.learners.parts import Part
from advisor.learners.sklearn.hgb_forest import Forest
from advisor.learners.sklearn.hgb_growth import HgbGrowth
from advisor.learners.sklearn.tree_model import load_trees
from advisor.learners.threads import openmp_threads
from advisor.metrics.table import METRICS
from advisor.recipes.load import load_recipe
from advisor.rows.splits import search_splits
from advisor.settings import Candidate
from advisor.types import Dataset, Purpose, Split, StageName, Task

RECIPE = load_recipe("hist_gradient_boosting")


def dataset(task: Task, n: int = 500) -> Dataset:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n, 3))
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    frame["town"] = rng.choice([f"t{i}" for i in range(40)], n)
    frame.loc[rng.random(n) < 0.1, ["a", "town"]] = np.nan
    odd = frame["town"].str[1:].astype(float).fillna(0) % 3 == 1
    score = X[:, 0] + 2 * odd + rng.normal(0, 0.3, n)
    y: Any = np.exp(score) if task is Task.REGRESSION else np.digitize(score, [0.5, 1.5])
    y = y > 0 if task is Task.BINARY else y
    return build(frame.assign(y=y), Roles("y"), task=task, test=False)


def trainer_of(data: Dataset, params: dict[str, Any], metric: str) -> Trainer:
    return LEARNERS["hist_gradient_boosting"]().prepare(data, params, METRICS[metric])


def grown(data: Dataset, params: dict[str, Any], rounds: int, block: int) -> tuple[HgbGrowth, Any]:
    features = coded_features(data.X, data.columns, (), 254)
    matrix = features.matrix(data.X)
    growth = HgbGrowth(params, Part(features, matrix, data.y, None, matrix), data, 7)
    with openmp_threads(1):
        while growth.grow(rounds, block):
            pass
    return growth, matrix


PARAMS: list[dict[str, Any]] = [
    {"max_features": 0.5, "early_stopping": False},
    {"early_stopping": True, "n_iter_no_change": 3, "max_leaf_nodes": 8},
]


@pytest.mark.parametrize("params", PARAMS)
@pytest.mark.parametrize("task", list(Task))
def test_blocks_grow_the_same_trees_as_one_fit(task: Task, params: dict[str, Any]) -> None:
    data = dataset(task)
    growth, matrix = grown(data, params, 45, 7)
    kind: Any = (
        HistGradientBoostingClassifier if task.is_classification else HistGradientBoostingRegressor
    )
    coded = np.arange(matrix.shape[1]) == 0
    own = kind(max_iter=45, random_state=7, categorical_features=coded, **params)
    with openmp_threads(1):
        own.fit(matrix, data.y)
        expected = own.predict_proba(matrix) if task.is_classification else own.predict(matrix)
    expected = expected[:, 1] if task is Task.BINARY else expected
    assert growth.done == own.n_iter_
    assert (growth.done < 45) is bool(params["early_stopping"])
    for number in (1, growth.done // 2, growth.done):  # every tree is asked once
        found = growth.valid(number)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(growth.model().predict(data.X), expected, rtol=1e-12)


@pytest.mark.parametrize("loss", ["poisson", "gamma", "absolute_error", "quantile"])
def test_every_loss_of_a_regression_has_its_link(loss: str, tmp_path: Any) -> None:
    data = dataset(Task.REGRESSION)
    params: dict[str, Any] = {"loss": loss, "early_stopping": False}
    params |= {"quantile": 0.7} if loss == "quantile" else {}
    growth, matrix = grown(data, params, 12, 12)
    own = HistGradientBoostingRegressor(max_iter=12, random_state=7, **params)
    own.set_params(categorical_features=np.arange(matrix.shape[1]) == 0)
    with openmp_threads(1):
        expected = own.fit(matrix, data.y).predict(matrix)
    model = growth.model()
    np.testing.assert_allclose(model.predict(data.X), expected, rtol=1e-12)
    loaded = load_trees(model.save(tmp_path), Forest)
    np.testing.assert_array_equal(loaded.predict(data.X), model.predict(data.X))


@pytest.mark.parametrize("only", [0, 1, 2])
def test_of_one_class_every_row_is_of_that_class(only: int, tmp_path: Any) -> None:
    data = dataset(Task.MULTICLASS if only == 2 else Task.BINARY)
    rows = np.flatnonzero(data.y == only)
    split = Split("fold", Purpose.SEARCH, 0, 0, rows, np.flatnonzero(data.y != only), 0)
    trainer = trainer_of(data, {}, "log_loss")
    who = Candidate(RECIPE.complete({"max_iter": 5}))
    (found,) = trainer.fit([who], split, curve=True, threads=1)
    wanted = np.eye(data.n_classes)[np.full(len(split.valid), only)]
    wanted = wanted if only == 2 else wanted[:, 1]
    np.testing.assert_array_equal(found.pred, wanted)
    model = load_trees(trainer.refit(who, rows, 0).save(tmp_path), Forest)
    np.testing.assert_array_equal(model.predict(data.X.iloc[split.valid]), wanted)


def test_more_categories_than_bins_are_no_error() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"who": rng.choice([f"u{i}" for i in range(700)], 1500)})
    frame["y"] = frame["who"].str[1:].astype(int) % 2
    data = build(frame, Roles("y"), task=Task.BINARY, test=False)
    split = search_splits(data, 4, 0)[0]
    for params in ({}, {"max_bins": 20}):
        trainer = trainer_of(data, params, "log_loss")
        who = Candidate(RECIPE.complete({**params, "max_iter": 5}))
        (found,) = trainer.fit([who], split, curve=False, threads=1)
        assert found.failure is None


def test_the_persons_own_early_stopping_is_kept() -> None:
    data = dataset(Task.BINARY)
    split = search_splits(data, 4, 0)[0]
    trainer = trainer_of(data, {}, "log_loss")
    for stop, most in ((True, 150), (False, 400)):
        params = {"max_iter": 400, "early_stopping": stop, "learning_rate": 0.3}
        (found,) = trainer.fit([Candidate(RECIPE.complete(params))], split, curve=True, threads=1)
        assert found.rounds is not None
        assert found.rounds <= most
        assert found.curve is not None
        assert found.curve.rounds[-1] == found.rounds


def test_a_target_that_a_loss_cannot_take_is_said() -> None:
    data = dataset(Task.REGRESSION)
    y = data.y.copy()
    y[data.train[0]] = -5.0
    bad = replace(data, y=y)
    split = next(s for s in search_splits(bad, 4, 0) if data.train[0] in s.train)
    trainer = trainer_of(bad, {}, "rmse")
    who = Candidate(RECIPE.complete({"loss": "gamma", "max_iter": 3}))
    with pytest.raises(UsageError, match="library_refuses"):
        list(trainer.fit([who], split, curve=False, threads=1))
    other = replace(who, stage=StageName.DEPTH)
    (found,) = trainer.fit([other], split, curve=False, threads=1)
    assert found.failure == "refused"
