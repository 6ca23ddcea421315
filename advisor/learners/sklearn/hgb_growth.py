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

from advisor.learners.features import CodeFeature
from advisor.learners.parts import Part
from advisor.learners.sklearn.hgb_forest import Forest
from advisor.learners.sklearn.tree_model import TreesModel, as_predictions, present_in
from advisor.rows.empty_columns import binnable
from advisor.types import Dataset, Floats, Params, Task

LINKS = {"poisson": "log", "gamma": "log"}  # of the losses of a regression; others: identity
GROWTH = 3  # a block is at least this part of the rounds so far
OURS = frozenset({"max_iter", "random_state", "verbose", "warm_start", "categorical_features"})


def estimator_of(task: Task) -> Any:
    """The class: HistGradientBoostingClassifier or -Regressor."""
    if task.is_classification:
        return HistGradientBoostingClassifier
    return HistGradientBoostingRegressor


class HgbGrowth:
    """One model in growth; see ``Boosting``.

    Args:
        params: the estimator's, some may be left to its defaults.
        part: training rows, categories first, and the rows to score.
        data: whose they are; a class of it may be missing from the training rows.
        seed: of the columns that a split may use.
    """

    def __init__(self, params: Params, part: Part, data: Dataset, seed: int) -> None:
        own = {k: v for k, v in params.items() if k not in OURS}
        coded = [isinstance(column, CodeFeature) for column in part.features.parts]
        self._model = estimator_of(data.task)(
            **own,
            random_state=seed,
            warm_start=True,
            categorical_features=np.array(coded) if any(coded) else None,
        )
        self._part = part
        self._matrix = binnable(part.matrix)
        self._n_classes = data.n_classes
        self._link = LINKS.get(str(own.get("loss")), "identity")
        if data.task.is_classification:
            self._link = "logit" if len(np.unique(part.y)) <= 2 else "softmax"
        self._raw: dict[str, tuple[int, Floats]] = {}
        self.done = 0

    @property
    def ends_itself(self) -> bool:
        """Whether scikit-learn holds rows out and stops early, as the person has it."""
        rule, rows = self._model.early_stopping, len(self._part.y)
        return bool(rows > 10_000 if rule == "auto" else rule)  # the library's own limit

    def grow(self, limit: int, block: int) -> bool:
        """``block`` more rounds or some more, up to ``limit`` in all; whether there may be more."""
        block = limit if self.ends_itself else max(block, self.done // GROWTH)
        target = min(limit, self.done + block)
        self._model.set_params(max_iter=target)
        self._model.fit(self._matrix, self._part.y, sample_weight=self._part.weight)
        self.done = len(self._trees)
        return self.done == target < limit

    def valid(self, number: int) -> NDArray[Any]:
        return self._read("valid", self._part.valid, number)

    def train(self, number: int) -> tuple[NDArray[Any], NDArray[Any], Floats | None]:
        return self._read("train", self._part.matrix, number), self._part.y, self._part.weight

    def _read(self, name: str, matrix: Floats, number: int) -> NDArray[Any]:
        """Predictions after a round; every tree is asked once."""
        base: Floats = self._model._baseline_prediction
        asked, raw = self._raw.get(name, (0, np.tile(base, (len(matrix), 1))))
        known, places = self._model._bin_mapper.make_known_categories_bitsets()
        for grown in self._trees[asked:number]:
            for k, tree in enumerate(grown):
                raw[:, k] += tree.predict(matrix, known, places, 1)
        self._raw[name] = number, raw
        return as_predictions(raw, self._link, present_in(self._model), self._n_classes)

    @property
    def _trees(self) -> list[list[Any]]:
        trees: list[list[Any]] = self._model._predictors
        return trees

    def model(self) -> TreesModel[Forest]:
        forest = Forest.of(self._trees, self._model._baseline_prediction.ravel())
        return TreesModel(
            self._part.features, forest, self._link, present_in(self._model), self._n_classes
        )
