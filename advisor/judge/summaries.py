"""A measured model in a few numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from advisor.judge.paired import Estimate, estimate, pair, t975
from advisor.measurements import Evaluation
from advisor.metrics.table import Metric
from advisor.results import ModelSummary, TestResult


def summary(metric: Metric, evaluation: Evaluation, naive: float) -> ModelSummary:
    """Score, standard error and skill against the naive score (turned)."""
    scale = abs(metric.loss(naive)) or 1.0
    return ModelSummary(
        score=metric.shown(evaluation.score),
        se=_own_error(evaluation).se(),
        skill=1 - metric.loss(evaluation.score) / scale,
        params=dict(evaluation.candidate.params),
        rounds=evaluation.rounds,
        treatment=evaluation.candidate.treatment,
        preprocessing=evaluation.candidate.preprocessing,
        threshold=evaluation.candidate.threshold,
        folds=len(evaluation.splits),
    )


def _own_error(evaluation: Evaluation) -> Estimate:
    """The error of the score itself: the paired estimate against a model that is 0 on every row."""
    nothing = replace(evaluation, values=np.zeros_like(evaluation.values))
    return estimate(pair(nothing, evaluation))


def on_test(metric: Metric, before: Evaluation, after: Evaluation) -> TestResult:
    """The paired gain on the locked part with its 95 % interval."""
    gain = estimate(pair(before, after))
    half = t975(gain.df) * gain.se()
    return TestResult(
        before=metric.shown(before.score),
        after=metric.shown(after.score),
        gain=gain.mean,
        low=gain.mean - half,
        high=gain.mean + half,
        rows=len(before.rows),
    )
