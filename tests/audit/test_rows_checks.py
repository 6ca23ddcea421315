"""K04 finds a threshold that suits the metric, D12 targets that are far off; neither cries wolf."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from measured_worlds import measured, only, sigmoid, table

from advisor.audit.rows import far_off_targets, moved_back, threshold_of_metric
from advisor.metrics.table import METRICS, at_threshold
from advisor.types import Severity, Task

N = 3000


def rare(seed: int = 0, n: int = N) -> tuple[Any, Any]:
    """A table with a rare class, and its true probabilities."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    p = sigmoid(1.2 * x - 2.8)
    data = table({"x": x}, (rng.random(n) < p).astype(int), Task.BINARY)
    return data, p


def test_a_threshold_for_f1_is_found_and_is_better() -> None:
    data, p = rare()
    found = only(threshold_of_metric(measured(data, p, "f1")), "K04", Severity.WARNING)
    assert found.remedy == "metric_threshold"
    threshold = found.evidence["threshold"]
    assert 0.1 < threshold < 0.4
    assert threshold in found.evidence["tried"]
    f1 = METRICS["f1"]
    assert f1.score(data.y, at_threshold(p, threshold)) > f1.score(data.y, p) + 0.05


def test_calibrated_probabilities_need_no_other_threshold_for_accuracy() -> None:
    alarms = 0
    for seed in range(20):
        data, p = rare(seed, 1000)
        (found,) = threshold_of_metric(measured(data, p, "accuracy"))
        alarms += found.status is Severity.WARNING
    assert alarms <= 3


@pytest.mark.parametrize("metric", ["log_loss", "recall", "precision", "roc_auc"])
def test_a_score_that_no_threshold_can_serve_is_not_asked(metric: str) -> None:
    data, p = rare()
    only(threshold_of_metric(measured(data, p, metric)), "K04", Severity.NOT_APPLICABLE)


def test_a_threshold_of_moved_predictions_is_told_for_the_plain_ones() -> None:
    p = np.array([0.1, 0.3, 0.6])
    moved = at_threshold(p, 0.2)
    for t in (0.3, 0.5, 0.8):
        assert ((moved > t) == (p > moved_back(t, 0.2))).all()


def values(share: float, seed: int = 0) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=N)
    y = 3 * x + rng.laplace(size=N)
    rows = rng.choice(N, round(share * N), replace=False)
    y[rows] += 60
    return table({"x": x}, y, Task.REGRESSION), 3 * x, rows


def test_targets_far_off_are_found_with_their_rows() -> None:
    data, pred, rows = values(0.005)
    found = only(far_off_targets(measured(data, pred, "rmse")), "D12", Severity.WARNING)
    assert len(rows) <= found.evidence["count"] <= len(rows) + 4
    assert set(rows + 1) <= set(found.evidence["row_numbers"])


def test_heavy_tails_alone_are_no_targets_far_off() -> None:
    for seed in range(5):
        data, pred, _ = values(0.0, seed)
        only(far_off_targets(measured(data, pred, "rmse")), "D12", Severity.PASSED)


def test_labels_are_not_asked_how_far_off_they_are() -> None:
    data, p = rare()
    only(far_off_targets(measured(data, p, "log_loss")), "D12", Severity.NOT_APPLICABLE)
