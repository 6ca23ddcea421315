"""Planted label noise, rare classes, shift, conflicts and costs on real data: recall, false alarms.

Run it as a script; each part prints its cases and then a table by check:

    ADVISOR_DATA=folder python tests/planted_labels.py [--parts clean,flips] [--sets a,b]
        [--rows 10000] [--measured 2000]

Sets are sampled to ``--rows``; the baseline is LightGBM with 100 rounds, measured by advisor's own
Evaluator on all five search folds, or on as many as hold ``--measured`` rows.  Thresholds were
chosen on the calibration sets alone.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real_tables import manifest

from advisor.audit import kpi, labels, metric, quantity, shift
from advisor.audit.base import Baseline, Check, Kpi, Material
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.data.tables import read_table
from advisor.executor import ThreadExecutor
from advisor.learners.lightgbm.learner import LightGBM
from advisor.measure.evaluate import Evaluator
from advisor.measure.journal import Journal
from advisor.metrics.table import DEFAULT_METRIC, find_metric
from advisor.recipes.load import load_recipe
from advisor.rows.splits import search_splits
from advisor.settings import Candidate, Treatment
from advisor.types import Dataset, Finding, Severity, Task

CALIBRATION = (
    *("adult", "bank_additional", "credit_default", "german_credit", "magic_gamma", "sick"),
    *("california_housing", "concrete", "page_blocks", "steel_plates"),
)
SCORING = (
    *("diabetes130", "hotel_bookings", "letter", "student_dropout", "diamonds", "bike_sharing"),
    *("pm25_beijing", "wine_quality", "nycflights13_late", "kddcup99_10pct"),
)
CHECKS: tuple[Check, ...] = (
    *quantity.CHECKS,
    *metric.CHECKS,
    *kpi.CHECKS,
    *labels.CHECKS,
    *shift.CHECKS,
)
PARAMS = {"n_estimators": 100}
SMALLEST_CLASS = 10
FOUND = (Severity.ISSUE, Severity.WARNING)


def frame_of(name: str, rows: int, seed: int = 0, keep: str | None = None) -> pd.DataFrame:
    """A sample of the set without its columns that must not be features, nor its rarest classes."""
    entry = manifest()[name]
    frame = read_table(Path(os.environ["ADVISOR_DATA"]) / entry["file"], None, None)
    frame = frame.drop(columns=[c for c in entry["exclude_from_features"] if c != keep])
    if len(frame) > rows:
        kept = np.random.default_rng(seed).choice(len(frame), rows, replace=False)
        frame = frame.iloc[np.sort(kept)].reset_index(drop=True)
    if entry["task"] == "regression":
        return frame
    count = frame[entry["target"]].map(frame[entry["target"]].value_counts())
    return frame[count >= SMALLEST_CLASS].reset_index(drop=True)


def dataset_of(name: str, frame: pd.DataFrame, test: Any = False, **role: str) -> Dataset:
    entry = manifest()[name]
    roles = Roles(target=entry["target"], **role)
    return build(frame, roles, task=Task(entry["task"]), test=test)


@dataclass(frozen=True)
class Case:
    """What the checks said of one set, and how long they took."""

    data: str
    findings: list[Finding]
    seconds: dict[str, float]
    cross_validation: float

    def of(self, code: str) -> Finding:
        """The first finding of this code, one that found something before others."""
        mine = [f for f in self.findings if f.code == code]
        return min(mine, key=lambda f: f.status not in FOUND)

    @property
    def found(self) -> list[Finding]:
        return [f for f in self.findings if f.status in FOUND]


class Bench:
    """Measures a baseline on a Dataset and runs the checks on it."""

    def __init__(self, measured: int | None) -> None:
        self.measured = measured

    def run(
        self,
        name: str,
        data: Dataset,
        only: tuple[str, ...] = (),
        score: str | None = None,
        worth: Kpi | None = None,
        **candidate: Any,
    ) -> Case:
        own = find_metric(
            score or DEFAULT_METRIC[data.task], data.task, cost=worth.cost if worth else None
        )
        with tempfile.TemporaryDirectory() as folder:
            evaluator, person = _evaluator(data, own, Path(folder), **candidate)
            splits = search_splits(data, 5, 0)
            began = time.perf_counter()
            evaluator.run([(person, split) for split in splits])
            one_cv = time.perf_counter() - began
            used = splits
            if self.measured is not None:
                rows = np.cumsum([len(split.valid) for split in splits])
                used = splits[: int(np.searchsorted(rows, self.measured)) + 1]
            evaluation = evaluator.evaluation(person, used)
            baseline = Baseline(
                evaluation=evaluation,
                rows=evaluation.rows,
                pred=np.concatenate([f.pred for f in evaluation.fits]).astype(np.float64),
                naive=np.concatenate([evaluator.naive_prediction(s) for s in used]),
                evaluator=evaluator,
            )
            material = Material(data, own, worth or Kpi(), splits, 0, baseline=baseline)
            findings, seconds = [], {}
            for check in CHECKS:
                if only and not set(only) & set(check.codes):
                    continue
                began = time.perf_counter()
                findings += check.run(material)
                seconds[check.codes[0]] = time.perf_counter() - began
        return Case(name, findings, seconds, one_cv)


def _evaluator(
    data: Dataset, own: Any, folder: Path, **candidate: Any
) -> tuple[Evaluator, Candidate]:
    learner = LightGBM()
    params = load_recipe("lightgbm").complete(PARAMS)
    evaluator = Evaluator(
        dataset=data,
        metric=own,
        learner=learner,
        trainer=learner.prepare(data, params, own),
        journal=Journal(folder / "journal.db"),
        executor=ThreadExecutor(1),
        rounds_name="n_estimators",
    )
    return evaluator, Candidate(params, **candidate)


def flipped(data: Dataset, share: float, seed: int = 5) -> tuple[Dataset, np.ndarray]:
    """The Dataset with this share of its labels replaced by another class; which ones, (n,)."""
    rng = np.random.default_rng(seed)
    flip = rng.random(len(data.y)) < share
    y = data.y.copy()
    y[flip] = (y[flip] + rng.integers(1, data.n_classes, flip.sum())) % data.n_classes
    return replace(data, y=y, twins=None, fingerprint=f"{data.fingerprint}-{share}"), flip


def with_rare_class(frame: pd.DataFrame, target: str, share: float) -> pd.DataFrame:
    """Two classes, the rarer one thinned to this share."""
    order = frame[target].value_counts().index
    frame = frame[frame[target].isin(order[:2])]
    rare = np.flatnonzero(frame[target] == order[1])
    many = np.flatnonzero(frame[target] == order[0])
    kept = rare[: round(share / (1 - share) * len(many))]
    return frame.iloc[np.sort(np.concatenate([many, kept]))].reset_index(drop=True)


def top_fifth(frame: pd.DataFrame, target: str) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Rows below and in the top fifth of the number that says most about the target, its name."""
    y = pd.factorize(frame[target])[0] if frame[target].dtype.kind not in "if" else frame[target]
    numbers = [c for c in frame.columns if c != target and frame[c].dtype.kind in "if"]
    rank = pd.Series(np.asarray(y, dtype=float)).rank()
    strength = {c: abs(frame[c].fillna(frame[c].median()).rank().corr(rank)) for c in numbers}
    column = max((c for c in numbers if strength[c] == strength[c]), key=strength.__getitem__)
    top = frame[column].rank(pct=True, method="first") > 0.8
    return frame[~top].reset_index(drop=True), frame[top].reset_index(drop=True), column


