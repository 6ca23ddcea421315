"""Measuring the curve over rows: nested shares, several seeds, early stopping; as few as it needs.

Costs at most three cross-validations of the starting model; what the journal holds costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from advisor.diagnose.rows import FEWEST_ROWS, FRACTIONS, RowReading, read_curve
from advisor.measure.evaluate import OutOfTime
from advisor.search.session import Session, Steps
from advisor.settings import Candidate
from advisor.stages.base import StageContext, variant
from advisor.types import Floats, Split, StageName

FOLDS = 3
SEEDS = 3
"""A seed draws another sample of each share.  All shares of three folds and seeds, and the whole
once: 3 * 3 * (1/16 + 1/8 + 1/4 + 1/2) + 3 = 11.4 fits of whole folds, 2.3 cross-validations."""


def measure_curve(session: Session, context: StageContext) -> Steps[RowReading | None]:
    """The starting model at nested shares of its rows; None when the time is used up.

    Every size finds its rounds by early stopping: with those of all rows, fewer rows overfit, and
    the curve would promise too much.  Another seed is drawn only while the answer is open.
    """
    splits = session.splits[:FOLDS]
    sizes = _sizes(context, splits)
    cells = np.full((len(sizes), len(splits), SEEDS), np.nan)
    reading = None
    for seed in range(SEEDS):
        try:
            session.check_time()
        except OutOfTime:
            return reading
        drawn = [_drawn(split, seed) for split in splits]
        # all rows are the same rows with every seed: they are measured once
        some = sizes if seed == 0 else sizes[:-1]
        work = [(candidate, split) for candidate in some for split in drawn]
        yield from session.ticks(StageName.DATA_SIZE, session.evaluator.measure(work))
        for i, candidate in enumerate(some):
            cells[i, :, seed] = _losses(session, candidate, drawn)
        reading = _read(session, context, sizes, splits, cells)
        if reading.decided and (seed or len(splits) > 1):
            break
    return reading


def _sizes(context: StageContext, splits: Sequence[Split]) -> list[Candidate]:
    """The starting model at each share, smallest first, all of its rows last."""
    start = context.start
    whole = float(np.mean([len(split.train) for split in splits])) * start.treatment.fraction
    shares = [share for share in FRACTIONS if share * whole >= FEWEST_ROWS]
    # as many as the start runs: fewer rows need fewer; what a longer fit holds is not asked here
    rounds = context.allowed(start.params)
    found = []
    for share in (*shares, 1.0):
        treatment = replace(start.treatment, fraction=start.treatment.fraction * share)
        base = replace(start, treatment=treatment)
        found.append(
            variant(context, base, StageName.DATA_SIZE, "fewer_rows", {}, rounds=rounds or None)
        )
    return found


def _drawn(split: Split, seed: int) -> Split:
    """The split with another seed: another sample, other luck of the fit."""
    if seed == 0:
        return split
    other = int(np.random.SeedSequence((split.seed, seed)).generate_state(1)[0] >> 1)
    return replace(split, id=f"{split.id}-seed-{seed}", seed=other)


def _losses(session: Session, candidate: Candidate, splits: Sequence[Split]) -> list[float]:
    evaluator, metric = session.evaluator, session.evaluator.metric
    return [metric.loss(evaluator.evaluation(candidate, [split]).score) for split in splits]


def _read(
    session: Session,
    context: StageContext,
    sizes: Sequence[Candidate],
    splits: Sequence[Split],
    cells: Floats,
) -> RowReading:
    evaluator = session.evaluator
    metric = evaluator.metric
    full = float(np.mean([len(split.train) for split in splits]))
    rows = [round(full * candidate.treatment.fraction) for candidate in sizes]
    naive = metric.loss(evaluator.naive(splits))
    return read_curve(rows, cells, naive, session.seed, context.delta)
