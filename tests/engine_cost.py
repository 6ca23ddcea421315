"""What the engine costs beside LightGBM's own training, and what binning once saves.

    ADVISOR_DATA=folder python tests/engine_cost.py [--sets a,b] [--stages c,d]

For each set a healthy model is tuned on one processor core, and then
* whole: time of the whole process `advisor tune`, over the sum of its training times;
* plain: the same fits through a loop that builds a ``lightgbm.Dataset`` per fit, trains with
  ``lightgbm.train`` (early stopping by its callback) and predicts the validation rows, over the
  time of the engine for the same fits.  Both in turn, in one run, one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from real_tables import manifest, most_rows, table

from advisor import api
from advisor.config.load import make_config
from advisor.data.dataset import load
from advisor.learners.boosters.trainer import BoosterTrainer
from advisor.learners.lightgbm.learner import LightGBM
from advisor.learners.lightgbm.params import main_names, safe_names
from advisor.measurements import Fit
from advisor.metrics.table import find_metric
from advisor.rows.treatments import treat
from advisor.settings import Candidate
from advisor.types import STAGE_ORDER, Dataset, Split, Task

SANE = {"learning_rate": 0.1, "n_estimators": 300, "num_leaves": 31}
Work = tuple[Candidate, Split, bool]


def config_of(entry: dict[str, Any], runs: Path, stages: list[str]) -> dict[str, Any]:
    return {
        "version": 1,
        "data": {"path": "train.csv", "target": entry["target"], "task": entry["task"]},
        "model": {"family": "lightgbm", "params": SANE},
        "search": {"stages": stages},
        "report": {"dir": str(runs)},
    }


def whole_process(name: str, folder: Path, stages: list[str]) -> tuple[float, float, int]:
    """Seconds of the whole process on one core, the sum of its training times, and its fits."""
    entry = manifest()[name]
    most_rows(table(entry)).to_csv(folder / "train.csv", index=False)
    config = config_of(entry, folder / "whole", stages)
    file = folder / "config.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    command = [sys.executable, "-m", "advisor", "tune", str(file), "--json"]
    core = min(os.sched_getaffinity(0))
    began = time.perf_counter()
    done = subprocess.run(["taskset", "-c", str(core), *command], capture_output=True, check=True)
    seconds = time.perf_counter() - began
    cost = json.loads(done.stdout)["cost"]
    return seconds, cost["training_seconds"], cost["fits"]


def recorded(name: str, folder: Path, stages: list[str]) -> tuple[Dataset, list[Work]]:
    """Every fit of a run, in its order."""
    work: list[Work] = []
    original = BoosterTrainer.fit

    def fit(
        self: BoosterTrainer,
        candidates: Sequence[Candidate],
        split: Split,
        *,
        curve: bool,
        threads: int,
    ) -> Iterator[Fit]:
        work.extend((candidate, split, curve) for candidate in candidates)
        return original(self, candidates, split, curve=curve, threads=threads)

    given = config_of(manifest()[name], folder / "runs", stages)
    config = make_config({**given, "data": {**given["data"], "test": False}}, folder)
    BoosterTrainer.fit = fit  # type: ignore[method-assign]
    try:
        for _ in api.start(config):
            pass
    finally:
        BoosterTrainer.fit = original  # type: ignore[method-assign]
    return load(config), work


def by_engine(data: Dataset, work: Sequence[Work]) -> float:
    name = "rmse" if data.task is Task.REGRESSION else "log_loss"
    began = time.perf_counter()
    trainer = LightGBM().prepare(data, SANE, find_metric(name, data.task))
    for candidate, split, curve in work:
        list(trainer.fit([candidate], split, curve=curve, threads=1))
    return time.perf_counter() - began


def by_plain_loop(data: Dataset, work: Sequence[Work]) -> float:
    """A Dataset per fit, as a tuning script usually has it."""
    table_ = data.X.set_axis(safe_names(list(data.X.columns)), axis=1)
    metric = {"binary": "binary_logloss", "multiclass": "multi_logloss", "regression": "rmse"}
    began = time.perf_counter()
    for candidate, split, curve in work:
        rows, weight = treat(data, split.train, data.pool, candidate.treatment, split.seed)
        params: dict[str, Any] = main_names(candidate.params)
        rounds = int(params.pop("num_iterations"))
        params |= {
            "objective": str(data.task),
            "metric": metric[str(data.task)],
            "num_threads": 1,
            "seed": split.seed,
            "verbosity": -1,
        }
        if data.task is Task.MULTICLASS:
            params["num_class"] = data.n_classes
        train = lgb.Dataset(table_.iloc[rows], data.y[rows], weight=weight)
        valid = lgb.Dataset(table_.iloc[split.valid], data.y[split.valid], reference=train)
        callbacks: list[Any] = []
        if candidate.stopping is not None:
            callbacks.append(lgb.early_stopping(candidate.stopping.patience, verbose=False))
        sets, names = ([train, valid], ["train", "valid"]) if curve else ([valid], ["valid"])
        watch = sets if curve or candidate.stopping is not None else []
        booster = lgb.train(
            params,
            train,
            rounds,
            valid_sets=watch,
            valid_names=names[: len(watch)],
            callbacks=callbacks,
        )
        np.asarray(booster.predict(table_.iloc[split.valid]))
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default="german_credit,adult,letter")
    parser.add_argument("--stages", default=",".join(STAGE_ORDER))
    args = parser.parse_args()
    stages = args.stages.split(",")
    for name in args.sets.split(","):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            seconds, training, fits = whole_process(name, folder, stages)
            data, work = recorded(name, folder, stages)
            engine, plain = by_engine(data, work), by_plain_loop(data, work)
            print(  # noqa: T201
                f"{name:16s} whole process {seconds:6.1f} s / training {training:6.1f} s = "
                f"{seconds / training:4.2f} ({fits} fits);  plain loop {plain:6.1f} s / engine "
                f"{engine:6.1f} s = {plain / engine:4.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
