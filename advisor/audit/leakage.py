"""Does a column, a copied row or the order of the rows give the target away?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.audit import copies
from advisor.audit.base import Check, Material, not_applicable, passed, skipped
from advisor.audit.single import (
    Answer,
    Single,
    answer,
    bins_of_numbers,
    every_column,
    of_classes,
    skill,
    straight,
)
from advisor.audit.suspects import PERFECT, strong_columns, suspects_among
from advisor.audit.together import NO_QUESTION, asked_for
from advisor.data.number_columns import counted, written_dates, written_numbers
from advisor.data.number_text import is_missing_text, numbers_in
from advisor.types import ColumnKind, Dataset, Finding, Floats, Ints, Severity

ROWS = 20_000
"""Rows a column's own skill is measured on: its error is then below .01."""
JOINT_ROWS = 5_000
"""Rows all columns together are measured on."""
FEWEST_ROWS = 50

MISSING_SUSPECT = 0.4
"""L04: rank skill of a missing indicator; the highest of 20 real sets is .20 (T3 of sick)."""
MISSING_PROBABLE = 0.9
MOST_CLASSES = 30
"""L04: classes, the most frequent ones, that are asked for one by one."""
ORDER = 0.25
"""L05: rank skill of the place in the file.

Shuffled rows stay below .06.  Files in the order of time, place, series or class reach .26-.999:
five of the calibration sets, three of the others (diamonds, nycflights13_late, kddcup99_10pct).
"""
PLACE = "#"
NEAR_UNIQUE = 0.95
"""L05: distinct values per row from which whole numbers or texts are taken for an id."""
SERIAL = 10
"""L05: range of serial numbers, in rows of the table ..."""
IN_ORDER = 0.95
"""... or share of rows (less those against it) whose number is above that of the row before."""
ID_PROBABLE = 0.85


def give_away(material: Material) -> list[Finding]:
    """L02, L04 and L05: what a column, its gaps or the order of the rows say of the target."""
    dataset = material.dataset
    rows = material.sample(ROWS)
    if len(rows) < FEWEST_ROWS:
        return [
            skipped(code, "few_rows_to_learn", rows=len(rows)) for code in ("L02", "L04", "L05")
        ]
    X = dataset.X.iloc[rows]
    asked = answer(dataset, rows, material.seed)
    gaps = _gaps(X, asked)
    ids = _ids(dataset, rows, asked)
    by_gap = [one for one in gaps if one.sure >= MISSING_SUSPECT]
    place = skill(PLACE, bins_of_numbers(rows.astype(np.float64)), asked)
    elsewhere = {one.name for one in ids if one.sure >= ORDER}
    singles = [one for one in every_column(X, asked) if one.name not in elsewhere]
    told = {one.name: one.rank for one in by_gap}
    own = [s for s in singles if told.get(s.name, 0.0) < 0.8 * s.rank]
    return [
        *_columns(material, own, X, asked),
        *_missing(gaps, by_gap, dataset),
        *_order(material, place, ids),
    ]


# -- L02 ---------------------------------------------------------------------------------------


def _columns(
    material: Material, singles: Sequence[Single], X: pd.DataFrame, of_all: Answer
) -> list[Finding]:
    """L02: one Finding for each suspect, the best column where there is none."""
    ranked = sorted(singles, key=lambda one: -one.rank)
    if len(ranked) < 2:
        return [not_applicable("L02")]
    strong = strong_columns(ranked)
    if not strong:
        return [_none("L02", ranked[0])]
    rows = material.sample(JOINT_ROWS)
    asked = answer(material.dataset, rows, material.seed)
    joint = asked_for(strong[0].name, material.dataset.X.iloc[rows], asked) or NO_QUESTION
    perfect = {s.name for s in strong if straight(X[s.name], of_all) >= PERFECT}
    suspects = suspects_among(ranked, joint, perfect)
    names = {suspect.one.name for suspect in suspects}
    behind = next((one for one in ranked if one.name not in names), Single("-", 0.0, 0.0))
    found = []
    for suspect in suspects:
        one = suspect.one
        evidence = {
            "column": one.name,
            "skill": one.rank,
            "loss_skill": one.loss,
            **_score(one, material.dataset),
            "runner_up": behind.name,
            "runner_up_skill": behind.rank,
            "together": None if joint is NO_QUESTION else suspect.whole,
            "without": None if joint is NO_QUESTION else suspect.rest,
            "companions": suspect.companions,
        }
        status = Severity.ISSUE if suspect.probable else Severity.WARNING
        found.append(Finding("L02", status, evidence, points_to="data"))
    return found or [_none("L02", ranked[0])]


def _none(code: str, best: Single) -> Finding:
    """Passed, with the best there is: of many columns of noise one always looks good."""
    return passed(code, column=best.name, skill=max(0.0, best.sure))


