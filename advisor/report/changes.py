"""What an improved model changes, in words: knobs, features and the training rows."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from advisor.report import numbers
from advisor.report.locale import Catalog
from advisor.report.phrases import treatment_words
from advisor.results import Report
from advisor.settings import Preprocessing, Treatment

TREATMENTS = {part.name for part in fields(Treatment)}
FEATURES = {part.name for part in fields(Preprocessing)}


def changes(report: Report, catalog: Catalog) -> list[tuple[str, str, str]]:
    """(knob, before, after) of what the improved model changes, treatment included."""
    knobs = {k: v for k, v in report.change.items() if k not in TREATMENTS}
    rows = [
        (
            f"preprocessing.{k}" if k in FEATURES else k,
            value_words(catalog, old),
            value_words(catalog, new),
        )
        for k, (old, new) in knobs.items()
    ]
    if report.baseline and report.improved:
        before, after = (
            treatment_words(catalog, m.treatment) for m in (report.baseline, report.improved)
        )
        if before != after:
            rows.append((catalog.say("terminal.treatment"), before, after))
    return rows


def value_words(catalog: Catalog, value: Any) -> str:
    """A parameter's value; a word where it is not set."""
    return catalog.say("terminal.unset") if value is None else numbers.plain(value)
