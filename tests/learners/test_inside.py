"""A look inside nets: gradients are those of the loss, and planted faults are seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from advisor.learners.inside import due, rows_of
from advisor.learners.sklearn.mlp_inside import look
from advisor.learners.sklearn.mlp_net import Net
from advisor.measurements import Inside
from advisor.types import Floats

RNG = np.random.default_rng(0)
ENDS = {"logistic": 1, "softmax": 3, "identity": 1}


def small(activation: str, output: str) -> Net:
    sizes = (4, 5, 3, ENDS[output])
    rng = np.random.default_rng(1)
    weights = tuple(rng.normal(size=pair) for pair in pairwise(sizes))
    return Net(weights, tuple(rng.normal(size=n) for n in sizes[1:]), activation, output)


def loss(net: Net, X: Floats, y: Floats, weight: Floats) -> float:
    pred = net.predict(X)
    if net.output == "identity":
        return float(np.mean(weight * (pred - y) ** 2) / 2)
    right = pred[np.arange(len(y)), y] if pred.ndim > 1 else np.where(y == 1, pred, 1 - pred)
    return float(-np.mean(weight * np.log(right)))


@pytest.mark.parametrize("output", ENDS)
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_an_mlps_gradients_are_those_of_its_loss(activation: str, output: str) -> None:
    net, X = small(activation, output), RNG.normal(size=(40, 4))
    y = RNG.normal(size=40) if output == "identity" else RNG.integers(0, max(2, ENDS[output]), 40)
    weight = RNG.uniform(0.5, 2.0, 40)
    found = look(net, X, y, weight).gradients
    for layer, own in enumerate(net.weights):
        slopes = np.empty_like(own)
        for place in np.ndindex(own.shape):
            at = own[place]
            sides = []
            for step in (1e-6, -1e-6):
                own[place] = at + step
                sides.append(loss(net, X, y, weight))
            own[place] = at
            slopes[place] = (sides[0] - sides[1]) / 2e-6
        assert found[layer] == pytest.approx(np.sqrt(np.mean(slopes**2)), rel=1e-4)


def test_looks_are_few_and_the_first_epochs_are_among_them() -> None:
    assert [epoch for epoch in range(1, 101) if due(epoch)] == [1, 2, 4, 8, 16, 32, 64]
    assert sorted(rows_of(20, 0)) == list(range(20))
    assert len(set(rows_of(5000, 0))) == 512


def test_an_mlps_quiet_units_are_counted() -> None:
    net = small("relu", "logistic")
    net.biases[0][:2] = -1e3  # two of five never fire
    assert look(net, RNG.normal(size=(50, 4)), RNG.integers(0, 2, 50), None).dead[0] == 0.4
    flat = small("tanh", "logistic")
    flat.biases[1][:] = 1e3
    found = look(flat, RNG.normal(size=(50, 4)), RNG.integers(0, 2, 50), None)
    assert found.saturated[1] == 1
    assert np.isnan(found.dead).all()
    assert found.gradients[0] == pytest.approx(0, abs=1e-12)


# -- torch -------------------------------------------------------------------------------------


def insides(**params: object) -> list[Inside]:
    pytest.importorskip("torch", reason="the extra torch is not installed")
    from torch_worlds import net, world

    from advisor.learners.torch.tabular import Torch
    from advisor.metrics.table import METRICS
    from advisor.rows.splits import search_splits
    from advisor.types import Task

    data = world(Task.BINARY)
    trainer = Torch().prepare(data, {}, METRICS["log_loss"])
    work = [(net(**params), split) for split in search_splits(data, 5, 0)[:2]]
    plain = [fit for _, fit in sorted(trainer.fit_many(work, curve=False, threads=1))]
    fits = [fit for _, fit in sorted(trainer.fit_many(work, curve=True, threads=1))]
    for one, other in zip(fits, plain, strict=True):
        assert (one.pred == other.pred).all()  # a look changes nothing
        assert other.inside is None
    return [fit.inside for fit in fits if fit.inside is not None]


def test_a_healthy_net_is_reached_answers_and_moves() -> None:
    for seen in insides():
        assert list(seen.epochs) == [1, 2, 4, 6]
        assert seen.gradients.shape == (4, 3)
        assert (seen.gradients > 1e-5).all()
        assert ((seen.moves > 1e-4) & (seen.moves < 0.1)).all()
        assert (seen.dead < 0.5).all()
        assert np.isnan(seen.saturated).all()


def test_no_gradient_reaches_the_first_of_twelve_sigmoid_layers() -> None:
    for seen in insides(hidden=(8,) * 12, activation="sigmoid"):
        assert (seen.gradients[:, 0] < 1e-5 * seen.gradients[:, -1]).all()
        assert np.isnan(seen.dead).all()


def test_a_rate_far_too_low_leaves_the_weights_where_they_were() -> None:
    for seen in insides(learning_rate=1e-7):
        assert (seen.moves < 1e-5).all()


def test_a_rate_far_too_high_leaves_units_that_never_fire_or_saturate() -> None:
    assert all(seen.dead[-1].max() > 0.6 for seen in insides(learning_rate=1.0))
    high = insides(learning_rate=1.0, activation="tanh")
    assert all(seen.saturated[-1].max() > 0.6 for seen in high)


def test_a_net_without_hidden_layers_has_no_inside() -> None:
    assert insides(hidden=()) == []


def test_nothing_is_said_of_a_net_that_broke_in_its_first_epoch() -> None:
    assert insides(optimizer="sgd", learning_rate=1e12) == []
