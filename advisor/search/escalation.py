"""When a family is at its end: the default of another one, proven through the same gate.

Asked only where every stage was run and proved nothing, with one fit a fold on the first folds; all
that follows is paid for by a lead that is there already.  A change of family costs a person more
than a change of a setting, so the lead must be far above the smallest gain worth having
(``far_ahead``), on the first folds and again on the fresh ones.

Alpha: the run's is split by weight (Bonferroni; Bretz et al. 2009): ``SHARE`` of it lies here, the
stages share the rest evenly, so that a run claims nothing that is not so in more than alpha of all
runs, whichever of its tests is wrong.  A lead of this size needs little of it, and the stages miss
none of what they lose.

What is measured is the person's splits, rows, metric, threshold and treatment; only the family is
another one.  Its fits lie in the journal under its own learner's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from advisor.config.sections import SearchConfig
from advisor.judge import gate
from advisor.measure.evaluate import Evaluator, OutOfTime
from advisor.recipes.load import recipe_for
from advisor.recipes.recipe import PUBLISHED, Published, Recipe
from advisor.results import Escalation, Verdict
from advisor.search.arena import own_arena
from advisor.search.confirming import Pair, confirm
from advisor.search.race import compare
from advisor.search.session import Session, Steps
from advisor.settings import Candidate, Stopping
from advisor.stages.base import IDLE_SHARE
from advisor.types import STAGE_ORDER, Reason, Split, StageName, Task

TREES, LINES = "lightgbm", "linear"
OF_NAIVE, OF_LEFT = 0.05, 0.25  # of the naive loss, of the model's own: the smaller one is far
ERRORS = 2.0  # standard errors that the lead on the first folds must have
SHARE = 0.1  # of the run's alpha


@dataclass(frozen=True, slots=True)
class Other:
    """Another family's model, and what was found; ``candidate`` has its rounds fixed."""

    recipe: Recipe
    candidate: Candidate
    found: Escalation


def other_recipe(recipe: Recipe, task: Task) -> Recipe:
    """The cheapest family that may be far better where this one is at its end.

    Boosted trees for every other kind of model: on tables they lead in general (Grinsztajn, Oyallon
    and Varoquaux 2022).  For boosted trees themselves lines: what is linear they can only draw in
    steps, and beyond the rows they have seen not at all.  Another library of boosted trees would be
    no other family.
    """
    boosted = recipe.rounds is not None and recipe.rounds.times_rate is not None
    return recipe_for(LINES if boosted else TREES, {}, task)


def share_of_alpha(config: SearchConfig, recipe: Recipe, task: Task) -> float:
    """The part of the run's alpha that is kept for another family; 0 where none will be asked.

    A run of some stages only does not show that the family is at its end.
    """
    whole = list(config.stages) == list(STAGE_ORDER)
    return SHARE if whole and other_recipe(recipe, task).published_for(task) else 0.0


def escalate(session: Session, alpha: float) -> Steps[Other | None]:
    """Look at another family, and prove its lead where it is large.

    None where there is no time for it.

    Args:
        session: every stage of it was run and proved nothing.
        alpha: chance of a false claim that it may take.
    """
    task = session.evaluator.dataset.task
    recipe = other_recipe(session.recipe, task)
    start = recipe.published_for(task)
    if start is None:
        raise ValueError(f"{recipe.family} has no published default for {task}")
    try:
        return (yield from _Look(session, recipe, start, alpha).run())
    except OutOfTime:
        return None


def far_ahead(session: Session) -> float:
    """The lead from which a change of family is worth it, in the metric's unit.

    A twentieth of the naive loss, or a quarter of the model's own where that is less; never below
    the smallest gain worth having.
    """
    evaluator, person = session.evaluator, session.person
    metric = evaluator.metric
    left = metric.loss(evaluator.evaluation(person, session.glance).score)
    naive = metric.loss(evaluator.naive(session.glance))
    return max(session.worth(person)(0.0), min(OF_NAIVE * abs(naive), OF_LEFT * abs(left)))


