"""Recipes: which knob of a model family belongs to which stage, its range and its presets.

A recipe is data (``recipes/*.yaml``, read by ``recipe_load``), so a new family of a known library
is one file and no code.  A wrong one cannot become a value: every rule is checked at construction
and ends in a ``RecipeError``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from numbers import Real
from typing import Any, Literal

from advisor.errors import ConfigError, RecipeError
from advisor.types import Params, StageName


def is_number(value: Any) -> bool:
    """Whether a value is a number; True and False are none."""

    return isinstance(value, Real) and not isinstance(value, bool)


def _same(a: Any, b: Any) -> bool:
    """Equal, and not only because True == 1."""
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


@dataclass(frozen=True, slots=True)
class Knob:
    """One parameter of a model: where to look for its value.

    Attributes:
        low, high: the range searched, both ends in it; log: equal ratios weigh the same.
        special: values outside the range that mean something (0: no penalty, -1: no limit).
        default: the library's own.
        also: parameters that must be set for this one to work at all, when it is not at its
            default (a bagging fraction does nothing while the bagging frequency is 0).
        above, at_least, at_most: what the library takes, which may be more than is searched.
    """

    name: str
    kind: Literal["float", "int", "choice"]
    default: Any
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    choices: tuple[Any, ...] = ()
    special: tuple[Any, ...] = ()
    also: Params = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        number = self.kind != "choice"
        ends = (self.low, self.high)
        rules = {
            "knob_kind": self.kind in ("float", "int", "choice"),
            "knob_choices": number or len({repr(c) for c in self.choices}) > 1,
            "knob_range": not number or (all(map(isfinite, ends)) and self.low < self.high),
            "knob_log": not (number and self.log) or self.low > 0,
            "knob_whole": self.kind != "int" or all(map(float.is_integer, map(float, ends))),
            "knob_default": self.contains(self.default),
        }
        if broken := next((code for code, kept in rules.items() if not kept), None):
            found = self.choices if broken == "knob_choices" else self.default
            found = self.kind if broken == "knob_kind" else found
            values = {"name": self.name, "low": self.low, "high": self.high, "found": str(found)}
            raise RecipeError(broken, values)

    @property
    def zero(self) -> bool:
        """0 is allowed besides the range."""
        return any(_same(v, 0) for v in self.special)

    def contains(self, value: Any) -> bool:
        """Whether the search could propose ``value``."""
        if any(_same(value, v) for v in (*self.special, *self.choices)):
            return True
        if self.kind == "choice" or not is_number(value) or not self.low <= value <= self.high:
            return False
        return self.kind == "float" or value == int(value)

    def widened_to(self, value: Any) -> Knob:
        """This knob, its range or its special values extended so that it contains ``value``."""
        if value != value:
            raise ValueError(f"{self.name}: nan is no value")
        if self.contains(value):
            return self
        if self.kind == "choice":
            return replace(self, choices=(*self.choices, value))
        whole = self.kind == "float" or (is_number(value) and value % 1 == 0)
        if is_number(value) and isfinite(value) and whole and not (self.log and value <= 0):
            return replace(self, low=min(self.low, value), high=max(self.high, value))
        return replace(self, special=(*self.special, value))

    def clip(self, value: Any) -> Any:
        """The nearest value that this knob contains; the default where nothing is near."""
        if self.contains(value):
            whole = self.kind == "int" and is_number(value)
            return int(value) if whole else value
        if self.kind == "choice" or not is_number(value) or value != value:
            return self.default
        near = min(max(float(value), float(self.low)), float(self.high))
        return near if self.kind == "float" else round(near)

    def legal(self, number: float) -> bool:
        """Whether the library takes this number at all; the searched range may be narrower."""
        inside = all(
            (
                self.above is None or number > self.above,
                self.at_least is None or number >= self.at_least,
                self.at_most is None or number <= self.at_most,
            )
        )
        return inside or any(_same(number, v) for v in self.special)

    @property
    def allowed(self) -> str:
        """What the library takes, as an inequality."""
        left = f"{self.above:g} < " if self.above is not None else ""
        left = f"{self.at_least:g} <= " if self.at_least is not None else left
        right = f" <= {self.at_most:g}" if self.at_most is not None else ""
        return f"{left}{self.name}{right}"


@dataclass(frozen=True, slots=True)
class Preset:
    """A change known to help some models, tried before anything is searched.

    ``set`` gives values, ``scale`` factors of the start's values, ``release`` puts every knob of
    the stage back to the library's default first.
    """

    origin: str
    set: Params = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    release: bool = False

    def __post_init__(self) -> None:
        if not (self.set or self.scale or self.release) or self.set.keys() & self.scale.keys():
            raise RecipeError("preset_empty", {"origin": self.origin})


@dataclass(frozen=True, slots=True)
class StageRecipe:
    """One stage of one family.

    ``knobs`` are searched, ``resets`` only put back by a release; ``presets`` are tried in their
    order, cheap first; ``grid`` lists the values a sweep starts from; ``question`` and
    ``why_not`` are keys of sentences.
    """

    stage: StageName
    question: str
    knobs: tuple[Knob, ...] = ()
    resets: tuple[Knob, ...] = ()
    presets: tuple[Preset, ...] = ()
    grid: tuple[float, ...] = ()
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


@dataclass(frozen=True, slots=True)
class Rounds:
    """The parameter that counts boosting rounds or epochs."""

    name: str
    default: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """One model family.

    ``rate`` names the learning rate knob; ``defaults`` are the library's own for every knob and
    for the parameters they need; ``aliases`` lead from other spellings to the recipe's.
    ``scale_sensitive``: the unit of a column changes the model; ``takes_missing``: it can be fitted
    on missing values.
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
    scale_sensitive: bool = False
    takes_missing: bool = True

    def __post_init__(self) -> None:
        names = list(self.knobs) + ([self.rounds.name] if self.rounds else [])
        spelled = [a for k in (*self.knobs.values(), self.rounds) if k for a in k.aliases]
        twice = [n for n in spelled if n in names or spelled.count(n) > 1]
        if twice:
            raise RecipeError("recipe_alias", {"name": twice[0]})
        if self.rate is not None and self.rate not in self.knobs:
            raise RecipeError("recipe_rate", {"name": self.rate, "allowed": list(self.knobs)})

    def canonical(self, params: Params) -> dict[str, Any]:
        """``params`` under the recipe's names; ConfigError ``param_twice`` for two spellings."""
        spelled: dict[str, str] = {}
        for key in params:
            name = self.aliases.get(key, key)
            if name in spelled:
                raise ConfigError("param_twice", {"first": spelled[name], "second": key})
            spelled[name] = key
        return {name: params[key] for name, key in spelled.items()}

    def complete(self, params: Params) -> dict[str, Any]:
        """Canonical, with every default written out: equal for equal models."""
        return {**self.defaults, **self.canonical(params)}

    def value(self, params: Params, knob: str) -> Any:
        """The value of a knob in ``params``, or the library's default."""
        return self.complete(params)[knob]

    def apply(self, preset: Preset, stage: StageName, params: Params) -> dict[str, Any]:
        """Canonical ``params`` changed by a preset of a stage, clipped to the widened ranges."""
        start, after = self.complete(params), self.canonical(params)
        parts = self.stages[stage]
        for knob in (*parts.knobs, *parts.resets):
            value = start[knob.name]
            if knob.name in preset.set:
                after[knob.name] = preset.set[knob.name]
            elif knob.name in preset.scale and is_number(value):
                scaled = value * preset.scale[knob.name]
                after[knob.name] = knob.widened_to(value).clip(scaled)
            elif preset.release and not _same(value, knob.default):
                after[knob.name] = knob.default
        return self.enabled(after, {*preset.set, *preset.scale})

    def enabled(self, params: Params, changed: Iterable[str]) -> dict[str, Any]:
        """``params`` with what the changed knobs need to work at all (``Knob.also``)."""
        after = dict(params)
        for name in changed:
            knob = self.knobs[name]
            if not _same(self.value(params, name), knob.default):
                after.update({k: v for k, v in knob.also.items() if not self.value(after, k)})
        return after
