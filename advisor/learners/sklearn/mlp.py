"""scikit-learn's multi-layer perceptron, every epoch under our eyes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import sklearn

from advisor.learners.base import ParamProblem
from advisor.learners.features import MOST_LEVELS
from advisor.learners.inside import due
from advisor.learners.parts import Part, Parts, dense
from advisor.learners.sklearn.mlp_epochs import Diverged, Epochs, estimator_of
from advisor.learners.sklearn.mlp_inside import Looks
from advisor.learners.sklearn.mlp_net import MlpModel, Net, constant_net, load_net
from advisor.learners.sklearn.params import check_estimator, given_to
from advisor.learners.threads import one_blas_thread
from advisor.learners.watch import Patience, Watch, Watches
from advisor.measurements import Fit
from advisor.metrics.table import Metric
from advisor.recipes.knobs import as_layers
from advisor.settings import Candidate, Stopping
from advisor.types import ColumnKind, Dataset, Ints, Params, Split, Task

FAMILY = "mlp"
ROUNDS = "max_iter"
LAYERS = "hidden_layer_sizes"
# What a person may write and advisor decides: the seed is the split's, nothing is held out.
IGNORED = ("random_state", "warm_start", "validation_fraction")
# lbfgs has no epochs: no curve, and early stopping cannot look at it.
LIMITS: dict[str, tuple[Any, ...]] = {"solver": ("adam", "sgd")}
# Nanoseconds of an epoch by row: of a row, a hidden unit and a multiplication, and of a mini-batch
# for each layer and each weight.  Fitted to epochs of nets from 8 to 2 x 256 units with batches
# from 32 to 2,000 rows, one core: all 24 times are met within 30 %.  Only their ratio counts.
ROW, UNIT, PRODUCT, LAYER_OF_BATCH, WEIGHT_OF_BATCH = 500.0, 15.0, 0.1, 9e4, 4.0
AUTO_BATCH = 200
DEFAULT_LAYERS = (100,)
SMOOTH = 5  # epochs; half the patience of the recipe


class Mlp:
    """The ``mlp`` learner: MLPClassifier and MLPRegressor."""

    name = "mlp"
    version = sklearn.__version__

    def check(self, params: Params, task: Task) -> None:
        check_estimator(estimator_of(task), params, family=FAMILY, limits=LIMITS)
        widths = as_layers(params.get(LAYERS, 1))
        if widths is None or min(widths) < 1:
            values: dict[str, object] = {"key": LAYERS, "found": str(params[LAYERS])}
            raise ParamProblem(LAYERS, "not_layers", values)

    def ignored(self, params: Params) -> list[str]:
        return [name for name in params if name in IGNORED]

    def stopping(self, params: Params) -> Stopping | None:
        if params.get("early_stopping") is not True:
            return None
        patience = params.get("n_iter_no_change", 10)
        return Stopping(int(min(patience, params.get(ROUNDS, 200))))

    def stopping_names(self, params: Params) -> list[str]:
        return [name for name in params if name == "early_stopping"]

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> MlpTrainer:
        return MlpTrainer(dataset, metric)

    def load(self, file: Path) -> MlpModel:
        return load_net(file)


class Training(Protocol):
    """One net (or linear model) in training, epoch by epoch; ``Epochs`` is one."""

    first_loss: float
    loss: float

    def run(self) -> bool:
        """One epoch; whether the library would go on after it.  Raises Diverged."""
        ...

    @property
    def net(self) -> Net:
        """As it is now."""
        ...


Start = Callable[[Params, Part, Dataset, int], Training]


def net_epochs(params: Params, part: Part, data: Dataset, seed: int) -> Training:
    """A net of these parameters, untrained."""
    own = given_to(estimator_of(data.task), params)
    return Epochs(own, part.matrix, part.y, part.weight, data.task, data.n_classes, seed)


class MlpTrainer:
    """Fits nets on the splits of one Dataset.

    Args:
        dataset: the rows.
        metric: what early stopping follows.
        start: what is trained, and how an epoch of it goes.
    """

    def __init__(self, dataset: Dataset, metric: Metric, start: Start = net_epochs) -> None:
        self._data = dataset
        self._start = start
        self._watches = Watches(dataset, metric)
        self._parts = Parts(dataset, dense(dataset), augments=start is net_epochs)
        self._stopped = threading.Event()
        kinds = [c for c in dataset.columns if c.kind is ColumnKind.CATEGORY]
        levels = sum(min(len(c.categories), MOST_LEVELS + 1) for c in kinds)
        self._width = max(1, len(dataset.columns) - len(kinds) + levels)

    # -- measuring -----------------------------------------------------------------------------

    def fit(
        self, candidates: Sequence[Candidate], split: Split, *, curve: bool, threads: int
    ) -> Iterator[Fit]:
        """See ``Trainer.fit``; a net's batches are small, so every fit uses one thread."""
        for candidate in candidates:
            with one_blas_thread(), np.errstate(all="ignore"):
                fit = self._fit(candidate, split, curve)
            yield fit

    def _fit(self, candidate: Candidate, split: Split, curve: bool) -> Fit:
        part = self._parts.of(split, candidate.treatment, candidate.preprocessing)
        started = time.perf_counter()
        watch = self._watches.of(split)
        epochs = self._start(candidate.params, part, self._data, split.seed)
        looks = Looks(part.matrix, part.y, part.weight, split.seed) if curve else None
        rounds, failed = self._run(candidate, epochs, part, watch, looks)
        grew = not epochs.loss <= epochs.first_loss  # a loss still on its way down is no failure
        failed = failed or (grew and watch.hopeless())
        seconds = time.perf_counter() - started
        inside = None if looks is None else looks.inside
        return watch.fit(rounds, seconds, curve=curve, failed=failed, inside=inside)

    def _run(
        self, candidate: Candidate, epochs: Training, part: Part, watch: Watch, looks: Looks | None
    ) -> tuple[int, bool]:
        """Epochs until one of the ends: all are run, the library's own stop, early stopping.

        Returns the epochs used, and whether the net diverged with nothing to keep.
        """
        curve = looks is not None
        stopping, limit = candidate.stopping, int(candidate.params[ROUNDS])
        patience = None if stopping is None else Patience(stopping, watch.naive_loss, SMOOTH)
        number, over, failed = 0, False, False
        while not over:
            try:
                over = not self._next(epochs) or number + 1 >= limit
            except Diverged:
                over = failed = True
                if number:
                    break
            number += 1
            if looks is not None and (due(number) or over):
                looks.see(number, epochs.net)
            if curve or patience or over:
                loss = self._look(epochs.net, part, watch, number, curve)
                if patience is not None:
                    if patience.see(number, loss):
                        watch.keep()
                    over = over or patience.over or not np.isfinite(loss)
        if patience is None:
            watch.keep()
            return number, failed
        return patience.best_round, not np.isfinite(patience.best)

    def _look(self, net: Net, part: Part, watch: Watch, number: int, curve: bool) -> float:
        """The validation loss after an epoch, both losses where a curve is asked for."""
        pred = net.predict(part.valid)
        if not curve:
            return watch.look(pred)
        return watch.mark(number, pred, (net.predict(part.matrix), part.y, part.weight))

    def _next(self, epochs: Training) -> bool:
        if self._stopped.is_set():
            raise CancelledError
        return epochs.run()

    def stop(self) -> None:
        self._stopped.set()

    def weight(self, candidate: Candidate) -> float:
        """Work of an epoch, by row."""
        given, data = candidate.params, self._data
        hidden = given.get(LAYERS, DEFAULT_LAYERS if self._start is net_epochs else ())
        outputs = data.n_classes if data.task is Task.MULTICLASS else 1
        weights = sum(a * b for a, b in pairwise([self._width, *hidden, outputs]))
        size = given.get("batch_size", "auto")
        batch = min(AUTO_BATCH if isinstance(size, str) else size, len(data.train))
        layers = LAYER_OF_BATCH * (len(hidden) + 1) + WEIGHT_OF_BATCH * weights
        return float(ROW + UNIT * sum(hidden) + PRODUCT * weights + layers / batch)

    # -- a model for use -----------------------------------------------------------------------

    def refit(self, candidate: Candidate, rows: Ints, seed: int) -> MlpModel:
        part = self._parts.whole(rows, seed, candidate.treatment, candidate.preprocessing)
        with one_blas_thread(), np.errstate(all="ignore"):
            epochs = self._start(candidate.params, part, self._data, seed)
            try:
                for _ in range(int(candidate.params[ROUNDS])):
                    if not self._next(epochs):
                        break
                net = epochs.net
            except Diverged:
                return MlpModel(part.features, self._naive_net(part, epochs.net.output))
            if not epochs.loss <= epochs.first_loss:
                pred = net.predict(part.matrix)
                if self._watches.hopeless(pred, part.y, part.weight):
                    net = self._naive_net(part, net.output)
        return MlpModel(part.features, net)

    def _naive_net(self, part: Part, output: str) -> Net:
        naive = self._watches.naive(part.y, part.weight)
        return constant_net(part.features.width, naive, output)
