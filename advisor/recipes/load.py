"""Recipe files: read, checked, and found by the name of the model family."""

from __future__ import annotations

import importlib.util
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from advisor.errors import ConfigError, RecipeError
from advisor.recipes.knobs import same
from advisor.recipes.recipe import Knob, Preset, Published, Recipe, Rounds, StageRecipe
from advisor.recipes.rows import Combination, RowRecipe, TreatmentRecipe
from advisor.types import STAGE_ORDER, Params, StageName, Task
from advisor.yaml_file import YamlFile, parse_yaml, plain

_T = TypeVar("_T")
ROWS = "data"  # recipes/data.yaml is no family: it names treatments of the training rows


def _make(file: YamlFile, kind: type[_T], given: Any, *keys: str | int, **extra: Any) -> _T:
    """A dataclass from a mapping of the file; errors get the place of what it was built from."""
    known = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    place = file.place(*keys)
    if not isinstance(given, dict):
        raise RecipeError("not_a_mapping", {"key": ".".join(map(str, keys)), "found": str(given)})
    for key in given:
        if key not in known or key in extra:
            values = {"key": key, "allowed": [k for k in known if k not in extra]}
            raise RecipeError("unknown_key", values, place=file.place(*keys, key, at_key=True))
    lists = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    try:
        return kind(**lists, **extra)
    except RecipeError as e:
        e.place = e.place or place
        raise
    except (AttributeError, TypeError, ValueError) as e:
        raise RecipeError("recipe_malformed", {"problem": str(e)}, place=place) from e


def _tasks(file: YamlFile, named: Any, *keys: str | int) -> tuple[Task, ...]:
    """The tasks that are named; all of them where none are."""
    named = list(Task) if named is None else named
    if not isinstance(named, list) or not named or not set(map(str, named)) <= set(Task):
        problem = f"tasks are {', '.join(Task)}; found {named}"
        raise RecipeError("recipe_malformed", {"problem": problem}, place=file.place(*keys))
    return tuple(map(Task, named))


def _published(file: YamlFile, given: Any, number: int) -> Published:
    here = ("published", number)
    given = dict(given) if isinstance(given, dict) else given
    tasks = _tasks(file, given.pop("tasks", None) if isinstance(given, dict) else None, *here)
    if isinstance(given, dict) and not isinstance(given.get("params"), dict):
        problem = f"params is a mapping; found {given.get('params')!r}"
        raise RecipeError("recipe_malformed", {"problem": problem}, place=file.place(*here))
    return _make(file, Published, given, *here, tasks=tasks)


def _preset(file: YamlFile, given: Any, *here: str | int) -> Preset:
    given = dict(given) if isinstance(given, dict) else given
    tasks = _tasks(file, given.pop("tasks", None) if isinstance(given, dict) else None, *here)
    return _make(file, Preset, given, *here, tasks=tasks)


def parse_recipe(name: str, text: str) -> Recipe:
    """A recipe from YAML text; ``name`` is the file's, for the place of an error."""
    file = parse_yaml(name, text, RecipeError)
    tree: dict[str, Any] = plain(file.tree)
    tasks = _tasks(file, tree.pop("tasks", None), "tasks")
    published = tuple(
        _published(file, given, i) for i, given in enumerate(tree.pop("published", None) or [])
    )
    specs, parts = tree.pop("knobs", None) or {}, tree.pop("stages", None) or {}
    own, further = tree.pop("defaults", None) or {}, tree.pop("aliases", None) or {}
    counted = tree.pop("rounds", None)
    knobs = {n: _make(file, Knob, spec, "knobs", n, name=n) for n, spec in specs.items()}
    rounds = counted and _make(file, Rounds, counted, "rounds")
    counts: list[Rounds] = [rounds] if rounds else []
    aliases = {a: k.name for k in knobs.values() for a in k.aliases}
    aliases |= {a: r.name for r in counts for a in r.aliases} | further
    stages = {}
    for stage in STAGE_ORDER:
        spec = parts.pop(stage, None)
        here = ("stages", str(stage))
        if not isinstance(spec, dict):
            raise RecipeError("recipe_stage", {"stage": str(stage)}, place=file.place(*here))
        ranges = spec.pop("ranges", None) or {}
        chosen = {key: spec.pop(key, None) or [] for key in ("knobs", "resets")}
        for n in (*ranges, *chosen["knobs"], *chosen["resets"]):
            if n not in knobs:
                values = {"name": str(n), "allowed": list(knobs)}
                raise RecipeError("recipe_knob", values, place=file.place(*here))
        narrowed = {
            n: _make(file, Knob, specs[n] | r, *here, "ranges", n, name=n)
            for n, r in ranges.items()
        }
        groups = {key: tuple((knobs | narrowed)[n] for n in names) for key, names in chosen.items()}
        presets = tuple(
            _preset(file, given, *here, "presets", i)
            for i, given in enumerate(spec.pop("presets", None) or [])
        )
        if stage is not StageName.LEARNING_RATE:  # it sweeps a grid
            every = (*groups["knobs"], *groups["resets"])
            presets += tuple(p for start in published if (p := start.part_of(every)) is not None)
        stages[stage] = _make(
            file, StageRecipe, spec, *here, stage=stage, presets=presets, **groups
        )
    for extra in parts:
        values = {"key": extra, "allowed": [str(s) for s in STAGE_ORDER]}
        raise RecipeError("unknown_key", values, place=file.place("stages", extra, at_key=True))
    defaults = own | {k: v.default for k, v in knobs.items()} | {r.name: r.default for r in counts}
    return _make(
        file,
        Recipe,
        {"rate": None, **tree, "tasks": tasks, "published": published},
        rounds=rounds,
        knobs=knobs,
        stages=stages,
        defaults=defaults,
        aliases=aliases,
    )


