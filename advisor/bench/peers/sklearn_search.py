"""scikit-learn's RandomizedSearchCV and HalvingRandomSearchCV over its LightGBM estimators.

Both tell what they found only when they end, and neither takes a first candidate.  So the start is
cross-validated first, and the search is run in short pieces with a fresh seed each until the budget
is used up: one candidate a piece at random, one bracket a piece when halving.  The number of rounds
is searched with the rest, because a search of scikit-learn has no early stopping.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy import stats
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV, RandomizedSearchCV, cross_val_score

from advisor.bench.peers.base import ROUNDS, UNIT_NEEDS, Range, StuckCase, Teller
from advisor.bench.peers.folds import folds_of, splitter_of

FEWEST_ROUNDS, MOST_ROUNDS = 20, 2000
FACTOR, RUNGS = 3, 4
SMALLEST_RUNG = 150  # rows


class LogInteger:
    """Whole numbers, equal ratios weigh the same."""

    def __init__(self, low: float, high: float) -> None:
        self._law = stats.loguniform(low, high + 1)
        self._high = high

    def rvs(self, size: Any = None, random_state: Any = None) -> int:
        """One number."""
        return int(min(np.floor(self._law.rvs(random_state=random_state)), self._high))


def law(place: Range) -> Any:
    """A range as scikit-learn takes it."""
    if place.kind == "choice":
        return list(place.choices)
    if place.kind == "int":
        whole = stats.randint(int(place.low), int(place.high) + 1)
        return LogInteger(place.low, place.high) if place.log else whole
    uniform = stats.uniform(place.low, place.high - place.low)
    return stats.loguniform(place.low, place.high) if place.log else uniform


class SklearnSearch:
    """Either search; ``halving`` says which."""

    def __init__(self, *, halving: bool) -> None:
        self._halving = halving

    def search(self, case: StuckCase, teller: Teller) -> str:
        """Piece by piece until the budget is used up."""
        puzzle = case.puzzle
        kind = LGBMRegressor if puzzle.task == "regression" else LGBMClassifier
        fixed = {"n_jobs": 1, "verbosity": -1, "random_state": puzzle.seed}
        model = kind(**{**puzzle.start, **fixed})
        names = [f"c{k}" for k in range(case.X.shape[1])]
        X, y, folds = case.X.set_axis(names, axis=1), case.y, folds_of(case)
        scores = cross_val_score(model, X, y, scoring=puzzle.sklearn_scoring, cv=folds)
        teller.start(puzzle.start, float(scores.mean()))
        laws = {place.name: law(place) for place in puzzle.space}
        laws[ROUNDS] = LogInteger(FEWEST_ROUNDS, max(MOST_ROUNDS, int(puzzle.start[ROUNDS])))
        # bagging is searched, so it has to be switched on
        model = model.set_params(**UNIT_NEEDS)
        for piece in self._pieces(model, laws, case):
            if teller.elapsed >= puzzle.seconds:
                break
            piece.fit(X, y)
            params = puzzle.params(piece.best_params_)
            teller.tell(params, float(piece.best_score_))
        return "finished"

    def _pieces(self, model: Any, laws: dict[str, Any], case: StuckCase) -> Iterator[Any]:
        puzzle = case.puzzle
        seed = puzzle.seed
        while True:
            seed += 1
            shared = {"scoring": puzzle.sklearn_scoring, "refit": False, "random_state": seed}
            if not self._halving:
                yield RandomizedSearchCV(model, laws, n_iter=1, cv=folds_of(case), **shared)
                continue
            fewest = max(SMALLEST_RUNG, len(case.y) // FACTOR ** (RUNGS - 1))
            yield HalvingRandomSearchCV(
                model,
                laws,
                n_candidates="exhaust",
                factor=FACTOR,
                resource="n_samples",
                min_resources=min(fewest, len(case.y)),
                cv=splitter_of(case),
                **shared,
            )
