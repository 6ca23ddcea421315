"""Planted leaks, copies and badly scaled columns on real data: what the audit finds, and its cost.

Run it as a script for the tables; it needs a folder of CSV tables with a manifest.json:

    ADVISOR_DATA=folder python tests/planted_leaks.py [--sets a,b] [--plants x,y] [--real]

Plants are put on at most 10,000 rows of a set; a plant is found when its code, and its column,
are named.  ``--real`` shows what is said of every set as it is, with all its columns, and what each
check costs in 5-fold cross-validations of a LightGBM of 100 rounds.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real_tables import manifest

from advisor.audit import leakage, preprocessing, splits
from advisor.audit.base import Baseline, Kpi, Material
from advisor.audit.single import answer, bins_of_numbers, skill
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.data.tables import read_table
from advisor.executor import ThreadExecutor
from advisor.learners.lightgbm.learner import LightGBM
from advisor.measure.evaluate import Evaluator
from advisor.measure.journal import Journal
from advisor.metrics.table import DEFAULT_METRIC, find_metric
from advisor.rows.splits import search_splits
from advisor.settings import Candidate
from advisor.types import ColumnKind, Dataset, Finding, Severity, Task

CALIBRATION = (
    "adult",
    "bank_additional",
    "credit_default",
    "german_credit",
    "magic_gamma",
    "sick",
    "california_housing",
    "concrete",
    "page_blocks",
    "steel_plates",
)
SCORING = (
    "diabetes130",
    "hotel_bookings",
    "letter",
    "student_dropout",
    "diamonds",
    "bike_sharing",
    "pm25_beijing",
    "wine_quality",
    "nycflights13_late",
    "kddcup99_10pct",
)
ROWS = 10_000
CHECKS = (*leakage.CHECKS, *splits.CHECKS, *preprocessing.CHECKS)
PARAMS = {"learning_rate": 0.1, "n_estimators": 100, "num_leaves": 31}
FOUND = (Severity.WARNING, Severity.ISSUE)
SCALED_UP = 3


@dataclass
class World:
    """A table with something planted in it, or left as it is."""

    frame: pd.DataFrame
    target: str
    task: Task
    test: pd.DataFrame | None = None
    code: str | None = None
    column: str | None = None
    scale_sensitive: bool = False

    def dataset(self, *, lock: bool = False) -> Dataset:
        """``lock``: some rows are locked away, as without ``data.test``."""
        test = self.test if self.test is not None or lock else False
        return build(self.frame, Roles(self.target), task=self.task, test=test)


@dataclass
class Tally:
    """How often a plant was found, and how."""

    tried: int = 0
    found: int = 0
    issues: int = 0
    missed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        missed = f"  missed: {', '.join(self.missed)}" if self.missed else ""
        return f"{self.found:3d} of {self.tried:3d}, {self.issues:3d} as issue{missed}"


# -- worlds ------------------------------------------------------------------------------------


def real(name: str, most: int | None, *, without: Iterable[str] = ()) -> World:
    """A set as it is; of more rows than ``most``, a sample in their order."""
    entry = manifest()[name]
    frame = read_table(Path(os.environ["ADVISOR_DATA"]) / entry["file"], None, None)
    frame = frame.drop(columns=list(without))
    if most is not None and len(frame) > most:
        rng = np.random.default_rng(5)
        kept = np.sort(rng.choice(len(frame), most, replace=False))
        frame = frame.iloc[kept].reset_index(drop=True)
    task = Task(entry["task"])
    if task is not Task.REGRESSION:  # a sample may hold one row of a rare class
        count = frame[entry["target"]].value_counts()
        rare = count.index[count < 10]
        frame = frame[~frame[entry["target"]].isin(rare)].reset_index(drop=True)
        task = Task.BINARY if len(count) - len(rare) == 2 else Task.MULTICLASS
    return World(frame, entry["target"], task)


def numbers_of(world: World) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The target as numbers: classes in a fixed random order."""
    y = world.frame[world.target]
    if world.task is Task.REGRESSION:
        return y.to_numpy(dtype=np.float64)
    codes, labels = pd.factorize(y, sort=True)
    return np.random.default_rng(1).permutation(len(labels))[codes].astype(np.float64)


