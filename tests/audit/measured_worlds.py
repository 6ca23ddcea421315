"""Small worlds with a baseline measured by hand, and what is said of them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from advisor.audit.base import Baseline, Kpi, Material
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.languages import LANGUAGES
from advisor.measurements import Evaluation, Fit
from advisor.metrics.table import METRICS, Metric, at_threshold, find_metric, naive_prediction
from advisor.report.findings import finding_words
from advisor.report.locale import catalog
from advisor.rows.splits import search_splits, units
from advisor.settings import Candidate
from advisor.types import Dataset, Finding, Severity, Split, Task

NO_ROUNDS = SimpleNamespace(rounds_name=None)


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def table(X: dict[str, Any], y: Any, task: Task, test: Any = False, **role: str) -> Dataset:
    """A Dataset with the target ``y``."""
    return build(pd.DataFrame({**X, "y": y}), Roles(target="y", **role), task=task, test=test)


def evaluated(
    data: Dataset, metric: Metric, pred: Any, candidate: Candidate, splits: tuple[Split, ...]
) -> Evaluation:
    """The evaluation of predictions for all rows of the Dataset."""
    weight = data.weight
    values, folds = [], []
    for index, split in enumerate(splits):
        rows = split.valid
        values.append(
            metric.rows(
                data.y[rows],
                at_threshold(pred[rows], candidate.threshold),
                None if weight is None else weight[rows],
            )
        )
        folds.append(np.full(len(rows), index))
    rows = np.concatenate([split.valid for split in splits])
    fits = tuple(Fit(pred[s.valid].astype(np.float32), 100, 0.0) for s in splits)
    return Evaluation(
        candidate=candidate,
        purpose=splits[0].purpose,
        splits=splits,
        fits=fits,
        rows=rows,
        values=np.concatenate(values),
        folds=np.concatenate(folds),
        units=units(data, rows),
    )


def measured(
    data: Dataset,
    pred: Any,
    metric: str | Metric,
    kpi: Kpi | None = None,
    threshold: float | None = None,
    evaluator: Any = NO_ROUNDS,
) -> Material:
    """Material with a baseline that predicts ``pred`` (one for each row of the Dataset)."""
    own = find_metric(metric, data.task) if isinstance(metric, str) else metric
    splits = search_splits(data, 5, 0)
    candidate = Candidate({"n_estimators": 100}, threshold=threshold)
    evaluation = evaluated(data, own, np.asarray(pred), candidate, splits)
    naive = [
        np.broadcast_to(guess, (len(split.valid), *guess.shape))
        for split in splits
        for guess in [
            naive_prediction(own, data.y[split.train], None, data.task, n_classes=data.n_classes)
        ]
    ]
    baseline = Baseline(
        evaluation=evaluation,
        rows=evaluation.rows,
        pred=np.asarray(pred, dtype=np.float64)[evaluation.rows],
        naive=np.concatenate(naive),
        evaluator=evaluator,
    )
    return Material(data, own, kpi or Kpi(), splits, baseline=baseline)


def unmeasured(data: Dataset, metric: str | None = None, kpi: Kpi | None = None) -> Material:
    """Material before the first fit."""
    name = metric or ("log_loss" if data.task.is_classification else "rmse")
    return Material(data, METRICS[name], kpi or Kpi(), search_splits(data, 5, 0))


def only(findings: list[Finding], code: str, status: Severity) -> Finding:
    """The one finding, of this code and status; its sentences and its JSON are tried."""
    assert [f.code for f in findings] == [code]
    (finding,) = findings
    assert finding.status is status, finding
    said(finding)
    return finding


def said(finding: Finding) -> None:
    """Every sentence of the finding can be said in every language, and its evidence is JSON."""
    assert json.loads(json.dumps(finding.evidence, allow_nan=False)) is not None
    for lang in LANGUAGES:
        words = finding_words(catalog(lang, strict=True), finding)
        assert words.text
        assert words.title != finding.code
        if finding.status in (Severity.ISSUE, Severity.WARNING):
            assert words.why
            assert words.fix
