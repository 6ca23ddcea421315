"""scikit-learn's GradientBoosting, in blocks of rounds by ``warm_start``."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

from advisor.learners.boosters.trainer import BoosterTrainer
from advisor.learners.parts import Part, Parts, dense
from advisor.learners.sklearn.family import SklearnFamily
from advisor.learners.sklearn.params import given_to
from advisor.learners.sklearn.tree_model import TreesModel, as_predictions, load_trees, present_in
from advisor.learners.sklearn.tree_table import TreeTable
from advisor.settings import Candidate, Preprocessing
from advisor.types import Dataset, Floats, Ints, Params, Split, Task

ROUNDS = "n_estimators"
# Decided by the data and the search; rows are held out by the search, not by the library.
DECIDED = (
    "random_state",
    "warm_start",
    "verbose",
    "n_iter_no_change",
    "validation_fraction",
    "tol",
)
LIMITS: dict[str, tuple[Any, ...]] = {
    "init": (None,),
    "criterion": ("deprecated", "squared_error"),
}
GROWTH = 3  # a block is at least this part of the rounds so far: each call walks all trees again


def estimator_of(task: Task) -> Any:
    """The class: GradientBoostingClassifier or -Regressor."""
    return GradientBoostingClassifier if task.is_classification else GradientBoostingRegressor


def gradient_boosting() -> SklearnFamily:
    """The ``gradient_boosting`` learner."""
    return SklearnFamily(
        name="gradient_boosting",
        estimator_of=estimator_of,
        trainer=lambda data, params, metric: BoosterTrainer(data, metric, GbmLibrary(data)),
        reader=lambda file: load_trees(file, TreeTable),
        decided=DECIDED,
        limits=LIMITS,
        limits_of_classes={"loss": ("log_loss",)},
        taken=(("learning_rate", 0),),
        patience="n_iter_no_change",
    )


class GbmLibrary:
    """How GradientBoosting grows: on plain numbers, whose scale trees do not feel."""

    name = "scikit-learn"
    rounds = ROUNDS
    refusals = (ValueError,)

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self.stopped = threading.Event()
        self._parts = Parts(data, dense(data))

    def start(self, candidate: Candidate, split: Split, threads: int) -> GbmGrowth:
        part = self._parts.of(split, candidate.treatment, _heard(candidate.preprocessing))
        return self._growth(candidate.params, part, split.seed)

    def whole(self, candidate: Candidate, rows: Ints, seed: int, threads: int) -> GbmGrowth:
        how = _heard(candidate.preprocessing)
        return self._growth(
            candidate.params, self._parts.whole(rows, seed, candidate.treatment, how), seed
        )

    def _growth(self, params: Params, part: Part, seed: int) -> GbmGrowth:
        estimator = estimator_of(self._data.task)
        own = given_to(estimator, params, without=(*DECIDED, ROUNDS))
        return GbmGrowth(estimator(**own, random_state=seed, warm_start=True), part, self._data)

    def weight(self, candidate: Candidate) -> float:
        """Levels of a tree; a round costs about as many, and a part that does not grow."""
        depth, leaves = candidate.params.get("max_depth", 3), candidate.params.get("max_leaf_nodes")
        most = np.log2(max(2, len(self._data.train)))
        levels = min(most, most if depth is None else depth)
        return 1.0 + float(levels if leaves is None else min(levels, np.log2(leaves)))


def _heard(preprocessing: Preprocessing) -> Preprocessing:
    return replace(preprocessing, scale=None)


class GbmGrowth:
    """One ensemble in growth; see ``Boosting``."""

    def __init__(self, model: Any, part: Part, data: Dataset) -> None:
        self._model = model
        self._part = part
        self._n_classes = data.n_classes
        self._classes = data.task.is_classification
        self._weight = np.ones(len(part.y)) if part.weight is None else part.weight
        self._matrix, self._valid = (m.astype(np.float32) for m in (part.matrix, part.valid))
        self._raw: dict[str, tuple[int, Floats]] = {}

    @property
    def done(self) -> int:
        return len(getattr(self._model, "estimators_", ()))

    def grow(self, limit: int, block: int) -> bool:
        target = min(limit, self.done + max(block, self.done // GROWTH))
        if target > self.done:
            self._model.set_params(n_estimators=target)
            self._model.fit(self._matrix, self._part.y, sample_weight=self._weight)
        return target < limit

    def valid(self, number: int) -> NDArray[Any]:
        return self._read("valid", self._valid, number)

    def train(self, number: int) -> tuple[NDArray[Any], NDArray[Any], Floats | None]:
        return self._read("train", self._matrix, number), self._part.y, self._part.weight

    def _read(self, name: str, matrix: NDArray[np.float32], number: int) -> NDArray[Any]:
        asked, raw = self._raw.get(name, (0, np.tile(self._base, (len(matrix), 1))))
        for grown in self._model.estimators_[asked:number]:
            for k, tree in enumerate(grown):
                raw[:, k] += self._model.learning_rate * tree.tree_.predict(matrix)[:, 0]
        self._raw[name] = number, raw
        return as_predictions(raw, self._link, present_in(self._model), self._n_classes)

    @property
    def _base(self) -> Floats:
        """(trees a round,) raw predictions before the first round."""
        start: Floats = self._model._raw_predict_init(self._matrix[:1])
        return np.asarray(start, dtype=np.float64).ravel()

    @property
    def _link(self) -> str:
        if not self._classes:
            return "identity"
        return "logit" if len(present_in(self._model)) == 2 else "softmax"

    def model(self) -> TreesModel[TreeTable]:
        trees, values = [], []
        columns = self._model.estimators_.shape[1]
        for grown in self._model.estimators_:
            for k, tree in enumerate(grown):
                own = np.zeros((tree.tree_.node_count, columns))
                own[:, k] = tree.tree_.value[:, 0, 0]
                trees.append(tree.tree_)
                values.append(own)
        table = TreeTable.of(trees, values, self._base, self._model.learning_rate)
        return TreesModel(
            self._part.features, table, self._link, present_in(self._model), self._n_classes
        )
