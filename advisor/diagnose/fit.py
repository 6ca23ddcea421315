"""First reading of the baseline's curves: has it learned, does it still fall, has it overfitted?

Works on the mean over the measured folds.  A reading suggests; the probes and stages decide.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.results import Diagnosis
from advisor.types import Curve, Fit, Floats, Ints

NOT_LEARNING = 0.02  # training skill below it has learned nothing
RISING_SHARE = 0.1  # of what training had gained: losing it again is no overfitting, it diverges
OVERFIT_SHARE = 0.02  # of the curve's range lost after the best round
UNFINISHED_SHARE = 0.02  # of the curve's range gained in the second half of the rounds


def diagnose_fit(
    fits: Sequence[Fit], naive_loss: float, perfect: float = 0.0, *, stopped_early: bool = False
) -> Diagnosis | None:
    """The state of a model from its fits with curves; None where no fit has one.

    Args:
        fits: of one candidate on several splits.
        naive_loss: the naive predictor's loss in the unit of the curves.
        perfect: the best possible score, for a metric that is no loss (its curves show the
            distance from it); ``train`` and ``valid`` of the evidence are in the metric's unit.
        stopped_early: early stopping chose the rounds, so a curve that still falls is no news.
    """
    curves = [fit.curve for fit in fits if fit.curve is not None]
    if not curves:
        return None
    if any(fit.failure for fit in fits):
        return Diagnosis("diverging", {"folds": len(curves)}, "learning_rate", False)
    rounds, train, valid = _mean(curves)
    scale = abs(naive_loss) or 1.0
    best = int(valid.argmin())
    floor = min(naive_loss, float(valid[0]))
    span = max(max(naive_loss, float(valid[0])) - float(valid[best]), 1e-12)
    evidence = {
        "train": perfect - float(train[-1]) if perfect else float(train[-1]),
        "valid": perfect - float(valid[-1]) if perfect else float(valid[-1]),
        "train_loss": float(train[-1]),
        "valid_loss": float(valid[-1]),
        "naive_loss": naive_loss,
        "train_skill": 1 - float(train[-1]) / scale,
        "valid_skill": 1 - float(valid[-1]) / scale,
        "best_round": int(rounds[best]),
        "rounds": int(rounds[-1]),
        "lost_after_best": float(valid[-1] - valid[best]),
    }
    half = int(np.searchsorted(rounds, rounds[-1] / 2))
    late = float(valid[min(half, len(valid) - 1)] - valid[-1])
    if evidence["train_skill"] < -NOT_LEARNING:
        state, points_to = "diverging", "learning_rate"
    elif evidence["train_skill"] < NOT_LEARNING:
        state, points_to = "not_learning", "learning_rate"
    elif float(train[-1] - train.min()) > RISING_SHARE * max(naive_loss - float(train.min()), 0):
        state, points_to = "diverging", "learning_rate"
    elif float(valid[-1] - valid[best]) > OVERFIT_SHARE * span:
        state, points_to = "overfit", "regularization"
    elif not stopped_early and late > UNFINISHED_SHARE * max(floor - float(valid[best]), span):
        state, points_to = "not_converged", "learning_rate"
    else:
        state, points_to = "healthy", None
    return Diagnosis(state, evidence, points_to, False)


def _mean(curves: Sequence[Curve]) -> tuple[Ints, Floats, Floats]:
    """Mean curve over the rounds that all folds have."""
    rounds = curves[0].rounds
    for curve in curves[1:]:
        rounds = np.intersect1d(rounds, curve.rounds)
    train = np.mean([c.train[np.isin(c.rounds, rounds)] for c in curves], axis=0)
    valid = np.mean([c.valid[np.isin(c.rounds, rounds)] for c in curves], axis=0)
    return rounds, train, valid
