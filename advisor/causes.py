"""Why did it help?  From what changed, a cause as a code; the sentence lives in the locales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.recipes import Recipe
from advisor.types import Candidate, Reason, StageName

# A smaller value of these holds the model back more; of every other regularization knob a larger.
HOLDS_BACK_WHEN_SMALLER = {"num_leaves", "subsample", "colsample_bytree", "max_depth"}
SAMPLING = {"subsample", "colsample_bytree", "subsample_freq"}
TREATMENT_CAUSES = {
    "pool": "data_size.pool",
    "merge_duplicates": "data_size.duplicates",
    "class_weight": "data_size.class_weight",
}


def cause_of(
    stage: StageName,
    winner: Candidate,
    change: Mapping[str, tuple[Any, Any]],
    recipe: Recipe,
) -> Reason:
    """The cause behind a proven change of one stage.

    Args:
        stage: that proved it.
        winner: the candidate.
        change: what it changed, {name: (before, after)}.
        recipe: for the family's rate and rounds.
    """
    if stage is StageName.LEARNING_RATE:
        if recipe.rate is not None and recipe.rate in change:
            before, after = change[recipe.rate]
            way = "lower" if after < before else "higher"
            return Reason(f"cause.learning_rate.{way}", {"before": before, "after": after})
        before, after = change.get(recipe.rounds.name if recipe.rounds else "", (0, 0))
        way = "fewer" if after < before else "more"
        return Reason(f"cause.rounds.{way}", {"before": before, "after": after})
    if stage is StageName.DATA_SIZE:
        return Reason(f"cause.{TREATMENT_CAUSES.get(winner.origin, 'mixed')}")
    knobs = {knob.name for knob in recipe.stages[stage].knobs} & set(change)
    if stage is StageName.REGULARIZATION and knobs and knobs <= SAMPLING:
        return Reason("cause.regularization.sampling")
    ways = {_way(name, *change[name]) for name in knobs}
    if len(ways) != 1:
        return Reason("cause.mixed")
    more_room = ways == {"weaker"}
    if stage is StageName.DEPTH:
        return Reason("cause.depth.deeper" if more_room else "cause.depth.shallower")
    return Reason(f"cause.regularization.{'weaker' if more_room else 'stronger'}")


def _way(name: str, before: Any, after: Any) -> str:
    """Whether a change gives the model more room (weaker) or less (stronger)."""
    if name == "max_depth":  # -1 and 0 mean no limit
        before = float("inf") if before <= 0 else before
        after = float("inf") if after <= 0 else after
    smaller = after < before
    return "stronger" if smaller == (name in HOLDS_BACK_WHEN_SMALLER) else "weaker"
