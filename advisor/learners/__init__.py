"""The libraries advisor can drive; ``LEARNERS`` names them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module

from advisor.errors import UsageError
from advisor.learners.base import Learner, Model, Noticing, ParamProblem, Settling, Trainer
from advisor.own_code import OwnModel, sizes_asked
from advisor.recipes.own import ROUNDS, Roles, own_recipe
from advisor.recipes.own_net import net_recipe
from advisor.recipes.recipe import Recipe
from advisor.types import Params

# family: its module below this one, and what makes its learner there
MADE_BY = {
    "catboost": ("boosters.catboost", "CatBoost"),
    "extra_trees": ("sklearn.forest", "extra_trees"),
    "gradient_boosting": ("sklearn.gbm", "gradient_boosting"),
    "hist_gradient_boosting": ("sklearn.hgb", "hist_gradient_boosting"),
    "import": ("own.learner", "OwnLearner"),  # what was saved; to measure one: ``learner_of``
    "knn": ("sklearn.knn", "nearest_neighbours"),
    "lightgbm": ("lightgbm.learner", "LightGBM"),
    "linear": ("sklearn.linear", "Linear"),
    "mlp": ("sklearn.mlp", "Mlp"),
    "random_forest": ("sklearn.forest", "random_forest"),
    "svm": ("sklearn.svm", "support_vectors"),
    "torch": ("torch.tabular", "Torch"),
    "xgboost": ("boosters.xgboost", "XGBoost"),
}
EXTRAS = ("catboost", "torch", "xgboost")  # libraries that need not be installed


def _learner(family: str) -> Learner:
    """The family's learner; its library is loaded here, because that takes seconds."""
    module, name = MADE_BY[family]
    try:
        made: Learner = getattr(import_module(f"{__name__}.{module}"), name)()
    except ModuleNotFoundError as error:
        raise _without(family, error) from None
    return made


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


def _without(library: str, error: ModuleNotFoundError) -> Exception:
    """The error for a family whose library is not installed; any other as it is."""
    if library not in EXTRAS or error.name != library:
        return error
    values = {"family": library, "command": f'pip install "advisor[{library}]"'}
    return UsageError("family_needs_extra", values)


LEARNERS: dict[str, Callable[[], Learner]] = {name: partial(_learner, name) for name in MADE_BY}

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
