"""The vocabulary: frozen values that every other module speaks in.

Nothing here reads a file, fits a model or formats a sentence.  Scores are *higher is better*
everywhere inside advisor (``metrics.py`` turns them once); a gain is positive when it is better.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
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
    category column and empty for all others.
    """

    name: str
    kind: ColumnKind
    categories: tuple[str, ...] = ()


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


CLASS_WEIGHTS = ("balanced", "sqrt")
RESAMPLES = ("under", "over")
SUSPECTS = ("drop", "down_weight")
AUGMENTS = ("mixup", "noise", "swap")


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done to the training rows of a split, and to nothing else.

    Attributes:
        fraction: share of the split's training rows that is used, 0 < fraction <= 1.
        pool: share of the pool that is added, 0 <= pool <= 1.
        merge_duplicates: exact duplicate rows become one row with their summed weight.
        class_weight: ``balanced`` gives every class the same total weight, ``sqrt`` goes half of
            the way there (by the root of the factor); None leaves it.
        resample: ``under`` keeps as many rows of each class as the rarest has, ``over`` repeats
            rows until every class has as many as the largest; None leaves them.
        suspects: what is done with rows whose target two families of models contradict:
            ``drop``, or ``down_weight`` by the probability that it is wrong; None leaves them.
        augment: made-up rows beside the real ones, for a family that takes them: ``mixup``,
            ``noise`` or ``swap``; None makes none.
    """

    fraction: float = 1.0
    pool: float = 0.0
    merge_duplicates: bool = False
    class_weight: str | None = None
    resample: str | None = None
    suspects: str | None = None
    augment: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.fraction <= 1 or not 0 <= self.pool <= 1:
            raise ValueError(f"shares lie in (0, 1] and [0, 1], got {self}")
        for name, allowed in TREATMENT_CHOICES.items():
            value = getattr(self, name)
            if value not in (None, *allowed):
                raise ValueError(f"{name} is None or one of {allowed}, got {value!r}")
        if self.class_weight is not None and self.resample is not None:
            raise ValueError("classes are weighed or resampled, not both; got " + repr(self))

    @property
    def changes(self) -> dict[str, Any]:
        """{field: value} of everything that is done; empty for rows as they are."""
        return {
            part.name: getattr(self, part.name)
            for part in fields(self)
            if getattr(self, part.name) != part.default
        }


TREATMENT_CHOICES = {
    "class_weight": CLASS_WEIGHTS,
    "resample": RESAMPLES,
    "suspects": SUSPECTS,
    "augment": AUGMENTS,
}


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What is done to the features before the model sees them; learned on training rows only.

    Attributes:
        scale: ``standard`` gives every number column mean 0 and variance 1; None leaves it.
        missing: for a learner that takes no missing values: ``mean`` fills them with the column's
            mean, ``indicator`` adds a column that says where they were as well.
        numbers: text columns whose numbers are read as numbers; other texts become missing.
    """

    scale: str | None = None
    missing: str = "mean"
    numbers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.scale not in (None, "standard"):
            raise ValueError(f"scale is None or 'standard', got {self.scale!r}")
        if self.missing not in ("mean", "indicator"):
            raise ValueError(f"missing is 'mean' or 'indicator', got {self.missing!r}")


