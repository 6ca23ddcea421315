"""Planted curve faults on real data: does the diagnosis name what was planted?

Run it as a script:

    ADVISOR_DATA=folder python tests/curve_faults.py [--family lightgbm|mlp] [--sets a,b]
        [--faults x,y] [--journals folder] [--json file]

A fault counts where it kills: on the same folds its skill lies at least .03 below the sane model's.
A healthy model counts where it is as good as the sane one, to .02.
``CAUSES`` was written before any result was looked at: for every planted cause, which names of
``named`` are right.  Constants were chosen on CALIBRATION; what is quoted of them is measured on
SCORING, sets that no constant was chosen on.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real_tables import manifest, table

from advisor.config.load import make_config
from advisor.config.sections import SearchConfig
from advisor.executor import ThreadExecutor
from advisor.inputs import Inputs, read_inputs
from advisor.measure.evaluate import Evaluator
from advisor.measure.journal import Journal
from advisor.recipes.load import load_recipe
from advisor.results import Diagnosis
from advisor.search.auditing import Audit, check_data, folds_to_check
from advisor.search.session import Session
from advisor.search.staged import Search
from advisor.settings import Candidate, Preprocessing
from advisor.stages import STAGES
from advisor.types import Finding

CALIBRATION = (
    *("adult", "bank_additional", "credit_default", "german_credit", "magic_gamma", "sick"),
    *("california_housing", "concrete", "page_blocks", "steel_plates"),
)
SCORING = (
    *("diabetes130", "hotel_bookings", "letter", "student_dropout", "diamonds", "bike_sharing"),
    *("pm25_beijing", "wine_quality", "nycflights13_late", "kddcup99_10pct"),
)
MOST_ROWS = {"lightgbm": 8000, "mlp": 3000}
MOST_ROWS_MANY_CLASSES = 4000
MANY_CLASSES = 10
KILLS = 0.03
FOLDS = 5
DEPTH_SETS = ("letter", "california_housing", "magic_gamma")
FEW = 900  # rows of the small healthy models
NET_RATES = (0.01, 0.003, 0.001, 0.0003)  # the best pair of a rate and widths is a sane net's
NET_WIDTHS = ((64,), (64, 64))
AS_GOOD = 0.02  # a healthy model's skill lies no further below the sane one's
TINY = 500  # rows of the nets that memorise
FEWEST_OF_A_CLASS = 10
BINS = 10  # classes made of a numeric target: a log loss above 1 that is nobody's fault


@dataclass(frozen=True)
class Plant:
    """What is planted: parameters on top of the sane ones, and how the task is changed.

    Attributes:
        params: absolute values; ``share`` those that are a share of the rows.
        rounds: None takes those that early stopping finds at the planted parameters.
            SANE_ROUNDS takes the sane model's, so that the rounds are not the fault.
        metric: None is log loss or RMSE.
        task: ``bins`` makes classes of a numeric target, ``thousand`` multiplies it, ``few`` keeps
            FEW rows, ``tiny`` TINY, ``rare`` thins class 1 to a twentieth, ``unscaled``
            multiplies three columns, ``gentler`` takes a third of the sane rate.
    """

    cause: str
    params: dict[str, Any] = field(default_factory=dict)
    share: dict[str, float] = field(default_factory=dict)
    rounds: int | None = None
    metric: str | None = None
    task: str = ""


HEALTHY = "healthy"
SANE_ROUNDS = 0
FEWEST_ROUNDS = 10
# Written down before the first result was looked at.  What a diagnosis may be called where a cause
# was planted; everything else is wrong.
CAUSES: dict[str, tuple[str, ...]] = {
    "rate_high": ("rate_high",),
    "rate_low": ("rate_low",),
    "held_back": ("held_back",),
    "memorises": ("overfit",),
    "shallow": ("shallow",),
    "few_rounds": ("few_rounds",),
    "threshold": ("threshold",),
    "unscaled": ("unscaled",),
    HEALTHY: (HEALTHY,),
}


def named(found: Diagnosis) -> str:
    """The cause that a diagnosis names, from its state and what it points to."""
    state, lever = found.state, found.points_to
    if lever == "foundations":
        return "threshold" if state == "threshold" else "unscaled"
    if state in ("diverging", "jagged"):
        return "rate_high"
    if state in ("overfit", "overconfident"):
        return "rate_high" if lever == "learning_rate" else "overfit"
    if state == "not_converged":
        return "few_rounds"
    if state == HEALTHY:
        return HEALTHY
    names = {"learning_rate": "rate_low", "regularization": "held_back", "depth": "shallow"}
    return names.get(str(lever), f"{state}?")


BOOSTER: dict[str, Plant] = {
    "rate_1": Plant("rate_high", {"learning_rate": 1.0}, rounds=150),
    "rate_2.5": Plant("rate_high", {"learning_rate": 2.5}, rounds=150),
    "rate_1e-3": Plant("rate_low", {"learning_rate": 1e-3}, rounds=150),
    "rate_1e-4": Plant("rate_low", {"learning_rate": 1e-4}, rounds=150),
    "large_leaves": Plant("held_back", {}, {"min_child_samples": 0.35}, rounds=150),
    "min_gain_50": Plant("held_back", {"min_split_gain": 50.0}, rounds=150),
    "lambda_1e4": Plant("held_back", {"reg_lambda": 1e4}, rounds=150),
    "leaves_511": Plant("memorises", {"num_leaves": 511, "min_child_samples": 1}, rounds=400),
    "leaves_fast": Plant(
        "memorises",
        {"learning_rate": 0.3, "num_leaves": 511, "min_child_samples": 1},
        rounds=200,
    ),
    "depth_1": Plant("shallow", {"max_depth": 1}, rounds=300),
    "rounds_5": Plant("few_rounds", {}, rounds=5),
    "rounds_3": Plant("few_rounds", {"learning_rate": 0.3}, rounds=3),
    "rare_f1": Plant("threshold", {}, metric="f1", task="rare"),
    "tuned": Plant(HEALTHY),
    "slow": Plant(HEALTHY, {"learning_rate": 0.05}),
    "sampled": Plant(
        HEALTHY,
        {
            "learning_rate": 0.05,
            "num_leaves": 15,
            "subsample": 0.8,
            "subsample_freq": 1,
            "colsample_bytree": 0.8,
        },
    ),
    "few_rows": Plant(HEALTHY, {"learning_rate": 0.05, "num_leaves": 8}, task="few"),
    "auc": Plant(HEALTHY, {}, metric="roc_auc"),
    "accuracy": Plant(HEALTHY, {}, metric="accuracy"),
    "mae": Plant(HEALTHY, {}, metric="mae"),
    "thousand": Plant(HEALTHY, {"learning_rate": 0.05}, metric="mse", task="thousand"),
    "bins": Plant(HEALTHY, {"learning_rate": 0.05}, task="bins"),
}
NET: dict[str, Plant] = {
    "adam_.03": Plant("rate_high", {"learning_rate_init": 0.03}, rounds=SANE_ROUNDS),
    "adam_.3": Plant("rate_high", {"learning_rate_init": 0.3}, rounds=SANE_ROUNDS),
    "sgd_1": Plant("rate_high", {"solver": "sgd", "learning_rate_init": 1.0}, rounds=SANE_ROUNDS),
    "adam_1e-4": Plant("rate_low", {"learning_rate_init": 1e-4}, rounds=60),
    "adam_1e-5": Plant("rate_low", {"learning_rate_init": 1e-5}, rounds=60),
    "adam_1e-6": Plant("rate_low", {"learning_rate_init": 1e-6}, rounds=60),
    "alpha_10": Plant("held_back", {"alpha": 10.0}, rounds=60),
    "alpha_100": Plant("held_back", {"alpha": 100.0}, rounds=60),
    "two_units": Plant("shallow", {"hidden_layer_sizes": [2]}, rounds=100),
    "wide_500": Plant(
        "memorises", {"alpha": 0.0, "hidden_layer_sizes": [256]}, rounds=300, task="tiny"
    ),
    "epochs_1": Plant("few_rounds", {}, rounds=1),
    "epochs_2": Plant("few_rounds", {}, rounds=2),
    "unscaled": Plant("unscaled", {}, rounds=60, task="unscaled"),
    "tuned": Plant(HEALTHY),
    "small": Plant(HEALTHY, {"hidden_layer_sizes": [20]}),
    "gentle": Plant(HEALTHY, {"alpha": 0.1}, task="gentler"),
    "accuracy": Plant(HEALTHY, {}, metric="accuracy"),
    "mae": Plant(HEALTHY, {}, metric="mae"),
    "bins": Plant(HEALTHY, {}, task="bins"),
}
FAMILIES: dict[str, tuple[dict[str, Any], dict[str, Plant]]] = {
    "lightgbm": ({"learning_rate": 0.1, "num_leaves": 31}, BOOSTER),
    "mlp": ({"learning_rate_init": 1e-3, "hidden_layer_sizes": [64]}, NET),
}


@dataclass(frozen=True)
class Row:
    """One planted case and what was said of it."""

    data: str
    fault: str
    cause: str
    counts: bool
    named: str
    right: bool
    state: str
    first: str
    points_to: str | None
    confirmed: bool
    skill: float
    sane: float
    fits: int
    extra: int
    seconds: float
    evidence: dict[str, Any]
    meaning: str


# -- tasks -------------------------------------------------------------------------------------


@cache
def rows_of(name: str, family: str) -> pd.DataFrame:
    """The set's rows, sampled, copies of a row dropped where they crowd out the rest.

    A net's numeric target is brought to mean 0 and variance 1, as every user of one does.
    """
    entry = manifest()[name]
    frame = table(entry)
    frame = frame[frame[entry["target"]].notna()]
    if entry.get("duplicate_rows", 0) > 0.2 * len(frame):
        frame = frame.drop_duplicates()
    many = (entry.get("n_classes") or 0) > MANY_CLASSES
    most = min(MOST_ROWS[family], MOST_ROWS_MANY_CLASSES if many else np.inf)
    if family == "mlp" and entry["task"] == "regression":
        values = frame[entry["target"]].astype(float)
        frame = frame.assign(**{entry["target"]: (values - values.mean()) / values.std()})
    return _sampled(frame, entry, int(min(most, len(frame))), seed=7)


def _sampled(frame: pd.DataFrame, entry: dict[str, Any], rows: int, seed: int) -> pd.DataFrame:
    """So many rows, without the classes of which too few are among them for every fold."""
    frame = frame.sample(min(rows, len(frame)), random_state=seed)
    if entry["task"] == "multiclass":
        counts = frame[entry["target"]].value_counts()
        frame = frame[frame[entry["target"]].isin(counts.index[counts >= FEWEST_OF_A_CLASS])]
    return frame.reset_index(drop=True)


def task_of(name: str, family: str, change: str) -> tuple[pd.DataFrame, str] | None:
    """(rows, task) with the task changed; None where the change makes no sense."""
    entry = manifest()[name]
    frame, task, target = rows_of(name, family), entry["task"], entry["target"]
    if change == "few":
        return _named_anew(_sampled(frame, entry, FEW, seed=3), target, task)
    if change == "tiny":
        return _named_anew(_sampled(frame, entry, TINY, seed=4), target, task)
    if change == "thousand":
        if task != "regression":
            return None
        return frame.assign(**{target: frame[target].astype(float) * 1000}), task
    if change == "bins":
        if task != "regression":
            return None
        values = frame[target].astype(float)
        classes = pd.qcut(values.rank(method="first"), BINS, labels=False)
        if values.nunique() < 2 * BINS:
            classes = values
            counts = classes.value_counts()
            keep = classes.isin(counts.index[counts >= 50])
            frame, classes = frame[keep], classes[keep]
        return frame.assign(**{target: "c" + classes.astype(str)}), "multiclass"
    if change == "rare":
        if task != "binary":
            return None
        rare = frame[target].value_counts().index[-1]
        is_rare = frame[target] == rare
        few = frame[is_rare].sample(
            max(1, int((~is_rare).sum() / 19)), random_state=5, replace=False
        )
        both = pd.concat([frame[~is_rare], few]).sample(frac=1, random_state=5)
        # class 1 is the second in the order of the labels
        label = np.where(both[target] == rare, "b_rare", "a_common")
        return both.assign(**{target: label}).reset_index(drop=True), task
    if change == "unscaled":
        numeric = [c for c in frame.columns if c != target and _is_number(frame[c])]
        picked = frame[numeric].nunique().sort_values().index[-3:]
        changed = {c: pd.to_numeric(frame[c], errors="coerce") * 1000 for c in picked}
        return (frame.assign(**changed), task) if len(picked) == 3 else None
    return frame, task


def _named_anew(frame: pd.DataFrame, target: str, task: str) -> tuple[pd.DataFrame, str]:
    """Two classes that are left of many are a binary task."""
    two = task == "multiclass" and frame[target].nunique() == 2
    return frame, "binary" if two else task


def _is_number(column: pd.Series) -> bool:
    return bool(pd.to_numeric(column, errors="coerce").notna().mean() > 0.95)


def applies(name: str, family: str, plant: Plant) -> bool:
    task = manifest()[name]["task"]
    if plant.cause == "shallow" and name not in DEPTH_SETS:
        return False
    if plant.metric in ("roc_auc", "f1") and task != "binary":
        return False
    if plant.metric == "accuracy" and task == "regression":
        return False
    if plant.metric == "mae" and task != "regression":
        return False
    if plant.task == "rare" and manifest()[name]["minority_share"] * MOST_ROWS[family] < 250:
        return False
    return task_of(name, family, plant.task) is not None


# -- one case ----------------------------------------------------------------------------------


def inputs_for(name: str, family: str, plant: Plant, params: dict[str, Any]) -> Inputs:
    made = task_of(name, family, plant.task)
    assert made is not None
    frame, task = made
    entry = manifest()[name]
    scaled = {"preprocessing": {"scale": "standard"}}
    scale = scaled if family != "lightgbm" and plant.task != "unscaled" else {}
    config = make_config(
        {
            "version": 1,
            "data": {
                "path": "<DataFrame>",
                "target": entry["target"],
                "task": task,
                "test": False,
            },
            "model": {"family": family, "params": params},
            **({"metric": plant.metric} if plant.metric else {}),
            **scale,
        }
    )
    return read_inputs(config, frame)


def session_for(inputs: Inputs, journal: Path) -> Session:
    rounds = inputs.recipe.rounds
    trainer = inputs.learner.prepare(inputs.dataset, inputs.person.params, inputs.metric)
    evaluator = Evaluator(
        dataset=inputs.dataset,
        metric=inputs.metric,
        learner=inputs.learner,
        trainer=trainer,
        journal=Journal(journal),
        executor=ThreadExecutor(1),
        rounds_name=None if rounds is None else rounds.name,
    )
    return Session(
        evaluator=evaluator,
        recipe=inputs.recipe,
        person=inputs.person,
        config=SearchConfig(folds=FOLDS),
        min_gain=None,
        seed=0,
        deadline=time.monotonic() + 3600,
    )


def early_rounds(session: Session, person: Candidate) -> int:
    """Rounds that early stopping finds for these parameters on the first folds."""
    recipe, context = session.recipe, session.context((person,), 0)
    name = recipe.rounds.name if recipe.rounds else ""
    params = {**person.params, name: context.longest(context.rate(person.params))}
    stopped = replace(person, params=params, stopping=context.stopping(params))
    return session.evaluator.evaluation(stopped, session.glance).rounds or 1


def skill(session: Session, person: Candidate) -> float:
    """Skill of a model on the first folds, in its own metric."""
    evaluator = session.evaluator
    metric, naive = evaluator.metric, evaluator.naive(session.glance)
    score = evaluator.evaluation(person, session.glance).score
    return 1 - metric.loss(score) / (abs(metric.loss(naive)) or 1.0)


def sane_of(session: Session, family: str) -> Candidate:
    """The sane model of a task: default size, its rounds found by early stopping.

    A net's rate and widths are the best on the same folds: none suits every table.
    """
    base, _ = FAMILIES[family]
    recipe = session.recipe
    scale = None if family == "lightgbm" else "standard"
    plain = Candidate(recipe.complete(base), preprocessing=Preprocessing(scale=scale))
    rate, name = recipe.rate or "", recipe.rounds.name if recipe.rounds else ""
    tried: list[dict[str, Any]]
    if family == "mlp":
        tried = [{rate: r, "hidden_layer_sizes": w} for r in NET_RATES for w in NET_WIDTHS]
    else:
        tried = [{}]
    found = [plain.with_params(**params) for params in tried]
    found = [c.with_params(**{name: early_rounds(session, c)}) for c in found]
    return max(found, key=lambda c: session.evaluator.evaluation(c, session.glance).score)


def prepared(name: str, family: str, fault: str, folder: Path) -> tuple[Session, float]:
    """A session with the planted model in it, and the sane model's skill."""
    base, plants = FAMILIES[family]
    plant = plants[fault]
    recipe = load_recipe(family)
    rate, rounds = recipe.rate or "", recipe.rounds.name if recipe.rounds else ""
    made = task_of(name, family, plant.task)
    assert made is not None
    shares = {k: round(v * len(made[0]) * (FOLDS - 1) / FOLDS) for k, v in plant.share.items()}
    journal = folder / f"{family}-{name}-{plant.task}.db"
    tidy = replace(plant, task="") if plant.task == "unscaled" else plant
    session = session_for(inputs_for(name, family, tidy, {**base, rounds: 100}), journal)
    sane = sane_of(session, family)
    own = {k: v for k, v in sane.params.items() if k in base}
    params = {**base, **own, **plant.params, **shares, rounds: plant.rounds or 100}
    params = {k: list(v) if isinstance(v, tuple) else v for k, v in params.items()}
    if plant.rounds == SANE_ROUNDS:
        params[rounds] = max(FEWEST_ROUNDS, sane.params[rounds])
    if "gentler" in plant.task:
        params[rate] /= 3
    reached = skill(session, sane)
    session = session_for(inputs_for(name, family, plant, params), journal)
    if plant.rounds is None:
        found = early_rounds(session, session.person)
        session = session_for(inputs_for(name, family, plant, {**params, rounds: found}), journal)
    return session, reached


