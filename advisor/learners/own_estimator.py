"""What a person's own estimator has to promise, and how it takes weights."""

from __future__ import annotations

import inspect
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from advisor.errors import UsageError


def is_plain(value: object) -> bool:
    """Whether it can be compared with itself and written into a config."""
    return isinstance(value, int | float | str | bool | None) and value == value


def checked(model: Any, source: str) -> Any:
    """The model itself, after its promises were looked at."""
    if inspect.isclass(model):
        raise UsageError("own_is_class", {"found": source, "kind": model.__name__})
    for name in ("fit", "predict", "get_params", "set_params"):
        if not callable(getattr(model, name, None)):
            values = {"found": source, "kind": type(model).__name__, "missing": name}
            raise UsageError("own_not_estimator", values)
    try:
        clone(model)
    except Exception as error:  # whatever a person's class does when it is made anew
        reason = f"{type(error).__name__}: {error}".split("\n")[0]
        raise UsageError("own_not_clonable", {"found": source, "reason": reason}) from error
    return model


def weight_name(model: Any) -> str | None:
    """The keyword under which ``fit`` takes row weights; None where it takes none."""
    if isinstance(model, Pipeline):
        name, last = model.steps[-1]
        inner = weight_name(last)
        return None if inner is None else f"{name}__{inner}"
    return "sample_weight" if has_fit_parameter(model, "sample_weight") else None
