"""advisor itself, through its public interface, as any other peer."""

from __future__ import annotations

import tempfile
from typing import Any

import pandas as pd

from advisor.api import tune
from advisor.bench.peers.base import StuckCase, Teller

SPARE = 2.0  # seconds of the budget that are left for the end of the run
LATE = "stage.out_of_time"
TARGET = "target"


class Advisor:
    """``advisor.tune`` with its own defaults; the stuck model until something is proven.

    The one setting besides is ``data.test: false``: the bench hides rows of its own, and nobody
    else gives up a part of the training rows.  The gain it promises is the sum of what it proved.
    """

    def search(self, case: StuckCase, teller: Teller) -> str:
        """One run; what it recommends is told when it ends."""
        puzzle = case.puzzle
        names = [f"c{k}" for k in range(case.X.shape[1])]
        frame = case.X.set_axis(names, axis=1).assign(**{TARGET: case.y.to_numpy()})
        texts = [n for n in names if isinstance(frame[n].dtype, pd.CategoricalDtype)]
        with tempfile.TemporaryDirectory() as folder:
            config: dict[str, Any] = {
                "version": 1,
                "data": {
                    "target": TARGET,
                    "task": puzzle.task,
                    "categorical": texts,
                    "test": False,
                },
                "metric": puzzle.metric,
                "model": {"family": "lightgbm", "params": dict(puzzle.start)},
                "search": {"minutes": (puzzle.seconds - teller.elapsed - SPARE) / 60},
                "seed": puzzle.seed,
                "report": {"dir": folder},
            }
            report = tune(config, frame)
        if report.baseline is None:
            return str(report.status)
        start = puzzle.turned(report.baseline.score)
        teller.start(puzzle.start, start)
        if report.improved is None:
            return "late" if any(s.reason.code == LATE for s in report.stages) else "keep"
        proven = [s.verdict.gain for s in report.stages if s.verdict and s.status.is_proven]
        treatment = report.improved.treatment
        teller.tell(
            dict(report.improved.params),
            start + sum(proven),
            class_weight=treatment.class_weight,
            merge_duplicates=treatment.merge_duplicates,
        )
        return "finished"


PEER = Advisor()
