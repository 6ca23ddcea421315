"""What a person's own estimator has to promise, and how it takes weights."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from advisor.errors import UsageError
from advisor.types import Column, ColumnKind, Finding, Severity


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


def by_code(model: Any, classes: Sequence[str]) -> Any:
    """The model with weights of classes under the codes that ``fit`` gets, not under their labels.

    Args:
        model: a person's; it is not changed.
        classes: (K,) labels in the order of the codes.  Weights that name anything else stay as
            they are.
    """
    codes = {label: code for code, label in enumerate(classes)}
    coded = {
        name: {codes[str(label)]: weight for label, weight in value.items()}
        for name, value in model.get_params(deep=True).items()
        if name.rpartition("__")[2] == "class_weight"
        and isinstance(value, Mapping)
        and all(str(label) in codes for label in value)
    }
    return clone(model).set_params(**coded) if coded else model


def weight_name(model: Any) -> str | None:
    """The keyword under which ``fit`` takes row weights; None where it takes none."""
    if isinstance(model, Pipeline):
        name, last = model.steps[-1]
        inner = weight_name(last)
        return None if inner is None else f"{name}__{inner}"
    return "sample_weight" if has_fit_parameter(model, "sample_weight") else None


def idle_selectors(
    model: Any, source: str, X: pd.DataFrame, columns: Sequence[Column]
) -> list[Finding]:
    """Parts of the ColumnTransformer that a model begins with whose selector finds no column.

    A selector of a dtype that the table does not have here leaves columns out in silence.  Of a
    table of nothing but numbers there is nothing to say.

    Args:
        model: a person's.
        source: for messages.
        X: (n, p) the table that it gets.
        columns: how each column of it was read.
    """
    first = model
    while isinstance(first, Pipeline) and first.steps:
        first = first.steps[0][1]
    changed = next((c.name for c in columns if c.kind is not ColumnKind.NUMBER), None)
    if changed is None or not isinstance(first, ColumnTransformer):
        return []
    seen = {"found": source, "column": changed, "dtype": str(X[changed].dtype)}
    selectors = [(str(name), by) for name, _, by in first.transformers if callable(by)]
    idle = [name for name, by in selectors if not _any(by, X)]
    return [Finding("P15", Severity.WARNING, {**seen, "part": name}) for name in idle]


def _any(selector: Any, X: pd.DataFrame) -> bool:
    """Whether it finds a column; what raises says so when the model is fitted."""
    try:
        return len(selector(X)) > 0
    except Exception:  # a person's code may raise anything
        return True
