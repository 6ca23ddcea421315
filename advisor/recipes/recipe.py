"""Recipes: which knob of a model family belongs to which stage, its range and its presets.

A recipe is data (``recipes/*.yaml``, read by ``load.py``), so a new family of a known library
is one file and no code.  A wrong one cannot become a value: every rule is checked at construction
and ends in a ``RecipeError``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from advisor.errors import ConfigError, RecipeError
from advisor.recipes.knobs import Knob, is_number, same
from advisor.settings import AUGMENTS
from advisor.types import Params, StageName, Task

__all__ = ["Knob", "Preset", "Published", "Recipe", "Rounds", "StageRecipe", "is_number"]

# Where the law of a booster's rounds ends, see ``Rounds``: a fit of a few rounds costs next to
# nothing, and beyond 200 rounds without gain there is none to come.
FEWEST_ROUNDS = 20
SHORTEST_PATIENCE, LONGEST_PATIENCE = 5, 200
PUBLISHED = "published"  # the origin of what a published default sets
USUAL_RATE = 0.1  # of a family that counts rounds but has no rate
# Presets whose name is a promise: -1 never gives the model more room than it has, 1 never less.
WAYS = {
    **dict.fromkeys(("stronger", "strongest", "shallower", "stumps", "few_layers"), -1),
    **dict.fromkeys(("weaker", "weakest", "deeper", "deepest"), 1),
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A change known to help some models, tried before anything is searched.

    ``set`` gives values, ``scale`` factors of the start's values (of all widths of a knob of
    layers), ``layers`` so many hidden layers more (or fewer), ``most_layers`` leaves no more than
    so many, ``release`` puts every knob of the stage back to the library's default first.  A value
    that goes against the origin's name (``WAYS``) is not set: where the person's own dropout is
    0.8, ``stronger`` does not mean 0.2.  It is tried for ``tasks`` alone.
    """

    origin: str
    set: Params = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    release: bool = False
    layers: int = 0
    most_layers: int | None = None
    tasks: tuple[Task, ...] = tuple(Task)

    def __post_init__(self) -> None:
        changes = self.set or self.scale or self.release or self.layers or self.most_layers
        if not changes or self.set.keys() & self.scale.keys():
            raise RecipeError("preset_empty", {"origin": self.origin})

    def keeps_to(self, knob: Knob, before: Any, after: Any) -> bool:
        """Whether this change of a knob goes the way that the origin's name says."""
        return WAYS.get(self.origin, 0) * knob.room(before, after) >= 0


@dataclass(frozen=True, slots=True)
class Published:
    """A strong default of the family and where it comes from.

    ``params`` are what differs from the library's own values, the number of rounds left to early
    stopping; ``tasks``: what it was published for.  A model of another family is offered the whole
    of it; in the family itself each stage tries its own part (``part_of``).
    """

    params: Params
    source: str
    tasks: tuple[Task, ...] = tuple(Task)

    def part_of(self, knobs: Iterable[Knob]) -> Preset | None:
        """The values of these knobs as a preset, a value outside a knob's range at its end.

        None where they are the library's own.
        """
        told = [knob for knob in knobs if knob.name in self.params]
        own = {knob.name: knob.clip(knob.read(self.params[knob.name])) for knob in told}
        if all(same(own[knob.name], knob.default) for knob in told):
            return None
        return Preset(PUBLISHED, set=own, tasks=self.tasks)


