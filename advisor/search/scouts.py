"""Probes and scouts: one or two cheap candidates for each lever, on the first folds.

Before the search they rank the likely causes; after a proven stage they tell what is left for the
later ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.judge.candidates import difference
from advisor.results import Probe, Verdict
from advisor.search.race import compare
from advisor.search.session import Session, Steps
from advisor.settings import Candidate
from advisor.stages import Stage
from advisor.stages.data_size import POOL
from advisor.types import Split, StageName

Lever = tuple[StageName, Candidate]


def look_around(
    session: Session,
    stages: Sequence[Stage],
    start: Candidate,
    splits: Sequence[Split],
    *,
    held: bool = False,
) -> Steps[list[Probe]]:
    """What each lever gains over ``start``, with it alone moved; ``held`` to the run's minutes."""
    found = levers(session, stages, start)
    everyone = [session.as_raced(start), *(candidate for _, candidate in found)]
    work = [(candidate, split) for split in splits for candidate in everyone]
    yield from session.ticks(None, session.evaluator.measure(work), held=held)
    return _seen_from(session, start, found, splits)


def scout(
    session: Session, later: Sequence[Stage], current: Candidate, splits: Sequence[Split]
) -> Steps[list[Probe]]:
    """The later levers, the most promising first, from the current model and the person's own.

    The second shows when a later lever alone does more than what was proven: an earlier stage may
    only have covered for it.

    Raises:
        OutOfTime: the run's minutes were used up before all were looked at.
    """
    seen = yield from look_around(session, later, current, splits, held=True)
    found = levers(session, later, session.own)
    work = [(candidate, split) for split in splits for _, candidate in found]
    yield from session.ticks(None, session.evaluator.measure(work), held=True)
    seen += _seen_from(session, current, found, splits)
    return sorted(seen, key=lambda probe: probe.se - probe.gain)


def idle_pool(seen: Sequence[Probe], errors: float, worth: float) -> Probe | None:
    """The probe of labelled rows that lie unused, where they are worth having; else None."""
    pools = (probe for probe in seen if probe.origin == POOL)
    return next((probe for probe in pools if headroom(probe, errors) > worth), None)


def headroom(best: Probe | None, errors: float) -> float:
    """What the best lever still holds, less so many standard errors, at least 0."""
    return 0.0 if best is None else max(0.0, best.gain - errors * best.se)


def share(verdict: Verdict, best: Probe | None, errors: float) -> float:
    """The proven gain as a share of itself and the headroom."""
    return verdict.gain / (verdict.gain + headroom(best, errors))


def levers(session: Session, stages: Sequence[Stage], start: Candidate) -> list[Lever]:
    """Every stage's probes from ``start``."""
    context = session.context((start,), 0)
    return [
        (stage.name, candidate)
        for stage in stages
        if stage.why_not(context) is None
        for candidate in stage.probes(context)
    ]


def _seen_from(
    session: Session, start: Candidate, found: Sequence[Lever], splits: Sequence[Split]
) -> list[Probe]:
    evaluator = session.evaluator
    base = evaluator.evaluation(session.as_raced(start), splits)
    probes = []
    for name, candidate in found:
        seen = compare(base, evaluator.evaluation(candidate, splits))
        change = difference(session.recipe, start, candidate)
        probes.append(Probe(name, candidate.origin, change, seen.gain, seen.se))
    return probes