def leak(strength: float) -> Callable[[World], World]:
    """A column of the target plus as much noise as leaves it with this skill."""

    def plant(world: World) -> World:
        dataset = world.dataset()
        y = numbers_of(world)
        if world.task is Task.REGRESSION:
            y = np.asarray(pd.Series(y).rank(), dtype=np.float64)
        y = (y - y.mean()) / y.std()
        noise = np.random.default_rng(2).normal(size=len(y))
        asked = answer(dataset, dataset.train, 0)
        low, high = 0.0, 20.0
        for _ in range(30):
            middle = (low + high) / 2
            column = (y + middle * noise)[dataset.train]
            reached = skill("leak", bins_of_numbers(column), asked).rank
            low, high = (middle, high) if reached > strength else (low, middle)
        frame = world.frame.assign(leak=y + middle * noise)
        return replace(world, frame=frame, code="L02", column="leak")

    return plant


def aggregate(world: World) -> World:
    """The mean target of three rows that are neighbours in the finest column, own row included."""
    features = world.frame.drop(columns=world.target)
    finest = features.nunique().idxmax()
    order = np.argsort(pd.factorize(features[finest], sort=True)[0], kind="stable")
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.arange(len(order)) // 3
    y = pd.Series(numbers_of(world))
    if world.task is Task.MULTICLASS:
        y = (y == y.mode()[0]).astype(float)
    frame = world.frame.assign(leak=y.groupby(group).transform("mean").to_numpy())
    return replace(world, frame=frame, code="L02", column="leak")


def post_event(world: World) -> World:
    """A column that is filled in after one outcome, up to three errors in a hundred."""
    y = pd.Series(numbers_of(world))
    happened = y > y.median() if world.task is Task.REGRESSION else y == y.mode()[0]
    rng = np.random.default_rng(3)
    filled = happened.to_numpy() ^ (rng.random(len(y)) < 0.03)
    value = np.where(filled, rng.normal(size=len(y)).round(2), np.nan)
    return replace(world, frame=world.frame.assign(leak=value), code="L04", column="leak")


def serial(world: World) -> World:
    """Numbers given out class by class (by size of the target), one in ten at random."""
    y = numbers_of(world)
    rng = np.random.default_rng(4)
    key = np.where(rng.random(len(y)) < 0.1, rng.permutation(y), y)
    number = np.empty(len(y), dtype=np.int64)
    number[np.lexsort((rng.random(len(y)), key))] = 1000 + np.arange(len(y))
    return replace(world, frame=world.frame.assign(leak=number), code="L05", column="leak")


def with_test(world: World) -> World:
    """A fifth of the rows, drawn at random, as a table of its own."""
    hide = np.random.default_rng(6).random(len(world.frame)) < 0.2
    train, test = (world.frame[part].reset_index(drop=True) for part in (~hide, hide))
    if world.task is not Task.REGRESSION:
        test = test[test[world.target].isin(train[world.target])]
    return replace(world, frame=train, test=test)


def copied(share: float, noise: float = 0.0) -> Callable[[World], World]:
    """This share of the test rows stands among the training rows.

    Numbers are shaken by ``noise`` quartile ranges (standard deviations where that is 0).
    """

    def plant(world: World) -> World:
        world = with_test(world)
        assert world.test is not None
        rng = np.random.default_rng(7)
        taken = world.test.sample(round(share * len(world.test)), random_state=8)
        if noise:
            for name in taken.columns.drop(world.target):
                if pd.api.types.is_numeric_dtype(taken[name]):
                    low, high = world.frame[name].quantile([0.25, 0.75])
                    spread = noise * (high - low if high > low else world.frame[name].std())
                    taken[name] = taken[name] + spread * rng.normal(size=len(taken))
        frame = pd.concat([world.frame, taken], ignore_index=True)
        return replace(world, frame=frame, code="L03" if noise else "L01")

    return plant


def standardised(world: World) -> World:
    """Numbers of mean 0 and variance 1 under a model that their unit changes."""
    frame = world.frame.copy()
    for name in frame.columns.drop(world.target):
        if pd.api.types.is_numeric_dtype(frame[name]) and frame[name].std() > 0:
            frame[name] = (frame[name] - frame[name].mean()) / frame[name].std()
    return replace(world, frame=frame, scale_sensitive=True)


