"""The net that is measured is the net that scikit-learn would have trained."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier, MLPRegressor

from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.learners.sklearn.mlp import Mlp, MlpTrainer
from advisor.learners.sklearn.mlp_epochs import SLOWER, SLOWEST, Diverged, Epochs
from advisor.learners.sklearn.mlp_net import Net, constant_net
from advisor.learners.threads import one_blas_thread
from advisor.metrics.table import METRICS
from advisor.recipes.load import load_recipe
from advisor.rows.splits import search_splits
from advisor.settings import Candidate, Preprocessing, Stopping
from advisor.types import Dataset, Task

RECIPE = load_recipe("mlp")
SCALED = Preprocessing(scale="standard")


def digits() -> tuple[Any, Any]:
    X, y = load_digits(return_X_y=True)
    return X[:600] / 16, y[:600]


def sizes() -> Dataset:
    """A regression whose target is far from 0, and whose columns have odd units."""
    X, y = load_diabetes(return_X_y=True)
    frame = pd.DataFrame(X * 100, columns=[f"c{i}" for i in range(10)]).assign(y=y)
    return build(frame, Roles("y"), task=Task.REGRESSION, test=False)


def person(**params: Any) -> Candidate:
    return Candidate(RECIPE.complete(params), preprocessing=SCALED)


def theirs(estimator: Any, X: Any, y: Any) -> Any:
    with warnings.catch_warnings(), one_blas_thread():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X, y)


def ours(X: Any, y: Any, epochs: int, seed: int = 0, **params: Any) -> tuple[Epochs, int]:
    """(the net, epochs that were run)."""
    task = Task.MULTICLASS if y.dtype.kind == "i" else Task.REGRESSION
    net = Epochs(params, X, y, None, task, len(np.unique(y)), seed)
    with one_blas_thread():
        for number in range(1, epochs + 1):
            if not net.run():
                return net, number
    return net, epochs


def test_without_shuffling_it_is_the_same_net_bit_for_bit() -> None:
    X, y = digits()
    for params in ({}, {"solver": "sgd", "learning_rate": "invscaling", "alpha": 0.1}):
        fitted = theirs(MLPClassifier(max_iter=20, shuffle=False, random_state=3, **params), X, y)
        epochs, _ = ours(X, y, 20, 3, shuffle=False, **params)
        np.testing.assert_array_equal(epochs.net.weights[0], fitted.coefs_[0])
        np.testing.assert_allclose(
            epochs.net.predict(X), fitted.predict_proba(X), rtol=1e-9, atol=1e-12
        )


def test_with_shuffling_it_is_as_good_a_net() -> None:
    """``fit`` shuffles the epoch before's order, ``partial_fit`` the rows' own: equal in law."""
    X, y = digits()
    train, test = np.arange(400), np.arange(400, 600)
    losses: dict[str, list[float]] = {"ours": [], "theirs": []}
    for seed in range(6):
        fitted = theirs(MLPClassifier(max_iter=25, random_state=seed), X[train], y[train])
        losses["theirs"].append(log_loss(y[test], fitted.predict_proba(X[test])))
        net, _ = ours(X[train], y[train], 25, seed)
        losses["ours"].append(log_loss(y[test], net.net.predict(X[test])))
    spread = np.std(losses["theirs"])
    assert abs(np.mean(losses["ours"]) - np.mean(losses["theirs"])) < 2 * spread


@pytest.mark.parametrize(
    "params",
    [
        {"learning_rate_init": 0.05, "n_iter_no_change": 3},
        {"learning_rate_init": 1e-6},
        {"solver": "sgd", "learning_rate": "adaptive", "n_iter_no_change": 2, "tol": 0.05},
    ],
)
def test_it_ends_where_fit_would_end(params: dict[str, Any]) -> None:
    X, y = digits()
    fitted = theirs(MLPClassifier(max_iter=150, shuffle=False, random_state=1, **params), X, y)
    net, epochs = ours(X, y, 150, 1, shuffle=False, **params)
    assert epochs == fitted.n_iter_ < 150
    np.testing.assert_array_equal(net.net.weights[-1], fitted.coefs_[-1])


def test_the_librarys_adaptive_rate_is_what_is_copied() -> None:
    from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

    optimizer = SGDOptimizer([np.zeros(1)], learning_rate_init=2.0, lr_schedule="adaptive")
    assert optimizer.trigger_stopping("", False) is False
    assert optimizer.learning_rate == 2.0 / SLOWER
    optimizer.learning_rate = SLOWEST
    assert optimizer.trigger_stopping("", False) is True


def test_a_regression_keeps_the_persons_own_target() -> None:
    data = sizes()
    trainer = MlpTrainer(data, METRICS["rmse"])
    split = search_splits(data, 5, 0)[0]
    who = person(max_iter=60, learning_rate_init=0.01, shuffle=False)
    (found,) = trainer.fit([who], split, curve=True, threads=1)
    X = data.X.to_numpy()
    mean, spread = X[split.train].mean(axis=0), X[split.train].std(axis=0)
    X = (X - mean) / spread
    fitted = theirs(
        MLPRegressor(max_iter=60, learning_rate_init=0.01, shuffle=False, random_state=split.seed),
        X[np.sort(split.train)],
        data.y[np.sort(split.train)],
    )
    np.testing.assert_allclose(found.pred, fitted.predict(X[split.valid]), rtol=1e-4)
    assert found.curve is not None
    assert len(found.curve.rounds) == 60
    assert found.curve.train[0] > found.curve.train[-1]


def test_a_net_that_is_still_far_off_has_not_diverged() -> None:
    """Huge units and a low rate leave the loss far above the naive one for a while."""
    data = sizes()
    far = replace(data, X=data.X * 1e4)
    trainer = MlpTrainer(far, METRICS["rmse"])
    split = search_splits(far, 5, 0)[0]
    who = Candidate(RECIPE.complete({"learning_rate_init": 1e-4, "max_iter": 2}))
    (found,) = trainer.fit([who], split, curve=True, threads=1)
    assert found.failure is None
    assert found.curve is not None
    assert found.curve.valid[0] > found.curve.valid[-1] > 100 * np.std(data.y)


def test_a_diverged_net_predicts_naively_when_it_is_refitted() -> None:
    data = sizes()
    trainer = MlpTrainer(data, METRICS["mae"])
    model = trainer.refit(person(learning_rate_init=1e200, max_iter=5), data.train, 0)
    pred = model.predict(data.X)
    np.testing.assert_allclose(pred, np.median(data.y[data.train]))


@pytest.mark.parametrize(
    ("output", "naive"),
    [("logistic", 0.2), ("softmax", [0.2, 0.5, 0.3]), ("identity", -7.0), ("exp", 3.0)],
)
def test_a_constant_net_says_the_same_of_every_row(output: str, naive: Any) -> None:
    net = constant_net(4, np.array(naive), output)
    pred = net.predict(np.random.default_rng(0).normal(size=(5, 4)))
    np.testing.assert_allclose(pred, np.broadcast_to(naive, pred.shape))


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("task", list(Task))
def test_the_forward_pass_is_the_librarys(activation: str, task: Task) -> None:
    X, y = digits()
    target = {Task.BINARY: y % 2, Task.MULTICLASS: y, Task.REGRESSION: y.astype(float)}[task]
    kind: Any = MLPClassifier if task.is_classification else MLPRegressor
    model = kind(hidden_layer_sizes=(9, 7), activation=activation, random_state=0)
    for _ in range(3):
        more = {"classes": np.unique(target)} if task.is_classification else {}
        model.partial_fit(X, target, **more)
    net = Net(
        tuple(model.coefs_), tuple(model.intercepts_), model.activation, model.out_activation_
    )
    expected = model.predict_proba(X) if task.is_classification else model.predict(X)
    expected = expected[:, 1] if task is Task.BINARY else expected
    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-9, atol=1e-12)


def test_weights_that_are_no_numbers_are_a_divergence_and_other_errors_are_not() -> None:
    X, y = digits()
    with pytest.raises(Diverged), np.errstate(all="ignore"):
        ours(X, y.astype(float), 10, learning_rate_init=1e200)
    with pytest.raises(ValueError, match="NaN"):
        ours(np.where(X > 0.5, np.nan, X), y.astype(float), 1)


def test_early_stopping_is_asked_for_with_the_librarys_words() -> None:
    learner = Mlp()
    assert learner.stopping({}) is None
    assert learner.stopping({"early_stopping": False}) is None
    assert learner.stopping({"early_stopping": True}) == Stopping(10)
    assert learner.stopping({"early_stopping": True, "n_iter_no_change": 3}) == Stopping(3)
    assert learner.stopping({"early_stopping": True, "n_iter_no_change": float("inf")}) == Stopping(
        200
    )
    assert learner.stopping_names({"early_stopping": True, "alpha": 1}) == ["early_stopping"]
    assert learner.ignored({"random_state": 3, "alpha": 1, "validation_fraction": 0.2}) == [
        "random_state",
        "validation_fraction",
    ]