def with_conflicts(frame: pd.DataFrame, target: str, share: float) -> pd.DataFrame:
    """This share of the rows once more, with the target of another row."""
    rng = np.random.default_rng(3)
    copy = frame.iloc[rng.choice(len(frame), round(share * len(frame)), replace=False)].copy()
    copy[target] = frame[target].to_numpy()[rng.permutation(len(frame))[: len(copy)]]
    return pd.concat([frame, copy], ignore_index=True)


# -- the parts: what was planted, the code, whether it should be found, the case -----------------

Line = tuple[str, str, bool, Case]


def clean(bench: Bench, sets: list[str], rows: int) -> Iterator[Line]:
    """Nothing planted: every finding is printed; those of D07, D08, M02, M03 count as false."""
    for name in sets:
        frame = frame_of(name, rows)
        data = dataset_of(name, frame, test=0.2)
        case = bench.run(name, data)
        for code in ("D06", "D07", "D08", "D09", "D10", "D11", "M03", "M04"):
            yield "clean", code, False, case
        if data.task.is_classification:
            case = bench.run(name, data, only=("M01", "M02"), score="accuracy")
            yield "clean, accuracy", "M01", False, case
            yield "clean, accuracy", "M02", False, case


def flips(bench: Bench, sets: list[str], rows: int) -> Iterator[Line]:
    for name in sets:
        if manifest()[name]["task"] == "regression":
            continue
        data = dataset_of(name, frame_of(name, rows))
        for share in (0.0, 0.05, 0.1, 0.2, 0.4):
            noisy, flip = flipped(data, share)
            case = bench.run(name, noisy, only=("D07",))
            evidence = case.of("D07").evidence
            shown = [flip[row - 1] for row in evidence.get("row_numbers", ())]
            right = f"{sum(shown)}/{len(shown)}"
            print(  # noqa: T201
                f"{name:20s} flipped {share:4.0%}: share {evidence.get('share', -1):.3f} low "
                f"{evidence.get('low', -1):.3f} count {evidence.get('count', '-')}, of the rows "
                f"shown {right} were flipped, {case.seconds['D07'] / case.cross_validation:.2f} cv",
                flush=True,
            )
            yield f"flips {share:.0%}", "D07", share >= 0.1, case


