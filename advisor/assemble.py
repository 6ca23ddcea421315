"""What a search found, as a Report: summaries, causes and the next step, nothing formatted."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence

import numpy as np

from advisor.causes import cause_of
from advisor.evaluate import Evaluator
from advisor.paired import estimate, pair
from advisor.recipes import Recipe
from advisor.results import ModelSummary, Outcome, Status, TestResult
from advisor.search import Search, SearchResult, difference
from advisor.types import STAGE_ORDER, Candidate, Curve, Evaluation, Reason, Split, StageName

Z95 = 1.959964


def summary(evaluator: Evaluator, evaluation: Evaluation, naive: float) -> ModelSummary:
    """A measured model for the report."""
    metric, values = evaluator.metric, evaluation.values
    scale = abs(metric.loss(naive)) or 1.0
    own = estimate(pair(_nothing(evaluation), evaluation))
    return ModelSummary(
        score=metric.shown(evaluation.score),
        se=own.se() if len(values) > 1 else float("nan"),
        skill=1 - metric.loss(evaluation.score) / scale,
        params=dict(evaluation.candidate.params),
        rounds=evaluation.rounds,
        treatment=evaluation.candidate.treatment,
        folds=len(evaluation.splits),
    )


def _nothing(evaluation: Evaluation) -> Evaluation:
    """The same evaluation with every row at 0: pairing with it measures the score itself."""
    from dataclasses import replace

    return replace(evaluation, values=np.zeros_like(evaluation.values))


def common_splits(search: Search, evaluator: Evaluator) -> tuple[Split, ...]:
    """Splits on which the before and the after are shown.

    Improved: the fresh folds the last proof was made on, so that neither model was chosen on them.
    Else all search folds.
    """
    result = search.result
    if not result.improved:
        return search.splits
    return tuple(
        split
        for partition in search.partitions
        for split in partition
        if evaluator.has(result.current, split)
    )


def improved_curves(
    search: Search, evaluator: Evaluator, candidate: Candidate
) -> tuple[Curve, ...]:
    """The improved model's learning curves on the first fold."""
    evaluation = evaluator.evaluation(candidate, search.glance[:1], curve=True)
    return curves_of(evaluation)


def curves_of(evaluation: Evaluation) -> tuple[Curve, ...]:
    return tuple(fit.curve for fit in evaluation.fits if fit.curve is not None)


def test_result(evaluator: Evaluator, before: Evaluation, after: Evaluation) -> TestResult:
    """The paired gain on the locked part with its 95 % interval."""
    metric = evaluator.metric
    gain = estimate(pair(before, after))
    se = gain.se()
    return TestResult(
        before=metric.shown(before.score),
        after=metric.shown(after.score),
        gain=gain.mean,
        low=gain.mean - Z95 * se,
        high=gain.mean + Z95 * se,
        rows=len(before.rows),
    )


def status_of(result: SearchResult) -> Status:
    if result.interrupted:
        return Status.INTERRUPTED
    return Status.IMPROVED if result.improved else Status.NO_PROVEN_GAIN


def cause(result: SearchResult, recipe: Recipe) -> Reason | None:
    """Why the last proven stage helped; and that an earlier one was not the cause, if so."""
    stage = result.stopped_at
    if stage is None or not result.improved:
        return None
    outcome = result.stages[stage]
    change = difference(recipe, result.person, result.current)
    earlier = [
        name
        for name in STAGE_ORDER[: STAGE_ORDER.index(stage)]
        if result.stages[name].status.is_proven
        and result.stages[name].params
        and not set(result.stages[name].params) & set(change) - _rounds(recipe)
    ]
    own = {name: pair_ for name, pair_ in change.items() if name in outcome.params}
    found = cause_of(stage, result.current, own or change, recipe)
    if earlier:
        return Reason(found.code, {**found.evidence, "not_the_cause": str(earlier[0])})
    return found


def _rounds(recipe: Recipe) -> set[str]:
    return set() if recipe.rounds is None else {recipe.rounds.name}


def next_step(result: SearchResult, contradicts: bool, run: str) -> Reason | None:
    """The one thing to do next."""
    if contradicts:
        return Reason("next.test_contradicts")
    if result.interrupted:
        return None
    if result.remaining is not None:
        evidence = {"command": result.remaining.command, "lever": str(result.remaining.lever)}
        return Reason("next.keep_going", evidence)
    curve = result.size_curve
    rising = curve is not None and curve.verdict in ("starved", "rising")
    if curve is not None and rising and curve.doubling_gain is not None:
        evidence = {
            "doubling_gain": curve.doubling_gain,
            "low": curve.doubling_low,
            "high": curve.doubling_high,
            "rows": curve.rows[-1],
        }
        if not result.improved or curve.verdict == "starved":
            return Reason("next.more_rows", evidence)
    if result.improved:
        return Reason("next.nothing_left")
    seen = smallest_detectable(result)
    trials = sum(outcome.candidates for outcome in result.stages.values())
    return Reason("next.keep_settings", {"trials": trials, "smallest_detectable": seen})


def smallest_detectable(result: SearchResult) -> float | None:
    """The gain that every stage which said no would have seen."""
    seen = [
        outcome.verdict.smallest_detectable
        for outcome in result.stages.values()
        if outcome.verdict is not None and not outcome.status.is_proven
    ]
    finite = [value for value in seen if np.isfinite(value)]
    return max(finite, default=None)


def peak_memory_mb() -> float:
    """Largest resident size of this process so far, MiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def stage_that_ended(result: SearchResult, order: Sequence[StageName] = STAGE_ORDER) -> str | None:
    """The stage the run stopped at; of a run that went on, the last one that was proven."""
    if result.stopped_at is not None:
        return str(result.stopped_at)
    proven = [s for s in order if result.stages[s].status in (Outcome.PROVEN, Outcome.BANKED)]
    return str(proven[-1]) if proven else None
