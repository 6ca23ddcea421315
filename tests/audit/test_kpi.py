"""K01-K03, and the cost metric: whether the metric measures what the person wants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from measured_worlds import evaluated, measured, only, sigmoid, table, unmeasured

from advisor.audit.base import Kpi
from advisor.audit.kpi import costly_threshold, declared, ranks_differently
from advisor.config.load import make_config
from advisor.errors import ConfigError
from advisor.inputs import read_inputs
from advisor.languages import LANGUAGES
from advisor.metrics.table import (
    METRICS,
    at_threshold,
    cost_metric,
    find_metric,
    metric_names,
    monitored,
    naive_prediction,
)
from advisor.report.locale import catalog
from advisor.settings import Candidate
from advisor.types import Dataset, Severity, Task

N = 4000


def world(share: float = 0.3, signal: float = 1.5, seed: int = 0) -> tuple[Dataset, Any]:
    """A Dataset and the true probabilities of class 1."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=N)
    p = sigmoid(signal * x + np.log(share / (1 - share)))
    y = (rng.random(N) < p).astype(int)
    return table({"x": x}, y, Task.BINARY), p


# -- the cost metric ---------------------------------------------------------------------------


def test_cost_is_the_mean_price_of_the_two_errors() -> None:
    y = np.array([0, 0, 1, 1, 1])
    p = np.array([0.2, 0.9, 0.8, 0.1, 0.4])
    metric = cost_metric(2.0, 7.0)
    rows = metric.rows(y, p, None)
    np.testing.assert_allclose(-rows, [0, 2, 0, 7, 7])
    assert metric.shown(metric.score(y, p)) == pytest.approx(16 / 5)
    assert metric.score(y, p, np.array([1, 1, 1, 0.5, 1.5])) == pytest.approx(-16 / 5)
    assert metric.score(y, p, np.array([1, 3, 1, 0, 0])) == pytest.approx(-6 / 5)
    assert metric.loss(metric.score(y, y.astype(float))) == 0.0


def test_cost_at_another_threshold_is_cost_of_moved_probabilities() -> None:
    y, p = np.array([0, 1, 1]), np.array([0.15, 0.25, 0.05])
    assert cost_metric(1.0, 5.0).score(y, at_threshold(p, 0.2)) == pytest.approx(-5 / 3)


def test_cost_is_found_only_with_its_table_and_for_two_classes() -> None:
    found = find_metric("cost", Task.BINARY, cost=(1.0, 5.0))
    assert found.name == "cost"
    assert not found.greater_is_better
    assert monitored(found, Task.BINARY) is METRICS["log_loss"]
    with pytest.raises(KeyError):
        find_metric("cost", Task.BINARY)
    for task in (Task.MULTICLASS, Task.REGRESSION):
        with pytest.raises(ValueError, match="cost"):
            find_metric("cost", task, cost=(1.0, 5.0))
    assert "cost" in metric_names(Task.BINARY)
    assert "cost" not in metric_names(Task.REGRESSION)


@pytest.mark.parametrize(("table_", "answer"), [((1.0, 9.0), 1.0), ((1.0, 1.0), 0.0)])
def test_the_naive_answer_to_costs_is_the_cheaper_constant(
    table_: tuple[float, float], answer: float
) -> None:
    y = np.array([0, 0, 0, 0, 1])
    assert float(naive_prediction(cost_metric(*table_), y, None, Task.BINARY)) == answer


@pytest.mark.parametrize("lang", LANGUAGES)
def test_cost_has_a_name_in_every_language(lang: str) -> None:
    assert catalog(lang, strict=True).say("metric.cost")


def config(tmp_path: Path, **more: Any) -> Any:
    return make_config(
        {
            "version": 1,
            "data": {"path": "t.csv", "target": "y"},
            "model": {"family": "lightgbm"},
            **more,
        },
        base_dir=tmp_path,
    )