def rare(bench: Bench, sets: list[str], rows: int) -> Iterator[Line]:
    for name in sets:
        entry = manifest()[name]
        if entry["task"] == "regression":
            continue
        frame = with_rare_class(frame_of(name, rows), entry["target"], 0.05)
        data = build(frame, Roles(target=entry["target"]), task=Task.BINARY, test=False)
        case = bench.run(name, data, only=("M01", "M02", "M04"), score="accuracy")
        print(name, case.of("M01").status, case.of("M01").evidence, flush=True)  # noqa: T201
        yield "5 % minority", "M01", True, case
        case = bench.run(name, data, only=("M01",), score="average_precision")
        yield "5 % minority, AP", "M01", False, case


def shifts(bench: Bench, sets: list[str], rows: int) -> Iterator[Line]:
    for name in sets:
        entry = manifest()[name]
        below, above, column = top_fifth(frame_of(name, rows), entry["target"])
        count = below[entry["target"]].value_counts()
        if entry["task"] != "regression":  # classes that are left with too few rows
            known = count.index[count >= SMALLEST_CLASS]
            below, above = (f[f[entry["target"]].isin(known)] for f in (below, above))
        case = bench.run(name, dataset_of(name, below, test=above), only=("D08",))
        evidence = case.of("D08").evidence
        print(name, column, case.of("D08").status, evidence, flush=True)  # noqa: T201
        yield "top fifth", "D08", True, case
        # halved towards the null: half of the test rows are like those of training
        mixed = pd.concat([above.iloc[::2], below.iloc[::8]], ignore_index=True)
        rest = below[np.arange(len(below)) % 8 != 0].reset_index(drop=True)
        yield (
            "half top fifth",
            "D08",
            True,
            bench.run(name, dataset_of(name, rest, test=mixed), only=("D08",)),
        )
        for seed in range(5):
            part = frame_of(name, min(rows, 4000), seed).sample(frac=0.9, random_state=seed)
            data = dataset_of(name, part.reset_index(drop=True), test=0.2)
            yield "random test", "D08", False, bench.run(name, data, only=("D08",))
        for role in ("time", "groups"):
            own = entry[f"{role.removesuffix('s')}_column"]
            if own:
                frame = frame_of(name, rows, keep=own)
                case = bench.run(
                    name, dataset_of(name, frame, test=0.2, **{role: own}), only=("D08",)
                )
                evidence = case.of("D08").evidence
                print(name, role, case.of("D08").status, evidence, flush=True)  # noqa: T201
                yield f"test by {role}", "D08", role == "time", case


