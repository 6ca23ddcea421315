"""Whole Reports of each of the endings, as a run would hand them over."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from advisor.measurements import Curve
from advisor.report.locale import catalog
from advisor.report.wording import Wording
from advisor.results import (
    Cost,
    Diagnosis,
    ModelSummary,
    Outcome,
    Probe,
    Remaining,
    Report,
    SizeCurve,
    StageOutcome,
    Status,
    Verdict,
)
from advisor.results import TestResult as LockedResult
from advisor.settings import Treatment
from advisor.types import STAGE_ORDER, Finding, Reason, Severity, StageName, Task

RATE, REG, DATA, DEPTH = STAGE_ORDER
PARAMS = {"learning_rate": 0.1, "n_estimators": 1000, "min_child_samples": 20, "reg_lambda": 0}


def verdict(outcome: Outcome, gain: float, half: float, reason: Reason, **changes: Any) -> Verdict:
    values: dict[str, Any] = {
        "outcome": outcome,
        "gain": gain,
        "low": gain - half,
        "high": gain + half,
        "p": 0.2,
        "alpha": 0.01,
        "smallest_detectable": 0.0039,
        "looks": 1,
        "reason": reason,
    }
    return Verdict(**(values | changes))


def luck(stage: StageName, gain: float, half: float) -> StageOutcome:
    reason = Reason("gate.luck", {"gain": gain, "p": 0.2, "smallest_detectable": 0.0039})
    said = verdict(Outcome.NO_GAIN, gain, half, reason)
    return StageOutcome(
        stage=stage,
        status=Outcome.NO_GAIN,
        verdict=said,
        reason=reason,
        candidates=30,
        fits=60,
        seconds=12.5,
        params={"learning_rate": 0.05},
        trials=({"origin": "rate", "change": {"learning_rate": [0.1, 0.05]}, "gain": gain},),
    )


def proven(stage: StageName, gain: float, half: float, reason: Reason) -> StageOutcome:
    evidence = {"gain": gain, "low": gain - half, "high": gain + half}
    said = verdict(Outcome.PROVEN, gain, half, Reason("gate.proven", evidence), p=0.0001)
    banked = reason.code == "stage.banked"
    return StageOutcome(
        stage=stage,
        status=Outcome.BANKED if banked else Outcome.PROVEN,
        verdict=said,
        reason=reason,
        candidates=24,
        fits=55,
        seconds=31.0,
        params={"min_child_samples": 112, "reg_lambda": 6.3},
    )


def not_run(stage: StageName, code: str = "stage.after_stop") -> StageOutcome:
    return StageOutcome(stage, Outcome.NOT_RUN, None, Reason(code))


def curve(shift: float = 0.0) -> Curve:
    rounds = np.arange(1, 6)
    return Curve(rounds, 0.6 / rounds + shift, 0.6 / rounds + 0.1 + shift)


SIZE = SizeCurve((1000, 2000, 4000), (0.81, 0.823, 0.8312), "rising", 0.006, 0.003, 0.009)

IMPROVED = Report(
    name="churn-01",
    status=Status.IMPROVED,
    stage="regularization",
    metric="roc_auc",
    greater_is_better=True,
    seed=0,
    rows=8000,
    features=20,
    task=Task.BINARY,
    fingerprint="5f1d7a84db00d2fce00b31a7fc73224f",
    test_rows=1600,
    asked_before=0,
    naive=0.5,
    baseline=ModelSummary(0.8312, 0.0021, 0.6624, PARAMS, 1000, folds=10),
    improved=ModelSummary(
        0.8431,
        0.0019,
        0.6862,
        PARAMS | {"min_child_samples": 112, "reg_lambda": 6.3},
        143,
        folds=5,
    ),
    test=LockedResult(0.8287, 0.8402, 0.0115, 0.0041, 0.0189, 1600),
    audit=(
        *(Finding(f"D{i:02}", Severity.PASSED) for i in range(1, 4)),
        Finding("T00", Severity.WARNING, {"rows": 214}, "data_size", "kept in one fold"),
        Finding("L01", Severity.NOT_APPLICABLE),
        Finding("L09", Severity.SKIPPED),
    ),
    diagnosis=Diagnosis(
        "overfit",
        {"train": 0.998, "valid": 0.831, "best_round": 41, "rounds": 1000},
        "regularization",
        True,
    ),
    curves=(curve(), curve(0.01)),
    improved_curves=(curve(-0.05),),
    stages=(
        luck(RATE, 0.0017, 0.0023),
        proven(REG, 0.0119, 0.0037, Reason("stage.sufficient", {"share": 0.96})),
        not_run(DATA),
        not_run(DEPTH),
    ),
    probes=(
        Probe(RATE, "higher", {"learning_rate": (0.1, 1.0)}, -0.03, 0.002),
        Probe(RATE, "lower", {"learning_rate": (0.1, 0.01)}, 0.0021, 0.002),
        Probe(REG, "stronger", {"reg_lambda": (0, 10.0)}, 0.0102, 0.0015),
    ),
    remaining=None,
    change={"min_child_samples": (20, 112), "reg_lambda": (0, 6.3)},
    cause=Reason("cause.regularization.stronger"),
    next_step=Reason("next.nothing_left"),
    cost=Cost(240, 10, 192.0, 150.0, 512.0),
    files={
        "report": "runs/churn-01/report.json",
        "config": "runs/churn-01/improved.yaml",
        "model": "runs/churn-01/model.txt",
        "journal": "runs/churn-01/journal.db",
    },
    versions={"advisor": "0.1.0", "lightgbm": "4.7.0"},
)

BANKED = replace(
    IMPROVED,
    stage="depth",
    stages=(
        proven(
            RATE,
            0.004,
            0.001,
            Reason("stage.banked", {"share": 0.3, "lever": "depth", "headroom": 0.012}),
        ),
        luck(REG, 0.0, 0.002),
        StageOutcome(
            DATA, Outcome.NO_GAIN, None, Reason("data.rising", {}), 0, 6, 3.0, size_curve=SIZE
        ),
        proven(
            DEPTH,
            0.0079,
            0.003,
            Reason("gate.proven", {"gain": 0.0079, "low": 0.0049, "high": 0.0109}),
        ),
    ),
    improved=replace(
        IMPROVED.improved or IMPROVED.baseline,  # type: ignore[type-var]
        treatment=Treatment(pool=1.0, class_weight="balanced"),
    ),
    remaining=Remaining(REG, 0.003, "advisor tune churn.yaml --keep-going"),
    next_step=Reason("next.keep_going", {"command": "advisor tune churn.yaml --keep-going"}),
    cause=Reason("cause.depth.deeper"),
    asked_before=2,
)

NO_GAIN = replace(
    IMPROVED,
    status=Status.NO_PROVEN_GAIN,
    stage=None,
    improved=None,
    improved_curves=(),
    test=None,
    stages=(
        luck(RATE, 0.0004, 0.0019),
        luck(REG, 0.0012, 0.0023),
        StageOutcome(
            DATA,
            Outcome.NO_GAIN,
            None,
            Reason(
                "data.rising",
                {"doubling_gain": 0.006, "doubling_low": 0.003, "doubling_high": 0.009},
            ),
            fits=6,
            size_curve=SIZE,
        ),
        luck(DEPTH, -0.0003, 0.0021),
    ),
    change={},
    cause=None,
    next_step=Reason("next.more_rows", {"doubling_gain": 0.006, "low": 0.003, "high": 0.009}),
    files={"report": "runs/churn-01/report.json"},
)

BLOCKED = replace(
    IMPROVED,
    status=Status.BLOCKED,
    stage=None,
    baseline=None,
    improved=None,
    test=None,
    diagnosis=None,
    audit=(Finding("T00", Severity.ISSUE, {"rows": 3}, None, "add it to data.drop"),),
    curves=(),
    improved_curves=(),
    stages=(),
    probes=(),
    change={},
    cause=None,
    next_step=None,
    naive=math.nan,
    cost=Cost(0, 0, 0.4, 0.0, 210.0),
    files={"report": "runs/churn-01/report.json"},
)

INTERRUPTED = replace(
    NO_GAIN,
    status=Status.INTERRUPTED,
    stages=(
        luck(RATE, 0.0004, 0.0019),
        *(not_run(stage, "stage.interrupted") for stage in (REG, DATA, DEPTH)),
    ),
    next_step=None,
)

CONTRADICTED = replace(
    IMPROVED,
    test=LockedResult(0.8287, 0.8202, -0.0085, -0.0149, -0.0021, 1600),
    next_step=Reason("next.test_contradicts"),
)

LOSS = replace(
    IMPROVED,
    metric="rmse",
    greater_is_better=False,
    task=Task.REGRESSION,
    naive=91234.5,
    baseline=ModelSummary(48231.7, 512.3, 0.47, PARAMS, 1000, folds=5),
    improved=ModelSummary(45120.2, 490.1, 0.51, PARAMS, 143, folds=5),
    test=None,
    test_rows=0,
    diagnosis=Diagnosis("unknown", {}, None, False),
    stages=(
        luck(RATE, 150.0, 600.0),
        proven(REG, 3111.5, 700.0, Reason("stage.sufficient", {"share": 1.0})),
        not_run(DATA),
        not_run(DEPTH),
    ),
    probes=(),
)

ENDINGS = {
    "improved": IMPROVED,
    "banked": BANKED,
    "no_gain": NO_GAIN,
    "blocked": BLOCKED,
    "interrupted": INTERRUPTED,
    "contradicted": CONTRADICTED,
    "loss": LOSS,
}


def words_of(report: Report, lang: str = "en") -> Wording:
    """Strict words for a report, with sentences for the check that only exists here."""
    own = {
        "finding.T00.text": "{rows} duplicate rows",
        "finding.T00.why": "they were found twice",
        "finding.T00.fix": "drop them",
    }
    known = catalog(lang, strict=True)
    return Wording(report, replace(known, sentences={**known.sentences, **own}))
