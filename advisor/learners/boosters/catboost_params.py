"""CatBoost's parameters: what each may hold, and which are not the person's."""

from __future__ import annotations

from math import inf
from typing import Any

from advisor.learners.boosters.tabled_params import Range, Table
from advisor.types import Task

# Decided by the task, the search or the machine, never by a person's parameters.
OURS = (
    "random_seed",
    "thread_count",
    "verbose",
    "logging_level",
    "silent",
    "task_type",
    "classes_count",
    "cat_features",
    "eval_metric",
    "use_best_model",
    "od_type",
    "od_wait",
    "od_pval",
    "allow_writing_files",
)
ALIASES = {
    "n_estimators": "iterations",
    "num_boost_round": "iterations",
    "num_trees": "iterations",
    "eta": "learning_rate",
    "max_depth": "depth",
    "reg_lambda": "l2_leaf_reg",
    "colsample_bylevel": "rsm",
    "min_child_samples": "min_data_in_leaf",
    "num_leaves": "max_leaves",
    "max_bin": "border_count",
    "objective": "loss_function",
    "random_state": "random_seed",
    "early_stopping_rounds": "od_wait",
}
OBJECTIVES = {
    Task.BINARY: ("Logloss",),
    Task.MULTICLASS: ("MultiClass",),
    Task.REGRESSION: ("RMSE", "MAE"),
}
# name: (lowest, highest, lowest itself allowed, whole numbers only); the documented ranges.
RANGES: dict[str, Range] = {
    "learning_rate": (0, inf, False, False),
    "iterations": (1, inf, True, True),
    "depth": (1, 16, True, True),
    "max_leaves": (2, 64, True, True),
    "l2_leaf_reg": (0, inf, True, False),
    "random_strength": (0, inf, True, False),
    "bagging_temperature": (0, inf, True, False),
    "subsample": (0, 1, False, False),
    "rsm": (0, 1, False, False),
    "min_data_in_leaf": (1, inf, True, True),
    "border_count": (1, 65535, True, True),
    "one_hot_max_size": (1, inf, True, True),
    "model_size_reg": (0, inf, True, False),
    "leaf_estimation_iterations": (1, inf, True, True),
    "fold_permutation_block": (1, inf, True, True),
    "max_ctr_complexity": (1, inf, True, True),
}
CHOICES: dict[str, tuple[Any, ...]] = {
    "grow_policy": ("SymmetricTree", "Depthwise", "Lossguide"),
    "bootstrap_type": ("Bayesian", "Bernoulli", "MVS", "No"),
    "boosting_type": ("Ordered", "Plain"),
    "leaf_estimation_method": ("Newton", "Gradient", "Exact"),
    "score_function": ("Cosine", "L2"),
    "sampling_frequency": ("PerTree", "PerTreeLevel"),
    "nan_mode": ("Min", "Max", "Forbidden"),
}
TABLE = Table("catboost", RANGES, CHOICES, ALIASES, OURS, "loss_function", OBJECTIVES)