@dataclass(frozen=True, slots=True)
class Stopping:
    """Early stopping: end after ``patience`` rounds in a row that were not worth running.

    Together they gained less than ``min_share`` of all that the fit has gained over the naive loss.
    """

    patience: int
    min_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One setting to try.

    Attributes:
        params: every parameter the learner is given, spelled as the recipe spells them.
        treatment: of the training rows.
        preprocessing: of the features.
        threshold: probability of class 1 from which a row is taken for class 1; None is .5.  It
            changes what a prediction is worth, not the fit.
        stopping: early stopping on the split's validation rows; None means all rounds are run.
        stage: the stage that proposed it; None for the person's own model.
        origin: the direction it came from, e.g. ``weaker``, ``rate``, ``proposed``, ``baseline``.
        fit_key: canonical JSON of what decides the fit.
    """

    params: Params
    treatment: Treatment = Treatment()
    preprocessing: Preprocessing = Preprocessing()
    threshold: float | None = None
    stopping: Stopping | None = None
    stage: StageName | None = None
    origin: str = "baseline"

    fit_key: str = field(init=False, repr=False, compare=False, default="")

    def __post_init__(self) -> None:
        s, p = self.stopping, self.preprocessing
        decides = {
            "params": dict(sorted(self.params.items())),
            "treatment": self.treatment.changes,
            "preprocessing": [p.scale, p.missing, list(p.numbers)],
            "stopping": None if s is None else [s.patience, s.min_share],
        }
        # asked for many times in a search, so written once
        key = json.dumps(decides, sort_keys=True, default=str)
        object.__setattr__(self, "fit_key", key)

    @property
    def key(self) -> str:
        """What tells this candidate from another, whoever proposed it."""
        return self.fit_key if self.threshold is None else f"{self.fit_key} {self.threshold!r}"

    def with_params(self, **changes: Any) -> Candidate:
        return replace(self, params={**self.params, **changes})


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Losses along a fit, in eval mode, in the monitored metric's own unit (lower is better).

    ``rounds`` (k,) counts from 1 (booster rounds or epochs); ``train`` and ``valid`` are (k,).
    ``train_metric`` and ``valid_metric`` (k,) are the turned score (higher is better) that the
    loss should agree with (``metrics.companion``); empty where there is none.
    """

    rounds: Ints
    train: Floats
    valid: Floats
    train_metric: Floats = field(default_factory=lambda: np.empty(0))
    valid_metric: Floats = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """What went on inside a net of L layers, at k epochs of its fit, on some training rows.

    Attributes:
        epochs: (k,) counted from 1.
        gradients: (k, L) root mean square of the loss's gradient by the weights of a layer, the
            output layer last.
        moves: (k, L) size of a step over the size of the weights that it moves; nan where the
            library does not tell.
        dead: (k, L - 1) share of a hidden layer's units that are 0 for every row; nan for an
            activation that is never 0.
        saturated: (k, L - 1) share of a hidden layer's outputs that lie where sigmoid or tanh are
            flat; nan for an activation that has no such ends.
    """

    epochs: Ints
    gradients: Floats
    moves: Floats
    dead: Floats
    saturated: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One candidate on one split.

    Attributes:
        pred: predictions for the valid rows, float32: (m,) probability of class 1 or target
            value, (m, K) class probabilities.
        curve: only where it was asked for (every baseline fit).
        rounds: rounds used, None for a learner without rounds.
        seconds: training time.
        failure: why it failed (e.g. ``diverged``), None when it did not.
        inside: of a net, where a curve was asked for.
    """

    pred: NDArray[np.float32]
    rounds: int | None
    seconds: float
    curve: Curve | None = None
    failure: str | None = None
    inside: Inside | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """One candidate on one or more splits of one purpose.

    Attributes:
        splits: the splits it was measured on, in order; fits: one each.
        rows: (m,) Dataset rows that were scored (a row stands once per partition).
        values: (m,) contribution of each row to the score; their mean is the score, higher is
            better (for metrics that are no mean of row losses: linearised, see ``metrics.py``).
        folds: (m,) index into ``splits``.
        units: (m,) independent units (a row, a group, or a block of time).
    """

    candidate: Candidate
    purpose: Purpose
    splits: tuple[Split, ...]
    fits: tuple[Fit, ...]
    rows: Ints
    values: Floats
    folds: Ints
    units: Ints

    @property
    def score(self) -> float:
        return float(self.values.mean())

    @property
    def rounds(self) -> int | None:
        """Rounds to fix in a refit: the mean over the folds, rounded, at least 1."""
        used = [f.rounds for f in self.fits if f.rounds is not None]
        return max(1, round(float(np.mean(used)))) if used else None
