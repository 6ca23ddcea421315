"""Can the evaluation be believed?  One file per subject; ``CHECKS`` lists every check."""

from __future__ import annotations

from advisor.audit import (
    kpi,
    labels,
    leakage,
    metric,
    preprocessing,
    quantity,
    rows,
    shift,
    splits,
)
from advisor.audit.base import Check

CHECKS: tuple[Check, ...] = (
    *leakage.CHECKS,
    *splits.CHECKS,
    *preprocessing.CHECKS,
    *quantity.CHECKS,
    *metric.CHECKS,
    *kpi.CHECKS,
    *labels.CHECKS,
    *rows.CHECKS,
    *shift.CHECKS,
)

__all__ = ["CHECKS", "Check"]
