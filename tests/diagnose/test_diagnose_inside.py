"""Readings from inside a net: planted ones are named, and said in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from advisor.diagnose.inside import (
    DEAD,
    EXPLODING,
    LEAPS,
    SATURATED,
    STILL,
    VANISHING,
    Inner,
    answers,
    evidence_of,
    inner_of,
)
from advisor.languages import LANGUAGES
from advisor.measurements import Inside
from advisor.report.locale import catalog, sentences
from advisor.report.phrases import diagnosis_words
from advisor.report.reading import health_words
from advisor.results import Diagnosis

NAN = float("nan")


def inside(
    gradients: Sequence[Sequence[float]],
    *,
    moves: float = 0.005,
    dead: Sequence[float] = (0.0, 0.0),
    saturated: Sequence[float] = (NAN, NAN),
) -> Inside:
    """A net of two hidden layers, a row of gradients for each look."""
    table = np.asarray(gradients, dtype=np.float64)
    looks = len(table)
    last = np.zeros((looks, 2))
    last[-1] = dead
    other = np.full((looks, 2), NAN)
    other[-1] = saturated
    return Inside(np.arange(1, looks + 1), table, np.full(table.shape, moves), last, other)


SOUND = [[0.1, 0.2, 0.5], [0.05, 0.1, 0.4]]
CASES = [
    ([inside(SOUND)], ("reaches", "answer", "fine"), None),
    ([inside([[1e-8, 1e-5, 0.1]])], ("vanishing", "answer", "fine"), "vanishing"),
    ([inside([[5.0, 1.0, 0.1]])], ("exploding", "answer", "fine"), "exploding"),
    ([inside(SOUND, dead=(0.1, 0.9))], ("reaches", "dead", "fine"), "dead"),
    (
        [inside(SOUND, dead=(NAN, NAN), saturated=(0.8, 0.1))],
        ("reaches", "saturated", "fine"),
        "saturated",
    ),
    ([inside(SOUND, moves=1e-6)], ("reaches", "answer", "still"), "still"),
    ([inside(SOUND, moves=0.3)], ("reaches", "answer", "leaps"), "leaps"),
    ([inside(SOUND, moves=NAN)], ("reaches", "answer", "unknown"), None),
    ([inside([[NAN, NAN, NAN]], moves=NAN)], ("unknown", "answer", "unknown"), None),
    # an activation that neither dies nor saturates: nothing is said of its units
    ([inside(SOUND, dead=(NAN, NAN))], ("reaches", "unknown", "fine"), None),
    ([inside([[0.0, 0.0, 0.1]])], ("vanishing", "answer", "fine"), "vanishing"),
    (
        [inside([[1e-9, 1e-5, 0.1]], dead=(0.2, 0.95))],
        ("vanishing", "dead", "fine"),
        "dead",  # no gradient passes through them
    ),
]


@pytest.mark.parametrize(("seen", "names", "alarm"), CASES)
def test_a_planted_reading_is_named(
    seen: list[Inside], names: tuple[str, ...], alarm: str | None
) -> None:
    inner = inner_of(seen)
    assert inner is not None
    assert (inner.gradient, inner.units, inner.step) == names
    assert inner.alarm == alarm
    assert evidence_of(inner).get("inside") == alarm
    assert all(np.isfinite(v) for v in evidence_of(inner).values() if not isinstance(v, str))


def test_a_net_that_was_reached_once_has_no_vanishing_gradient() -> None:
    # a deep ReLU net needs some epochs until its first layers hear of the loss
    woke = inner_of([inside([[1e-6, 1e-3, 0.1], [0.05, 0.1, 0.2]])])
    assert woke is not None
    assert woke.gradient == "reaches"


def test_what_is_worst_is_named_with_its_layer_over_all_folds() -> None:
    one, two = inside(SOUND, dead=(0.2, 0.9)), inside(SOUND, dead=(0.4, 0.7))
    inner = inner_of([one, two])
    assert inner is not None
    assert (inner.dead_layer, inner.dead) == (2, pytest.approx(0.8))
    assert inner.reach == pytest.approx(0.2)


def test_what_has_no_inside_has_no_reading() -> None:
    assert inner_of([None, None]) is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_answer_and_every_alarm_has_its_sentence(lang: str) -> None:
    words, reached, alarms = catalog(lang, strict=True), set(), set()
    for seen, _, alarm in CASES:
        inner = inner_of(seen)
        assert inner is not None
        health = tuple(answers(inner, "sigmoid"))
        reached |= {answer.code for answer in health}
        alarms.add(f"diagnosis.detail.{alarm}")
        evidence: dict[str, Any] = {"train": 0.6, "valid": 0.6, **evidence_of(inner)}
        found = Diagnosis("not_learning", evidence, None, False, None, health)
        assert "{" not in diagnosis_words(words, found)
        for question, answer in health_words(words, found):
            assert question
            assert "{" not in answer
    nets = ("health.gradient.", "health.units.", "health.step.")
    known = {c for c in sentences(lang) if c.startswith(nets) and "question" not in c}
    assert reached == known
    assert alarms - {"diagnosis.detail.None"} <= set(sentences(lang))


def test_the_gradient_is_said_as_a_power_of_ten() -> None:
    inner = Inner(12, 1.6e-8, NAN, 1, 0.0, 1, 0.001)
    found = Diagnosis("not_learning", evidence_of(inner), "depth", True)
    assert "first of 12 hidden layers is 10^-8 of that at the last" in diagnosis_words(
        catalog("en", strict=True), found
    )


def test_limits_leave_room_between_sound_and_sick() -> None:
    assert VANISHING < 1 < EXPLODING
    assert 0 < STILL < LEAPS < 1
    assert 0 < SATURATED <= DEAD < 1
