"""Planted faults on real data: does the search end at the right stage, and how much is restored?

Run it as a script for the whole table:

    ADVISOR_DATA=folder python tests/planted.py [--sets a,b] [--faults x,y]

A fault counts where it kills: the sane model's skill on the hidden test rows is at least .03 above
the faulty one's.  Restored is (faulty - after) / (faulty - sane) loss on those rows, which no part
of the run has seen.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from advisor import api
from advisor.config import RunConfig
from advisor.config_load import make_config
from advisor.data import load
from advisor.events import Finished
from advisor.learners.lightgbm import LightGBM
from advisor.metrics import find_metric, naive_prediction
from advisor.results import Report
from advisor.splits import search_splits
from advisor.tables import read_table
from advisor.types import Candidate, Dataset, StageName, Task, Treatment

SANE = {"learning_rate": 0.1, "n_estimators": 300, "num_leaves": 31}
KILLS = 0.03
STARVED_SHARE = 0.05
DEPTH_SETS = ("letter", "california_housing", "magic_gamma")
# below 300 rows "too few rows to prove anything" is an honest verdict: 5 % of 80 % must be more
SMALLEST_FOR_STARVED = 7500
# without the two large sets: they take minutes a run and teach nothing the others do not
SETS = (
    "adult",
    "bank_additional",
    "credit_default",
    "german_credit",
    "magic_gamma",
    "sick",
    "letter",
    "steel_plates",
    "student_dropout",
    "california_housing",
    "diamonds",
    "bike_sharing",
    "wine_quality",
    "page_blocks",
    "concrete",
    "hotel_bookings",
    "pm25_beijing",
    "diabetes130",
)
# fault: (parameters on top of SANE, the stage that is right)
FAULTS: dict[str, tuple[dict[str, Any], StageName]] = {
    "rate_high": ({"learning_rate": 1.6}, StageName.LEARNING_RATE),
    "rate_low": ({"learning_rate": 0.0005}, StageName.LEARNING_RATE),
    "held_back": (
        {"learning_rate": 0.05, "min_child_samples": 0.35, "reg_lambda": 1e4},
        StageName.REGULARIZATION,
    ),
    "starved": ({}, StageName.DATA_SIZE),
    "shallow": ({"max_depth": 1}, StageName.DEPTH),
}


@dataclass(frozen=True)
class Row:
    """One planted case and how it ended."""

    data: str
    fault: str
    kills: bool
    stage: str | None
    right: bool
    restored: float
    fits: int
    seconds: float
    cross_validations: float
    banked: str
    sane: float
    faulty: float
    after: float


def manifest() -> dict[str, dict[str, Any]]:
    folder = Path(os.environ["ADVISOR_DATA"])
    return {e["name"]: e for e in json.loads((folder / "manifest.json").read_text())}


def table(entry: dict[str, Any]) -> pd.DataFrame:
    """The set's rows without the columns that must not be features."""
    frame = read_table(Path(os.environ["ADVISOR_DATA"]) / entry["file"], None, None)
    return frame.drop(columns=entry["exclude_from_features"])


def hidden_fifth(entry: dict[str, Any], frame: pd.DataFrame) -> pd.Series:
    """Rows (a fifth) that no run ever sees; copies of a row stay on one side."""
    rng = np.random.default_rng(12)
    hide = rng.random(len(frame)) < 0.2
    copies = frame.groupby(list(frame.columns), dropna=False, sort=False).ngroup()
    return pd.Series(hide[np.unique(copies, return_index=True)[1]][copies], index=frame.index)


def planted_config(
    entry: dict[str, Any],
    params: dict[str, Any],
    folder: Path,
    seed: int = 0,
    treatment: Treatment | None = None,
    search: dict[str, Any] | None = None,
    **data: Any,
) -> RunConfig:
    training = {}
    if treatment is not None:
        training = {
            "class_weight": treatment.class_weight,
            "merge_duplicates": treatment.merge_duplicates,
        }
    section = {"path": "train.csv", "target": entry["target"], "task": entry["task"], **data}
    return make_config(
        {
            "version": 1,
            "name": entry["name"],
            "data": {**section, "test": False},
            "model": {"family": "lightgbm", "params": params},
            "training": training,
            "search": search or {},
            "seed": seed,
            "report": {"dir": str(folder / "runs")},
        },
        base_dir=folder,
    )


