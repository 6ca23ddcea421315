"""What a JSON Schema is put together from."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]


def of(kind: str | list[str], description: str = "") -> Schema:
    """A value of one kind, or of several."""
    return {"type": kind} | ({"description": description} if description else {})


def text(description: str = "") -> Schema:
    """A string."""
    return of("string", description)


def number(description: str = "") -> Schema:
    """Null stands for a number that could not be had (NaN, infinity)."""
    return of(["number", "null"], description)


def count(description: str = "") -> Schema:
    """A whole number from 0 on."""
    return of("integer", description) | {"minimum": 0}


def one_of(values: type[StrEnum] | Sequence[str], description: str = "") -> Schema:
    """One of these texts."""
    return of("string", description) | {"enum": [str(v) for v in values]}


def or_null(schema: Schema, description: str = "") -> Schema:
    """What the schema says, or null."""
    what = {"description": description} if description else {}
    return {"anyOf": [schema, {"type": "null"}]} | what


def list_of(items: Schema, description: str = "") -> Schema:
    """An array of such items."""
    return of("array", description) | {"items": items}


def any_mapping(description: str = "") -> Schema:
    """A mapping with any keys."""
    return of("object", description)


def mapping(properties: dict[str, Schema], description: str = "") -> Schema:
    """A mapping with exactly these keys."""
    return of("object", description) | {
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
