"""Contributions: their mean is scikit-learn's score, their spread the score's error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import draw, hard
from sklearn import metrics as sk

from advisor.metrics import contributions
from advisor.metrics.table import (
    ALIASES,
    DEFAULT_METRIC,
    METRICS,
    Metric,
    find_metric,
    metric_names,
    naive_prediction,
    smallest_gain_worth_having,
)
from advisor.types import Task

Values = Any
CASES = [(m, t) for m in METRICS.values() for t in m.tasks]
LINEARISED = [
    (METRICS["roc_auc"], Task.BINARY),
    (METRICS["roc_auc"], Task.MULTICLASS),
    (METRICS["average_precision"], Task.BINARY),
    (METRICS["f1"], Task.BINARY),
    (METRICS["f1_macro"], Task.MULTICLASS),
    (METRICS["precision"], Task.BINARY),
    (METRICS["balanced_accuracy"], Task.BINARY),
    (METRICS["balanced_accuracy"], Task.MULTICLASS),
    (METRICS["r2"], Task.REGRESSION),
    (METRICS["rmse"], Task.REGRESSION),
    (METRICS["rmsle"], Task.REGRESSION),
    (METRICS["wape"], Task.REGRESSION),
]


def _brier(y: Values, p: Values, **kw: Any) -> float:
    if p.ndim == 1:
        return float(sk.brier_score_loss(y, p, **kw))
    return float(
        np.average(((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1), weights=kw.get("sample_weight"))
    )


def _auc(y: Values, p: Values, **kw: Any) -> float:
    return float(sk.roc_auc_score(y, p, multi_class="ovr", **kw))


def _wape(y: Values, p: Values, sample_weight: Values = None) -> float:
    w = np.ones(len(y)) if sample_weight is None else sample_weight
    return float((w * abs(y - p)).sum() / (w * abs(y)).sum())


REFERENCE: dict[str, Callable[..., float]] = {
    "log_loss": sk.log_loss,
    "brier": _brier,
    "accuracy": lambda y, p, **kw: sk.accuracy_score(y, hard(p), **kw),
    "balanced_accuracy": lambda y, p, **kw: sk.balanced_accuracy_score(y, hard(p), **kw),
    "f1": lambda y, p, **kw: sk.f1_score(y, hard(p), zero_division=0, **kw),
    "precision": lambda y, p, **kw: sk.precision_score(y, hard(p), zero_division=0, **kw),
    "recall": lambda y, p, **kw: sk.recall_score(y, hard(p), zero_division=0, **kw),
    "f1_macro": lambda y, p, **kw: sk.f1_score(y, hard(p), average="macro", zero_division=0, **kw),
    "roc_auc": _auc,
    "average_precision": sk.average_precision_score,
    "rmse": sk.root_mean_squared_error,
    "mse": sk.mean_squared_error,
    "mae": sk.mean_absolute_error,
    "mape": sk.mean_absolute_percentage_error,
    "rmsle": sk.root_mean_squared_log_error,
    "wape": _wape,
    "r2": sk.r2_score,
}


def turned(metric: Metric, value: float) -> float:
    return value if metric.greater_is_better else -value


@pytest.mark.parametrize(("metric", "task"), CASES, ids=lambda v: getattr(v, "name", str(v)))
@given(
    n=st.integers(8, 60), seed=st.integers(0, 10_000), ties=st.booleans(), weighted=st.booleans()
)
@settings(max_examples=25, deadline=None)
def test_the_mean_of_the_contributions_is_the_score_of_scikit_learn(
    metric: Metric, task: Task, n: int, seed: int, ties: bool, weighted: bool
) -> None:
    y, pred, weight = draw(task, n, seed, ties=ties)
    rows = metric.rows(y, pred, weight if weighted else None)
    kwargs = {"sample_weight": weight} if weighted else {}
    expected = turned(metric, REFERENCE[metric.name](y, pred, **kwargs))
    assert rows.shape == (n,)
    assert rows.mean() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert metric.shown(metric.score(y, pred)) == pytest.approx(
        REFERENCE[metric.name](y, pred), rel=1e-9, abs=1e-9
    )


def test_every_entry_of_the_table_is_compared() -> None:
    assert set(REFERENCE) == set(METRICS)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize(("metric", "task"), LINEARISED, ids=lambda v: getattr(v, "name", str(v)))
def test_a_contribution_is_the_score_plus_the_derivative_by_the_rows_weight(
    metric: Metric, task: Task, ties: bool, weighted: bool
) -> None:
    n, step = 40, 1e-5
    y, pred, weight = draw(task, n, 7, ties=ties)
    w = weight if weighted else np.ones(n)

    def score(w: Values) -> float:
        return turned(metric, REFERENCE[metric.name](y, pred, sample_weight=w))

    slope = []
    for i in range(n):
        bump = np.zeros(n)
        bump[i] = step
        slope.append((score(w + bump) - score(w - bump)) / (2 * step))
    influence = metric.rows(y, pred, weight if weighted else None) - score(w)
    np.testing.assert_allclose(influence, n * w * np.array(slope), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "f1", "balanced_accuracy"])
def test_the_spread_of_the_contributions_is_the_error_of_the_score(name: str) -> None:
    metric, n = METRICS[name], 400
    drawn = [draw(Task.BINARY, n, seed)[:2] for seed in range(300)]
    scores = [metric.score(y, p) for y, p in drawn]
    said = [metric.rows(y, p, None).std(ddof=1) / np.sqrt(n) for y, p in drawn]
    # the classes are balanced by design, which a plain sample of rows is not: a little above 1
    assert 0.9 < np.mean(said) / np.std(scores, ddof=1) < 1.25


# -- the edges -------------------------------------------------------------------------------


@pytest.mark.parametrize(("metric", "task"), CASES, ids=lambda v: getattr(v, "name", str(v)))
def test_a_perfect_prediction_reaches_perfect(metric: Metric, task: Task) -> None:
    y, _, weight = draw(task, 30, 3)
    k = 4 if task is Task.MULTICLASS else 2
    pred = y if task is not Task.MULTICLASS else np.eye(k)[y]
    rows = metric.rows(y, np.asarray(pred, dtype=np.float32), weight)
    assert rows.mean() == pytest.approx(metric.perfect, abs=1e-6)
    assert metric.loss(float(rows.mean())) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("metric", [m for m, t in CASES if t is Task.BINARY], ids=lambda m: m.name)
@pytest.mark.parametrize("only", [0, 1])
def test_a_fold_with_one_class_still_has_a_number(metric: Metric, only: int) -> None:
    y, pred = np.full(9, only), np.linspace(0.1, 0.9, 9)
    assert np.isfinite(metric.rows(y, pred, None)).all()


@pytest.mark.parametrize(
    "metric", [m for m, t in CASES if t is Task.REGRESSION], ids=lambda m: m.name
)
@pytest.mark.parametrize("value", [0.0, 0.1])
def test_a_constant_target_still_has_a_number(metric: Metric, value: float) -> None:
    y, pred = np.full(9, value), np.linspace(0.1, 0.9, 9)
    assert np.isfinite(metric.rows(y, pred, None)).all()


def test_r2_of_a_constant_target_is_not_perfect() -> None:
    y = np.full(9, 0.1)
    assert (
        METRICS["r2"].score(y, np.linspace(0, 1, 9)) == 0.0 == sk.r2_score(y, np.linspace(0, 1, 9))
    )
    assert METRICS["r2"].score(y, y) == 1.0


def test_a_class_that_is_missing_in_the_fold_does_not_count() -> None:
    y = np.array([0, 1, 0, 1])
    pred = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.3, 0.4, 0.3], [0.2, 0.7, 0.1]])
    known = [sk.roc_auc_score(y == k, pred[:, k]) for k in (0, 1)]
    assert METRICS["roc_auc"].score(y, pred) == pytest.approx(np.mean(known))


def test_a_certain_and_wrong_probability_costs_no_more_than_eps_allows() -> None:
    loss = METRICS["log_loss"].score(np.array([1, 0]), np.array([0.0, 0.0]))
    assert loss == pytest.approx(np.log(contributions.EPS) / 2)


# -- names -----------------------------------------------------------------------------------


def test_every_alias_leads_to_an_entry() -> None:
    assert set(ALIASES.values()) <= set(METRICS)
    assert find_metric("neg_log_loss", Task.BINARY) is METRICS["log_loss"]
    assert find_metric("l2", Task.REGRESSION) is METRICS["mse"]
    assert all(task in METRICS[name].tasks for task, name in DEFAULT_METRIC.items())


def test_our_own_names_come_first_and_fit_the_task() -> None:
    names = metric_names(Task.BINARY)
    assert names[0] == "log_loss"
    assert "r2" not in names[: names.index("auc")]
    assert {"rmse", "auc", "jaccard"} <= set(metric_names())


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        find_metric("accuracyy", Task.BINARY)


# -- the naive prediction, and what is worth having --------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", ["log_loss", "brier", "rmse", "mse", "mae", "wape", "rmsle", "r2"])
def test_no_other_constant_beats_the_naive_prediction(name: str, weighted: bool) -> None:
    metric = METRICS[name]
    task = metric.tasks[0]
    y, _, weight = draw(task, 51, 5)
    w = weight if weighted else None
    naive = float(naive_prediction(metric, y, w, task))
    best = metric.score(y, np.full(51, naive), w)
    for other in (naive * 0.97, naive * 1.03):
        assert metric.score(y, np.full(51, other), w) <= best + 1e-12


def test_the_naive_prediction_of_classes_is_their_weighted_share() -> None:
    y, w = np.array([0, 0, 1, 2]), np.array([1.0, 1.0, 1.0, 3.0])
    three = naive_prediction(METRICS["log_loss"], y, w, Task.MULTICLASS)
    np.testing.assert_allclose(three, [1 / 3, 1 / 6, 1 / 2])
    two = naive_prediction(METRICS["roc_auc"], np.array([0, 0, 0, 1]), None, Task.BINARY)
    assert float(two) == 0.25


def test_the_naive_prediction_knows_classes_that_do_not_occur() -> None:
    priors = naive_prediction(METRICS["log_loss"], np.zeros(4), None, Task.MULTICLASS, n_classes=3)
    np.testing.assert_array_equal(priors, [1, 0, 0])
    assert float(naive_prediction(METRICS["log_loss"], np.zeros(4), None, Task.BINARY)) == 0


def test_the_smallest_gain_worth_having_is_the_persons_own() -> None:
    assert smallest_gain_worth_having(METRICS["log_loss"], -0.7, -0.2, 0.05) == 0.05
    assert smallest_gain_worth_having(METRICS["log_loss"], -0.7, -0.2, 0.0) == 0.0


@pytest.mark.parametrize(
    ("naive_loss", "loss", "worth"),
    [
        (1.0, 0.5, 0.005),  # 1 % of what the model has gained so far
        (1.0, 0.05, 0.0025),  # close to perfect: 5 % of what is left
        (1.0, 0.999, 0.001),  # a model that knows nothing: a thousandth of the naive loss
        (1.0, 1.5, 0.001),  # worse than naive
        (1.0, 0.0, 0.001),  # perfect
    ],
)
@pytest.mark.parametrize("name", ["log_loss", "roc_auc"])
def test_the_smallest_gain_worth_having_follows_the_loss(
    name: str, naive_loss: float, loss: float, worth: float
) -> None:
    metric = METRICS[name]
    naive, base = metric.perfect - naive_loss, metric.perfect - loss
    assert smallest_gain_worth_having(metric, naive, base, None) == pytest.approx(worth)
