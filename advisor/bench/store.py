"""What a bench has measured already: one line of JSON for each finished case.

A line is written in one go and forced to the disk, so a bench that is killed at any time loses at
most the cases that were running; what is no whole line is passed over.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "advisor",
    "lightgbm",
    "numpy",
    "optuna",
    "pandas",
    "scikit-learn",
    "scipy",
    "flaml",
    "optuna-integration",
)
SAYS_ONLY = ("report/", "bench/", "cli/")
"""Parts of the package that change no measurement, or (of the bench) not everyone's."""


def versions(parts: tuple[str, ...]) -> dict[str, str]:
    """Of everything that a measurement is made with; ``parts`` as for ``code_hash``."""
    found = {"code": code_hash(parts)[:12]}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {**found, "python": platform.python_version()}


@cache
def code_hash(parts: tuple[str, ...]) -> str:
    """sha256, hex, of all code and recipes that decide what is measured.

    Args:
        parts: modules and folders of ``advisor.bench`` that do, besides advisor itself.
    """
    package = Path(__file__).parent.parent
    own = tuple(f"bench/{part}{end}" for part in parts for end in (".py", "/"))
    digest = hashlib.sha256()
    for file in sorted([*package.rglob("*.py"), *package.glob("recipes_data/*.yaml")]):
        name = file.relative_to(package).as_posix()
        if not name.startswith(SAYS_ONLY) or name.startswith(own):
            digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def key_of(parts: tuple[str, ...], *what: object) -> str:
    """sha256, hex, of everything that a row is a function of."""
    text = json.dumps([*what, versions(parts)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Store:
    """The finished rows of a bench, by key.

    Args:
        file: JSON lines; made when there is none.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rows: dict[str, dict[str, Any]] = {}
        file.parent.mkdir(parents=True, exist_ok=True)
        whole = file.read_bytes() if file.exists() else b""
        self._torn = whole[-1:] not in (b"", b"\n")
        for line in whole.splitlines():
            with suppress(ValueError, TypeError, KeyError):
                stored = json.loads(line)
                self._rows[stored["key"]] = stored["row"]

    def get(self, key: str) -> dict[str, Any] | None:
        """The row stored under ``key``."""
        return self._rows.get(key)

    def put(self, key: str, row: dict[str, Any]) -> None:
        """Store a finished row."""
        line = json.dumps({"key": key, "row": row}, ensure_ascii=False) + "\n"
        line = f"\n{line}" if self._torn else line
        self._torn = False
        with self._file.open("ab") as opened:
            opened.write(line.encode())
            opened.flush()
            os.fsync(opened.fileno())
        self._rows[key] = row
