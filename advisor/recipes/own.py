"""The recipe of a person's own model, made of what they say each parameter is for.

``roles`` names, stage by stage, parameters and where to look for their values::

    roles:
      learning_rate: {clf__learning_rate: [0.003, 0.5, log]}
      regularization: {clf__C: [0.001, 100, log], clf__penalty: {choices: [l1, l2]}}
      depth: {clf__max_depth: [1, 16]}
      rounds: {clf__n_estimators: 1000}

Nobody knows whether a larger value gives the model more room, so every knob is tried low, in the
middle and high.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import exp, isfinite, log
from typing import Any

import numpy as np

from advisor.errors import ConfigError
from advisor.recipes.knobs import Knob, is_number
from advisor.recipes.recipe import Preset, Recipe, Rounds, StageRecipe
from advisor.spelling import nearest
from advisor.types import STAGE_ORDER, Params, StageName

FAMILY = "import"
ROUNDS = "rounds"
ROLES = ("learning_rate", "regularization", "depth", ROUNDS)
PLACES = (0.1, 0.5, 0.9)  # of a range, where the first looks go
STEP = 10**0.5  # of the sweep over a learning rate
PATIENCE_SHARE = 10  # rounds without gain that end a fit: this part of all
Roles = Mapping[str, Mapping[str, Any]]


def own_recipe(roles: Roles, own: Params) -> Recipe:
    """The recipe these roles make.

    Args:
        roles: of the config.
        own: the model's parameters as it was made; empty while nobody has made it.

    Raises:
        ConfigError: ``roles_...``; ``values["keys"]`` lead to the place within ``model``.
    """
    knobs: dict[str, Knob] = {}
    stages: dict[StageName, StageRecipe] = {}
    for role in roles:
        if role not in ROLES:
            raise _problem("roles_unknown", (role,), role, {"allowed": list(ROLES)})
    for stage in STAGE_ORDER:
        mine = {
            name: _knob(str(stage), name, given, own)
            for name, given in roles.get(str(stage), {}).items()
        }
        for name in mine.keys() & knobs.keys():
            raise _problem("roles_twice", (str(stage), name), name, {})
        knobs |= mine
        stages[stage] = _stage(stage, tuple(mine.values()))
    rates = list(roles.get("learning_rate", {}))
    if len(rates) > 1:
        raise _problem("roles_one_rate", ("learning_rate", rates[1]), rates[1], {})
    rounds = _rounds(roles, own)
    defaults = {**own, **{name: knob.default for name, knob in knobs.items()}}
    if rounds is not None:
        defaults[rounds.name] = rounds.default
    return Recipe(
        family=FAMILY,
        learner=FAMILY,
        source="model.roles",
        rate=rates[0] if rates else None,
        rounds=rounds,
        defaults=defaults,
        knobs=knobs,
        stages=stages,
        aliases={},
        built_of="own",
    )


def _problem(code: str, keys: tuple[str, ...], found: object, more: Params) -> ConfigError:
    key = ".".join(("model", "roles", *keys))
    values = {"key": key, "found": found, "keys": ("roles", *keys), **more}
    return ConfigError(code, values, hint=nearest(str(found), more.get("allowed", ())))


def _knob(role: str, name: str, given: Any, own: Params) -> Knob:
    """``[low, high]``, ``[low, high, log]`` or ``{choices: [...]}``."""
    at = (role, name)
    if own and name not in own:
        raise _problem("roles_param", at, name, {"allowed": sorted(own)})
    if isinstance(given, Mapping):
        choices = given.get("choices")
        if [*given] != ["choices"] or not isinstance(choices, list) or len(choices) < 2:
            raise _problem("roles_range", at, given, {})
        default = own.get(name, choices[0])
        return Knob(name, "choice", choices[0], choices=tuple(choices), frees=None).with_default(
            default
        )
    ends = given[:2] if isinstance(given, list) else []
    good = len(ends) == 2 and all(is_number(v) and isfinite(v) for v in ends)
    on_log = good and given[2:] == ["log"]
    if not good or not (on_log or len(given) == 2) or ends[0] >= ends[1]:
        raise _problem("roles_range", at, given, {})
    if on_log and ends[0] <= 0:
        raise _problem("roles_log", at, given, {})
    default = own.get(name, ends[0])
    whole = all(isinstance(v, int) for v in ends) and not isinstance(default, float)
    kind: Any = "int" if whole else "float"
    plain = Knob(name, kind, ends[0], ends[0], ends[1], log=on_log, frees=None)
    return plain.with_default(default)


def _between(knob: Knob, place: float) -> float:
    """The value at this part of the range."""
    if knob.log:
        return exp(log(knob.low) + place * (log(knob.high) - log(knob.low)))
    return knob.low + place * (knob.high - knob.low)


def _stage(stage: StageName, knobs: tuple[Knob, ...]) -> StageRecipe:
    if stage is StageName.DATA_SIZE:
        return StageRecipe(stage, question="data_size")
    question = "rate" if stage is StageName.LEARNING_RATE else str(stage)
    if not knobs:
        return StageRecipe(stage, question, applicable=False, why_not=f"stage.no_role_{stage}")
    if stage is StageName.LEARNING_RATE:
        return StageRecipe(stage, question, knobs=knobs, grid=_grid(knobs[0]))
    presets = [preset for knob in knobs for preset in _presets(knob)]
    return StageRecipe(stage, question, knobs=knobs, presets=tuple(presets))


def _presets(knob: Knob) -> list[Preset]:
    """The knob low, in the middle and high; every choice."""
    if knob.kind == "choice":
        values = list(knob.choices)
    else:
        inside = replace(knob, special=())
        values = [float(f"{_between(knob, place):.3g}") for place in PLACES]
        values = list(dict.fromkeys(inside.clip(value) for value in values))
    return [Preset(f"{knob.name}={_shown(value)}", set={knob.name: value}) for value in values]


def _shown(value: Any) -> str:
    return f"{value:g}" if is_number(value) else str(value)


def _grid(knob: Knob) -> tuple[float, ...]:
    """About half a decade apart, the high end first."""
    if knob.kind == "choice" or knob.low <= 0:
        at = ("learning_rate", knob.name)
        raise _problem("roles_rate", at, [knob.low, knob.high], {})
    count = max(2, round(log(knob.high / knob.low) / log(STEP)) + 1)
    grid = np.geomspace(knob.high, knob.low, count)
    return tuple(float(f"{value:.3g}") for value in grid)


def _rounds(roles: Roles, own: Params) -> Rounds | None:
    """``{name: most}``: the parameter that counts rounds or epochs."""
    given = roles.get(ROUNDS, {})
    if not given:
        return None
    name, most = next(iter(given.items()))
    at = (ROUNDS, name)
    if len(given) > 1 or not isinstance(most, int) or isinstance(most, bool) or most < 2:
        raise _problem("roles_rounds", at, most, {})
    if own and name not in own:
        raise _problem("roles_param", at, name, {"allowed": sorted(own)})
    now = own.get(name, 1)
    if not is_number(now) or now < 1 or now % 1:
        raise _problem("roles_rounds", at, now, {})
    most = max(most, int(now))
    return Rounds(name, default=int(now), most=most, patience=max(1, most // PATIENCE_SHARE))
