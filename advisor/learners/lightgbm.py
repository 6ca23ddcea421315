"""LightGBM: binned once, every split a subset of the bins, every round under our eyes.

Rounds are driven one by one through the public ``Booster`` API.  Predictions of the validation
subset come from the booster's own running scores, so neither a curve nor an early stop costs a pass
over the trees.
"""

from __future__ import annotations

import difflib
import re
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.learners.base import ParamProblem
from advisor.metrics import Metric, monitored, naive_prediction
from advisor.splits import pool_rows
from advisor.treatments import row_codes, treat
from advisor.types import (
    Candidate,
    Curve,
    Dataset,
    Fit,
    Floats,
    Ints,
    Params,
    Split,
    Stopping,
    Task,
)

ROUNDS = "n_estimators"
CURVE_POINTS = 100
CHECKS_PER_PATIENCE = 8  # how often a stopping fit looks at its validation loss
DIVERGED = 100.0  # times the naive loss; only an unbounded loss gets there
CACHED_PARTS = 24
# Below this many rows a second thread gains less than it costs (and on a busy machine loses much).
ROWS_FOR_THREADS = 100_000
IDLE_ROUNDS = 10  # rounds without a split after which a fit with random sampling is over

# Decided by the task, the search or the machine, never by a person's parameters.
OURS = {
    "metric",
    "num_threads",
    "seed",
    "deterministic",
    "force_row_wise",
    "force_col_wise",
    "verbosity",
    "num_class",
    "early_stopping_round",
    "num_iterations",
    "device_type",
}
# Parameters a booster dataset is built with; the search never changes them.
DATASET_PARAMS = ("max_bin", "min_data_in_bin", "bin_construct_sample_cnt", "zero_as_missing")
OBJECTIVES = {
    Task.BINARY: ("binary", "cross_entropy"),
    Task.MULTICLASS: ("multiclass", "multiclassova"),
    Task.REGRESSION: (
        "regression",
        "regression_l1",
        "huber",
        "fair",
        "poisson",
        "quantile",
        "mape",
        "gamma",
        "tweedie",
    ),
}
OBJECTIVE_ALIASES = {
    "regression_l2": "regression",
    "l2": "regression",
    "mse": "regression",
    "mean_squared_error": "regression",
    "rmse": "regression",
    "l1": "regression_l1",
    "mae": "regression_l1",
    "mean_absolute_error": "regression_l1",
    "softmax": "multiclass",
    "ova": "multiclassova",
}
# Spelled by scikit-learn's interface of LightGBM only.
SKLEARN_NAMES = {"random_state": "seed", "n_jobs": "num_threads", "boosting_type": "boosting"}
# name: (lowest, highest, lowest itself allowed); the library's documented ranges.
RANGES: dict[str, tuple[float, float | None, bool]] = {
    "learning_rate": (0, None, False),
    "num_iterations": (1, None, True),
    "num_leaves": (2, 131072, True),
    "min_data_in_leaf": (0, None, True),
    "min_sum_hessian_in_leaf": (0, None, True),
    "bagging_fraction": (0, 1, False),
    "bagging_freq": (0, None, True),
    "feature_fraction": (0, 1, False),
    "feature_fraction_bynode": (0, 1, False),
    "lambda_l1": (0, None, True),
    "lambda_l2": (0, None, True),
    "min_gain_to_split": (0, None, True),
    "path_smooth": (0, None, True),
    "max_bin": (2, None, True),
    "scale_pos_weight": (0, None, False),
    "early_stopping_round": (0, None, True),
}
INTEGERS = {
    "num_iterations",
    "num_leaves",
    "max_depth",
    "min_data_in_leaf",
    "bagging_freq",
    "max_bin",
    "early_stopping_round",
}


def _library_names() -> dict[str, str]:
    """Every spelling LightGBM knows, to its main name."""
    table = lgb.basic._ConfigAliases._get_all_param_aliases()
    names = {alias: main for main, aliases in table.items() for alias in (main, *aliases)}
    return {**names, **SKLEARN_NAMES}


NAMES = _library_names()


def main_names(params: Params) -> dict[str, Any]:
    """The parameters under LightGBM's main names."""
    return {NAMES.get(name, name): value for name, value in params.items() if value is not None}


