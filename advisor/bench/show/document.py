"""The result of a bench as one JSON document: everything that the pages are made of."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from typing import Any

from advisor.bench.modes import MODES
from advisor.bench.run import Bench
from advisor.bench.store import versions

VERSION = 1


def document(bench: Bench, today: dt.date) -> dict[str, Any]:
    """Rows, config, versions and date; rows in the order of their names.

    A row that is missing (the bench was stopped, or a case could not be run) stands under
    ``troubles`` or is missing there, too; ``asked`` counts all of them.
    """
    config = bench.config
    document = {
        "version": VERSION,
        "name": config.name,
        "mode": config.mode,
        "date": today.isoformat(),
        "versions": versions(MODES[config.mode].parts),
        "config": config.written(),
        "asked": bench.asked,
        "rows": [bench.rows[job] for job in sorted(bench.rows)],
        "troubles": {job: list(bench.troubles[job]) for job in sorted(bench.troubles)},
    }
    return {name: _plain(value) for name, value in document.items()}


def _plain(value: Any) -> Any:
    """No NaN and no infinity: JSON has neither."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def render_document(document: Mapping[str, Any]) -> str:
    """JSON text: a line for each row, so that two results can be compared line by line."""
    lines = []
    for name, value in document.items():
        if name == "rows":
            rows = ",\n    ".join(json.dumps(row, ensure_ascii=False) for row in value)
            text = f"[\n    {rows}\n  ]" if value else "[]"
        else:
            text = json.dumps(value, ensure_ascii=False)
        lines.append(f'  "{name}": {text}')
    return "{\n" + ",\n".join(lines) + "\n}\n"