def run_case(name: str, family: str, fault: str, folder: Path) -> Row:
    """Plant one fault on one set and read the baseline's curves and probes."""
    began = time.perf_counter()
    plant = FAMILIES[family][1][fault]
    session, sane = prepared(name, family, fault, folder)
    search = Search(session)
    for _ in search._baseline():
        pass
    first = search.result.diagnosis
    session.own = session.person
    session.findings = findings(session) if family != "lightgbm" else ()
    # the checks of the model's predictions have measured these by then
    session.evaluator.run([(session.person, split) for split in folds_to_check(session)])
    for _ in search._probe(STAGES):
        pass
    found = search.result.diagnosis
    assert first is not None
    assert found is not None
    own = skill(session, session.person)
    gap = sane - own
    if plant.cause == "threshold":
        gap = best_threshold_gain(session)
    said = named(found)
    return Row(
        data=name,
        fault=fault,
        cause=plant.cause,
        counts=gap <= AS_GOOD if plant.cause == HEALTHY else gap >= KILLS,
        named=said,
        right=said in CAUSES[plant.cause],
        state=found.state,
        first=first.state,
        points_to=found.points_to,
        confirmed=found.confirmed,
        skill=own,
        sane=sane,
        fits=len(search.result.probes),
        extra=int(found.evidence.get("extra_fits", 0)),
        seconds=time.perf_counter() - began,
        evidence={k: v for k, v in found.evidence.items() if isinstance(v, int | float | str)},
        meaning="" if found.meaning is None else found.meaning.code,
    )


