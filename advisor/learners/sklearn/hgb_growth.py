"""scikit-learn's HistGradientBoosting, grown in blocks of rounds.

With ``warm_start`` a second ``fit`` goes on where the first one ended, with the same trees as one
long fit (and bit for bit the same predictions).  Each call bins the rows anew, so blocks grow with
the model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from advisor.learners.features import CodeFeature, Features
from advisor.learners.sklearn.hgb_forest import Forest
from advisor.learners.tree_model import as_predictions
from advisor.rows.empty_columns import binnable
from advisor.types import Floats, Params, Task

LINKS = {"poisson": "log", "gamma": "log"}  # of the losses of a regression; others: identity
GROWTH = 3  # a block is at least this part of the rounds so far
OURS = frozenset({"max_iter", "random_state", "verbose", "warm_start", "categorical_features"})


def estimator_of(task: Task) -> Any:
    """The class: HistGradientBoostingClassifier or -Regressor."""
    if task.is_classification:
        return HistGradientBoostingClassifier
    return HistGradientBoostingRegressor


class Growth:
    """One model in growth.

    Args:
        params: the estimator's, some may be left to its defaults.
        features: of the matrix, categories first.
        matrix, y, weight: training rows.
        task: of the targets.
        n_classes: K; a class may be missing from ``y``.
        seed: of the columns that a split may use.
    """

    def __init__(
        self,
        params: Params,
        features: Features,
        matrix: Floats,
        y: NDArray[Any],
        weight: Floats | None,
        task: Task,
        n_classes: int,
        seed: int,
    ) -> None:
        own = {k: v for k, v in params.items() if k not in OURS}
        coded = [isinstance(part, CodeFeature) for part in features.parts]
        self._model = estimator_of(task)(
            **own,
            random_state=seed,
            warm_start=True,
            categorical_features=np.array(coded) if any(coded) else None,
        )
        self._rows = (binnable(matrix), y)
        self._weight = weight
        self._n_classes = n_classes
        self.link = LINKS.get(str(own.get("loss")), "identity")
        if task.is_classification:
            self.link = "logit" if len(np.unique(y)) <= 2 else "softmax"
        self.done = 0

    @property
    def ends_itself(self) -> bool:
        """Whether scikit-learn holds rows out and stops early, as the person has it."""
        rule, rows = self._model.early_stopping, len(self._rows[1])
        return bool(rows > 10_000 if rule == "auto" else rule)  # the library's own limit

    def grow(self, limit: int, block: int) -> bool:
        """``block`` more rounds or some more, up to ``limit`` in all; whether there may be more."""
        block = limit if self.ends_itself else max(block, self.done // GROWTH)
        target = min(limit, self.done + block)
        self._model.set_params(max_iter=target)
        self._model.fit(*self._rows, sample_weight=self._weight)
        self.done = len(self.trees)
        return self.done == target < limit

    @property
    def trees(self) -> list[list[Any]]:
        trees: list[list[Any]] = self._model._predictors
        return trees

    @property
    def present(self) -> NDArray[Any]:
        """Codes of the classes that training has; empty for regression."""
        return np.asarray(getattr(self._model, "classes_", []), dtype=np.int64)

    @property
    def forest(self) -> Forest:
        return Forest.of(self.trees, self._model._baseline_prediction.ravel())

    def start(self, rows: int) -> Floats:
        """(rows, trees a round) raw predictions before the first round."""
        base: Floats = self._model._baseline_prediction
        return np.tile(base, (rows, 1))

    def add(self, raw: Floats, matrix: Floats, number: int) -> None:
        """Add the trees of round ``number`` (from 1) to the raw predictions."""
        known, places = self._model._bin_mapper.make_known_categories_bitsets()
        for k, tree in enumerate(self.trees[number - 1]):
            raw[:, k] += tree.predict(matrix, known, places, 1)

    def read(self, raw: Floats) -> NDArray[Any]:
        """Predictions from raw ones."""
        return as_predictions(raw, self.link, self.present, self._n_classes)
