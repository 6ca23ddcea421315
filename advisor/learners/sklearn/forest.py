"""scikit-learn's random forests and extra trees, a few trees at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from advisor.learners.features import Features, dense_features
from advisor.learners.parts import Learn, Part
from advisor.learners.sklearn.params import check_estimator, names_of
from advisor.learners.tree_model import TreesModel, as_predictions, load_trees
from advisor.learners.tree_table import TreeTable
from advisor.learners.whole import WholeTrainer
from advisor.metrics.table import Metric
from advisor.settings import Preprocessing, Stopping
from advisor.types import Dataset, Floats, Params, Task

CLASSES: dict[str, tuple[Any, Any]] = {
    "random_forest": (RandomForestClassifier, RandomForestRegressor),
    "extra_trees": (ExtraTreesClassifier, ExtraTreesRegressor),
}
TREES = "n_estimators"
# Decided by the data and the search.
IGNORED = ("random_state", "warm_start", "n_jobs", "verbose", "oob_score")
LIMITS: dict[str, tuple[Any, ...]] = {"monotonic_cst": (None,)}
OWN = {"max_features": "auto"}  # the library's own, which is another one for classes and numbers
POINTS = 20  # of a curve over trees
BLOCK = 25  # trees between two looks at Ctrl-C, at most


def estimator_of(family: str, task: Task) -> Any:
    """The class of the family for this task."""
    return CLASSES[family][0 if task.is_classification else 1]


def _without_own(params: Params) -> dict[str, Any]:
    """The parameters without those that mean the library's own value."""
    return {k: v for k, v in params.items() if OWN.get(k) != v or k not in OWN}


class Forests:
    """The ``random_forest`` and ``extra_trees`` learners."""

    version = sklearn.__version__

    def __init__(self, family: str) -> None:
        self.name = family

    def check(self, params: Params, task: Task) -> None:
        own = _without_own(params)
        check_estimator(estimator_of(self.name, task), own, family=self.name, limits=LIMITS)

    def ignored(self, params: Params) -> list[str]:
        return [name for name in params if name in IGNORED]

    def stopping(self, params: Params) -> Stopping | None:
        return None

    def stopping_names(self, params: Params) -> list[str]:
        return []

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> WholeTrainer:
        return WholeTrainer(dataset, metric, ForestMethod(self.name))

    def load(self, file: Path) -> TreesModel[TreeTable]:
        return load_trees(file, TreeTable)


class ForestMethod:
    """How forests are fitted: on plain numbers, whose scale they do not feel."""

    library = "scikit-learn"

    def __init__(self, family: str) -> None:
        self._family = family

    def learn(self, data: Dataset) -> Learn:
        return lambda X, how: dense_features(X, data.columns, how)

    def heard(self, preprocessing: Preprocessing) -> Preprocessing:
        return Preprocessing(missing=preprocessing.missing, numbers=preprocessing.numbers)

    def start(self, params: Params, part: Part, data: Dataset, seed: int) -> ForestGrowth:
        estimator = estimator_of(self._family, data.task)
        known = {*names_of(estimator)} - {*IGNORED}
        own = {k: v for k, v in _without_own(params).items() if k in known}
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
        return as_predictions(sums / self.done, self._link, self._present, self._n_classes)

    @property
    def _link(self) -> str:
        return "share" if self._classes else "identity"

    @property
    def _present(self) -> NDArray[Any]:
        """Codes of the classes that training has; empty for regression."""
        return np.asarray(getattr(self._model, "classes_", []), dtype=np.int64)

    @property
    def _columns(self) -> int:
        return max(1, len(self._present))

    def model(self, features: Features) -> TreesModel[TreeTable]:
        trees = [tree.tree_ for tree in self._model.estimators_]
        values = [tree.value[:, 0, :] for tree in trees]
        table = TreeTable.of(trees, values, np.zeros(self._columns), 1 / len(trees))
        return TreesModel(features, table, self._link, self._present, self._n_classes)
