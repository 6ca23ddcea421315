"""Models that are fitted in one go, or tree by tree without looking back.

There are no rounds to stop at, so a fit is what its parameters say.  Its curve has one point, or
one for each step that the family can be looked at.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UsageError
from advisor.learners.base import Model
from advisor.learners.features import Features
from advisor.learners.parts import Part, Parts, dense
from advisor.learners.quiet import no_convergence_warnings
from advisor.learners.threads import one_blas_thread
from advisor.learners.watch import Watches
from advisor.measurements import Fit
from advisor.metrics.table import Metric
from advisor.settings import Candidate, Preprocessing
from advisor.types import Dataset, Ints, Params, Split

LIBRARY = "scikit-learn"


class Growing(Protocol):
    """One model while it is fitted."""

    @property
    def done(self) -> int:
        """Steps so far; 1 for what is fitted in one go."""
        ...

    def grow(self, looked_at: bool) -> bool:
        """Go on to the next step worth a look, or a larger one; whether there are more."""
        ...

    def valid(self) -> NDArray[Any]:
        """Predictions for the rows that are scored."""
        ...

    def train(self) -> NDArray[Any]:
        """Predictions for the training rows."""
        ...

    def model(self, features: Features) -> Model:
        """For use."""
        ...


class Method(Protocol):
    """One family's way of fitting a table of numbers."""

    @property
    def feels_scale(self) -> bool:
        """Whether a fit is another one when a column is scaled."""
        ...

    def start(self, params: Params, part: Part, data: Dataset, seed: int) -> Growing:
        """A model to be fitted on ``part``."""
        ...

    def weight(self, params: Params, data: Dataset) -> float:
        """Work of a fit, relative to other candidates."""
        ...


class WholeTrainer:
    """Fits on the splits of one Dataset."""

    def __init__(self, dataset: Dataset, metric: Metric, method: Method) -> None:
        self._data = dataset
        self._method = method
        self._watches = Watches(dataset, metric)
        self._parts = Parts(dataset, dense(dataset))
        self._stopped = threading.Event()

    def fit(
        self, candidates: Sequence[Candidate], split: Split, *, curve: bool, threads: int
    ) -> Iterator[Fit]:
        """See ``Trainer.fit``; a fit uses one thread, and several run side by side."""
        for candidate in candidates:
            with one_blas_thread(), no_convergence_warnings(), np.errstate(all="ignore"):
                try:
                    fit = self._fit(candidate, split, curve)
                except (ValueError, ArithmeticError) as error:
                    if candidate.stage is None:  # the person's own model: they have to know
                        reason = str(error).strip().split("\n")[0]
                        values = {"library": LIBRARY, "reason": reason}
                        raise UsageError("library_refuses", values) from error
                    fit = self._watches.refused(split, None)
            yield fit

    def _fit(self, candidate: Candidate, split: Split, curve: bool) -> Fit:
        part = self._part(candidate, split)
        started = time.perf_counter()
        watch = self._watches.of(split)
        growing = self._method.start(candidate.params, part, self._data, split.seed)
        more = True
        while more:
            more = self._grow(growing, curve)
            if curve:
                watch.mark(growing.done, growing.valid(), (growing.train(), part.y, part.weight))
        if not curve:
            watch.look(growing.valid())
        watch.keep()
        return watch.fit(None, time.perf_counter() - started, curve=curve)

    def _grow(self, growing: Growing, looked_at: bool) -> bool:
        if self._stopped.is_set():
            raise CancelledError
        return growing.grow(looked_at)

    def _part(self, candidate: Candidate, split: Split) -> Part:
        return self._parts.of(split, candidate.treatment, self._heard(candidate))

    def _heard(self, candidate: Candidate) -> Preprocessing:
        """What of the preprocessing changes a fit."""
        how = candidate.preprocessing
        return how if self._method.feels_scale else replace(how, scale=None)

    def stop(self) -> None:
        self._stopped.set()

    def weight(self, candidate: Candidate) -> float:
        return self._method.weight(candidate.params, self._data)

    def refit(self, candidate: Candidate, rows: Ints, seed: int) -> Model:
        part = self._parts.whole(rows, seed, candidate.treatment, self._heard(candidate))
        with one_blas_thread(), no_convergence_warnings(), np.errstate(all="ignore"):
            growing = self._method.start(candidate.params, part, self._data, seed)
            while self._grow(growing, False):
                pass
        return growing.model(part.features)
