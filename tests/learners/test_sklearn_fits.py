"""Single fits of scikit-learn's families, beside what the library itself would do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import SGDRegressor

from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.learners import LEARNERS
from advisor.learners.features import Features
from advisor.learners.parts import Part
from advisor.learners.sklearn.sgd_epochs import SgdEpochs
from advisor.metrics.table import METRICS
from advisor.recipes.load import load_recipe
from advisor.rows.splits import search_splits
from advisor.settings import Candidate
from advisor.types import Task


def numbers(n: int = 200, *, heavy: bool = False) -> pd.DataFrame:
    """Three numbers and a target they decide; ``heavy``: some targets are far off."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    noise = rng.standard_t(1.5, n) if heavy else rng.normal(0, 0.5, n)
    return pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=X @ [3.0, -2.0, 1.0] + 2 * noise)


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS, Task.REGRESSION])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_a_row_without_weight_has_no_voice_among_neighbours(task: Task, weights: str) -> None:
    frame = numbers()
    if task is not Task.REGRESSION:
        frame["y"] = np.digitize(frame["y"], [0.0] if task is Task.BINARY else [-2.0, 2.0])
    weight = np.where(np.random.default_rng(1).random(len(frame)) < 0.8, 0.0, 1.0)
    data = build(frame.assign(w=weight), Roles("y", weight="w"), task=task, test=False)
    metric = METRICS["rmse" if task is Task.REGRESSION else "log_loss"]
    learner = LEARNERS["knn"]()
    candidate = Candidate(
        load_recipe("knn").complete({"weights": weights}),
    )
    split = search_splits(data, 5, seed=0)[0]
    trainer = learner.prepare(data, candidate.params, metric)
    (fit,) = trainer.fit([candidate], split, curve=True, threads=1)
    assert fit.failure is None
    assert fit.curve is not None
    assert np.isfinite(fit.curve.train).all()
    said = trainer.refit(candidate, data.train, 0).predict(data.X)
    alone = trainer.refit(candidate, data.train[weight > 0], 0)
    np.testing.assert_allclose(said, alone.predict(data.X))


@pytest.mark.parametrize("schedule", ["invscaling", "adaptive", "constant"])
def test_sgd_of_a_robust_loss_ends_where_fit_would_end(schedule: str) -> None:
    frame = numbers(300, heavy=True)
    X, y = frame[["a", "b", "c"]].to_numpy(), frame["y"].to_numpy()
    params = {"loss": "huber", "learning_rate": schedule, "shuffle": False}
    fitted = SGDRegressor(**params, random_state=0).fit(X, y)
    data = build(frame, Roles("y"), task=Task.REGRESSION, test=False)
    epochs = SgdEpochs(params, Part(Features(()), X, y, None, X[:1]), data, 0)
    count = 1
    while epochs.run() and count < 1000:
        count += 1
    # the loss is looked at after an epoch, not on the way through it: an epoch sooner or later
    assert abs(count - fitted.n_iter_) <= 2
