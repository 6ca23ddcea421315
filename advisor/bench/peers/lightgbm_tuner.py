"""optuna-integration's LightGBMTunerCV: six steps in a fixed order; it never moves the rate."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import lightgbm as lgb
import optuna

from advisor.bench.peers.base import ROUNDS, StuckCase, Teller
from advisor.bench.peers.folds import (
    MOST_ROUNDS,
    BestRound,
    CrossValidation,
    booster_table,
    fixed_params,
)


class LightGBMTunerCV:
    """The stepwise tuner with its own defaults, from the stuck model's parameters.

    It is given at least its usual number of rounds, and stops early; when its steps are over it is
    over.
    """

    def search(self, case: StuckCase, teller: Teller) -> str:
        """One run of all steps, or as far as it comes before it is killed."""
        tuner = import_module("optuna_integration.lightgbm").LightGBMTunerCV
        puzzle = case.puzzle
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        measure = CrossValidation.of(case)
        teller.start(puzzle.start, measure.start())
        given = {n: v for n, v in puzzle.start.items() if n != ROUNDS}
        best = BestRound(puzzle)
        waits = puzzle.rounds.waits(float(puzzle.start.get("learning_rate", 0.1)))

        def tell(study: Any, trial: Any) -> None:
            found = json.loads(trial.system_attrs["lightgbm_tuner:lgbm_params"])
            fixed = fixed_params(puzzle)
            params = {n: v for n, v in found.items() if n not in fixed}
            teller.tell({**params, ROUNDS: best.round}, puzzle.turned(trial.value))

        tuner(
            {**given, **fixed_params(puzzle)},
            booster_table(case),  # copied for every trial: one that is binned already crashes
            num_boost_round=max(MOST_ROUNDS, int(puzzle.start[ROUNDS])),
            folds=measure.folds,
            callbacks=[best, lgb.early_stopping(waits, verbose=False)],
            optuna_callbacks=[tell],
            optuna_seed=puzzle.seed,
            show_progress_bar=False,
        ).run()
        return "finished"


PEER = LightGBMTunerCV()
