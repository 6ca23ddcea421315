"""CatBoost: the table prepared once, every split a slice of it.

CatBoost grows an ensemble in one call.  A callback ends it when nothing has been gained for as long
as the patience, or when the run is stopped; what it predicts after each round is read from the
finished trees.
"""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import catboost as cb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, softmax

from advisor.learners.boosters.catboost_params import OBJECTIVES, TABLE
from advisor.learners.boosters.sliced import Sliced, Slices
from advisor.learners.boosters.trainer import BoosterTrainer
from advisor.learners.features import read_numbers
from advisor.metrics.table import Metric
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Floats, Ints, Params, Split, Task

FAMILY = "catboost"
ROUNDS = "iterations"
NUMBERS = "advisor_numbers"  # in the metadata of a saved model: texts that it reads as numbers
# What it says when gradients are no numbers any more: rows are sampled by their size.
NO_SAMPLE = "Too few sampling units"
# What it chooses by rows and rounds where it is left out: from 200 rounds on, for example, ten
# steps a leaf instead of one for two classes.
CHOSEN = ("learning_rate", "leaf_estimation_iterations", "max_ctr_complexity")
GAP = ""  # CatBoost takes no missing value for a category: a gap is a level of its own


class CatBoost:
    """The ``catboost`` learner."""

    name = FAMILY
    version = cb.__version__

    def check(self, params: Params, task: Task) -> None:
        TABLE.check(params, task)

    def ignored(self, params: Params) -> list[str]:
        return [name for name in TABLE.ignored(params) if name not in self.stopping_names(params)]

    def stopping(self, params: Params) -> Stopping | None:
        patience = TABLE.main_names(params).get("od_wait")
        return Stopping(int(patience)) if patience else None

    def stopping_names(self, params: Params) -> list[str]:
        return [name for name in params if TABLE.aliases.get(name, name) == "od_wait"]

    def settled(self, dataset: Dataset, params: Params) -> Params:
        """What CatBoost chooses for as many rows and rounds; one round is grown to ask it.

        It goes by the loss, the number of rows and of rounds, whether there are categories and
        whether the best round is kept; what the columns hold does not matter.
        """
        free = [name for name in CHOSEN if name not in TABLE.main_names(params)]
        if not free:
            return {}
        rows = dataset.train
        table = pd.DataFrame({"row": np.arange(len(rows), dtype=np.float64)})
        if any(isinstance(t, pd.CategoricalDtype) for t in dataset.X.dtypes):
            table["level"] = pd.Categorical(np.where(np.arange(len(rows)) % 2, "a", "b"))
        pool = _pool(table, (), dataset.y[rows])
        library = CatLibrary(dataset)
        library.stopped.set()  # after its first round
        model = cb.CatBoost(library.params(params, 0, 1))
        scored = pool if self.stopping(params) else None
        watcher = _Watcher(library.stopped, None)
        try:
            model.fit(pool, eval_set=scored, use_best_model=scored is not None, callbacks=[watcher])
        except cb.CatBoostError:  # a target that it cannot learn: the first real fit says so
            return {}
        chosen = model.get_all_params()
        return {name: _rounded(chosen[name]) for name in free if name in chosen}

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> BoosterTrainer:
        return BoosterTrainer(dataset, metric, CatLibrary(dataset))

    def load(self, file: Path) -> CatBoostModel:
        model = cb.CatBoost().load_model(str(file))
        about = model.get_metadata()
        names = about[NUMBERS] if NUMBERS in about.keys() else ""  # noqa: SIM118
        return CatBoostModel(model, tuple(names.split("\n")) if names else ())


def _rounded(value: Any) -> Any:
    """A value without the dust of its single precision."""
    return round(value, 6) if isinstance(value, float) else value


