"""Only as many rows as the question needs: the first look at candidates on large tables.

Which of a stage's candidates are worth a fit on all rows can be told from fewer: on the first folds
every candidate is trained on a stratified sample of the training rows and scored on all validation
rows.  The few that remain race on all rows, and the proof uses all of them; who was seen on the
sample alone counts in the proof as one more rival (``screening.py``).  So a sample can cost a gain
that only many rows show, and can never make one up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from advisor.results import Probe
from advisor.settings import Candidate, Treatment
from advisor.treatments import stratified_sample
from advisor.types import Dataset, Split, StageName

LARGE = 20_000  # training rows of a fold from which a fit is dear enough
LEAST = 10_000  # rows that a sample holds at least
PART = 3  # a sample that is no smaller than one part in so many saves too little
ERRORS = 3.0  # the smallest gain worth having is so many standard errors of the sample
SAMPLED = (StageName.LEARNING_RATE, StageName.REGULARIZATION, StageName.DEPTH)
"""Stages whose candidates differ in settings alone; in the data stage they differ in their rows."""


def rows_needed(probes: Sequence[Probe], scored: int, delta: float) -> int:
    """Rows whose paired standard error is a third of the smallest gain worth having.

    Args:
        probes: paired gains that were measured.
        scored: units they were measured on.
        delta: the smallest gain worth having.
    """
    errors = [probe.se for probe in probes if np.isfinite(probe.se) and probe.se > 0]
    if not errors or not delta > 0:
        return LEAST
    spread = float(np.median(errors)) * np.sqrt(scored)
    return max(LEAST, int(np.ceil((ERRORS * spread / delta) ** 2)))


def sampled(
    dataset: Dataset,
    splits: Sequence[Split],
    stage: StageName,
    start: Candidate,
    rows: int | None,
) -> tuple[Split, ...]:
    """The splits with their training rows thinned; none where that would not pay.

    Args:
        splits: of the first look.
        start: the model the stage starts from; one with a treatment of its own is seen on all rows.
        rows: training rows that are enough; None where that is not known.
    """
    if rows is None or stage not in SAMPLED or start.treatment != Treatment():
        return ()
    fewest = min(len(split.train) for split in splits)
    if fewest < LARGE or rows * PART > fewest:
        return ()
    classes = dataset.y if dataset.task.is_classification else None
    thinned = []
    for split in splits:
        share = rows / len(split.train)
        train = stratified_sample(split.train, classes, share, split.seed)
        thinned.append(replace(split, id=f"{split.id}-sample", train=train))
    return tuple(thinned)
