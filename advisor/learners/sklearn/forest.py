"""scikit-learn's random forests and extra trees, a few trees at a time."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from advisor.learners.features import Features
from advisor.learners.parts import Part
from advisor.learners.sklearn.family import SklearnFamily
from advisor.learners.sklearn.params import given_to
from advisor.learners.sklearn.tree_model import TreesModel, as_predictions, load_trees, present_in
from advisor.learners.sklearn.tree_table import TreeTable
from advisor.learners.sklearn.whole import WholeTrainer
from advisor.types import Dataset, Floats, Params, Task

CLASSES: dict[str, tuple[Any, Any]] = {
    "random_forest": (RandomForestClassifier, RandomForestRegressor),
    "extra_trees": (ExtraTreesClassifier, ExtraTreesRegressor),
}
TREES = "n_estimators"
# Decided by the data and the search.
DECIDED = ("random_state", "warm_start", "n_jobs", "verbose", "oob_score")
LIMITS: dict[str, tuple[Any, ...]] = {"monotonic_cst": (None,)}
# Left to the library, which has another value for classes than for numbers.
LIBRARYS_OWN = ("max_features", "auto")
POINTS = 20  # of a curve over trees
BLOCK = 25  # trees between two looks at Ctrl-C, at most


def estimator_of(family: str, task: Task) -> Any:
    """The class of the family for this task."""
    return CLASSES[family][0 if task.is_classification else 1]


def random_forest() -> SklearnFamily:
    """The ``random_forest`` learner."""
    return _family("random_forest")


def extra_trees() -> SklearnFamily:
    """The ``extra_trees`` learner."""
    return _family("extra_trees")


def _family(name: str) -> SklearnFamily:
    return SklearnFamily(
        name=name,
        estimator_of=partial(estimator_of, name),
        trainer=lambda data, params, metric: WholeTrainer(data, metric, ForestMethod(name)),
        reader=lambda file: load_trees(file, TreeTable),
        decided=DECIDED,
        limits=LIMITS,
        taken=(LIBRARYS_OWN,),
    )


class ForestMethod:
    """How forests are fitted: on plain numbers, whose scale they do not feel."""

    feels_scale = False

    def __init__(self, family: str) -> None:
        self._family = family

    def start(self, params: Params, part: Part, data: Dataset, seed: int) -> ForestGrowth:
        estimator = estimator_of(self._family, data.task)
        own = given_to(estimator, params, without=DECIDED)
        own = {k: v for k, v in own.items() if (k, v) != LIBRARYS_OWN}
        own |= {name: int(own[name]) for name in own if _counts(name, own[name])}
        return ForestGrowth(estimator(**own, random_state=seed, warm_start=True), part, data)

    def weight(self, params: Params, data: Dataset) -> float:
        """Trees times levels; a tree of all rows is as deep as their logarithm."""
        rows = max(2, len(data.train))
        leaf = params.get("min_samples_leaf", 1)
        leaf = leaf * rows if leaf < 1 else leaf
        levels = np.log2(max(2.0, rows / leaf))
        for name, limit in (("max_depth", float), ("max_leaf_nodes", np.log2)):
            if params.get(name) is not None:
                levels = min(levels, limit(params[name]))
        return float(params.get(TREES, 100)) * (1.0 + float(levels))


def _counts(name: str, value: Any) -> bool:
    """Whether a value of 1 or more is a number of rows, columns or levels, and no share."""
    several = isinstance(value, float) and value > 1
    whole = name in (TREES, "min_samples_leaf", "min_samples_split", "max_depth", "max_leaf_nodes")
    return several or (whole and isinstance(value, float) and value == 1)


class ForestGrowth:
    """A forest in growth; see ``Growing``."""

    def __init__(self, model: Any, part: Part, data: Dataset) -> None:
        self._model = model
        self._limit = int(model.n_estimators)
        self._part = part
        self._n_classes = data.n_classes
        self._classes = data.task.is_classification
        self._matrix, self._valid = (m.astype(np.float32) for m in (part.matrix, part.valid))
        # never None: scikit-learn draws other rows with weights than without
        self._weight = np.ones(len(part.y)) if part.weight is None else part.weight
        self._sums: dict[str, tuple[int, Floats]] = {}

    @property
    def done(self) -> int:
        return len(getattr(self._model, "estimators_", ()))

    def grow(self, looked_at: bool) -> bool:
        step = min(BLOCK, max(1, self._limit // POINTS)) if looked_at else BLOCK
        self._model.set_params(n_estimators=min(self._limit, self.done + step))
        self._model.fit(self._matrix, self._part.y, sample_weight=self._weight)
        return self.done < self._limit

    def valid(self) -> NDArray[Any]:
        return self._read("valid", self._valid)

    def train(self) -> NDArray[Any]:
        return self._read("train", self._matrix)

    def _read(self, name: str, matrix: NDArray[np.float32]) -> NDArray[Any]:
        """Predictions of all trees so far; each is asked once."""
        asked, sums = self._sums.get(name, (0, np.zeros((len(matrix), self._columns))))
        for tree in self._model.estimators_[asked:]:
            leaves = tree.tree_.predict(matrix)
            sums = sums + leaves.reshape(len(matrix), -1)
        self._sums[name] = self.done, sums
        return as_predictions(
            sums / self.done, self._link, present_in(self._model), self._n_classes
        )

    @property
    def _link(self) -> str:
        return "share" if self._classes else "identity"

    @property
    def _columns(self) -> int:
        return max(1, len(present_in(self._model)))

    def model(self, features: Features) -> TreesModel[TreeTable]:
        trees = [tree.tree_ for tree in self._model.estimators_]
        values = [tree.value[:, 0, :] for tree in trees]
        table = TreeTable.of(trees, values, np.zeros(self._columns), 1 / len(trees))
        return TreesModel(features, table, self._link, present_in(self._model), self._n_classes)
