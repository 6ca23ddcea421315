"""The three questions that tell a healthy training from a sick one, each answered with numbers.

There is no universally good loss.  What counts is that the training loss keeps falling, that the
validation loss falls with it, and that accuracy or F1 agree.
"""

from __future__ import annotations

from typing import Any

from advisor.diagnose.state import FALLS_P, FROZEN, JAGGED, Reading, holds
from advisor.types import Reason

SETTLED = 0.01  # upper end of the predicted gain of twice the rounds: nothing is left to gain
MOVED = 0.01  # a score beside the loss has moved
LEARNED = 0.05  # skill from which the score beside the loss should have moved with it


def health(reading: Reading, metric: str | None) -> tuple[Reason, Reason, Reason]:
    """Does the training loss fall, does the validation loss fall with it, does the metric agree?

    Args:
        reading: of the baseline.
        metric: the name of the score beside the loss; None where there is none.
    """
    return _training(reading), _validation(reading), _metric(reading, metric)


def _training(r: Reading) -> Reason:
    s = r.shape
    numbers: dict[str, Any] = {
        "train": s.train,
        "lowest": s.lowest_train,
        "naive": s.naive,
        "skill": s.train_skill,
        "rounds": s.rounds,
    }
    if r.failed or not s.finite or s.train_skill < 0:
        return Reason("health.train.rises", numbers)
    if s.points == 1 and s.rounds == 1:
        return Reason("health.train.at_once", numbers)
    if s.jagged > JAGGED:
        return Reason("health.train.zigzags", {**numbers, "jagged": s.jagged})
    if s.frozen > FROZEN:
        return Reason("health.train.frozen", {**numbers, "frozen": s.frozen})
    if s.falls_p < FALLS_P:
        return Reason("health.train.falls", numbers)
    return Reason("health.train.stands", numbers)


def _validation(r: Reading) -> Reason:
    s = r.shape
    numbers: dict[str, Any] = {
        "valid": s.valid,
        "train": s.train,
        "naive": s.naive,
        "skill": s.valid_skill,
        "best_round": s.best_round,
        "rounds": s.rounds,
        "lost": s.lost,
    }
    if s.turned:
        return Reason("health.valid.turned", numbers)
    if s.valid_skill <= 2 * r.skill_se:
        return Reason("health.valid.never", numbers)
    if s.further is None:
        return Reason("health.valid.falls", numbers)
    ahead = {"low": max(0.0, s.further.low), "high": max(0.0, s.further.high)}
    if s.further.low > SETTLED:
        return Reason("health.valid.falls_on", {**numbers, **ahead})
    return Reason("health.valid.settled", numbers)


def _metric(r: Reading, metric: str | None) -> Reason:
    s = r.shape
    if metric is None or s.metric_end != s.metric_end:
        return Reason("health.metric.none")
    numbers: dict[str, Any] = {
        "metric": metric,
        "first": s.metric_first,
        "best": s.metric_best,
        "end": s.metric_end,
    }
    moved = s.metric_best - s.metric_first
    if s.turned and holds(r):
        return Reason("health.metric.holds", numbers)
    if s.turned:
        return Reason("health.metric.falls", numbers)
    if s.metric_end < s.metric_first - MOVED:
        return Reason("health.metric.parts", numbers)
    if s.valid_skill > LEARNED and moved < MOVED and s.best_round > 1:
        return Reason("health.metric.stands", numbers)
    return Reason("health.metric.agrees", numbers)
