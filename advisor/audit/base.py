"""What a check is: one question about the data or the evaluation, answered with Findings.

A check never repairs and never raises for what it finds: it always answers, with at least one
Finding for each of its codes (a code may have several, one for each column it names).  ``issue``
blocks the run, ``warning`` does not, ``passed`` says it was looked at.  What cannot be asked here
is ``not_applicable``; what could be but was not (too few rows, say) is ``skipped`` with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from advisor.measure.evaluate import Evaluator
from advisor.measurements import Evaluation
from advisor.metrics.table import Metric
from advisor.settings import Candidate
from advisor.types import Dataset, Finding, Floats, Ints, Severity, Split

MOST_ROWS = 100_000  # above it a check looks at a sample and says so


@dataclass(frozen=True, slots=True)
class Kpi:
    """What the person says a gain is worth: ``kpi`` of the config.

    ``cost`` is (of a false positive, of a false negative); ``goal`` a score in the unit that the
    run's metric is shown in.
    """

    metric: Metric | None = None
    min_gain: float | None = None
    goal: float | None = None
    cost: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """The person's model measured on all search splits.

    Attributes:
        evaluation: with row contributions of the person's metric.
        rows: (m,) Dataset rows that were predicted, each once.
        pred: (m,) or (m, K) out-of-fold predictions for them.
        naive: (m,) or (m, K) what the naive predictor of each fold says.
        evaluator: measures further candidates and splits; a check that does so says why.
    """

    evaluation: Evaluation
    rows: Ints
    pred: Floats
    naive: Floats
    evaluator: Evaluator

    @property
    def candidate(self) -> Candidate:
        return self.evaluation.candidate


@dataclass(frozen=True, slots=True)
class Material:
    """What a check may look at.

    Attributes:
        dataset: the rows and their roles; the locked test part may be compared, never scored.
        metric: the person's.
        kpi: what they said of it.
        splits: of the search.
        seed: of everything random in a check.
        scale_sensitive: the unit of a column changes the person's model.
        takes_missing: their model can be fitted on missing values.
        scaled: their config scales the columns already.
        numbers: text columns that their config reads as numbers already.
        baseline: None while nothing is measured yet.
    """

    dataset: Dataset
    metric: Metric
    kpi: Kpi
    splits: Sequence[Split]
    seed: int = 0
    scale_sensitive: bool = False
    takes_missing: bool = True
    scaled: bool = False
    numbers: tuple[str, ...] = ()
    baseline: Baseline | None = None

    def sample(self, most: int = MOST_ROWS) -> Ints:
        """At most so many training rows, drawn with the run's seed, in ascending order."""
        rows = self.dataset.train
        if len(rows) <= most:
            return rows
        rng = np.random.default_rng(self.seed)
        return np.sort(rng.choice(rows, most, replace=False))


Run = Callable[[Material], list[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    ``codes`` are those its Findings may carry; ``after_baseline`` says that it needs a measured
    baseline.
    """

    codes: tuple[str, ...]
    run: Run
    after_baseline: bool = False
    subject: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", self.run.__module__.rpartition(".")[2])


def passed(code: str, **evidence: object) -> Finding:
    """Looked at, nothing found."""
    return Finding(code, Severity.PASSED, evidence)


def not_applicable(code: str, **evidence: object) -> Finding:
    """The question makes no sense here."""
    return Finding(code, Severity.NOT_APPLICABLE, evidence)


def skipped(code: str, reason: str, **evidence: object) -> Finding:
    """``reason`` is a key of ``audit.skipped`` in the locales."""
    return Finding(code, Severity.SKIPPED, {"reason": reason, **evidence})
