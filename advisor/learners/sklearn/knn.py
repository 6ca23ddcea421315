"""scikit-learn's nearest neighbours, with row weights that its own estimators do not take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors

from advisor.learners.features import Features
from advisor.learners.parts import Part
from advisor.learners.sklearn.family import SklearnFamily
from advisor.learners.sklearn.whole import WholeTrainer
from advisor.types import Dataset, Floats, Params, Task

COUNT, WEIGHTS = "n_neighbors", "weights"
LIMITS: dict[str, tuple[Any, ...]] = {
    "metric": ("minkowski", "euclidean", "manhattan", "chebyshev", "l1", "l2", "cityblock"),
    "metric_params": (None,),
    WEIGHTS: ("uniform", "distance"),
}
SEARCH = ("metric", "p", "algorithm", "leaf_size")  # what finds the neighbours
ROWS_AT_A_TIME = 2048  # of a prediction; 1,000 neighbours then take 32 MiB


def estimator_of(task: Task) -> Any:
    """The class whose parameters are meant."""
    return KNeighborsClassifier if task.is_classification else KNeighborsRegressor


def nearest_neighbours() -> SklearnFamily:
    """The ``knn`` learner."""
    return SklearnFamily(
        name="knn",
        estimator_of=estimator_of,
        trainer=lambda data, params, metric: WholeTrainer(data, metric, NeighbourMethod()),
        reader=load_neighbours,
        decided=("n_jobs",),
        limits=LIMITS,
    )


class NeighbourMethod:
    """How neighbours are kept: on plain numbers, scaled only where the person says so."""

    feels_scale = True

    def start(self, params: Params, part: Part, data: Dataset, seed: int) -> Keeping:
        return Keeping(Rows(params, part.matrix, part.y, part.weight, data.n_classes), part)

    def weight(self, params: Params, data: Dataset) -> float:
        """More neighbours take longer to find and to count."""
        return 10.0 + float(params.get(COUNT, 5))


class Rows:
    """Training rows that answer for what lies near them.

    Args:
        params: of the candidate.
        matrix, y, weight: the rows.
        n_classes: K, 0 for numbers.
    """

    def __init__(
        self,
        params: Params,
        matrix: Floats,
        y: NDArray[Any],
        weight: Floats | None,
        n_classes: int,
    ) -> None:
        if weight is not None:  # a row without weight has no voice, however near it lies
            heard = weight > 0
            matrix, y, weight = matrix[heard], y[heard], weight[heard]
        self.params = {k: v for k, v in params.items() if k in (COUNT, WEIGHTS, *SEARCH)}
        self.matrix, self.y, self.weight, self.n_classes = matrix, y, weight, n_classes
        own = {k: v for k, v in self.params.items() if k in SEARCH}
        self._count = min(int(self.params.get(COUNT, 5)), len(y))
        self._near = NearestNeighbors(n_neighbors=self._count, **own).fit(matrix)

    def predict(self, X: Floats) -> NDArray[Any]:
        """(n,) values or probabilities of class 1, or (n, K) class probabilities."""
        starts = range(0, max(1, len(X)), ROWS_AT_A_TIME)
        return np.concatenate([self._some(X[i : i + ROWS_AT_A_TIME]) for i in starts])

    def _some(self, X: Floats) -> NDArray[Any]:
        if not len(X):
            return np.zeros((0, self.n_classes) if self.n_classes > 2 else 0)
        distance, which = self._near.kneighbors(X)
        voices = np.ones(which.shape) if self.weight is None else self.weight[which]
        if self.params.get(WEIGHTS) == "distance":
            voices = voices * _closeness(distance)
        total = voices.sum(axis=1)
        if not self.n_classes:
            return np.asarray((voices * self.y[which]).sum(axis=1) / total)
        classes = range(1, 2) if self.n_classes == 2 else range(self.n_classes)
        shares = [(voices * (self.y[which] == k)).sum(axis=1) / total for k in classes]
        return np.column_stack(shares) if self.n_classes > 2 else np.asarray(shares[0])


def _closeness(distance: Floats) -> Floats:
    """1 / distance; where a row is met exactly, such rows alone count, as in scikit-learn."""
    met = distance == 0
    with np.errstate(divide="ignore"):
        near = 1 / distance
    return np.where(met.any(axis=1, keepdims=True), met, near)


class Keeping:
    """Rows, kept in one go; see ``Growing``."""

    done = 1

    def __init__(self, rows: Rows, part: Part) -> None:
        self._rows = rows
        self._part = part

    def grow(self, looked_at: bool) -> bool:
        return False

    def valid(self) -> NDArray[Any]:
        return self._rows.predict(self._part.valid)

    def train(self) -> NDArray[Any]:
        return self._rows.predict(self._part.matrix)

    def model(self, features: Features) -> NeighbourModel:
        return NeighbourModel(features, self._rows)


class NeighbourModel:
    """The rows and what turns a table into theirs."""

    def __init__(self, features: Features, rows: Rows) -> None:
        self._features = features
        self._rows = rows

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        return self._rows.predict(self._features.matrix(X))

    def save(self, folder: Path) -> Path:
        """One ``.npz`` that holds the training rows: a model of this kind is nothing else."""
        file, rows = folder / "model.npz", self._rows
        about = {
            "params": rows.params,
            "n_classes": rows.n_classes,
            "weighted": rows.weight is not None,
            "features": self._features.to_json(),
        }
        weight = np.empty(0) if rows.weight is None else rows.weight
        np.savez_compressed(
            file, about=np.array(json.dumps(about)), matrix=rows.matrix, y=rows.y, weight=weight
        )
        return file


def load_neighbours(file: Path) -> NeighbourModel:
    """What ``NeighbourModel.save`` wrote."""
    with np.load(file, allow_pickle=False) as saved:
        about = json.loads(str(saved["about"]))
        weight = saved["weight"] if about["weighted"] else None
        rows = Rows(about["params"], saved["matrix"], saved["y"], weight, about["n_classes"])
    return NeighbourModel(Features.from_json(about["features"]), rows)
