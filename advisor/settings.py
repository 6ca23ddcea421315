"""What can be tried: a model's parameters, what is done to its rows and its features."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from typing import Any

from advisor.types import Params, StageName

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
