"""Stage 1, the learning rate: is the step size right?

A log sweep from the high (cheap: few rounds) end down, around and across the person's own value.
Every rate finds its rounds by early stopping.  A lower, dearer rate is tried only while the last
step down gained enough that the next may be worth having; the top is extended while it is best (for
a net, whose epochs cost the same at every rate, while that pays as well), and a gap above the best
is filled.
"""

from __future__ import annotations

from advisor.settings import Candidate
from advisor.stages.base import Glance, Proposals, StageContext, variant
from advisor.types import Reason, StageName

SAME_RATE = 1.35  # rates closer than this factor are one rate
STEP = 10**0.5  # of the sweep beyond the recipe's grid
# A step down gains at most about this share of what the step before it gained.
NEXT_STEP_SHARE = 0.4
HIGHEST = 1.0


class LearningRateStage:
    """Sweeps the rate, its rounds found by early stopping."""

    name = StageName.LEARNING_RATE

    def why_not(self, context: StageContext) -> Reason | None:
        part = context.recipe.stages[self.name]
        if context.recipe.rate is not None and part.applicable:
            return None
        return Reason(part.why_not or "stage.no_rate", {"family": context.recipe.family})

    def propose(self, context: StageContext) -> Proposals:
        seen: dict[float, Glance] = {}
        batch = self._first(context)
        own = context.rate(context.start.params)
        if context.recipe.rounds is None and own in batch:  # the start itself, not other rounds
            batch.remove(own)
            seen[own] = Glance(0.0, 0.0)
        left = context.trials
        while batch and left > 0:
            batch = batch[:left]
            left -= len(batch)
            glances = yield [self._at(context, rate) for rate in batch]
            seen.update(zip(batch, glances, strict=True))
            batch = self._next(context, seen)

    def probes(self, context: StageContext) -> list[Candidate]:
        own = context.rate(context.start.params) or 1.0
        rates = [rate for rate in self._first(context) if not _same(rate, own)]
        return [self._at(context, rate) for rate in rates[:2]]

    def _at(self, context: StageContext, rate: float) -> Candidate:
        own = context.rate(context.start.params) or 1.0
        origin = "rounds" if _same(rate, own) else "lower" if rate < own else "higher"
        name = context.recipe.rate or ""
        changes = {} if _same(rate, own) else {name: rate}
        rounds = context.longest(rate)
        if _same(rate, own):
            rounds = max(rounds, context.rounds(context.start.params))
        return variant(context, context.start, self.name, origin, changes, rounds=rounds)

    def _grid(self, context: StageContext) -> tuple[float, ...]:
        own = context.recipe.complete(context.start.params)
        return context.recipe.stages[self.name].grid_of(own)

    def _first(self, context: StageContext) -> list[float]:
        """The two cheapest rates of the grid and the person's own, if that is affordable."""
        own = context.rate(context.start.params) or 1.0
        grid = sorted(self._grid(context), reverse=True)
        rates = [own if _same(rate, own) else rate for rate in grid[:2]]
        if grid[-1] / SAME_RATE <= own <= HIGHEST and own not in rates:
            rates.append(own)
        return rates

    def _next(self, context: StageContext, seen: dict[float, Glance]) -> list[float]:
        knob = context.recipe.knobs[context.recipe.rate or ""]
        own = context.rate(context.start.params) or 1.0
        down = sorted(seen, reverse=True)
        best = max(seen, key=lambda rate: seen[rate].gain)
        worth = context.worth(seen[best].gain)
        if best == down[0] and best * STEP <= HIGHEST * SAME_RATE:
            gained = seen[best].gain - seen[down[1]].gain if len(down) > 1 else float("inf")
            if _same(best, HIGHEST) or not (
                context.rounds_follow_the_rate or gained * NEXT_STEP_SHARE > worth
            ):
                return []
            return [min(best * STEP, HIGHEST)]
        above = [rate for rate in down if rate > best]
        if above and above[-1] / best > STEP * SAME_RATE:  # the person's rate, far off the grid
            return [best * STEP]
        low = down[-1]
        below = max((rate for rate in down if rate < best), default=best)
        if best / below > STEP * SAME_RATE:  # the same on the other side, where it would pay
            gained = seen[best].gain - seen[below].gain
            return [best / STEP] if gained * NEXT_STEP_SHARE > worth else []
        if best != low or len(down) < 2 or low / SAME_RATE <= knob.low:
            return []
        if (seen[low].gain - seen[down[-2]].gain) * NEXT_STEP_SHARE <= worth:
            return []
        grid = [r for r in self._grid(context) if r * SAME_RATE < low]
        step = max(grid) if grid else max(low / STEP, knob.low)
        return [own if _same(step, own) else step]


def _same(a: float, b: float) -> bool:
    return max(a, b) / min(a, b) < SAME_RATE
