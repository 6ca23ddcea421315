"""What a report draws, as values: numbers reduced to what a picture can show, nothing drawn.

Scores stand in the metric's own unit, gains are positive when better, every number is finite.
Kept beside a run's report, so that it can be drawn anew in any language without a fit.
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.types import StageName


@dataclass(frozen=True, slots=True)
class CurveUnits:
    """What the learning curves are in: the loss's metric, the naive loss, the score beside it.

    ``companion`` is the score's metric; its values are turned (higher is better), and stand in
    their own unit after ``companion_sign``.
    """

    metric: str
    naive: float | None
    companion: str | None
    companion_sign: int


@dataclass(frozen=True, slots=True)
class RatePoint:
    """One learning rate tried: its score with one standard error of the paired difference.

    ``rounds`` were used at this rate; ``mark`` is ``person``, ``best`` (the stage's best
    candidate) or ``trial``.
    """

    rate: float
    score: float
    se: float
    rounds: int | None
    mark: str


@dataclass(frozen=True, slots=True)
class RateSweep:
    """The score over the learning rate, on the first folds of the search; ``knob`` is its name."""

    knob: str
    folds: int
    points: tuple[RatePoint, ...]


@dataclass(frozen=True, slots=True)
class FoldGain:
    """The paired gain on one fold with its standard error over the fold's units."""

    partition: int
    fold: int
    gain: float
    se: float
    rows: int


@dataclass(frozen=True, slots=True)
class PairedGains:
    """What a stage's verdict rests on, fold by fold.

    ``fresh``: on partitions that took no part in the choice; else on the folds of the search,
    where the best of many looks better than it is.
    """

    stage: StageName
    pass_number: int
    fresh: bool
    folds: tuple[FoldGain, ...]


@dataclass(frozen=True, slots=True)
class Confusion:
    """Rows by class (first index) and answer; the last ``other`` classes share the last place."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    other: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """Points to be joined."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of similar prediction: their mean prediction, what came of them, and a range of it."""

    predicted: float
    observed: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True)
class ClassPicture:
    """Out-of-fold predictions of classes.

    The curves are of class 1; of three classes or more, of all one-against-rest answers pooled.
    ``calibration`` holds the probability of class 1, or of the answer given, against how often it
    came true (95 % interval by Wilson).
    """

    confusion: Confusion
    roc: Line
    precision_recall: Line
    calibration: tuple[Bin, ...]
    share: float


@dataclass(frozen=True, slots=True)
class ResidualPicture:
    """Out-of-fold predictions of numbers: a sample of rows, and all rows in bins of the prediction.

    A residual is the target minus the prediction; a bin's range is its middle 80 %.
    """

    predicted: tuple[float, ...]
    residual: tuple[float, ...]
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class SizePicture:
    """The score over training rows with its standard error, and what more of them promise.

    ``ahead`` lists (rows, low, middle, high) beyond the last measured point, an 80 % interval;
    empty where the curve says nothing about more rows.
    """

    rows: tuple[int, ...]
    scores: tuple[float, ...]
    se: tuple[float, ...] = ()
    ahead: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """What one change carries: the score lost on the first folds when it alone is put back."""

    name: str
    lost: float
    se: float


@dataclass(frozen=True, slots=True)
class Pictures:
    """All that the pages show beside the report itself.

    ``before`` and ``after`` hold the predictions of the person's and the improved model on the
    same folds, ``folds`` of them; ``command`` and ``finished`` (ISO 8601, local time with its
    offset) say how and when it was made.
    """

    command: str = ""
    finished: str = ""
    curves: CurveUnits | None = None
    sweep: RateSweep | None = None
    paired: tuple[PairedGains, ...] = ()
    folds: int = 0
    before: ClassPicture | ResidualPicture | None = None
    after: ClassPicture | ResidualPicture | None = None
    size: SizePicture | None = None
    carried: tuple[Carried, ...] = ()
