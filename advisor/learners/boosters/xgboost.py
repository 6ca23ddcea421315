"""XGBoost: the table prepared once, every split a slice of it, every round under our eyes.

Rounds are driven one by one through the native API.  The booster keeps what it predicts for the
rows of a fit up to date, so neither a curve nor an early stop costs a pass over the trees.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from advisor.learners.boosters.sliced import Sliced, Slices
from advisor.learners.boosters.trainer import BoosterTrainer
from advisor.learners.boosters.xgboost_params import OBJECTIVES, TABLE
from advisor.learners.features import read_numbers
from advisor.metrics.table import Metric
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Floats, Ints, Params, Split, Task

FAMILY = "xgboost"
ROUNDS = "n_estimators"
NUMBERS = "advisor_numbers"  # an attribute of a saved model: text columns that it reads as numbers


class XGBoost:
    """The ``xgboost`` learner."""

    name = FAMILY
    version = xgb.__version__

    def check(self, params: Params, task: Task) -> None:
        TABLE.check(params, task)

    def ignored(self, params: Params) -> list[str]:
        return TABLE.ignored(params)

    def stopping(self, params: Params) -> Stopping | None:
        patience = params.get("early_stopping_rounds")
        return Stopping(int(patience)) if patience else None

    def stopping_names(self, params: Params) -> list[str]:
        return [name for name in params if name == "early_stopping_rounds"]

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> BoosterTrainer:
        return BoosterTrainer(dataset, metric, XgbLibrary(dataset))

    def load(self, file: Path) -> XGBoostModel:
        booster = xgb.Booster(model_file=str(file))
        names = booster.attr(NUMBERS)
        return XGBoostModel(booster, tuple(names.split("\n")) if names else ())


def _matrix(X: pd.DataFrame, numbers: tuple[str, ...]) -> tuple[Floats, list[str]]:
    """(n, p) numbers and codes of categories with NaN for gaps, and XGBoost's types of them."""
    table = read_numbers(X, numbers)
    out, types = np.empty(table.shape), []
    for i, name in enumerate(table.columns):
        column = table[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.cat.codes.to_numpy()
            out[:, i] = np.where(codes < 0, np.nan, codes)
            types.append("c")
        else:
            out[:, i] = column.to_numpy(dtype=np.float64, na_value=np.nan)
            types.append("q")
    return out, types


def _dmatrix(X: pd.DataFrame, numbers: tuple[str, ...], threads: int) -> xgb.DMatrix:
    matrix, types = _matrix(X, numbers)
    # columns are known by their place: names may hold signs that XGBoost's file cannot
    return xgb.DMatrix(matrix, feature_types=types, enable_categorical=True, nthread=threads)


class XgbLibrary:
    """How XGBoost grows.

    Of the preprocessing only ``numbers`` counts: trees do not feel a scale, and XGBoost takes
    missing values.
    """

    name = "XGBoost"
    rounds = ROUNDS
    refusals = (xgb.core.XGBoostError, ValueError)

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self.stopped = threading.Event()
        self._slices: Slices[xgb.DMatrix] = Slices(data, lambda X, own: _dmatrix(X, own, 1))

    def start(self, candidate: Candidate, split: Split, threads: int) -> XgbGrowth:
        return self._growth(candidate, self._slices.of(candidate, split), split.seed, threads)

    def whole(self, candidate: Candidate, rows: Ints, seed: int, threads: int) -> XgbGrowth:
        return self._growth(candidate, self._slices.whole(candidate, rows, seed), seed, threads)

    def _growth(
        self, candidate: Candidate, rows: Sliced[xgb.DMatrix], seed: int, threads: int
    ) -> XgbGrowth:
        rows.train.set_label(rows.y.astype(np.float64))
        parts = [rows.train] if rows.valid is None else [rows.train, rows.valid]
        booster = xgb.Booster(self._params(candidate.params, seed, threads), parts)
        return XgbGrowth(booster, rows)

    def _params(self, params: Params, seed: int, threads: int) -> dict[str, Any]:
        task = self._data.task
        given = {k: v for k, v in TABLE.given(params).items() if k != ROUNDS}
        ours: dict[str, Any] = {
            "objective": given.get("objective", OBJECTIVES[task][0]),
            "seed": seed,
            "nthread": threads,
            "verbosity": 0,
            "disable_default_eval_metric": 1,
        }
        if task is Task.MULTICLASS:
            ours["num_class"] = self._data.n_classes
        return {**given, **ours}

    def weight(self, candidate: Candidate) -> float:
        """Levels of a tree; a round costs about as many, and a part that does not grow."""
        depth = int(candidate.params.get("max_depth", 6)) or 30
        leaves = int(candidate.params.get("max_leaves", 0)) or 2**30
        levels = min(depth, np.log2(leaves), np.log2(max(2, len(self._data.train))))
        return 2.0 + float(levels)


class XgbGrowth:
    """One booster in growth; see ``Boosting``."""

    def __init__(self, booster: xgb.Booster, rows: Sliced[xgb.DMatrix]) -> None:
        self._booster = booster
        self._rows = rows
        self.done = 0

    def grow(self, limit: int, block: int) -> bool:
        """One round: only the last one's predictions are kept up to date."""
        if self.done < limit:
            self._booster.update(self._rows.train, self.done)
            self.done += 1
        return self.done < limit

    def valid(self, number: int) -> NDArray[Any]:
        return self._read(self._rows.valid)

    def train(self, number: int) -> tuple[NDArray[Any], NDArray[Any], Floats | None]:
        return self._read(self._rows.train), self._rows.y, self._rows.weight

    def _read(self, part: Any) -> NDArray[Any]:
        return np.asarray(self._booster.predict(part), dtype=np.float64)

    def model(self) -> XGBoostModel:
        return XGBoostModel(self._booster, self._rows.numbers)


class XGBoostModel:
    """A booster that takes the Dataset's columns; ``numbers`` are texts it reads as numbers."""

    def __init__(self, booster: xgb.Booster, numbers: tuple[str, ...]) -> None:
        self._booster = booster
        self._numbers = numbers

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        return np.asarray(self._booster.predict(_dmatrix(X, self._numbers, 1)), dtype=np.float64)

    def save(self, folder: Path) -> Path:
        """XGBoost's own binary JSON; an attribute of it names the ``numbers``."""
        file = folder / "model.ubj"
        if self._numbers:
            self._booster.set_attr(**{NUMBERS: "\n".join(self._numbers)})
        self._booster.save_model(str(file))
        return file