def blown_up(world: World) -> World:
    """Three of the standardised columns times 1,000."""
    world = standardised(world)
    numbers = world.frame.drop(columns=world.target).select_dtypes("number")
    spread = numbers.quantile(0.75) - numbers.quantile(0.25)
    names = list(spread.sort_values(ascending=False).index[:SCALED_UP])
    frame = world.frame.copy()
    frame[names] *= 1000
    return replace(world, frame=frame, code="P06")


def as_text(world: World) -> World:
    """The finest number column as text with a unit and a thousands separator."""
    numbers = world.frame.drop(columns=world.target).select_dtypes("number")
    name = str(numbers.nunique().idxmax())
    texts = [None if np.isnan(v) else f"{v:,.6g} kg" for v in numbers[name].astype(float)]
    frame = world.frame.assign(**{name: pd.Series(texts, dtype=object)})
    return replace(world, frame=frame, code="P07", column=name)


def in_feet(world: World) -> World:
    """A number column once more, in another unit."""
    numbers = world.frame.drop(columns=world.target).select_dtypes("number")
    name = str(numbers.nunique().idxmax())
    feet = numbers[name].astype(float) * 3.28 + 1
    return replace(world, frame=world.frame.assign(feet=feet), code="P08")


def renamed(world: World) -> World:
    """5 % of the test rows come from a shop that training never saw."""
    world = with_test(world)
    assert world.test is not None
    rng = np.random.default_rng(9)
    train = world.frame.assign(shop=rng.choice(list("abcd"), len(world.frame)))
    shops = rng.choice(list("abcd"), len(world.test))
    shops[rng.random(len(shops)) < 0.05] = "new"
    return replace(world, frame=train, test=world.test.assign(shop=shops), code="P09")


PLANTS: dict[str, Callable[[World], World]] = {
    "leak .95": leak(0.95),
    "leak .85": leak(0.85),
    "leak .70": leak(0.70),
    "aggregate": aggregate,
    "post-event gap": post_event,
    "serial number": serial,
    "copies 5 %": copied(0.05),
    "copies 20 %": copied(0.2),
    "near copies 10 %": copied(0.1, 0.01),
    "three x 1000": blown_up,
    "number as text": as_text,
    "in other unit": in_feet,
    "unseen category": renamed,
}
NOTHING: dict[str, Callable[[World], World]] = {
    "as it is": lambda world: world,
    "random test": with_test,
    "standardised": standardised,
}


# -- running -----------------------------------------------------------------------------------


def material_of(world: World, dataset: Dataset) -> Material:
    return Material(
        dataset=dataset,
        metric=find_metric(DEFAULT_METRIC[dataset.task], dataset.task),
        kpi=Kpi(),
        splits=search_splits(dataset, 5, 0),
        scale_sensitive=world.scale_sensitive,
    )


def before_baseline(world: World) -> list[Finding]:
    material = material_of(world, world.dataset())
    return [f for c in CHECKS if not c.after_baseline for f in c.run(material)]


def found(findings: Iterable[Finding], world: World) -> Severity | None:
    """How the plant was named, None when it was not."""
    named = [
        f.status
        for f in findings
        if f.code == world.code
        and f.status in FOUND
        and world.column in (None, f.evidence.get("column"))
    ]
    return max(named, key=FOUND.index) if named else None


def usable(plant: str, world: World) -> bool:
    """Whether there is anything to plant it in."""
    dataset = world.dataset()
    numbers = [c.name for c in dataset.columns if c.kind is ColumnKind.NUMBER]
    distinct = dataset.X[numbers].nunique()
    least = {"three x 1000": 2, "number as text": 20, "in other unit": 3, "aggregate": 20}
    if plant == "near copies 10 %":
        return int((distinct >= 0.1 * len(dataset.y)).sum()) >= SCALED_UP
    needed = SCALED_UP if plant == "three x 1000" else int(plant in least)
    return int((distinct >= least.get(plant, 0)).sum()) >= needed


