"""A config from a file or a mapping: a RunConfig, or one ConfigError for what is wrong with it.

The error names file, line, column, key, what was found and what is allowed, with the nearest
spelling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from enum import Enum
from math import isfinite
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from advisor.config.fields import model_families
from advisor.config.run_config import RunConfig
from advisor.errors import ConfigError, Place
from advisor.recipes.recipe import Recipe, is_number
from advisor.yaml_file import YamlFile, number_in, parse_yaml, plain

CODES = {  # pydantic's error types and our sentences
    "float_type": "not_a_number",
    "finite_number": "not_a_number",
    "int_type": "not_a_whole_number",
    "int_from_float": "not_a_whole_number",
    "string_type": "not_text",
    "bool_type": "not_true_or_false",
    "list_type": "not_a_list",
    "dict_type": "not_a_mapping",
    "model_type": "not_a_mapping",
    "literal_error": "not_one_of",
    "enum": "not_one_of",
    "missing": "missing_key",
    "extra_forbidden": "unknown_key",
    "invalid_key": "unknown_key",
    "string_too_short": "empty_value",
    "too_short": "empty_value",
}
BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
CODES |= dict.fromkeys(BOUNDS, "out_of_range")


def config_schema() -> dict[str, Any]:
    """JSON schema of a config, for editors."""
    schema = RunConfig.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$defs"]["ModelConfig"]["properties"]["family"]["enum"] = model_families()
    return schema


def load_config(path: str | Path) -> RunConfig:
    """The config in a file; one ConfigError for whatever is wrong with it."""
    source, file = read_config(path), Path(path)
    return _checked(plain(source.tree), source, file.absolute().parent, file.stem)


def read_config(path: str | Path) -> YamlFile:
    """The mapping in a config file, whatever is in it; one ConfigError where there is none."""
    file = Path(path)
    name = str(path)
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        near = [p.name for p in file.parent.glob("*.y*ml")] if file.parent.is_dir() else []
        hint = _nearest(file.name, near)
        hint = str(file.with_name(hint)) if hint else None
        raise ConfigError("config_missing", {"file": name}, place=Place(name), hint=hint) from None
    except OSError as e:
        code = "config_is_folder" if file.is_dir() else "config_unreadable"
        values = {"file": name, "problem": e.strerror or ""}
        raise ConfigError(code, values, place=Place(name)) from e
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        before = raw[: e.start]
        place = Place(name, before.count(b"\n") + 1, e.start - before.rfind(b"\n"))
        raise ConfigError("config_encoding", {"file": name}, place=place) from e
    return parse_yaml(name, text, ConfigError)


def make_config(mapping: Mapping[str, Any], base_dir: str | Path = ".") -> RunConfig:
    """A config from Python values; relative paths start at ``base_dir``."""
    given = plain(mapping)
    data = given.get("data") if isinstance(given.get("data"), dict) else {}
    path = data.get("path")
    first = path[0] if isinstance(path, list) and path else path
    stem = Path(first).name.split(".")[0] if isinstance(first, str) else data.get("builtin")
    return _checked(given, None, Path(base_dir).absolute(), str(stem or "run"))


def _checked(given: dict[str, Any], source: YamlFile | None, folder: Path, stem: str) -> RunConfig:
    named = given if given.get("name") is not None else {**given, "name": _as_name(stem)}
    try:
        config = RunConfig.model_validate(named)
    except ValidationError as e:
        raise first_problem(e, given, source) from None
    config.read_from(source, folder)
    _check_params(config)
    return config


def _as_name(stem: str) -> str:
    return re.sub(r"[^\w.-]+", "-", stem).strip("-.") or "run"


def _check_params(config: RunConfig) -> None:
    """Parameters are single values, one per knob, and numbers that the library takes."""
    try:
        recipe = config.model.recipe()
    except ConfigError as error:
        keys: Any = error.values.pop("keys")
        error.place = config.place_of("model", *keys)
        error.values |= {"found": _shown(error.values["found"]), "more": 0}
        raise
    seen: dict[str, str] = {}
    value: Any
    for key, value in config.model.params.items():
        name = recipe.aliases.get(key, key)
        said: dict[str, object] = {"key": f"model.params.{key}", "found": _shown(value), "more": 0}
        code: str | None = None
        hint: str | None = None
        if not re.fullmatch(r"[^\W\d][\w.-]*", key):
            code = "not_a_parameter_name"  # num_leaves:31, without the space, is one long name
            hint = re.sub(r"^(\w+):(\S+)$", r"\1: \2", key)
        elif name in seen:
            code, said = "param_twice", {"first": seen[name], "second": key}
        else:
            code, allowed = _value_problem(recipe, name, value)
            said = {**said, "allowed": allowed.replace(name, key)} if allowed else said
        if code:
            named = code == "not_a_parameter_name"
            hint = hint if named and hint != key else number_in(value)
            at = ("model", "params", key)
            place = config.source.place(*at, at_key=named) if config.source else None
            raise ConfigError(code, said, place=place, hint=hint)
        seen[name] = key


def _value_problem(recipe: Recipe, name: str, value: Any) -> tuple[str | None, str]:
    """What is wrong with the value of a parameter, as a code, and what is allowed instead."""
    knob = recipe.knobs.get(name)
    if knob is not None and knob.kind == "layers":
        return None if knob.legal(value) else "not_layers", ""
    if isinstance(value, list):
        return "list_for_one_value", ""
    if isinstance(value, float) and not isfinite(value):
        return "not_a_number", ""
    if not _is_scalar(value):
        return "not_a_parameter", ""
    if recipe.rounds and name == recipe.rounds.name:
        code = _number_problem(value, whole=True)
        return ("out_of_range", f"1 <= {name}") if code is None and value < 1 else (code, "")
    if knob is None or knob.kind == "choice" or knob.contains(value) or value == knob.default:
        return None, ""
    if knob.is_share(value):
        return None, ""
    code = _number_problem(value, knob.kind == "int")
    return ("out_of_range", knob.allowed) if code is None and not knob.legal(value) else (code, "")


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | None)


def _number_problem(value: Any, whole: bool) -> str | None:
    if whole:
        return None if is_number(value) and value % 1 == 0 else "not_a_whole_number"
    return None if is_number(value) else "not_a_number"


def first_problem(
    problems: ValidationError,
    given: dict[str, Any],
    source: YamlFile | None,
    root: type[BaseModel] = RunConfig,
) -> ConfigError:
    """The problem that stands first in the file; a missing key only when nothing else is wrong.

    (A misspelt key is both unknown and missing, and only the first says what to do.)  ``root`` is
    the kind of config that was not well formed.
    """
    found: list[tuple[Any, ...]] = []
    for problem in problems.errors(include_url=False):
        keys = [k for k in problem["loc"] if k != "[key]"]
        if "at" in problem.get("ctx", {}):
            keys.append(problem["ctx"]["at"])
        code = CODES.get(problem["type"], problem["type"])
        place = source.place(*keys, at_key=code == "unknown_key") if source else None
        order = (code == "missing_key", (place.line, place.column) if place else (0, 0))
        found.append((order, len(found), code, keys, problem, place))
    _, _, code, keys, problem, place = min(found, key=lambda f: f[:2])
    value: Any = given
    for key in keys:
        inside = isinstance(value, list) or (isinstance(value, dict) and key in value)
        value = value[key] if inside else None
    dotted = "".join(f"[{k + 1}]" if isinstance(k, int) else f".{k}" for k in keys).lstrip(".")
    values: dict[str, Any] = {"key": dotted, "found": _shown(value), "more": len(found) - 1}
    hint: str | None = None
    if code == "unknown_key":
        values["allowed"] = list(_model_at(keys[:-1], root).model_fields)
        hint = _nearest(str(keys[-1]), values["allowed"]) or _elsewhere(str(keys[-1]), root)
    elif code == "not_one_of":
        field = _field_at(keys, root)
        values["allowed"] = problem["ctx"].get("allowed") or _choices(field)
        hint = _nearest(str(value), values["allowed"])
    elif code == "out_of_range":
        values["allowed"] = _range(_field_at(keys, root), str(keys[-1]))
    elif isinstance(value, list) and code in ("not_a_number", "not_a_whole_number", "not_text"):
        code = "list_for_one_value"
    elif code == "not_text" and is_number(value):
        hint = json.dumps(str(value))
    elif code == "not_true_or_false" and str(value).lower() in ("yes", "on", "no", "off"):
        hint = "true" if str(value).lower() in ("yes", "on") else "false"
    elif code in ("not_a_number", "not_a_whole_number", "not_a_test"):
        hint = number_in(value)
    elif code == "not_a_list" and isinstance(value, str):
        hint = f"[{value}]"
    return ConfigError(code, values, place=place, hint=hint)


def _model_at(keys: list[Any], root: type[BaseModel]) -> type[BaseModel]:
    model = root
    for key in keys:
        parts = (model.model_fields[key].annotation, *get_args(model.model_fields[key].annotation))
        model = next(p for p in parts if isinstance(p, type) and issubclass(p, BaseModel))
    return model


def _field_at(keys: list[Any], root: type[BaseModel]) -> Any:
    names = [k for k in keys if isinstance(k, str)]
    return _model_at(names[:-1], root).model_fields[names[-1]]


def _elsewhere(key: str, root: type[BaseModel]) -> str | None:
    """The section where a key would be at home."""
    for name, field in root.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            inside = isinstance(part, type) and issubclass(part, BaseModel) and part.model_fields
            if inside and key in inside:
                return f"{name}.{key}"
    return key if key in root.model_fields else None


def _choices(kind: Any) -> list[str]:
    """The values that a field with a closed set takes."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(v) for v in kind]
    inner = get_args(getattr(kind, "annotation", kind))
    if not inner and hasattr(kind, "annotation"):
        return _choices(kind.annotation)
    return [
        v
        for part in inner
        for v in (_choices(part) if not isinstance(part, str | int) else [str(part)])
    ]


def _range(field: Any, name: str) -> str:
    """The bounds of a field as an inequality."""
    left = right = ""
    rules = [*field.metadata, *(m for p in get_args(field.annotation) for m in _metadata(p))]
    for rule in rules:
        left = f"{rule.ge:g} <= " if hasattr(rule, "ge") else left
        left = f"{rule.gt:g} < " if hasattr(rule, "gt") else left
        right = f" <= {rule.le:.10g}" if hasattr(rule, "le") else right
    return f"{left}{name}{right}"


def _metadata(part: Any) -> list[Any]:
    return [m for f in getattr(part, "__metadata__", ()) for m in getattr(f, "metadata", ())]


def _nearest(word: str, allowed: list[str]) -> str | None:
    lower = {a.lower(): a for a in allowed}
    near = get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    return lower[near[0]] if near else None


def _shown(value: Any) -> str:
    """A value as YAML would have it on one line, cut to a readable length."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
