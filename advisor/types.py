"""The vocabulary: frozen values that every other module speaks in.

Nothing here reads a file, fits a model or formats a sentence.  Scores are *higher is better*
everywhere inside advisor (``metrics`` turns them once); a gain is positive when it is better.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Params: TypeAlias = Mapping[str, Any]


class Task(StrEnum):
    """What kind of target is predicted."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"

    @property
    def is_classification(self) -> bool:
        return self is not Task.REGRESSION


class StageName(StrEnum):
    """What ends a run: the foundations before the search, then the stages in their fixed order."""

    FOUNDATIONS = "foundations"
    LEARNING_RATE = "learning_rate"
    REGULARIZATION = "regularization"
    DATA_SIZE = "data_size"
    DEPTH = "depth"


STAGE_ORDER: tuple[StageName, ...] = tuple(StageName)[1:]  # the four that search


class Purpose(StrEnum):
    """What a split's scores may be used for."""

    SEARCH = "search"
    CONFIRM = "confirm"
    TEST = "test"


class Severity(StrEnum):
    """How one check ended."""

    ISSUE = "issue"
    WARNING = "warning"
    PASSED = "passed"
    NOT_APPLICABLE = "not_applicable"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a code with numbers; the sentence lives in ``report/locale``."""

    code: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result: a stable code such as ``D04`` and its numbers by name."""

    code: str
    status: Severity
    evidence: Mapping[str, Any] = field(default_factory=dict)
    points_to: str | None = None
    remedy: str | None = None


class ColumnKind(StrEnum):
    """How a feature column is read."""

    NUMBER = "number"
    CATEGORY = "category"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Column:
    """How one feature column of the person's table becomes a column of ``Dataset.X``.

    ``categories`` are the distinct training values as text, in the order of their codes, for a
    category column and empty for all others.  ``day_first`` says of dates as text how 1/2/2024 was
    read, ``short_years`` that 1/31/24 was read as a date.
    """

    name: str
    kind: ColumnKind
    categories: tuple[str, ...] = ()
    day_first: bool = False
    short_years: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """All rows the run may see, in one table, and what each row is for.

    Attributes:
        X: (n, p) features under their original names; float64 or ``category`` columns only.
        y: (n,) int64 class codes 0..K-1, or float64 targets.
        task: what kind of target ``y`` is.
        classes: the K original labels in the order of the codes; empty for regression.
        target: original name of the target column.
        columns: how each column of ``X`` was read, in order.
        train: rows the model uses today; every search and confirm split lies within them.
        pool: labelled rows the model does not use yet.
        test: rows locked away, opened at most once.
        groups: (n,) group codes; rows of one group never straddle a split.
        time: (n,) int64, sortable; splits respect its order.
        weight: (n,) positive weights of the person's own, of mean 1 over ``train``.
        fingerprint: sha256 of the content (values, roles, names), hex.
        findings: what was noticed while reading.
        twins: (n,) codes, equal for rows that are equal in every feature and the target; None
            where there are none, or where equal rows are too common to be copies.
    """

    X: pd.DataFrame
    y: NDArray[Any]
    task: Task
    classes: tuple[str, ...]
    target: str
    columns: tuple[Column, ...]
    train: Ints
    pool: Ints
    test: Ints
    groups: Ints | None
    time: Ints | None
    weight: Floats | None
    fingerprint: str
    findings: tuple[Finding, ...] = ()
    twins: Ints | None = None

    @property
    def n_classes(self) -> int:
        return len(self.classes)

    @property
    def together(self) -> Ints | None:
        """(n,) codes of rows that no split may separate: the groups, else the twins."""
        return self.twins if self.groups is None else self.groups


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Rows to train on and rows to score, by position in the Dataset."""

    id: str
    purpose: Purpose
    partition: int
    fold: int
    train: Ints
    valid: Ints
    seed: int
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        if not (self.train.size and self.valid.size):
            raise ValueError(f"split {self.id}: a part is empty")
        scored = np.zeros(max(self.train.max(), self.valid.max()) + 1, dtype=bool)
        scored[self.valid] = True
        if scored[self.train].any():
            raise ValueError(f"split {self.id}: training and validation rows overlap")
        h = hashlib.blake2b(digest_size=16)
        h.update(np.ascontiguousarray(self.train).tobytes() + b"|")
        h.update(np.ascontiguousarray(self.valid).tobytes() + str(self.seed).encode())
        object.__setattr__(self, "digest", h.hexdigest())
