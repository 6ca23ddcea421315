"""``suspect_rows.csv``: rows whose target looks wrong, for somebody to go through.

Nothing is deleted.  The rows are those that training with ``suspects: drop`` would leave out of all
rows in use.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from threadpoolctl import threadpool_limits

from advisor.outcome.folder import Run
from advisor.rows.doubts.rows import Doubts, find_doubts
from advisor.stages.when import SUSPECT_CODES
from advisor.types import Dataset, Finding, Severity

FILE = "suspect_rows.csv"
DIGITS = 4


def write_suspects(
    run: Run, dataset: Dataset, findings: Iterable[Finding], seed: int
) -> dict[str, str]:
    """Write the table where a check warned of such rows; {} where none did, or none is found."""
    if not any(f.code in SUSPECT_CODES and f.status is Severity.WARNING for f in findings):
        return {}
    with threadpool_limits(1):
        found = find_doubts(dataset, dataset.train, seed)
    if not found.rows.size:
        return {}
    text = suspect_table(dataset, found).to_csv(index=False, lineterminator="\n")
    return {"suspects": str(run.write(FILE, text))}


def suspect_table(dataset: Dataset, found: Doubts) -> pd.DataFrame:
    """One line a row, the surest first.

    ``row`` counts from 1 among the rows with a target, as finding D07 does; ``wrong`` is the
    probability that the label is wrong (of values: the part of the weight that is too much).
    """
    classes = dataset.task.is_classification

    def named(value: float) -> object:
        return dataset.classes[int(value)] if classes else round(float(value), DIGITS)

    strength = "probability" if classes else "deviations"
    return pd.DataFrame(
        {
            "row": found.rows + 1,
            "given": [named(v) for v in dataset.y[found.rows]],
            "trees_say": [named(v) for v in found.said[:, 0]],
            "linear_model_says": [named(v) for v in found.said[:, 1]],
            f"trees_{strength}": found.strength[:, 0].round(DIGITS),
            f"linear_model_{strength}": found.strength[:, 1].round(DIGITS),
            "wrong": found.wrong.round(DIGITS),
            "reason": "both_contradict_the_label" if classes else "far_from_both",
        }
    )
