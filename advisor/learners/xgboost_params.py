"""XGBoost's parameters: what each may hold, and which are not the person's."""

from __future__ import annotations

import difflib
import math
from typing import Any

from advisor.learners.base import ParamProblem
from advisor.types import Params, Task

FAMILY = "xgboost"
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
ELSEWHERE = {"class_weight": "training: {class_weight: balanced}"}
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
RANGES: dict[str, tuple[float, float, bool, bool]] = {
    "learning_rate": (0, math.inf, False, False),
    "n_estimators": (1, math.inf, True, True),
    "max_depth": (0, math.inf, True, True),
    "max_leaves": (0, math.inf, True, True),
    "max_bin": (2, math.inf, True, True),
    "min_child_weight": (0, math.inf, True, False),
    "gamma": (0, math.inf, True, False),
    "subsample": (0, 1, False, False),
    "colsample_bytree": (0, 1, False, False),
    "colsample_bylevel": (0, 1, False, False),
    "colsample_bynode": (0, 1, False, False),
    "reg_lambda": (0, math.inf, True, False),
    "reg_alpha": (0, math.inf, True, False),
    "max_delta_step": (0, math.inf, True, False),
    "scale_pos_weight": (0, math.inf, False, False),
    "num_parallel_tree": (1, math.inf, True, True),
    "max_cat_to_onehot": (1, math.inf, True, True),
    "max_cat_threshold": (1, math.inf, True, True),
    "base_score": (-math.inf, math.inf, True, False),
    "tweedie_variance_power": (1, 2, False, False),
    "huber_slope": (0, math.inf, False, False),
    "early_stopping_rounds": (1, math.inf, True, True),
}
CHOICES: dict[str, tuple[str, ...]] = {
    "booster": ("gbtree",),
    "tree_method": ("auto", "hist", "approx", "exact"),
    "grow_policy": ("depthwise", "lossguide"),
    "sampling_method": ("uniform",),
}
KNOWN = (*RANGES, *CHOICES, *ALIASES, *OURS, "objective")


def main_names(params: Params) -> dict[str, Any]:
    """The parameters under their main names, without those that are left to the library."""
    return {ALIASES.get(name, name): v for name, v in params.items() if v is not None}


def check_params(params: Params, task: Task) -> None:
    """Raise ParamProblem for a parameter XGBoost does not know or cannot take."""
    seen: dict[str, str] = {}
    for name, value in params.items():
        if name not in KNOWN:
            near = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.6)
            hint = ELSEWHERE.get(name) or (near[0] if near else None)
            raise ParamProblem(name, "param_unknown", {"param": name, "family": FAMILY}, hint)
        main = ALIASES.get(name, name)
        if main in seen:
            raise ParamProblem(name, "param_twice", {"first": seen[main], "second": name})
        seen[main] = name
        if value is None:
            continue
        if main in RANGES:
            _check_number(name, main, value)
        allowed = CHOICES.get(main, ())
        if allowed and value not in allowed:
            values: dict[str, object] = {"param": name, "found": value, "allowed": list(allowed)}
            raise ParamProblem(name, "param_choice", values)
        if main == "objective" and value not in OBJECTIVES[task]:
            values = {"objective": value, "task": str(task), "allowed": list(OBJECTIVES[task])}
            raise ParamProblem(name, "objective_task", values)


def _check_number(name: str, main: str, value: Any) -> None:
    low, high, closed, whole = RANGES[main]
    values: dict[str, object] = {"param": name, "found": value}
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ParamProblem(name, "param_number", values)
    if whole and value != int(value):
        raise ParamProblem(name, "param_integer", values)
    if not (value >= low if closed else value > low) or value > high:
        allowed = f"{'>=' if closed else '>'} {low:g}" + (f", <= {high:g}" if high < 1e300 else "")
        raise ParamProblem(name, "param_range", {**values, "allowed": allowed})
