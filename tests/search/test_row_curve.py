"""The curve over rows takes as few fits as its answer needs; its promises are held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_learner import FakeLearner, session, table

from advisor.diagnose.rows import RowReading, read_curve
from advisor.metrics.table import METRICS
from advisor.results import Outcome, Verdict
from advisor.search.arena import own_arena
from advisor.search.row_curve import FOLDS, SEEDS, measure_curve
from advisor.search.row_notes import curve_beside_tuning, notes_of
from advisor.search.session import Session
from advisor.settings import Treatment
from advisor.types import Reason

Law = Callable[[float], float]


def made(tmp_path: Path, law: Law, rows: int = 1_000, pool: int = 0) -> tuple[Session, FakeLearner]:
    """A learner whose squared error follows ``law`` of the share of the rows."""
    learner = FakeLearner(lambda c: law(c.treatment.fraction), spread=0.05)
    return session(learner, table(rows, 0, pool), tmp_path, {"n_estimators": 50}), learner


def drained(steps: Any) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def reading(s: Session) -> RowReading:
    found: RowReading = drained(measure_curve(s, s.context((s.person,), 0)))
    return found


def test_a_clear_answer_takes_one_seed_and_all_of_it_less_than_three_cross_validations(
    tmp_path: Path,
) -> None:
    s, learner = made(tmp_path / "clear", lambda share: 2.0 / share)
    here = s.context((s.person,), 0)  # measures the first folds
    learner.fitted.clear()
    clear: RowReading = drained(measure_curve(s, here))
    assert clear.curve.verdict == "starved"
    assert clear.curve.rows == (50, 100, 200, 400, 800)
    assert len(learner.fitted) == FOLDS * 5
    s, learner = made(tmp_path / "open", lambda share: 1.0 if share > 0.3 else 3.0)
    here = s.context((s.person,), 0)
    learner.fitted.clear()
    drained(measure_curve(s, here))
    shares = [c.treatment.fraction for c, _ in learner.fitted]
    assert len(shares) <= FOLDS * (4 * SEEDS + 1)
    assert sum(shares) <= 3 * 5


def test_other_seeds_draw_other_rows_and_the_whole_is_measured_once(tmp_path: Path) -> None:
    s, learner = made(tmp_path, lambda share: 1.0)
    here = s.context((s.person,), 0)
    learner.fitted.clear()
    drained(measure_curve(s, here))
    whole = [split for c, split in learner.fitted if c.treatment.fraction == 1]
    assert len(whole) == FOLDS
    half = [split.seed for c, split in learner.fitted if c.treatment.fraction == 0.5]
    assert len(set(half)) == len(half)


def test_measuring_again_fits_nothing(tmp_path: Path) -> None:
    s, learner = made(tmp_path, lambda share: 2.0 / share)
    first = reading(s)
    before = len(learner.fitted)
    assert reading(s).curve == first.curve
    assert len(learner.fitted) == before


def law_of(gain: float) -> RowReading:
    """A curve without noise: loss .3 + b n^-.5, of which doubling takes ``gain``."""
    n = np.array([100, 200, 400, 800])
    b = gain / (800**-0.5 - 1600**-0.5)
    losses = (0.3 + b * n**-0.5)[:, None] + np.zeros((4, 3))
    return read_curve(n.tolist(), losses, 0.7, 0)


def test_rows_for_a_gain_are_those_of_the_law() -> None:
    found = law_of(0.04).rows_for(0.04)
    assert found is not None
    low, middle, high = found
    assert low <= middle <= high
    assert middle == pytest.approx(1600, rel=0.01)
    assert law_of(0.04).rows_for(0.5) is None  # more than eight times the rows


def test_the_curve_names_what_tuning_was_worth_in_rows(tmp_path: Path) -> None:
    s, _ = made(tmp_path, lambda share: 1.0)
    here = s.context((s.person,), 0)
    curve = curve_beside_tuning(law_of(0.04), here, 0.02)
    assert curve.tuning == 0.02
    assert curve.tuning_rows is not None
    assert 800 < curve.tuning_rows[1] < 1600
    assert curve_beside_tuning(law_of(0.04), here, 0.0).tuning is None


@pytest.mark.parametrize(
    ("gain", "code"), [(0.04, "rows.promise_kept"), (0.3, "rows.promise_more"), (0.0, "less")]
)
def test_a_pools_gain_is_held_against_the_promise(gain: float, code: str, tmp_path: Path) -> None:
    s, _ = made(tmp_path, lambda share: 1.0, pool=1_000)
    winner = replace(s.person, treatment=Treatment(pool=1.0))
    low, high = gain - 0.005, gain + 0.005
    verdict = Verdict(Outcome.PROVEN, gain, low, high, 0.001, 0.01, 0.0, 1, Reason("gate.proven"))
    notes = notes_of(s, own_arena(s), law_of(0.04), s.person, winner, verdict)
    assert notes[0].code.endswith(code)
    assert notes[0].evidence["times"] == 2
    other = replace(s.person, treatment=Treatment(merge_duplicates=True))
    assert notes_of(s, own_arena(s), law_of(0.04), s.person, other, verdict) == ()


@pytest.mark.parametrize(
    ("goal", "code"),
    [(0.9, "rows.goal_met"), (0.4, "rows.goal"), (0.2, "rows.goal_far")],
)
def test_the_rows_that_a_wanted_score_takes_are_named(
    goal: float, code: str, tmp_path: Path
) -> None:
    s, _ = made(tmp_path, lambda share: 1.0)
    s.kpi = replace(s.kpi, goal=goal)
    reading = law_of(0.04)
    (note,) = notes_of(s, own_arena(s), reading, s.person, None, None)
    now = -reading.curve.scores[-1]
    assert (note.code, note.evidence["now"]) == (code, pytest.approx(now))
    if code == "rows.goal":
        found = reading.rows_for(now - goal)
        assert found is not None
        assert note.evidence["rows"] == round(found[1])
    if code == "rows.goal_far":
        assert goal < note.evidence["low"] <= note.evidence["ends"] <= note.evidence["high"] < now


def test_a_wanted_score_is_in_the_unit_of_a_metric_whose_best_is_one(tmp_path: Path) -> None:
    s, _ = made(tmp_path, lambda share: 1.0)
    s.kpi = replace(s.kpi, goal=0.9)
    s.evaluator.metric = METRICS["r2"]
    n = np.array([100, 200, 400, 800])
    losses = np.tile(0.2 + n[:, None] ** -0.5, 3)
    reading = read_curve(n.tolist(), losses, 1.0, 0)
    (note,) = notes_of(s, own_arena(s), reading, s.person, None, None)
    assert note.code == "rows.goal_far"
    assert note.evidence["now"] == pytest.approx(1 - losses[-1, 0])


def test_a_curve_that_is_too_rough_leaves_the_wanted_score_open(tmp_path: Path) -> None:
    s, _ = made(tmp_path, lambda share: 1.0)
    s.kpi = replace(s.kpi, goal=0.1)
    rough = read_curve([100, 200, 400], np.tile([[0.3], [0.6], [0.5]], 3), 0.7, 0)
    (note,) = notes_of(s, own_arena(s), rough, s.person, None, None)
    assert note.code == "rows.goal_open"
