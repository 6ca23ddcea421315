"""scikit-learn's histogram gradient boosting, in blocks of rounds."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pandas as pd

from advisor.learners.boosters.trainer import BoosterTrainer
from advisor.learners.features import Features, coded_features
from advisor.learners.parts import Part, Parts
from advisor.learners.sklearn.family import SklearnFamily
from advisor.learners.sklearn.hgb_forest import Forest
from advisor.learners.sklearn.hgb_growth import HgbGrowth, estimator_of
from advisor.learners.sklearn.params import given_to
from advisor.learners.sklearn.tree_model import load_trees
from advisor.settings import Candidate, Preprocessing
from advisor.types import Dataset, Ints, Params, Split

# Decided by the data and the search: which columns are categories, and the seed.
DECIDED = ("random_state", "warm_start", "categorical_features")
# Constraints name columns by their place, which is not the person's here.
LIMITS: dict[str, tuple[Any, ...]] = {"monotonic_cst": (None,), "categorical_features": (None,)}
MOST_BINS = 255  # the library's own limit, and default


def hist_gradient_boosting() -> SklearnFamily:
    """The ``hist_gradient_boosting`` learner.

    ``early_stopping`` stays the person's own: where scikit-learn stops early (its default above
    10,000 rows), rows are held out of the training part as it does, in every fit whose rounds are
    fixed.
    """
    return SklearnFamily(
        name="hist_gradient_boosting",
        estimator_of=estimator_of,
        trainer=lambda data, params, metric: BoosterTrainer(data, metric, HgbLibrary(data, params)),
        reader=lambda file: load_trees(file, Forest),
        decided=DECIDED,
        limits=LIMITS,
        taken=(("categorical_features", "from_dtype"),),
    )


class HgbLibrary:
    """How HistGradientBoosting grows.

    Of the preprocessing only ``numbers`` counts: trees do not feel a scale, and missing values are
    taken as they are.
    """

    name = "scikit-learn"
    rounds = "max_iter"
    refusals = (ValueError,)

    def __init__(self, data: Dataset, params: Params) -> None:
        self._data = data
        self.stopped = threading.Event()
        levels = int(params.get("max_bins", MOST_BINS)) - 1  # and one for all rare ones

        def learn(X: pd.DataFrame, how: Preprocessing) -> Features:
            return coded_features(X, data.columns, how.numbers, levels)

        self._parts = Parts(data, learn)

    def start(self, candidate: Candidate, split: Split, threads: int) -> HgbGrowth:
        """Where the search stops early, scikit-learn does not as well."""
        part = self._parts.of(split, candidate.treatment, _heard(candidate.preprocessing))
        own = {} if candidate.stopping is None else {"early_stopping": False}
        return self._growth({**candidate.params, **own}, part, split.seed)

    def whole(self, candidate: Candidate, rows: Ints, seed: int, threads: int) -> HgbGrowth:
        how = _heard(candidate.preprocessing)
        part = self._parts.whole(rows, seed, candidate.treatment, how)
        return self._growth(candidate.params, part, seed)

    def _growth(self, params: Params, part: Part, seed: int) -> HgbGrowth:
        return HgbGrowth(given_to(estimator_of(self._data.task), params), part, self._data, seed)

    def weight(self, candidate: Candidate) -> float:
        """Leaves of a tree; a round costs about their logarithm, and a part that does not grow."""
        leaves = candidate.params.get("max_leaf_nodes", 31) or MOST_BINS
        depth = candidate.params.get("max_depth")
        small = leaves if depth is None else min(leaves, 2 ** min(depth, 30))
        return 2.0 + float(np.log2(small))


def _heard(preprocessing: Preprocessing) -> Preprocessing:
    return Preprocessing(numbers=preprocessing.numbers)
