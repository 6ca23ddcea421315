"""The libraries advisor can drive; ``LEARNERS`` names them."""

from __future__ import annotations

import sys
from collections.abc import Callable

from advisor.errors import UsageError
from advisor.learners.base import Learner, Model, Noticing, ParamProblem, Settling, Trainer
from advisor.own_code import OwnModel, sizes_asked
from advisor.recipes.own import ROUNDS, Roles, own_recipe
from advisor.recipes.own_net import net_recipe
from advisor.recipes.recipe import Recipe
from advisor.types import Params


def _lightgbm() -> Learner:
    from advisor.learners.lightgbm.learner import LightGBM  # heavy: only when it is used

    return LightGBM()


def _mlp() -> Learner:
    from advisor.learners.sklearn.mlp import Mlp  # heavy as well

    return Mlp()


def _hist_gradient_boosting() -> Learner:
    from advisor.learners.sklearn.hgb import HistGradientBoosting

    return HistGradientBoosting()


def _torch() -> Learner:
    try:
        from advisor.learners.torch.tabular import Torch
    except ModuleNotFoundError as error:
        raise _without("torch", error) from None
    return Torch()


def _linear() -> Learner:
    from advisor.learners.sklearn.linear import Linear

    return Linear()


def _random_forest() -> Learner:
    from advisor.learners.sklearn.forest import Forests

    return Forests("random_forest")


def _extra_trees() -> Learner:
    from advisor.learners.sklearn.forest import Forests

    return Forests("extra_trees")


def _own() -> Learner:
    """To load what was saved; what measures is made of the person's model (``learner_of``)."""
    from advisor.learners.own.learner import OwnLearner

    return OwnLearner()


def learner_of(own: OwnModel, roles: Roles, params: Params) -> tuple[Learner, Recipe]:
    """The learner and the recipe for a person's own model.

    Args:
        own: what they brought.
        roles: of its parameters.
        params: as the config sets them.

    Raises:
        UsageError: it is nothing that can be fitted here, or a role is wrong.
    """
    from advisor.learners.own.learner import OwnLearner

    if "torch" in sys.modules or sizes_asked(own):  # else nothing of theirs can be a net
        try:
            from advisor.learners.own.net import OwnNet, is_net
        except ModuleNotFoundError as error:
            raise _without("torch", error) from None
        if is_net(own):
            net = OwnNet(own)
            return net, net_recipe(roles, net.params_for(roles, params))
    learner = OwnLearner(own, next(iter(roles.get(ROUNDS, {})), None))
    return learner, own_recipe(roles, learner.params_for(roles))


def _gradient_boosting() -> Learner:
    from advisor.learners.sklearn.gbm import GradientBoosting

    return GradientBoosting()


def _svm() -> Learner:
    from advisor.learners.sklearn.svm import Svm

    return Svm()


def _knn() -> Learner:
    from advisor.learners.sklearn.knn import Neighbours

    return Neighbours()


def _xgboost() -> Learner:
    try:
        from advisor.learners.boosters.xgboost import XGBoost
    except ModuleNotFoundError as error:
        raise _without("xgboost", error) from None
    return XGBoost()


def _catboost() -> Learner:
    try:
        from advisor.learners.boosters.catboost import CatBoost
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

__all__ = [
    "LEARNERS",
    "Learner",
    "Model",
    "Noticing",
    "ParamProblem",
    "Settling",
    "Trainer",
    "learner_of",
]
