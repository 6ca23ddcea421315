"""Parameters of scikit-learn's estimators: every name, and what each may hold.

scikit-learn declares what it takes as constraints on the class; they are read here and broken ones
are said in our own words.
"""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Collection, Mapping
from numbers import Integral, Real
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, Options, make_constraint

from advisor.learners.base import ParamProblem
from advisor.recipes.knobs import same
from advisor.types import Params

ELSEWHERE = {"class_weight": "training: {class_weight: balanced}"}
WORDS = {True: "true", False: "false", None: "null"}


def names_of(estimator: type[BaseEstimator]) -> list[str]:
    """The estimator's parameters."""
    return [name for name in inspect.signature(estimator).parameters if name not in ELSEWHERE]


def given_to(
    estimator: type[BaseEstimator], params: Params, *, without: Collection[str] = ()
) -> dict[str, Any]:
    """Those of the parameters that the estimator takes."""
    known = {*names_of(estimator)} - {*without}
    return {name: value for name, value in params.items() if name in known}


def check_estimator(
    estimator: type[BaseEstimator],
    params: Params,
    *,
    family: str,
    limits: Mapping[str, Collection[Any]],
) -> None:
    """Raise ParamProblem for a parameter the estimator does not know or cannot take.

    Args:
        estimator: a class of scikit-learn.
        params: names and values.
        family: for the message.
        limits: {name: values} where advisor can do only with some of those that the library takes.
    """
    known = names_of(estimator)
    for name, value in params.items():
        if name not in known:
            values: dict[str, object] = {"param": name, "family": family}
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = ELSEWHERE.get(name) or (near[0] if near else None)
            code = "param_elsewhere" if name in ELSEWHERE else "param_unknown"
            raise ParamProblem(name, code, values, hint)
        if name in limits:
            if not any(same(value, choice) for choice in limits[name]):
                raise _choice(name, value, limits[name])
            continue
        _check_value(name, value, estimator._parameter_constraints.get(name, []))


def _check_value(name: str, value: Any, declared: Collection[Any]) -> None:
    """Raise ParamProblem where the value keeps none of the declared constraints."""
    constraints = [make_constraint(c) for c in declared]
    if not constraints or any(_keeps(c, value) for c in constraints):
        return
    intervals = [c for c in constraints if isinstance(c, Interval)]
    choices = [choice for c in declared for choice in _choices(c)]
    if not intervals:
        raise _choice(name, value, choices)
    if isinstance(value, str) and choices:
        bounds = [_bounds(name, interval) for interval in intervals]
        raise _choice(name, value, [*choices, *bounds])
    values: dict[str, object] = {"param": name, "found": value}
    number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if not number:
        raise ParamProblem(name, "param_number", values)
    if all(interval.type is Integral for interval in intervals) and value != int(value):
        raise ParamProblem(name, "param_integer", values)
    allowed = " / ".join(_bounds(name, interval) for interval in intervals)
    raise ParamProblem(name, "param_range", {**values, "allowed": allowed})


def _keeps(constraint: Any, value: Any) -> bool:
    """Whether scikit-learn takes the value; a bool is no number for us."""
    if isinstance(value, bool) and isinstance(constraint, Interval):
        return False
    return bool(constraint.is_satisfied_by(value))


def _choices(declared: Any) -> list[Any]:
    """The values that a constraint lists."""
    if isinstance(declared, str):
        return [True, False] if declared in ("boolean", "verbose") else []
    if declared is None:
        return [None]
    return sorted(declared.options, key=str) if isinstance(declared, Options) else []


def _bounds(name: str, interval: Interval) -> str:
    """An interval as an inequality."""
    left, right = interval.left, interval.right
    below = "<=" if interval.closed in ("left", "both") else "<"
    above = "<=" if interval.closed in ("right", "both") else "<"
    start = "" if left is None or math.isinf(left) else f"{left:g} {below} "
    end = "" if right is None or math.isinf(right) else f" {above} {right:g}"
    return f"{start}{name}{end}"


def _choice(name: str, value: Any, choices: Collection[Any]) -> ParamProblem:
    shown = [_word(choice) for choice in choices]
    values: dict[str, object] = {"param": name, "found": _word(value), "allowed": shown}
    near = difflib.get_close_matches(str(value), shown, n=1, cutoff=0.6)
    return ParamProblem(name, "param_choice", values, near[0] if near else None)


def _word(value: Any) -> str:
    """A value as it is written in a config."""
    return WORDS[value] if value is None or isinstance(value, bool) else str(value)
