"""Pictures of every kind, as a run would keep them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from report_factories import BLOCKED, ENDINGS, IMPROVED, LOSS, NO_GAIN

from advisor.pictures import (
    Carried,
    CurveUnits,
    FoldGain,
    PairedGains,
    Pictures,
    RatePoint,
    RateSweep,
    SizePicture,
)
from advisor.results import Report, Status
from advisor.sketch import class_picture, residual_picture
from advisor.types import Finding, Severity, StageName

HOSTILE = "<script>alert(1)</script>"
JAPANESE = '年齢, "税込"'

AUDIT = (
    Finding("D03", Severity.WARNING, {"count": 2, "columns": [HOSTILE, JAPANESE]}),
    Finding("D02", Severity.PASSED, {}),
    Finding("D01", Severity.NOT_APPLICABLE),
    Finding("L01", Severity.SKIPPED, {"reason": "out_of_time"}),
)


def classes(k: int, seed: int = 0, sharp: float = 2.0, names: tuple[str, ...] = ()):
    """A picture of out-of-fold predictions of k classes."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, 400)
    logits = rng.normal(size=(400, k))
    logits[np.arange(400), y] += sharp
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = names or tuple(f"class {chr(97 + i % 26)}{i}" for i in range(k))
    pred = p[:, 1] if k == 2 else p
    return class_picture(y, pred, pred, labels, None)


def numbers(seed: int = 0, noise: float = 1.0):
    """A picture of out-of-fold predictions of numbers."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=900) * 30000 + 200000
    return residual_picture(y, y + rng.normal(size=900) * 9000 * noise, 0)


def folds(gain: float) -> tuple[FoldGain, ...]:
    return tuple(FoldGain(1, i, gain * (0.8 + 0.1 * i), gain * 0.2, 1600) for i in range(5))


FULL = Pictures(
    command="advisor tune churn.yaml",
    finished="2026-11-21T14:52:09+09:00",
    curves=CurveUnits("log_loss", 0.69, "accuracy", 1),
    sweep=RateSweep(
        "learning_rate",
        2,
        (
            RatePoint(0.01, 0.8321, 0.002, 900, "trial"),
            RatePoint(0.03, 0.8412, 0.002, 400, "best"),
            RatePoint(0.1, 0.8312, 0.0, 1000, "person"),
        ),
    ),
    paired=(
        PairedGains(StageName.LEARNING_RATE, 1, False, folds(0.002)),
        PairedGains(StageName.REGULARIZATION, 1, True, folds(0.012)),
    ),
    folds=5,
    before=classes(2, names=(HOSTILE, JAPANESE)),
    after=classes(2, sharp=3.0, names=(HOSTILE, JAPANESE)),
    size=SizePicture(
        (1000, 2000, 4000),
        (0.81, 0.823, 0.8312),
        (0.004, 0.003, 0.002),
        ((8000.0, 0.834, 0.837, 0.84), (16000.0, 0.835, 0.841, 0.847)),
    ),
    carried=(Carried("min_child_samples", 0.009, 0.001), Carried("reg_lambda", 0.004, 0.0011)),
)
ONE_MODEL = replace(FULL, after=None, carried=())
NUMBERS = replace(
    FULL, before=numbers(), after=numbers(1, 0.5), curves=CurveUnits("rmse", 9e4, None, 1)
)


def shown(name: str) -> tuple[Report, Pictures]:
    """A report of this ending with the pictures that go with it."""
    report = replace(ENDINGS[name], audit=AUDIT, view=None)
    change = {HOSTILE: (1, 2), **report.change} if report.improved else {}
    report = replace(report, change=change)
    if name == "blocked":
        issue = replace(AUDIT[0], status=Severity.ISSUE)
        return replace(report, audit=(issue, *AUDIT[1:])), Pictures(command="advisor tune x.yaml")
    if name == "loss":
        return report, NUMBERS
    return report, FULL if report.improved else ONE_MODEL


CHECKED = replace(BLOCKED, status=Status.CHECKED, audit=AUDIT)
SHOWN = {name: shown(name) for name in ENDINGS} | {
    "checked": (CHECKED, Pictures()),
    "diagnosed": (
        replace(NO_GAIN, status=Status.CHECKED, stages=(), next_step=None, audit=AUDIT),
        ONE_MODEL,
    ),
    "letter": (
        replace(IMPROVED, audit=AUDIT),
        replace(FULL, before=classes(26), after=classes(26, 1, 4.0)),
    ),
    "old": (replace(LOSS, audit=AUDIT), Pictures()),
}
