"""Skills, and their errors, agree with what they are by definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from advisor.diagnose.loss import always_positive_f1, paired_error, score_skill
from advisor.metrics.table import METRICS, naive_prediction
from advisor.types import Task


def test_skill_is_zero_for_the_naive_and_one_for_the_perfect() -> None:
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


def test_the_error_of_a_gain_is_that_of_the_paired_differences() -> None:
    rng = np.random.default_rng(0)
    naive, gain = rng.normal(-1, 0.3, 500), rng.normal(0.05, 0.2, 500)
    assert paired_error(naive + gain, naive) == pytest.approx(stats.sem(gain))
    assert paired_error(np.array([np.inf]), np.zeros(1)) == np.inf
    assert paired_error(np.array([np.nan, 0.0]), np.zeros(2)) == np.inf
