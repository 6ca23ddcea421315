"""The only caller of a Trainer: candidates on splits, each fit measured once.

An evaluation is a pure function of (data, candidate, split, seed, library version); the journal
holds every finished fit, and a fit in the journal is never run again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import inf

import numpy as np

from advisor.executor import Executor, ThreadExecutor
from advisor.learners.base import Learner, MayDrawNone, Trainer
from advisor.learners.together import Work, batches, fit_many
from advisor.measure.journal import Journal, fit_key
from advisor.measurements import Evaluation, Fit
from advisor.metrics.table import Metric, at_threshold, monitored, naive_prediction
from advisor.rows.splits import FINE_BLOCKS, units
from advisor.settings import Candidate
from advisor.types import Dataset, Floats, Split

KEPT_ROWS = 20_000_000  # row contributions kept in memory, 160 MB


class OutOfTime(Exception):
    """The time for the run is used up."""


class Evaluator:
    """Measures candidates; remembers every fit.

    Args:
        dataset: rows, roles and targets.
        metric: what is scored.
        learner: the family's library.
        trainer: what it prepared for this dataset.
        journal: finished fits.
        executor: where fits run.
        rounds_name: the parameter that holds the number of rounds, None without rounds.
    """

    def __init__(
        self,
        dataset: Dataset,
        metric: Metric,
        learner: Learner,
        trainer: Trainer,
        journal: Journal,
        executor: Executor,
        rounds_name: str | None,
    ) -> None:
        self.dataset = dataset
        self.metric = metric
        self.monitor = monitored(metric, dataset.task)
        self.rounds_name = rounds_name
        self.trainer = trainer
        self._curves = not isinstance(trainer, MayDrawNone) or trainer.draws_curves
        self._identity = (dataset.fingerprint, learner.name, learner.version, metric.name)
        self._journal = journal
        self._executor = executor
        self._known: dict[str, Fit] = {}
        self._rows: dict[str, Floats] = {}
        self.fits = 0
        self.fits_from_journal = 0
        self.training_seconds = 0.0
        self._deadline = inf

    @property
    def library(self) -> tuple[str, str]:
        """Name and version of what fits."""
        return self._identity[1], self._identity[2]

    def beside(self, learner: Learner, rounds_name: str | None) -> Evaluator:
        """What measures models of another library: on the same rows, by the same metric.

        Its fits lie in the same journal, under the other learner's name.
        """
        trainer = learner.prepare(self.dataset, {}, self.metric)
        return Evaluator(
            dataset=self.dataset,
            metric=self.metric,
            learner=learner,
            trainer=trainer,
            journal=self._journal,
            executor=ThreadExecutor(self._executor.workers, cancel=trainer.stop),
            rounds_name=rounds_name,
        )

    # -- fits ----------------------------------------------------------------------------------

    def _key(self, candidate: Candidate, split: Split) -> str:
        return fit_key(*self._identity, candidate.fit_key, split.digest)

    def _recall(self, key: str, curve: bool) -> Fit | None:
        fit = self._known.get(key)
        if fit is None:
            fit = self._journal.get(key)
            if fit is not None and not (curve and fit.curve is None):
                self._known[key] = fit
                self.fits_from_journal += 1
        return None if fit is None or (curve and fit.curve is None) else fit

    def measure(self, work: Sequence[Work], *, curve: bool = False) -> Iterator[None]:
        """Make sure every (candidate, split) is measured; yields once per finished fit.

        Raises:
            OutOfTime: ``until`` had passed before all were begun; what was, is kept.
        """
        curve = curve and self._curves  # else a fit without one would be measured again and again
        missing: dict[str, Work] = {}
        for candidate, split in work:
            key = self._key(candidate, split)
            if key not in missing and self._recall(key, curve) is None:
                missing[key] = (candidate, split)
        # the longest first, so that the last to end is a short one
        keys = sorted(missing, key=lambda key: -self._expected(missing[key][0]))
        todo = [missing[key] for key in keys]

        def unit(places: Sequence[int], threads: int) -> Iterator[tuple[int, Fit]]:
            if time.monotonic() > self._deadline:
                return
            own = [todo[place] for place in places]
            for index, fit in fit_many(self.trainer, own, curve=curve, threads=threads):
                yield places[index], fit

        units_ = [
            lambda threads, p=places: unit(p, threads)
            for places in batches(self.trainer, todo, self._executor.workers)
        ]
        for _, (place, fit) in self._executor.run(units_):
            self._journal.put(keys[place], fit)
            self._known[keys[place]] = fit
            self.fits += 1
            self.training_seconds += fit.seconds
            yield
        if not all(key in self._known for key in keys):
            raise OutOfTime

    @contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        """Within it no fit is begun after this moment of the clock (``time.monotonic``)."""
        before, self._deadline = self._deadline, deadline
        try:
            yield
        finally:
            self._deadline = before

    def _expected(self, candidate: Candidate) -> float:
        rounds = 1 if self.rounds_name is None else candidate.params[self.rounds_name]
        return float(rounds) * self.trainer.weight(candidate)

    def run(self, work: Sequence[Work], *, curve: bool = False) -> None:
        """``measure`` without looking on."""
        for _ in self.measure(work, curve=curve):
            pass

    # -- evaluations ---------------------------------------------------------------------------

    def evaluation(
        self, candidate: Candidate, splits: Sequence[Split], *, curve: bool = False
    ) -> Evaluation:
        """The candidate on these splits; fits that are missing are run."""
        self.run([(candidate, split) for split in splits], curve=curve)
        fits = tuple(self._known[self._key(candidate, split)] for split in splits)
        data = self.dataset
        values, rows, folds = [], [], []
        for index, (split, fit) in enumerate(zip(splits, fits, strict=True)):
            values.append(self._contributions(candidate, split, fit))
            rows.append(split.valid)
            folds.append(np.full(len(split.valid), index, dtype=np.int64))
        all_rows = np.concatenate(rows)
        return Evaluation(
            candidate=candidate,
            purpose=splits[0].purpose,
            splits=tuple(splits),
            fits=fits,
            rows=all_rows,
            values=np.concatenate(values),
            folds=np.concatenate(folds),
            units=units(data, all_rows, FINE_BLOCKS),
            ordered=data.time is not None,
        )

    def _contributions(self, candidate: Candidate, split: Split, fit: Fit) -> Floats:
        """The rows' contributions to the score; kept, because some metrics take long over them."""
        key = f"{self._key(candidate, split)} {candidate.threshold}"
        if key not in self._rows:
            data = self.dataset
            weight = None if data.weight is None else data.weight[split.valid]
            pred = at_threshold(fit.pred, candidate.threshold)
            self._rows[key] = self.metric.rows(data.y[split.valid], pred, weight)
            while len(self._rows) > 1 and sum(map(len, self._rows.values())) > KEPT_ROWS:
                del self._rows[next(iter(self._rows))]  # the oldest
        return self._rows[key]

    def weight(self, candidate: Candidate) -> float:
        """Work of one round of a candidate, relative: what its size parameters multiply to."""
        return self.trainer.weight(candidate)

    def known(self, candidate: Candidate, split: Split) -> Fit | None:
        """This fit if it is measured already (in memory or in the journal)."""
        return self._recall(self._key(candidate, split), False)

    def has(self, candidate: Candidate, split: Split) -> bool:
        """Whether this fit is measured already."""
        return self.known(candidate, split) is not None

    def naive(self, splits: Sequence[Split]) -> float:
        """Turned score of the naive predictor on the validation rows of the splits."""
        return self._naive(self.metric, splits)

    def naive_monitored(self, splits: Sequence[Split]) -> float:
        """The naive loss in the unit of the curves."""
        return self.monitor.loss(self._naive(self.monitor, splits))

    def naive_prediction(self, split: Split, metric: Metric | None = None) -> Floats:
        """What the naive predictor says of the validation rows, (m,) or (m, K)."""
        data = self.dataset
        weight = None if data.weight is None else data.weight[split.train]
        y, own = data.y[split.train], metric or self.metric
        guess = naive_prediction(own, y, weight, data.task, n_classes=data.n_classes)
        return np.broadcast_to(guess, (len(split.valid), *guess.shape))

    def _naive(self, metric: Metric, splits: Sequence[Split]) -> float:
        data, scores = self.dataset, []
        for split in splits:
            pred = self.naive_prediction(split, metric)
            valid_weight = None if data.weight is None else data.weight[split.valid]
            scores.append(metric.score(data.y[split.valid], pred, valid_weight))
        return float(np.mean(scores))

    def fixed(self, candidate: Candidate, measured: Evaluation) -> Candidate:
        """The candidate with the rounds that early stopping found fixed, so it cannot flatter."""
        if self.rounds_name is None or candidate.stopping is None:
            return replace(candidate, stopping=None)
        return replace(candidate.with_params(**{self.rounds_name: measured.rounds}), stopping=None)