def outliers(bench: Bench, sets: list[str], rows: int) -> Iterator[Line]:
    """Two targets in a thousand are twenty times too large."""
    for name in sets:
        if manifest()[name]["task"] != "regression":
            continue
        frame, target = frame_of(name, rows), manifest()[name]["target"]
        rng = np.random.default_rng(1)
        wrong = rng.choice(len(frame), max(2, len(frame) // 500), replace=False)
        frame[target] = frame[target].astype(np.float64)
        frame.loc[wrong, target] *= 20
        yield (
            "2 in 1000 targets x 20",
            "M03",
            True,
            bench.run(name, dataset_of(name, frame), only=("M03",)),
        )


def noise(bench: Bench, sets: list[str], rows: int) -> Iterator[Line]:
    """400 rows, 20 columns of pure noise, 6 positives: nothing may be claimed of a model."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.normal(size=(400, 20)), columns=[f"x{i}" for i in range(20)])
        frame["y"] = (rng.permutation(400) < 6).astype(int)
        for score in ("accuracy", "roc_auc", "log_loss"):
            data = build(frame, Roles(target="y"), task=Task.BINARY, test=False)
            case = bench.run("noise", data, score=score)
            print(seed, score, [(f.code, str(f.status)) for f in case.found])  # noqa: T201
            yield f"noise, {score}", "M04", True, case
            yield f"noise, {score}", "M01", score == "accuracy", case
            for code in ("M02", "D06", "D07"):
                yield f"noise, {score}", code, False, case


def conflicts(bench: Bench, sets: list[str], rows: int) -> Iterator[Line]:
    for name in sets:
        frame = with_conflicts(frame_of(name, rows), manifest()[name]["target"], 0.05)
        yield "5 % copied", "D06", True, bench.run(name, dataset_of(name, frame), only=("D06",))


def costs(bench: Bench, sets: list[str], rows: int) -> Iterator[Line]:
    """A missed row costs ten: K02 at .5 and, as the null, at the right threshold."""
    worth = Kpi(cost=(1.0, 10.0))
    for name in sets:
        if manifest()[name]["task"] != "binary":
            continue
        data = dataset_of(name, frame_of(name, rows))
        for what, candidate, wrong in (
            ("threshold .5", {}, True),
            ("threshold 1/11", {"threshold": 1 / 11}, False),
            ("balanced, 1/11", {"threshold": 1 / 11, "treatment": BALANCED}, True),
        ):
            case = bench.run(name, data, only=("K02",), score="cost", worth=worth, **candidate)
            finding = case.of("K02")
            print(name, what, finding.status, finding.evidence, flush=True)  # noqa: T201
            yield f"costs 1:10, {what}", "K02", wrong, case
        for score, other in (("log_loss", "roc_auc"), ("accuracy", "f1")):
            both = Kpi(metric=find_metric(other, data.task))
            case = bench.run(name, data, only=("K03",), score=score, worth=both)
            finding = case.of("K03")
            print(name, score, other, finding.status, finding.evidence, flush=True)  # noqa: T201
            yield f"{score} for {other}", "K03", score == "accuracy", case


BALANCED = Treatment(class_weight="balanced")
PARTS = {
    "clean": clean,
    "flips": flips,
    "rare": rare,
    "shifts": shifts,
    "conflicts": conflicts,
    "outliers": outliers,
    "noise": noise,
    "costs": costs,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join((*CALIBRATION, *SCORING)))
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--measured", type=int, default=None)
    args = parser.parse_args()
    bench, sets = Bench(args.measured), args.sets.split(",")
    for part in args.parts.split(","):
        lines = list(PARTS[part](bench, sets, args.rows))
        table(lines)
        if part == "clean":
            everything(lines)


def table(lines: list[Line]) -> None:
    """How often each code was found, by what was planted, on both halves of the sets."""
    rows: dict[tuple[str, str, bool], dict[bool, list[bool]]] = {}
    for what, code, wanted, case in lines:
        halves = rows.setdefault((what, code, wanted), {True: [], False: []})
        halves[case.data in CALIBRATION].append(case.of(code).status in FOUND)
    print(f"{'planted':28s} code  should   calibration  scoring")  # noqa: T201
    for (what, code, wanted), half in rows.items():
        said = [f"{sum(half[k]):3d} of {len(half[k]):2d}" for k in (True, False)]
        should = "find" if wanted else "be silent"
        print(f"{what:28s} {code}  {should:9s} {said[0]}     {said[1]}")  # noqa: T201


def everything(lines: list[Line]) -> None:
    """Every finding with nothing planted, and what the checks cost."""
    cost: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    done: set[int] = set()
    for what, _, _, case in lines:
        if id(case) in done:
            continue
        done.add(id(case))
        for code, seconds in case.seconds.items():
            cost[code].append((seconds / case.cross_validation, seconds, case.data))
        for f in case.found:
            print(f"{case.data:20s} {what:16s} {f.code} {f.status} {dict(f.evidence)}")  # noqa: T201
    for code, spent in sorted(cost.items()):
        middle = np.median([share for share, _, _ in spent])
        share, seconds, data = max(spent)
        print(  # noqa: T201
            f"{code}: median {middle:.3f}, most {share:.3f} cross-validations "
            f"({seconds:.2f} s on {data})"
        )


if __name__ == "__main__":
    main()
