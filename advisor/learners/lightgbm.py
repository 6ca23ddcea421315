"""LightGBM: binned once, every split a subset of the bins, every round under our eyes.

Rounds are driven one by one through the public ``Booster`` API.  Predictions of the validation
subset come from the booster's own running scores, so neither a curve nor an early stop costs a pass
over the trees.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.errors import UsageError
from advisor.learners.lightgbm_params import (
    DATASET_PARAMS,
    NAMES,
    OBJECTIVES,
    OURS,
    check_params,
    main_names,
    ours_among,
    safe_names,
)
from advisor.learners.lightgbm_watch import Watch
from advisor.metrics import Metric, companion, largest_share, monitored
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
CACHED_PARTS = 24
# Below this many rows a second thread gains less than it costs (and on a busy machine loses much).
ROWS_FOR_THREADS = 100_000
IDLE_ROUNDS = 10  # rounds without a split after which a fit with random sampling is over


class LightGBM:
    """The ``lightgbm`` learner."""

    name = "lightgbm"
    version = lgb.__version__

    def check(self, params: Params, task: Task) -> None:
        check_params(params, task)

    def ignored(self, params: Params) -> list[str]:
        return ours_among(params)

    def stopping(self, params: Params) -> Stopping | None:
        patience = main_names(params).get("early_stopping_round")
        return Stopping(int(patience)) if patience and patience > 0 else None

    def stopping_names(self, params: Params) -> list[str]:
        return [name for name in params if NAMES.get(name) == "early_stopping_round"]

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> LightGBMTrainer:
        return LightGBMTrainer(dataset, params, metric)

    def load(self, file: Path) -> LightGBMModel:
        return LightGBMModel(lgb.Booster(model_file=str(file)))


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
        self._beside = companion(metric, dataset.task, largest_share(dataset))
        self._lock = threading.Lock()
        self._stopped = threading.Event()
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
            try:
                fit = self._fit(candidate, split, curve, threads)
            except lgb.basic.LightGBMError as error:
                if candidate.stage is None:  # the person's own model: they have to know
                    reason = str(error).split(" at /")[0].strip()
                    values = {"library": "LightGBM", "reason": reason}
                    raise UsageError("library_refuses", values) from error
                naive = Watch(self._monitor, None, self._data, split).naive
                fit = Fit(naive.astype(np.float32), 1, 0.0, None, "refused")
            yield fit

    def _fit(self, candidate: Candidate, split: Split, curve: bool, threads: int) -> Fit:
        train = self._training_part(candidate, split)
        valid = self._valid_part(split)
        started = time.perf_counter()
        threads = threads if len(split.train) >= ROWS_FOR_THREADS else 1
        booster = lgb.Booster(self._params(candidate.params, split.seed, threads), train)
        booster.add_valid(valid, "valid")
        watch = Watch(self._monitor, self._beside, self._data, split)
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
        self, booster: lgb.Booster, candidate: Candidate, watch: Watch, curve: bool
    ) -> tuple[int, Curve | None]:
        """All rounds the candidate asks for; the curve on up to CURVE_POINTS of them."""
        rounds = int(candidate.params[ROUNDS])
        half = CURVE_POINTS // 2  # half of the points evenly, half on a log axis: both ends matter
        spread = np.concatenate([np.linspace(1, rounds, half), np.geomspace(1, rounds, half)])
        grid = set(np.unique(spread.round()).astype(int))
        idle = 0
        done = 0
        for number in range(1, rounds + 1):
            idle = idle + 1 if self._grow(booster) else 0
            done = number
            if curve and number in grid:
                watch.mark(booster, number)
            if idle >= IDLE_ROUNDS:
                break
        watch.look(booster)
        watch.keep()
        return done, watch.curve if curve else None

    def _run_stopping(
        self, booster: lgb.Booster, candidate: Candidate, watch: Watch, curve: bool
    ) -> tuple[int, Curve | None]:
        """Rounds until the monitored loss has gained too little for too long."""
        stopping = candidate.stopping or Stopping(1)
        limit = int(candidate.params[ROUNDS])
        stride = max(1, stopping.patience // CHECKS_PER_PATIENCE)
        naive, best, best_round, reference = watch.naive_loss, np.inf, 1, np.inf
        since, idle, last = 0, 0, 0
        for number in range(1, limit + 1):
            idle = idle + 1 if self._grow(booster) else 0
            over = idle >= IDLE_ROUNDS or number == limit
            if number % stride and not over and number > stride:
                continue
            loss = watch.mark(booster, number) if curve else watch.look(booster)
            since += number - last
            last = number
            if loss < best:
                best, best_round = loss, number
                watch.keep()
            if loss < reference - stopping.min_share * max(0.0, naive - loss):
                reference, since = loss, 0
            if over or since >= stopping.patience or not np.isfinite(loss):
                break
        if not np.isfinite(best):
            watch.keep()
        return best_round, watch.curve if curve else None

    def _grow(self, booster: lgb.Booster) -> bool:
        """One round; whether the booster found nothing to split any more."""
        if self._stopped.is_set():
            raise CancelledError
        return bool(booster.update())

    def stop(self) -> None:
        self._stopped.set()

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
