"""Scores on rows that no run has seen: does the fault kill, and how much is won back?

Every model is fitted on all the rows it is given and scored once on the hidden ones.  Skill is
1 - L / L0, L0 the loss of the naive predictor that knows the sane rows' targets alone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from advisor.bench.faults import Kind
from advisor.config.load import make_config
from advisor.data.columns import encode
from advisor.data.roles import Roles
from advisor.data.targets import encode_target
from advisor.inputs import Inputs, evaluator_for, read_inputs
from advisor.measure.journal import Journal
from advisor.metrics.table import at_threshold, naive_prediction
from advisor.results import ModelSummary
from advisor.rows.splits import search_splits
from advisor.settings import Candidate
from advisor.types import Floats, Ints

KILLS = 0.03
"""Skill that a fault must cost (or, of a trust fault, feign) to count."""
P_KILLS, D_KILLS = 0.05, 0.5
SUBSAMPLE = 0.9
RESTORED = 0.8
SE_WORSE = 2.0
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """One set of training rows, and other rows to score models on."""

    inputs: Inputs
    X: pd.DataFrame
    y: Floats | Ints

    @classmethod
    def of(cls, inputs: Inputs, frame: pd.DataFrame, roles: Roles) -> Judge:
        """Rows of ``frame`` encoded as the training rows were."""
        data = inputs.dataset
        X = encode(frame, data.columns)
        return cls(inputs, X, encode_target(frame[roles.target], data.classes, data.task))

    def values(self, candidate: Candidate, rows: Ints | None = None, seed: int = 0) -> Floats:
        """(n,) contributions of the scored rows; their mean is the score, higher is better.

        Args:
            candidate: fitted with its treatment and preprocessing.
            rows: training rows; all of them when None.
            seed: of the fit.
        """
        data, metric = self.inputs.dataset, self.inputs.metric
        trainer = self.inputs.learner.prepare(data, self.inputs.person.params, metric)
        model = trainer.refit(candidate, data.train if rows is None else rows, seed)
        pred = at_threshold(np.asarray(model.predict(self.X)), candidate.threshold)
        return metric.rows(self.y, pred, None)

    def naive(self) -> float:
        """Turned score of the naive predictor of the training rows."""
        data, metric = self.inputs.dataset, self.inputs.metric
        known = data.y[data.train]
        guess = naive_prediction(metric, known, None, data.task, n_classes=data.n_classes)
        return metric.score(self.y, np.broadcast_to(guess, (len(self.y), *guess.shape)))


@dataclass(frozen=True, slots=True)
class Kill:
    """Whether a fault counts, and by which rule it was told.

    ``drop`` is the skill it costs (or feigns) in the mean over the seeds; ``p`` and ``d`` are those
    of the paired differences, None where the rule does not ask for them.
    """

    counts: bool
    rule: str
    drop: float
    seeds: int
    p: float | None = None
    d: float | None = None


def told(drops: Sequence[float], *, full: bool) -> Kill:
    """Does a fault with these paired drops of skill count?

    The full rule is that of CHECKS.md: mean at least .03, paired t p < .05, d >= .5.  The cheap one
    asks for the mean and for the same sign with every seed.
    """
    mean = float(np.mean(drops))
    if not full:
        counts = mean >= KILLS and min(drops) > 0
        return Kill(counts, "cheap", mean, len(drops))
    spread = float(np.std(drops, ddof=1)) if len(drops) > 1 else 0.0
    d = mean / spread if spread > 0 else float(np.sign(mean)) * 1e6
    p = float(stats.ttest_1samp(drops, 0.0, alternative="greater").pvalue) if spread > 0 else 0.0
    p = 1.0 if spread == 0 and mean <= 0 else p
    counts = mean >= KILLS and p < P_KILLS and d >= D_KILLS
    return Kill(counts, "full", mean, len(drops), p, d)


def subsample(rows: Ints, seed: int) -> Ints:
    """SUBSAMPLE of the rows: what one paired seed trains on."""
    rng = np.random.default_rng([seed, 90])
    kept = rng.permutation(len(rows))[: max(1, round(SUBSAMPLE * len(rows)))]
    return np.asarray(np.sort(rows[kept]), dtype=np.int64)


def skill(inputs: Inputs, score: float, naive: float) -> float:
    """1 - L / L0 of a turned score."""
    loss, none = inputs.metric.loss(score), inputs.metric.loss(naive)
    return 1 - loss / none if none > 0 else 0.0


def kill(sane: Judge, stuck: Judge, kind: Kind, *, seeds: int, full: bool) -> Kill:
    """Whether a fault counts.

    Args:
        sane, stuck: the two models, on the hidden rows.
        kind: of the fault.  Skill is what is lost on hidden rows; trust is how far the skill that
            the stuck model's evaluation shows lies from the one on hidden rows.
        seeds: pairs of fits, each on its own SUBSAMPLE of the rows.
        full: the full rule.
    """
    if kind in (Kind.HEALTHY, Kind.SEEN):
        return Kill(True, "none", 0.0, 0)
    naive = sane.naive()
    drops = []
    for seed in range(1, seeds + 1):
        bad = _skill(stuck, seed, naive)
        good = _shown(stuck.inputs, seed) if kind is Kind.TRUST else _skill(sane, seed, naive)
        drops.append(abs(good - bad) if kind is Kind.TRUST else good - bad)
    return told(drops, full=full)


def _skill(judge: Judge, seed: int, naive: float) -> float:
    data = judge.inputs.dataset
    values = judge.values(judge.inputs.person, subsample(data.train, seed), seed)
    return skill(judge.inputs, float(values.mean()), naive)


def _shown(inputs: Inputs, seed: int) -> float:
    """Skill that the model's own evaluation shows: on its test rows, else on a fold."""
    data = inputs.dataset
    if data.test.size:
        own = Judge(inputs, data.X.iloc[data.test], data.y[data.test])
        return _skill(own, seed, own.naive())
    evaluator = evaluator_for(inputs, Journal("sqlite://"))
    fold = search_splits(data, FOLDS, seed)[:1]
    measured = evaluator.evaluation(inputs.person, fold)
    return skill(inputs, measured.score, evaluator.naive(fold))


