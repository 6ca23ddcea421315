"""Curves suggest, probes decide: planted readings end in the state and the lever they are of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.diagnose.health import health
from advisor.diagnose.inside import Inner
from advisor.diagnose.judge import judge, needs_reference
from advisor.diagnose.shape import Shape, shape_of
from advisor.diagnose.state import (
    Reading,
    Reference,
    Seen,
    by_curves,
    unfinished,
)
from advisor.languages import LANGUAGES
from advisor.measurements import Curve
from advisor.report.locale import catalog, sentences
from advisor.report.reading import health_words
from advisor.results import Diagnosis
from advisor.types import Floats, StageName

LR, REG = StageName.LEARNING_RATE, StageName.REGULARIZATION
DATA, DEPTH = StageName.DATA_SIZE, StageName.DEPTH
NAIVE = 0.69
ROUNDS = np.arange(1, 101, dtype=np.int64)


def falling(to: float, speed: float, rounds: Any = ROUNDS) -> Floats:
    return np.asarray(to + (NAIVE - to) * np.exp(-speed * rounds))


def shape(train: Floats, valid: Floats, score: Floats | None = None) -> Shape:
    beside = {} if score is None else {"train_metric": score, "valid_metric": score}
    return shape_of(Curve(ROUNDS[: len(train)], train, valid, **beside), NAIVE)


HEALTHY = shape(falling(0.25, 0.2), falling(0.3, 0.2))
UNMOVED = shape(falling(0.685, 0.2), falling(0.688, 0.2))
SLOW = shape(falling(0.0, 0.0015), falling(0.05, 0.0015))
RISING = falling(0.3, 0.2) + 0.004 * np.maximum(ROUNDS - 20, 0)
TURNED = shape(falling(0.0, 0.1), RISING, np.full(100, 0.9))
GROWN = shape(NAIVE + 0.01 * ROUNDS, NAIVE + 0.02 * ROUNDS)
JUMPING = shape(
    falling(0.2, 0.1) + 0.1 * np.where(ROUNDS % 2, 1, -1),
    falling(0.3, 0.1) + 0.1 * np.where(ROUNDS % 2, 1, -1),
)
STUCK = shape(np.maximum(falling(0.2, 0.1), 0.4), np.maximum(falling(0.25, 0.1), 0.45))
FEW = shape(falling(0.0, 0.1)[:5], falling(0.05, 0.1)[:5])


def reading(curve: Shape, *probes: Seen, **more: Any) -> Reading:
    values = {"failed": 0, "skill_se": 0.005, "stopped_early": False, **more}
    return Reading(curve, probes=probes or None, **values)


def seen(lever: StageName, origin: str, share: float, **more: Any) -> Seen:
    """A probe that gains this share of the naive loss, with an error of .01."""
    return Seen(lever, origin, share * NAIVE, 0.01 * NAIVE, share, **more)


NOTHING = (
    seen(LR, "higher", -0.02, ratio=3.0, rounds=90, behind=0.02),
    seen(REG, "stronger", 0.005, frees=-1),
    seen(DATA, "half_the_rows", 0.2),
)


@pytest.mark.parametrize(
    ("curve", "state", "points_to"),
    [
        (HEALTHY, "healthy", None),
        (UNMOVED, "not_learning", LR),
        (SLOW, "not_converged", LR),
        (TURNED, "overfit", REG),
        (GROWN, "diverging", LR),
        (JUMPING, "jagged", LR),
        (STUCK, "frozen", REG),
        (FEW, "not_converged", LR),
    ],
    ids=["healthy", "unmoved", "slow", "turned", "grown", "jumping", "stuck", "few"],
)
def test_the_curves_alone_suggest_a_state(curve: Shape, state: str, points_to: str | None) -> None:
    found = judge(reading(curve))
    assert (found.state, found.points_to) == (state, points_to)
    assert not found.confirmed


def test_a_fit_that_failed_is_diverging() -> None:
    assert by_curves(reading(HEALTHY, failed=1)).state == "diverging"


def test_a_net_that_starts_above_the_naive_loss_and_falls_is_not_diverging() -> None:
    far = shape(falling(0.9, 0.01) + 0.5, falling(0.9, 0.01) + 0.5)
    fallen = shape(2 - 0.01 * ROUNDS, 2 - 0.01 * ROUNDS)
    assert by_curves(reading(fallen, from_naive=False)).state == "not_learning"
    assert by_curves(reading(fallen)).state == "diverging"
    assert by_curves(reading(far, from_naive=False)).state == "diverging"  # it rises


def test_a_curve_that_early_stopping_ended_is_finished() -> None:
    assert unfinished(reading(SLOW))
    assert not unfinished(reading(SLOW, stopped_early=True))


@pytest.mark.parametrize("curve", [UNMOVED, SLOW, STUCK, HEALTHY])
def test_the_same_curves_are_put_down_to_the_lever_whose_probe_gains(curve: Shape) -> None:
    """A rate too low, a penalty too strong and a model too small may leave equal curves."""
    rate = seen(LR, "higher", 0.3, rounds=60, ratio=100.0)
    freed = seen(REG, "released", 0.3, frees=1, rounds=100)
    larger = seen(DEPTH, "deeper", 0.3, frees=1, rounds=100)
    for probe in (rate, freed, larger):
        rest = [replace(p, share=0.01, gain=0.005, behind=0.2) for p in (rate, freed, larger)]
        found = judge(reading(curve, probe, *(p for p in rest if p.lever is not probe.lever)))
        assert found.points_to == probe.lever
        assert found.confirmed
        assert dict(found.evidence)["probe"] == probe.origin


def test_a_gain_within_its_error_confirms_nothing() -> None:
    weak = seen(LR, "higher", 0.04, rounds=60, ratio=3.0)
    unsure = replace(weak, se=weak.gain)
    assert judge(reading(SLOW, weak)).confirmed
    found = judge(reading(SLOW, unsure))
    assert (found.state, found.confirmed) == ("not_converged", False)


def test_rounds_are_to_blame_where_a_sane_rate_needs_many_more_of_them() -> None:
    slow = seen(LR, "higher", 0.3, rounds=60, ratio=300.0)
    assert judge(reading(SLOW, slow)).state == "flat"
    more = seen(LR, "higher", 0.3, rounds=60, ratio=3.0)
    assert judge(reading(FEW, more)).state == "not_converged"
    lower = seen(LR, "lower", 0.3, rounds=200, ratio=0.3)
    assert judge(reading(FEW, lower)).state == "not_converged"
    # 1e-6 with a third of the epochs: both are off, the rate by far more
    both = seen(LR, "higher", 0.3, rounds=300, ratio=1e4)
    assert judge(reading(SLOW, both)).points_to == LR
    assert judge(reading(SLOW, both)).state == "flat"


def test_a_lower_rate_is_named_for_overfitting_only_where_it_does_more() -> None:
    rate = seen(LR, "lower", 0.5, rounds=40, ratio=0.1)
    limits = seen(REG, "stronger", 0.4, frees=-1, behind=0.07, behind_se=0.01)
    assert judge(reading(TURNED, rate, limits)).points_to == LR
    level = replace(limits, behind=0.01, outside=True)
    assert judge(reading(TURNED, rate, level)).points_to == REG


def test_of_two_that_do_equally_well_the_setting_out_of_range_is_named() -> None:
    rate = seen(LR, "lower", 0.49, rounds=40, ratio=0.1, outside=True, behind=0.01, behind_se=0.01)
    limits = seen(REG, "stronger", 0.5, frees=-1)
    assert judge(reading(TURNED, rate, limits)).points_to == LR


def test_more_room_is_named_where_stopping_earlier_is_not_the_half_of_it() -> None:
    freed = seen(REG, "released", 1.0, frees=1)
    assert judge(reading(TURNED, freed)).state == "underfit"
    only_stopped = seen(REG, "released", 0.45, frees=1)
    limits = seen(REG, "stronger", 0.44, frees=-1, behind=0.01, behind_se=0.01)
    assert judge(reading(TURNED, only_stopped, limits)).state == "overfit"


def test_a_penalty_that_pulls_the_weights_back_is_no_rate_too_high() -> None:
    freed = seen(REG, "weaker", 0.3, frees=1)
    rate = seen(LR, "lower", 0.02, ratio=0.3, behind=0.2, behind_se=0.01)
    assert judge(reading(GROWN, freed, rate)).points_to == REG
    slower = seen(LR, "lower", 0.4, ratio=0.3)
    behind = replace(freed, behind=0.07, behind_se=0.01)
    assert judge(reading(GROWN, slower, behind)).state == "diverging"


def test_unscaled_columns_are_judged_before_the_rate() -> None:
    scaled = seen(StageName.FOUNDATIONS, "scale", 0.5)
    rate = seen(LR, "lower", 0.45, ratio=0.1, behind=0.03, behind_se=0.01)
    found = judge(reading(JUMPING, scaled, rate))
    assert (found.state, found.points_to, found.confirmed) == ("jagged", "foundations", True)
    useless = replace(scaled, share=0.01, gain=0.007)
    assert judge(reading(JUMPING, useless, rate)).points_to == LR


def test_a_broken_model_is_mended_by_a_probe_whatever_its_error() -> None:
    wild = replace(seen(StageName.FOUNDATIONS, "scale", 1000.0), se=500.0 * NAIVE)
    assert not wild.beyond(2.0)
    assert replace(wild, mends=True).beyond(2.0)


def test_probabilities_that_are_only_too_sure_are_no_overfitting() -> None:
    assert judge(reading(TURNED, recovered=0.8)).state == "overconfident"
    assert judge(reading(TURNED, recovered=0.3)).state == "overfit"
    fallen = shape(falling(0.0, 0.1), RISING, 0.9 - 0.002 * ROUNDS)
    assert judge(reading(fallen, recovered=0.8)).state == "overfit"


def test_a_threshold_is_named_where_it_gains_more_than_any_lever() -> None:
    found = judge(reading(HEALTHY, *NOTHING, threshold=(0.2, 0.02, 0.1)))
    assert (found.state, found.points_to, found.confirmed) == ("threshold", "foundations", True)
    assert judge(reading(HEALTHY, *NOTHING, threshold=(0.02, 0.02, 0.1))).state == "healthy"


def test_a_reference_far_ahead_makes_an_unconfirmed_underfit() -> None:
    ahead = Reference(0.75, 0.2, 0.01)
    found = judge(reading(HEALTHY, *NOTHING, reference=ahead))
    assert (found.state, found.confirmed) == ("underfit", False)
    # a net is not to blame for what trees do better; nor is a model that knows its rows by heart
    other = replace(ahead, same_family=False)
    assert judge(reading(HEALTHY, *NOTHING, reference=other)).state == "healthy"
    known = shape(falling(0.05, 0.2), falling(0.3, 0.2))
    assert judge(reading(known, *NOTHING, reference=ahead)).state == "healthy"
    near = Reference(0.6, 0.02, 0.001)
    assert judge(reading(HEALTHY, *NOTHING, reference=near)).state == "healthy"


def test_a_reference_is_asked_for_only_where_no_probe_answers() -> None:
    assert needs_reference(reading(HEALTHY, *NOTHING))
    assert not needs_reference(reading(HEALTHY, seen(REG, "released", 0.2, frees=1)))
    assert not needs_reference(reading(TURNED, *NOTHING))


def test_a_healthy_model_whose_probes_gain_nothing_is_confirmed() -> None:
    found = judge(reading(HEALTHY, *NOTHING))
    assert (found.state, found.points_to, found.confirmed) == ("healthy", None, True)


UNREACHED = Inner(12, 1e-8, np.nan, 1, 0.0, 1, 0.001)


def test_a_net_that_no_gradient_reaches_is_not_learning_and_points_to_depth() -> None:
    assert by_curves(reading(UNMOVED, inner=UNREACHED)).points_to == DEPTH
    unproven = reading(UNMOVED, seen(LR, "higher", 0.0), inner=UNREACHED)
    assert (judge(unproven).state, judge(unproven).points_to) == ("not_learning", DEPTH)
    assert not judge(unproven).confirmed


def test_what_has_learned_nothing_has_not_memorised() -> None:
    smaller = seen(DEPTH, "few_layers", 0.5, frees=-1)
    found = judge(reading(UNMOVED, smaller, inner=UNREACHED))
    assert (found.state, found.points_to, found.confirmed) == ("not_learning", DEPTH, True)
    slower = judge(reading(UNMOVED, seen(LR, "lower", 0.5, frees=-1)))
    assert slower.state == "diverging"


def test_a_loss_that_rises_where_training_has_learned_nothing_is_no_overfitting() -> None:
    drifting = 0.696 + 0.0002 * ROUNDS  # a net under heavy dropout: it starts above the naive loss
    curve = shape(np.linspace(0.705, 0.698, 100), drifting)
    assert curve.turned
    assert by_curves(reading(curve)).state == "not_learning"
    assert judge(reading(curve, *NOTHING)).state == "not_learning"
    memorised = shape(np.linspace(0.705, 0.6, 100), drifting)
    assert by_curves(reading(memorised)).state == "overfit"


def test_half_the_rows_never_name_a_cause() -> None:
    assert judge(reading(HEALTHY, seen(DATA, "half_the_rows", 0.5))).state == "healthy"


ANSWERS = [
    (reading(HEALTHY), ("falls", "settled", "none")),
    (reading(GROWN), ("rises", "never", "none")),
    (reading(JUMPING), ("zigzags", "falls", "none")),
    (reading(STUCK), ("frozen", "settled", "none")),
    (reading(SLOW), ("falls", "falls_on", "none")),
    (reading(TURNED), ("falls", "turned", "holds")),
    (
        reading(shape(falling(0.0, 0.1), RISING, 0.9 - 0.002 * ROUNDS)),
        ("falls", "turned", "falls"),
    ),
    (reading(shape(falling(0.2, 0.05), falling(0.2, 0.05), np.full(100, 0.0))), ("", "", "stands")),
    (
        reading(shape(falling(0.2, 0.05), falling(0.2, 0.05), 0.9 - falling(0.2, 0.05))),
        ("", "", "agrees"),
    ),
    (
        reading(shape(falling(0.2, 0.05), falling(0.2, 0.05), 0.9 - 0.002 * ROUNDS)),
        ("", "", "parts"),
    ),
    (reading(shape(np.full(100, 0.4), np.full(100, 0.41))), ("frozen", "", "none")),
    (
        reading(
            shape(
                0.4 + np.random.default_rng(0).normal(0, 0.001, 100),
                0.41 + np.random.default_rng(1).normal(0, 0.001, 100),
            )
        ),
        ("stands", "", "none"),
    ),
]


@pytest.mark.parametrize(("read", "codes"), ANSWERS)
def test_the_three_health_questions_are_answered(read: Reading, codes: tuple[str, ...]) -> None:
    answers = health(read, "accuracy")
    for answer, topic, wanted in zip(answers, ("train", "valid", "metric"), codes, strict=True):
        if wanted:
            assert answer.code == f"health.{topic}.{wanted}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_answer_has_its_sentence_with_its_numbers(lang: str) -> None:
    reached = set()
    for read, _ in ANSWERS:
        answers = health(read, "accuracy")
        reached |= {answer.code for answer in answers}
        found = Diagnosis("healthy", {}, None, True, None, answers)
        for question, answer in health_words(catalog(lang, strict=True), found):
            assert question
            assert "{" not in answer
    nets = {"gradient", "units", "step"}  # see test_diagnose_inside.py
    told = {c for c in sentences(lang) if c.startswith("health.") and "question" not in c}
    known = {code for code in told if code.split(".")[1] not in nets}
    first = ANSWERS[0][0]
    one_go = replace(first, failed=0, shape=replace(first.shape, points=1, rounds=1))
    reached |= {answer.code for answer in health(one_go, None)}
    assert known - reached <= {"health.valid.falls"}