def findings(session: Session) -> tuple[Finding, ...]:
    """What the checks of the data say, before any fit."""
    audit = Audit()
    check_data(session, audit)
    return tuple(audit.findings)


def best_threshold_gain(session: Session) -> float:
    """F1 that a threshold chosen on one fold adds on the next, mean over the folds."""
    evaluator = session.evaluator
    evaluation = evaluator.evaluation(session.person, session.splits)
    folds = [
        (evaluator.dataset.y[split.valid], fit.pred)
        for split, fit in zip(session.splits, evaluation.fits, strict=True)
    ]
    gains = []
    for (y, pred), (other, scored) in zip(folds, [*folds[1:], folds[0]], strict=True):
        tried = np.quantile(pred, np.linspace(0.5, 0.99, 40))
        best = tried[int(np.argmax([_f1(y, pred > t) for t in tried]))]
        gains.append(_f1(other, scored > best) - _f1(other, scored > 0.5))
    return float(np.mean(gains))


def _f1(y: Any, said: Any) -> float:
    both = float(((y == 1) & said).sum())
    return 2 * both / max(float((y == 1).sum() + said.sum()), 1.0)


# -- tables ------------------------------------------------------------------------------------


def line(row: Row) -> str:
    mark = "" if row.counts else "  (does not count)"
    sure = "confirmed" if row.confirmed else "suspected"
    return (
        f"{row.data:20s} {row.fault:13s} {'ok' if row.right else '--'} {row.named:12s} "
        f"{row.state:14s} {row.points_to or '-':14s} {sure} first {row.first:14s} "
        f"skill {row.skill:6.3f} sane {row.sane:6.3f} {row.seconds:5.1f} s{mark}"
    )


