"""Fewer rows are called as good only when a loss that matters is ruled out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_learner import FakeLearner, session, table

from advisor.search.row_notes import calibration_error
from advisor.search.thinning import MANY_ROWS, as_good_and_cheaper
from advisor.settings import Candidate

LARGE = MANY_ROWS + 2_000


def asked(tmp_path: Path, lost: Any, rows: int = LARGE, **more: Any) -> Any:
    """What is found where a share of the rows adds ``lost(share)`` to the squared error."""
    learner = FakeLearner(lambda c: 1.0 + lost(c.treatment.fraction), spread=0.2, **more)
    s = session(learner, table(rows, 0), tmp_path, {"n_estimators": 50})
    steps = as_good_and_cheaper(s, s.context((s.person,), 0))
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_the_fewest_rows_that_are_enough_are_found(tmp_path: Path) -> None:
    found = asked(tmp_path, lambda share: 0.0 if share >= 0.25 else 0.5)
    assert isinstance(found.candidate, Candidate)
    assert found.candidate.treatment.fraction == 0.25
    said = found.reason.evidence
    assert said["rows"] == LARGE // 4
    assert -said["delta"] < said["low"] < said["gain"] < said["high"]


def test_a_loss_worth_noticing_is_not_called_as_good(tmp_path: Path) -> None:
    assert asked(tmp_path, lambda share: 0.5 if share < 1 else 0.0) is None


@pytest.mark.parametrize("seed", range(6))
def test_a_loss_as_large_as_delta_is_hardly_ever_called_as_good(seed: int, tmp_path: Path) -> None:
    # delta of this world is a hundredth of the way from the naive loss, about .08
    found = asked(tmp_path, lambda share: 0.12 if share < 1 else 0.0, rows=LARGE + seed)
    assert found is None


def test_a_small_table_is_left_alone(tmp_path: Path) -> None:
    assert asked(tmp_path, lambda share: 0.0, rows=500) is None


def test_calibration_error_is_the_distance_of_said_and_true_shares() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.05, 0.95, 20_000)
    y = (rng.random(20_000) < p).astype(np.int64)
    assert calibration_error(y, p) < 0.02
    assert calibration_error(y, np.clip(p + 0.2, 0, 1)) == pytest.approx(0.19, abs=0.03)
    three = np.column_stack([p, 1 - p, np.zeros_like(p)])
    assert calibration_error(1 - y, three) < 0.02
