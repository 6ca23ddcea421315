"""The METRICS table: every score, turned so that higher is better, and here alone.

``contributions.py`` says what each row adds to a score, ``scorers.py`` does so for the scorers of
scikit-learn that are not in the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import get_scorer_names

from advisor.metrics import contributions as each
from advisor.metrics.contributions import RowFunction, Values
from advisor.metrics.scorers import by_scorer, scorer_fits
from advisor.types import Dataset, Floats, Task

CLASSIFICATION = (Task.BINARY, Task.MULTICLASS)


@dataclass(frozen=True, slots=True)
class Metric:
    """One score.

    Attributes:
        name: scikit-learn's name, without ``neg_``.
        greater_is_better: in the unit the person knows.
        perfect: the best possible value of the *turned* score (0 for losses, 1 for most scores).
        tasks: tasks it is defined for.
        rows: (y, pred, weight) -> the rows' contributions, whose mean is the score.
        smooth: it moves with every small change of a prediction, so early stopping can follow it.
    """

    name: str
    greater_is_better: bool
    perfect: float
    tasks: tuple[Task, ...]
    rows: RowFunction
    smooth: bool = True

    def score(self, y: Values, pred: Values, weight: Floats | None = None) -> float:
        """Turned score (higher is better) of predictions ``pred`` for ``y``, both (n, ...)."""
        return float(self.rows(y, pred, weight).mean())

    def shown(self, score: float) -> float:
        """A turned score in the unit the person knows."""
        return score if self.greater_is_better else -score

    def loss(self, score: float) -> float:
        """Distance of a turned score from perfect; what "loss" means for every metric."""
        return self.perfect - score


_ALL = (
    Metric("log_loss", False, 0.0, CLASSIFICATION, each.log_loss),
    Metric("brier", False, 0.0, CLASSIFICATION, each.brier),
    Metric("accuracy", True, 1.0, CLASSIFICATION, each.accuracy, smooth=False),
    Metric(
        "balanced_accuracy", True, 1.0, CLASSIFICATION, each.macro_ratio("recall"), smooth=False
    ),
    Metric("f1", True, 1.0, (Task.BINARY,), each.binary_ratio("f1"), smooth=False),
    Metric("precision", True, 1.0, (Task.BINARY,), each.binary_ratio("precision"), smooth=False),
    Metric("recall", True, 1.0, (Task.BINARY,), each.binary_ratio("recall"), smooth=False),
    Metric("f1_macro", True, 1.0, CLASSIFICATION, each.macro_ratio("f1"), smooth=False),
    Metric("roc_auc", True, 1.0, CLASSIFICATION, each.roc_auc),
    Metric("average_precision", True, 1.0, (Task.BINARY,), each.average_precision),
    Metric("rmse", False, 0.0, (Task.REGRESSION,), each.rmse),
    Metric("mse", False, 0.0, (Task.REGRESSION,), each.mse),
    Metric("mae", False, 0.0, (Task.REGRESSION,), each.mae),
    Metric("mape", False, 0.0, (Task.REGRESSION,), each.mape),
    Metric("rmsle", False, 0.0, (Task.REGRESSION,), each.rmsle),
    Metric("wape", False, 0.0, (Task.REGRESSION,), each.wape),
    Metric("r2", True, 1.0, (Task.REGRESSION,), each.r2),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}

COST = "cost"  # not in the table: what it measures depends on ``kpi.cost``


def cost_metric(false_positive: float, false_negative: float) -> Metric:
    """Mean cost per row of deciding at a probability of .5, two classes; lower is better.

    A model that decides elsewhere has its probabilities moved first (``at_threshold``).

    Args:
        false_positive: price of acting on a row of class 0, at least 0.
        false_negative: price of missing a row of class 1, at least 0.
    """
    rows = each.cost(false_positive, false_negative)
    return Metric(COST, False, 0.0, (Task.BINARY,), rows, smooth=False)


ALIASES: dict[str, str] = {
    "logloss": "log_loss",
    "cross_entropy": "log_loss",
    "binary_logloss": "log_loss",
    "multi_logloss": "log_loss",
    "neg_log_loss": "log_loss",
    "neg_brier_score": "brier",
    "brier_score": "brier",
    "auc": "roc_auc",
    "roc_auc_ovr": "roc_auc",
    "pr_auc": "average_precision",
    "macro_f1": "f1_macro",
    "l1": "mae",
    "l2": "mse",
    "neg_root_mean_squared_error": "rmse",
    "neg_mean_squared_error": "mse",
    "neg_mean_absolute_error": "mae",
    "neg_mean_absolute_percentage_error": "mape",
    "neg_root_mean_squared_log_error": "rmsle",
    "mean_squared_error": "mse",
    "root_mean_squared_error": "rmse",
    "mean_absolute_error": "mae",
}

DEFAULT_METRIC = {
    Task.BINARY: "log_loss",
    Task.MULTICLASS: "log_loss",
    Task.REGRESSION: "rmse",
}


def metric_names(task: Task | None = None) -> list[str]:
    """Names that ``find_metric`` takes, ours first, then scikit-learn's scorers."""
    ours = [m.name for m in _ALL if task is None or task in m.tasks]
    ours += [COST] if task in (None, Task.BINARY) else []
    return ours + sorted(ALIASES) + sorted(get_scorer_names())