@dataclass(frozen=True, slots=True)
class StageRecipe:
    """One stage of one family.

    ``knobs`` are searched, ``resets`` only put back by a release; ``presets`` are tried in their
    order, cheap first; ``grid`` lists the values a sweep starts from, ``grids`` those of a model
    with another value of a parameter ({optimizer: {sgd: [...]}}); ``question`` and ``why_not`` are
    keys of sentences.
    """

    stage: StageName
    question: str
    knobs: tuple[Knob, ...] = ()
    resets: tuple[Knob, ...] = ()
    presets: tuple[Preset, ...] = ()
    grid: tuple[float, ...] = ()
    grids: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    applicable: bool = True
    why_not: str | None = None

    def __post_init__(self) -> None:
        known = {k.name: k for k in (*self.knobs, *self.resets)}
        for preset in self.presets:
            for name in (*preset.set, *preset.scale):
                value = preset.set.get(name)
                values = {"origin": preset.origin, "name": name, "found": str(value)}
                if name not in known or (name in preset.set and not known[name].contains(value)):
                    raise RecipeError("preset_knob", values)
        if self.applicable is (self.why_not is not None):
            raise RecipeError("stage_why_not", {"stage": str(self.stage)})
        for rates in (own for grids in self.grids.values() for own in grids.values()):
            if not rates or not all(is_number(rate) and rate > 0 for rate in rates):
                raise ValueError(f"grids: rates are numbers above 0, found {rates}")

    def presets_for(self, task: Task) -> tuple[Preset, ...]:
        """The presets that are tried for this task: of one name there is one at most."""
        deaf = {knob.name for knob in (*self.knobs, *self.resets) if not knob.serves(task)}
        return tuple(
            preset
            for preset in self.presets
            if task in preset.tasks and not deaf & {*preset.set, *preset.scale}
        )

    def grid_of(self, params: Params) -> tuple[float, ...]:
        """The values a sweep of a model with these (complete) parameters starts from."""
        for name, grids in self.grids.items():
            if params.get(name) in grids:
                return tuple(grids[params[name]])
        return self.grid


