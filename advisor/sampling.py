"""Only as many rows as the question needs: the first look at candidates on large tables.

Which of a stage's candidates are worth a fit on all rows can be told from fewer: on the first folds
every candidate is trained on a stratified sample of the training rows.  All validation rows are
scored, so the paired differences are known as well as ever; what fewer rows cannot show is a gain
that only many rows bring.  The few that remain race on all rows, and the proof uses all of them;
who was seen on the sample alone counts in the proof as one more rival (``screening.py``).  So a
sample can cost such a gain, and can never make one up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from advisor.settings import Candidate, Treatment
from advisor.treatments import stratified_sample
from advisor.types import Dataset, Split, StageName

LARGE = 60_000  # training rows of a fold from which a fit is dear enough
LEAST, SHARE = 20_000, 0.125
"""Training rows of a first look: so many, or this share of them where that is more."""
SAMPLED = (StageName.LEARNING_RATE, StageName.REGULARIZATION, StageName.DEPTH)
"""Stages whose candidates differ in settings alone; in the data stage they differ in their rows."""


def sampled(
    dataset: Dataset, splits: Sequence[Split], stage: StageName, start: Candidate
) -> tuple[Split, ...]:
    """The splits with their training rows thinned; none where that would not pay.

    Args:
        dataset: its classes keep their shares.
        splits: of the first look.
        stage: that takes it.
        start: the model it starts from; one with a treatment of its own is seen on all rows.
    """
    if stage not in SAMPLED or start.treatment != Treatment():
        return ()
    if min(len(split.train) for split in splits) < LARGE:
        return ()
    classes = dataset.y if dataset.task.is_classification else None
    thinned = []
    for split in splits:
        share = max(LEAST / len(split.train), SHARE)
        train = stratified_sample(split.train, classes, share, split.seed)
        thinned.append(replace(split, id=f"{split.id}-sample", train=train))
    return tuple(thinned)
