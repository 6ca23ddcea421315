"""Does the metric measure what the person wants?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.audit.base import Baseline, Check, Kpi, Material, not_applicable, passed, skipped
from advisor.audit.measured import SURE, Measured, class_priors, mean_and_se, measured
from advisor.metrics.table import (
    COST,
    Metric,
    at_threshold,
    cost_metric,
)
from advisor.types import Finding, Floats, Severity, Task

DEFAULT_THRESHOLD = 0.5
LOWEST, HIGHEST = 0.001, 0.999
"""Thresholds are looked for between them: nearer to 0 or 1 no table tells them apart."""
STEPS = 199  # of the thresholds that are tried on one half
THRESHOLDS = (0.1, 0.2, 0.35, 0.65, 0.8)  # that a score of decisions is compared at
FEWER_ROUNDS = 0.25
"""K03: share of the rounds of the second model, which costs a quarter of a cross-validation."""
NAIVE = "naive"


def declared(material: Material) -> list[Finding]:
    """K01: whether it is said what a gain is worth; without a KPI every proven one counts that is
    worth having by itself (``metrics.smallest_gain_worth_having``)."""
    kpi = material.kpi
    given = [name for name in ("metric", "min_gain", "cost") if getattr(kpi, name) is not None]
    evidence = {"metric": material.metric.name, "keys": [f"kpi.{name}" for name in given]}
    return [passed("K01", **evidence) if given else not_applicable("K01", **evidence)]


def costly_threshold(material: Material) -> list[Finding]:
    """K02: the costs of the two errors say where to decide (Elkan 2001).

    Where a missed row costs ten (``tests/planted_labels.py``), deciding at .5 was named on 6 of 6
    calibration and 3 of 3 scoring sets, deciding at 1/11 on 0 of 6 and 1 of 3 (diabetes130, whose
    baseline is so overconfident that the threshold found on the other half costs 10 % less).
    """
    table, base = material.kpi.cost, material.baseline
    if table is None or material.dataset.task is not Task.BINARY or min(table) <= 0:
        return [not_applicable("K02")]
    m = measured(material)
    if m is None or base is None:
        return [skipped("K02", "no_predictions")]
    costs = Costs(table, m)
    now = base.candidate.threshold or DEFAULT_THRESHOLD
    by_costs = table[0] / (table[0] + table[1])
    found, elsewhere = costs.found_on_halves(material.seed)
    at_now, at_costs = costs.at(now), costs.at(by_costs)
    gain, se = mean_and_se(at_costs - at_now, m.units)
    more, more_se = mean_and_se(elsewhere - at_costs, m.units)
    # calibrated probabilities need no search; where the search wins all the same, they are not
    spoiled = more > SURE * more_se
    if spoiled:
        gain, se = mean_and_se(elsewhere - at_now, m.units)
    evidence = {
        "threshold_now": now,
        "threshold": found if spoiled else by_costs,
        "by_costs": by_costs,
        "best_threshold": found,
        "cost_now": -float(at_now.mean()),
        "cost_then": -float((elsewhere if spoiled else at_costs).mean()),
        "cost_best": -float(elsewhere.mean()),
        "gain": gain,
        "se": se,
        "miscalibrated": bool(spoiled),
    }
    if gain <= SURE * se:
        return [passed("K02", **evidence)]
    # any other metric would be asked for a gain that it cannot see
    remedy = "threshold" if material.metric.name == COST else None
    return [Finding("K02", Severity.WARNING, evidence, "metric", remedy)]


@dataclass(frozen=True, slots=True)
class Costs:
    """What the measured rows cost at one threshold or another.

    Attributes:
        table: price of a false positive and of a false negative.
        m: the rows.
    """

    table: tuple[float, float]
    m: Measured

    def at(self, threshold: float) -> Floats:
        """(m,) turned costs of deciding there."""
        moved = at_threshold(self.m.pred, threshold)
        return cost_metric(*self.table).rows(self.m.y, moved, self.m.weight)

    def found_on_halves(self, seed: int) -> tuple[float, Floats]:
        """The cheapest threshold, and (m,) turned costs of finding one on the other half.

        A half is scored at the threshold that was cheapest on the other, so that the search for it
        is paid for.
        """
        units, code = np.unique(self.m.units, return_inverse=True)
        half = (np.random.default_rng(seed).permutation(len(units)) % 2 == 0)[code]
        values = np.empty(len(self.m.y))
        for part in (half, ~half):
            values[part] = self.at(self._cheapest(~part))[part]
        return self._cheapest(half | ~half), values

    def _cheapest(self, part: NDArray[np.bool_]) -> float:
        if not part.any():
            return DEFAULT_THRESHOLD
        y, pred = self.m.y[part], self.m.pred[part]
        weight = np.ones(len(y)) if self.m.weight is None else self.m.weight[part]
        order = np.argsort(pred)
        y, pred, weight = y[order], pred[order], weight[order]
        tried = np.unique(np.clip(np.quantile(pred, np.linspace(0, 1, STEPS)), LOWEST, HIGHEST))
        below = np.searchsorted(pred, tried, side="right")  # rows that are then called class 0
        missed = np.concatenate([[0.0], np.cumsum(weight * (y == 1))])[below]
        right = np.concatenate([[0.0], np.cumsum(weight * (y == 0))])
        paid = self.table[0] * (right[-1] - right[below]) + self.table[1] * missed
        return float(tried[int(paid.argmin())])


@dataclass(frozen=True, slots=True, eq=False)
class Second:
    """A second model to compare with: its name in the config's words, its predictions."""

    name: str
    pred: Floats


