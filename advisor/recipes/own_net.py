"""The recipe of a person's own net: theirs is the net, torch's is the way it is trained.

The parameters of their class get a stage by ``roles``, as those of any model of their own; rate,
penalties, epochs and batches are searched as the family ``torch`` does.  A role for one of these
says in which range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from advisor.errors import ConfigError
from advisor.recipes.knobs import Knob
from advisor.recipes.load import load_recipe
from advisor.recipes.own import FAMILY, ROUNDS, Roles, own_recipe
from advisor.recipes.recipe import Preset, Recipe, Rounds, StageRecipe
from advisor.types import STAGE_ORDER, Params, StageName

TORCH = "torch"
THEIRS = ("hidden", "activation", "norm", "dropout")
"""Of a net from a config; a net of one's own has what its class takes."""


def training_defaults() -> dict[str, Any]:
    """What says how a net is trained, whatever net it is."""
    return {n: v for n, v in load_recipe(TORCH).defaults.items() if n not in THEIRS}


def net_recipe(roles: Roles, own: Params) -> Recipe:
    """The recipe of a net of one's own.

    Args:
        roles: of the config.
        own: the parameters of its class, as they are by default or, without a default, in the
            config.

    Raises:
        ConfigError: ``roles_...``; ``values["keys"]`` lead to the place within ``model``.
    """
    torch, training = load_recipe(TORCH), training_defaults()
    _only(roles, "learning_rate", torch.rate or "")
    _only(roles, ROUNDS, "" if torch.rounds is None else torch.rounds.name)
    mine = own_recipe(roles, {**own, **training})
    stages = {stage: _stage(stage, torch, mine) for stage in STAGE_ORDER}
    knobs = {knob.name: knob for part in stages.values() for knob in (*part.knobs, *part.resets)}
    return Recipe(
        family=FAMILY,
        learner=FAMILY,
        source=f"model.roles, {TORCH}",
        rate=torch.rate,
        rounds=_rounds(torch.rounds, mine.rounds),
        defaults=mine.defaults,
        knobs=knobs,
        stages=stages,
        aliases={},
        built_of=torch.built_of,
        scale_sensitive=torch.scale_sensitive,
        takes_missing=torch.takes_missing,
        augments=torch.augments,
    )


def _only(roles: Roles, role: str, name: str) -> None:
    """This role is for this parameter alone."""
    for found in roles.get(role, {}):
        if found != name:
            keys = ("roles", role, found)
            values = {"key": ".".join(("model", *keys)), "found": found, "keys": keys}
            raise ConfigError("roles_param", {**values, "allowed": [name]})


def _rounds(torch: Rounds | None, mine: Rounds | None) -> Rounds | None:
    """Torch's, with the most that the person allows."""
    if torch is None or mine is None:
        return torch
    return replace(torch, default=mine.default, most=mine.most)


def _stage(stage: StageName, torch: Recipe, mine: Recipe) -> StageRecipe:
    """What the roles name, and what torch's recipe has of training."""
    base, own = torch.stages[stage], mine.stages[stage]
    if stage is StageName.DATA_SIZE:
        return base
    named = {knob.name: _as_torch(knob, torch.knobs) for knob in own.knobs}
    ours = {k.name: k for k in base.knobs if k.name not in THEIRS}
    if not {**ours, **named}:
        return own
    knobs = {**ours, **named}
    presets = [kept for p in base.presets if (kept := _kept(p, knobs)) is not None] if ours else []
    return StageRecipe(
        stage,
        base.question,
        knobs=tuple(knobs.values()),
        resets=base.resets,
        presets=(*presets, *own.presets),
        grid=own.grid or base.grid,
        grids={} if own.grid else base.grids,
    )


def _as_torch(knob: Knob, known: Mapping[str, Knob]) -> Knob:
    """The range of a role; of a parameter of training with what its values mean."""
    if knob.name not in known or knob.kind == "choice" or knob.name in THEIRS:
        return knob
    ours = known[knob.name]
    default, special = ours.default, ours.special
    ranged = replace(ours, default=knob.default, low=knob.low, high=knob.high, log=knob.log)
    return replace(ranged.with_default(default), special=special)


def _kept(preset: Preset, knobs: Mapping[str, Knob]) -> Preset | None:
    """What a preset says of these knobs; None where nothing is left."""
    left = {n: v for n, v in preset.set.items() if n in knobs and knobs[n].contains(v)}
    if not left and (preset.set or not preset.release):
        return None
    return replace(preset, set=left, scale={}, layers=0, most_layers=None)
