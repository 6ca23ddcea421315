"""Do the folds keep apart what belongs together: groups, time, classes?"""

from __future__ import annotations

import numpy as np

from advisor.audit.apart import evidence, kept_apart
from advisor.audit.base import Check, Material, not_applicable, passed
from advisor.audit.grouping import groups_in
from advisor.audit.single import answer, bins_of_numbers, skill
from advisor.audit.timing import When, times_in
from advisor.types import Finding, Severity

DRIFT_ROWS = 20_000
DRIFT = 0.1
"""S02: rank skill of the time for the target that is evidence of its own."""
FEW_IN_FOLD = 10
"""S03: rows of a class in a validation fold: one row more is ten points of its recall."""
NAMES_SHOWN = 20


def groups(material: Material) -> list[Finding]:
    """S01: a column looks like a group that folds at random tear apart."""
    dataset = material.dataset
    if dataset.groups is not None:
        return [passed("S01", column=None, declared=True, because="declared")]
    if dataset.time is not None:
        return [not_applicable("S01")]
    found = groups_in(dataset, material.sample(), material.seed)
    if not found:
        return [passed("S01", column=None, declared=False, because="none")]
    group = found[0]
    measured = kept_apart(material, groups=group.codes)
    numbers = {
        "column": group.column,
        "declared": False,
        "values": group.values,
        "rows": group.rows,
        "likeness": group.likeness,
        "target_likeness": group.target,
        "alike": list(group.alike[:NAMES_SHOWN]),
        **evidence(measured, material),
    }
    if group.strong or (measured is not None and measured.clear):
        return [Finding("S01", Severity.WARNING, numbers, points_to="splits")]
    return [passed("S01", **numbers)]


def time_order(material: Material) -> list[Finding]:
    """S02: a column says when the rows happened, and folds at random mix past and future."""
    dataset = material.dataset
    if dataset.time is not None:
        return [passed("S02", column=None, declared=True, because="declared")]
    if dataset.groups is not None:
        return [not_applicable("S02")]
    found = times_in(dataset)
    if not found:
        return [not_applicable("S02")]
    when = found[0]
    measured = None if when.time is None else kept_apart(material, time=when.time)
    drift = _drift(material, when)
    numbers = {
        "column": when.column,
        "declared": False,
        "drift": drift,
        **evidence(measured, material),
    }
    if drift >= DRIFT or (measured is not None and measured.clear):
        return [Finding("S02", Severity.WARNING, numbers, points_to="splits")]
    return [passed("S02", **numbers)]


def _drift(material: Material, when: When) -> float:
    """How well the time alone orders the target."""
    rows = material.sample(DRIFT_ROWS)
    asked = answer(material.dataset, rows, material.seed)
    return skill(when.column, bins_of_numbers(when.values[rows]), asked).rank


def rare_in_folds(material: Material) -> list[Finding]:
    """S03: classes of which a validation fold has so few rows that their scores are coarse."""
    dataset = material.dataset
    if not dataset.task.is_classification:
        return [not_applicable("S03")]
    count = np.min(
        [np.bincount(dataset.y[s.valid], minlength=dataset.n_classes) for s in material.splits],
        axis=0,
    )
    worst = int(count.argmin())
    rare = [name for name, rows in zip(dataset.classes, count, strict=True) if rows < FEW_IN_FOLD]
    numbers = {
        "class": dataset.classes[worst],
        "rows": int(count[worst]),
        "folds": len(material.splits),
        "count": len(rare),
        "classes": rare[:NAMES_SHOWN],
        "needed": FEW_IN_FOLD,
        "because": "one" if count[worst] == 1 else None,
    }
    if rare:
        return [Finding("S03", Severity.WARNING, numbers, points_to="splits")]
    return [passed("S03", **numbers)]


CHECKS: tuple[Check, ...] = (
    Check(("S01",), groups, after_baseline=True),
    Check(("S02",), time_order, after_baseline=True),
    Check(("S03",), rare_in_folds),
)
