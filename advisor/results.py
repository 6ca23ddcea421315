"""What a run concludes: how its stages and the run itself ended, and the Report with all of it.

Codes and numbers only; the sentences live in ``report/locale``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from advisor.measurements import Curve
from advisor.settings import Preprocessing, Treatment
from advisor.types import Finding, Reason, StageName, Task


class Outcome(StrEnum):
    """How one stage ended."""

    PROVEN = "proven"
    BANKED = "banked"
    LIKELY = "likely"
    NO_GAIN = "no_gain"
    WORSE = "worse"
    NOT_RUN = "not_run"
    NOT_APPLICABLE = "not_applicable"
    SKIPPED = "skipped"

    @property
    def is_proven(self) -> bool:
        return self in (Outcome.PROVEN, Outcome.BANKED)


class Status(StrEnum):
    """How a whole run ended; ``checked`` when no search was asked for."""

    IMPROVED = "improved"
    NO_PROVEN_GAIN = "no_proven_gain"
    BLOCKED = "blocked"
    CHECKED = "checked"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one stage's winner.

    ``gain`` with its 95 % interval is in the metric's own unit, positive when better;
    ``smallest_detectable`` is the gain that would have been proven with power .8.
    ``looks`` counts the confirmation looks that were taken (0: early no, no fits).
    """

    outcome: Outcome
    gain: float
    low: float
    high: float
    p: float
    alpha: float
    smallest_detectable: float
    looks: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Probe:
    """A cheap candidate for one lever, on one fold, against the model it started from."""

    lever: StageName
    origin: str
    change: Mapping[str, tuple[Any, Any]]
    gain: float
    se: float


@dataclass(frozen=True, slots=True)
class SizeCurve:
    """The score over the number of training rows, and what twice the rows would give.

    ``rows`` and ``scores`` (k,) are the measured points; the gain of doubling stands with its
    80 % interval; ``verdict`` is starved, rising, enough, no_skill or not_extrapolated.

    ``spread`` (k,) are standard errors of the scores, the folds' own level left out; ``ahead``
    lists (rows, low, middle, high) of the turned score at 2, 4 and 8 times the rows, an 80 %
    interval; ``worth_rows`` the (low, middle, high) rows that gain ``worth``, the smallest gain
    worth having, and ``tuning_rows`` those that gain ``tuning``, what the stages before have
    proven.
    """

    rows: tuple[int, ...]
    scores: tuple[float, ...]
    verdict: str
    doubling_gain: float | None
    doubling_low: float | None
    doubling_high: float | None
    spread: tuple[float, ...] = ()
    ahead: tuple[tuple[float, float, float, float], ...] = ()
    worth: float | None = None
    worth_rows: tuple[float, float, float] | None = None
    tuning: float | None = None
    tuning_rows: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """One stage, run or not.

    ``params`` are the winner's parameters that differ from the stage's starting model;
    ``trials`` lists (origin, change, gain on the search folds) of every candidate; ``notes`` say
    what else was found about the training rows.
    """

    stage: StageName
    status: Outcome
    verdict: Verdict | None
    reason: Reason
    candidates: int = 0
    fits: int = 0
    seconds: float = 0.0
    params: Mapping[str, Any] = field(default_factory=dict)
    trials: tuple[Mapping[str, Any], ...] = ()
    size_curve: SizeCurve | None = None
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A model in the report: score in the metric's own unit (not turned), its standard error."""

    score: float
    se: float
    skill: float
    params: Mapping[str, Any]
    rounds: int | None
    treatment: Treatment = Treatment()
    folds: int = 0
    preprocessing: Preprocessing = Preprocessing()
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class TestResult:
    """The locked part, opened once: scores in the metric's own unit, gain positive when better."""

    before: float
    after: float
    gain: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True)
class Remaining:
    """Headroom the scouts still see after a proven stage."""

    lever: StageName
    gain: float
    command: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """Another family's published default, asked once every stage of the person's own said no.

    ``params`` are what a config says of it, ``source`` where they come from.  ``verdict`` is the
    gate's, on fresh folds against the person's model; None where the first folds saw it not far
    ahead, which ``reason`` then says with its numbers.  ``before`` and ``after`` are the scores of
    the two models on the fresh folds, in the metric's own unit; None where there were none.
    """

    family: str
    params: Mapping[str, Any]
    source: str
    verdict: Verdict | None
    reason: Reason
    before: float | None = None
    after: float | None = None
    fits: int = 0

    @property
    def proven(self) -> bool:
        """Better beyond chance, with a lead that is worth a change of family."""
        return self.verdict is not None and self.verdict.outcome is Outcome.PROVEN


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the baseline's curves say: one state and its numbers.

    ``confirmed``: a probe brought the model forward where the state points to; of a healthy model,
    that none did.  ``meaning`` says what the score means for this task, ``health`` answers whether
    the training loss falls, whether the validation loss falls with it, whether the metric agrees.
    """

    state: str
    evidence: Mapping[str, Any]
    points_to: str | None
    confirmed: bool
    meaning: Reason | None = None
    health: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """What the run took; ``seconds`` by the clock, ``training_seconds`` over all threads."""

    fits: int
    fits_from_journal: int
    seconds: float
    training_seconds: float
    peak_memory_mb: float
    audit_seconds: float = 0.0


View: TypeAlias = Callable[["Report"], str]
"""A Report as HTML for a notebook, or as the text that a terminal shows."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything a run found out, nothing formatted.

    ``stage`` is the one that made the improved model, ``foundations`` among them.  ``escalation``
    is another family's model and changes neither ``status`` nor ``improved``.  ``view`` is how a
    notebook shows it, ``spoken`` how ``print`` does: handed over by what ended the run, for nothing
    is formatted here.
    """

    name: str
    status: Status
    stage: str | None
    metric: str
    greater_is_better: bool
    seed: int
    rows: int
    features: int
    task: Task
    fingerprint: str
    test_rows: int
    asked_before: int
    naive: float
    baseline: ModelSummary | None
    improved: ModelSummary | None
    test: TestResult | None
    audit: tuple[Finding, ...]
    diagnosis: Diagnosis | None
    curves: tuple[Curve, ...]
    improved_curves: tuple[Curve, ...]
    stages: tuple[StageOutcome, ...]
    probes: tuple[Probe, ...]
    remaining: Remaining | None
    change: Mapping[str, tuple[Any, Any]]
    cause: Reason | None
    next_step: Reason | None
    cost: Cost
    files: Mapping[str, str]
    versions: Mapping[str, str]
    escalation: Escalation | None = None
    view: View | None = field(default=None, repr=False)
    spoken: View | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """For ``print(report)``: what a terminal shows, where it was handed over."""
        return repr(self) if self.spoken is None else self.spoken(self)

    def _repr_html_(self) -> str | None:
        """For notebooks; None, and with it the plain text, where no view was handed over."""
        return None if self.view is None else self.view(self)