def ranks_differently(material: Material) -> list[Finding]:
    """K03: the tuned metric and the KPI disagree about which of two models is better.

    The second models: the class shares (or the naive value), for scores of decisions the same model
    at other thresholds, and the same model with a quarter of its rounds, which is fitted for this.
    Tuning log loss for an AUC it spoke on 0 of 6 calibration and 1 of 3 scoring sets (diabetes130,
    whose log loss is worse than naive), tuning accuracy for F1 on 3 of 6 and 3 of 3.
    """
    metric, wanted = material.metric, _wanted(material.kpi, material.metric)
    if wanted is None:
        return [not_applicable("K03")]
    m, base = measured(material), material.baseline
    if m is None or base is None:
        return [skipped("K03", "no_predictions")]
    compared = [_compared(second, metric, wanted, m) for second in _seconds(material, m, base)]
    worst = min(compared, key=lambda c: c["agreement"])
    evidence = {"metric": metric.name, "kpi": wanted.name, "models": len(compared), **worst}
    if worst["agreement"] >= -SURE:
        return [passed("K03", **evidence)]
    if worst["second"] == NAIVE:
        evidence["because"] = NAIVE  # a guess, which is told in words
    return [Finding("K03", Severity.WARNING, evidence, "metric")]


def _wanted(kpi: Kpi, metric: Metric) -> Metric | None:
    """What the person counts, where it is another metric than the tuned one."""
    wanted = kpi.metric or (cost_metric(*kpi.cost) if kpi.cost is not None else None)
    return None if wanted is None or wanted.name == metric.name else wanted


def _compared(second: Second, metric: Metric, wanted: Metric, m: Measured) -> dict[str, Any]:
    """Gains of the second model over the person's by both scores, and how far they agree.

    ``agreement`` is the smaller of the two |gain / SE|, negative where the gains differ in sign.
    """
    gains, ratios = [], []
    for score in (metric, wanted):
        d = score.rows(m.y, second.pred, m.weight) - score.rows(m.y, m.decided, m.weight)
        gain, se = mean_and_se(d, m.units)
        gains.append((gain, se))
        ratios.append(gain / se if se > 0 else 0.0)
    agreement = min(map(abs, ratios)) * float(np.sign(ratios[0]) * np.sign(ratios[1]))
    return {
        "second": second.name,
        "metric_gain": gains[0][0],
        "metric_se": gains[0][1],
        "kpi_gain": gains[1][0],
        "kpi_se": gains[1][1],
        "agreement": agreement,
    }


def _seconds(material: Material, m: Measured, base: Baseline) -> list[Second]:
    data, now = material.dataset, base.candidate.threshold
    decides = data.task is Task.BINARY and not material.metric.smooth
    if data.task.is_classification:
        guess = class_priors(material, base)
        found = [Second(NAIVE, np.asarray(at_threshold(guess, now)))]
    else:
        found = [Second(NAIVE, base.naive)]
    if decides:
        found += [
            Second(f"model.threshold: {t}", np.asarray(at_threshold(m.pred, t)))
            for t in THRESHOLDS
            if t != now
        ]
    shorter = _fewer_rounds(base)
    return found if shorter is None else [*found, shorter]


def _fewer_rounds(base: Baseline) -> Second | None:
    """The same model stopped at a quarter of its rounds; None for a learner without rounds."""
    evaluator, candidate = base.evaluator, base.candidate
    name = evaluator.rounds_name
    rounds = base.evaluation.rounds
    if name is None or rounds is None or rounds < 1 / FEWER_ROUNDS:
        return None
    fewer = round(FEWER_ROUNDS * rounds)
    short = replace(candidate.with_params(**{name: fewer}), stopping=None)
    measured_ = evaluator.evaluation(short, base.evaluation.splits)
    pred = np.concatenate([fit.pred for fit in measured_.fits]).astype(np.float64)
    if not np.isfinite(pred).all():
        return None
    return Second(f"{name}: {fewer}", np.asarray(at_threshold(pred, candidate.threshold)))


CHECKS: tuple[Check, ...] = (
    Check(("K01",), declared),
    Check(("K02",), costly_threshold, after_baseline=True),
    Check(("K03",), ranks_differently, after_baseline=True),
)