def find_metric(
    name: str, task: Task, *, weighted: bool = False, cost: tuple[float, float] | None = None
) -> Metric:
    """The metric of this name.

    Args:
        name: ours, an alias, or a scikit-learn scorer's.
        task: it must be defined for.
        weighted: it must take row weights, too.
        cost: of a false positive and of a false negative; what ``cost`` measures.

    Raises:
        KeyError: no metric has this name, or it is ``cost`` and no costs are given.
        ValueError: the metric is not defined for the task, or takes no weights.
    """
    if name == COST:
        if task is not Task.BINARY:
            raise ValueError(name)
        if cost is None:
            raise KeyError(name)
        return cost_metric(*cost)
    known = METRICS.get(ALIASES.get(name, name))
    if known is None:
        if name not in get_scorer_names():
            raise KeyError(name)
        if not scorer_fits(name, task, weighted=weighted):
            raise ValueError(name)
        loss = name.startswith("neg_")
        rows = by_scorer(name, task)
        return Metric(name, True, 0.0 if loss else 1.0, (task,), rows, smooth=False)
    if task not in known.tasks:
        raise ValueError(name)
    return known


def monitored(metric: Metric, task: Task) -> Metric:
    """What a fit's curve shows and early stopping follows: the metric itself where it is smooth."""
    return metric if metric.smooth else METRICS["log_loss" if task.is_classification else "mse"]


COMMON = 0.8  # a class with a larger share than this makes accuracy blind to the others


def companion(metric: Metric, task: Task, largest_share: float) -> Metric | None:
    """The score a falling loss should agree with: what a curve shows beside the loss.

    The person's own metric where it is not what the curve follows; else accuracy, or F1 where one
    class is nearly everything; None for regression.
    """
    if monitored(metric, task) is not metric:
        return metric
    if not task.is_classification:
        return None
    if largest_share <= COMMON:
        return METRICS["accuracy"]
    return METRICS["f1" if task is Task.BINARY else "f1_macro"]


def largest_share(data: Dataset) -> float:
    """Share of the most frequent class among the training rows; 0 for regression."""
    if not data.task.is_classification:
        return 0.0
    return float(np.bincount(data.y[data.train]).max() / len(data.train))


def at_threshold(pred: Values, threshold: float | None) -> Values:
    """Probabilities of class 1, (n,), moved so that ``threshold`` becomes .5; others unchanged.

    The odds are divided by those of the threshold, so ranks stay as they are.
    """
    if threshold is None or pred.ndim != 1:
        return pred
    p = np.asarray(pred, dtype=np.float64)
    up, down = p * (1 - threshold), (1 - p) * threshold
    return np.asarray(up / np.maximum(up + down, np.finfo(np.float64).tiny))


def naive_prediction(
    metric: Metric, y: Values, weight: Floats | None, task: Task, *, n_classes: int = 2
) -> Values:
    """What a model that never looks at a feature predicts, one row: (K,), () or ().

    Class priors (the probability of class 1 for two classes; for ``cost`` the answer that always
    given costs least), the median for absolute errors, the mean for all other regression metrics.

    Args:
        metric: to predict for.
        y: (n,) training targets.
        weight: (n,) of the rows, None when all weigh the same.
        task: of the targets.
        n_classes: K, for targets in which the last classes do not occur.
    """
    if metric.name == COST:
        always = [metric.score(y, np.full(len(y), float(k)), weight) for k in (0, 1)]
        return np.asarray(float(np.argmax(always)))
    if task.is_classification:
        priors = np.bincount(y.astype(np.int64), weight, n_classes).astype(np.float64)
        priors /= priors.sum()
        return np.asarray(priors[1] if task is Task.BINARY else priors)
    if metric.name in ("mae", "mape", "wape"):
        return np.asarray(_median(y, weight))
    if metric.name == "rmsle":
        return np.asarray(np.expm1(np.average(np.log1p(np.maximum(y, 0)), weights=weight)))
    return np.asarray(np.average(y, weights=weight))


def _median(y: Values, weight: Floats | None) -> float:
    if weight is None:
        return float(np.median(y))
    order = np.argsort(y, kind="stable")
    passed = np.cumsum(weight[order])
    return float(y[order][np.searchsorted(passed, passed[-1] / 2)])


def smallest_gain_worth_having(
    metric: Metric, naive: float, base: float, min_gain: float | None
) -> float:
    """delta: below it a change is not worth making (turned scores in, a gain out).

    The person's ``kpi.min_gain``, else max(.001 L0, min(.01 (L0 - L), .05 L)) with L0 the naive
    loss and L the baseline's.
    """
    if min_gain is not None:
        return min_gain
    l0, loss = abs(metric.loss(naive)), metric.loss(base)
    return max(0.001 * l0, min(0.01 * max(l0 - loss, 0.0), 0.05 * max(loss, 0.0)))
