"""The curve over rows finds planted power laws again, and says when it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.diagnose.rows import size_curve
from advisor.results import SizeCurve
from advisor.types import Floats

SIZES = (100, 200, 400, 800)
NAIVE = 0.7


def planted(a: float, b: float, c: float, *, noise: float, seed: int) -> Floats:
    """(4, 5) losses a + b n^-c on five folds that differ in level, as folds do."""
    rng = np.random.default_rng(seed)
    level = rng.normal(0, 3 * noise, 5)
    law = a + b * np.asarray(SIZES, dtype=np.float64) ** -c
    return np.asarray(law[:, None] + level + rng.normal(0, noise, (4, 5)))


def read(a: float, b: float, c: float, *, noise: float, seed: int = 0) -> SizeCurve:
    return size_curve(SIZES, planted(a, b, c, noise=noise, seed=seed), NAIVE, seed)


@pytest.mark.parametrize(
    ("law", "verdict"),
    [
        ((0.2, 5.0, 0.5), "starved"),  # doubling gains 7 % of the naive loss
        ((0.2, 1.0, 0.5), "rising"),  # 1.5 %
        ((0.3, 0.0, 1.0), "enough"),  # nothing left
        ((NAIVE - 0.005, 0.0, 1.0), "no_skill"),  # nothing learned that rows could better
        ((NAIVE + 0.2, 0.0, 1.0), "no_skill"),
    ],
)
def test_the_verdict_follows_what_doubling_would_gain(
    law: tuple[float, float, float], verdict: str
) -> None:
    assert read(*law, noise=0.0005).verdict == verdict


@pytest.mark.parametrize("law", [(0.2, 5.0, 0.5), (0.1, 2.0, 0.3), (0.3, 50.0, 1.0)])
def test_a_law_without_noise_is_continued_exactly(law: tuple[float, float, float]) -> None:
    a, b, c = law
    curve = read(a, b, c, noise=0.0)
    assert curve.doubling_gain == pytest.approx(b * (800**-c - 1600**-c), rel=1e-3)


@pytest.mark.parametrize("law", [(0.2, 5.0, 0.5), (0.1, 2.0, 0.3)])
def test_the_interval_covers_the_planted_gain_as_often_as_it_says(
    law: tuple[float, float, float],
) -> None:
    a, b, c = law
    gain = b * (800**-c - 1600**-c)
    curves = [read(a, b, c, noise=0.006, seed=seed) for seed in range(15)]
    held = [
        curve.doubling_low <= gain <= curve.doubling_high
        for curve in curves
        if curve.doubling_low is not None and curve.doubling_high is not None
    ]
    assert len(held) == len(curves)
    assert sum(held) >= 11  # of 15, with .8 promised


def test_a_loss_that_rises_with_the_rows_is_not_extrapolated() -> None:
    losses = np.array([[0.30, 0.31], [0.29, 0.30], [0.40, 0.41], [0.28, 0.29]])
    curve = size_curve(SIZES, losses, NAIVE, 0)
    assert curve.verdict == "not_extrapolated"
    assert (curve.doubling_gain, curve.doubling_low, curve.doubling_high) == (None, None, None)
    assert len(curve.scores) == 4


def test_scores_are_turned_and_rows_are_plain_numbers() -> None:
    losses = planted(0.2, 5.0, 0.5, noise=0.001, seed=1)
    curve = size_curve(np.array(SIZES), losses, NAIVE, 0)  # type: ignore[arg-type]
    np.testing.assert_allclose(curve.scores, -losses.mean(axis=1))
    assert curve.rows == SIZES
    assert all(type(n) is int for n in curve.rows)


def test_one_fold_is_enough_for_a_reading() -> None:
    losses = planted(0.2, 5.0, 0.5, noise=0.0, seed=1)[:, :1]
    assert size_curve(SIZES, losses, NAIVE, 0).verdict == "starved"


def test_the_same_seed_reads_the_same_and_the_interval_is_in_order() -> None:
    one, two = (read(0.2, 5.0, 0.5, noise=0.006, seed=3) for _ in range(2))
    assert one == two
    assert one.doubling_low is not None
    assert one.doubling_gain is not None
    assert one.doubling_high is not None
    assert 0 <= one.doubling_low <= one.doubling_gain <= one.doubling_high
