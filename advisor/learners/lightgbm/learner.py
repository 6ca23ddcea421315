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

from advisor.errors import UsageError
from advisor.learners.boosters.trainer import CHECKS_PER_PATIENCE, ROWS_FOR_THREADS
from advisor.learners.features import read_numbers
from advisor.learners.lightgbm.model import LightGBMModel, load_model
from advisor.learners.lightgbm.params import (
    DATASET_PARAMS,
    NAMES,
    OBJECTIVES,
    OURS,
    check_params,
    main_names,
    ours_among,
    safe_names,
)
from advisor.learners.lightgbm.watch import train_predictions, valid_predictions
from advisor.learners.threads import one_blas_thread, openmp_threads
from advisor.learners.watch import Patience, Watch, Watches, curve_rounds
from advisor.measurements import Fit
from advisor.metrics.table import Metric
from advisor.rows.splits import pool_rows
from advisor.rows.treatments import Treater
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Floats, Ints, Params, Split, Task

ROUNDS = "n_estimators"
CACHED_PARTS = 24
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
        return load_model(file)


class LightGBMTrainer:
    """Fits on subsets of one binned table.

    Of the preprocessing only ``numbers`` counts: each list of text columns read as numbers is a
    binned table of its own.  Trees do not feel a scale, and LightGBM takes missing values.
    """

    def __init__(self, dataset: Dataset, params: Params, metric: Metric) -> None:
        self._data = dataset
        self._watches = Watches(dataset, metric)
        self._lock = threading.RLock()  # a part is made under it, and binned under it
        self._stopped = threading.Event()
        self._parts: OrderedDict[object, lgb.Dataset] = OrderedDict()
        self._treater = Treater(dataset)
        rows = np.sort(np.concatenate([dataset.train, dataset.pool]))
        self._position = np.full(len(dataset.y), -1, dtype=np.int64)
        self._position[rows] = np.arange(len(rows))
        given = main_names(params)
        self._bins = {name: given[name] for name in DATASET_PARAMS if name in given}
        self._bins |= {"feature_pre_filter": False, "verbosity": -1, "force_row_wise": True}
        self._rows = rows
        self._tables: dict[tuple[str, ...], lgb.Dataset] = {}
        self._binned(())

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
                fit = self._watches.refused(split)
            yield fit

    def _fit(self, candidate: Candidate, split: Split, curve: bool, threads: int) -> Fit:
        train = self._training_part(candidate, split)
        valid = self._valid_part(split, candidate.preprocessing.numbers)
        started = time.perf_counter()
        threads = threads if len(split.train) >= ROWS_FOR_THREADS else 1
        booster = lgb.Booster(self._params(candidate.params, split.seed, threads), train)
        booster.add_valid(valid, "valid")
        watch = self._watches.of(split)
        run = self._run_stopping if candidate.stopping else self._run_all
        rounds = run(booster, candidate, watch, curve)
        seconds = time.perf_counter() - started
        return watch.fit(rounds, seconds, curve=curve, failed=watch.hopeless())

    def _run_all(
        self, booster: lgb.Booster, candidate: Candidate, watch: Watch, curve: bool
    ) -> int:
        """All rounds the candidate asks for; the curve on some of them."""
        rounds = int(candidate.params[ROUNDS])
        grid = curve_rounds(rounds)
        idle = 0
        done = 0
        for number in range(1, rounds + 1):
            idle = idle + 1 if self._grow(booster) else 0
            done = number
            if curve and number in grid:
                self._mark(booster, watch, number)
            if idle >= IDLE_ROUNDS:
                break
        watch.look(valid_predictions(booster))
        watch.keep()
        return done

    def _run_stopping(
        self, booster: lgb.Booster, candidate: Candidate, watch: Watch, curve: bool
    ) -> int:
        """Rounds until the monitored loss has gained too little for too long."""
        stopping = candidate.stopping or Stopping(1)
        limit = int(candidate.params[ROUNDS])
        stride = max(1, stopping.patience // CHECKS_PER_PATIENCE)
        patience = Patience(stopping, watch.naive_loss)
        idle = 0
        for number in range(1, limit + 1):
            idle = idle + 1 if self._grow(booster) else 0
            over = idle >= IDLE_ROUNDS or number == limit
            if number % stride and not over and number > stride:
                continue
            if curve:
                loss = self._mark(booster, watch, number)
            else:
                loss = watch.look(valid_predictions(booster))
            if patience.see(number, loss):
                watch.keep()
            if over or patience.over or not np.isfinite(loss):
                break
        if not np.isfinite(patience.best):
            watch.keep()
        return patience.best_round

    def _mark(self, booster: lgb.Booster, watch: Watch, number: int) -> float:
        """A point of the curve."""
        train = train_predictions(booster, classes=self._data.task.is_classification)
        return watch.mark(number, valid_predictions(booster), train)

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
        with one_blas_thread(), openmp_threads(1):
            kept, weight = self._treater.treat(rows, self._data.pool, candidate.treatment, seed)
        numbers = candidate.preprocessing.numbers
        train = self._build(kept, weight, numbers)
        threads = 0 if len(rows) >= ROWS_FOR_THREADS else 1  # 0: all cores
        booster = lgb.Booster(self._params(candidate.params, seed, threads), train)
        for _ in range(int(candidate.params[ROUNDS])):
            booster.update()
        return LightGBMModel(booster, numbers)

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
        if candidate.treatment.augment is not None:
            raise TypeError("LightGBM takes no made-up rows, got " + candidate.treatment.augment)
        numbers = candidate.preprocessing.numbers
        key = ("train", split.digest, candidate.treatment, numbers)

        def make() -> lgb.Dataset:
            pool = pool_rows(self._data, split)
            with one_blas_thread(), openmp_threads(1):
                kept, weight = self._treater.treat(
                    split.train, pool, candidate.treatment, split.seed
                )
            return self._build(kept, weight, numbers)

        return self._cached(key, make)

    def _valid_part(self, split: Split, numbers: tuple[str, ...]) -> lgb.Dataset:
        key = ("valid", split.digest, numbers)
        return self._cached(key, lambda: self._build(split.valid, None, numbers))

    def _cached(self, key: object, make: Callable[[], lgb.Dataset]) -> lgb.Dataset:
        with self._lock:
            if key not in self._parts:
                self._parts[key] = make()
                if len(self._parts) > CACHED_PARTS:
                    self._parts.popitem(last=False)
            self._parts.move_to_end(key)
            return self._parts[key]

    def _binned(self, numbers: tuple[str, ...]) -> lgb.Dataset:
        """All rows that may be trained on or scored, with these text columns as numbers."""
        with self._lock:
            if numbers not in self._tables:
                data, rows = self._data, self._rows
                table = read_numbers(data.X.iloc[rows], numbers)
                table = table.set_axis(safe_names(list(table.columns)), axis=1)
                self._tables[numbers] = lgb.Dataset(
                    table,
                    label=np.asarray(data.y[rows], dtype=np.float64),
                    weight=None if data.weight is None else data.weight[rows],
                    params=self._bins,
                    free_raw_data=True,
                ).construct()
            return self._tables[numbers]

    def _build(self, rows: Ints, weight: Floats | None, numbers: tuple[str, ...]) -> lgb.Dataset:
        """Rows of a binned table as a table of their own (sorted by row)."""
        part = self._binned(numbers).subset(self._position[np.sort(rows)].tolist()).construct()
        if weight is not None:
            part.set_weight(weight)
        return part
