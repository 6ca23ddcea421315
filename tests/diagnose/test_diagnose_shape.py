"""One curve in numbers: planted shapes are seen, healthy ones raise no alarm."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from diagnose.healthy_curves import booster, healthy_curves, net

from advisor.diagnose.further import twice_the_rounds
from advisor.diagnose.shape import Shape, mean_curve, shape_of
from advisor.diagnose.state import FALLEN_BACK, FROZEN, JAGGED, Reading, unfinished
from advisor.measurements import Curve
from advisor.types import Floats

NAIVE = 0.69
ROUNDS = np.arange(1, 101, dtype=np.int64)


def falling(to: float, speed: float) -> Floats:
    return np.asarray(to + (NAIVE - to) * np.exp(-speed * ROUNDS))


def read(train: Floats, valid: Floats | None = None, **more: Any) -> Shape:
    both = Curve(ROUNDS[: len(train)], train, train if valid is None else valid)
    return shape_of(both, NAIVE, **more)


def test_a_zigzag_of_the_training_loss_is_seen_and_a_fall_is_not() -> None:
    jumps = 0.1 * np.where(ROUNDS % 2, 1.0, -1.0)
    assert read(falling(0.2, 0.1)).jagged == 0
    assert read(falling(0.2, 0.1) + jumps).jagged > JAGGED


def test_a_loss_that_never_leaves_the_naive_one_is_divided_by_a_twentieth_of_it() -> None:
    train = NAIVE + 0.02 * np.where(ROUNDS % 2, 1.0, -1.0)
    assert read(train).jagged == pytest.approx(0.02 / (0.05 * NAIVE), rel=0.1)


def test_a_trend_is_one_whatever_its_noise() -> None:
    rng = np.random.default_rng(1)
    assert read(falling(0.2, 0.02) + rng.normal(0, 0.01, 100)).falls_p < 1e-6
    assert read(np.full(100, 0.5)).falls_p == 1.0
    flat = [read(0.5 + np.random.default_rng(s).normal(0, 0.1, 100)).falls_p for s in range(300)]
    assert np.mean(np.array(flat) < 0.05) < 0.09


def test_rounds_in_which_nothing_moves_are_counted_up_to_those_asked_for() -> None:
    train = np.maximum(falling(0.2, 0.1), 0.4)
    assert read(train).frozen == pytest.approx(0.9, abs=0.05)
    stopped = read(train[:30], asked=300)  # a booster ends soon after its last split
    assert stopped.frozen == pytest.approx(0.97, abs=0.02)
    assert read(falling(0.2, 0.1)).frozen == 0
    assert read(np.zeros(100)).frozen == 0  # nothing is left to gain


def test_a_validation_loss_that_turns_is_seen() -> None:
    turned = read(falling(0.0, 0.1), falling(0.3, 0.2) + 0.004 * np.maximum(ROUNDS - 20, 0))
    assert turned.turned
    assert turned.best_round == 20
    assert turned.further is None
    # a gap alone is no overfitting
    assert not read(falling(0.0, 0.1), falling(0.4, 0.2)).turned


def test_a_rise_within_the_noise_is_none() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.03, 100)
    assert not read(falling(0.0, 0.1), falling(0.3, 0.2) + noise).turned


def test_a_collapse_of_the_training_loss_is_seen() -> None:
    train = falling(0.1, 0.1)
    train[60:] = 0.65
    assert read(train).fallen_back > FALLEN_BACK


def test_what_is_not_finite_is_said_and_the_rest_is_read() -> None:
    train = falling(0.1, 0.1)
    train[50:] = np.nan
    shape = read(train)
    assert not shape.finite
    assert shape.rounds == 50
    assert not read(np.full(5, np.nan)).finite


def test_folds_are_averaged_on_the_rounds_that_all_of_them_have() -> None:
    one = Curve(ROUNDS, falling(0.2, 0.1), falling(0.3, 0.1))
    two = Curve(ROUNDS[:60], falling(0.2, 0.1)[:60] + 0.1, falling(0.3, 0.1)[:60])
    both = mean_curve([one, two])
    assert both.rounds[-1] == 60
    assert both.train[-1] == pytest.approx(falling(0.2, 0.1)[59] + 0.05)
    assert len(both.valid_metric) == 0


def test_the_score_beside_the_loss_is_read_with_it() -> None:
    score = 0.9 - 0.4 * np.exp(-0.1 * ROUNDS)
    shape = shape_of(Curve(ROUNDS, falling(0.1, 0.1), falling(0.3, 0.1), score, score), NAIVE)
    assert shape.metric_first == pytest.approx(score[0])
    assert shape.metric_end == pytest.approx(0.9, abs=0.001)
    assert shape.metric_lost < 0.001


@pytest.mark.parametrize("law", ["power", "exponential", "line"])
def test_the_gain_of_twice_the_rounds_is_the_laws_own(law: str) -> None:
    def loss(t: Floats) -> Floats:
        if law == "power":
            return np.asarray(0.2 + 0.5 * t**-0.5)
        return np.asarray(0.2 + 0.5 * np.exp(-t / 60) if law == "exponential" else 0.7 - t / 1000)

    found = twice_the_rounds(ROUNDS, loss(ROUNDS.astype(float)))
    assert found is not None
    wanted = float(loss(np.array([100.0]))[0] - loss(np.array([200.0]))[0])
    assert found.middle == pytest.approx(wanted, rel=0.2)


def test_the_interval_of_that_gain_holds_it_four_times_in_five() -> None:
    t = ROUNDS.astype(float)
    truth, inside = 0.5 * (100**-0.5 - 200**-0.5), 0
    for seed in range(100):
        noise = np.random.default_rng(seed).normal(0, 0.01, 100)
        found = twice_the_rounds(ROUNDS, 0.2 + 0.5 * t**-0.5 + noise)
        assert found is not None
        inside += found.low <= truth <= found.high
    assert inside >= 60


def test_three_points_are_too_few_for_a_law() -> None:
    assert twice_the_rounds(ROUNDS[:3], falling(0.1, 0.1)[:3]) is None


def alarms(kind: Any, count: int) -> Counter[str]:
    """How often each reading alarms on simulated healthy curves."""
    found: Counter[str] = Counter()
    for curve, naive in healthy_curves(count, kind):
        s = shape_of(curve, naive)
        found["jagged"] += s.jagged > JAGGED
        found["turned"] += s.turned
        found["frozen"] += s.frozen > FROZEN
        found["fallen_back"] += s.fallen_back > FALLEN_BACK
        found["unfinished"] += unfinished(Reading(s, 0, 0.0, False))
    return found


@pytest.mark.parametrize("kind", [booster, net])
@pytest.mark.parametrize("count", [200, pytest.param(4000, marks=pytest.mark.slow)])
def test_no_reading_alarms_on_more_than_one_healthy_curve_in_a_hundred(
    kind: Any, count: int
) -> None:
    assert {k: n for k, n in alarms(kind, count).items() if n > 0.01 * count} == {}


def test_a_shape_takes_milliseconds() -> None:
    curve, naive = next(iter(healthy_curves(1, net)))
    shape_of(curve, naive)
    began = time.perf_counter()
    for _ in range(10):
        shape_of(curve, naive)
    assert (time.perf_counter() - began) / 10 < 0.2  # about .01 s on an idle core