def _score(one: Single, dataset: Dataset) -> dict[str, Any]:
    if dataset.task.is_classification:
        return {"score_name": "AUC", "score": (one.rank + 1) / 2}
    return {"score_name": "R²", "score": max(one.rank, one.loss)}


# -- L04 ---------------------------------------------------------------------------------------


def _gaps(X: pd.DataFrame, asked: Answer) -> list[Single]:
    """What it says of the target that a column has no value, best first.

    Of several classes it may give away one, so each is asked against the rest.
    """
    questions = [asked]
    if asked.codes is not None and asked.n_classes > 2:
        common = np.argsort(-np.bincount(asked.codes), kind="stable")[:MOST_CLASSES]
        each = ((asked.codes == code).astype(np.int64) for code in common)
        questions = [of_classes(asked.half, codes, 2) for codes in each]
    found = []
    for name in X.columns:
        absent = _absent(X[name])
        if absent.any() and not absent.all():
            codes = absent.astype(np.int64)
            found.append(max((skill(str(name), codes, q) for q in questions), key=_sure))
    return sorted(found, key=_sure, reverse=True)


def _sure(one: Single) -> float:
    return one.sure


def _absent(values: pd.Series) -> NDArray[np.bool_]:
    """(m,) no value, or a text that says so."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.isna(), dtype=bool)
    words = [str(c) for c in values.cat.categories]
    none = np.array([is_missing_text(w) for w in words] + [True], dtype=bool)
    absent: NDArray[np.bool_] = none[np.asarray(values.cat.codes)]
    return absent


def _missing(gaps: Sequence[Single], suspects: Sequence[Single], dataset: Dataset) -> list[Finding]:
    """L04: one Finding for each column whose gaps give the target away."""
    if not gaps:
        return [not_applicable("L04")]
    found = []
    for one in suspects:
        evidence = {"column": one.name, "skill": one.rank, **_score(one, dataset)}
        status = Severity.ISSUE if one.rank >= MISSING_PROBABLE else Severity.WARNING
        found.append(Finding("L04", status, evidence, points_to="data"))
    return found or [_none("L04", gaps[0])]


# -- L05 ---------------------------------------------------------------------------------------


def _ids(dataset: Dataset, rows: Ints, asked: Answer) -> list[Single]:
    """Skill of the order of each column that is an id: near-unique texts, or serial numbers."""
    found = []
    for column in dataset.columns:
        values = dataset.X[column.name].iloc[rows]
        if column.kind is ColumnKind.CATEGORY:
            number = _order_of_texts(values)
        elif column.kind is ColumnKind.NUMBER:
            number = np.asarray(values, dtype=np.float64)
        else:
            continue
        if np.isnan(number).any() or (number != np.floor(number)).any():
            continue
        # numbers of things counted one after the other lie close to each other; sums do not
        serial = np.ptp(number) <= SERIAL * len(dataset.y) or _in_order(number)
        if serial and len(np.unique(number)) >= NEAR_UNIQUE * len(number):
            found.append(skill(column.name, bins_of_numbers(number), asked))
    return found


def _order_of_texts(values: pd.Series) -> Floats:
    """(m,) place of each text among all of them; of numbers as text the number, of dates nothing.

    A price is as near to unique as an id, and predicts the target without naming rows.
    """
    names, rows = counted(values)
    if written_dates(names, rows) is not None:
        return np.full(len(values), np.nan)
    numbers = numbers_in(names) if written_numbers(names, rows) is not None else None
    codes = np.asarray(values.cat.codes)
    if numbers is None:
        return np.asarray(codes, dtype=np.float64)
    placed: Floats = np.append(numbers, np.nan)[codes]
    return placed


def _in_order(number: Floats) -> bool:
    """Whether numbers rise, or fall, with the rows nearly all the time."""
    steps = np.sign(np.diff(number))
    return abs(float(steps.mean())) >= IN_ORDER


def _order(material: Material, place: Single, ids: Sequence[Single]) -> list[Finding]:
    """L05: ids that know the target, and the place in the file, whose column is called ``#``."""
    dataset = material.dataset
    known = dataset.groups is not None or dataset.time is not None
    found = []
    for one in (*ids, *(() if known else (place,))):
        if one.sure >= ORDER:
            evidence = {"column": one.name, "skill": one.rank, **_score(one, dataset)}
            sure = one is not place and one.rank >= ID_PROBABLE
            status = Severity.ISSUE if sure else Severity.WARNING
            found.append(Finding("L05", status, evidence, points_to="data"))
    return found or [_none("L05", place)]


CHECKS: tuple[Check, ...] = (
    Check(("L01", "L03"), copies.copies),
    Check(("L02", "L04", "L05"), give_away),
)