def _folder() -> Traversable:
    """The package data; the repository's own folder where the package is not installed."""
    if importlib.util.find_spec("advisor.recipes_data") is not None:
        return files("advisor.recipes_data")
    return Path(__file__).parents[2] / "recipes"


def recipe_names(family: str | None = None) -> list[str]:
    """The names of all recipes, or of those of one family: ``lightgbm``, ``linear.ridge``."""
    names = (entry.name for entry in _folder().iterdir())
    stems = (name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))
    found = (stem for stem in stems if family in (None, stem.partition(".")[0]))
    return sorted(name for name in found if name != ROWS)


def families() -> list[str]:
    """The model families that have a recipe."""
    return sorted({name.partition(".")[0] for name in recipe_names()})


@cache
def load_recipe(name: str) -> Recipe:
    """The recipe of a family, or of one of its estimators (``linear.ridge``).

    Raises:
        RecipeError: there is none, or it is not well formed.
    """
    if name not in recipe_names():
        raise RecipeError("recipe_unknown", {"family": name, "allowed": recipe_names()})
    file = f"{name}.yaml"
    return parse_recipe(file, (_folder() / file).read_text(encoding="utf-8"))


def recipe_for(family: str, params: Params, task: Task | None = None) -> Recipe:
    """The recipe for a model with these parameters.

    Args:
        family: of the model.
        params: where a family has several estimators, one parameter chooses among them.
        task: what is predicted, where it is known; it chooses where the parameters do not.

    Raises:
        ConfigError: ``not_one_of``, the family has no such estimator; without a place.
    """
    found = [load_recipe(name) for name in recipe_names(family)]
    by = found[0].chosen_by
    if by is None:
        return found[0]
    if by in params:
        for recipe in found:
            if same(recipe.choice, params[by]):
                return recipe
        allowed = [str(recipe.choice) for recipe in found]
        values = {"key": f"model.params.{by}", "found": params[by], "allowed": allowed}
        near = get_close_matches(str(params[by]), allowed, n=1)
        raise ConfigError(
            "not_one_of", values | {"keys": ("params", by)}, hint=near[0] if near else None
        )
    able = [recipe for recipe in found if task is None or task in recipe.tasks]
    return next((recipe for recipe in able if recipe.first_choice), able[0])


def parse_treatments(name: str, text: str) -> RowRecipe:
    """The treatments of the training rows from YAML text; ``name`` is the file's."""
    file = parse_yaml(name, text, RecipeError)
    tree: dict[str, Any] = plain(file.tree)
    kinds: dict[str, type[Any]] = {"treatments": TreatmentRecipe, "combinations": Combination}
    parts = {
        key: {
            n: _make(file, kind, spec, key, n, name=n) for n, spec in (tree.pop(key) or {}).items()
        }
        for key, kind in kinds.items()
        if key in tree
    }
    return _make(file, RowRecipe, {**tree, **parts})


@cache
def load_treatments() -> RowRecipe:
    """What ``recipes/data.yaml`` names."""
    name = f"{ROWS}.yaml"
    return parse_treatments(name, (_folder() / name).read_text(encoding="utf-8"))
