"""One stage from its first proposal to its verdict: propose, race, gate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from advisor.judge import gate
from advisor.judge.candidates import changed
from advisor.measure.evaluate import OutOfTime
from advisor.results import Outcome, SizeCurve, StageOutcome, Verdict
from advisor.search.arena import Arena, arena_for, disagree
from advisor.search.confirming import Pair, confirm
from advisor.search.race import Race
from advisor.search.row_curve import measure_curve
from advisor.search.row_notes import curve_beside_tuning, notes_of
from advisor.search.session import Session, Steps
from advisor.search.thinning import as_good_and_cheaper
from advisor.settings import Candidate
from advisor.stages import Stage
from advisor.stages.base import StageContext
from advisor.types import Reason, Split, StageName


@dataclass(frozen=True, slots=True)
class Contest:
    """How a stage ended; ``winner`` (rounds fixed) is there only when it was proven.

    ``told`` lists every candidate with its gain on the first folds; the verdict is about ``best``
    (rounds fixed) against ``start``; ``cheaper`` is a model on fewer rows that was shown to be as
    good as the one the stage started from; ``arena`` is where it was fought out.
    """

    outcome: StageOutcome
    winner: Candidate | None
    told: tuple[tuple[Candidate, float], ...] = ()
    start: Candidate | None = None
    best: Candidate | None = None
    cheaper: Candidate | None = None
    arena: Arena | None = None


def hold(
    session: Session, stage: Stage, starts: tuple[Candidate, ...], alpha: float, number: int
) -> Steps[Contest]:
    """Run one stage.

    Args:
        session: of the run.
        stage: what proposes.
        starts: starting models; every gain is over the first.
        alpha: chance of a false claim this stage may take.
        number: of the pass.
    """
    began, fits = time.monotonic(), _fits(session)
    context = session.context(starts, number)
    why_not = stage.why_not(context)
    if why_not is not None:
        return Contest(StageOutcome(stage.name, Outcome.NOT_APPLICABLE, None, why_not), None)
    arena = yield from arena_for(session, stage.name, starts[0])
    race = Race(session.evaluator, arena.splits, starts[0], context.worth)
    yield from _propose(session, stage, context, race)
    verdict, winner = None, None
    if race.candidates:
        yield from session.ticks(stage.name, race.finish())
        verdict, winner = yield from _prove(session, stage.name, race, arena, context.delta, alpha)
    proven = verdict is not None and verdict.outcome is Outcome.PROVEN
    curve: SizeCurve | None = None
    notes: tuple[Reason, ...] = ()
    cheaper = None
    if stage.name is StageName.DATA_SIZE:
        with suppress(OutOfTime):  # what is said beside the verdict does not undo it
            curve, notes, cheaper = yield from _about_rows(session, context, arena, winner, verdict)
    glances = race.glances(race.candidates)
    told = tuple((c, g.gain) for c, g in zip(race.candidates, glances, strict=True))
    trials = tuple(
        {"origin": c.origin, "change": changed(session.recipe, starts[0], c), "gain": gain}
        for c, gain in told
    )
    outcome = StageOutcome(
        stage=stage.name,
        status=Outcome.NO_GAIN if verdict is None else verdict.outcome,
        verdict=verdict,
        reason=Reason("stage.no_candidates") if verdict is None else verdict.reason,
        candidates=len(race.candidates),
        fits=_fits(session) - fits,
        seconds=time.monotonic() - began,
        params={} if winner is None else changed(session.recipe, starts[0], winner),
        trials=trials,
        size_curve=curve,
        notes=notes,
    )
    return Contest(outcome, winner if proven else None, told, starts[0], winner, cheaper, arena)


def _about_rows(
    session: Session,
    context: StageContext,
    arena: Arena,
    winner: Candidate | None,
    verdict: Verdict | None,
) -> Steps[tuple[SizeCurve | None, tuple[Reason, ...], Candidate | None]]:
    """The curve over rows, the notes, and a model on fewer rows that is as good."""
    reading = yield from measure_curve(session, context)
    notes = notes_of(session, arena, reading, context.start, winner, verdict)
    curve = (
        None
        if reading is None
        else curve_beside_tuning(reading, context, _tuned(session, context.start))
    )
    cheaper = None
    if verdict is None or verdict.outcome is not Outcome.PROVEN:
        cheaper = yield from as_good_and_cheaper(session, context)
    if cheaper is None:
        return curve, notes, None
    return curve, (*notes, cheaper.reason), cheaper.candidate


def _tuned(session: Session, current: Candidate) -> float:
    """What the stages before have gained over the person's model, on the first folds."""
    if current.key == session.own.key:
        return 0.0
    evaluator, splits = session.evaluator, session.glance
    before, after = (evaluator.evaluation(c, splits) for c in (session.own, current))
    return max(0.0, after.score - before.score)


def _fits(session: Session) -> int:
    """Fits the run has used so far, measured now or taken from the journal."""
    return session.evaluator.fits + session.evaluator.fits_from_journal


def _propose(session: Session, stage: Stage, context: StageContext, race: Race) -> Steps[None]:
    proposals = stage.propose(context)
    batch = next(proposals, None)
    while batch:
        session.check_time()
        yield from session.ticks(stage.name, race.look(batch))
        glances = race.glances(batch)
        yield session.progress(stage.name, max(g.gain for g in glances))
        try:
            batch = proposals.send(glances)
        except StopIteration:
            return


def _prove(
    session: Session, name: StageName, race: Race, arena: Arena, delta: float, alpha: float
) -> Steps[tuple[Verdict, Candidate]]:
    """The gate: the whole search evidence, then as many fresh looks as it takes."""
    evaluator, evidence = session.evaluator, race.result()
    proof = gate.make_proof(
        mode=session.config.proof,
        tests=1,
        delta=delta,
        rows=len(arena.scored),
        units=arena.cases(evaluator.dataset),
        minority=arena.minority(evaluator.dataset),
    )
    proof = replace(proof, alpha=alpha)
    screen = gate.screen(
        evidence.start,
        evidence.finalists,
        evidence.left_behind,
        proof,
        session.seed,
        full_units=arena.units(evaluator.dataset),
        full_folds=len(arena.splits),
    )
    start, fixed = evidence.start.candidate, session.fix(evidence.finalists[screen.winner])
    if screen.early_no is not None:
        return screen.early_no, fixed
    rounds = () if evaluator.rounds_name is None else (evaluator.rounds_name,)

    def both(splits: Sequence[Split]) -> Steps[Pair]:
        session.check_time()
        work = [(c, s) for s in splits for c in (start, fixed)]
        yield from session.ticks(name, evaluator.measure(work))
        return evaluator.evaluation(start, splits), evaluator.evaluation(fixed, splits)

    verdict, pair = yield from confirm(screen, proof, both, arena.partitions, rounds)
    return _of_all_rows(verdict, disagree(evaluator.dataset, *pair)), fixed


def _of_all_rows(verdict: Verdict, apart: dict[str, float] | None) -> Verdict:
    """A gain that pool rows show and own rows do not is not proven for the person's rows."""
    if apart is None or verdict.outcome is not Outcome.PROVEN:
        return verdict
    reason = Reason("gate.pool_disagrees", {**verdict.reason.evidence, **apart})
    return replace(verdict, outcome=Outcome.LIKELY, reason=reason)
