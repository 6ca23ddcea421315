"""XGBoost's parameters: what each may hold, and which are not the person's."""

from __future__ import annotations

from math import inf
from typing import Any

from advisor.learners.boosters.tabled_params import Range, Table
from advisor.types import Task

# Decided by the task, the search or the machine, never by a person's parameters.
OURS = (
    "seed",
    "random_state",
    "nthread",
    "n_jobs",
    "verbosity",
    "num_class",
    "eval_metric",
    "device",
    "enable_categorical",
    "missing",
    "early_stopping_rounds",
)
ALIASES = {
    "eta": "learning_rate",
    "min_split_loss": "gamma",
    "lambda": "reg_lambda",
    "alpha": "reg_alpha",
    "num_boost_round": "n_estimators",
    "num_round": "n_estimators",
}
OBJECTIVES = {
    Task.BINARY: ("binary:logistic",),
    Task.MULTICLASS: ("multi:softprob",),
    Task.REGRESSION: (
        "reg:squarederror",
        "reg:absoluteerror",
        "reg:pseudohubererror",
        "reg:squaredlogerror",
        "reg:gamma",
        "reg:tweedie",
        "count:poisson",
    ),
}
# name: (lowest, highest, lowest itself allowed, whole numbers only); the documented ranges.
RANGES: dict[str, Range] = {
    "learning_rate": (0, inf, False, False),
    "n_estimators": (1, inf, True, True),
    "max_depth": (0, inf, True, True),
    "max_leaves": (0, inf, True, True),
    "max_bin": (2, inf, True, True),
    "min_child_weight": (0, inf, True, False),
    "gamma": (0, inf, True, False),
    "subsample": (0, 1, False, False),
    "colsample_bytree": (0, 1, False, False),
    "colsample_bylevel": (0, 1, False, False),
    "colsample_bynode": (0, 1, False, False),
    "reg_lambda": (0, inf, True, False),
    "reg_alpha": (0, inf, True, False),
    "max_delta_step": (0, inf, True, False),
    "scale_pos_weight": (0, inf, False, False),
    "num_parallel_tree": (1, inf, True, True),
    "max_cat_to_onehot": (1, inf, True, True),
    "max_cat_threshold": (1, inf, True, True),
    "base_score": (-inf, inf, True, False),
    "tweedie_variance_power": (1, 2, False, False),
    "huber_slope": (0, inf, False, False),
    "early_stopping_rounds": (1, inf, True, True),
}
CHOICES: dict[str, tuple[Any, ...]] = {
    "booster": ("gbtree",),
    "tree_method": ("auto", "hist", "approx", "exact"),
    "grow_policy": ("depthwise", "lossguide"),
    "sampling_method": ("uniform",),
}
TABLE = Table("xgboost", RANGES, CHOICES, ALIASES, OURS, "objective", OBJECTIVES)
