"""M01-M04: whether the metric can tell a good model from a useless one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from measured_worlds import measured, only, sigmoid, table, unmeasured

from advisor.audit.metric import (
    auc_error,
    blind_accuracy,
    decided_by_few,
    loss_no_better,
    readable,
)
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.metrics.table import METRICS
from advisor.types import Dataset, Severity, Task

N = 2000


def two_classes(share: float, signal: float, seed: int = 0, n: int = N) -> tuple[Dataset, Any]:
    """A Dataset with this share of class 1, and the true probabilities."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) < share * n).astype(int)
    rng.shuffle(y)
    x = rng.normal(size=n) + signal * y
    z = signal * x - signal**2 / 2 + np.log(share / (1 - share))
    return table({"x": x}, np.where(y == 1, "yes", "no"), Task.BINARY), sigmoid(z)


# -- M01 -------------------------------------------------------------------------------------


def test_accuracy_that_a_constant_answer_reaches_is_an_issue() -> None:
    data, p = two_classes(0.05, 0.7)
    finding = only(blind_accuracy(measured(data, p, "accuracy")), "M01", Severity.ISSUE)
    assert finding.evidence["majority"] == "no"
    assert finding.evidence["majority_share"] == pytest.approx(0.95)
    assert finding.evidence["minority_recall"] < 0.2
    assert "average_precision" in finding.evidence["metrics"]


def test_accuracy_that_sees_the_rare_class_is_a_warning() -> None:
    data, p = two_classes(0.1, 3.5)
    finding = only(blind_accuracy(measured(data, p, "accuracy")), "M01", Severity.WARNING)
    assert finding.evidence["minority_recall"] > 0.5
    assert finding.evidence["gain"] > 2 * finding.evidence["se"]


def test_the_rare_class_may_be_class_0() -> None:
    data, p = two_classes(0.95, 0.7)
    finding = only(blind_accuracy(measured(data, p, "accuracy")), "M01", Severity.ISSUE)
    assert finding.evidence["minority"] == "no"
    assert finding.evidence["average_precision"] < 0.5


def test_one_large_class_of_several_is_imbalanced() -> None:
    rng = np.random.default_rng(1)
    y = np.repeat(["a", "b", "c"], [900, 60, 40])
    data = table({"x": rng.normal(size=1000)}, y, Task.MULTICLASS)
    p = np.tile([0.9, 0.06, 0.04], (1000, 1))
    finding = only(blind_accuracy(measured(data, p, "accuracy")), "M01", Severity.ISSUE)
    assert finding.evidence["minority_recall"] == 0.0
    assert finding.evidence["minority"] == "c"


def test_balanced_classes_and_other_metrics_are_left_alone() -> None:
    data, p = two_classes(0.4, 1.0)
    only(blind_accuracy(measured(data, p, "accuracy")), "M01", Severity.PASSED)
    data, p = two_classes(0.05, 1.0)
    only(blind_accuracy(measured(data, p, "roc_auc")), "M01", Severity.NOT_APPLICABLE)


def test_predictions_that_are_no_numbers_are_skipped() -> None:
    data, p = two_classes(0.05, 1.0)
    p[3] = np.nan
    for check, code in ((blind_accuracy, "M01"), (loss_no_better, "M02")):
        only(check(measured(data, p, "accuracy")), code, Severity.SKIPPED)


# -- M02 -------------------------------------------------------------------------------------


def test_a_good_order_with_far_too_sure_probabilities_is_named() -> None:
    data, p = two_classes(0.4, 1.2)
    sure = sigmoid(8 * np.log(p / (1 - p)))
    finding = only(loss_no_better(measured(data, sure, "roc_auc")), "M02", Severity.WARNING)
    assert finding.evidence["skill"] > 0.4
    assert finding.evidence["loss"] > finding.evidence["naive_loss"]
    assert finding.evidence["cooled_loss"] < finding.evidence["naive_loss"]


@pytest.mark.parametrize("metric", ["accuracy", "f1", "recall", "roc_auc", "balanced_accuracy"])
def test_calibrated_probabilities_contradict_no_metric(metric: str) -> None:
    data, p = two_classes(0.4, 1.2)
    only(loss_no_better(measured(data, p, metric)), "M02", Severity.PASSED)


def test_a_metric_without_skill_is_not_called_good() -> None:
    data, _ = two_classes(0.4, 1.2)
    noise = np.random.default_rng(3).uniform(0.01, 0.99, N)
    only(loss_no_better(measured(data, noise, "roc_auc")), "M02", Severity.PASSED)


