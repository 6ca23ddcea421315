"""How columns are read, as plain values: for the file beside a saved model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from advisor.errors import DataError
from advisor.types import Column, ColumnKind


def columns_to_json(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Plain lists, dicts and strings, for the file beside a saved model."""
    return [
        {"name": c.name, "kind": c.kind.value, "categories": list(c.categories)}
        | ({"day_first": True} if c.day_first else {})
        | ({"short_years": True} if c.short_years else {})
        for c in columns
    ]


def columns_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """What ``columns_to_json`` wrote.

    Raises:
        DataError: it is something else.
    """
    try:
        return tuple(
            Column(
                str(d["name"]),
                ColumnKind(d["kind"]),
                tuple(map(str, d.get("categories", ()))),
                bool(d.get("day_first", False)),
                bool(d.get("short_years", False)),
            )
            for d in data
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError("columns_broken", {"reason": str(error)}) from error
