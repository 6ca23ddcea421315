"""Too few rows, too many, rows that contradict each other, one source that dominates."""

from __future__ import annotations

import re
from math import sqrt
from typing import Any

import numpy as np

from advisor.audit.base import Check, Material, not_applicable, passed
from advisor.data.content import row_keys
from advisor.types import Column, Dataset, Finding, Floats, Ints, Severity

CONFLICTING = 0.01
"""D06: share of rows whose features stand elsewhere with another target, from which it is a
warning, or ...  With nothing planted it spoke on 1 of 10 calibration sets (concrete: 2.4 %, the
same mixture with other strengths) and on 0 of 10 scoring sets; 5 % of the rows once more with
another row's target were found on all 20."""
FLOOR = 0.05
"""... share of the naive loss that no model of these columns can get below on these rows."""
PER_COLUMN = 10
"""D09: rows a column needs (the "one in ten" rule of Peduzzi et al. 1996, there of events)."""
MOST_INDICATORS = 10
"""D09: columns that one category column counts for at most; the models here share the rest."""
FEWEST_ROWS = 200
FEWEST_OF_CLASS = 50
"""D09: conventions; they speak on 2 of 10 calibration sets (page_blocks, steel_plates: rare
classes) and on 1 of 10 scoring sets (kddcup99), in samples of 8,000 rows."""
MANY_ROWS = 200_000
"""D10: rows from which copies cost more time than they are worth."""
MANY_COPIES = 0.3
"""D10: share of rows that repeat an earlier one exactly."""
DOMINATES = 0.9
"""D11: share of one source from which a model is a model of that source ..."""
OTHER_SOURCES = 3
"""... although there are at least so many others."""
SOURCES = (
    *("source", "site", "store", "shop", "branch", "hospital", "clinic", "centre", "center"),
    *("device", "sensor", "machine", "station", "country", "region"),
)
"""D11: words in a column's name that say where a row comes from.  One alarm on 20 sets: adult,
where 91 % have one native_country."""


def conflicting(material: Material) -> list[Finding]:
    """D06: rows that are equal in every feature and differ in the target."""
    data, rows = material.dataset, material.sample()
    _, code = np.unique(row_keys(data.X.iloc[rows]), return_inverse=True)
    y = data.y[rows]
    if data.task.is_classification:
        metric, differ, floor, naive = "log_loss", *_class_conflict(code, y, data.n_classes)
    else:
        metric, differ, floor, naive = "rmse", *_value_conflict(code, y)
    count = int(differ.sum())
    evidence = {
        "count": count,
        "rows": len(rows),
        "share": count / len(rows),
        "metric": metric,
        "floor": floor,
        "naive": naive,
    }
    if count / len(rows) < CONFLICTING and floor < FLOOR * naive:
        return [passed("D06", **evidence)]
    return [Finding("D06", Severity.WARNING, evidence, "data")]


def _class_conflict(code: Ints, y: Ints, classes: int) -> tuple[np.ndarray, float, float]:
    """(n,) rows in conflict; the mean entropy within equal rows; that of all rows.

    Nobody can do better than answering each group of equal rows with its own class shares.
    """
    cell, count = np.unique(code * classes + y, return_counts=True)
    group = np.bincount(code)
    of_cell = cell // classes
    within = -float((count * np.log(count / group[of_cell])).sum()) / len(y)
    shares = np.bincount(y, minlength=classes) / len(y)
    shares = shares[shares > 0]
    mixed = np.bincount(of_cell, minlength=len(group)) > 1
    return mixed[code], abs(within), -float((shares * np.log(shares)).sum())


def _value_conflict(code: Ints, y: Floats) -> tuple[np.ndarray, float, float]:
    """(n,) rows in conflict; the root of the variance within equal rows; that of all rows."""
    group = np.bincount(code)
    off = y - (np.bincount(code, y) / group)[code]
    low, high = np.full(len(group), np.inf), np.full(len(group), -np.inf)
    np.minimum.at(low, code, y)
    np.maximum.at(high, code, y)
    return (high > low)[code], sqrt(float((off**2).mean())), float(y.std())


def too_few(material: Material) -> list[Finding]:
    """D09: fewer rows than the columns, or any model, need."""
    data = material.dataset
    rows = len(data.train)
    columns = sum(min(max(len(c.categories), 1), MOST_INDICATORS) for c in data.columns)
    needed = max(FEWEST_ROWS, PER_COLUMN * columns)
    evidence: dict[str, Any] = {"rows": rows, "columns": columns, "needed": needed}
    evidence |= {"features": len(data.columns), "because": None}
    evidence |= {"rarest": None, "rarest_rows": None, "rarest_needed": FEWEST_OF_CLASS}
    few = rows < needed
    if data.task.is_classification:
        counts = np.bincount(data.y[data.train], minlength=data.n_classes)
        rarest = int(counts.argmin())
        evidence |= {"rarest": data.classes[rarest], "rarest_rows": int(counts[rarest])}
        few = few or bool(counts[rarest] < FEWEST_OF_CLASS)
    else:
        evidence["because"] = "values"
    if not few:
        return [passed("D09", **evidence)]
    return [Finding("D09", Severity.WARNING, evidence, "data_size")]


def too_many(material: Material) -> list[Finding]:
    """D10: many rows, of which a large part are copies."""
    data = material.dataset
    rows = len(data.train)
    if rows <= MANY_ROWS:
        return [passed("D10", rows=rows, share=None, many=MANY_ROWS)]
    keys = row_keys(data.X.iloc[data.train], data.y[data.train])
    share = 1 - len(np.unique(keys)) / rows
    evidence = {"rows": rows, "share": share, "many": MANY_ROWS}
    if share <= MANY_COPIES:
        return [passed("D10", **evidence)]
    return [Finding("D10", Severity.WARNING, evidence, "data_size")]


def one_source(material: Material) -> list[Finding]:
    """D11: nearly all rows come from one of several sources."""
    data = material.dataset
    named = [c for c in data.columns if c.categories and is_source(c.name)]
    if not named:
        return [not_applicable("D11")]
    shares = [(column.name, *_largest(data, column)) for column in named]
    found = [
        Finding(
            "D11",
            Severity.WARNING,
            {"column": name, "value": value, "share": share, "others": others},
            "data",
        )
        for name, value, share, others in shares
        if share > DOMINATES and others >= OTHER_SOURCES
    ]
    if found:
        return found
    name, value, share, others = max(shares, key=lambda s: s[2])
    return [passed("D11", column=name, value=value, share=share, others=others)]


def is_source(name: str) -> bool:
    """Whether a column's name says that it holds where a row comes from."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return any(w in SOURCES or w.removesuffix("s") in SOURCES for w in words)


def _largest(data: Dataset, column: Column) -> tuple[str, float, int]:
    """The most frequent value among the known ones, its share, and how many others there are."""
    codes = np.asarray(data.X[column.name].cat.codes.iloc[data.train])
    count = np.bincount(codes[codes >= 0], minlength=len(column.categories))
    top = int(count.argmax())
    total = max(int(count.sum()), 1)
    return column.categories[top], float(count[top] / total), int((count > 0).sum()) - 1


CHECKS: tuple[Check, ...] = (
    Check(("D06",), conflicting),
    Check(("D09",), too_few),
    Check(("D10",), too_many),
    Check(("D11",), one_source),
)
