"""The known name that a misspelt one was probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


def nearest(name: str, known: Iterable[Any]) -> str | None:
    """The most similar of ``known``, letter case aside; None when nothing is similar."""
    by_folded = {str(k).casefold(): str(k) for k in known}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None
