"""Small tables, with and without something planted, for the checks that look at the data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from advisor.audit.base import Baseline, Kpi, Material
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.executor import ThreadExecutor
from advisor.languages import LANGUAGES
from advisor.learners.lightgbm.learner import LightGBM
from advisor.measure.evaluate import Evaluator
from advisor.measure.journal import Journal
from advisor.metrics.table import DEFAULT_METRIC, find_metric
from advisor.report.findings import finding_words
from advisor.report.locale import catalog
from advisor.rows.splits import search_splits
from advisor.settings import Candidate
from advisor.types import Dataset, Finding, Severity

FOUND = (Severity.WARNING, Severity.ISSUE)
PARAMS = {"n_estimators": 30, "num_leaves": 7, "learning_rate": 0.2}


def table(rows: int = 600, seed: int = 0, kind: str = "binary") -> pd.DataFrame:
    """Four numbers and a category that know something of the target, none of them much."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 4)), columns=list("abcd"))
    X["shop"] = rng.choice(["north", "south", "east"], rows)
    score = X["a"] + X["b"] - X["c"] + (X["shop"] == "north") + rng.normal(size=rows)
    if kind == "binary":
        X["y"] = np.where(score > 0.5, "yes", "no")
    elif kind == "multiclass":
        X["y"] = np.select([score < -1, score < 1], ["low", "middle"], "high")
    else:
        X["y"] = score * 100
    return X


def target(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The target of ``table`` as a standardised number."""
    y = frame["y"].map({"no": 0, "yes": 1, "low": 0, "middle": 1, "high": 2}).fillna(frame["y"])
    y = y.to_numpy(dtype=np.float64)
    return (y - y.mean()) / y.std()


def material(
    frame: pd.DataFrame,
    test: pd.DataFrame | float | None = False,
    pool: pd.DataFrame | None = None,
    folds: int = 5,
    roles: dict[str, Any] | None = None,
    **more: Any,
) -> Material:
    dataset = build(frame, Roles("y", **(roles or {})), test=test, pool=pool, folds=folds)
    return material_of(dataset, folds, **more)


def material_of(dataset: Dataset, folds: int = 5, **more: Any) -> Material:
    metric = find_metric(DEFAULT_METRIC[dataset.task], dataset.task)
    splits = search_splits(dataset, folds, 0)
    return Material(dataset=dataset, metric=metric, kpi=Kpi(), splits=splits, **more)


def with_baseline(known: Material) -> Material:
    """The same with a small LightGBM measured on all folds."""
    trainer = LightGBM().prepare(known.dataset, PARAMS, known.metric)
    evaluator = Evaluator(
        dataset=known.dataset,
        metric=known.metric,
        learner=LightGBM(),
        trainer=trainer,
        journal=Journal("sqlite://"),
        executor=ThreadExecutor(cancel=trainer.stop),
        rounds_name="n_estimators",
    )
    evaluation = evaluator.evaluation(Candidate(PARAMS), known.splits)
    pred = np.concatenate([fit.pred for fit in evaluation.fits]).astype(np.float64)
    naive = np.concatenate([evaluator.naive_prediction(s) for s in known.splits])
    measured = Baseline(evaluation, evaluation.rows, pred, naive, evaluator)
    return replace(known, baseline=measured)


def of(code: str, findings: Iterable[Finding]) -> list[Finding]:
    """The Findings of one code, each of which can be written down and said."""
    kept = [f for f in findings if f.code == code]
    for finding in kept:
        json.dumps(dict(finding.evidence), allow_nan=False)
        for lang in LANGUAGES:
            assert finding_words(catalog(lang, strict=True), finding).text
    return kept


def only(code: str, findings: Iterable[Finding]) -> Finding:
    found = of(code, findings)
    assert len(found) == 1, found
    return found[0]


def named(code: str, findings: Iterable[Finding]) -> dict[str, Severity]:
    """Columns that were named under a code, and how."""
    return {
        str(f.evidence.get("column")): f.status for f in of(code, findings) if f.status in FOUND
    }