@dataclass(frozen=True, slots=True)
class Delivered:
    """The stuck model against the one the run left, on hidden rows; turned scores.

    ``gain`` = after - before with its standard error (of independent rows); ``worse`` when the
    gain lies more than SE_WORSE of them below 0.
    """

    before: float
    after: float
    gain: float
    se: float
    worse: bool


def delivered(judge: Judge, improved: ModelSummary | None, before: Floats) -> Delivered:
    """What the run's model is worth on hidden rows; no change where it left none."""
    start = float(before.mean())
    if improved is None:
        return Delivered(start, start, 0.0, 0.0, False)
    candidate = replace(
        judge.inputs.person,
        params=dict(improved.params),
        treatment=improved.treatment,
        preprocessing=improved.preprocessing,
        threshold=improved.threshold,
        stopping=None,
    )
    d = judge.values(candidate) - before
    gain, se = float(d.mean()), float(d.std(ddof=1)) / sqrt(len(d))
    return Delivered(start, start + gain, gain, se, gain < -SE_WORSE * se)


def inputs_of(config: Mapping[str, Any], train: pd.DataFrame) -> Inputs:
    """A config read for a table that is handed over."""
    return read_inputs(make_config(config), train)


def cross_validation_seconds(inputs: Inputs) -> float:
    """Seconds by the clock of one cross-validation of a model, as the engine runs it."""
    evaluator = evaluator_for(inputs, Journal("sqlite://"))
    began = time.perf_counter()
    evaluator.evaluation(inputs.person, search_splits(inputs.dataset, FOLDS, 0))
    return time.perf_counter() - began