def _pool(X: pd.DataFrame, numbers: tuple[str, ...], y: NDArray[Any] | None = None) -> cb.Pool:
    """The table by places: categories as text, a gap among them as a level of its own."""
    table = read_numbers(X, numbers)
    columns: dict[str, Any] = {}
    texts = []
    for i, name in enumerate(table.columns):
        column = table[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            texts.append(i)
            columns[str(i)] = (
                column.astype(object).where(column.notna(), GAP).astype(str).to_numpy()
            )
        else:
            columns[str(i)] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return cb.Pool(pd.DataFrame(columns), label=y, cat_features=texts, thread_count=1)


class CatLibrary:
    """How CatBoost grows.

    Of the preprocessing only ``numbers`` counts: trees do not feel a scale, and CatBoost takes
    missing values.
    """

    name = "CatBoost"
    rounds = ROUNDS
    refusals = (cb.CatBoostError, ValueError)

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self.stopped = threading.Event()
        self._slices: Slices[cb.Pool] = Slices(data, lambda X, own: _pool(X, own, data.y))

    def start(self, candidate: Candidate, split: Split, threads: int) -> CatGrowth:
        return self._growth(candidate, self._slices.of(candidate, split), split.seed, threads)

    def whole(self, candidate: Candidate, rows: Ints, seed: int, threads: int) -> CatGrowth:
        return self._growth(candidate, self._slices.whole(candidate, rows, seed), seed, threads)

    def _growth(
        self, candidate: Candidate, rows: Sliced[cb.Pool], seed: int, threads: int
    ) -> CatGrowth:
        model = cb.CatBoost(self.params(candidate.params, seed, threads))
        stopping = None if rows.valid is None else candidate.stopping
        patience = None if stopping is None else stopping.patience
        return CatGrowth(model, rows, self._data, self.stopped, patience)

    def params(self, params: Params, seed: int, threads: int) -> dict[str, Any]:
        """What CatBoost is given for the parameters of a candidate."""
        task, given = self._data.task, TABLE.given(params)
        ours: dict[str, Any] = {
            "loss_function": given.get("loss_function", OBJECTIVES[task][0]),
            "random_seed": seed % 2**31,
            "thread_count": threads,
            "logging_level": "Silent",
            "allow_writing_files": False,
        }
        if task is Task.MULTICLASS:
            ours["classes_count"] = self._data.n_classes
        return {**given, **ours}

    def weight(self, candidate: Candidate) -> float:
        """Leaves of a symmetric tree count little; its levels do."""
        return 2.0 + float(candidate.params.get("depth", 6))


class _Watcher:
    """Ends a training that gains nothing any more, or that is stopped."""

    def __init__(self, stopped: threading.Event, patience: int | None) -> None:
        self._stopped = stopped
        self._patience = patience
        self._best = np.inf
        self._since = 0

    def after_iteration(self, info: Any) -> bool:
        """Whether to go on (CatBoost's own protocol)."""
        if self._stopped.is_set():
            return False
        if self._patience is None:
            return True
        (losses,) = info.metrics["validation"].values()
        if losses:
            self._since = 0 if losses[-1] < self._best else self._since + 1
            self._best = min(self._best, losses[-1])
        return self._since <= self._patience


class CatGrowth:
    """One ensemble in growth; see ``Boosting``."""

    def __init__(
        self,
        model: cb.CatBoost,
        rows: Sliced[cb.Pool],
        data: Dataset,
        stopped: threading.Event,
        patience: int | None,
    ) -> None:
        self._model = model
        self._rows = rows
        self._data = data
        self._stopped = stopped
        self._patience = patience
        self._raw: dict[str, tuple[int, Any]] = {}
        self._lost = False
        self.done = 0

    def grow(self, limit: int, block: int) -> bool:
        """All rounds of the candidate at once, or as many as are worth it."""
        watcher, train = _Watcher(self._stopped, self._patience), self._rows.train
        scored = None if self._patience is None else self._rows.valid
        if self._data.task.is_classification and len(np.unique(self._rows.y)) == 1:
            raise ValueError("one class is not enough to learn from")
        try:
            self._model.fit(train, eval_set=scored, use_best_model=False, callbacks=[watcher])
        except cb.CatBoostError as error:
            if NO_SAMPLE not in str(error) or self._rows.valid is None:
                raise
            self._lost, self.done = True, 1
            return False
        if self._stopped.is_set():
            raise CancelledError
        self.done = int(self._model.tree_count_)
        return False

    def valid(self, number: int) -> NDArray[Any]:
        return self._read("valid", self._rows.valid, number)

    def train(self, number: int) -> tuple[NDArray[Any], NDArray[Any], Floats | None]:
        pred = self._read("train", self._rows.train, number)
        return pred, self._rows.y, self._rows.weight

    def _read(self, name: str, pool: Any, number: int) -> NDArray[Any]:
        """Predictions after a round; every tree is asked once."""
        if self._lost:
            wide = (self._data.n_classes,) if self._data.task is Task.MULTICLASS else ()
            return np.full((pool.num_row(), *wide), np.nan)
        asked, raw = self._raw.get(name, (0, 0.0))
        if number > asked:
            raw = raw + raw_of(self._model, pool, asked, number)
        self._raw[name] = number, raw
        return from_raw(raw, self._data.task)

    def model(self) -> CatBoostModel:
        return CatBoostModel(self._model, self._rows.numbers)


def raw_of(model: cb.CatBoost, pool: cb.Pool, first: int, last: int) -> NDArray[Any]:
    """(n,) or (n, K) sums of leaves of the trees from ``first`` to before ``last``."""
    return np.asarray(
        model.predict(
            pool,
            prediction_type="RawFormulaVal",
            ntree_start=first,
            ntree_end=last,
            thread_count=1,
        )
    )


def from_raw(raw: NDArray[Any], task: Task) -> NDArray[Any]:
    """(n,) values or probabilities of class 1, or (n, K) class probabilities."""
    if task is Task.REGRESSION:
        return np.asarray(raw)
    return np.asarray(expit(raw) if task is Task.BINARY else softmax(raw, axis=1))


TASKS = {"Logloss": Task.BINARY, "MultiClass": Task.MULTICLASS}


class CatBoostModel:
    """Trees that take the Dataset's columns; ``numbers`` are texts they read as numbers."""

    def __init__(self, model: cb.CatBoost, numbers: tuple[str, ...]) -> None:
        self._model = model
        self._numbers = numbers
        loss = str(model.get_all_params().get("loss_function", "RMSE"))
        self._task = TASKS.get(loss, Task.REGRESSION)

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        pool = _pool(X, self._numbers)
        return from_raw(raw_of(self._model, pool, 0, self._model.tree_count_), self._task)

    def save(self, folder: Path) -> Path:
        """CatBoost's own format; its metadata name the ``numbers``."""
        file = folder / "model.cbm"
        if self._numbers:
            self._model.get_metadata()[NUMBERS] = "\n".join(self._numbers)
        self._model.save_model(str(file))
        return file
