"""What a search found, drawn together: before and after, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from advisor.judge.candidates import difference
from advisor.measure.evaluate import Evaluator
from advisor.outcome.causes import cause_of, lost_gradient, one_setting, rounds_explain
from advisor.recipes.recipe import Recipe
from advisor.results import Diagnosis, Outcome, StageOutcome, Status
from advisor.search.session import Session
from advisor.search.staged import SearchResult
from advisor.settings import Candidate
from advisor.types import Finding, Reason, Severity, Split, StageName

HEALTHY = "healthy"
KNOBS = (StageName.REGULARIZATION, StageName.DEPTH)
TOLD = (Severity.WARNING, Severity.ISSUE)


def common_splits(session: Session, result: SearchResult) -> tuple[Split, ...]:
    """Splits on which the before and the after are shown.

    Improved: the fresh folds of the last proof, so that neither model was chosen on them.  Else the
    search folds; of a run that was cut short only those that are measured.
    """
    evaluator = session.evaluator
    if result.improved:
        fresh = [split for partition in session.partitions for split in partition]
        # a gain that pool rows helped to prove was measured on splits that score these as well
        return _measured(evaluator, result.current, fresh) or _measured(
            evaluator, result.current, session.with_pool
        )
    if result.interrupted or result.out_of_time or result.blocked or not result.searched:
        return _measured(evaluator, session.person, session.splits)
    return session.splits


def _measured(
    evaluator: Evaluator, candidate: Candidate, splits: Sequence[Split]
) -> tuple[Split, ...]:
    return tuple(split for split in splits if evaluator.has(candidate, split))


def status_of(result: SearchResult, contradicted: bool) -> Status:
    """How the run ended; a claim that the locked rows contradict is none."""
    if result.interrupted:
        return Status.INTERRUPTED
    if result.blocked:
        return Status.BLOCKED
    if not result.searched:
        return Status.CHECKED
    return Status.IMPROVED if result.improved and not contradicted else Status.NO_PROVEN_GAIN


def cause(session: Session, result: SearchResult) -> Reason | None:
    """Why the last proven stage helped; that an earlier one was not the cause, or gained more."""
    last = result.last_proven
    if last is None:
        return None
    recipe = session.recipe
    change = difference(recipe, session.person, result.current)
    own = {name: values for name, values in change.items() if name in last.params}
    rounds = None
    if last.stage is StageName.LEARNING_RATE:
        naive = session.evaluator.naive_monitored(session.glance)
        rounds = rounds_explain(last, _curve_evidence(result), naive)
        if result.diagnosis is not None and result.diagnosis.state == "overfit":
            rounds = "fewer"  # it learned all there was and went on
    alone = one_setting(last, recipe) if last.stage in KNOBS else None
    own = {alone: own[alone]} if alone in own else own
    evidence = _curve_evidence(result)
    found = lost_gradient(last.stage, own, recipe, evidence) or cause_of(
        last.stage, result.current, own or change, recipe, rounds
    )
    earlier = _undone(result, change, recipe)
    if earlier is not None and earlier is not last.stage:
        return Reason(found.code, {**found.evidence, "not_the_cause": str(earlier)})
    return replace(found, evidence={**found.evidence, **brought_more(result, last)})


def brought_more(result: SearchResult, last: StageOutcome) -> dict[str, Any]:
    """An earlier stage that gained more than the last proven one, and what; {} where none did."""
    proven = [s for s in result.stages if s.status.is_proven and s.verdict is not None]
    most = max(proven, key=lambda s: s.verdict.gain if s.verdict else 0.0, default=last)
    if most.stage is last.stage or most.verdict is None:
        return {}
    return {"more_by": str(most.stage), "more": most.verdict.gain}


def _curve_evidence(result: SearchResult) -> dict[str, Any]:
    return {} if result.diagnosis is None else dict(result.diagnosis.evidence)


def _undone(
    result: SearchResult, change: dict[str, tuple[object, object]], recipe: Recipe
) -> StageName | None:
    """A banked stage none of whose settings are left in the final model."""
    rounds = set() if recipe.rounds is None else {recipe.rounds.name}
    for outcome in result.stages:
        settings = set(outcome.params) - rounds
        if outcome.status is Outcome.BANKED and settings and not settings & set(change):
            return outcome.stage
    return None


def diagnosis_of(result: SearchResult, noticed: Sequence[Finding] = ()) -> Diagnosis | None:
    """The reading of the curves after the search: a model that it improved was not healthy.

    A net that squashes its answer is held back by that first, whatever a probe gains beside it.

    Args:
        noticed: findings made while the table was read, beside those of the audit.
    """
    found, last = result.diagnosis, result.last_proven
    if found is None:
        return None
    if found.state != HEALTHY:
        ends = net_end((*noticed, *result.audit.findings))
        if ends is None:
            return found
        evidence = {k: v for k, v in found.evidence.items() if k != "probe"}
        evidence["net_end"] = ends.evidence["ends"]
        return replace(found, evidence=evidence, points_to=None, confirmed=False)
    if last is None:
        return found
    evidence = {**found.evidence, "overtaken": str(last.stage)}
    return replace(found, evidence=evidence, points_to=str(last.stage), confirmed=False)


def net_end(findings: Sequence[Finding]) -> Finding | None:
    """That the person's net squashes its answer, where that was found."""
    return next((f for f in findings if f.code == "P11" and f.status in TOLD), None)
