"""One stage from its first proposal to its verdict: propose, race, gate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from advisor import gate
from advisor.candidates import changed
from advisor.diagnose.rows import FRACTIONS, size_curve
from advisor.race import Race
from advisor.results import Outcome, SizeCurve, StageOutcome, Verdict
from advisor.session import OutOfTime, Session, Steps
from advisor.stages import Stage
from advisor.stages.base import StageContext
from advisor.types import Candidate, Evaluation, Reason, Split, StageName

SIZE_FOLDS = 3
INTERIM_FOLDS = 2


@dataclass(frozen=True, slots=True)
class Contest:
    """How a stage ended; ``winner`` (rounds fixed) is there only when it was proven.

    ``told`` lists every candidate with its gain on the first folds; the verdict is about ``best``
    (rounds fixed) against ``start``.
    """

    outcome: StageOutcome
    winner: Candidate | None
    told: tuple[tuple[Candidate, float], ...] = ()
    start: Candidate | None = None
    best: Candidate | None = None


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
    race = Race(session.evaluator, session.splits, starts[0], context.worth)
    yield from _propose(session, stage, context, race)
    verdict, winner = None, None
    if race.candidates:
        yield from session.ticks(stage.name, race.finish())
        verdict, winner = yield from _prove(session, stage.name, race, context.delta, alpha)
    curve = None
    if stage.name is StageName.DATA_SIZE:
        curve = yield from _size_curve(session, starts[0])
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
    )
    proven = verdict is not None and verdict.outcome is Outcome.PROVEN
    return Contest(outcome, winner if proven else None, told, starts[0], winner)


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
    session: Session, name: StageName, race: Race, delta: float, alpha: float
) -> Steps[tuple[Verdict, Candidate]]:
    """The gate: the whole search evidence, then as many fresh looks as it takes."""
    evaluator, evidence = session.evaluator, race.result()
    proof = gate.make_proof(
        mode=session.config.proof,
        tests=1,
        delta=delta,
        rows=len(evaluator.dataset.train),
        units=session.units(),
        minority=session.minority(),
    )
    proof = replace(proof, alpha=alpha)
    screen = gate.screen(
        evidence.start,
        evidence.finalists,
        evidence.left_behind,
        proof,
        session.seed,
        full_units=session.units(),
        full_folds=len(session.splits),
    )
    start, fixed = evidence.start.candidate, session.fix(evidence.finalists[screen.winner])
    if screen.early_no is not None:
        return screen.early_no, fixed
    rounds = () if evaluator.rounds_name is None else (evaluator.rounds_name,)

    def both(splits: Sequence[Split]) -> Steps[tuple[Evaluation, Evaluation]]:
        session.check_time()
        work = [(c, s) for s in splits for c in (start, fixed)]
        yield from session.ticks(name, evaluator.measure(work))
        return evaluator.evaluation(start, splits), evaluator.evaluation(fixed, splits)

    first = session.partitions[0]
    interim = int(len(first) > INTERIM_FOLDS)
    verdict = None
    if interim:
        pair = yield from both(first[:INTERIM_FOLDS])
        verdict = gate.early_look(screen, *pair, proof, rounds_names=rounds)
    if verdict is None:
        pair = yield from both(first)
        verdict = gate.look1(screen, *pair, proof, rounds_names=rounds, interim=interim)
    if verdict is None:
        pair = yield from both([s for partition in session.partitions for s in partition])
        verdict = gate.look2(screen, *pair, proof, rounds_names=rounds)
    return verdict, fixed


def _size_curve(session: Session, start: Candidate) -> Steps[SizeCurve | None]:
    """The starting model at nested shares of its rows; None when the time is used up."""
    try:
        session.check_time()
    except OutOfTime:
        return None
    evaluator, splits = session.evaluator, session.splits[:SIZE_FOLDS]
    treatment = start.treatment
    sizes = [
        replace(start, treatment=replace(treatment, fraction=share)) for share in (*FRACTIONS, 1.0)
    ]
    work = [(candidate, split) for candidate in sizes for split in splits]
    yield from session.ticks(StageName.DATA_SIZE, evaluator.measure(work))
    metric = evaluator.metric
    losses = [
        [metric.loss(evaluator.evaluation(candidate, [split]).score) for split in splits]
        for candidate in sizes
    ]
    full = float(np.mean([len(split.train) for split in splits]))
    rows = [round(full * candidate.treatment.fraction) for candidate in sizes]
    naive = metric.loss(evaluator.naive(splits))
    return size_curve(rows, np.array(losses), naive, session.seed, session.worth(start)(0.0))
