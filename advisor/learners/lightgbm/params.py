"""LightGBM's parameters: every spelling, what each may hold, and which are not the person's."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

import lightgbm as lgb
import numpy as np

from advisor.learners.base import ParamProblem
from advisor.types import Params, Task

FAMILY = "lightgbm"
# Decided by the task, the search or the machine, never by a person's parameters.
OURS = {
    "metric",
    "num_threads",
    "seed",
    "deterministic",
    "force_row_wise",
    "force_col_wise",
    "verbosity",
    "num_class",
    "early_stopping_round",
    "num_iterations",
    "device_type",
}
# Of these, what the person means is kept by other means, or changes nothing that is measured.
KEPT = {"num_iterations", "early_stopping_round", "verbosity", "num_threads"}
# Parameters of LightGBM's scikit-learn classes that have another place in the config.
ELSEWHERE = {"class_weight": "training: {class_weight: balanced}"}
# Parameters a booster dataset is built with; the search never changes them.
DATASET_PARAMS = ("max_bin", "min_data_in_bin", "bin_construct_sample_cnt", "zero_as_missing")
OBJECTIVES = {
    Task.BINARY: ("binary", "cross_entropy"),
    Task.MULTICLASS: ("multiclass", "multiclassova"),
    Task.REGRESSION: (
        "regression",
        "regression_l1",
        "huber",
        "fair",
        "poisson",
        "quantile",
        "mape",
        "gamma",
        "tweedie",
    ),
}
OBJECTIVE_ALIASES = {
    "regression_l2": "regression",
    "l2": "regression",
    "mse": "regression",
    "mean_squared_error": "regression",
    "rmse": "regression",
    "l1": "regression_l1",
    "mae": "regression_l1",
    "mean_absolute_error": "regression_l1",
    "softmax": "multiclass",
    "ova": "multiclassova",
}
# Spelled by scikit-learn's interface of LightGBM only.
SKLEARN_NAMES = {"random_state": "seed", "n_jobs": "num_threads", "boosting_type": "boosting"}
# name: (lowest, highest, lowest itself allowed); the library's documented ranges.
RANGES: dict[str, tuple[float, float | None, bool]] = {
    "learning_rate": (0, None, False),
    "num_iterations": (1, None, True),
    "num_leaves": (2, 131072, True),
    "min_data_in_leaf": (0, None, True),
    "min_sum_hessian_in_leaf": (0, None, True),
    "bagging_fraction": (0, 1, False),
    "bagging_freq": (0, None, True),
    "feature_fraction": (0, 1, False),
    "feature_fraction_bynode": (0, 1, False),
    "lambda_l1": (0, None, True),
    "lambda_l2": (0, None, True),
    "min_gain_to_split": (0, None, True),
    "path_smooth": (0, None, True),
    "max_bin": (2, None, True),
    "scale_pos_weight": (0, None, False),
    "early_stopping_round": (0, None, True),
}
INTEGERS = {
    "num_iterations",
    "num_leaves",
    "max_depth",
    "min_data_in_leaf",
    "bagging_freq",
    "max_bin",
    "early_stopping_round",
}


def _library_names() -> dict[str, str]:
    """Every spelling LightGBM knows, to its main name."""
    table = lgb.basic._ConfigAliases._get_all_param_aliases()
    names = {alias: main for main, aliases in table.items() for alias in (main, *aliases)}
    return {**names, **SKLEARN_NAMES}


NAMES = _library_names()


def ours_among(params: Params) -> list[str]:
    """Parameters of the person's that advisor decides itself, as they are spelled."""
    return [name for name in params if NAMES.get(name) in OURS - KEPT]


def main_names(params: Params) -> dict[str, Any]:
    """The parameters under LightGBM's main names."""
    return {NAMES.get(name, name): value for name, value in params.items() if value is not None}


def check_params(params: Params, task: Task) -> None:
    """Raise ParamProblem for a parameter LightGBM does not know or cannot take."""
    for name, value in params.items():
        if name not in NAMES:
            values: dict[str, object] = {"param": name, "family": FAMILY}
            code = "param_elsewhere" if name in ELSEWHERE else "param_unknown"
            raise ParamProblem(name, code, values, ELSEWHERE.get(name) or _nearest(name))
        _check_value(name, NAMES[name], value)
        first = next(other for other in params if NAMES.get(other) == NAMES[name])
        if first != name:
            raise ParamProblem(name, "param_twice", {"first": first, "second": name})
    given = main_names(params)
    objective = given.get("objective")
    if objective is not None:
        main = OBJECTIVE_ALIASES.get(str(objective), str(objective))
        if main not in OBJECTIVES[task]:
            name = next(n for n in params if NAMES[n] == "objective")
            allowed = list(OBJECTIVES[task])
            found = {"objective": objective, "task": str(task), "allowed": allowed}
            raise ParamProblem(name, "objective_task", found)
    if given.get("linear_tree"):  # LightGBM crashes on a subset of bins without the raw values
        name = next(n for n in params if NAMES[n] == "linear_tree")
        raise ParamProblem(
            name, "param_choice", {"param": name, "found": "true", "allowed": ["false"]}
        )
    boosting = given.get("boosting", "gbdt")
    if boosting not in ("gbdt", "gbrt"):
        name = next(n for n in params if NAMES[n] == "boosting")
        raise ParamProblem(
            name, "param_choice", {"param": name, "found": boosting, "allowed": ["gbdt"]}
        )


def _nearest(name: str) -> str | None:
    """The most similar name; of several that are about as similar, a main one."""
    near = difflib.get_close_matches(name, NAMES, n=3, cutoff=0.6)
    return next((n for n in near if NAMES[n] == n), near[0] if near else None)


def _check_value(name: str, main: str, value: object) -> None:
    if main not in RANGES and main not in INTEGERS:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ParamProblem(name, "param_number", {"param": name, "found": value})
    if main in INTEGERS and value != int(value):
        raise ParamProblem(name, "param_integer", {"param": name, "found": value})
    low, high, closed = RANGES.get(main, (-np.inf, None, True))
    inside = (value >= low if closed else value > low) and (high is None or value <= high)
    if not inside:
        allowed = f"{'>=' if closed else '>'} {low:g}" + (f", <= {high:g}" if high else "")
        raise ParamProblem(name, "param_range", {"param": name, "found": value, "allowed": allowed})


def safe_names(names: Sequence[object]) -> list[str]:
    """Column names without the signs that LightGBM's model file cannot hold, still distinct."""
    out: list[str] = []
    for name in names:
        safe = re.sub(r'[\s,:\[\]{}"\\]', "_", str(name))
        while safe in out:
            safe += "_"
        out.append(safe)
    return out
