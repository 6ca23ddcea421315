"""Stage 3, data size: would more rows, or other weights of them, do what tuning cannot?

First version: all rows of the pool, exact duplicates merged into weights, balanced class weights.
A treatment touches the training rows of a split and nothing else (``treatments.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from advisor.stages.base import Proposals, StageContext, variant
from advisor.treatments import row_codes
from advisor.types import Candidate, Reason, StageName, Treatment

DUPLICATE_SHARE = 0.01  # fewer duplicate rows than this are not worth a candidate
RARE_CLASS = 0.2  # a class is rare below this share of an even one
POOL = "pool"  # the origin of a candidate with the pool

# One treatment: the start's own one, changed; None where it does not apply.
Change = Callable[[StageContext, Treatment], Treatment | None]


def add_pool(context: StageContext, now: Treatment) -> Treatment | None:
    """All labelled rows the model does not use yet."""
    return replace(now, pool=1.0) if context.dataset.pool.size and now.pool < 1 else None


def merge_duplicates(context: StageContext, now: Treatment) -> Treatment | None:
    """Exact duplicates become one row with their summed weight."""
    if now.merge_duplicates:
        return None
    rows = context.dataset.train
    distinct = len(np.unique(row_codes(context.dataset)[rows]))
    share = 1 - distinct / len(rows)
    return replace(now, merge_duplicates=True) if share > DUPLICATE_SHARE else None


def balance_classes(context: StageContext, now: Treatment) -> Treatment | None:
    """Every class weighs the same in training."""
    data = context.dataset
    if not data.task.is_classification or now.class_weight is not None:
        return None
    shares = np.bincount(data.y[data.train], minlength=data.n_classes) / len(data.train)
    rare = shares.min() * data.n_classes / 2 < RARE_CLASS
    return replace(now, class_weight="balanced") if rare else None


TREATMENTS: dict[str, Change] = {
    POOL: add_pool,
    "merge_duplicates": merge_duplicates,
    "class_weight": balance_classes,
}


class DataSizeStage:
    """Tries other training rows, or other weights of them."""

    name = StageName.DATA_SIZE

    def why_not(self, context: StageContext) -> Reason | None:
        return None

    def propose(self, context: StageContext) -> Proposals:
        batch = self._candidates(context)[: context.trials]
        if batch:
            yield batch

    def probes(self, context: StageContext) -> list[Candidate]:
        half = replace(context.start.treatment, fraction=context.start.treatment.fraction / 2)
        probes = [self._with(context, context.start, half, "half_the_rows")]
        more = add_pool(context, context.start.treatment)
        if more is not None:
            probes.append(self._with(context, context.start, more, POOL))
        return probes

    def _candidates(self, context: StageContext) -> list[Candidate]:
        out: list[Candidate] = []
        for start in context.starts:
            for origin, change in TREATMENTS.items():
                treatment = change(context, start.treatment)
                if treatment is not None:
                    out.append(self._with(context, start, treatment, origin))
        return list({candidate.key: candidate for candidate in out}.values())

    def _with(
        self, context: StageContext, start: Candidate, treatment: Treatment, origin: str
    ) -> Candidate:
        """More rows carry more rounds, so the limit is the rate's, not the start's."""
        rounds = context.rounds(start.params)
        rate = context.rate(start.params)
        if treatment.pool > start.treatment.pool and rate is not None:
            rounds = max(rounds, context.longest(rate))
        base = replace(start, treatment=treatment)
        return variant(context, base, self.name, origin, {}, rounds=rounds)
