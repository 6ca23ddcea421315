"""Can this metric tell a good model from a useless one?"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from advisor.audit.base import Check, Material, not_applicable, passed, skipped
from advisor.audit.measured import SURE, Measured, class_priors, mean_and_se, measured
from advisor.metrics import contributions as each
from advisor.metrics.table import METRICS, Metric
from advisor.rows.doubts.floor import cooled_loss
from advisor.types import Finding, Severity, Task

RARE_SHARE = 0.2
"""M01: two classes are imbalanced where the rarer one has a smaller share, so that always answering
the other one is right in more than four of five rows.  A convention; the share itself is exact."""
LARGE_SHARE = 0.8
"""M01: the same for three classes and more: share of the most frequent one."""
SEEN = 0.2
"""M01: recall of the rows outside the majority below which accuracy is said not to see them.  With
the second class thinned to 5 % M01 spoke on 8 of 8 calibration and 6 of 6 scoring sets (as an issue
on 4 and 2); under another metric on none; untouched, on the 3 and 1 sets that are imbalanced."""
BETTER = ("average_precision", "roc_auc", "f1", "balanced_accuracy")
BETTER_FOR_MANY = ("balanced_accuracy", "f1_macro", "roc_auc")
SKILLED = 0.1
"""M02: skill in the person's own metric from which it counts as good.  Under accuracy M02 spoke on
1 of 8 calibration sets (german_credit: log loss .625, class shares .611, cooled .551) and on 0 of
6."""
WORST_SHARE = 0.01
"""M03: the rows with the largest errors that are looked at."""
DECIDED_BY_FEW = 0.5
"""M03: share of the squared error that they carry.  Normal errors give .08, Laplace errors .16,
real sets at most .23 (2 calibration sets) and .37 (4 scoring sets): no alarm.  With two targets in
a thousand 20 times too large it is .80 and more on all six."""
READABLE_ROWS = 25
"""M04: rows of the rarest class below which the score is mostly luck: an AUC of .75 then has a
standard error above .055 (Hanley & McNeil 1982)."""
READABLE_TARGETS = 50
"""M04: the same for regression, where an RMSE then has a standard error above a tenth of itself."""
EXAMPLE_AUC = 0.75
MACRO = ("balanced_accuracy", "f1_macro", "roc_auc")  # in which a rare class counts like any other


def blind_accuracy(material: Material) -> list[Finding]:
    """M01: accuracy on imbalanced classes, where always answering the majority scores well."""
    data = material.dataset
    if material.metric.name != "accuracy":
        return [not_applicable("M01")]
    shares = np.bincount(data.y[data.train], minlength=data.n_classes) / len(data.train)
    major, minor = int(shares.argmax()), int(shares.argmin())
    two = data.task is Task.BINARY
    known: dict[str, Any] = {
        "majority": data.classes[major],
        "majority_share": float(shares[major]),
        "minority": data.classes[minor],
        "share": float(shares[minor]),
        "metrics": list(BETTER if two else BETTER_FOR_MANY),
    }
    if shares[minor] >= RARE_SHARE if two else shares[major] <= LARGE_SHARE:
        return [passed("M01", **known)]
    m = measured(material)
    if m is None:
        return [skipped("M01", "no_predictions", **known)]
    right = each.accuracy(m.y, m.decided, m.weight)
    always = each.accuracy(m.y, constant(m, major), m.weight)
    gain, se = mean_and_se(right - always, m.units)
    others = m.y != major
    found = each.labels(m.decided)[others] == m.y[others]
    recall = float(found.mean()) if others.any() else 0.0
    evidence = known | {
        "accuracy": float(right.mean()),
        "majority_share": float(always.mean()),
        "gain": gain,
        "se": se,
        "minority_recall": recall,
        "average_precision": _average_precision(m, major),
    }
    blind = gain <= SURE * se or recall < SEEN
    return [Finding("M01", Severity.ISSUE if blind else Severity.WARNING, evidence, "metric")]


def constant(m: Measured, k: int) -> Any:
    """(m,) or (m, K) predictions that are sure of class k in every row."""
    if m.pred.ndim == 1:
        return np.full(len(m.y), float(k))
    return np.broadcast_to(np.eye(m.pred.shape[1])[k], m.pred.shape)


def _average_precision(m: Measured, major: int) -> float:
    """Of each class but the majority against the rest, the mean."""
    p = each.probabilities(m.pred)
    rows = [
        each.average_precision(m.y == k, p[:, k], m.weight)
        for k in range(p.shape[1])
        if k != major and (m.y == k).any()
    ]
    return float(np.mean(rows)) if rows else 0.0


def loss_no_better(material: Material) -> list[Finding]:
    """M02: the score is good, yet the probabilities are worth no more than the class shares."""
    metric, base = material.metric, material.baseline
    if not material.dataset.task.is_classification or metric.name in ("log_loss", "brier"):
        return [not_applicable("M02")]
    m = measured(material)
    if m is None or base is None:
        return [skipped("M02", "no_predictions")]
    rarest = int(np.unique(m.y, return_counts=True)[1].min())
    if rarest < READABLE_ROWS:  # such a score is luck (M04), and so is its standard error
        return [skipped("M02", "few_of_class", rows=rarest, needed=READABLE_ROWS)]
    loss = METRICS["log_loss"]
    own = loss.rows(m.y, m.pred, m.weight)
    naive = loss.rows(m.y, class_priors(material, base), m.weight)
    gain, gain_se = mean_and_se(own - naive, m.units)
    score, score_se = mean_and_se(base.evaluation.values, m.units)
    chance = _chance(metric, m)
    skill = (score - chance) / (metric.perfect - chance) if metric.perfect > chance else 0.0
    evidence = {
        "metric": metric.name,
        "score": metric.shown(score),
        "chance": metric.shown(chance),
        "skill": skill,
        "loss": loss.shown(float(own.mean())),
        "naive_loss": loss.shown(float(naive.mean())),
        "gain": gain,
        "se": gain_se,
    }
    if skill <= SKILLED or score - chance <= SURE * score_se or gain > SURE * gain_se:
        return [passed("M02", **evidence)]
    evidence["cooled_loss"] = cooled_loss(m.y, each.probabilities(m.pred), material.seed)
    return [Finding("M02", Severity.WARNING, evidence, "metric")]


def _chance(metric: Metric, m: Measured) -> float:
    """Turned score of the best answer that looks at no feature."""
    if metric.name == "recall":  # always "yes" finds all: as many at random find this share
        return float(each.labels(m.decided).mean())
    codes = range(2) if m.pred.ndim == 1 else [int(np.bincount(m.y).argmax())]
    return max(metric.score(m.y, constant(m, k), m.weight) for k in codes)


def decided_by_few(material: Material) -> list[Finding]:
    """M03: a squared error that a few rows decide."""
    if material.metric.name not in ("rmse", "mse", "r2"):
        return [not_applicable("M03")]
    m = measured(material)
    if m is None:
        return [skipped("M03", "no_predictions")]
    error = np.abs(m.pred - m.y)
    squared = error**2
    count = max(1, round(WORST_SHARE * len(error)))
    total = float(squared.sum())
    worst = float(np.partition(squared, len(squared) - count)[-count:].sum())
    share = worst / total if total > 0 else 0.0
    evidence = {
        "metric": material.metric.name,
        "share": share,
        "count": count,
        "rows": len(error),
        "largest": float(error.max()),
        "typical": float(np.median(error)),
        "spread": float(m.y.std()),
    }
    if share <= DECIDED_BY_FEW or len(error) < READABLE_TARGETS:
        return [passed("M03", **evidence)]
    return [Finding("M03", Severity.WARNING, evidence, "metric")]


def auc_error(auc: float, positives: int, negatives: int) -> float:
    """Standard error of an AUC (Hanley & McNeil 1982, equations 1 and 2)."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (q1 - auc**2) + (negatives - 1) * (q2 - auc**2)
    return sqrt(spread / (positives * negatives))


