"""The languages there are: one for each name of a locale file, ``ja.yaml`` or ``ja.html.yaml``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "report" / "locale"
FIRST = "en"  # what is spoken where nothing else is asked for


def languages_of(files: Iterable[str]) -> tuple[str, ...]:
    """The languages of these file names, English first."""
    found = {name.partition(".")[0] for name in files if name.endswith(".yaml")}
    return tuple(sorted(found, key=lambda lang: (lang != FIRST, lang)))


LANGUAGES = languages_of(file.name for file in FOLDER.iterdir())
