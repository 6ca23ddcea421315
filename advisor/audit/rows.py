"""What can be done about the rows: a threshold that suits the metric, targets that are far off."""

from __future__ import annotations

import numpy as np

from advisor.audit.base import Check, Material, not_applicable, passed, skipped
from advisor.audit.measured import SURE, measured, some_of
from advisor.diagnose.calibration import better_threshold
from advisor.rows.doubts.linear import design
from advisor.rows.doubts.outliers import FAR_OFF, far_off, robust_z
from advisor.rows.doubts.rows import ridge_out_of_fold
from advisor.types import Finding, Severity, Task

CUT_AT_A_THRESHOLD = ("accuracy", "balanced_accuracy", "f1", "f1_macro")
"""Scores of decisions that a threshold can serve.  Recall and precision are not among them: alone,
either is perfect when everything, or hardly anything, is called class 1."""
DEFAULT_THRESHOLD = 0.5
AROUND = (0.8, 1.25)
"""Factors of the found threshold that are tried beside it: no fit more, and all are counted."""
FEWEST_ROWS = 300
FAR_OFF_SHARE = 0.001
"""D12: share of targets far off from which it is a warning."""
MOST_ROWS = 10_000
SHOWN = 20


def threshold_of_metric(material: Material) -> list[Finding]:
    """K04: deciding elsewhere than at .5 is better by the person's own score of decisions.

    The threshold is found on one half of the rows and scored on the other, and the other way round;
    a warning where the gain exceeds two standard errors.  For costs see K02.
    """
    metric, base = material.metric, material.baseline
    if material.dataset.task is not Task.BINARY or metric.name not in CUT_AT_A_THRESHOLD:
        return [not_applicable("K04")]
    m = measured(material)
    if m is None or base is None:
        return [skipped("K04", "no_predictions")]
    now = base.candidate.threshold or DEFAULT_THRESHOLD
    # the person's own threshold is moved to .5, so a gain is one over it
    found = better_threshold(metric, m.y, m.decided.astype(np.float64), material.seed)
    if found is None:
        return [skipped("K04", "no_predictions")]
    then = moved_back(found.threshold, now)
    evidence = {
        "metric": metric.name,
        "threshold_now": now,
        "threshold": then,
        "tried": [then, *(t for f in AROUND if 0 < (t := then * f) < 1)],
        "gain": found.gain,
        "se": found.se,
    }
    if found.gain <= SURE * found.se:
        return [passed("K04", **evidence)]
    return [Finding("K04", Severity.WARNING, evidence, "metric", "metric_threshold")]


def moved_back(threshold: float, now: float) -> float:
    """A threshold for predictions that ``at_threshold(., now)`` has moved, for the plain ones."""
    odds = threshold / (1 - threshold) * now / (1 - now)
    return odds / (1 + odds)


def far_off_targets(material: Material) -> list[Finding]:
    """D12: targets that the person's model and a linear one both find far off, on the same side."""
    data, base = material.dataset, material.baseline
    if data.task.is_classification:
        return [not_applicable("D12")]
    m = measured(material)
    if m is None or base is None:
        return [skipped("D12", "no_predictions")]
    if len(m.y) < FEWEST_ROWS:
        return [skipped("D12", "few_predictions", rows=len(m.y), needed=FEWEST_ROWS)]
    picked = some_of(len(m.y), MOST_ROWS, material.seed)
    rows, y, own = base.rows[picked], m.y[picked].astype(np.float64), m.pred[picked]
    linear = ridge_out_of_fold(design(data, rows), y, m.units[picked], material.seed)
    found, _ = far_off([robust_z(y - p, p) for p in (own, linear)])
    evidence = {
        "count": len(found),
        "rows": len(rows),
        "share": len(found) / len(rows),
        "far": FAR_OFF,
        "suspects": [f"{rows[i] + 1}: {y[i]:.6g} -> {own[i]:.6g}" for i in found[:SHOWN]],
        "row_numbers": [int(rows[i]) + 1 for i in found[:SHOWN]],
    }
    if len(found) < max(2, FAR_OFF_SHARE * len(rows)):
        return [passed("D12", **evidence)]
    evidence["first"] = evidence["suspects"][:3]  # type: ignore[index]
    return [Finding("D12", Severity.WARNING, evidence, "data")]


CHECKS: tuple[Check, ...] = (
    Check(("K04",), threshold_of_metric, after_baseline=True),
    Check(("D12",), far_off_targets, after_baseline=True),
)
