"""Candidates compared: what changed from one to the other."""

from __future__ import annotations

from typing import Any

from advisor.recipes import Recipe
from advisor.types import Candidate

TREATMENT = ("fraction", "pool", "merge_duplicates", "class_weight")


def difference(recipe: Recipe, a: Candidate, b: Candidate) -> dict[str, tuple[Any, Any]]:
    """{name: (before, after)} of every parameter and part of the treatment that differs."""
    out = {}
    for name in sorted({*a.params, *b.params}):
        before = a.params.get(name, recipe.defaults.get(name))
        after = b.params.get(name, recipe.defaults.get(name))
        if before != after:
            out[name] = (before, after)
    for name in TREATMENT:
        before, after = getattr(a.treatment, name), getattr(b.treatment, name)
        if before != after:
            out[name] = (before, after)
    return out


def changed(recipe: Recipe, a: Candidate, b: Candidate) -> dict[str, Any]:
    """{name: value in b} of everything that differs."""
    return {name: after for name, (_, after) in difference(recipe, a, b).items()}
