"""Events: what the search yields while it works.  Printing is somebody else's business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from advisor.results import (
    Diagnosis,
    Escalation,
    ModelSummary,
    Probe,
    Report,
    StageOutcome,
    TestResult,
)
from advisor.types import Dataset, Finding, StageName


@dataclass(frozen=True, slots=True, eq=False)
class RunStarted:
    """The data are read and checked, the folder is there."""

    name: str
    folder: str
    dataset: Dataset
    metric: str
    greater_is_better: bool
    asked_before: int


@dataclass(frozen=True, slots=True)
class BaselineMeasured:
    """The model as it is was measured; ``naive`` is the naive score, not turned."""

    baseline: ModelSummary
    naive: float
    diagnosis: Diagnosis | None
    seconds: float


@dataclass(frozen=True, slots=True)
class AuditEnded:
    """The checks are done; ``blocked`` when one of them stops the run."""

    findings: tuple[Finding, ...]
    blocked: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class ProbesMeasured:
    """The cheap look at every lever is done."""

    probes: tuple[Probe, ...]


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage begins; passes count from 1."""

    stage: StageName
    pass_number: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Fits done so far in the run, the best gain so far in the stage, seconds used and left."""

    stage: StageName | None
    fits: int
    best_gain: float | None
    seconds: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class StageEnded:
    """A stage is done, or was left out."""

    outcome: StageOutcome


@dataclass(frozen=True, slots=True)
class Escalated:
    """Every stage proved nothing, and another family's default was looked at."""

    escalation: Escalation


@dataclass(frozen=True, slots=True)
class TestOpened:
    """The locked rows were opened."""

    result: TestResult


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """The last event."""

    report: Report


Event: TypeAlias = (
    RunStarted
    | BaselineMeasured
    | AuditEnded
    | ProbesMeasured
    | StageStarted
    | Progress
    | StageEnded
    | Escalated
    | TestOpened
    | Finished
)
