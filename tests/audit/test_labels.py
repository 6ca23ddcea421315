"""D07: wrong labels are found, overlapping classes are not taken for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from measured_worlds import measured, only, sigmoid, table
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_predict

from advisor.audit.labels import wrong_labels
from advisor.rows.doubts.floor import FloorModel, confused, cooled_loss, likeliest
from advisor.rows.doubts.linear import design, out_of_fold
from advisor.types import Dataset, Floats, Ints, Severity, Task

N = 3000
Bools = NDArray[np.bool_]


def two_classes(signal: float, wrong: float, seed: int = 0) -> tuple[Dataset, Any, Any]:
    """A Dataset, what a good model says of the labels as they are, and which were flipped."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, 3))
    z = signal * (X[:, 0] + 0.5 * X[:, 1])
    y = (rng.random(N) < sigmoid(z)).astype(int)
    flip = rng.random(N) < wrong
    p = (1 - 2 * wrong) * sigmoid(z) + wrong
    p = sigmoid(np.log(p / (1 - p)) + rng.normal(0, 0.6, N))  # as a fitted model would
    y = np.where(y ^ flip, "yes", "no")
    return table({f"x{i}": X[:, i] for i in range(3)}, y, Task.BINARY), p, flip


@pytest.mark.parametrize("wrong", [0.1, 0.2])
def test_flipped_labels_are_counted_and_shown(wrong: float) -> None:
    data, p, flip = two_classes(5.0, wrong)
    finding = only(wrong_labels(measured(data, p, "log_loss")), "D07", Severity.WARNING)
    assert finding.evidence["share"] == pytest.approx(wrong, abs=0.03)
    assert 0.03 < finding.evidence["low"] < finding.evidence["share"]
    shown = np.array(finding.evidence["row_numbers"]) - 1
    assert len(shown) == len(finding.evidence["suspects"]) == 20
    assert flip[shown].mean() >= 0.9
    first = finding.evidence["suspects"][0]
    given = data.classes[data.y[shown[0]]]
    other = data.classes[1 - data.y[shown[0]]]
    assert first == f"{shown[0] + 1}: {given} -> {other}"
    assert finding.points_to == "data"


@pytest.mark.parametrize("signal", [0.3, 1.0, 2.0, 8.0])
@pytest.mark.parametrize("seed", range(3))
def test_overlapping_classes_are_no_wrong_labels(signal: float, seed: int) -> None:
    data, p, _ = two_classes(signal, 0.0, seed)
    only(wrong_labels(measured(data, p, "log_loss")), "D07", Severity.PASSED)


def test_overconfident_predictions_are_no_wrong_labels() -> None:
    data, p, _ = two_classes(1.5, 0.0)
    sure = sigmoid(6 * np.log(p / (1 - p)))
    only(wrong_labels(measured(data, sure, "log_loss")), "D07", Severity.PASSED)


def test_pure_noise_is_no_wrong_label() -> None:
    rng = np.random.default_rng(0)
    data = table({"x": rng.normal(size=N)}, rng.integers(0, 2, N), Task.BINARY)
    p = sigmoid(rng.normal(size=N))
    only(wrong_labels(measured(data, p, "log_loss")), "D07", Severity.PASSED)


def test_flipped_labels_of_several_classes_are_found() -> None:
    rng = np.random.default_rng(0)
    true = rng.integers(0, 4, N)
    X = 6 * np.eye(4)[true] + rng.normal(size=(N, 4))
    flip = rng.random(N) < 0.1
    y = np.where(flip, (true + rng.integers(1, 4, N)) % 4, true)
    data = table({f"x{i}": X[:, i] for i in range(4)}, y.astype(str), Task.MULTICLASS)
    p = np.full((N, 4), 0.1 / 3)
    p[np.arange(N), true] = 0.9
    p *= np.exp(rng.normal(0, 0.6, (N, 4)))
    p /= p.sum(axis=1, keepdims=True)
    finding = only(wrong_labels(measured(data, p, "log_loss")), "D07", Severity.WARNING)
    assert finding.evidence["share"] == pytest.approx(0.1, abs=0.02)
    assert flip[np.array(finding.evidence["row_numbers"]) - 1].all()


