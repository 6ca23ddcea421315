"""Any scikit-learn scorer as a metric: its value, and its error by a jackknife."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from metric_cases import draw, hard
from sklearn import metrics as sk

from advisor.metrics.scorers import by_scorer
from advisor.metrics.table import find_metric
from advisor.types import Task

Values = Any


@pytest.mark.parametrize(
    ("name", "task", "reference"),
    [
        ("matthews_corrcoef", Task.BINARY, lambda y, p: sk.matthews_corrcoef(y, hard(p))),
        ("jaccard", Task.BINARY, lambda y, p: sk.jaccard_score(y, hard(p))),
        ("roc_auc_ovo", Task.MULTICLASS, lambda y, p: sk.roc_auc_score(y, p, multi_class="ovo")),
        ("f1_weighted", Task.MULTICLASS, lambda y, p: sk.f1_score(y, hard(p), average="weighted")),
        ("explained_variance", Task.REGRESSION, sk.explained_variance_score),
        (
            "neg_median_absolute_error",
            Task.REGRESSION,
            lambda y, p: -sk.median_absolute_error(y, p),
        ),
    ],
)
@pytest.mark.parametrize("n", [13, 100])
def test_a_scorer_keeps_its_value(
    name: str, task: Task, reference: Callable[[Values, Values], float], n: int
) -> None:
    y, pred, _ = draw(task, n, 1)
    metric = find_metric(name, task)
    assert metric.rows(y, pred, None).mean() == pytest.approx(reference(y, pred))
    assert metric.greater_is_better
    assert metric.perfect == (0.0 if name.startswith("neg_") else 1.0)


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("r2", Task.REGRESSION),
        ("neg_mean_squared_error", Task.REGRESSION),
        ("f1", Task.BINARY),
        ("roc_auc", Task.BINARY),
        ("neg_log_loss", Task.BINARY),
    ],
)
def test_the_jackknife_of_a_scorer_finds_the_error_that_the_table_derives(
    name: str, task: Task
) -> None:
    exact = find_metric(name, task)
    ratios = []
    for seed in range(40):
        y, pred, _ = draw(task, 600, seed)
        ratios.append(by_scorer(name, task)(y, pred, None).std() / exact.rows(y, pred, None).std())
    assert 0.85 < np.median(ratios) < 1.15


def test_a_scorer_without_weights_is_refused_where_rows_have_weights() -> None:
    assert (
        find_metric("neg_max_error", Task.REGRESSION).score(np.array([1.0]), np.array([3.0])) == -2
    )
    with pytest.raises(ValueError, match="neg_max_error"):
        find_metric("neg_max_error", Task.REGRESSION, weighted=True)
    assert find_metric("explained_variance", Task.REGRESSION, weighted=True)


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("jaccard", Task.REGRESSION),
        ("jaccard", Task.MULTICLASS),
        ("f1", Task.MULTICLASS),
        ("rmse", Task.BINARY),
        ("f1_samples", Task.BINARY),
        ("top_k_accuracy", Task.REGRESSION),
    ],
)
def test_a_metric_that_is_not_defined_for_the_task_is_refused(name: str, task: Task) -> None:
    with pytest.raises(ValueError, match=name):
        find_metric(name, task)


def test_a_block_that_holds_the_only_row_of_a_class_tells_nothing() -> None:
    y = np.array([0] * 30 + [1])
    rows = find_metric("jaccard_weighted", Task.BINARY).rows(y, np.linspace(0.1, 0.4, 31), None)
    assert np.isfinite(rows).all()