def test_losses_and_numbers_have_no_second_opinion() -> None:
    data, p = two_classes(0.4, 1.2)
    only(loss_no_better(measured(data, p, "log_loss")), "M02", Severity.NOT_APPLICABLE)
    rng = np.random.default_rng(0)
    numbers = table({"x": rng.normal(size=100)}, rng.normal(size=100), Task.REGRESSION)
    found = loss_no_better(measured(numbers, np.zeros(100), "rmse"))
    only(found, "M02", Severity.NOT_APPLICABLE)


# -- M03 -------------------------------------------------------------------------------------


def test_a_squared_error_that_few_rows_carry_is_named() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=N)
    y = x + rng.normal(0, 0.5, N)
    y[:4] += 80
    data = table({"x": x}, y, Task.REGRESSION)
    finding = only(decided_by_few(measured(data, x, "rmse")), "M03", Severity.WARNING)
    assert finding.evidence["count"] == 20
    assert finding.evidence["share"] > 0.9
    assert finding.evidence["largest"] == pytest.approx(80, abs=3)
    only(decided_by_few(measured(data, x, "mae")), "M03", Severity.NOT_APPLICABLE)


@pytest.mark.parametrize("name", ["rmse", "mse", "r2"])
def test_ordinary_errors_are_shared_by_all_rows(name: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=N)
    data = table({"x": x}, x + rng.laplace(size=N), Task.REGRESSION)
    finding = only(decided_by_few(measured(data, x, name)), "M03", Severity.PASSED)
    assert 0.05 < finding.evidence["share"] < 0.3


# -- M04 -------------------------------------------------------------------------------------


def test_the_error_of_an_auc_is_that_of_hanley_and_mcneil() -> None:
    # their table: 51 abnormal and 58 normal images, area .893, standard error .032
    assert auc_error(0.893, 51, 58) == pytest.approx(0.032, abs=0.001)


def test_few_rows_of_the_rarest_class_cannot_be_read() -> None:
    data, _ = two_classes(0.006, 1.0)
    finding = only(readable(unmeasured(data, "roc_auc")), "M04", Severity.WARNING)
    assert finding.evidence["rows"] == 12
    assert finding.evidence["of"] == "yes"
    data, _ = two_classes(0.05, 1.0)
    only(readable(unmeasured(data, "roc_auc")), "M04", Severity.PASSED)


def test_few_targets_cannot_be_read_either() -> None:
    rng = np.random.default_rng(0)
    few = table({"x": rng.normal(size=40)}, rng.normal(size=40), Task.REGRESSION)
    finding = only(readable(unmeasured(few)), "M04", Severity.WARNING)
    assert finding.evidence["se"] == pytest.approx(1 / np.sqrt(80))
    more = table({"x": rng.normal(size=60)}, rng.normal(size=60), Task.REGRESSION)
    only(readable(unmeasured(more)), "M04", Severity.PASSED)


def test_of_several_classes_the_rarest_counts_where_all_count_alike() -> None:
    y = np.repeat(["a", "b", "c"], [500, 490, 10])
    data = table({"x": np.arange(1000.0)}, y, Task.MULTICLASS)
    only(readable(unmeasured(data, "f1_macro")), "M04", Severity.WARNING)
    only(readable(unmeasured(data, "log_loss")), "M04", Severity.NOT_APPLICABLE)


# -- noise -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_pure_noise_with_six_positives_is_called_unreadable_and_never_good(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(400, 20)), columns=[f"x{i}" for i in range(20)])
    frame["y"] = (rng.permutation(400) < 6).astype(int)
    data = build(frame, Roles(target="y"), task=Task.BINARY, test=False)
    p = sigmoid(rng.normal(-4, 2, 400))  # what a model that has overfitted says out of fold
    only(blind_accuracy(measured(data, p, "accuracy")), "M01", Severity.ISSUE)
    for metric in ("accuracy", "roc_auc"):
        material = measured(data, p, metric)
        only(readable(material), "M04", Severity.WARNING)
        only(loss_no_better(material), "M02", Severity.SKIPPED)


def test_weights_and_thresholds_are_those_of_the_person() -> None:
    rng = np.random.default_rng(0)
    data, p = two_classes(0.1, 2.0)
    weight = rng.uniform(0.5, 2, N)
    frame = pd.DataFrame({"x": data.X["x"], "y": data.y, "w": weight})
    weighted = build(frame, Roles(target="y", weight="w"), task=Task.BINARY, test=False)
    material = measured(weighted, p, "accuracy", threshold=0.3)
    evidence = blind_accuracy(material)[0].evidence
    expected = METRICS["accuracy"].score(
        weighted.y, (p > 0.3).astype(float), np.asarray(weighted.weight)
    )
    assert evidence["accuracy"] == pytest.approx(expected)