def readable(material: Material) -> list[Finding]:
    """M04: too few rows of the rarest class (or in all) for the score to be more than luck."""
    data = material.dataset
    rows = len(data.train)
    if not data.task.is_classification:
        needed, count, of = READABLE_TARGETS, rows, data.target
        example, se = "RMSE = 1", 1 / sqrt(2 * rows)
    elif data.task is Task.BINARY or material.metric.name in MACRO:
        counts = np.bincount(data.y[data.train], minlength=data.n_classes)
        needed, count, of = READABLE_ROWS, int(counts.min()), data.classes[int(counts.argmin())]
        example = f"AUC = {EXAMPLE_AUC}"
        se = auc_error(EXAMPLE_AUC, max(count, 1), max(rows - count, 1))
    else:
        return [not_applicable("M04")]
    evidence = {"rows": count, "needed": needed, "of": of, "example": example, "se": se}
    if count >= needed:
        return [passed("M04", **evidence)]
    return [Finding("M04", Severity.WARNING, evidence, "data_size")]


CHECKS: tuple[Check, ...] = (
    Check(("M01",), blind_accuracy, after_baseline=True),
    Check(("M02",), loss_no_better, after_baseline=True),
    Check(("M03",), decided_by_few, after_baseline=True),
    Check(("M04",), readable),
)
