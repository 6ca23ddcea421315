"""Are the features in a form that this model can use?"""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np

from advisor.audit.base import Check, Material, not_applicable, passed
from advisor.audit.equal_columns import equal_columns
from advisor.audit.scale import ranges_of
from advisor.data.number_columns import (
    counted,
    only_looks_like_text,
    written_dates,
    written_numbers,
)
from advisor.types import ColumnKind, Dataset, Finding, Severity

NAMES_SHOWN = 20
UNSEEN_SHARE = 0.01
"""P09: share of rows with an unknown category that is worth a warning."""
CLEAR = 3.0


def missing_values(material: Material) -> list[Finding]:
    """P05: gaps in the columns of a model that takes none."""
    if material.takes_missing:
        return [not_applicable("P05")]
    X = material.dataset.X.iloc[material.dataset.train]
    gaps = np.asarray(X.isna(), dtype=bool)
    names = [str(name) for i, name in enumerate(X.columns) if gaps[:, i].any()]
    evidence = {
        "count": int(gaps.sum()),
        "share": float(gaps.mean()),
        "row_share": float(gaps.any(axis=1).mean()),
        "column_count": len(names),
        "columns": names[:NAMES_SHOWN],
    }
    if not names:
        return [passed("P05", **evidence)]
    numbers = {c.name for c in material.dataset.columns if c.kind is not ColumnKind.CATEGORY}
    remedy = "indicator" if numbers & set(names) else None
    return [Finding("P05", Severity.WARNING, evidence, "preprocessing", remedy)]


def unscaled(material: Material) -> list[Finding]:
    """P06: columns of very different size under a model that their unit changes."""
    if not material.scale_sensitive:
        return [not_applicable("P06")]
    ranges = ranges_of(material.dataset, material.sample())
    if ranges is None:
        return [not_applicable("P06")]
    evidence = {
        "column": ranges.largest,
        "ratio": ranges.ratio,
        "size": ranges.size,
        "count": len(ranges.far),
        "columns": list(ranges.far[:NAMES_SHOWN]),
        "scaled": material.scaled,
    }
    if material.scaled or not ranges.far:
        return [passed("P06", **evidence)]
    return [Finding("P06", Severity.WARNING, evidence, "preprocessing", "scale")]


def numbers_as_text(material: Material) -> list[Finding]:
    """P07: one Finding for each text column that holds numbers."""
    dataset = material.dataset
    texts = [
        c.name
        for c in dataset.columns
        if c.kind is ColumnKind.CATEGORY and c.name not in material.numbers
    ]
    if not texts:
        return [not_applicable("P07")]
    found = []
    for name in texts:
        held = written_numbers(*counted(dataset.X[name].iloc[dataset.train]))
        if held is not None:
            evidence = {"column": name, **asdict(held)}
            found.append(Finding("P07", Severity.WARNING, evidence, "preprocessing", "numbers"))
    return found or [passed("P07", count=len(texts))]


def dates_as_text(material: Material) -> list[Finding]:
    """P12: one Finding for each text column that holds dates, except for some of its texts."""
    dataset = material.dataset
    texts = [c.name for c in dataset.columns if c.kind is ColumnKind.CATEGORY]
    if not texts:
        return [not_applicable("P12")]
    found = []
    for name in texts:
        held = written_dates(*counted(dataset.X[name].iloc[dataset.train]))
        if held is not None:
            evidence = {"column": name, **asdict(held)}
            found.append(Finding("P12", Severity.WARNING, evidence, "preprocessing"))
    return found or [passed("P12", count=len(texts))]


def duplicate_columns(material: Material) -> list[Finding]:
    """P08: pairs of columns that say the same."""
    if len(material.dataset.columns) < 2:
        return [not_applicable("P08")]
    pairs = equal_columns(material.dataset, material.sample())
    evidence = {"count": len(pairs), "pairs": [f"{a} = {b}" for a, b in pairs[:NAMES_SHOWN]]}
    if not pairs:
        return [passed("P08", **evidence)]
    return [Finding("P08", Severity.WARNING, evidence, "data")]


def unseen_categories(material: Material) -> list[Finding]:
    """P09: categories of pool or test rows that no training row has.

    A number or a date as text need not have been seen (P07, P12 speak of those).
    """
    dataset = material.dataset
    names = [
        c.name
        for c in dataset.columns
        if c.kind is ColumnKind.CATEGORY
        and not only_looks_like_text(dataset.X[c.name].iloc[dataset.train])
    ]
    rows = len(dataset.pool) + len(dataset.test)
    if not names or not rows:
        return [not_applicable("P09")]
    count = {name: _unseen(dataset, name) for name in names}
    worst = max(count, key=lambda name: count[name])
    many = [name for name in names if count[name] > UNSEEN_SHARE * rows]
    evidence = {
        "column": worst,
        "count": count[worst],
        "rows": rows,
        "share": count[worst] / rows,
        "column_count": len(many),
        "columns": many[:NAMES_SHOWN],
    }
    if not many:
        return [passed("P09", **evidence)]
    return [Finding("P09", Severity.WARNING, evidence, "data")]


def _unseen(dataset: Dataset, name: str) -> int:
    """Rows of pool and test part whose category no training row has.

    Unknown categories of test rows were read as missing: what is more than chance of those.
    """
    codes = np.asarray(dataset.X[name].cat.codes, dtype=np.int64)
    seen = np.bincount(codes[dataset.train] + 1, minlength=int(codes.max()) + 2) > 0
    seen[0] = True
    unseen = int((~seen[codes[dataset.pool] + 1]).sum())
    n = len(dataset.test)
    if n:
        share = float((codes[dataset.train] < 0).mean())
        more = int((codes[dataset.test] < 0).sum()) - share * n
        if more > CLEAR * math.sqrt(share * (1 - share) * n):
            unseen += round(more)
    return unseen


CHECKS: tuple[Check, ...] = (
    Check(("P05",), missing_values),
    Check(("P06",), unscaled),
    Check(("P07",), numbers_as_text),
    Check(("P12",), dates_as_text),
    Check(("P08",), duplicate_columns),
    Check(("P09",), unseen_categories),
)
