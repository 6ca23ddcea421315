"""The libraries advisor can drive; ``LEARNERS`` names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from advisor.errors import UsageError
from advisor.learners.base import Learner, Model, ParamProblem, Trainer
from advisor.own_code import OwnModel

if TYPE_CHECKING:
    from advisor.learners.own import OwnLearner


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
        raise _without("torch", error) from None
    return Torch()


def _linear() -> Learner:
    from advisor.learners.sklearn_linear import Linear

    return Linear()


def _random_forest() -> Learner:
    from advisor.learners.sklearn_forest import Forests

    return Forests("random_forest")


def _extra_trees() -> Learner:
    from advisor.learners.sklearn_forest import Forests

    return Forests("extra_trees")


def _own() -> Learner:
    """To load what was saved; what measures is made of the person's model (``learner_of``)."""
    from advisor.learners.own import OwnLearner

    return OwnLearner()


def learner_of(own: OwnModel, rounds: str | None) -> OwnLearner:
    """The learner for a person's own model; ``rounds`` is its parameter that counts them.

    Raises:
        UsageError: it is nothing that can be fitted here.
    """
    from advisor.learners.own import OwnLearner

    return OwnLearner(own, rounds)


def _gradient_boosting() -> Learner:
    from advisor.learners.sklearn_gbm import GradientBoosting

    return GradientBoosting()


def _svm() -> Learner:
    from advisor.learners.sklearn_svm import Svm

    return Svm()


def _knn() -> Learner:
    from advisor.learners.sklearn_knn import Neighbours

    return Neighbours()


def _xgboost() -> Learner:
    try:
        from advisor.learners.xgboost_learner import XGBoost
    except ModuleNotFoundError as error:
        raise _without("xgboost", error) from None
    return XGBoost()


def _catboost() -> Learner:
    try:
        from advisor.learners.catboost_learner import CatBoost
    except ModuleNotFoundError as error:
        raise _without("catboost", error) from None
    return CatBoost()


def _without(library: str, error: ModuleNotFoundError) -> Exception:
    """The error for a family whose library is not installed; any other as it is."""
    if error.name != library:
        return error
    values = {"family": library, "command": f'pip install "advisor[{library}]"'}
    return UsageError("family_needs_extra", values)


LEARNERS: dict[str, Callable[[], Learner]] = {
    "catboost": _catboost,
    "extra_trees": _extra_trees,
    "gradient_boosting": _gradient_boosting,
    "hist_gradient_boosting": _hist_gradient_boosting,
    "import": _own,
    "knn": _knn,
    "lightgbm": _lightgbm,
    "linear": _linear,
    "mlp": _mlp,
    "random_forest": _random_forest,
    "svm": _svm,
    "torch": _torch,
    "xgboost": _xgboost,
}

__all__ = ["LEARNERS", "Learner", "Model", "ParamProblem", "Trainer", "learner_of"]
