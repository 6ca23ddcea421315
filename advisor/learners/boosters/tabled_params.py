"""Parameters of libraries that declare none of their limits: tables of them, and one check."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from advisor.learners.base import ParamProblem
from advisor.types import Params, Task

ELSEWHERE = {"class_weight": "training: {class_weight: balanced}"}
Range = tuple[float, float, bool, bool]


@dataclass(frozen=True, slots=True)
class Table:
    """What one library takes.

    Attributes:
        family: for messages.
        ranges: name -> (lowest, highest, lowest itself allowed, whole numbers only).
        choices: name -> values.
        aliases: other spelling -> name.
        ours: decided by the task, the search or the machine, never by a person's parameters.
        objective: the parameter of the loss.
        objectives: what it may be for a task, the default first.
    """

    family: str
    ranges: Mapping[str, Range]
    choices: Mapping[str, tuple[Any, ...]]
    aliases: Mapping[str, str]
    ours: tuple[str, ...]
    objective: str
    objectives: Mapping[Task, tuple[str, ...]] = field(default_factory=dict)

    @property
    def known(self) -> tuple[str, ...]:
        """Every spelling."""
        return (*self.ranges, *self.choices, *self.aliases, *self.ours, self.objective)

    def main_names(self, params: Params) -> dict[str, Any]:
        """The parameters under their main names, without those that are left to the library."""
        return {self.aliases.get(name, name): v for name, v in params.items() if v is not None}

    def given(self, params: Params) -> dict[str, Any]:
        """Those of them that the library is given as they are."""
        main = self.main_names(params)
        return {k: v for k, v in main.items() if k not in self.ours}

    def ignored(self, params: Params) -> list[str]:
        """Parameters of the person's that advisor decides itself, as they are spelled."""
        return [name for name in params if self.aliases.get(name, name) in self.ours]

    def check(self, params: Params, task: Task) -> None:
        """Raise ParamProblem for a parameter the library does not know or cannot take."""
        seen: dict[str, str] = {}
        for name, value in params.items():
            if name not in self.known:
                near = difflib.get_close_matches(name, self.known, n=1, cutoff=0.6)
                hint = ELSEWHERE.get(name) or (near[0] if near else None)
                said: dict[str, object] = {"param": name, "family": self.family}
                code = "param_elsewhere" if name in ELSEWHERE else "param_unknown"
                raise ParamProblem(name, code, said, hint)
            main = self.aliases.get(name, name)
            if main in seen:
                raise ParamProblem(name, "param_twice", {"first": seen[main], "second": name})
            seen[main] = name
            if value is not None:
                self._check_value(name, main, value, task)

    def _check_value(self, name: str, main: str, value: Any, task: Task) -> None:
        if main in self.ranges:
            _check_number(name, value, self.ranges[main])
        allowed = self.choices.get(main, ())
        if allowed and not any(value is a or (value == a and a is not True) for a in allowed):
            values: dict[str, object] = {"param": name, "found": value, "allowed": list(allowed)}
            raise ParamProblem(name, "param_choice", values)
        if main == self.objective and value not in self.objectives[task]:
            allowed = self.objectives[task]
            values = {"objective": value, "task": str(task), "allowed": list(allowed)}
            raise ParamProblem(name, "objective_task", values)


def _check_number(name: str, value: Any, limits: Range) -> None:
    low, high, closed, whole = limits
    values: dict[str, object] = {"param": name, "found": value}
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ParamProblem(name, "param_number", values)
    if whole and value != int(value):
        raise ParamProblem(name, "param_integer", values)
    if not (value >= low if closed else value > low) or value > high:
        allowed = f"{'>=' if closed else '>'} {low:g}" + (
            "" if math.isinf(high) else f", <= {high:g}"
        )
        raise ParamProblem(name, "param_range", {**values, "allowed": allowed})
