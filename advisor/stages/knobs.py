"""Stages 2 and 4, regularization and depth: one class on two sections of a recipe.

The presets go first: named directions, too strong *and* too weak, from every starting model.  TPE
goes on from what they showed, a few candidates at a time, while it still pays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from advisor.recipes.knobs import Knob
from advisor.settings import Candidate
from advisor.stages.base import Glance, Proposals, StageContext, variant
from advisor.stages.study import Proposer
from advisor.types import Params, Reason, StageName

ASKS = 5  # times a new setting is asked for, at most
BATCH = 4  # proposals between two looks; fixed, so that a run does not depend on the machine


class KnobStage:
    """A stage whose candidates are settings of the recipe's knobs.

    Args:
        name: the section of the recipe.
        probe_origins: presets that probe this lever; of each group the first that changes anything.
    """

    def __init__(self, name: StageName, probe_origins: tuple[tuple[str, ...], ...]) -> None:
        self.name = name
        self._probe_origins = probe_origins

    def why_not(self, context: StageContext) -> Reason | None:
        part = context.recipe.stages[self.name]
        if part.applicable:
            return None
        return Reason(part.why_not or "stage.no_knobs", {"family": context.recipe.family})

    def propose(self, context: StageContext) -> Proposals:
        presets = self._presets(context)[: context.trials]
        if not presets:
            return
        left = context.trials - len(presets)
        glances = yield presets
        if not any(glance.may_exceed(context.delta) for glance in glances):
            return
        best = max(glance.gain for glance in glances)
        base = presets[[glance.gain for glance in glances].index(best)]
        proposer = self._proposer(context, presets, glances)
        own = [self._candidate(context, s, "own", s.params).key for s in context.starts]
        gains = dict.fromkeys(own, 0.0)  # a shape of a net is easily proposed once more
        gains |= {c.key: glance.gain for c, glance in zip(presets, glances, strict=True)}
        idle = 0
        while left > 0 and idle < context.patience:
            asked = self._new(context, base, proposer, gains, min(BATCH, left))
            if not asked:
                return
            left -= len(asked)
            glances = yield list(asked.values())
            for (number, candidate), glance in zip(asked.items(), glances, strict=True):
                proposer.tell(number, glance.gain)
                gains[candidate.key] = glance.gain
            top = max(glance.gain for glance in glances)
            idle = 0 if top > best + context.worth(best) else idle + 1
            best = max(best, top)

    def _new(
        self,
        context: StageContext,
        base: Candidate,
        proposer: Proposer,
        gains: Mapping[str, float],
        count: int,
    ) -> dict[int, Candidate]:
        """Up to ``count`` settings by trial number that nobody has tried.

        Among a few whole numbers TPE repeats itself; it is told the same gain and asked again.
        """
        asked: dict[int, Candidate] = {}
        for _ in range(ASKS * count):
            number, values = proposer.ask()
            candidate = self._proposed(context, base, values)
            if candidate.key in gains:
                proposer.tell(number, gains[candidate.key])
            elif all(candidate.key != other.key for other in asked.values()):
                asked[number] = candidate
            if len(asked) == count:
                break
        return asked

    def probes(self, context: StageContext) -> list[Candidate]:
        presets = self._presets(context)
        found = {candidate.origin: candidate for candidate in presets}
        if not {origin for group in self._probe_origins for origin in group} & {*found}:
            return presets[:: max(1, len(presets) - 1)][:2]  # of a recipe without directions
        names = [
            next((origin for origin in group if origin in found), None)
            for group in self._probe_origins
        ]
        return [found[name] for name in names if name is not None]

    def _knobs(self, context: StageContext) -> tuple[Knob, ...]:
        knobs, task = context.recipe.stages[self.name].knobs, context.dataset.task
        return tuple(knob for knob in knobs if knob.serves(task))

    def _values(self, context: StageContext, candidate: Candidate) -> dict[str, Any]:
        return {
            k.name: context.recipe.value(candidate.params, k.name) for k in self._knobs(context)
        }

    def _presets(self, context: StageContext) -> list[Candidate]:
        """Every preset from every starting model, without those that change nothing."""
        recipe, out = context.recipe, []
        seen = [recipe.complete(start.params) for start in context.starts]
        for start in context.starts:
            for preset in recipe.stages[self.name].presets_for(context.dataset.task):
                params = recipe.complete(recipe.apply(preset, self.name, start.params))
                if params not in seen:
                    seen.append(params)
                    out.append(self._candidate(context, start, preset.origin, params))
        return out

    def _proposed(
        self, context: StageContext, base: Candidate, values: dict[str, Any]
    ) -> Candidate:
        recipe = context.recipe
        changed = [k for k, v in values.items() if v != recipe.value(base.params, k)]
        params = recipe.enabled({**base.params, **values}, changed)
        return self._candidate(context, base, "proposed", params)

    def _candidate(
        self, context: StageContext, base: Candidate, origin: str, params: Params
    ) -> Candidate:
        changes = {k: v for k, v in params.items() if v != base.params.get(k)}
        rounds = self._rounds(context, base)
        return variant(context, base, self.name, origin, changes, rounds=rounds)

    def _rounds(self, context: StageContext, base: Candidate) -> int:
        """Rounds of the starting model that ``base`` comes from (it may have stopped early)."""
        own = context.rate(base.params)
        same = [s for s in context.starts if context.rate(s.params) == own]
        return context.allowed((same or [base])[0].params)

    def _proposer(
        self, context: StageContext, presets: list[Candidate], glances: Sequence[Glance]
    ) -> Proposer:
        tried = [self._values(context, candidate) for candidate in presets]
        start = self._values(context, context.start)
        proposer = Proposer(self._knobs(context), start, tried, context.seed)
        for candidate, values, glance in zip(presets, tried, glances, strict=True):
            proposer.add(values, glance.gain, candidate.origin)
        return proposer
