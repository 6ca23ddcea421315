"""What the audit found is tried before the first stage, and what blocks ends the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_learner import FakeLearner, session, table

from advisor.audit.base import Check, Material
from advisor.events import AuditEnded, BaselineMeasured, Event, ProbesMeasured, StageStarted
from advisor.results import Outcome
from advisor.search.auditing import folds_to_check
from advisor.search.staged import Search, SearchResult, Until
from advisor.settings import Candidate, Preprocessing
from advisor.stages import FOUNDATIONS
from advisor.stages.foundations import REMEDIES
from advisor.types import STAGE_ORDER, Finding, Severity, StageName

SOUND = {"learning_rate": 0.1, "n_estimators": 100}
SCALE = Finding("P06", Severity.WARNING, {}, remedy="scale")
LEAK = Finding("L02", Severity.ISSUE, {"column": "a"})


def unscaled(candidate: Candidate) -> float:
    return 0.0 if candidate.preprocessing.scale else 0.8


def unscaled_and_slow(candidate: Candidate) -> float:
    return unscaled(candidate) + (2.5 if candidate.params["learning_rate"] < 0.02 else 0.0)


def dead_and_unscaled(candidate: Candidate) -> float:
    """Nothing tells at a dead rate; at a live one the scales do."""
    if candidate.params["learning_rate"] < 0.02:
        return 9.0
    return 0.0 if candidate.preprocessing.scale else 4.0


def run(
    penalty: Any,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *found: Finding,
    params: dict[str, Any] | None = None,
    late: bool = False,
    until: Until = "search",
    allow: tuple[str, ...] = (),
) -> tuple[SearchResult, list[Event], FakeLearner]:
    """A search in which one check says ``found``."""

    def check(_: Material) -> list[Finding]:
        return list(found)

    codes = tuple(f.code for f in found)
    monkeypatch.setattr("advisor.search.auditing.CHECKS", (Check(codes, check, late),))
    learner = FakeLearner(penalty, spread=0.3)
    made = session(learner, table(1500, 1), folder, params or SOUND)
    made.allow = allow
    search = Search(made, until)
    return search.result, list(search.run()), learner


def test_a_proven_remedy_ends_the_run_at_the_foundations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, events, _ = run(unscaled, tmp_path, monkeypatch, SCALE)
    assert result.last_proven is not None
    assert result.last_proven.stage is StageName.FOUNDATIONS
    assert result.current.preprocessing.scale == "standard"
    assert [o.stage for o in result.stages] == [StageName.FOUNDATIONS, *STAGE_ORDER]
    assert [o.status for o in result.stages[1:]] == [Outcome.NOT_RUN] * 4
    kinds = [type(e) for e in events]
    assert kinds.index(AuditEnded) < kinds.index(ProbesMeasured) < kinds.index(StageStarted)


def test_the_stages_start_from_the_foundations_and_never_go_behind_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = {"learning_rate": 0.001, "n_estimators": 100}
    result, _, learner = run(unscaled_and_slow, tmp_path, monkeypatch, SCALE, params=slow)
    ended = {o.stage: o.status for o in result.stages}
    assert ended[StageName.FOUNDATIONS] is Outcome.BANKED
    assert ended[StageName.LEARNING_RATE].is_proven
    assert result.current.preprocessing.scale == "standard"
    stages = [c for c, _ in learner.fitted if c.stage in STAGE_ORDER]
    after = stages[len(stages) // 2 :]
    assert all(c.preprocessing.scale for c in after)


def test_inputs_are_asked_again_once_the_model_learns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = {"learning_rate": 0.001, "n_estimators": 100}
    result, _, _ = run(dead_and_unscaled, tmp_path, monkeypatch, SCALE, params=slow)
    ran = [(o.stage, o.status.is_proven) for o in result.stages if o.status is not Outcome.NOT_RUN]
    assert ran[:3] == [
        (StageName.FOUNDATIONS, False),
        (StageName.LEARNING_RATE, True),
        (StageName.FOUNDATIONS, True),
    ]
    assert result.current.preprocessing.scale == "standard"
    assert result.current.params["learning_rate"] >= 0.02
    spent = [
        contest.outcome.verdict.alpha
        for _, contest in result.contests
        if contest.outcome.stage is StageName.FOUNDATIONS and contest.outcome.verdict is not None
    ]
    assert sum(spent) <= 0.05 / 5


def test_remedies_that_the_time_did_not_reach_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.search.auditing.CHECKS", (Check(("P06",), lambda _: [SCALE]),))
    search = Search(session(FakeLearner(unscaled), table(1500, 1), tmp_path, SOUND))
    for event in search.run():
        if isinstance(event, ProbesMeasured):
            search._session._deadline = 0.0
    result = search.result
    assert result.out_of_time
    assert [o.stage for o in result.stages] == [StageName.FOUNDATIONS, *STAGE_ORDER]
    assert {o.reason.code for o in result.stages} == {"stage.out_of_time"}


def test_a_remedy_that_brings_nothing_is_not_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, _, _ = run(lambda _: 0.0, tmp_path, monkeypatch, SCALE)
    assert not result.improved
    assert result.current.preprocessing == Preprocessing()
    assert not result.stages[0].status.is_proven


def test_without_a_remedy_there_is_no_stage_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = Finding("P05", Severity.PASSED, {}, remedy="indicator")
    result, _, _ = run(lambda _: 0.0, tmp_path, monkeypatch, note)
    assert [o.stage for o in result.stages] == list(STAGE_ORDER)


@pytest.mark.parametrize("late", [False, True])
def test_an_issue_blocks_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    result, events, learner = run(unscaled, tmp_path, monkeypatch, LEAK, late=late)
    assert result.blocked
    assert not result.stages
    assert any(isinstance(e, BaselineMeasured) for e in events) is late
    assert {c.stage for c, _ in learner.fitted} <= {None}
    assert bool(learner.fitted) is late  # an issue of the data costs no fit


@pytest.mark.parametrize("name", ["L02", "L02:a"])
def test_an_issue_that_is_allowed_by_name_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    result, _, _ = run(unscaled, tmp_path, monkeypatch, LEAK, allow=(name,))
    assert not result.blocked
    assert result.audit.findings[0].status is Severity.WARNING
    assert result.audit.findings[0].evidence["allowed"] is True
    assert result.stages


@pytest.mark.parametrize("name", ["L01", "L02:b"])
def test_another_name_allows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    result, _, _ = run(unscaled, tmp_path, monkeypatch, LEAK, allow=(name,))
    assert result.blocked


def test_an_audit_fits_the_baseline_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, events, learner = run(unscaled, tmp_path, monkeypatch, SCALE, until="audit")
    assert {c.stage for c, _ in learner.fitted} == {None}
    assert not result.stages
    assert not result.searched
    assert isinstance(events[-1], AuditEnded)
    result, events, _ = run(unscaled, tmp_path / "d", monkeypatch, SCALE, until="diagnosis")
    assert not result.stages
    assert result.probes
    assert result.diagnosis is not None


def test_a_run_checks_as_many_folds_as_it_needs(tmp_path: Path) -> None:
    few = session(FakeLearner(unscaled), table(1500, 1), tmp_path / "few", SOUND)
    assert len(folds_to_check(few)) == 5
    many = session(FakeLearner(unscaled), table(30_000, 1), tmp_path / "many", SOUND)
    assert len(folds_to_check(many)) == 1


def finding(remedy: str, **evidence: Any) -> Finding:
    return Finding("X01", Severity.WARNING, evidence, remedy=remedy)


def test_remedies_change_what_they_name_and_nothing_else(tmp_path: Path) -> None:
    start = Candidate(SOUND)
    numbers = [finding("numbers", column=c) for c in ("b", "a")]
    after = start
    for found in numbers:
        after = REMEDIES["numbers"](after, found) or after
    assert after.preprocessing.numbers == ("a", "b")
    assert REMEDIES["threshold"](start, finding("threshold", threshold=0.1)).threshold == 0.1  # type: ignore[union-attr]
    scaled = REMEDIES["scale"](start, finding("scale"))
    assert scaled is not None
    assert REMEDIES["scale"](scaled, finding("scale")) is None
    assert scaled.params == start.params


def test_several_remedies_are_also_tried_together(tmp_path: Path) -> None:
    made = session(FakeLearner(unscaled), table(300, 1), tmp_path, SOUND)
    made.findings = (
        finding("scale"),
        finding("numbers", column="a"),
        finding("numbers", column="b"),
    )
    (batch,) = FOUNDATIONS.propose(made.context((made.person,), 1))
    assert [c.origin for c in batch] == ["scale", "numbers", "all_remedies"]
    assert batch[1].preprocessing == Preprocessing(numbers=("a", "b"))
    assert batch[2].preprocessing == Preprocessing(scale="standard", numbers=("a", "b"))
    assert {c.stage for c in batch} == {StageName.FOUNDATIONS}
