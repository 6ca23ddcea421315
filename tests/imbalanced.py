"""What is proven on imbalanced tables, by metric, and what of it arrives on rows that no run saw.

    ADVISOR_DATA=folder python tests/imbalanced.py [--sets a,b] [--minutes 4]

A sane LightGBM (rate .1, 100 rounds, 31 leaves) is tuned under each metric that fits the table: a
fifth of the rows, copies of a row on one side, is hidden from all runs.  ``cost``: one table of
costs, 10 for a row of class 1 that is missed and 1 for a false alarm, as ``kpi`` and metric.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from real_tables import manifest, most_rows, table

from advisor import api
from advisor.bench.judge import Judge, delivered
from advisor.config.load import make_config
from advisor.data.roles import Roles
from advisor.events import Finished
from advisor.inputs import read_inputs
from advisor.results import Report

SANE = {"learning_rate": 0.1, "n_estimators": 100, "num_leaves": 31}
SETS = ("sick", "page_blocks", "steel_plates")
TWO = ("log_loss", "accuracy", "balanced_accuracy", "f1", "average_precision", "cost")
MORE = ("log_loss", "accuracy", "balanced_accuracy", "f1_macro")
COSTS = {"false_positive": 1.0, "false_negative": 10.0}


def run(name: str, metric: str, minutes: float, folder: str) -> tuple[Report, Any, float]:
    """(report, what it delivers on hidden rows, seconds) of one run."""
    entry = manifest()[name]
    frame = table(entry).reset_index(drop=True)
    mine = most_rows(frame)
    hidden = frame.drop(index=mine.index)
    kpi = {"kpi": {"cost": COSTS}} if metric == "cost" else {}
    given = {
        "version": 1,
        "name": f"{name}-{metric}",
        "data": {"path": "<DataFrame>", "target": entry["target"], "test": False},
        "model": {"family": "lightgbm", "params": SANE},
        "metric": metric,
        "search": {"minutes": minutes},
        "audit": {"allow": ["L02", "L05", "M01"]},
        "report": {"dir": folder},
        **kpi,
    }
    config = make_config(given, Path(folder))
    began, report = time.perf_counter(), None
    for event in api.start(config, frame=mine.reset_index(drop=True)):
        if isinstance(event, Finished):
            report = event.report
    assert report is not None
    seconds = time.perf_counter() - began
    inputs = read_inputs(config, mine.reset_index(drop=True))
    judge = Judge.of(inputs, hidden, Roles(target=entry["target"]))
    return report, delivered(judge, report.improved, judge.values(inputs.person)), seconds


def lines(sets: list[str], minutes: float) -> Iterator[str]:
    for name in sets:
        task = manifest()[name]["task"]
        for metric in TWO if task == "binary" else MORE:
            with tempfile.TemporaryDirectory() as folder:
                report, found, seconds = run(name, metric, minutes, folder)
            proven = [s for s in report.stages if s.status.is_proven and s.verdict is not None]
            promised = sum(s.verdict.gain for s in proven if s.verdict is not None)
            likely = [str(s.stage) for s in report.stages if str(s.status) == "likely"]
            change = {k: v[1] for k, v in report.change.items()} if report.improved else {}
            yield (
                f"{name:14s} {metric:18s} {report.status!s:15s} "
                f"{','.join(str(s.stage) for s in proven) or '-':28s} "
                f"today {abs(found.before):.4f}  promised {promised:+.4f}  "
                f"hidden {found.gain:+.4f} +/- {found.se:.4f}  likely {','.join(likely) or '-'}  "
                f"{change}  {seconds:.0f} s"
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--minutes", type=float, default=4.0)
    args = parser.parse_args()
    for line in lines(args.sets.split(","), args.minutes):
        print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    assert os.environ.get("ADVISOR_DATA"), "ADVISOR_DATA does not name the folder of real tables"
    main()
