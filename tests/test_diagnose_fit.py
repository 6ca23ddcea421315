"""Curves with a planted fault are read as that fault."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.diagnose.fit import diagnose_fit
from advisor.results import Diagnosis
from advisor.types import Curve, Fit, Floats

NAIVE = 0.69
ROUNDS = np.arange(1, 101, dtype=np.int64)


def fit_of(train: Floats, valid: Floats, failure: str | None = None) -> Fit:
    curve = Curve(ROUNDS[: len(train)], train, valid)
    return Fit(np.zeros(3, dtype=np.float32), len(train), 0.1, curve, failure)


def read(train: Floats, valid: Floats) -> Diagnosis:
    found = diagnose_fit([fit_of(train, valid)], NAIVE)
    assert found is not None
    return found


def falling(to: float, speed: float) -> Floats:
    return np.asarray(to + (NAIVE - to) * np.exp(-speed * ROUNDS))


def overfitting() -> tuple[Floats, Floats]:
    return falling(0.0, 0.1), falling(0.3, 0.2) + 0.004 * np.maximum(ROUNDS - 20, 0)


@pytest.mark.parametrize(
    ("train", "valid", "state", "points_to"),
    [
        (falling(0.25, 0.2), falling(0.3, 0.2), "healthy", None),
        (falling(0.685, 0.2), falling(0.688, 0.2), "not_learning", "learning_rate"),
        (*overfitting(), "overfit", "regularization"),
        (falling(0.0, 0.005), falling(0.05, 0.005), "not_converged", "learning_rate"),
        (NAIVE + 0.01 * ROUNDS, NAIVE + 0.02 * ROUNDS, "diverging", "learning_rate"),
        (falling(0.2, 0.1), NAIVE + 0.02 * ROUNDS, "overfit", "regularization"),
    ],
    ids=["healthy", "not_learning", "overfit", "not_converged", "diverging", "far_overfit"],
)
def test_a_planted_state_is_found(
    train: Floats, valid: Floats, state: str, points_to: str | None
) -> None:
    found = read(train, valid)
    assert (found.state, found.points_to) == (state, points_to)
    assert not found.confirmed  # the probes do that


def test_the_numbers_are_those_of_the_curve() -> None:
    train, valid = overfitting()
    evidence = read(train, valid).evidence
    best = int(valid.argmin())
    assert evidence["best_round"] == best + 1
    assert evidence["rounds"] == 100
    assert evidence["train_loss"] == pytest.approx(train[-1])
    assert evidence["lost_after_best"] == pytest.approx(valid[-1] - valid[best])
    assert evidence["valid_skill"] == pytest.approx(1 - valid[-1] / NAIVE)


def test_a_fit_that_failed_is_diverging() -> None:
    good = fit_of(falling(0.25, 0.2), falling(0.3, 0.2))
    bad = fit_of(falling(0.25, 0.2), falling(0.3, 0.2), failure="diverged")
    found = diagnose_fit([good, bad], NAIVE)
    assert found is not None
    assert (found.state, found.points_to) == ("diverging", "learning_rate")


def test_folds_of_different_length_are_averaged_where_all_were_measured() -> None:
    train, valid = falling(0.25, 0.2), falling(0.3, 0.2)
    found = diagnose_fit([fit_of(train, valid), fit_of(train[:60] + 0.1, valid[:60] + 0.1)], NAIVE)
    assert found is not None
    assert found.evidence["rounds"] == 60
    assert found.evidence["valid_loss"] == pytest.approx(valid[59] + 0.05)


def test_without_a_curve_nothing_is_said() -> None:
    assert diagnose_fit([Fit(np.zeros(1, dtype=np.float32), None, 0.1)], NAIVE) is None
    assert diagnose_fit([], NAIVE) is None
