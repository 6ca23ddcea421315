"""A learner without a library: predictions are the target plus errors that the test decides.

Candidate c errs on row i of split s by ``r_i + spread * (luck * u_ci + (1 - luck) * v_cis)`` plus
``sqrt(penalty(c)) * w_i``: r is the noise nobody can explain, u the luck a candidate has with a row
whenever it is scored (the winner's curse that fresh folds do not take away), v the luck of one fit.
All candidates with the same penalty are equally good on new rows.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from advisor.config.sections import SearchConfig
from advisor.executor import ThreadExecutor
from advisor.measure.evaluate import Evaluator
from advisor.measure.journal import Journal
from advisor.measurements import Curve, Fit
from advisor.metrics.table import METRICS
from advisor.recipes.load import load_recipe
from advisor.search.session import Session
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Params, Split, Task

Penalty = Callable[[Candidate], float]
USED_ROUNDS = 80


def numbers(*parts: object) -> np.random.Generator:
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def table(rows: int, seed: int, pool: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    everyone = np.arange(rows + pool)
    return Dataset(
        X=pd.DataFrame({"a": rng.normal(size=rows + pool)}),
        y=rng.normal(0, 3, size=rows + pool),
        task=Task.REGRESSION,
        classes=(),
        target="y",
        columns=(),
        train=everyone[:rows],
        pool=everyone[rows:],
        test=everyone[:0],
        groups=None,
        time=None,
        weight=None,
        fingerprint=f"fake-{rows}-{seed}-{pool}",
    )


class FakeLearner:
    name = "fake"
    version = "1"

    def __init__(self, penalty: Penalty, spread: float = 0.5, luck: float = 0.85) -> None:
        self.penalty = penalty
        self.spread = spread
        self.luck = luck
        self.fitted: list[tuple[Candidate, Split]] = []

    def check(self, params: Params, task: Task) -> None:
        pass

    def stopping(self, params: Params) -> Stopping | None:
        return None

    def prepare(self, dataset: Dataset, params: Params, metric: Any) -> FakeTrainer:
        return FakeTrainer(self, dataset)

    def load(self, file: Path) -> Any:
        raise NotImplementedError


class FakeTrainer:
    def __init__(self, learner: FakeLearner, dataset: Dataset) -> None:
        self._learner = learner
        self._data = dataset
        self._noise = numbers("noise", dataset.fingerprint).normal(size=(2, len(dataset.y)))

    def fit(
        self, candidates: Sequence[Candidate], split: Split, *, curve: bool, threads: int
    ) -> Iterator[Fit]:
        for candidate in candidates:
            self._learner.fitted.append((candidate, split))
            yield self._fit(candidate, split, curve)

    def _fit(self, candidate: Candidate, split: Split, curve: bool) -> Fit:
        n, learner = len(self._data.y), self._learner
        # rounds and early stopping are not what makes a model another one here
        plain = replace(candidate, stopping=None).with_params(n_estimators=0)
        own = numbers("luck", self._data.fingerprint, plain.key).normal(size=n)
        fresh = numbers("fit", plain.key, split.digest).normal(size=n)
        error = self._noise[0] + learner.spread * (
            np.sqrt(learner.luck) * own + np.sqrt(1 - learner.luck) * fresh
        )
        error += np.sqrt(learner.penalty(candidate)) * self._noise[1]
        pred = (self._data.y + error)[split.valid].astype(np.float32)
        rounds = int(candidate.params["n_estimators"])
        rounds = min(rounds, USED_ROUNDS) if candidate.stopping else rounds
        points = None
        if curve:
            grid = np.arange(1, 11)
            points = Curve(grid, 3.0 / grid, 3.0 / grid + 1.0)
        return Fit(pred, rounds, 0.0, points)

    def weight(self, candidate: Candidate) -> float:
        return 1.0

    def stop(self) -> None:
        pass

    def refit(self, candidate: Candidate, rows: Any, seed: int) -> Any:
        raise NotImplementedError


def session(
    learner: FakeLearner,
    dataset: Dataset,
    folder: Path,
    params: Params,
    *,
    seed: int = 0,
    minutes: float = 10.0,
    **search: Any,
) -> Session:
    folder.mkdir(parents=True, exist_ok=True)
    recipe = load_recipe("lightgbm")
    evaluator = Evaluator(
        dataset=dataset,
        metric=METRICS["mse"],
        learner=learner,
        trainer=learner.prepare(dataset, params, METRICS["mse"]),
        journal=Journal(folder / "journal.db"),
        executor=ThreadExecutor(1),
        rounds_name="n_estimators",
    )
    return Session(
        evaluator=evaluator,
        recipe=recipe,
        person=Candidate(recipe.complete(params)),
        config=SearchConfig(**search),
        min_gain=None,
        seed=seed,
        deadline=time.monotonic() + 60 * minutes,
    )
