"""Stage 3, data size: would more rows, fewer, or other weights of them do what tuning cannot?

Which treatments there are, and which go together, is data (``recipes/data.yaml``).  A treatment
touches the training rows of a split and nothing else (``rows/treatments.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from advisor.recipes.load import load_treatments
from advisor.recipes.rows import TreatmentRecipe
from advisor.settings import Candidate, Treatment
from advisor.stages.base import Proposals, StageContext, variant
from advisor.stages.when import CONDITIONS, class_shares
from advisor.types import Reason, StageName, Task

POOL = "pool"  # the origin of a candidate with the whole pool
WORTH_A_PART = 1.5  # a part of the pool is tried where all of it is so many times larger


def treated(context: StageContext, recipe: TreatmentRecipe, now: Treatment) -> Treatment | None:
    """``now`` with a treatment on top; None where it does not apply or changes nothing."""
    if not all(CONDITIONS[name](context, now) for name in recipe.when):
        return None
    share = 1.0
    if recipe.times is not None:
        used = len(context.dataset.train) * now.fraction + len(context.dataset.pool) * now.pool
        share = now.pool + (recipe.times - 1) * used / len(context.dataset.pool)
        if share * WORTH_A_PART > 1:
            return None
    if recipe.set.get("augment") not in (None, *context.recipe.augments):
        return None
    after = replace(now, **recipe.fields(share))
    return None if after == now else after


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
        now = context.start.treatment
        half = replace(now, fraction=now.fraction / 2)
        probes = [self._with(context, context.start, half, "half_the_rows")]
        more = treated(context, load_treatments().treatments[POOL], now)
        if more is not None:
            probes.append(self._with(context, context.start, more, POOL))
        return probes

    def _candidates(self, context: StageContext) -> list[Candidate]:
        found = [
            self._with(context, start, treatment, origin)
            for start in context.starts
            for origin, treatment in self._treatments(context, start.treatment)
        ]
        return list({candidate.key: candidate for candidate in found}.values())

    def _treatments(self, context: StageContext, now: Treatment) -> Iterator[tuple[str, Treatment]]:
        """(name, what is then done to the rows) of all that applies."""
        recipe = load_treatments()
        alone = {name: treated(context, r, now) for name, r in recipe.treatments.items()}
        for name, after in alone.items():
            if after is not None:
                yield name, after
        for name, made in recipe.combinations.items():
            if all(alone[part] is not None for part in made.of):
                yield name, _together(context, [recipe.treatments[p] for p in made.of], now)

    def _with(
        self, context: StageContext, start: Candidate, treatment: Treatment, origin: str
    ) -> Candidate:
        """More rows carry more rounds, so the limit is the rate's, not the start's."""
        rounds = context.rounds(start.params)
        rate = context.rate(start.params)
        if treatment.pool > start.treatment.pool and rate is not None:
            rounds = max(rounds, context.longest(rate))
        threshold = moved_threshold(context, start, treatment)
        base = replace(start, treatment=treatment, threshold=threshold)
        return variant(context, base, self.name, origin, {}, rounds=rounds)


def moved_threshold(context: StageContext, start: Candidate, treatment: Treatment) -> float | None:
    """The start's threshold where other class weights move it: at the same odds of the classes.

    Weights change the odds of class 1 that a model learns by their own ratio (Elkan 2001);
    a threshold that somebody chose, or that was proven, would else decide elsewhere than before.
    """
    if start.threshold is None or context.dataset.task is not Task.BINARY:
        return start.threshold
    share = float(class_shares(context)[1])
    own, then = (_weight_factor(t, share) for t in (start.treatment, treatment))
    odds = start.threshold / (1 - start.threshold) * then / own
    return odds / (1 + odds)


def _weight_factor(treatment: Treatment, share: float) -> float:
    """How many times more class 1 weighs against class 0 than its rows do."""
    balanced = (1 - share) / share
    if treatment.class_weight == "balanced" or treatment.resample is not None:
        return balanced
    return balanced**0.5 if treatment.class_weight == "sqrt" else 1.0


def _together(context: StageContext, parts: Sequence[TreatmentRecipe], now: Treatment) -> Treatment:
    for part in parts:
        now = treated(context, part, now) or now
    return now
