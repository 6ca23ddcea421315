"""The libraries advisor can drive; ``LEARNERS`` names them."""

from __future__ import annotations

from collections.abc import Callable

from advisor.learners.base import Learner, Model, ParamProblem, Trainer


def _lightgbm() -> Learner:
    from advisor.learners.lightgbm import LightGBM  # heavy: only when it is used

    return LightGBM()


def _mlp() -> Learner:
    from advisor.learners.sklearn_mlp import Mlp  # heavy as well

    return Mlp()


def _hist_gradient_boosting() -> Learner:
    from advisor.learners.sklearn_hgb import HistGradientBoosting

    return HistGradientBoosting()


LEARNERS: dict[str, Callable[[], Learner]] = {
    "hist_gradient_boosting": _hist_gradient_boosting,
    "lightgbm": _lightgbm,
    "mlp": _mlp,
}

__all__ = ["LEARNERS", "Learner", "Model", "ParamProblem", "Trainer"]
