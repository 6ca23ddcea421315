"""Naive losses and skills agree with what they are by definition."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from sklearn import metrics as sk

from advisor.diagnose.loss import (
    always_positive_f1,
    learned,
    loss_skill,
    naive_of,
    pinball,
    poisson,
    score_skill,
)
from advisor.metrics.table import METRICS, naive_prediction
from advisor.types import Task

RNG = np.random.default_rng(5)
TARGETS = RNG.gamma(2.0, 3.0, size=400)
OTHERS = RNG.gamma(2.0, 3.0, size=300)


def test_the_naive_cross_entropy_of_equal_classes_is_ln_k() -> None:
    y = np.arange(400) % 4
    assert naive_of("cross_entropy", n_classes=4).loss(y, y) == pytest.approx(log(4))


def test_the_naive_cross_entropy_is_that_of_the_training_priors() -> None:
    train, valid = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1])
    wanted = -(np.log(0.75) + 3 * np.log(0.25)) / 4
    assert naive_of("cross_entropy").loss(train, valid) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("mse", np.mean((OTHERS - TARGETS.mean()) ** 2)),
        ("rmse", np.mean((OTHERS - TARGETS.mean()) ** 2) ** 0.5),
        ("mae", np.mean(np.abs(OTHERS - np.median(TARGETS)))),
        ("poisson", sk.mean_poisson_deviance(OTHERS, np.full(300, TARGETS.mean()))),
    ],
)
def test_naive_losses_are_those_of_the_mean_and_the_median(name: str, wanted: float) -> None:
    assert naive_of(name).loss(TARGETS, OTHERS) == pytest.approx(wanted)


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.9])
def test_the_naive_pinball_loss_is_that_of_the_quantile(tau: float) -> None:
    pred = np.full(len(OTHERS), np.quantile(TARGETS, tau))
    wanted = sk.mean_pinball_loss(OTHERS, pred, alpha=tau)
    assert naive_of("pinball", tau=tau).loss(TARGETS, OTHERS) == pytest.approx(wanted)
    # no constant does better on the rows it was learned on
    best = naive_of("pinball", tau=tau).loss(TARGETS, TARGETS)
    for other in np.quantile(TARGETS, [0.05, 0.3, 0.7, 0.95]):
        assert best <= pinball(tau)(TARGETS, np.full(400, other)).mean() + 1e-12


def test_poisson_deviance_takes_counts_of_zero() -> None:
    y, mean = np.array([0, 1, 5]), np.array([0.5, 1.0, 4.0])
    assert poisson(y, mean).mean() == pytest.approx(sk.mean_poisson_deviance(y, mean))


def test_skill_is_zero_for_the_naive_and_one_for_the_perfect() -> None:
    assert loss_skill(0.69, 0.69) == 0
    assert loss_skill(0.0, 0.69) == 1
    assert loss_skill(1.0, 0.0) == 0  # nothing can be taken away from a loss of 0
    assert score_skill(0.9, 0.9) == 0
    assert score_skill(1.0, 0.9) == 1


@pytest.mark.parametrize(
    ("metric", "score", "skill"),
    [
        ("roc_auc", 0.8, 2 * 0.8 - 1),
        ("accuracy", 0.97, (0.97 - 0.9) / (1 - 0.9)),
        ("balanced_accuracy", 0.8, (0.8 - 0.5) / (1 - 0.5)),
        ("average_precision", 0.4, (0.4 - 0.1) / (1 - 0.1)),
    ],
)
def test_the_skill_of_every_score_follows_from_its_naive_value(
    metric: str, score: float, skill: float
) -> None:
    """The table of the module's docstring, from the naive predictor that the engine scores."""
    y = (np.arange(1000) < 100).astype(np.int64)
    own = METRICS[metric]
    guess = naive_prediction(own, y, None, Task.BINARY)
    naive = own.score(y, np.full(1000, guess))
    assert 1 - own.loss(score) / own.loss(naive) == pytest.approx(skill)


def test_f1_is_held_against_calling_every_row_positive() -> None:
    y = (np.arange(1000) < 100).astype(np.int64)
    assert always_positive_f1(0.1) == pytest.approx(sk.f1_score(y, np.ones(1000)))


def test_something_is_learned_only_beyond_two_standard_errors() -> None:
    rng = np.random.default_rng(0)
    naive = rng.normal(-1, 0.3, size=500)
    alarms = sum(
        learned(naive + np.random.default_rng(s).normal(0, 0.2, 500), naive).something
        for s in range(400)
    )
    assert alarms <= 20  # 2.3 % of 400 are 9
    assert learned(naive + 0.05, naive + rng.normal(0, 0.2, 500)).something
    assert not learned(np.array([np.inf]), np.zeros(1)).something