def frame(classes: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    y = np.array([f"class {k % classes}" for k in range(200)])
    return pd.DataFrame({"x": rng.normal(size=200), "y": y})


COSTS = {"cost": {"false_positive": 1.0, "false_negative": 4.0}}


def test_metric_cost_takes_its_costs_from_the_kpi(tmp_path: Path) -> None:
    inputs = read_inputs(config(tmp_path, metric="cost", kpi=COSTS), frame())
    assert inputs.metric.name == "cost"
    assert inputs.metric.score(np.array([1]), np.array([0.1])) == -4.0
    assert not [f for f in inputs.dataset.findings if f.code.startswith("K")]


@pytest.mark.parametrize(
    ("where", "more"),
    [("metric", {"metric": "cost"}), ("kpi.metric", {"kpi": {"metric": "cost"}})],
)
def test_cost_without_costs_is_one_clear_error(
    tmp_path: Path, where: str, more: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_inputs(config(tmp_path, **more), frame())
    assert caught.value.code == "metric_cost"
    for lang in LANGUAGES:
        sentence = catalog(lang, strict=True).say("errors.metric_cost", **caught.value.values)
        assert where in sentence
        assert "{cost: {false_positive: 1, false_negative: 5}}" in sentence


def test_cost_with_several_classes_is_the_wrong_task(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_inputs(config(tmp_path, metric="cost"), frame(3))
    assert caught.value.code == "metric_task"


# -- K01 -------------------------------------------------------------------------------------


def test_without_a_kpi_nothing_is_said_that_only_a_fit_could_tell() -> None:
    data, p = world()
    for material in (unmeasured(data), measured(data, p, "log_loss")):
        finding = only(declared(material), "K01", Severity.NOT_APPLICABLE)
        assert finding.evidence == {"metric": material.metric.name, "keys": []}


@pytest.mark.parametrize(
    ("kpi", "keys"),
    [
        (Kpi(min_gain=0.02), ["kpi.min_gain"]),
        (Kpi(cost=(1.0, 2.0)), ["kpi.cost"]),
        (Kpi(metric=METRICS["f1"], min_gain=0.1), ["kpi.metric", "kpi.min_gain"]),
    ],
)
def test_any_kpi_passes(kpi: Kpi, keys: list[str]) -> None:
    data, _ = world()
    finding = only(declared(unmeasured(data, kpi=kpi)), "K01", Severity.PASSED)
    assert finding.evidence["keys"] == keys


def test_a_number_has_a_smallest_gain_too() -> None:
    rng = np.random.default_rng(0)
    data = table({"x": rng.normal(size=100)}, rng.normal(size=100), Task.REGRESSION)
    assert only(declared(unmeasured(data)), "K01", Severity.NOT_APPLICABLE)


# -- K02 -------------------------------------------------------------------------------------


def test_costs_that_ask_for_another_threshold_are_a_remedy() -> None:
    data, p = world()
    kpi = Kpi(cost=(1.0, 9.0))
    material = measured(data, p, cost_metric(1.0, 9.0), kpi)
    finding = only(costly_threshold(material), "K02", Severity.WARNING)
    assert finding.remedy == "threshold"
    assert finding.evidence["threshold"] == pytest.approx(0.1)
    assert not finding.evidence["miscalibrated"]
    assert finding.evidence["cost_then"] < finding.evidence["cost_now"]
    assert finding.evidence["gain"] == pytest.approx(
        finding.evidence["cost_now"] - finding.evidence["cost_then"]
    )


def test_a_metric_that_cannot_see_costs_is_given_no_remedy() -> None:
    data, p = world()
    material = measured(data, p, "log_loss", Kpi(cost=(1.0, 9.0)))
    assert only(costly_threshold(material), "K02", Severity.WARNING).remedy is None


def test_the_right_threshold_is_left_alone() -> None:
    data, p = world()
    material = measured(data, p, "log_loss", Kpi(cost=(1.0, 9.0)), threshold=0.1)
    finding = only(costly_threshold(material), "K02", Severity.PASSED)
    assert finding.evidence["threshold_now"] == 0.1


def test_equal_costs_leave_a_half_alone() -> None:
    data, p = world()
    material = measured(data, p, "log_loss", Kpi(cost=(3.0, 3.0)))
    assert only(costly_threshold(material), "K02", Severity.PASSED)


def test_spoiled_probabilities_get_the_threshold_that_was_found() -> None:
    data, p = world(share=0.05)
    odds = 19 * p / (1 - p)  # as if both classes were equally frequent
    material = measured(data, odds / (1 + odds), "log_loss", Kpi(cost=(1.0, 4.0)), threshold=0.2)
    finding = only(costly_threshold(material), "K02", Severity.WARNING)
    assert finding.evidence["miscalibrated"]
    assert finding.evidence["by_costs"] == pytest.approx(0.2)
    assert 0.65 < finding.evidence["threshold"] < 0.95  # .2 of the true probability is .83


def test_no_costs_no_threshold() -> None:
    data, p = world()
    for kpi in (Kpi(), Kpi(cost=(0.0, 4.0))):
        assert only(
            costly_threshold(measured(data, p, "log_loss", kpi)), "K02", Severity.NOT_APPLICABLE
        )


# -- K03 -------------------------------------------------------------------------------------


def test_accuracy_and_f1_disagree_about_the_threshold() -> None:
    data, p = world(share=0.1)
    material = measured(data, p, "accuracy", Kpi(metric=METRICS["f1"]))
    finding = only(ranks_differently(material), "K03", Severity.WARNING)
    assert finding.evidence["second"].startswith("model.threshold")
    assert finding.evidence["metric_gain"] < 0 < finding.evidence["kpi_gain"]


def test_a_loss_worse_than_naive_disagrees_with_the_auc() -> None:
    data, p = world()
    sure = sigmoid(8 * np.log(p / (1 - p)))
    material = measured(data, sure, "log_loss", Kpi(metric=METRICS["roc_auc"]))
    finding = only(ranks_differently(material), "K03", Severity.WARNING)
    assert finding.evidence["second"] == "naive"


def test_calibrated_log_loss_and_auc_agree() -> None:
    data, p = world()
    material = measured(data, p, "log_loss", Kpi(metric=METRICS["roc_auc"]))
    assert only(ranks_differently(material), "K03", Severity.PASSED)


def test_two_errors_of_numbers_agree() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    data = table({"x": x}, x + rng.normal(size=500), Task.REGRESSION)
    material = measured(data, x, "rmse", Kpi(metric=METRICS["mae"]))
    assert only(ranks_differently(material), "K03", Severity.PASSED)


@pytest.mark.parametrize("kpi", [Kpi(), Kpi(min_gain=0.1), Kpi(metric=METRICS["log_loss"])])
def test_without_another_kpi_there_is_nothing_to_compare(kpi: Kpi) -> None:
    data, p = world()
    assert only(
        ranks_differently(measured(data, p, "log_loss", kpi)), "K03", Severity.NOT_APPLICABLE
    )


class Shorter:
    """An evaluator whose model, after fewer rounds, says the probabilities it is given."""

    rounds_name = "n_estimators"

    def __init__(self, data: Dataset, p: Any) -> None:
        self.data, self.p = data, p
        self.asked: list[Candidate] = []

    def evaluation(self, candidate: Candidate, splits: Any) -> Any:
        self.asked.append(candidate)
        return evaluated(self.data, METRICS["log_loss"], self.p, candidate, splits)


def test_a_quarter_of_the_rounds_is_the_one_fit_it_costs() -> None:
    data, p = world()
    noisy = sigmoid(np.log(p / (1 - p)) + np.random.default_rng(1).normal(0, 0.7, N))
    shorter = Shorter(data, sigmoid(5 * np.log(p / (1 - p))))  # orders better, is far too sure
    material = measured(data, noisy, "log_loss", Kpi(metric=METRICS["roc_auc"]), evaluator=shorter)
    finding = only(ranks_differently(material), "K03", Severity.WARNING)
    assert finding.evidence["second"] == "n_estimators: 25"
    assert [c.params for c in shorter.asked] == [{"n_estimators": 25}]
    assert shorter.asked[0].stopping is None


def test_a_threshold_of_the_person_is_kept_in_every_comparison() -> None:
    data, p = world(share=0.1)
    material = measured(data, p, "f1", Kpi(metric=METRICS["accuracy"]), threshold=0.2)
    finding = only(ranks_differently(material), "K03", Severity.WARNING)
    assert finding.evidence["second"] != "model.threshold: 0.2"


def test_missing_predictions_are_skipped() -> None:
    data, _ = world()
    kpi = Kpi(metric=METRICS["f1"], cost=(1.0, 2.0))
    before = replace(unmeasured(data, kpi=kpi))
    assert only(ranks_differently(before), "K03", Severity.SKIPPED)
    assert only(costly_threshold(before), "K02", Severity.SKIPPED)
