"""What a stage is: it proposes candidates batch by batch and hears how they did.

A stage does not fit, prove or stop anything.  ``propose`` is a generator: it yields a batch of
candidates and is sent back one Glance for each, measured on the same few folds as the model the
stage started from.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from advisor.recipes.recipe import Recipe
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Finding, Params, Reason, StageName

# Rounds that together gain less than this share of what the fit has gained so far are not run: a
# tenth of the smallest gain worth having (1 % of the way from the naive loss).
IDLE_SHARE = 0.001


@dataclass(frozen=True, slots=True)
class Glance:
    """Paired gain over the stage's starting model on a few folds, and its standard error."""

    gain: float
    se: float

    def may_exceed(self, gain: float, errors: float = 1.0) -> bool:
        """Whether the gain may be larger than ``gain``, ``errors`` standard errors allowed."""
        return self.gain + errors * self.se > gain


@dataclass(frozen=True, slots=True)
class StageContext:
    """What a stage may look at.

    Attributes:
        dataset: for sizes and class shares.
        recipe: the family's knobs.
        starts: starting models, rounds fixed; the first is the one every gain is measured against.
            A second one (after a banked stage) has the earlier knobs back at the person's values.
        person: the person's own model.
        worth: the smallest further gain worth having, for a model that has gained this much
            over the start.
        trials: candidates the stage may propose at most.
        patience: batches of proposals in a row that may bring nothing.
        seed: of the proposals.
        findings: of the audit.
    """

    dataset: Dataset
    recipe: Recipe
    starts: tuple[Candidate, ...]
    person: Candidate
    worth: Callable[[float], float]
    trials: int
    patience: int
    seed: int
    findings: Sequence[Finding] = ()

    @property
    def delta(self) -> float:
        """The smallest gain over the start worth having."""
        return self.worth(0.0)

    @property
    def start(self) -> Candidate:
        return self.starts[0]

    def rate(self, params: Params) -> float | None:
        """The learning rate these parameters mean, None for a family without one."""
        name = self.recipe.rate
        return None if name is None else float(self.recipe.value(params, name))

    @property
    def rounds_name(self) -> str | None:
        return None if self.recipe.rounds is None else self.recipe.rounds.name

    def rounds(self, params: Params) -> int:
        """Rounds these parameters ask for; 0 for a family without rounds."""
        return 0 if self.rounds_name is None else int(self.recipe.value(params, self.rounds_name))

    @property
    def rounds_follow_the_rate(self) -> bool:
        """A lower rate needs more rounds and costs more: a booster's, not an epoch's."""
        return self.recipe.rounds is not None and self.recipe.rounds.times_rate is not None

    def longest(self, rate: float | None) -> int:
        """Rounds that are certainly enough at this rate; 0 for a family without rounds."""
        return 0 if self.recipe.rounds is None else self.recipe.rounds.longest(rate)

    def allowed(self, start: Params) -> int:
        """Rounds of a candidate at the start's rate: as many as the person's model runs, or more.

        Rounds that early stopping found for one model are no limit for another: what holds a
        booster back makes it need more of them.  A rate that is not the person's own has as many as
        are certainly enough.  Epochs do not go with the rate.
        """
        own, person = self.rounds(start), self.rounds(self.person.params)
        if self.recipe.rounds is None or own == person:
            return own
        if not self.rounds_follow_the_rate:
            return max(own, person)
        return max(own, self.longest(self.rate(start)))

    def stopping(self, params: Params) -> Stopping | None:
        """Early stopping fit for these parameters, blind to gains that are not worth their rounds.

        None for a family without rounds, and where a schedule is laid over them.
        """
        if self.recipe.rounds is None or self.recipe.binds_rounds(params):
            return None
        return Stopping(self.recipe.rounds.waits(self.rate(params)), IDLE_SHARE)


Proposals = Generator[list[Candidate], Sequence[Glance], None]


class Stage(Protocol):
    """One stage; ``STAGES`` lists them in their order."""

    name: StageName

    def why_not(self, context: StageContext) -> Reason | None:
        """Why the stage does not apply to this family and data; None when it does."""
        ...

    def propose(self, context: StageContext) -> Proposals:
        """Batches of candidates; is sent their Glances."""
        ...

    def probes(self, context: StageContext) -> list[Candidate]:
        """One or two cheap candidates that show whether this lever holds anything."""
        ...


def variant(
    context: StageContext,
    base: Candidate,
    stage: StageName,
    origin: str,
    changes: dict[str, Any],
    *,
    rounds: int | None = None,
) -> Candidate:
    """``base`` with changed parameters, its rounds found by early stopping up to ``rounds``.

    Rounds that a schedule is laid over stay as they are.
    """
    params = {**base.params, **changes}
    name = context.rounds_name
    if name is not None and not context.recipe.binds_rounds(params):
        params[name] = context.rounds(params) if rounds is None else rounds
    stopping = context.stopping(params)
    return replace(base, params=params, stage=stage, origin=origin, stopping=stopping)
