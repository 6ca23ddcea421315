"""What is said of the training rows, measured on real tables.

    ADVISOR_DATA=folder python tests/rows_measured.py curve [--sets a,b] [--rows 8000]
    ADVISOR_DATA=folder python tests/rows_measured.py labels [--sets a,b] [--rows 4000]
    ADVISOR_DATA=folder python tests/rows_measured.py neighbours [--sets a,b] [--rows 4500]
    ADVISOR_DATA=folder python tests/rows_measured.py thin [--sets a,b]

``curve``: a table is cut to 1/2 ... 1/32, the rest is the pool; does the band of the promised gain
of twice the rows hold the delivered one?  ``labels``: labels are made wrong at random or each by
the next class; which rows are doubted, and does leaving them out help on clean rows?  ``thin``: a
large table; rows, time and memory with all rows and with those that are shown to be enough.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real_tables import manifest
from threadpoolctl import threadpool_limits

from advisor.config.sections import SearchConfig
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.data.tables import read_table
from advisor.executor import ThreadExecutor, cores
from advisor.learners.lightgbm.learner import LightGBM
from advisor.measure.evaluate import Evaluator
from advisor.measure.journal import Journal
from advisor.metrics.table import DEFAULT_METRIC, METRICS
from advisor.recipes.load import load_recipe
from advisor.rows.doubts.floor import SURE, FloorModel, confused
from advisor.rows.doubts.linear import design, out_of_fold
from advisor.rows.doubts.rows import _by_trees as by_trees
from advisor.rows.doubts.rows import find_doubts
from advisor.rows.splits import with_pool_scored
from advisor.rows.treatments import treat
from advisor.search.race import compare
from advisor.search.row_curve import measure_curve
from advisor.search.session import Session
from advisor.search.thinning import as_good_and_cheaper
from advisor.settings import Candidate, Treatment
from advisor.stages.base import variant
from advisor.types import Dataset, Ints, StageName, Task

SANE = {"learning_rate": 0.1, "n_estimators": 300, "num_leaves": 31}
CALIBRATION = ("adult", "magic_gamma", "california_housing", "letter", "credit_default")
SCORING = ("bank_additional", "diamonds", "bike_sharing", "page_blocks", "wine_quality")
LABELS = (
    *("adult", "magic_gamma", "letter", "bank_additional"),
    *("page_blocks", "sick", "student_dropout", "steel_plates"),
)
NUMBERS = (
    *("concrete", "california_housing", "diamonds", "bike_sharing", "wine_quality"),
    *("pm25_beijing", "nycflights13_late"),
)
LARGE = ("kddcup99_10pct", "nycflights13_late")
SHARES = (0.5, 0.25, 0.125, 0.0625, 0.03125)
NOISE = (0.0, 0.1, 0.2, 0.4)
FEWEST = 120


def table(name: str, rows: int, seed: int = 0) -> tuple[pd.DataFrame, str, Task]:
    entry = manifest()[name]
    frame = read_table(Path(os.environ["ADVISOR_DATA"]) / entry["file"], None, None)
    frame = frame.drop(columns=entry["exclude_from_features"])
    order = np.random.default_rng(seed).permutation(len(frame))[:rows]
    return frame.iloc[order].reset_index(drop=True), entry["target"], Task(entry["task"])


def session(data: Dataset, folder: str, params: dict[str, Any] = SANE) -> Session:
    metric = METRICS[DEFAULT_METRIC[data.task]]
    learner, recipe = LightGBM(), load_recipe("lightgbm")
    evaluator = Evaluator(
        dataset=data,
        metric=metric,
        learner=learner,
        trainer=learner.prepare(data, params, metric),
        journal=Journal(Path(folder) / "journal.db"),
        executor=ThreadExecutor(cores()),
        rounds_name="n_estimators",
    )
    return Session(
        evaluator=evaluator,
        recipe=recipe,
        person=Candidate(recipe.complete(params)),
        config=SearchConfig(),
        min_gain=None,
        seed=0,
        deadline=time.monotonic() + 3600,
    )


def drained(steps: Any) -> Any:
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


# -- the curve -------------------------------------------------------------------------------------


def curve_case(name: str, share: float, rows: int) -> dict[str, Any] | None:
    """The promise of twice the rows, and what they deliver on own and pool rows."""
    frame, target, task = table(name, rows)
    n = int(share * len(frame))
    if n < FEWEST:
        return None
    if task.is_classification:  # a class that the own rows lack is no question of their number
        kept = frame[target].isin(frame[target].iloc[:n].value_counts().loc[lambda c: c >= 5].index)
        frame = frame[kept].reset_index(drop=True)
        task = Task.BINARY if frame[target].nunique() == 2 else task
    data = build(frame.iloc[:n], Roles(target), task=task, pool=frame.iloc[n:], test=False)
    with tempfile.TemporaryDirectory() as folder:
        s = session(data, folder)
        context = s.context((s.person,), 0)
        reading = drained(measure_curve(s, context))
        fits = s.evaluator.fits
        most = context.longest(context.rate(s.person.params))
        times = min(2.0, 1 + 0.8 * len(data.pool) / (0.8 * n))
        pool = (times - 1) * 0.8 * n / (0.8 * len(data.pool))
        both = []
        for treatment in (Treatment(), Treatment(pool=min(pool, 1.0))):
            base = replace(s.person, treatment=treatment)
            both.append(variant(context, base, StageName.DATA_SIZE, "x", {}, rounds=most))
        splits = with_pool_scored(data, s.splits, data.pool)
        before, after = (s.evaluator.evaluation(c, splits) for c in both)
        delivered = compare(before, after)
    scale = abs(s.evaluator.metric.loss(s.evaluator.naive(s.splits)))
    out = {"set": name, "share": share, "n": n, "fits": fits, "verdict": reading.curve.verdict}
    out |= {"got": round(delivered.gain / scale, 4), "se": round(delivered.se / scale, 4)}
    out["times"] = round(times, 3)
    if reading.laws is None:
        return out
    low, middle, high = reading.gain(times)
    out |= {k: round(v / scale, 4) for k, v in (("low", low), ("mid", middle), ("high", high))}
    out["held"] = bool(low - delivered.se <= delivered.gain <= high + delivered.se)
    out["strictly"] = bool(low <= delivered.gain <= high)
    return out


def curves(sets: list[str], rows: int) -> Iterator[dict[str, Any]]:
    for name in sets:
        for share in SHARES:
            found = curve_case(name, share, rows)
            if found is not None:
                yield found


# -- labels ----------------------------------------------------------------------------------------


def flipped(y: Ints, classes: int, share: float, kind: str, seed: int) -> Ints:
    """(m,) wrong rows; their labels go to any other class, or each to the next one."""
    rng = np.random.default_rng(seed)
    after = y.copy()
    wrong = rng.choice(len(y), round(share * len(y)), replace=False)
    step = rng.integers(1, classes, len(wrong)) if kind == "symmetric" else 1
    after[wrong] = (y[wrong] + step) % classes
    return after


def label_case(name: str, share: float, kind: str, rows: int) -> dict[str, Any]:
    """Precision and recall of the doubts, and losses on clean rows with and without them."""
    frame, target, task = table(name, rows)
    data = build(frame, Roles(target), task=task, test=False)
    order = np.random.default_rng(1).permutation(len(data.y))
    cut = int(0.75 * len(order))
    train, clean = np.sort(order[:cut]), np.sort(order[cut:])
    y = data.y.copy()
    y[train] = flipped(data.y[train], data.n_classes, share, kind, 2)
    dirty = replace(data, y=y, train=train, fingerprint="", twins=None)
    wrong = train[y[train] != data.y[train]]
    with threadpool_limits(1):
        found = find_doubts(dirty, train, 0)
    hits = len(np.intersect1d(found.rows, wrong))
    metrics = METRICS["log_loss"], METRICS["accuracy"]
    trainer = LightGBM().prepare(dirty, SANE, metrics[0])
    out: dict[str, Any] = {"set": name, "share": share, "kind": kind, "found": len(found.rows)}
    out["classes"] = data.n_classes
    out["precision"] = round(hits / len(found.rows), 3) if len(found.rows) else None
    out["recall"] = round(hits / len(wrong), 3) if len(wrong) else None
    out["estimate"] = round(found.share, 3)
    for suspects in (None, "drop", "down_weight"):
        who = Candidate({**SANE, "n_estimators": 80}, Treatment(suspects=suspects))
        pred = np.asarray(trainer.refit(who, train, 0).predict(data.X.iloc[clean]))
        loss, right = (m.score(data.y[clean], pred) for m in metrics)
        out[str(suspects)] = (round(-loss, 3), round(right, 3))
        if not len(found.rows):
            break
    return out


def labels(sets: list[str], rows: int) -> Iterator[dict[str, Any]]:
    for name in sets:
        for share in NOISE:
            for kind in ("symmetric", "pairwise") if share else ("none",):
                found = label_case(name, share, kind, rows)
                if kind != "pairwise" or found["classes"] > 2:  # of two classes both are the same
                    yield found


def neighbour_case(name: str, classes: int, rows: int) -> dict[str, Any]:
    """Nothing is wrong, but classes overlap with their neighbours: a numeric target cut in parts.

    ``apart`` is the share of rows that would be clear without labels that name a certain class.
    """
    frame, target, _ = table(name, rows)
    parts = pd.qcut(frame[target].rank(method="first"), classes, labels=False)
    frame = frame.assign(**{target: "c" + parts.astype(str)})
    data = build(frame, Roles(target), task=Task.MULTICLASS, test=False)
    every, y = data.train, data.y[data.train]
    with threadpool_limits(1):
        trees = by_trees(data, every, y, every, 0)
        said = [trees, out_of_fold(design(data, every), y, every, data.n_classes, 0)]
        doubted = len(find_doubts(data, every, 0).rows)
    directed = FloorModel(y, said, confused(y, said))
    found = directed.fit()
    apart = float((directed.clean(found.found).max(axis=1) > SURE).mean())
    out = {"set": name, "classes": classes, "rows": len(y), "doubted": doubted}
    return out | {"share": round(found.share, 3), "apart": round(apart, 2)}


def neighbours(sets: list[str], rows: int) -> Iterator[dict[str, Any]]:
    for name in sets:
        for classes in (3, 4, 5, 7, 9, 12):
            yield neighbour_case(name, classes, rows)


# -- too much --------------------------------------------------------------------------------------


def thin_case(name: str, rows: int) -> dict[str, Any]:
    frame, target, task = table(name, rows)
    if task.is_classification:  # classes of a few rows cannot be split
        counts = frame[target].value_counts()
        frame = frame[frame[target].isin(counts[counts >= 50].index)].reset_index(drop=True)
    data = build(frame, Roles(target), task=task, test=False)
    with tempfile.TemporaryDirectory() as folder:
        s = session(data, folder, {**SANE, "n_estimators": 100})
        context = s.context((s.person,), 0)
        thinned = drained(as_good_and_cheaper(s, context))
    out: dict[str, Any] = {"set": name, "all_rows": len(data.train)}
    out["alone"] = alone(data, Treatment())
    if thinned is not None:
        out |= dict(thinned.reason.evidence)
        out["alone_thinned"] = alone(data, thinned.candidate.treatment)
    return out


def alone(data: Dataset, treatment: Treatment) -> dict[str, float]:
    """Seconds, and MB at the peak, of a process that trains LightGBM on the treated rows alone."""
    rows, weight = treat(data, data.train, data.pool, treatment, 0)
    X, y = data.X.iloc[rows], data.y[rows]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.pkl"
        pd.to_pickle((X.reset_index(drop=True), y, weight), file)
        done = subprocess.run(
            [sys.executable, "-c", TRAIN, str(file)], capture_output=True, text=True, check=True
        )
    return dict(json.loads(done.stdout)) | {"rows": len(y)}


TRAIN = """
import json, pickle, re, sys, time
import lightgbm as lgb, numpy as np
X, y, weight = pickle.load(open(sys.argv[1], "rb"))
classes = len(np.unique(y))
mb = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024
began, loaded = time.perf_counter(), mb()
params = {"learning_rate": 0.1, "num_leaves": 31, "verbosity": -1, "num_threads": 1}
many = {"objective": "multiclass", "num_class": classes}
params |= many if classes > 2 else {"objective": "binary"}
lgb.train(params, lgb.Dataset(X, y, weight=weight), 100)
seconds = round(time.perf_counter() - began, 1)
print(json.dumps({"seconds": seconds, "loaded_mb": loaded, "peak_mb": mb()}))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["curve", "labels", "neighbours", "thin"])
    parser.add_argument("--sets")
    parser.add_argument("--rows", type=int, default=8000)
    asked = parser.parse_args()
    usual = {
        "curve": (*CALIBRATION, *SCORING),
        "labels": LABELS,
        "neighbours": NUMBERS,
        "thin": LARGE,
    }
    sets = asked.sets.split(",") if asked.sets else list(usual[asked.what])
    if asked.what == "thin":
        cases = (thin_case(name, asked.rows) for name in sets)
    else:
        what = {"curve": curves, "labels": labels, "neighbours": neighbours}[asked.what]
        cases = what(sets, asked.rows)
    found = []
    for case in cases:
        found.append(case)
        print(json.dumps(case), flush=True)  # noqa: T201
    held = [c["held"] for c in found if "held" in c]
    if held:
        strict = [c["strictly"] for c in found if "held" in c]
        said = f"held {sum(held)} of {len(held)}, without the delivered gain's error {sum(strict)}"
        print(said)  # noqa: T201


if __name__ == "__main__":
    main()
