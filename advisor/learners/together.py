"""Fits that belong together: which are run as one unit of work, and how.

Most trainers fit one candidate on one split at a time, and every fit is a unit of its own.  One
that gains from more is a ``StackingTrainer``, and says itself what goes into one unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from advisor.learners.base import Trainer
from advisor.measurements import Fit
from advisor.settings import Candidate
from advisor.types import Split

Work: TypeAlias = tuple[Candidate, Split]


@runtime_checkable
class StackingTrainer(Trainer, Protocol):
    """A trainer that fits candidates together, on several splits at a time.

    What a fit comes to must not depend on what it is fitted together with.
    """

    def batches(self, work: Sequence[Work], workers: int) -> list[list[int]]:
        """Places in ``work`` of what is fitted together, each place once.

        Args:
            work: what is to be measured, the longest first.
            workers: units that run side by side.
        """
        ...

    def fit_many(
        self, work: Sequence[Work], *, curve: bool, threads: int
    ) -> Iterator[tuple[int, Fit]]:
        """(place, Fit) of everything in ``work``, in the order in which fits are done."""
        ...


def in_order(
    trainer: StackingTrainer,
    candidates: Sequence[Candidate],
    split: Split,
    *,
    curve: bool,
    threads: int,
) -> Iterator[Fit]:
    """``Trainer.fit`` of a trainer whose work is done by ``fit_many``."""
    work = [(candidate, split) for candidate in candidates]
    fits = dict(trainer.fit_many(work, curve=curve, threads=threads))
    yield from (fits[place] for place in range(len(work)))


def batches(trainer: Trainer, work: Sequence[Work], workers: int) -> list[list[int]]:
    """See ``StackingTrainer.batches``; every fit alone for any other trainer."""
    if isinstance(trainer, StackingTrainer):
        return trainer.batches(work, workers)
    return [[place] for place in range(len(work))]


def fit_many(
    trainer: Trainer, work: Sequence[Work], *, curve: bool, threads: int
) -> Iterator[tuple[int, Fit]]:
    """See ``StackingTrainer.fit_many``; one by one for any other trainer."""
    if isinstance(trainer, StackingTrainer):
        yield from trainer.fit_many(work, curve=curve, threads=threads)
        return
    for place, (candidate, split) in enumerate(work):
        for fit in trainer.fit([candidate], split, curve=curve, threads=threads):
            yield place, fit
