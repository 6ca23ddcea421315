from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.measurements import Curve
from advisor.sketch import (
    CURVE_POINTS,
    LINE_POINTS,
    MOST_CLASSES,
    SHOWN_ROWS,
    class_picture,
    confusion,
    mean_curve,
    residual_picture,
    thin_curve,
)


def curve(n: int, seed: int = 0) -> Curve:
    rng = np.random.default_rng(seed)
    return Curve(np.arange(1, n + 1), rng.random(n), rng.random(n))


@given(st.integers(1, 6000), st.integers(0, 9))
def test_a_thinned_curve_keeps_its_ends_and_its_best_round(n: int, seed: int) -> None:
    whole = curve(n, seed)
    at = thin_curve(whole)
    assert len(at) <= CURVE_POINTS + 1
    assert at[0] == 0
    assert at[-1] == n - 1
    assert int(np.argmin(whole.valid)) in at
    assert (np.diff(at) > 0).all()


def test_a_mean_curve_ends_where_the_shortest_does() -> None:
    mean = mean_curve((curve(5), curve(9, 1)))
    assert mean is not None
    assert len(mean.rounds) == len(mean.valid) == 5
    assert mean.valid[0] == pytest.approx((curve(5).valid[0] + curve(9, 1).valid[0]) / 2)
    assert mean_curve(()) is None


def test_a_confusion_counts_every_row_once() -> None:
    y, guess = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0])
    table = confusion(y, guess, ("a", "b", "c"))
    assert table.counts == ((1, 1, 0), (0, 1, 0), (1, 0, 0))


def test_the_rarest_of_many_classes_share_a_place() -> None:
    y = np.repeat(np.arange(40), np.arange(1, 41))
    table = confusion(y, y, tuple(map(str, range(40))))
    assert len(table.labels) == len(table.counts) == MOST_CLASSES
    assert table.other == 40 - MOST_CLASSES + 1
    assert sum(map(sum, table.counts)) == len(y)
    assert table.counts[-1][-1] == sum(range(1, table.other + 1))


@pytest.mark.parametrize("k", [2, 5])
def test_curves_of_classes_are_thin_and_lie_within_the_unit_square(k: int) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, k, 3000)
    p = rng.dirichlet(np.ones(k), 3000)
    pred = p[:, 1] if k == 2 else p
    picture = class_picture(y, pred, pred, tuple(map(str, range(k))), None)
    for line in (picture.roc, picture.precision_recall):
        assert 2 <= len(line.x) <= LINE_POINTS
        assert all(0 <= v <= 1 for v in (*line.x, *line.y))
    assert picture.share == pytest.approx(1 / k, abs=0.05)
    assert sum(b.rows for b in picture.calibration) == 3000
    assert all(0 <= b.low <= b.observed <= b.high <= 1 for b in picture.calibration)


def test_a_model_that_always_says_the_same_has_one_point_of_precision_and_recall() -> None:
    y, pred = np.array([0, 1, 1, 0]), np.full(4, 0.3)
    picture = class_picture(y, pred, pred, ("no", "yes"), None)
    assert picture.precision_recall.x == (1.0,)
    assert picture.precision_recall.y == (0.5,)
    assert picture.roc.x == (0.0, 1.0)


def test_a_threshold_moves_the_answers_and_not_the_curves() -> None:
    y, pred = np.array([0, 1, 1, 0]), np.array([0.1, 0.3, 0.4, 0.2])
    plain = class_picture(y, pred, pred, ("no", "yes"), None)
    moved = class_picture(y, pred, pred + 0.4, ("no", "yes"), None)
    assert plain.confusion.counts == ((2, 0), (2, 0))
    assert moved.confusion.counts == ((1, 1), (0, 2))
    assert plain.roc == moved.roc


def test_one_class_alone_has_no_curves() -> None:
    y, pred = np.zeros(5, dtype=np.int64), np.linspace(0, 1, 5)
    picture = class_picture(y, pred, pred, ("no", "yes"), None)
    assert picture.roc.x == picture.precision_recall.x == ()


def test_residuals_are_a_sample_and_the_bins_hold_every_row() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=2500)
    picture = residual_picture(y, y + 1, 0)
    assert len(picture.predicted) == len(picture.residual) == SHOWN_ROWS
    assert sum(b.rows for b in picture.bins) == 2500
    assert all(b.observed == pytest.approx(-1) for b in picture.bins)
    assert residual_picture(y, y + 1, 0) == picture


def test_predictions_that_are_no_numbers_are_left_out() -> None:
    picture = residual_picture(np.arange(3.0), np.array([1.0, np.nan, np.inf]), 0)
    assert picture.predicted == (1.0,)