def matrix(rows: list[Row]) -> Iterator[str]:
    """Planted cause x named cause, over the cases that kill."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.counts:
            counts[row.cause][row.named] += 1
    columns = sorted({name for c in counts.values() for name in c})
    yield " " * 12 + "".join(f"{c:>14s}" for c in columns)
    for cause in CAUSES:
        if cause in counts:
            yield f"{cause:12s}" + "".join(f"{counts[cause][c] or '.':>14}" for c in columns)


def summary(rows: list[Row], what: str) -> Iterator[str]:
    killing = [r for r in rows if r.counts and r.cause != HEALTHY]
    healthy = [r for r in rows if r.cause == HEALTHY and r.counts]
    if killing:
        good = sum(r.right for r in killing)
        yield f"{what}: top-1 {good}/{len(killing)} = {good / len(killing):.1%}"
        sure = [r for r in killing if r.confirmed]
        good = sum(r.right for r in sure)
        yield f"{what}: of those confirmed {good}/{len(sure)} right"
    if healthy:
        wrong = sum(not r.right for r in healthy)
        yield f"{what}: false alarms {wrong}/{len(healthy)} = {wrong / len(healthy):.1%}"
    if rows:
        extra = sum(r.extra for r in rows) / len(rows)
        yield f"{what}: extra fits per diagnosis {extra:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--family", default="lightgbm", choices=FAMILIES)
    parser.add_argument("--sets", default=",".join(CALIBRATION + SCORING))
    parser.add_argument("--faults", default=None)
    parser.add_argument("--journals", default=None, help="keep the fits here, to ask again")
    parser.add_argument("--json", default=None, help="add the rows to this file, one a line")
    args = parser.parse_args()
    plants = FAMILIES[args.family][1]
    faults = args.faults.split(",") if args.faults else list(plants)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as own:
        folder = Path(args.journals or own)
        folder.mkdir(parents=True, exist_ok=True)
        for name in args.sets.split(","):
            for fault in faults:
                if not applies(name, args.family, plants[fault]):
                    continue
                row = run_case(name, args.family, fault, folder)
                rows.append(row)
                print(line(row), flush=True)  # noqa: T201
                if args.json:
                    with Path(args.json).open("a") as out:
                        out.write(json.dumps(asdict(row), default=float) + "\n")
    for what, sets in (("calibration", CALIBRATION), ("scoring", SCORING)):
        mine = [r for r in rows if r.data in sets]
        for text in (*matrix(mine), *summary(mine, what)):
            print(text)  # noqa: T201


if __name__ == "__main__":
    assert os.environ.get("ADVISOR_DATA"), "ADVISOR_DATA does not name the folder of real tables"
    main()
