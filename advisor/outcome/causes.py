"""Why did it help?  From what changed, a cause as a code; the sentence lives in the locales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.recipes.recipe import Recipe
from advisor.results import StageOutcome
from advisor.settings import Candidate
from advisor.types import Reason, StageName

SAMPLING = {"subsample", "colsample_bytree", "subsample_freq"}
TREATMENT_CAUSES = {
    **dict.fromkeys(("pool", "pool_double", "pool_fourfold", "pool_merged"), "data_size.pool"),
    **dict.fromkeys(("pool_without_suspects", "pool_balanced"), "data_size.pool"),
    "merge_duplicates": "data_size.duplicates",
    **dict.fromkeys(("class_weight", "class_weight_root", "undersample"), "data_size.class_weight"),
    **dict.fromkeys(("suspects_drop", "suspects_down_weight"), "data_size.suspects"),
    **dict.fromkeys(("mixup", "noise", "swap"), "data_size.augment"),
}


# Of the way from the naive loss to the winner's that the right number of rounds must leave undone
# at most, to be the whole explanation of a learning-rate stage.
ROUNDS_LEAVE = 0.2
ROUNDS_BRING = 0.5  # of the winner's gain, at least
ROUNDS_CHANGED = 1.5  # times as many, or as few: beside another rate less is no cause
ALONE = 0.8  # of the best gain: a setting that brings as much by itself is what held the model back
NAMED = {"dropout"}  # knobs that have a sentence of their own


def rounds_explain(outcome: StageOutcome, curve: Mapping[str, Any], naive: float) -> str | None:
    """Whether other rounds at the person's own rate would have done: ``fewer``, ``more`` or None.

    ``overshot`` where fewer would have done because training ended worse on its own rows than a
    naive guess: that is no memorising.

    Args:
        outcome: of the learning-rate stage, with its trials.
        curve: the diagnosis of the baseline's curve (its loss where it was best, and at the end).
        naive: the naive loss.
    """
    best = max((trial["gain"] for trial in outcome.trials), default=0.0)
    if "valid_loss" not in curve or best <= 0:
        return None
    lost = curve["lost_after_best"]
    astray = curve.get("train_skill", 0.0) < 0
    own = [trial["gain"] for trial in outcome.trials if trial["origin"] == "rounds"]
    if "metric" in curve:  # another loss than the score: gains and curve have no common unit
        if astray and lost > 0:
            return "overshot"
        return "more" if own and max(own) >= ALONE * best else None
    winner = curve["valid_loss"] - best
    allowed = ROUNDS_LEAVE * (naive - winner)
    if lost >= ROUNDS_BRING * best and best - lost <= allowed:
        return "overshot" if astray else "fewer"
    enough = own and max(own) >= ROUNDS_BRING * best and best - max(own) <= allowed
    return "more" if enough else None


def one_setting(outcome: StageOutcome, recipe: Recipe) -> str | None:
    """The knob that brings nearly all of a stage's gain when nothing else of the stage is changed.

    A winner that was proposed has several knobs moved, most of them by chance.
    """
    knobs = {knob.name for knob in recipe.stages[outcome.stage].knobs}
    best = max((trial["gain"] for trial in outcome.trials), default=0.0)
    alone = [
        (trial["gain"], *(knobs & trial["change"].keys()))
        for trial in outcome.trials
        if len(knobs & trial["change"].keys()) == 1 and trial["gain"] >= ALONE * best > 0
    ]
    return max(alone)[1] if alone else None


def lost_gradient(
    stage: StageName,
    change: Mapping[str, tuple[Any, Any]],
    recipe: Recipe,
    evidence: Mapping[str, Any],
) -> Reason | None:
    """Fewer layers helped a net whose first layers were not reached by any gradient; else None.

    Args:
        stage: that proved it.
        change: what it changed, {name: (before, after)}.
        recipe: of the family.
        evidence: of the diagnosis.
    """
    if stage is not StageName.DEPTH or evidence.get("inside") != "vanishing":
        return None
    for name, (before, after) in change.items():
        if (
            name in recipe.knobs
            and recipe.knobs[name].kind == "layers"
            and len(after) < len(before)
        ):
            numbers = {"before": len(before), "after": len(after), "power": evidence["power"]}
            return Reason("cause.layers.depth.vanishing", numbers)
    return None


def cause_of(
    stage: StageName,
    winner: Candidate,
    change: Mapping[str, tuple[Any, Any]],
    recipe: Recipe,
    rounds: str | None,
) -> Reason:
    """The cause behind a proven change of one stage.

    Args:
        stage: that proved it.
        winner: the candidate.
        change: what it changed, {name: (before, after)}.
        recipe: for the family's rate and rounds.
        rounds: what ``rounds_explain`` said of a learning-rate stage.
    """
    found = _cause(stage, winner, change, recipe, rounds)
    if recipe.built_of == "trees" or stage in (StageName.FOUNDATIONS, StageName.DATA_SIZE):
        return found
    what = found.code.removeprefix("cause.")
    return (
        found
        if what in ("mixed", "one_setting", "rounds.overshot")
        else Reason(f"cause.{recipe.built_of}.{what}", found.evidence)
    )


def _cause(
    stage: StageName,
    winner: Candidate,
    change: Mapping[str, tuple[Any, Any]],
    recipe: Recipe,
    rounds: str | None,
) -> Reason:
    if stage is StageName.FOUNDATIONS:
        return Reason(f"cause.foundations.{winner.origin}")
    if stage is StageName.LEARNING_RATE:
        return _rate_cause(change, recipe, rounds)
    if stage is StageName.DATA_SIZE:
        return Reason(f"cause.{TREATMENT_CAUSES.get(winner.origin, 'mixed')}")
    knobs = {knob.name for knob in recipe.stages[stage].knobs} & set(change)
    if stage is StageName.REGULARIZATION and knobs and knobs <= SAMPLING:
        return Reason("cause.regularization.sampling")
    ways = {recipe.knobs[name].room(*change[name]) for name in knobs}
    if len(knobs) == 1 and ways == {0}:
        return Reason("cause.one_setting", {"name": min(knobs)})
    if len(ways) != 1 or ways == {0}:
        return Reason("cause.mixed")
    more_room = ways == {1}
    if len(knobs) == 1 and knobs <= NAMED:
        name = min(knobs)
        numbers = dict(zip(("before", "after"), change[name], strict=True))
        return Reason(f"cause.{name}.{'less' if more_room else 'more'}", {"name": name, **numbers})
    if stage is StageName.DEPTH:
        return Reason("cause.depth.deeper" if more_room else "cause.depth.shallower")
    return Reason(f"cause.regularization.{'weaker' if more_room else 'stronger'}")


def _rate_cause(
    change: Mapping[str, tuple[Any, Any]], recipe: Recipe, rounds: str | None
) -> Reason:
    """Rate or rounds?  What is said of the rounds must be what was done to them."""
    name = "" if recipe.rounds is None else recipe.rounds.name
    counts = change.get(name, (0, 0))
    done = "fewer" if counts[1] < counts[0] else "more"
    rate = change.get(recipe.rate or "")
    if rate is None and rounds == "overshot" and done == "fewer":
        return Reason("cause.rounds.overshot", {"before": counts[0], "after": counts[1]})
    by = max(counts) / max(min(counts), 1)
    if rate is None or (rounds == done and by >= ROUNDS_CHANGED):
        return Reason(f"cause.rounds.{done}", {"before": counts[0], "after": counts[1]})
    way = "lower" if rate[1] < rate[0] else "higher"
    return Reason(f"cause.learning_rate.{way}", {"before": rate[0], "after": rate[1]})
