"""Too sure, or cut at the wrong place: both are told from memorising."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.diagnose.calibration import (
    better_threshold,
    called_positive,
    saved_by_temperature,
    tempered,
)
from advisor.metrics.contributions import log_loss
from advisor.metrics.table import METRICS
from advisor.types import Floats

RNG = np.random.default_rng(2)


def world(n: int, bias: float = 0.0) -> tuple[Floats, np.ndarray]:
    """(probabilities that are right, classes drawn from them)."""
    p = 1 / (1 + np.exp(-(RNG.normal(0, 1.5, n) + bias)))
    return p, (RNG.random(n) < p).astype(np.int64)


def loss(y: np.ndarray, p: Floats) -> float:
    return -float(log_loss(y, p, None).mean())


def test_a_temperature_takes_back_what_sureness_cost() -> None:
    p, y = world(2000)
    sure = tempered(p, 0.25)
    rise = loss(y, sure) - loss(y, p)
    assert saved_by_temperature(y, sure) / rise > 0.9


def test_it_takes_nothing_from_probabilities_that_are_right() -> None:
    p, y = world(2000)
    assert abs(saved_by_temperature(y, p)) < 0.005


def test_it_cannot_mend_answers_that_are_wrong() -> None:
    p, y = world(2000)
    mixed = np.where(RNG.random(2000) < 0.4, RNG.random(2000), p)
    rise = loss(y, mixed) - loss(y, p)
    assert saved_by_temperature(y, mixed) / rise < 0.5


def test_several_classes_are_tempered_alike() -> None:
    p, y = world(1500)
    both = np.column_stack([1 - p, p])
    np.testing.assert_allclose(tempered(both, 2.0)[:, 1], tempered(p, 2.0))
    wide = saved_by_temperature(y, tempered(both, 0.25))
    assert wide == pytest.approx(saved_by_temperature(y, tempered(p, 0.25)), abs=1e-9)


def test_a_rare_class_wants_another_threshold_for_f1() -> None:
    p, y = world(6000, bias=-3.0)
    found = better_threshold(METRICS["f1"], y, p)
    assert found is not None
    assert found.gain > 2 * found.se
    assert found.threshold < 0.5


def test_no_threshold_is_found_where_a_half_is_right() -> None:
    gains = []
    for _ in range(40):
        p, y = world(1500)
        found = better_threshold(METRICS["accuracy"], y, p)
        assert found is not None
        gains.append(found.gain / max(found.se, 1e-9))
    assert np.mean(np.array(gains) > 2.5) <= 0.05


def test_more_classes_and_few_rows_have_no_threshold() -> None:
    assert better_threshold(METRICS["f1_macro"], np.arange(90) % 3, np.full((90, 3), 1 / 3)) is None
    assert better_threshold(METRICS["f1"], np.array([0, 1]), np.array([0.2, 0.8])) is None


def test_the_share_of_rows_called_positive_follows_the_threshold() -> None:
    p = np.linspace(0, 1, 101)
    assert called_positive(p, None) == pytest.approx(0.5, abs=0.01)
    assert called_positive(p, 0.9) == pytest.approx(0.1, abs=0.011)
    assert called_positive(np.zeros((5, 3)), None) is None
