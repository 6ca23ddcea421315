"""Each world has the truth that its docstring claims."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import cross_val_predict
from threadpoolctl import threadpool_limits

from advisor.bench.worlds import TARGET, WORLDS
from advisor.types import Task


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Many threads wait for each other on small tables."""
    with threadpool_limits(1):
        yield


def world(name: str, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    frame = WORLDS[name].table(None, seed)
    return frame.drop(columns=TARGET), frame[TARGET]


@pytest.mark.parametrize("name", WORLDS)
def test_a_world_is_a_function_of_its_seed_and_fits_its_task(name: str) -> None:
    first, again = WORLDS[name].table(400, 3), WORLDS[name].table(400, 3)
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(WORLDS[name].table(400, 4))
    classes = first[TARGET].nunique()
    expected = {Task.BINARY: classes == 2, Task.MULTICLASS: 2 < classes < 20}
    assert expected.get(WORLDS[name].task, classes == 400)


def auc(name: str, **params: int) -> float:
    X, y = world(name)
    model = HistGradientBoostingClassifier(max_iter=60, **params)
    scores = cross_val_predict(model, X, y, cv=3, method="predict_proba")[:, 1]
    return float(roc_auc_score(y, scores))


def test_only_a_deep_tree_sees_the_xor() -> None:
    assert auc("xor", max_depth=1) < 0.62
    assert auc("xor", max_depth=5) > 0.85


def test_noise_cannot_be_learned() -> None:
    assert auc("noise") == pytest.approx(0.5, abs=0.05)


def test_positives_are_rare_and_can_be_told() -> None:
    assert 0.02 < world("rare")[1].mean() < 0.08
    assert auc("rare") > 0.75


def test_one_column_knows_nearly_all_that_can_be_known_of_dominant() -> None:
    X, y = world("dominant")
    alone = roc_auc_score(y, X["x0"])
    assert alone > 0.85
    assert auc("dominant") < alone + 0.02


def test_the_best_cross_entropy_of_many_classes_is_above_one() -> None:
    X, y = world("many_classes")
    model = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=7)
    p = cross_val_predict(model, X, y, cv=3, method="predict_proba")
    assert 1.0 < log_loss(y, p) < np.log(12)


@pytest.mark.parametrize("name", ["friedman", "large_scale"])
def test_a_numeric_world_can_be_learned(name: str) -> None:
    X, y = world(name)
    left = y - cross_val_predict(HistGradientBoostingRegressor(max_iter=80), X, y, cv=3)
    assert left.var() < 0.35 * y.var()
