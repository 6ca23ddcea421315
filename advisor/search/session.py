"""What all parts of one run share: splits, clock, and the questions every part asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from math import inf
from typing import TypeVar

import numpy as np

from advisor.audit.base import Kpi
from advisor.config.sections import SearchConfig
from advisor.events import Event, Progress
from advisor.learners import LEARNERS
from advisor.measure.evaluate import Evaluator, OutOfTime
from advisor.measurements import Evaluation
from advisor.metrics.table import smallest_gain_worth_having
from advisor.recipes.recipe import Recipe
from advisor.rows.splits import confirm_splits, search_splits
from advisor.search.race import glance_folds
from advisor.settings import Candidate
from advisor.stages.base import StageContext
from advisor.types import Finding, Split, StageName

T = TypeVar("T")
Steps = Generator[Event, None, T]
NO_KPI = Kpi()
PARTITIONS = (1, 2, 3)
PATIENT = 4  # batches without gain that a run to the very end bears


class Session:
    """One run over one Dataset.

    Args:
        evaluator: measures; it knows the dataset and the metric.
        recipe: the family's knobs.
        person: the person's model, its rounds as they run it.
        config: stages, stop, budgets.
        min_gain: ``kpi.min_gain`` in the metric's unit.
        seed: of splits and proposals.
        deadline: clock time (``time.monotonic``) after which nothing new is started.
        kpi: what the person says a gain is worth.
        allow: findings that do not block.

    Attributes:
        own: the person's model with proven foundations in it; what the stages start from.
        findings: what the audit said.
        splits: the search splits; glance: the first few, enough for a first look.
        partitions: fresh splits for the confirmation.
        with_pool: fresh splits that score rows of the pool as well, where a stage used such.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        recipe: Recipe,
        person: Candidate,
        config: SearchConfig,
        min_gain: float | None,
        seed: int,
        deadline: float,
        kpi: Kpi = NO_KPI,
        allow: Sequence[str] = (),
    ) -> None:
        self.evaluator = evaluator
        self.recipe = recipe
        self.person = person
        self.config = config
        self.seed = seed
        self.kpi = kpi
        self.allow = tuple(allow)
        self.own = person
        self.findings: Sequence[Finding] = ()
        data = evaluator.dataset
        self.splits = search_splits(data, config.folds, seed)
        self.glance = self.splits[: glance_folds(self.splits)]
        self.partitions = [confirm_splits(data, config.folds, seed, p) for p in PARTITIONS]
        self.with_pool: tuple[Split, ...] = ()
        self._min_gain = min_gain
        self._started = time.monotonic()
        self._deadline = deadline
        self._raced: dict[str, Candidate] = {}
        self._others: dict[tuple[str, str | None], Evaluator] = {}

    # -- what measures -------------------------------------------------------------------------

    def beside(self, recipe: Recipe) -> Evaluator:
        """What measures models of another recipe; the run's own where it is of its library."""
        own, rounds = self.evaluator, None if recipe.rounds is None else recipe.rounds.name
        if recipe.learner == self.recipe.learner and rounds == own.rounds_name:
            return own
        key = (recipe.learner, rounds)
        if key not in self._others:
            self._others[key] = own.beside(LEARNERS[recipe.learner](), rounds)
        return self._others[key]

    @property
    def fits(self) -> int:
        """Fits made so far in this run."""
        return sum(evaluator.fits for evaluator in self.evaluators)

    @property
    def evaluators(self) -> tuple[Evaluator, ...]:
        """Everything that measured in this run, the own one first."""
        return (self.evaluator, *self._others.values())

    # -- models --------------------------------------------------------------------------------

    def fix(self, winner: Evaluation) -> Candidate:
        """A raced winner with its rounds fixed; ``as_raced`` remembers how it raced."""
        fixed = self.evaluator.fixed(winner.candidate, winner)
        self._raced[fixed.key] = winner.candidate
        return fixed

    def as_raced(self, model: Candidate) -> Candidate:
        """A proven model as it raced: stopped early, as its scouts are, and measured already."""
        return self._raced.get(model.key, model)

    # -- what a stage is told ------------------------------------------------------------------

    def context(self, starts: tuple[Candidate, ...], number: int) -> StageContext:
        """For a stage that starts from these models, in this pass."""
        return StageContext(
            dataset=self.evaluator.dataset,
            recipe=self.recipe,
            starts=starts,
            person=self.own,
            findings=self.findings,
            worth=self.worth(starts[0]),
            trials=self.config.trials,
            patience=PATIENT if self.config.stop == "never" else 1,
            seed=self.seed + number,
        )

    def worth(self, start: Candidate) -> Callable[[float], float]:
        """The smallest further gain worth having, for a model this much better than ``start``."""
        metric = self.evaluator.metric
        base = self.evaluator.evaluation(self.as_raced(start), self.glance).score
        naive = self.evaluator.naive(self.glance)

        def worth(gain: float) -> float:
            return smallest_gain_worth_having(metric, naive, base + gain, self._min_gain)

        return worth

    def skill(self, candidate: Candidate) -> float:
        """1 - loss / naive loss on the first folds; -inf where the loss is no number."""
        evaluator = self.evaluator
        loss = evaluator.metric.loss(
            evaluator.evaluation(self.as_raced(candidate), self.glance).score
        )
        none = evaluator.metric.loss(evaluator.naive(self.glance))
        return 1 - loss / none if none > 0 and np.isfinite(loss) else -np.inf

    def units(self) -> int:
        """Independent units among the rows in use."""
        data = self.evaluator.dataset
        own = data.together
        return len(data.train) if own is None else len(np.unique(own[data.train]))

    def minority(self) -> int | None:
        """Rows of the rarest class; None for regression."""
        data = self.evaluator.dataset
        if not data.task.is_classification:
            return None
        return int(np.bincount(data.y[data.train], minlength=data.n_classes).min())

    # -- clock and progress --------------------------------------------------------------------

    def check_time(self) -> None:
        """Raise OutOfTime once the run's minutes are used up."""
        if self.out_of_time:
            raise OutOfTime

    @property
    def out_of_time(self) -> bool:
        """Whether the run's minutes are used up."""
        return time.monotonic() > self._deadline

    def ticks(
        self,
        stage: StageName | None,
        ticks: Iterator[None],
        *,
        of: Evaluator | None = None,
        held: bool = False,
    ) -> Steps[None]:
        """Progress events while fits finish.

        Args:
            stage: that needs the fits; those of no stage are begun whatever the time, unless
                ``held``.
            ticks: what ``measure`` gives.
            of: whose ``measure``, where it is not the run's own; held to the run's minutes.
            held: to the run's minutes, though the fits are of no stage.

        Raises:
            OutOfTime: fits were still to be begun when the run's minutes were used up.
        """
        free = stage is None and of is None and not held
        with (of or self.evaluator).until(inf if free else self._deadline):
            for _ in ticks:
                yield self.progress(stage, None)

    def progress(self, stage: StageName | None, gain: float | None) -> Progress:
        left = max(0.0, self._deadline - time.monotonic())
        return Progress(stage, self.fits, gain, self.seconds(), left)

    def seconds(self) -> float:
        """Since the session began."""
        return time.monotonic() - self._started