class Judge:
    """Fits on all seen rows and scores the hidden ones; in the metric's loss."""

    def __init__(self, dataset: Dataset, hidden: pd.DataFrame, target: str) -> None:
        from advisor.columns import encode
        from advisor.targets import encode_target

        self.dataset = dataset
        self.X = encode(hidden.drop(columns=target), dataset.columns)
        self.y = encode_target(hidden[target], dataset.classes, dataset.task)
        name = "rmse" if dataset.task is Task.REGRESSION else "log_loss"
        self.metric = find_metric(name, dataset.task)

    def loss(self, params: dict[str, Any], treatment: Any = None) -> float:
        trainer = LightGBM().prepare(self.dataset, params, self.metric)
        candidate = Candidate(params)
        if treatment is not None:
            candidate = Candidate(params, treatment)
        model = trainer.refit(candidate, self.dataset.train, 0)
        return self.metric.loss(self.metric.score(self.y, model.predict(self.X)))

    def naive(self) -> float:
        d = self.dataset
        guess = naive_prediction(self.metric, d.y[d.train], None, d.task)
        pred = np.broadcast_to(guess, (len(self.y), *guess.shape))
        return self.metric.loss(self.metric.score(self.y, pred))


def cross_validation_seconds(dataset: Dataset) -> float:
    """One 5-fold cross-validation of the sane model, as the engine runs it."""
    from concurrent.futures import ThreadPoolExecutor

    from advisor.executor import cores

    name = "rmse" if dataset.task is Task.REGRESSION else "log_loss"
    trainer = LightGBM().prepare(dataset, SANE, find_metric(name, dataset.task))
    began = time.perf_counter()
    with ThreadPoolExecutor(cores()) as pool:
        list(
            pool.map(
                lambda s: next(iter(trainer.fit([Candidate(SANE)], s, curve=False, threads=1))),
                search_splits(dataset, 5, 0),
            )
        )
    return time.perf_counter() - began


def run_case(name: str, fault: str, folder: Path, verbose: bool = False) -> Row:
    """Plant one fault on one set, run the search, judge it on the hidden rows."""
    entry = manifest()[name]
    frame = table(entry)
    hide = hidden_fifth(entry, frame)
    seen, hidden = frame[~hide], frame[hide]
    changes, wanted = FAULTS[fault]
    params = {**SANE, **changes}
    if "min_child_samples" in params:
        params["min_child_samples"] = round(params["min_child_samples"] * len(seen))
    data: dict[str, Any] = {}
    sane_data = seen
    if fault == "starved":
        kept = np.random.default_rng(3).random(len(seen)) < STARVED_SHARE
        seen[~kept].to_csv(folder / "pool.csv", index=False)
        seen = seen[kept]
        data["pool"] = "pool.csv"
    seen.to_csv(folder / "train.csv", index=False)
    sane_data.to_csv(folder / "all.csv", index=False)
    config = planted_config(entry, params, folder, **data)
    dataset = load(config)
    whole = load(planted_config(entry, SANE, folder, path="all.csv"))
    judge = Judge(dataset, hidden, entry["target"])
    sane = Judge(whole, hidden, entry["target"]).loss(SANE)
    faulty = judge.loss(params)
    naive = judge.naive()
    one_cv = cross_validation_seconds(dataset)
    began = time.perf_counter()
    report = _last_report(config)
    seconds = time.perf_counter() - began
    after = faulty
    if report.improved is not None:
        after = judge.loss(dict(report.improved.params), report.improved.treatment)
    kills = (faulty - sane) / naive >= KILLS
    restored = (faulty - after) / (faulty - sane) if faulty != sane else float("nan")
    row = Row(
        data=name,
        fault=fault,
        kills=kills,
        stage=report.stage,
        right=report.stage == str(wanted),
        restored=restored,
        fits=report.cost.fits,
        seconds=seconds,
        cross_validations=seconds / one_cv,
        banked=" ".join(str(s.stage) for s in report.stages if str(s.status) == "banked"),
        sane=sane,
        faulty=faulty,
        after=after,
    )
    if verbose:
        print(line(row), flush=True)  # noqa: T201
    return row


@dataclass(frozen=True)
class Null:
    """A model that advisor left behind, asked again with a new seed."""

    data: str
    seed: int
    claim: str | None
    gain: float
    delivered: float
    fits: int
    seconds: float
    cross_validations: float


