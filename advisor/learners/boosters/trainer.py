"""Boosted trees, grown in blocks of rounds: what every library of them shares.

A library grows an ensemble and says what it predicts after any round; when to look, when to stop
and what to keep is decided here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UsageError
from advisor.executor import cores
from advisor.learners.base import Model
from advisor.learners.threads import openmp_threads
from advisor.learners.watch import Patience, Watch, Watches, curve_rounds
from advisor.measurements import Fit
from advisor.metrics.table import Metric
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Floats, Ints, Split

BLOCK = 20  # rounds between two looks at the losses, at least
CANCEL_BLOCK = 250  # rounds between two looks at Ctrl-C, where no loss is looked at
CHECKS_PER_PATIENCE = 8  # how often a stopping fit looks at its validation loss
# Below this many rows a second thread gains less than it costs (and on a busy machine loses much).
ROWS_FOR_THREADS = 100_000


class Boosting(Protocol):
    """One ensemble in growth.  The numbers that are asked for only ever rise."""

    @property
    def done(self) -> int:
        """Rounds so far."""
        ...

    def grow(self, limit: int, block: int) -> bool:
        """About ``block`` more rounds, up to ``limit`` in all; whether there may be more."""
        ...

    def valid(self, number: int) -> NDArray[Any]:
        """Predictions for the scored rows, in the order of the rows, after round ``number``."""
        ...

    def train(self, number: int) -> tuple[NDArray[Any], NDArray[Any], Floats | None]:
        """Predictions, targets and weights of the training rows after round ``number``."""
        ...

    def model(self) -> Model:
        """For use."""
        ...


class Library(Protocol):
    """One library's way of boosting."""

    name: str
    rounds: str

    @property
    def stopped(self) -> threading.Event:
        """Set when the run is to end; what grows many rounds at once has to look at it."""
        ...

    @property
    def refusals(self) -> tuple[type[Exception], ...]:
        """What it raises where it cannot take the settings."""
        ...

    def start(self, candidate: Candidate, split: Split, threads: int) -> Boosting:
        """An ensemble for a split's training rows, after the candidate's treatment."""
        ...

    def whole(self, candidate: Candidate, rows: Ints, seed: int, threads: int) -> Boosting:
        """An ensemble for use; nothing is scored."""
        ...

    def weight(self, candidate: Candidate) -> float:
        """Work of a round, relative to other candidates."""
        ...


class BoosterTrainer:
    """Fits ensembles on the splits of one Dataset."""

    def __init__(self, dataset: Dataset, metric: Metric, library: Library) -> None:
        self._library = library
        self._watches = Watches(dataset, metric)
        self._stopped = library.stopped

    def fit(
        self, candidates: Sequence[Candidate], split: Split, *, curve: bool, threads: int
    ) -> Iterator[Fit]:
        """See ``Trainer.fit``."""
        count = threads if len(split.train) >= ROWS_FOR_THREADS else 1
        for candidate in candidates:
            if candidate.treatment.augment is not None:
                raise TypeError(
                    f"this family takes no made-up rows, got {candidate.treatment.augment}"
                )
            with openmp_threads(count), np.errstate(all="ignore"):
                try:
                    fit = self._fit(candidate, split, curve, count)
                except self._library.refusals as error:
                    if candidate.stage is None:  # the person's own model: they have to know
                        raise self._refused(error) from error
                    fit = self._watches.refused(split)
            yield fit

    def _refused(self, error: Exception) -> UsageError:
        reason = str(error).split(" at /")[0].strip().split("\n")[0]  # without the source file
        return UsageError("library_refuses", {"library": self._library.name, "reason": reason})

    def _fit(self, candidate: Candidate, split: Split, curve: bool, threads: int) -> Fit:
        boosting = self._library.start(candidate, split, threads)
        started = time.perf_counter()
        watch = self._watches.of(split)
        if candidate.stopping is None:
            rounds = self._run_all(boosting, candidate, watch, curve)
        else:
            rounds = self._run_stopping(boosting, candidate, candidate.stopping, watch, curve)
        seconds = time.perf_counter() - started
        return watch.fit(rounds, seconds, curve=curve, failed=watch.hopeless())

    def _run_all(self, boosting: Boosting, candidate: Candidate, watch: Watch, curve: bool) -> int:
        """All rounds the candidate asks for; the curve on some of them."""
        limit = int(candidate.params[self._library.rounds])
        more = self._more(boosting, limit, CANCEL_BLOCK)
        last = limit if more else boosting.done  # it may have ended by itself
        marked = sorted(curve_rounds(last)) if curve and last else []
        for number in marked:
            while more and boosting.done < number:
                more = self._more(boosting, limit, CANCEL_BLOCK)
            if boosting.done < number:
                break
            watch.mark(number, boosting.valid(number), boosting.train(number))
        while more:
            more = self._more(boosting, limit, CANCEL_BLOCK)
        done = boosting.done
        pred = boosting.valid(done)
        if curve and done not in marked:
            watch.mark(done, pred, boosting.train(done))
        else:
            watch.look(pred)
        watch.keep()
        return done

    def _run_stopping(
        self,
        boosting: Boosting,
        candidate: Candidate,
        stopping: Stopping,
        watch: Watch,
        curve: bool,
    ) -> int:
        """Rounds until the monitored loss has gained too little for too long."""
        limit = int(candidate.params[self._library.rounds])
        stride = max(1, stopping.patience // CHECKS_PER_PATIENCE)
        patience = Patience(stopping, watch.naive_loss)
        number, more, over = 0, True, False
        while more and not over:
            more = self._more(boosting, limit, max(BLOCK, stopping.patience))
            while number < boosting.done and not over:
                number += 1
                last = number == boosting.done and not more
                if number % stride and not last and number > stride:
                    continue
                pred = boosting.valid(number)
                if curve:
                    loss = watch.mark(number, pred, boosting.train(number))
                else:
                    loss = watch.look(pred)
                if patience.see(number, loss):
                    watch.keep()
                over = patience.over or not np.isfinite(loss)
        if not np.isfinite(patience.best):
            watch.keep()
        return patience.best_round

    def _more(self, boosting: Boosting, limit: int, block: int) -> bool:
        if self._stopped.is_set():
            raise CancelledError
        return boosting.grow(limit, block)

    def stop(self) -> None:
        self._stopped.set()

    def weight(self, candidate: Candidate) -> float:
        return self._library.weight(candidate)

    def refit(self, candidate: Candidate, rows: Ints, seed: int) -> Model:
        threads = cores() if len(rows) >= ROWS_FOR_THREADS else 1
        limit = int(candidate.params[self._library.rounds])
        with openmp_threads(threads), np.errstate(all="ignore"):
            try:
                boosting = self._library.whole(candidate, rows, seed, threads)
                while self._more(boosting, limit, CANCEL_BLOCK):
                    pass
            except self._library.refusals as error:
                raise self._refused(error) from error
        return boosting.model()
