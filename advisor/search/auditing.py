"""Runs the checks: those of the data before the first fit, the others on the baseline's folds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from threadpoolctl import threadpool_limits

from advisor.audit import CHECKS, Check
from advisor.audit.base import Baseline, Material, skipped
from advisor.search.session import Session, Steps
from advisor.types import Finding, Severity, Split

ENOUGH_ROWS = 2_000
"""Predicted rows that the checks of a run make do with: a share of 5 % is known to half a point."""


@dataclass(slots=True)
class Audit:
    """What the checks said so far, and how long they took."""

    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def blocks(self) -> bool:
        return any(finding.status is Severity.ISSUE for finding in self.findings)


def check_data(session: Session, audit: Audit) -> None:
    """Every check that needs no fit."""
    _run(session, audit, material_of(session), after_baseline=False)


def check_model(session: Session, audit: Audit, splits: Sequence[Split]) -> Steps[None]:
    """Every check that looks at the baseline's predictions, on these splits."""
    evaluator, person = session.evaluator, session.person
    yield from session.ticks(None, evaluator.measure([(person, split) for split in splits]))
    evaluation = evaluator.evaluation(person, splits)
    guesses = [evaluator.naive_prediction(split) for split in splits]
    baseline = Baseline(
        evaluation=evaluation,
        rows=evaluation.rows,
        pred=np.concatenate([fit.pred for fit in evaluation.fits]).astype(np.float64),
        naive=np.concatenate(guesses),
        evaluator=evaluator,
    )
    _run(session, audit, material_of(session, baseline), after_baseline=True)


def folds_to_check(session: Session) -> Sequence[Split]:
    """As many of the search folds as hold ENOUGH_ROWS."""
    rows = np.cumsum([len(split.valid) for split in session.splits])
    return session.splits[: int(np.searchsorted(rows, ENOUGH_ROWS)) + 1]


def material_of(session: Session, baseline: Baseline | None = None) -> Material:
    """What the checks may look at."""
    person, recipe = session.person, session.recipe
    return Material(
        dataset=session.evaluator.dataset,
        metric=session.evaluator.metric,
        kpi=session.kpi,
        splits=session.splits,
        seed=session.seed,
        scale_sensitive=recipe.scale_sensitive,
        takes_missing=recipe.takes_missing or person.preprocessing.missing == "indicator",
        scaled=person.preprocessing.scale is not None,
        numbers=person.preprocessing.numbers,
        baseline=baseline,
    )


def _run(session: Session, audit: Audit, material: Material, *, after_baseline: bool) -> None:
    began = time.perf_counter()
    # small fits gain nothing from a second thread, and lose much where the cores have other work
    with threadpool_limits(1):
        for check in CHECKS:
            if check.after_baseline is after_baseline:
                audit.findings += _answers(session, check, material)
    audit.findings.sort(key=lambda finding: finding.code)
    audit.seconds += time.perf_counter() - began


def _answers(session: Session, check: Check, material: Material) -> list[Finding]:
    """What a check finds; that there was no time for it, once the run's minutes are used up."""
    if session.out_of_time:
        return [skipped(code, "out_of_time") for code in check.codes]
    return [_accepted(finding, session.allow) for finding in check.run(material)]


def _accepted(finding: Finding, allow: Sequence[str]) -> Finding:
    """An issue that the config allows by name is a warning that says so."""
    names = {finding.code, f"{finding.code}:{finding.evidence.get('column')}"}
    if finding.status is not Severity.ISSUE or not names & set(allow):
        return finding
    return replace(finding, status=Severity.WARNING, evidence={**finding.evidence, "allowed": True})