def plant_all(sets: Iterable[str], plants: Iterable[str]) -> None:
    """Recall by plant and false alarms by code, on calibration and scoring sets apart."""
    tallies: dict[tuple[str, str], Tally] = {}
    alarms: dict[tuple[str, str, str], list[str]] = {}
    for name in sets:
        half = "calibration" if name in CALIBRATION else "scoring"
        entry = manifest()[name]
        clean = real(name, ROWS, without=entry["exclude_from_features"])
        for kind, change in NOTHING.items():
            for finding in before_baseline(change(clean)):
                if finding.status in FOUND:
                    words = f"{name}:{finding.evidence.get('column', '')}"
                    alarms.setdefault((finding.code, kind, half), []).append(words)
        for plant in plants:
            if not usable(plant, clean):
                continue
            world = PLANTS[plant](clean)
            status = found(before_baseline(world), world)
            tally = tallies.setdefault((plant, half), Tally())
            tally.tried += 1
            tally.found += status is not None
            tally.issues += status is Severity.ISSUE
            if status is None:
                tally.missed.append(name)
            untouched = replace(world, scale_sensitive=False)
            if plant == "three x 1000" and found(before_baseline(untouched), world):
                say(f"FALSE: {plant} named for a model without scale on {name}")
    for (plant, half), tally in sorted(tallies.items()):
        say(f"{plant:18s} {half:12s} {tally}")
    say("named where nothing was planted:")
    for (code, kind, half), where in sorted(alarms.items()):
        say(f"  {code} {kind:13s} {half:12s} {len(where):2d}: {', '.join(where)}")


def baseline(dataset: Dataset, material: Material, folds: int) -> tuple[Baseline, float]:
    """The healthy model on the first folds, and the seconds of a whole cross-validation."""
    candidate = Candidate(PARAMS)
    trainer = LightGBM().prepare(dataset, PARAMS, material.metric)
    evaluator = Evaluator(
        dataset=dataset,
        metric=material.metric,
        learner=LightGBM(),
        trainer=trainer,
        journal=Journal("sqlite://"),
        executor=ThreadExecutor(cancel=trainer.stop),
        rounds_name="n_estimators",
    )
    evaluation = evaluator.evaluation(candidate, material.splits[:folds])
    pred = np.concatenate([fit.pred for fit in evaluation.fits]).astype(np.float64)
    naive = np.concatenate([evaluator.naive_prediction(s) for s in evaluation.splits])
    found = Baseline(evaluation, evaluation.rows, pred, naive, evaluator)
    return found, evaluator.training_seconds / folds * len(material.splits)


def as_they_are(sets: Iterable[str], most: int | None) -> None:
    """What is said of each set with all its columns, and what it costs."""
    shares: dict[str, list[float]] = {}
    for name in sets:
        world = replace(real(name, most), scale_sensitive=True)
        dataset = world.dataset(lock=True)
        material = replace(material_of(world, dataset), takes_missing=False)
        rows = np.cumsum([len(split.valid) for split in material.splits])
        folds = min(len(rows), int(np.searchsorted(rows, 2000)) + 1)
        measured, one_cv = baseline(dataset, material, folds)
        with_baseline = replace(material, baseline=measured)
        named, spent = [], 0.0
        for check in CHECKS:
            began = time.perf_counter()
            findings = check.run(with_baseline if check.after_baseline else material)
            seconds = time.perf_counter() - began
            spent += seconds
            shares.setdefault("+".join(check.codes), []).append(seconds / one_cv)
            named += [_line(f) for f in findings if f.status in FOUND]
        say(f"{name} ({len(dataset.train):,} rows): {spent:.2f} s, {spent / one_cv:.2f} cv")
        for line in named:
            say(f"    {line}")
    say("cost of each check in cross-validations: median, most")
    for codes, costs in shares.items():
        say(f"  {codes:12s} {np.median(costs):6.3f} {max(costs):6.3f}")


def _line(finding: Finding) -> str:
    kept = {k: _short(v) for k, v in finding.evidence.items() if v not in (None, [], False)}
    return f"{finding.code} {finding.status}  " + " ".join(f"{k}={v}" for k, v in kept.items())


def _short(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.3g}"
    return ",".join(map(str, value[:4])) if isinstance(value, list) else value


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join((*CALIBRATION, *SCORING)))
    parser.add_argument("--plants", default=",".join(PLANTS))
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--rows", type=int, default=None, help="of each set, with --real")
    args = parser.parse_args()
    sets = args.sets.split(",")
    if args.real:
        as_they_are(sets, args.rows)
    else:
        plant_all(sets, args.plants.split(","))


if __name__ == "__main__":
    main()