def run_left_behind(name: str, seed: int, folder: Path) -> Null:
    """Tune the sane model to the end, then ask again with another seed: no claim is right.

    The second run's cost is what a healthy model costs.
    """
    entry = manifest()[name]
    frame = table(entry)
    hide = hidden_fifth(entry, frame)
    frame[~hide].to_csv(folder / "train.csv", index=False)
    config = planted_config(entry, SANE, folder)
    first = _last_report(config, keep_going=True)
    params, treatment = dict(SANE), None
    if first.improved is not None:
        params, treatment = dict(first.improved.params), first.improved.treatment
    again = planted_config(entry, params, folder, seed=100 + seed, treatment=treatment)
    one_cv = cross_validation_seconds(load(again))
    began = time.perf_counter()
    report = _last_report(again)
    seconds = time.perf_counter() - began
    gains = [s.verdict.gain for s in report.stages if s.verdict and s.status.is_proven]
    delivered = 0.0
    if report.improved is not None:
        judge = Judge(load(again), frame[hide], entry["target"])
        after = judge.loss(dict(report.improved.params), report.improved.treatment)
        delivered = judge.loss(params, treatment) - after
    return Null(
        data=name,
        seed=seed,
        claim=report.stage,
        gain=sum(gains),
        delivered=delivered,
        fits=report.cost.fits,
        seconds=seconds,
        cross_validations=seconds / one_cv,
    )


def _last_report(config: RunConfig, keep_going: bool = False) -> Report:
    report = None
    for event in api.start(config, keep_going=keep_going):
        if isinstance(event, Finished):
            report = event.report
    assert report is not None
    return report


def cases(sets: list[str], faults: list[str]) -> list[tuple[str, str]]:
    known = manifest()
    out = []
    for fault in faults:
        for name in sets:
            if fault == "shallow" and name not in DEPTH_SETS:
                continue
            if fault == "starved" and known[name]["rows"] < SMALLEST_FOR_STARVED:
                continue
            out.append((name, fault))
    return out


def line(row: Row) -> str:
    mark = "" if row.kills else "  (does not kill)"
    right = "ok" if row.right else "--"
    return (
        f"{row.data:20s} {row.fault:10s} {row.stage or '-':15s} {right:3s}{row.restored:7.0%} "
        f"{row.fits:5d} fits {row.seconds:7.1f} s {row.cross_validations:6.1f} cv  "
        f"{row.faulty:10.5g} -> {row.after:10.5g}  sane {row.sane:10.5g}  {row.banked}{mark}"
    )


def nulls(sets: list[str], seeds: int) -> None:
    """Print every second run over models that were left behind, and the share that claims."""
    rows = []
    for seed in range(seeds):
        for name in sets:
            with tempfile.TemporaryDirectory() as folder:
                row = run_left_behind(name, seed, Path(folder))
            rows.append(row)
            print(  # noqa: T201
                f"{row.data:20s} seed {row.seed}  {row.claim or 'no claim':15s} "
                f"promised {row.gain:9.4g} delivered {row.delivered:9.4g} "
                f"{row.fits:5d} fits {row.seconds:7.1f} s {row.cross_validations:6.1f} cv",
                flush=True,
            )
    claims = sum(row.claim is not None for row in rows)
    cost = statistics.median(row.cross_validations for row in rows)
    print(  # noqa: T201
        f"{claims} claims in {len(rows)} runs; median {cost:.1f} baseline cross-validations"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--json", default=None)
    parser.add_argument("--left-behind", type=int, default=0, metavar="SEEDS")
    args = parser.parse_args()
    if args.left_behind:
        nulls(args.sets.split(","), args.left_behind)
        return
    rows = []
    for name, fault in cases(args.sets.split(","), args.faults.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(run_case(name, fault, Path(folder), verbose=True))
    for fault in args.faults.split(","):
        mine = [r for r in rows if r.fault == fault and r.kills]
        if mine:
            good = sum(r.right for r in mine)
            well = sum(r.restored >= 0.8 for r in mine)
            cost = statistics.median(r.cross_validations for r in mine)
            print(  # noqa: T201
                f"{fault}: {good}/{len(mine)} at the right stage, {well}/{len(mine)} restored "
                f">= 80 %, median {cost:.1f} baseline cross-validations"
            )
    if args.json:
        versions = {"lightgbm": lgb.__version__}
        Path(args.json).write_text(json.dumps([versions, *map(asdict, rows)], indent=1))


if __name__ == "__main__":
    main()
