"""Too much: is the model as good with fewer rows?

"As good" is a claim like "better" and needs a proof like it: not that no difference was seen, but
that none as large as the smallest gain worth having is there (non-inferiority; Wellek 2010).  The
share is chosen on the first folds and measured on a fresh partition; there the lower end of the
paired difference must lie above -delta.  This is no improvement and changes no model: it is said
beside the stage's verdict, with a config of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from advisor.judge.paired import Estimate, estimate, pair
from advisor.measure.evaluate import OutOfTime
from advisor.measurements import Evaluation
from advisor.rows.treatments import row_codes, stratified_sample
from advisor.search.session import Session, Steps
from advisor.settings import Candidate
from advisor.stages.base import StageContext, variant
from advisor.stages.when import repeated_share
from advisor.types import Ints, Reason, StageName

MANY_ROWS = 10_000  # below it a fit is so cheap that fewer rows save nothing worth having
SHARES = (0.0625, 0.125, 0.25, 0.5)
MANY_COPIES = 0.3  # share of repeated rows from which merging them saves as much as a sample
Z = 1.959964  # a two-sided 95 % interval, whose lower end is asked: 2.5 %
HOPE = 0.5
"""Share of delta that a share of the rows may lose on the search folds to be asked at all: at no
loss of its own it then has room for the error of the proof."""


@dataclass(frozen=True, slots=True)
class Thinned:
    """A model on fewer rows that is as good, and what says so."""

    candidate: Candidate
    reason: Reason


def as_good_and_cheaper(session: Session, context: StageContext) -> Steps[Thinned | None]:
    """The fewest rows that are shown to be enough; None where that is not shown, or not asked."""
    data, evaluator, start = session.evaluator.dataset, session.evaluator, context.start
    if len(data.train) < MANY_ROWS or start.treatment.fraction < 1:
        return None
    try:
        session.check_time()
    except OutOfTime:
        return None
    tried = _tried(context)
    splits = session.glance
    work = [(candidate, split) for candidate in (start, *tried) for split in splits]
    yield from session.ticks(StageName.DATA_SIZE, evaluator.measure(work))
    base = evaluator.evaluation(start, splits)
    lost = {c.key: _difference(base, evaluator.evaluation(c, splits)) for c in tried}
    chosen = next((c for c in tried if lost[c.key].mean > -HOPE * context.delta), None)
    if chosen is None:
        return None
    fixed = evaluator.fixed(chosen, evaluator.evaluation(chosen, splits))
    fresh = tuple(session.partitions[0])
    try:
        session.check_time()
    except OutOfTime:
        return None
    work = [(candidate, split) for candidate in (start, fixed) for split in fresh]
    yield from session.ticks(StageName.DATA_SIZE, evaluator.measure(work))
    before, after = (evaluator.evaluation(c, fresh) for c in (start, fixed))
    e = _difference(before, after)
    low = e.mean - Z * e.se()
    rows = _rows_left(session, fixed)
    evidence = {
        "share": rows / len(data.train),
        "rows": rows,
        "gain": e.mean,
        "low": low,
        "high": e.mean + Z * e.se(),
        "delta": context.delta,
        "seconds_share": _seconds(after) / max(_seconds(before), 1e-9),
        "merged": fixed.treatment.merge_duplicates,
    }
    if low <= -context.delta:
        return None
    return Thinned(fixed, Reason("rows.as_good", evidence))


def _tried(context: StageContext) -> list[Candidate]:
    """The fewest rows first; copies merged before that where there are many."""
    now = context.start.treatment
    merged = []
    if not now.merge_duplicates and repeated_share(context) > MANY_COPIES:
        merged = [replace(now, merge_duplicates=True)]
    treatments = [*(replace(now, fraction=share) for share in SHARES), *merged]
    most = max(context.rounds(context.start.params), 1)
    rounds = most if context.rounds_name is not None else None
    return [
        variant(
            context,
            replace(context.start, treatment=treatment),
            StageName.DATA_SIZE,
            "fewer_rows",
            {},
            rounds=rounds,
        )
        for treatment in treatments
    ]


def _difference(base: Evaluation, other: Evaluation) -> Estimate:
    return estimate(pair(base, other))


def _seconds(evaluation: Evaluation) -> float:
    return float(np.sum([fit.seconds for fit in evaluation.fits]))


def _rows_left(session: Session, candidate: Candidate) -> int:
    """Rows a fit on all rows in use would see."""
    data, treatment = session.evaluator.dataset, candidate.treatment
    rows: Ints = data.train
    if treatment.fraction < 1:
        classes = data.y if data.task.is_classification else None
        rows = stratified_sample(rows, classes, treatment.fraction, session.seed)
    if treatment.merge_duplicates:
        return len(np.unique(row_codes(data)[rows]))
    return len(rows)
