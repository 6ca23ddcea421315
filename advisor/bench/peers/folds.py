"""Five folds of one table, and LightGBM's own cross-validation on them.

What a person writes who tunes LightGBM by hand: the table is binned once, every trial is one
``lightgbm.cv``, its rounds are found by early stopping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

from advisor.bench.peers.base import FOLDS, OBJECTIVES, ROUNDS, Puzzle, StuckCase
from advisor.types import Ints

MOST_ROUNDS = 1000  # what LightGBMTunerCV takes where nothing is said


def splitter_of(case: StuckCase) -> KFold | StratifiedKFold:
    """FOLDS folds, stratified by class."""
    kind = KFold if case.puzzle.task == "regression" else StratifiedKFold
    return kind(FOLDS, shuffle=True, random_state=case.puzzle.seed)


def folds_of(case: StuckCase) -> list[tuple[Ints, Ints]]:
    """FOLDS pairs of (training rows, scored rows)."""
    pairs = splitter_of(case).split(case.X, case.y)
    return [(np.asarray(a), np.asarray(b)) for a, b in pairs]


def fixed_params(puzzle: Puzzle) -> dict[str, Any]:
    """What every fit of the booster is given besides its parameters."""
    fixed: dict[str, Any] = {
        "objective": OBJECTIVES[puzzle.task],
        "metric": puzzle.lightgbm_metric,
        "verbosity": -1,
        "num_threads": 1,
        "seed": puzzle.seed,
        "feature_pre_filter": False,
        "force_row_wise": True,
        "deterministic": True,
    }
    return fixed | ({"num_class": puzzle.classes} if puzzle.task == "multiclass" else {})


def booster_table(case: StuckCase) -> lgb.Dataset:
    """The training rows; they are binned when they are first used."""
    names = [f"c{k}" for k in range(case.X.shape[1])]  # LightGBM refuses some signs in a name
    params = fixed_params(case.puzzle)
    return lgb.Dataset(case.X.set_axis(names, axis=1), case.y, params=params, free_raw_data=False)


@dataclass(eq=False)
class BestRound:
    """A LightGBM callback: the round of a cross-validation with the best mean score.

    ``score`` is higher-is-better.  It starts anew with the first round of every fit.  (LightGBM
    sets attributes of its own on a callback, so there are no slots.)
    """

    puzzle: Puzzle
    round: int = 0
    score: float = -np.inf
    order: int = 10
    before_iteration: bool = False

    def __call__(self, env: lgb.callback.CallbackEnv) -> None:
        """Look at one round."""
        if env.iteration == env.begin_iteration:
            self.round, self.score = 0, -np.inf
        score = self.puzzle.turned(float((env.evaluation_result_list or [])[0][2]))
        if self.round == 0 or score > self.score:
            self.round, self.score = env.iteration + 1, score


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Scores parameters on the same five folds each time."""

    case: StuckCase
    table: lgb.Dataset
    folds: list[tuple[Ints, Ints]]

    @classmethod
    def of(cls, case: StuckCase) -> CrossValidation:
        return cls(case, booster_table(case), folds_of(case))

    def start(self) -> float:
        """The stuck model's score, with all the rounds it has and none that was picked."""
        puzzle = self.case.puzzle
        params = dict(puzzle.start)
        rounds = int(params.pop(ROUNDS))
        result = self._run(params, rounds, [])
        return puzzle.turned(float(result[f"valid {puzzle.lightgbm_metric}-mean"][-1]))

    def stopping(self, params: Mapping[str, Any]) -> tuple[float, int]:
        """(score, rounds) with the rounds found by early stopping; ``n_estimators`` is ignored.

        No more than MOST_ROUNDS (or the start's): a trial at a tiny rate would eat the budget.
        """
        puzzle = self.case.puzzle
        rate = float(params.get("learning_rate", 0.1))
        given = {name: value for name, value in params.items() if name != ROUNDS}
        best = BestRound(puzzle)
        waits = lgb.early_stopping(puzzle.rounds.waits(rate), verbose=False)
        most = max(MOST_ROUNDS, int(puzzle.start[ROUNDS]))
        self._run(given, min(most, puzzle.rounds.longest(rate)), [best, waits])
        return best.score, best.round

    def _run(
        self, params: Mapping[str, Any], rounds: int, callbacks: list[Any]
    ) -> Mapping[str, Any]:
        both = {**params, **fixed_params(self.case.puzzle)}
        return lgb.cv(both, self.table, rounds, folds=self.folds, callbacks=callbacks)
