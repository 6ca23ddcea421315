"""When to stop, and what a curve shows."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.learners.watch import Patience, curve_rounds
from advisor.settings import Stopping


def stopped(losses: list[float], stopping: Stopping, smooth: int = 1) -> tuple[int, int]:
    """(round that is kept, round after which it ends)."""
    patience = Patience(stopping, 1.0, smooth)
    for number, loss in enumerate(losses, 1):
        patience.see(number, loss)
        if patience.over:
            return patience.best_round, number
    return patience.best_round, len(losses)


def test_the_lowest_loss_is_kept_and_patience_counts_from_it() -> None:
    assert stopped([0.9, 0.8, 0.7, 0.75, 0.74, 0.73, 0.1], Stopping(3)) == (3, 6)
    assert stopped([0.9, 0.8, 0.7, 0.75, 0.74, 0.65, 0.6], Stopping(3)) == (7, 7)


def test_rounds_that_are_not_worth_running_are_not_run() -> None:
    slow = [0.5 - 1e-5 * i for i in range(100)]
    assert stopped(slow, Stopping(10)) == (100, 100)
    assert stopped(slow, Stopping(10, min_share=0.01)) == (11, 11)


def test_a_lucky_epoch_of_a_jagged_curve_is_not_chosen() -> None:
    level, lucky = [0.5, 0.6] * 10, [0.9, 0.8, 0.7, 0.2, 0.8, 0.6, 0.6]
    assert stopped(lucky + level, Stopping(50))[0] == 4
    assert stopped(lucky + level, Stopping(50), smooth=5)[0] > 7


def test_a_lucky_first_epoch_of_a_jagged_curve_is_not_chosen() -> None:
    lucky = [0.1, 0.7, 0.8, 0.6, 0.5, 0.45, 0.44, 0.43, 0.42]
    assert stopped(lucky, Stopping(50))[0] == 1
    assert stopped(lucky, Stopping(50), smooth=5)[0] == len(lucky)


def test_the_last_of_a_few_epochs_is_kept() -> None:
    assert stopped([0.6, 0.5, 0.7], Stopping(50), smooth=5) == (3, 3)


def test_a_loss_that_is_no_number_is_never_the_best() -> None:
    patience = Patience(Stopping(3), 1.0)
    assert not patience.see(1, np.nan)
    assert patience.best == np.inf


@pytest.mark.parametrize("rounds", [1, 2, 99, 6000])
def test_a_curve_has_both_ends_and_not_too_many_points(rounds: int) -> None:
    points = curve_rounds(rounds)
    assert {1, rounds} <= points
    assert max(points) == rounds
    assert len(points) <= 100
