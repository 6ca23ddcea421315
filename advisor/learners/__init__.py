"""The libraries advisor can drive; ``LEARNERS`` names them."""

from __future__ import annotations

from collections.abc import Callable

from advisor.learners.base import Learner, Model, ParamProblem, Trainer


def _lightgbm() -> Learner:
    from advisor.learners.lightgbm import LightGBM  # heavy: only when it is used

    return LightGBM()


LEARNERS: dict[str, Callable[[], Learner]] = {"lightgbm": _lightgbm}

__all__ = ["LEARNERS", "Learner", "Model", "ParamProblem", "Trainer"]
