"""Optuna's TPE over the joint space: rate, regularization and depth at once, best of all trials."""

from __future__ import annotations

import warnings
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from advisor.bench.peers.base import ROUNDS, Range, StuckCase, Teller
from advisor.bench.peers.folds import CrossValidation


def distribution(place: Range) -> BaseDistribution:
    """A range as Optuna writes it."""
    if place.kind == "choice":
        return CategoricalDistribution(place.choices)
    if place.kind == "int":
        return IntDistribution(int(place.low), int(place.high), log=place.log)
    return FloatDistribution(place.low, place.high, log=place.log)


class OptunaTpe:
    """Multivariate TPE; the stuck model is trial 0; every trial five folds, stopped early.

    The start is told as it was measured, with its own rounds, and not fitted a second time.

    The sampler's options are written out because their defaults changed from Optuna 4 to 5; they
    are those of Optuna 5.
    """

    def search(self, case: StuckCase, teller: Teller) -> str:
        """One trial after another until the budget is used up."""
        puzzle = case.puzzle
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        measure = CrossValidation.of(case)
        space = {place.name: distribution(place) for place in puzzle.space}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                seed=puzzle.seed,
                n_startup_trials=10,
                n_ei_candidates=24,
                multivariate=True,
                group=False,
                constant_liar=True,
            )
        study = optuna.create_study(direction="maximize", sampler=sampler)
        start = measure.start()
        teller.start(puzzle.start, start)
        place = {r.name: r.held(puzzle.start[r.name]) for r in puzzle.space}
        study.add_trial(optuna.trial.create_trial(params=place, distributions=space, value=start))
        while teller.elapsed < puzzle.seconds:
            trial = study.ask(space)
            params = puzzle.params(self._own(trial.params, place, puzzle.start))
            score, rounds = measure.stopping(params)
            study.tell(trial, score)
            teller.tell({**params, ROUNDS: rounds}, score)
        return "finished"

    @staticmethod
    def _own(params: dict[str, Any], place: dict[str, Any], start: Any) -> dict[str, Any]:
        """The start's own value where a trial has what stands for it (0 at the low end)."""
        return {n: start[n] if v == place[n] else v for n, v in params.items()}


PEER = OptunaTpe()
