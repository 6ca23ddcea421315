"""The part of JSON Schema that the report's schema uses, as a validator of 40 lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}
KNOWN = {
    "$schema", "$defs", "title", "description", "type", "enum", "const", "anyOf", "minimum",
    "items", "minItems", "maxItems", "properties", "required", "additionalProperties",
}  # fmt: skip


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind])


def problems(value: Any, schema: dict[str, Any], path: str = "$") -> Iterator[str]:
    """Everything in ``value`` that the schema does not allow."""
    assert set(schema) <= KNOWN, f"{path}: a keyword that is not checked: {set(schema) - KNOWN}"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{path}: {value!r} is not {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is not one of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{path}: {value!r} is not {schema['const']!r}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{path}: {value!r} is too small"
    if "anyOf" in schema and all(list(problems(value, s, path)) for s in schema["anyOf"]):
        yield f"{path}: {value!r} fits none of anyOf"
    if isinstance(value, (list, dict)):
        yield from _inside(value, schema, path)


def _inside(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{path}: {len(value)} items"
        for i, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), f"{path}[{i}]")
    if isinstance(value, dict):
        inside = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        yield from (f"{path}: {k} is missing" for k in schema.get("required", []) if k not in value)
        for key, item in value.items():
            if key in inside:
                yield from problems(item, inside[key], f"{path}.{key}")
            elif others is False:
                yield f"{path}: {key} is not described"
            elif isinstance(others, dict):
                yield from problems(item, others, f"{path}.{key}")
