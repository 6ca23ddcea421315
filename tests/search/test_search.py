"""The staged loop, on a learner whose faults the test plants."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10
from pathlib import Path
from typing import Any

import pytest
from fake_learner import FakeLearner, session, table
from scipy import stats

from advisor.events import BaselineMeasured, Event, ProbesMeasured, StageEnded, StageStarted
from advisor.measure.evaluate import OutOfTime
from advisor.outcome.next_step import next_step
from advisor.results import Outcome
from advisor.search import staged
from advisor.search.escalation import SHARE
from advisor.search.scouts import scout
from advisor.search.session import Session
from advisor.search.staged import Search, SearchResult
from advisor.settings import Candidate
from advisor.types import STAGE_ORDER, StageName

SOUND = {"learning_rate": 0.1, "n_estimators": 100}
LR, REG, DATA, DEPTH = STAGE_ORDER


def bad_rate(candidate: Candidate) -> float:
    return 0.6 * log10(candidate.params["learning_rate"] / 0.1) ** 2


def held_back(candidate: Candidate) -> float:
    return 1.5 if candidate.params["reg_lambda"] > 100 else 0.0


def both(candidate: Candidate) -> float:
    return bad_rate(candidate) + held_back(candidate)


def covered_up(candidate: Candidate) -> float:
    """A high rate makes up for a heavy penalty, and is poison without it."""
    rate = candidate.params["learning_rate"]
    if held_back(candidate):
        return 0.7 if rate > 0.2 else 1.5
    return 1.2 if rate > 0.2 else 0.0


def none(candidate: Candidate) -> float:
    return 0.0


def starved(candidate: Candidate) -> float:
    return 0.8 * (1 - candidate.treatment.pool) / candidate.treatment.fraction**0.5


def run(
    penalty: Any, params: dict[str, Any], folder: Path, rows: int = 1500, **more: Any
) -> tuple[SearchResult, list[Event], FakeLearner]:
    learner = FakeLearner(penalty, spread=more.pop("spread", 0.3))
    data = table(rows, more.pop("data_seed", 1), more.pop("pool", 0))
    search = Search(session(learner, data, folder, params, **more))
    return search.result, list(search.run()), learner


def statuses(result: SearchResult) -> dict[StageName, Outcome]:
    return {outcome.stage: outcome.status for outcome in result.stages}


def test_a_wrong_rate_ends_the_run_at_the_first_stage(tmp_path: Path) -> None:
    result, _, _ = run(bad_rate, {"learning_rate": 0.001, "n_estimators": 100}, tmp_path)
    assert statuses(result) == {
        LR: Outcome.PROVEN,
        REG: Outcome.NOT_RUN,
        DATA: Outcome.NOT_RUN,
        DEPTH: Outcome.NOT_RUN,
    }
    assert 0.03 <= result.current.params["learning_rate"] <= 0.3
    assert result.stages[1].reason.code == "stage.after_stop"


def test_a_gain_that_leaves_more_in_sight_is_banked_and_the_search_goes_on(tmp_path: Path) -> None:
    wrong = {"learning_rate": 0.01, "n_estimators": 100, "reg_lambda": 1000.0}
    result, _, _ = run(both, wrong, tmp_path)
    assert statuses(result)[LR] is Outcome.BANKED
    assert statuses(result)[REG] is Outcome.PROVEN
    assert result.stages[0].reason.evidence["lever"] == "regularization"
    assert result.current.params["reg_lambda"] < 100
    assert result.current.params["learning_rate"] != 0.01


def hopeless(candidate: Candidate) -> float:
    return 20.0 if candidate.params["learning_rate"] < 0.02 else 8.6


def test_a_gain_that_leaves_no_more_than_a_guess_is_not_enough(tmp_path: Path) -> None:
    """The target's variance is 9, the noise's 1: 8.6 more is a skill below 0."""
    result, _, _ = run(hopeless, {"learning_rate": 0.001, "n_estimators": 100}, tmp_path)
    assert statuses(result)[LR] is Outcome.BANKED
    assert result.stages[0].reason.code == "stage.still_naive"
    assert result.stages[0].reason.evidence["skill"] < 0.05
    assert Outcome.NOT_RUN not in statuses(result).values()


def test_a_banked_rate_that_only_covered_for_a_penalty_is_given_back(tmp_path: Path) -> None:
    wrong = {"learning_rate": 0.05, "n_estimators": 100, "reg_lambda": 1000.0}
    result, _, _ = run(covered_up, wrong, tmp_path)
    assert statuses(result)[LR] is Outcome.BANKED
    assert statuses(result)[REG] is Outcome.PROVEN
    assert result.current.params["reg_lambda"] < 100
    assert result.current.params["learning_rate"] == 0.05


def test_a_starved_model_ends_at_data_size_with_the_pool(tmp_path: Path) -> None:
    result, _, _ = run(starved, SOUND, tmp_path, pool=1500)
    assert statuses(result)[DATA] is Outcome.PROVEN
    assert result.current.treatment.pool == 1.0
    curve = result.size_curve
    assert curve is not None
    assert list(curve.rows) == sorted(curve.rows)


def test_a_sound_model_is_told_so(tmp_path: Path) -> None:
    result, _, _ = run(none, SOUND, tmp_path)
    assert not result.improved
    assert not any(outcome.status.is_proven for outcome in result.stages)
    for outcome in result.stages:
        if outcome.verdict is not None:
            assert outcome.verdict.smallest_detectable > 0


def test_first_proven_stops_without_scouts_and_never_runs_every_stage(tmp_path: Path) -> None:
    wrong = {"learning_rate": 0.01, "n_estimators": 100, "reg_lambda": 1000.0}
    first, _, _ = run(both, wrong, tmp_path / "a", stop="first_proven")
    assert statuses(first)[LR] is Outcome.PROVEN
    assert first.remaining is None
    every, events, _ = run(both, wrong, tmp_path / "b", stop="never")
    passes = {e.pass_number for e in events if isinstance(e, StageStarted)}
    assert passes >= {1, 2}
    assert every.current.params["reg_lambda"] < 100
    assert Outcome.PROVEN not in statuses(every).values()


def test_a_pass_hands_on_only_the_alpha_of_its_proven_stages(tmp_path: Path) -> None:
    wrong = {"learning_rate": 0.01, "n_estimators": 100, "reg_lambda": 1000.0}
    result, _, _ = run(both, wrong, tmp_path, stop="never")
    first = [c.outcome for number, c in result.contests if number == 1]
    second = [c.outcome for number, c in result.contests if number == 2]
    freed = sum(0.05 * (1 - SHARE) / 4 for outcome in first if outcome.status is Outcome.PROVEN)
    spent = [o.verdict.alpha for o in second if o.verdict is not None]
    assert 0 < freed < 0.05
    assert sum(spent) <= freed + 1e-12


def test_stages_that_were_not_asked_for_are_named(tmp_path: Path) -> None:
    result, _, _ = run(none, SOUND, tmp_path, stages=["regularization"])
    assert statuses(result)[LR] is Outcome.NOT_RUN
    assert result.stages[0].reason.code == "stage.not_asked"
    assert [o.stage for o in result.stages] == list(STAGE_ORDER)


def test_the_end_of_the_time_keeps_what_was_found(tmp_path: Path) -> None:
    result, events, _ = run(none, SOUND, tmp_path, minutes=-1)
    assert result.out_of_time
    assert any(isinstance(event, BaselineMeasured) for event in events)
    assert {o.reason.code for o in result.stages} == {"stage.out_of_time"}


def test_no_fit_is_begun_after_the_end_of_the_time_and_what_was_made_is_kept(
    tmp_path: Path,
) -> None:
    learner = FakeLearner(none)
    made = session(learner, table(600, 1), tmp_path, SOUND)
    evaluator, (first, second, *_) = made.evaluator, made.splits
    list(made.ticks(LR, evaluator.measure([(made.person, first)])))
    made._deadline = 0.0
    list(made.ticks(LR, evaluator.measure([(made.person, first)])))
    with pytest.raises(OutOfTime):
        list(made.ticks(LR, evaluator.measure([(made.person, first), (made.person, second)])))
    assert evaluator.has(made.person, first)
    assert not evaluator.has(made.person, second)
    assert evaluator.fits == 1
    list(made.ticks(None, evaluator.measure([(made.person, second)])))  # the baseline always is
    assert evaluator.has(made.person, second)


def test_scouts_do_not_go_on_after_the_end_of_the_time_and_the_gain_stays_proven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[tuple[Session, int]] = []

    def late(session: Session, *args: Any) -> Iterator[Event]:
        session._deadline = 0.0
        began.append((session, session.fits))
        return (yield from scout(session, *args))

    monkeypatch.setattr(staged, "scout", late)
    stuck = {"learning_rate": 0.001, "n_estimators": 100}
    result, events, _ = run(bad_rate, stuck, tmp_path)
    assert statuses(result)[LR] is Outcome.PROVEN
    assert result.improved
    assert not result.out_of_time
    assert result.stages[0].reason.code == "stage.not_looked"
    (ended,) = [event for event in events if isinstance(event, StageEnded)]
    assert ended.outcome is result.stages[0]
    ((searched, fits),) = began
    assert searched.fits == fits  # none was begun
    step = next_step(result, contradicted=False)
    assert step is not None
    assert step.code == "next.not_looked"


def test_an_interrupt_ends_the_search_like_any_other_end(tmp_path: Path) -> None:
    learner = FakeLearner(none)
    search = Search(session(learner, table(1500, 1), tmp_path, SOUND))
    events = search.run()
    for event in events:
        if isinstance(event, ProbesMeasured):
            break
    with pytest.raises(StopIteration):
        throw(events)
    assert search.result.interrupted
    assert {o.reason.code for o in search.result.stages} == {"stage.interrupted"}


def throw(events: Iterator[Event]) -> None:
    events.throw(KeyboardInterrupt)  # type: ignore[attr-defined]


def test_the_same_search_again_repeats_no_fit_and_finds_the_same(tmp_path: Path) -> None:
    wrong = {"learning_rate": 0.01, "n_estimators": 100, "reg_lambda": 1000.0}
    first, _, learner = run(both, wrong, tmp_path)
    assert len(learner.fitted) == len({(c.key, s.digest) for c, s in learner.fitted})
    again, _, learner = run(both, wrong, tmp_path)
    assert learner.fitted == []
    assert again.current.key == first.current.key
    assert [o.status for o in again.stages] == [o.status for o in first.stages]


def test_every_ended_stage_is_told_once(tmp_path: Path) -> None:
    result, events, _ = run(none, SOUND, tmp_path)
    ended = [event.outcome for event in events if isinstance(event, StageEnded)]
    assert ended == result.stages


@pytest.mark.parametrize(
    "runs",
    [12, pytest.param(120, marks=pytest.mark.slow)],
)
def test_whole_searches_over_a_null_world_claim_within_alpha(runs: int, tmp_path: Path) -> None:
    """The real loop, with its adaptive proposals, racing and early looks, where nothing helps."""
    claims = 0
    for seed in range(runs):
        folder = tmp_path / str(seed)
        result, _, _ = run(none, SOUND, folder, rows=600, data_seed=seed, spread=0.5, seed=seed)
        claims += result.improved
    assert stats.binom.sf(claims - 1, runs, 0.05) > 0.01, f"{claims} claims in {runs} searches"
