"""Do some labels look wrong?

Whether a label is wrong cannot be read off one row: classes overlap, too.  What tells the two apart
is where the contradictions stand.  Overlap vanishes where a calibrated model is sure; wrong labels
do not, as whoever wrote them made mistakes on the easy rows as well.  So the share of labels that
contradicts even the surest predictions, the floor of ``calibration.FloorModel``, is the estimate,
and a row is shown when two families of models contradict its label.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from advisor import contributions as each
from advisor.audit.base import Check, Material, not_applicable, passed, skipped
from advisor.audit.calibration import Floor, FloorModel
from advisor.audit.linear import design, out_of_fold
from advisor.audit.measured import measured
from advisor.types import Finding, Floats, Ints, Severity

MOST_ROWS = 10_000
"""Rows that are looked at: they cost a fifth of a cross-validation of 300 rounds."""
FEWEST_ROWS = 500
"""Below it a share of 10 % cannot be told from none (german_credit, 1,000 rows: a share of 14 %
had a lower end of 0)."""
WRONG_SHARE = 0.03
"""D07: a share of wrong labels whose lower end (two standard errors) is above it is a warning.

Measured with ``tests/planted_labels.py`` and while choosing it, LightGBM with 100 rounds: FIGURES
"""
SHOWN = 20


def wrong_labels(material: Material) -> list[Finding]:
    """D07: labels that two families of models contradict, beyond what overlapping classes explain.

    The share is a lower bound: what is not random, or sits where the classes overlap, leaves no
    floor.
    """
    data, base = material.dataset, material.baseline
    if not data.task.is_classification:
        return [not_applicable("D07")]
    m = measured(material)
    if m is None or base is None:
        return [skipped("D07", "no_predictions")]
    if len(m.y) < FEWEST_ROWS:
        return [skipped("D07", "few_predictions", rows=len(m.y), needed=FEWEST_ROWS)]
    picked = np.arange(len(m.y))
    if len(picked) > MOST_ROWS:
        rng = np.random.default_rng(material.seed)
        picked = np.sort(rng.choice(picked, MOST_ROWS, replace=False))
    rows, y = base.rows[picked], m.y[picked]
    own = each.probabilities(m.pred[picked])
    linear = out_of_fold(design(data, rows), y, m.units[picked], data.n_classes, material.seed)
    model = FloorModel(y, [own, linear])
    best = model.fit()
    evidence: dict[str, Any] = {"share": best.share, "rows": len(rows)}
    if best.share <= WRONG_SHARE:
        return [passed("D07", **evidence)]
    low = model.lowest(best)
    if low <= WRONG_SHARE:
        return [passed("D07", **evidence, low=low)]
    suspects = suspicious(y, own, linear, best)
    shown = [
        f"{rows[i] + 1}: {data.classes[y[i]]} -> {data.classes[int(own[i].argmax())]}"
        for i in suspects[:SHOWN]
    ]
    evidence |= {
        "low": low,
        "count": len(suspects),
        "suspects": shown,
        "first": shown[:3],
        "row_numbers": [int(rows[i]) + 1 for i in suspects[:SHOWN]],
    }
    return [Finding("D07", Severity.WARNING, evidence, "data")]


def suspicious(y: Ints, first: Floats, second: Floats, floor: Floor) -> Ints:
    """Rows whose label both models contradict in favour of the same class, the surest first.

    Only those whose label is more likely wrong than right under the fitted floor.  Ranked by the
    margin of the class over the label in the less sure of the two, each by its own rank.
    """
    rows = np.arange(len(y))
    same = first.argmax(axis=1) == second.argmax(axis=1)
    against = np.flatnonzero(same & (first.argmax(axis=1) != y) & (floor.wrong > 0.5))
    ranks = [
        np.argsort(np.argsort(p.max(axis=1) - p[rows, y], kind="stable")) for p in (first, second)
    ]
    return np.asarray(against[np.argsort(-np.minimum(*ranks)[against], kind="stable")])


CHECKS: tuple[Check, ...] = (Check(("D07",), wrong_labels, after_baseline=True),)
