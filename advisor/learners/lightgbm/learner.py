"""LightGBM: binned once, every split a subset of the bins, every round under our eyes.

Rounds are driven one by one through the public ``Booster`` API.  Predictions of the validation
subset come from the booster's own running scores, so neither a curve nor an early stop costs a pass
over the trees.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from advisor.learners.boosters.trainer import BoosterTrainer
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
from advisor.learners.watch import Scored
from advisor.metrics.table import Metric
from advisor.rows.splits import pool_rows
from advisor.rows.treatments import Treater
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Floats, Ints, Params, Split, Task

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

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> BoosterTrainer:
        return BoosterTrainer(dataset, metric, LightGBMLibrary(dataset, params))

    def load(self, file: Path) -> LightGBMModel:
        return load_model(file)


class LightGBMLibrary:
    """How LightGBM grows: on subsets of one binned table.

    Of the preprocessing only ``numbers`` counts: each list of text columns read as numbers is a
    binned table of its own.  Trees do not feel a scale, and LightGBM takes missing values.
    """

    name = "LightGBM"
    rounds = "n_estimators"
    refusals = (lgb.basic.LightGBMError,)

    def __init__(self, dataset: Dataset, params: Params) -> None:
        self._data = dataset
        self.stopped = threading.Event()
        self._lock = threading.RLock()  # a part is made under it, and binned under it
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

    def start(self, candidate: Candidate, split: Split, threads: int) -> LightGBMGrowth:
        """A fit that samples at random is over when too many rounds in a row split nothing."""
        train = self._training_part(candidate, split)
        valid = self._valid_part(split, candidate.preprocessing.numbers)
        booster = lgb.Booster(self._params(candidate.params, split.seed, threads), train)
        booster.add_valid(valid, "valid")
        return self._growth(booster, candidate, IDLE_ROUNDS)

    def whole(self, candidate: Candidate, rows: Ints, seed: int, threads: int) -> LightGBMGrowth:
        """All rounds are grown, whether they split anything or not."""
        with one_blas_thread(), openmp_threads(1):
            kept, weight = self._treater.treat(rows, self._data.pool, candidate.treatment, seed)
        train = self._build(kept, weight, candidate.preprocessing.numbers)
        booster = lgb.Booster(self._params(candidate.params, seed, threads), train)
        return self._growth(booster, candidate, None)

    def _growth(
        self, booster: lgb.Booster, candidate: Candidate, idle: int | None
    ) -> LightGBMGrowth:
        classes = self._data.task.is_classification
        return LightGBMGrowth(booster, candidate.preprocessing.numbers, classes, idle)

    def weight(self, candidate: Candidate) -> float:
        """Leaves of a tree; a round costs about their logarithm, and a part that does not grow."""
        given = main_names(candidate.params)
        leaves = float(given.get("num_leaves", 31))
        depth = float(given.get("max_depth", -1))
        return 2.0 + float(np.log2(min(leaves, 2**depth) if 0 < depth < 30 else leaves))

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


class LightGBMGrowth:
    """One booster in growth; see ``Boosting``.

    Args:
        booster: with the scored rows, where there are some.
        numbers: text columns that are read as numbers.
        classes: whether classes are predicted.
        idle: rounds in a row without a split after which it ends; None goes on.
    """

    def __init__(
        self, booster: lgb.Booster, numbers: tuple[str, ...], classes: bool, idle: int | None
    ) -> None:
        self._booster = booster
        self._numbers = numbers
        self._classes = classes
        self._left = self._idle = idle
        self.done = 0

    def grow(self, limit: int, block: int) -> bool:
        """One round: only the last one's scores are kept up to date."""
        if self.done < limit:
            stuck = self._booster.update()
            self.done += 1
            if self._left is not None:
                self._left = self._left - 1 if stuck else self._idle
        return self.done < limit and self._left != 0

    def valid(self, number: int) -> NDArray[Any]:
        return valid_predictions(self._booster)

    def train(self, number: int) -> Scored:
        return train_predictions(self._booster, classes=self._classes)

    def model(self) -> LightGBMModel:
        return LightGBMModel(self._booster, self._numbers)