class _Look:
    """One look at one other family."""

    def __init__(self, session: Session, recipe: Recipe, start: Published, alpha: float) -> None:
        self._session = session
        self._recipe = recipe
        self._start = start
        self._alpha = alpha
        self._own, self._other = session.evaluator, session.beside(recipe)
        self._before = self._fits

    @property
    def _fits(self) -> int:
        """Of the run so far, measured now or taken from the journal."""
        return sum(e.fits + e.fits_from_journal for e in self._session.evaluators)

    def run(self) -> Steps[Other]:
        session, person = self._session, self._session.person
        raced = default_of(self._recipe, self._start, person)
        base, found = yield from self._both(person, raced, session.glance)
        far, lead = far_ahead(session), compare(base, found)
        said = {"gain": lead.gain, "se": lead.se, "far": far}
        fixed = self._other.fixed(raced, found)
        if not lead.gain > max(far, ERRORS * lead.se):  # nor where it is no number
            code = "escalation.unsure" if lead.gain > far else "escalation.not_ahead"
            return self._done(fixed, None, Reason(code, said))
        base, found = yield from self._both(person, raced, session.splits)
        fixed = self._other.fixed(raced, found)
        if not np.isfinite(found.values).all():
            return self._done(fixed, None, Reason("escalation.not_ahead", said))
        arena = own_arena(session)
        proof = gate.make_proof(
            mode=session.config.proof,
            tests=1,
            delta=far,
            rows=len(arena.scored),
            units=arena.cases(self._own.dataset),
            minority=arena.minority(self._own.dataset),
        )
        proof = replace(proof, alpha=self._alpha)
        screen = gate.screen(base, (found,), 0, proof, session.seed)
        if screen.early_no is not None:
            return self._done(fixed, screen.early_no, screen.early_no.reason)

        def both(splits: Sequence[Split]) -> Steps[Pair]:
            return (yield from self._both(person, fixed, splits))

        rounds = () if self._other.rounds_name is None else (self._other.rounds_name,)
        verdict, pair = yield from confirm(screen, proof, both, arena.partitions, rounds)
        return self._done(fixed, verdict, verdict.reason, pair)

    def _both(self, person: Candidate, other: Candidate, splits: Sequence[Split]) -> Steps[Pair]:
        self._session.check_time()
        for evaluator, candidate in ((self._own, person), (self._other, other)):
            work = _work(evaluator, candidate, splits)
            yield from self._session.ticks(None, work, of=evaluator)
        return self._own.evaluation(person, splits), self._other.evaluation(other, splits)

    def _done(
        self, fixed: Candidate, verdict: Verdict | None, reason: Reason, pair: Pair | None = None
    ) -> Other:
        metric, rounds = self._own.metric, self._other.rounds_name
        told = dict(self._recipe.canonical(self._start.params))
        if rounds is not None:
            told[rounds] = fixed.params[rounds]
        found = Escalation(
            family=self._recipe.family,
            params=told,
            source=self._start.source,
            verdict=verdict,
            reason=reason,
            before=None if pair is None else metric.shown(pair[0].score),
            after=None if pair is None else metric.shown(pair[1].score),
            fits=self._fits - self._before,
        )
        return Other(self._recipe, fixed, found)


def _work(evaluator: Evaluator, candidate: Candidate, splits: Sequence[Split]) -> Iterator[None]:
    return evaluator.measure([(candidate, split) for split in splits])


def default_of(recipe: Recipe, start: Published, person: Candidate) -> Candidate:
    """The other family's default on the person's rows, features and threshold.

    What only the person's own family can do with the rows is left out, and the columns are scaled
    where the other one feels their units.
    """
    params, stopping = recipe.complete(start.params), None
    if recipe.rounds is not None:
        rate = None if recipe.rate is None else float(recipe.value(params, recipe.rate))
        params[recipe.rounds.name] = recipe.rounds.longest(rate)
        stopping = Stopping(recipe.rounds.waits(rate), IDLE_SHARE)
    treatment, features = person.treatment, person.preprocessing
    if treatment.augment is not None and treatment.augment not in recipe.augments:
        treatment = replace(treatment, augment=None)
    if recipe.scale_sensitive:
        features = replace(features, scale="standard")
    return Candidate(
        params=params,
        treatment=treatment,
        preprocessing=features,
        threshold=person.threshold,
        stopping=stopping,
        stage=StageName.FOUNDATIONS,  # none of the four, and not the person's own either
        origin=PUBLISHED,
    )