@dataclass(frozen=True, slots=True)
class Rounds:
    """The parameter that counts boosting rounds or epochs, and how many of them a rate needs.

    Attributes:
        most: rounds that are never exceeded by a search.
        times_rate: rate x rounds that is certainly enough, for a model whose rounds grow as its
            rate falls (a booster); None where the rounds do not follow the rate (epochs).
        patience: rounds without gain before a fit is ended; with ``times_rate`` it is divided by
            the root of the rate.
        bound_by: a parameter that, when it is not at its default, makes the rounds part of what it
            does (a schedule laid over them): no candidate then changes or ends them early.
    """

    name: str
    default: int
    most: int
    patience: float
    times_rate: float | None = None
    aliases: tuple[str, ...] = ()
    bound_by: str | None = None

    def __post_init__(self) -> None:
        law = 1.0 if self.times_rate is None else self.times_rate
        if not (1 <= self.default <= self.most and self.patience >= 1 and law > 0):
            raise ValueError(f"rounds: 1 <= default <= most, patience >= 1, times_rate > 0: {self}")

    def longest(self, rate: float | None) -> int:
        """Rounds that are certainly enough at this rate."""
        if self.times_rate is None or rate is None:
            return self.most
        return min(self.most, max(FEWEST_ROUNDS, round(self.times_rate / rate)))

    def waits(self, rate: float | None) -> int:
        """Patience of early stopping at this rate, in rounds."""
        if self.times_rate is None:
            return round(self.patience)
        patience = round(self.patience / math.sqrt(rate or USUAL_RATE))
        return min(max(SHORTEST_PATIENCE, patience), LONGEST_PATIENCE)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One model family.

    ``rate`` names the learning rate knob; ``defaults`` are the library's own for every knob and
    for the parameters they need; ``aliases`` lead from other spellings to the recipe's.
    ``built_of`` (trees or layers) chooses the words for causes; ``scale_sensitive``: the unit of a
    column changes the model; ``takes_missing``: it can be fitted on missing values; ``augments``:
    the kinds of made-up rows (``Treatment.augment``) that its trainer makes; ``tasks``: what it
    can predict; ``published``: strong defaults, what a model of another family is offered.

    A family of several estimators has a recipe for each.  ``chosen_by`` names the parameter that
    chooses among them (its value is in ``defaults``); ``first_choice``: this one is meant where the
    parameter is left out.
    """

    family: str
    learner: str
    source: str
    rate: str | None
    rounds: Rounds | None
    defaults: Params
    knobs: Mapping[str, Knob]
    stages: Mapping[StageName, StageRecipe]
    aliases: Mapping[str, str]
    built_of: str = "trees"
    scale_sensitive: bool = False
    takes_missing: bool = True
    augments: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = tuple(Task)
    chosen_by: str | None = None
    first_choice: bool = False
    published: tuple[Published, ...] = ()

    def __post_init__(self) -> None:
        for name in self.augments:
            if name not in AUGMENTS:
                raise RecipeError("recipe_augment", {"name": name, "allowed": list(AUGMENTS)})
        for name in (n for part in self.stages.values() for n in part.grids):
            if name not in self.defaults:
                raise RecipeError("recipe_knob", {"name": name, "allowed": list(self.defaults)})
        names = list(self.knobs) + ([self.rounds.name] if self.rounds else [])
        spelled = [a for k in (*self.knobs.values(), self.rounds) if k for a in k.aliases]
        twice = [n for n in spelled if n in names or spelled.count(n) > 1]
        if twice:
            raise RecipeError("recipe_alias", {"name": twice[0]})
        if self.rate is not None and self.rate not in self.knobs:
            raise RecipeError("recipe_rate", {"name": self.rate, "allowed": list(self.knobs)})

    @property
    def choice(self) -> Any:
        """The value of ``chosen_by`` that leads here; None for the only recipe of a family."""
        return None if self.chosen_by is None else self.defaults[self.chosen_by]

    def published_for(self, task: Task) -> Published | None:
        """The strong default for this task; None where the family names none."""
        return next((start for start in self.published if task in start.tasks), None)

    def canonical(self, params: Params) -> dict[str, Any]:
        """``params`` under the recipe's names; ConfigError ``param_twice`` for two spellings."""
        spelled: dict[str, str] = {}
        for key in params:
            name = self.aliases.get(key, key)
            if name in spelled:
                raise ConfigError("param_twice", {"first": spelled[name], "second": key})
            spelled[name] = key
        knobs = self.knobs
        return {
            n: knobs[n].read(params[k]) if n in knobs else params[k] for n, k in spelled.items()
        }

    def complete(self, params: Params) -> dict[str, Any]:
        """Canonical, with every default written out: equal for equal models."""
        return {**self.defaults, **self.canonical(params)}

    def value(self, params: Params, knob: str) -> Any:
        """The value of a knob in ``params``, or the library's default."""
        return self.complete(params)[knob]

    def binds_rounds(self, params: Params) -> bool:
        """Whether these parameters make the rounds part of a schedule (``Rounds.bound_by``)."""
        name = None if self.rounds is None else self.rounds.bound_by
        return name is not None and not same(self.value(params, name), self.defaults[name])

    def apply(self, preset: Preset, stage: StageName, params: Params) -> dict[str, Any]:
        """Canonical ``params`` changed by a preset of a stage, clipped to the widened ranges."""
        start, after = self.complete(params), self.canonical(params)
        parts = self.stages[stage]
        for knob in (*parts.knobs, *parts.resets):
            value = start[knob.name]
            factor = preset.scale.get(knob.name, 1.0)
            if knob.name in preset.set:
                given = knob.read(preset.set[knob.name])
                if preset.keeps_to(knob, value, given):
                    after[knob.name] = given
            elif knob.kind == "layers" and (factor != 1 or preset.layers):
                after[knob.name] = knob.reshaped(value, factor, preset.layers)
            elif knob.kind == "layers" and preset.most_layers is not None:
                after[knob.name] = value[: preset.most_layers]
            elif knob.name in preset.scale and is_number(value):
                after[knob.name] = knob.widened_to(value).clip(value * factor)
            elif preset.release and not same(value, knob.default):
                after[knob.name] = knob.default
        return self.enabled(after, {*preset.set, *preset.scale})

    def enabled(self, params: Params, changed: Iterable[str]) -> dict[str, Any]:
        """``params`` with what the changed knobs need to work at all (``Knob.also``)."""
        after = dict(params)
        for name in changed:
            knob = self.knobs[name]
            if not same(self.value(params, name), knob.default):
                after.update({k: v for k, v in knob.also.items() if not self.value(after, k)})
        return after
