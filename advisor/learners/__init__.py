"""The libraries advisor can drive; ``LEARNERS`` names them."""

from __future__ import annotations

from collections.abc import Callable

from advisor.errors import UsageError
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


def _torch() -> Learner:
    try:
        from advisor.learners.torch_tabular import Torch
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise UsageError("family_needs_torch", {"command": NEEDS_TORCH}) from None
    return Torch()


NEEDS_TORCH = 'pip install "advisor[torch]"'

LEARNERS: dict[str, Callable[[], Learner]] = {
    "hist_gradient_boosting": _hist_gradient_boosting,
    "lightgbm": _lightgbm,
    "mlp": _mlp,
    "torch": _torch,
}

__all__ = ["LEARNERS", "Learner", "Model", "ParamProblem", "Trainer"]
