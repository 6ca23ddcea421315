"""Candidates compared: what changed from one to the other."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from advisor.recipes.recipe import Recipe
from advisor.settings import Candidate, Treatment

TREATMENT = tuple(part.name for part in fields(Treatment))
PREPROCESSING = ("scale", "missing", "numbers")


def difference(recipe: Recipe, a: Candidate, b: Candidate) -> dict[str, tuple[Any, Any]]:
    """{name: (before, after)} of everything that differs: parameters, treatment, features."""
    out = {}
    for name in sorted({*a.params, *b.params}):
        before = a.params.get(name, recipe.defaults.get(name))
        after = b.params.get(name, recipe.defaults.get(name))
        if before != after:
            out[name] = (before, after)
    parts: list[tuple[str, object, object]]
    parts = [(name, a.treatment, b.treatment) for name in TREATMENT]
    parts += [(name, a.preprocessing, b.preprocessing) for name in PREPROCESSING]
    parts += [("threshold", a, b)]
    for name, one, other in parts:
        before, after = getattr(one, name), getattr(other, name)
        if before != after:
            out[name] = (before, after)
    return out


def changed(recipe: Recipe, a: Candidate, b: Candidate) -> dict[str, Any]:
    """{name: value in b} of everything that differs."""
    return {name: after for name, (_, after) in difference(recipe, a, b).items()}
