"""What a net from a config may be told: every name, what it may hold, and what that means.

The names are PyTorch's own where it has one (``weight_decay``, ``momentum``, ``label_smoothing``).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from advisor.learners.base import ParamProblem
from advisor.recipes.knobs import as_layers, is_number
from advisor.types import Params, Task

FAMILY = "torch"
ROUNDS = "epochs"
LAYERS = "hidden"

ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid")
NORMS = ("none", "batch", "layer")
OPTIMIZERS = ("adamw", "adam", "sgd")
SCHEDULES = ("none", "cosine", "one_cycle")
DEVICES = ("auto", "cpu", "cuda")
NEAR = 0.7  # a word as far off as gpu is from cpu is no slip of the hand


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    default: str
    allowed: tuple[str, ...]

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, str) or value not in self.allowed:
            near = difflib.get_close_matches(str(value), self.allowed, n=1, cutoff=NEAR)
            values: dict[str, object] = {
                "param": name,
                "found": str(value),
                "allowed": list(self.allowed),
            }
            raise ParamProblem(name, "param_choice", values, near[0] if near else None)


@dataclass(frozen=True, slots=True)
class Switch:
    """Yes or no."""

    default: bool

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, bool):
            values: dict[str, object] = {
                "param": name,
                "found": str(value),
                "allowed": ["true", "false"],
            }
            raise ParamProblem(name, "param_choice", values)


@dataclass(frozen=True, slots=True)
class Number:
    """A number of an interval; ``below`` and ``above`` are not in it."""

    default: float
    at_least: float | None = None
    above: float | None = None
    below: float | None = None
    whole: bool = False

    def check(self, name: str, value: Any) -> None:
        values: dict[str, object] = {"param": name, "found": value}
        if not is_number(value) or not isfinite(value):
            raise ParamProblem(name, "param_number", values)
        if self.whole and value % 1:
            raise ParamProblem(name, "param_integer", values)
        inside = (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )
        if not inside:
            left = f"{self.above:g} < " if self.above is not None else ""
            left = f"{self.at_least:g} <= " if self.at_least is not None else left
            right = f" < {self.below:g}" if self.below is not None else ""
            raise ParamProblem(name, "param_range", {**values, "allowed": f"{left}{name}{right}"})


@dataclass(frozen=True, slots=True)
class Widths:
    """Widths of the hidden layers; an empty list is a net without any."""

    default: tuple[int, ...]

    def check(self, name: str, value: Any) -> None:
        widths = () if _is_empty(value) else as_layers(value)
        if widths is None or any(width < 1 for width in widths):
            raise ParamProblem(name, "not_layers", {"key": name, "found": str(value)})


def _is_empty(value: Any) -> bool:
    return isinstance(value, list | tuple) and not value


Rule = Choice | Switch | Number | Widths
RULES: Mapping[str, Rule] = {
    LAYERS: Widths((128, 128)),
    "activation": Choice("relu", ACTIVATIONS),
    "norm": Choice("none", NORMS),
    "dropout": Number(0.0, at_least=0, below=1),
    "optimizer": Choice("adamw", OPTIMIZERS),
    "learning_rate": Number(1e-3, above=0),
    "momentum": Number(0.9, at_least=0, below=1),
    "weight_decay": Number(0.01, at_least=0),
    "label_smoothing": Number(0.0, at_least=0, below=1),
    "batch_size": Number(128, at_least=1, whole=True),
    ROUNDS: Number(100, at_least=1, whole=True),
    "schedule": Choice("none", SCHEDULES),
    "warmup_epochs": Number(0, at_least=0, whole=True),
    "clip_norm": Number(0.0, at_least=0),
    "early_stopping": Switch(False),
    "patience": Number(10, at_least=1, whole=True),
    "scale_target": Switch(True),
    "device": Choice("auto", DEVICES),
}


ALIASES = {"lr": "learning_rate"}


def check(params: Params, task: Task) -> None:
    """Raise ParamProblem for a parameter that is unknown or cannot hold its value."""
    for name, value in params.items():
        if name in ALIASES:
            RULES[ALIASES[name]].check(name, value)
            continue
        if name not in RULES:
            near = difflib.get_close_matches(name, RULES, n=1, cutoff=0.6)
            values: dict[str, object] = {"param": name, "family": FAMILY}
            raise ParamProblem(name, "param_unknown", values, near[0] if near else None)
        RULES[name].check(name, value)
    if params.get("norm") == "batch" and params.get("batch_size") == 1:
        values = {"param": "batch_size", "found": 1, "allowed": "2 <= batch_size (norm: batch)"}
        raise ParamProblem("batch_size", "param_range", values)
    if params.get("label_smoothing", 0) and not task.is_classification:
        values = {"param": "label_smoothing", "found": params["label_smoothing"]}
        raise ParamProblem("label_smoothing", "param_range", {**values, "allowed": "0"})


def widths_of(params: Params) -> tuple[int, ...]:
    """Widths of the hidden layers, () for none."""
    value = params[LAYERS]
    return () if _is_empty(value) else (as_layers(value) or ())


@dataclass(frozen=True, slots=True)
class Setting:
    """What may differ between nets that are trained as one stack.

    Attributes:
        rate: the highest learning rate of the schedule.
        dropout: probability that a hidden unit is left out of a step.
        decay: weight decay, for ``adamw`` beside the gradient, for the others in it.
        smoothing: share of a label that is spread over all classes.
        clip: largest norm of a net's gradient, 0 for none.
        epochs: at most; schedule and warm-up are laid over them.
    """

    rate: float
    decay: float
    momentum: float
    dropout: float
    smoothing: float
    clip: float
    epochs: int
    schedule: str
    warmup: int

    @classmethod
    def of(cls, params: Params) -> Setting:
        """From complete parameters."""
        return cls(
            rate=float(params["learning_rate"]),
            decay=float(params["weight_decay"]),
            momentum=float(params["momentum"]),
            dropout=float(params["dropout"]),
            smoothing=float(params["label_smoothing"]),
            clip=float(params["clip_norm"]),
            epochs=int(params[ROUNDS]),
            schedule=str(params["schedule"]),
            warmup=int(params["warmup_epochs"]),
        )