def in_a_row(apart: float, wrong: float, seed: int = 0) -> tuple[Ints, list[Floats], Bools]:
    """Labels of four classes side by side, what two models say of them, and which are wrong.

    A wrong label is the next class's, of the last class the first one's.
    """
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 4, N // 2)
    X = rng.normal(size=(len(true), 3)) + apart * true[:, None] * np.array([1.0, 0.0, 0.0])
    flip = rng.random(len(true)) < wrong
    y = np.where(flip, (true + 1) % 4, true)
    trees = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=7, early_stopping=False)
    said = cross_val_predict(trees, X, y, cv=3, method="predict_proba")
    return y, [said, out_of_fold(X, y, np.arange(len(y)), 4, seed)], flip


@pytest.mark.parametrize("wrong", [0.1, 0.2])
def test_labels_that_name_the_next_class_are_found(wrong: float) -> None:
    y, parts, flip = in_a_row(6.0, wrong)
    model, best = likeliest(y, parts)
    assert best.share == pytest.approx(wrong, abs=0.03)
    assert model.lowest(best) > 0.03
    assert flip[best.wrong > 0.5].mean() >= 0.9
    assert (best.wrong > 0.5)[flip].mean() >= 0.8
    assert FloorModel(y, parts).fit().log_likelihood < best.log_likelihood


@pytest.mark.parametrize("apart", [0.5, 1.0, 2.0, 6.0])
@pytest.mark.parametrize("seed", range(2))
def test_neighbours_that_overlap_are_no_wrong_labels(apart: float, seed: int) -> None:
    y, parts, _ = in_a_row(apart, 0.0, seed)
    model, best = likeliest(y, parts)
    assert best.share <= 0.03 or model.lowest(best) <= 0.03


def test_numbers_and_few_rows_are_not_examined() -> None:
    rng = np.random.default_rng(0)
    numbers = table({"x": rng.normal(size=600)}, rng.normal(size=600), Task.REGRESSION)
    found = wrong_labels(measured(numbers, np.zeros(600), "rmse"))
    only(found, "D07", Severity.NOT_APPLICABLE)
    few = table({"x": rng.normal(size=300)}, rng.integers(0, 2, 300), Task.BINARY)
    only(wrong_labels(measured(few, np.full(300, 0.5), "log_loss")), "D07", Severity.SKIPPED)


@pytest.mark.parametrize("directed", [False, True])
def test_the_floor_model_has_the_gradient_it_says(directed: bool) -> None:
    rng = np.random.default_rng(0)
    p, q = (rng.dirichlet(np.ones(3), 50) for _ in range(2))
    y = rng.integers(0, 3, 50)
    model = FloorModel(y, [p, q], confused(y, [p, q]) if directed else None)
    x = np.array([0.7, 0.2, 0.1, -0.3, 0.2, 0.15])
    _, gradient = model._loss(x)
    for i in range(len(x)):
        step = np.zeros(len(x))
        step[i] = 1e-5
        numeric = (model._loss(x + step)[0] - model._loss(x - step)[0]) / 2e-5
        assert gradient[i] == pytest.approx(numeric, rel=1e-4, abs=1e-7)


def test_cooling_takes_overconfidence_away_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    p = sigmoid(rng.normal(size=4000))
    y = (rng.random(4000) < p).astype(int)
    honest = -np.log(np.where(y == 1, p, 1 - p)).mean()
    sure = sigmoid(5 * np.log(p / (1 - p)))
    for said in (p, sure):
        assert cooled_loss(y, np.column_stack([1 - said, said]), 0) == pytest.approx(
            honest, abs=0.01
        )


def test_the_linear_model_never_sees_the_rows_it_predicts() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    units = np.arange(400) // 2  # each unit twice, with a column that names it
    X = np.eye(200)[units]
    y = y[units * 2]
    p = out_of_fold(X, y, units, 2, 0)
    assert p.shape == (400, 2)
    assert abs(np.corrcoef(p[:, 1], y)[0, 1]) < 0.2


def test_the_design_takes_missing_values_and_rare_categories() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    x[::10] = np.nan
    city = np.array([f"city {i}" for i in rng.integers(0, 60, 300)], dtype=object)
    city[5] = None
    data = table({"x": x, "empty": np.nan, "city": city}, rng.normal(size=300), Task.REGRESSION)
    X = design(data, data.train)
    assert X.shape == (300, 1 + 1 + 20)
    assert np.isfinite(X).all()