class LightGBM:
    """The ``lightgbm`` learner."""

    name = "lightgbm"
    version = lgb.__version__

    def check(self, params: Params, task: Task) -> None:
        for name, value in params.items():
            if name not in NAMES:
                values: dict[str, object] = {"param": name, "family": self.name}
                raise ParamProblem(name, "param_unknown", values, _nearest(name))
            _check_value(name, NAMES[name], value)
            first = next(other for other in params if NAMES.get(other) == NAMES[name])
            if first != name:
                raise ParamProblem(name, "param_twice", {"first": first, "second": name})
        given = main_names(params)
        objective = given.get("objective")
        if objective is not None:
            main = OBJECTIVE_ALIASES.get(str(objective), str(objective))
            if main not in OBJECTIVES[task]:
                name = next(n for n in params if NAMES[n] == "objective")
                allowed = list(OBJECTIVES[task])
                found = {"objective": objective, "task": str(task), "allowed": allowed}
                raise ParamProblem(name, "objective_task", found)
        boosting = given.get("boosting", "gbdt")
        if boosting not in ("gbdt", "gbrt"):
            name = next(n for n in params if NAMES[n] == "boosting")
            raise ParamProblem(
                name, "param_choice", {"param": name, "found": boosting, "allowed": ["gbdt"]}
            )

    def stopping(self, params: Params) -> Stopping | None:
        patience = main_names(params).get("early_stopping_round")
        return Stopping(int(patience)) if patience and patience > 0 else None

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> LightGBMTrainer:
        return LightGBMTrainer(dataset, params, metric)

    def load(self, file: Path) -> LightGBMModel:
        return LightGBMModel(lgb.Booster(model_file=str(file)))


def _nearest(name: str) -> str | None:
    """The most similar name; of several that are about as similar, a main one."""
    near = difflib.get_close_matches(name, NAMES, n=3, cutoff=0.6)
    return next((n for n in near if NAMES[n] == n), near[0] if near else None)


def _check_value(name: str, main: str, value: object) -> None:
    if main not in RANGES and main not in INTEGERS:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParamProblem(name, "param_number", {"param": name, "found": value})
    if main in INTEGERS and value != int(value):
        raise ParamProblem(name, "param_integer", {"param": name, "found": value})
    low, high, closed = RANGES.get(main, (-np.inf, None, True))
    inside = (value >= low if closed else value > low) and (high is None or value <= high)
    if not inside or not np.isfinite(value):
        allowed = f"{'>=' if closed else '>'} {low:g}" + (f", <= {high:g}" if high else "")
        raise ParamProblem(name, "param_range", {"param": name, "found": value, "allowed": allowed})


def safe_names(names: Sequence[object]) -> list[str]:
    """Column names without the signs that LightGBM's model file cannot hold, still distinct."""
    out: list[str] = []
    for name in names:
        safe = re.sub(r'[\s,:\[\]{}"\\]', "_", str(name))
        while safe in out:
            safe += "_"
        out.append(safe)
    return out


class LightGBMModel:
    """A booster that takes the Dataset's columns under their original names."""

    def __init__(self, booster: lgb.Booster) -> None:
        self._booster = booster

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        table = X.set_axis(safe_names(list(X.columns)), axis=1)
        return np.asarray(self._booster.predict(table))

    def save(self, folder: Path) -> Path:
        file = folder / "model.txt"
        self._booster.save_model(str(file))
        return file


