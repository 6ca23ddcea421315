"""What is noticed while a table is read: D01-D05, D13, P01-P03 and P13, each with its numbers.

Each is there in every Dataset, also when nothing was found (passed, or not applicable), so that a
report can say what was looked at.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.data.content import row_keys
from advisor.data.number_columns import only_looks_like_text
from advisor.data.roles import Part
from advisor.data.targets import Target
from advisor.types import Column, ColumnKind, Finding, Ints, Severity

DUPLICATES_WARNING = 0.01
"""D04: share of repeated rows above which they are worth a warning."""
DISTINCT_TEXT = 0.9
"""P02: distinct texts per row above which a text column can hardly teach anything ..."""
DISTINCT_FROM = 20
"""... when it has at least so many."""
NAMES_SHOWN = 20


def _columns_finding(
    code: str, names: Sequence[str], *, severity: Severity, **more: Any
) -> Finding:
    """A finding about columns: how many, and the first of their names."""
    evidence = {"count": len(names), "columns": list(names[:NAMES_SHOWN]), **more}
    return Finding(code, severity if names else Severity.PASSED, evidence)


def about_rows(parts: Sequence[Part]) -> Finding:
    """D01: rows without a target, which are left out."""
    rows = sum(len(part.table) for part in parts)
    count = rows - sum(part.size for part in parts)
    evidence: Mapping[str, Any] = {"count": count, "rows": rows, "share": count / rows}
    return Finding("D01", Severity.WARNING if count else Severity.PASSED, evidence)


def about_columns(X: pd.DataFrame, columns: Sequence[Column]) -> list[Finding]:
    """D02, D03, P01, P02 from the (n, p) encoded training rows.

    Numbers and dates as text are different in every row, and still teach something (P07, P12).
    """
    empty, constant, spread = [], [], []
    most = 0.0
    for column in columns:
        values = X[column.name]
        known = values.notna()
        present = int(known.sum())
        if present == 0:
            empty.append(column.name)
            continue
        if column.kind is ColumnKind.CATEGORY:
            codes = np.asarray(values.cat.codes)
            distinct = len(np.unique(codes[codes >= 0]))
        else:
            array = np.asarray(values)
            distinct = 2 - int(np.nanmin(array) == np.nanmax(array))
        if distinct == 1 and present == len(X):
            constant.append(column.name)
        share = distinct / present
        many = bool(column.categories) and distinct >= DISTINCT_FROM and share >= DISTINCT_TEXT
        if many and not only_looks_like_text(values):
            spread.append(column.name)
            most = max(most, share)
    dates = [c.name for c in columns if c.kind is ColumnKind.DATETIME]
    text = any(c.kind is ColumnKind.CATEGORY for c in columns)
    found = [
        _columns_finding("D02", empty, severity=Severity.WARNING),
        _columns_finding("D03", constant, severity=Severity.WARNING),
        _columns_finding("P01", dates, severity=Severity.PASSED),
        _columns_finding("P02", spread, severity=Severity.WARNING, share=most),
    ]
    idle = {"P01": not dates, "P02": not text}
    return [
        Finding(f.code, Severity.NOT_APPLICABLE, f.evidence) if idle.get(f.code) else f
        for f in found
    ]


def about_duplicates(X: pd.DataFrame, y: NDArray[Any], kept_together: Ints | None) -> Finding:
    """D04: rows equal to an earlier one in every feature and the target."""
    count = len(X) - len(np.unique(row_keys(X, y)))
    share = count / len(X)
    severity = Severity.WARNING if share > DUPLICATES_WARNING else Severity.PASSED
    kept = 0 if kept_together is None else count
    evidence = {"count": count, "rows": len(X), "share": share, "kept": kept}
    return Finding("D04", severity, evidence)


def about_classes(target: Target, train: Ints, folds: int) -> Finding:
    """D05: classes with fewer training rows than there are folds."""
    codes, classes = target.codes(train), target.classes
    if codes is None:
        idle = {"count": 0, "classes": [], "rows": len(train), "folds": folds}
        return Finding("D05", Severity.NOT_APPLICABLE, idle)
    count = np.bincount(codes, minlength=len(classes))
    rare = [name for name, rows in zip(classes, count, strict=True) if rows < folds]
    evidence = {
        "count": len(rare),
        "classes": rare[:NAMES_SHOWN],
        "rows": int(count.min()),
        "folds": folds,
    }
    return Finding("D05", Severity.WARNING if rare else Severity.PASSED, evidence)


def about_spelling(name: str, target: Target, columns: Sequence[Column]) -> Finding:
    """D13: texts of a column, or classes, that differ in capitals, width or blanks alone."""
    said = {name: target.classes} | {c.name: c.categories for c in columns}
    words = {column: texts for column, texts in said.items() if _any_letter(texts)}
    found = {column: pair for column, texts in words.items() if (pair := _twice(texts))}
    column, (first, second) = next(iter(found.items()), (name, ("", "")))
    evidence = {"count": len(found), "columns": list(found)[:NAMES_SHOWN]}
    example = {"column": column, "first": first, "second": second}
    fine = Severity.PASSED if words else Severity.NOT_APPLICABLE
    return Finding("D13", Severity.WARNING if found else fine, evidence | example)


def _any_letter(texts: Sequence[str]) -> bool:
    return any(letter.isalpha() for text in texts for letter in text)


def _twice(texts: Sequence[str]) -> tuple[str, str] | None:
    """The first two that are one text to a reader."""
    seen: dict[str, str] = {}
    for text in texts:
        plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        if plain in seen:
            return seen[plain], text
        seen[plain] = text
    return None


def about_target(name: str, target: Target) -> Finding:
    """P13: a target of numbers that are written as text, and how they were read."""
    values = target.values
    status = Severity.NOT_APPLICABLE if target.written is None else Severity.WARNING
    evidence = {
        "column": name,
        "example": target.written,
        "distinct": len(np.unique(values)),
        "low": float(values.min()),
        "high": float(values.max()),
    }
    return Finding("P13", status, evidence)


def about_extra_columns(parts: Sequence[Part], used: frozenset[str]) -> Finding:
    """P03: columns of a pool or test table that the first table does not use."""
    extra = {name for part in parts[1:] for name in part.table.columns if name not in used}
    finding = _columns_finding("P03", sorted(extra), severity=Severity.WARNING)
    if len(parts) == 1:
        return Finding(finding.code, Severity.NOT_APPLICABLE, finding.evidence)
    return finding
