"""scikit-learn's histogram gradient boosting, in blocks of rounds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn

from advisor.errors import UsageError
from advisor.executor import cores
from advisor.learners.features import Features, coded_features
from advisor.learners.parts import Part, Parts
from advisor.learners.sklearn.hgb_forest import Forest
from advisor.learners.sklearn.hgb_growth import Growth, estimator_of
from advisor.learners.sklearn.params import check_estimator, names_of
from advisor.learners.threads import openmp_threads
from advisor.learners.tree_model import TreesModel, load_trees
from advisor.learners.watch import Patience, Watch, curve_rounds
from advisor.measurements import Curve, Fit
from advisor.metrics.table import Metric, companion, largest_share, monitored
from advisor.settings import Candidate, Preprocessing, Stopping
from advisor.types import Dataset, Floats, Ints, Params, Split, Task

FAMILY = "hist_gradient_boosting"
ROUNDS = "max_iter"
# Decided by the data and the search: which columns are categories, and the seed.
IGNORED = ("random_state", "warm_start", "categorical_features")
# Constraints name columns by their place, which is not the person's here.
LIMITS: dict[str, tuple[Any, ...]] = {"monotonic_cst": (None,), "categorical_features": (None,)}
MOST_BINS = 255  # the library's own limit, and default
BLOCK = 20  # rounds between two looks at the losses, at least
CANCEL_BLOCK = 250  # rounds between two looks at Ctrl-C, where no loss is looked at
CHECKS_PER_PATIENCE = 8  # how often a stopping fit looks at its validation loss
# Below this many rows a second thread gains less than it costs (and on a busy machine loses much).
ROWS_FOR_THREADS = 100_000


class HistGradientBoosting:
    """The ``hist_gradient_boosting`` learner.

    ``early_stopping`` stays the person's own: where scikit-learn stops early (its default above
    10,000 rows), rows are held out of the training part as it does, in every fit whose rounds are
    fixed.
    """

    name = FAMILY
    version = sklearn.__version__

    def check(self, params: Params, task: Task) -> None:
        own = {k: v for k, v in params.items() if (k, v) != ("categorical_features", "from_dtype")}
        check_estimator(estimator_of(task), own, family=FAMILY, limits=LIMITS)

    def ignored(self, params: Params) -> list[str]:
        return [name for name in params if name in IGNORED]

    def stopping(self, params: Params) -> Stopping | None:
        return None

    def stopping_names(self, params: Params) -> list[str]:
        return []

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> HgbTrainer:
        return HgbTrainer(dataset, params, metric)

    def load(self, file: Path) -> TreesModel[Forest]:
        return load_trees(file, Forest)


def _of_trees(candidate: Candidate) -> Preprocessing:
    """What of the preprocessing changes the trees."""
    return Preprocessing(numbers=candidate.preprocessing.numbers)


class HgbTrainer:
    """Fits on the splits of one Dataset.

    Of the preprocessing only ``numbers`` counts: trees do not feel a scale, and missing values are
    taken as they are.
    """

    def __init__(self, dataset: Dataset, params: Params, metric: Metric) -> None:
        self._data = dataset
        self._monitor = monitored(metric, dataset.task)
        self._beside = companion(metric, dataset.task, largest_share(dataset))
        levels = int(params.get("max_bins", MOST_BINS)) - 1  # and one for all rare ones

        def learn(X: pd.DataFrame, how: Preprocessing) -> Features:
            return coded_features(X, dataset.columns, how.numbers, levels)

        self._parts = Parts(dataset, learn)
        self._stopped = threading.Event()

    # -- measuring -----------------------------------------------------------------------------

    def fit(
        self, candidates: Sequence[Candidate], split: Split, *, curve: bool, threads: int
    ) -> Iterator[Fit]:
        count = threads if len(split.train) >= ROWS_FOR_THREADS else 1
        for candidate in candidates:
            with openmp_threads(count), np.errstate(all="ignore"):
                try:
                    fit = self._fit(candidate, split, curve)
                except ValueError as error:
                    if candidate.stage is None:  # the person's own model: they have to know
                        values = {"library": "scikit-learn", "reason": str(error).split("\n")[0]}
                        raise UsageError("library_refuses", values) from error
                    naive = Watch(self._monitor, None, self._data, split).naive
                    fit = Fit(naive.astype(np.float32), 1, 0.0, None, "refused")
            yield fit

    def _fit(self, candidate: Candidate, split: Split, curve: bool) -> Fit:
        part = self._parts.of(split, candidate.treatment, _of_trees(candidate))
        started = time.perf_counter()
        watch = Watch(self._monitor, self._beside, self._data, split)
        run = self._run_stopping if candidate.stopping else self._run_all
        rounds, points = run(candidate, part, watch, split.seed, curve)
        pred, failed = watch.best.astype(np.float32), False
        if not np.isfinite(pred).all() or watch.hopeless():
            pred, failed = watch.naive.astype(np.float32), True
        seconds = time.perf_counter() - started
        return Fit(pred, rounds, seconds, points, "diverged" if failed else None)

    def _run_all(
        self, candidate: Candidate, part: Part, watch: Watch, seed: int, curve: bool
    ) -> tuple[int, Curve | None]:
        """All rounds the candidate asks for (or scikit-learn's own early stopping leaves)."""
        growth = self._grown(candidate, part, seed)
        marked = curve_rounds(growth.done) if curve else set()
        raw, own = growth.start(len(part.valid)), growth.start(len(part.matrix))
        for number in range(1, growth.done + 1):
            growth.add(raw, part.valid, number)
            if curve:
                growth.add(own, part.matrix, number)
            if number in marked:
                self._look(growth, watch, number, raw, own, part)
        watch.look(growth.read(raw))
        watch.keep()
        return growth.done, watch.curve if curve else None

    def _run_stopping(
        self, candidate: Candidate, part: Part, watch: Watch, seed: int, curve: bool
    ) -> tuple[int, Curve | None]:
        """Rounds until the monitored loss has gained too little for too long."""
        stopping = candidate.stopping or Stopping(1)
        limit = int(candidate.params[ROUNDS])
        stride = max(1, stopping.patience // CHECKS_PER_PATIENCE)
        patience = Patience(stopping, watch.naive_loss)
        growth = self._growth({**candidate.params, "early_stopping": False}, part, seed)
        raw = own = np.empty((0, 0))
        number, more, over = 0, True, False
        while more and not over:
            more = self._more(growth, limit, max(BLOCK, stopping.patience))
            if number == 0:
                raw, own = growth.start(len(part.valid)), growth.start(len(part.matrix))
            while number < growth.done and not over:
                number += 1
                growth.add(raw, part.valid, number)
                if curve:
                    growth.add(own, part.matrix, number)
                if number % stride and number != limit and number > stride:
                    continue
                loss = self._look(growth, watch, number, raw, own if curve else None, part)
                if patience.see(number, loss):
                    watch.keep()
                over = patience.over or not np.isfinite(loss)
        if not np.isfinite(patience.best):
            watch.keep()
        return patience.best_round, watch.curve if curve else None

    def _look(
        self,
        growth: Growth,
        watch: Watch,
        number: int,
        raw: Floats,
        own: Floats | None,
        part: Part,
    ) -> float:
        """The validation loss after a round, both losses where ``own`` are the training rows'."""
        pred = growth.read(raw)
        if own is None:
            return watch.look(pred)
        return watch.mark(number, pred, (growth.read(own), part.y, part.weight))

    def _grown(self, candidate: Candidate, part: Part, seed: int) -> Growth:
        growth = self._growth(candidate.params, part, seed)
        while self._more(growth, int(candidate.params[ROUNDS]), CANCEL_BLOCK):
            pass
        return growth

    def _more(self, growth: Growth, limit: int, block: int) -> bool:
        if self._stopped.is_set():
            raise CancelledError
        return growth.grow(limit, block)

    def _growth(self, params: Params, part: Part, seed: int) -> Growth:
        data = self._data
        known = names_of(estimator_of(data.task))
        own = {name: value for name, value in params.items() if name in known}
        return Growth(
            own, part.features, part.matrix, part.y, part.weight, data.task, data.n_classes, seed
        )

    def stop(self) -> None:
        self._stopped.set()

    def weight(self, candidate: Candidate) -> float:
        """Leaves of a tree; a round costs about their logarithm, and a part that does not grow."""
        leaves = candidate.params.get("max_leaf_nodes", 31) or MOST_BINS
        depth = candidate.params.get("max_depth")
        small = leaves if depth is None else min(leaves, 2 ** min(depth, 30))
        return 2.0 + float(np.log2(small))

    # -- a model for use -----------------------------------------------------------------------

    def refit(self, candidate: Candidate, rows: Ints, seed: int) -> TreesModel[Forest]:
        part = self._parts.whole(rows, seed, candidate.treatment, _of_trees(candidate))
        with (
            openmp_threads(cores() if len(rows) >= ROWS_FOR_THREADS else 1),
            np.errstate(all="ignore"),
        ):
            growth = self._grown(candidate, part, seed)
        return TreesModel(
            part.features, growth.forest, growth.link, growth.present, self._data.n_classes
        )