class LightGBMTrainer:
    """Fits on subsets of one binned table."""

    def __init__(self, dataset: Dataset, params: Params, metric: Metric) -> None:
        self._data = dataset
        self._monitor = monitored(metric, dataset.task)
        self._lock = threading.Lock()
        self._parts: OrderedDict[object, lgb.Dataset] = OrderedDict()
        self._codes: Ints | None = None
        rows = np.sort(np.concatenate([dataset.train, dataset.pool]))
        self._position = np.full(len(dataset.y), -1, dtype=np.int64)
        self._position[rows] = np.arange(len(rows))
        given = main_names(params)
        self._bins = {name: given[name] for name in DATASET_PARAMS if name in given}
        self._bins |= {"feature_pre_filter": False, "verbosity": -1, "force_row_wise": True}
        table = dataset.X.iloc[rows]
        table = table.set_axis(safe_names(list(table.columns)), axis=1)
        self._full = lgb.Dataset(
            table,
            label=np.asarray(dataset.y[rows], dtype=np.float64),
            weight=None if dataset.weight is None else dataset.weight[rows],
            params=self._bins,
            free_raw_data=True,
        ).construct()

    # -- measuring -----------------------------------------------------------------------------

    def fit(
        self, candidates: Sequence[Candidate], split: Split, *, curve: bool, threads: int
    ) -> Iterator[Fit]:
        for candidate in candidates:
            yield self._fit(candidate, split, curve, threads)

    def _fit(self, candidate: Candidate, split: Split, curve: bool, threads: int) -> Fit:
        train = self._training_part(candidate, split)
        valid = self._valid_part(split)
        started = time.perf_counter()
        threads = threads if len(split.train) >= ROWS_FOR_THREADS else 1
        booster = lgb.Booster(self._params(candidate.params, split.seed, threads), train)
        booster.add_valid(valid, "valid")
        watch = _Watch(self._monitor, self._data, split)
        run = self._run_stopping if candidate.stopping else self._run_all
        rounds, points = run(booster, candidate, watch, curve)
        pred = watch.best
        failure = None
        if not np.isfinite(pred).all() or watch.hopeless():
            failure = "diverged"
            pred = watch.naive
        seconds = time.perf_counter() - started
        return Fit(pred.astype(np.float32), rounds, seconds, points, failure)

    def _run_all(
        self, booster: lgb.Booster, candidate: Candidate, watch: _Watch, curve: bool
    ) -> tuple[int, Curve | None]:
        """All rounds the candidate asks for; the curve on up to CURVE_POINTS of them."""
        rounds = int(candidate.params[ROUNDS])
        grid = set(np.unique(np.linspace(1, rounds, CURVE_POINTS).round()).astype(int))
        points: list[tuple[int, float, float]] = []
        idle = 0
        done = 0
        for number in range(1, rounds + 1):
            idle = idle + 1 if booster.update() else 0
            done = number
            if curve and number in grid:
                points.append((number, watch.train(booster), watch.look(booster)))
            if idle >= IDLE_ROUNDS:
                break
        watch.keep(booster)
        return done, _curve(points) if curve else None

    def _run_stopping(
        self, booster: lgb.Booster, candidate: Candidate, watch: _Watch, curve: bool
    ) -> tuple[int, Curve | None]:
        """Rounds until the monitored loss has gained too little for too long."""
        stopping = candidate.stopping or Stopping(1)
        limit = int(candidate.params[ROUNDS])
        stride = max(1, stopping.patience // CHECKS_PER_PATIENCE)
        naive, best, best_round, reference = watch.naive_loss, np.inf, 1, np.inf
        since, idle, last = 0, 0, 0
        points: list[tuple[int, float, float]] = []
        for number in range(1, limit + 1):
            idle = idle + 1 if booster.update() else 0
            over = idle >= IDLE_ROUNDS or number == limit
            if number % stride and not over and number > stride:
                continue
            loss = watch.look(booster)
            if curve:
                points.append((number, watch.train(booster), loss))
            since += number - last
            last = number
            if loss < best:
                best, best_round = loss, number
                watch.keep(booster)
            if loss < reference - stopping.min_share * max(0.0, naive - loss):
                reference, since = loss, 0
            if over or since >= stopping.patience or not np.isfinite(loss):
                break
        if not np.isfinite(best):
            watch.keep(booster)
        return best_round, _curve(points) if curve else None

    def weight(self, candidate: Candidate) -> float:
        """Leaves of a tree; a round costs about their logarithm, and a part that does not grow."""
        given = main_names(candidate.params)
        leaves = float(given.get("num_leaves", 31))
        depth = float(given.get("max_depth", -1))
        return 2.0 + float(np.log2(min(leaves, 2**depth) if 0 < depth < 30 else leaves))

    # -- a model for use -----------------------------------------------------------------------

    def refit(self, candidate: Candidate, rows: Ints, seed: int) -> LightGBMModel:
        kept, weight = treat(self._data, rows, self._data.pool, candidate.treatment, seed)
        train = self._build(kept, weight)
        threads = 0 if len(rows) >= ROWS_FOR_THREADS else 1  # 0: all cores
        booster = lgb.Booster(self._params(candidate.params, seed, threads), train)
        for _ in range(int(candidate.params[ROUNDS])):
            booster.update()
        return LightGBMModel(booster)

    # -- parts of the binned table -------------------------------------------------------------

    def _params(self, params: Params, seed: int, threads: int) -> dict[str, Any]:
        given = {k: v for k, v in main_names(params).items() if k not in OURS}
        task = self._data.task
        ours = {
            "objective": given.get("objective", OBJECTIVES[task][0]),
            "metric": "None",
            "seed": seed,
            "num_threads": threads,
            "deterministic": True,
        }
        if task is Task.MULTICLASS:
            ours["num_class"] = self._data.n_classes
        return {**given, **self._bins, **ours}

    def _training_part(self, candidate: Candidate, split: Split) -> lgb.Dataset:
        key = ("train", split.digest, candidate.treatment)

        def make() -> lgb.Dataset:
            if candidate.treatment.merge_duplicates and self._codes is None:
                self._codes = row_codes(self._data)
            pool = pool_rows(self._data, split)
            kept, weight = treat(
                self._data, split.train, pool, candidate.treatment, split.seed, self._codes
            )
            return self._build(kept, weight)

        return self._cached(key, make)

    def _valid_part(self, split: Split) -> lgb.Dataset:
        return self._cached(("valid", split.digest), lambda: self._build(split.valid, None))

    def _cached(self, key: object, make: Callable[[], lgb.Dataset]) -> lgb.Dataset:
        with self._lock:
            if key not in self._parts:
                self._parts[key] = make()
                if len(self._parts) > CACHED_PARTS:
                    self._parts.popitem(last=False)
            self._parts.move_to_end(key)
            return self._parts[key]

    def _build(self, rows: Ints, weight: Floats | None) -> lgb.Dataset:
        """Rows of the binned table as a table of their own (sorted by row)."""
        part = self._full.subset(self._position[np.sort(rows)].tolist()).construct()
        if weight is not None:
            part.set_weight(weight)
        return part


class _Watch:
    """Looks at a running booster's predictions for one split."""

    def __init__(self, monitor: Metric, data: Dataset, split: Split) -> None:
        self._monitor = monitor
        self._order = np.argsort(np.argsort(split.valid))  # parts are sorted by row
        self._y = data.y[np.sort(split.valid)]
        self._weight = None if data.weight is None else data.weight[np.sort(split.valid)]
        y = data.y[split.train]
        weight = None if data.weight is None else data.weight[split.train]
        naive = naive_prediction(monitor, y, weight, data.task)
        self._naive = np.broadcast_to(naive, (len(self._y), *naive.shape))
        self._pred: NDArray[Any] = self._naive

    @property
    def best(self) -> NDArray[Any]:
        """Predictions that were kept, in the order of ``split.valid``."""
        return self._pred[self._order]

    @property
    def naive(self) -> NDArray[Any]:
        return self._naive[self._order]

    def keep(self, booster: lgb.Booster) -> None:
        self._pred = _predictions(booster.eval_valid)

    def look(self, booster: lgb.Booster) -> float:
        """The monitored loss on the validation rows now."""
        return self._loss(_predictions(booster.eval_valid), self._y, self._weight)

    def train(self, booster: lgb.Booster) -> float:
        """The monitored loss on the training rows now, in eval mode."""
        seen: list[float] = []

        def record(pred: NDArray[Any], part: lgb.Dataset) -> tuple[str, float, bool]:
            y = np.asarray(part.get_label())
            y = y.astype(np.int64) if pred.ndim == 2 else y
            weight = part.get_weight()
            seen.append(self._loss(pred, y, None if weight is None else np.asarray(weight)))
            return "loss", 0.0, False

        booster.eval_train(record)
        return seen[0]

    @property
    def naive_loss(self) -> float:
        return self._loss(self._naive, self._y, self._weight)

    def hopeless(self) -> bool:
        loss = self._loss(self._pred, self._y, self._weight)
        return not np.isfinite(loss) or loss > DIVERGED * abs(self.naive_loss)

    def _loss(self, pred: NDArray[Any], y: NDArray[Any], weight: Floats | None) -> float:
        with np.errstate(all="ignore"):
            return self._monitor.loss(self._monitor.score(y, pred, weight))


def _predictions(evaluate: Callable[..., Any]) -> NDArray[Any]:
    """The booster's running predictions, through the hook it offers for custom metrics."""
    kept: list[NDArray[Any]] = []

    def record(pred: NDArray[Any], _: lgb.Dataset) -> tuple[str, float, bool]:
        kept.append(np.array(pred))
        return "kept", 0.0, False

    evaluate(record)
    return kept[0]


def _curve(points: list[tuple[int, float, float]]) -> Curve:
    rounds, train, valid = zip(*points, strict=True)
    return Curve(np.asarray(rounds), np.asarray(train), np.asarray(valid))


warnings.filterwarnings("ignore", category=UserWarning, module="lightgbm")
