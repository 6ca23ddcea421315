"""One parameter of a model family: where to look for its value, and what its values mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf, isfinite, prod
from numbers import Real
from typing import Any, Literal

from advisor.errors import RecipeError
from advisor.types import Params

MANY_ROWS = 1e6  # a share of the rows is more of them than any count that is searched


def is_number(value: Any) -> bool:
    """Whether a value is a number; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def same(a: Any, b: Any) -> bool:
    """Equal, and not only because True == 1."""
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def as_layers(value: Any) -> tuple[int, ...] | None:
    """Widths of hidden layers, from a list of whole numbers or one; None from anything else."""
    widths = value if isinstance(value, list | tuple) else [value]
    if not widths or not all(is_number(w) and isfinite(w) and w % 1 == 0 for w in widths):
        return None
    return tuple(int(w) for w in widths)


@dataclass(frozen=True, slots=True)
class Knob:
    """One parameter of a model: where to look for its value.

    Attributes:
        low, high: the range searched, both ends in it; log: equal ratios weigh the same.
        special: values outside the range that mean something (0: no penalty, -1: no limit).
        default: the library's own.
        also: parameters that must be set for this one to work at all, when it is not at its
            default (a bagging fraction does nothing while the bagging frequency is 0).
        above, at_least, at_most: what the library takes, which may be more than is searched.
        frees: a larger value gives the model more room; of all other knobs a smaller one does.
            None where nobody knows.
        shares: the library takes a number below 1 as well, as a share of the rows.

        tasks: of these alone the knob does anything; () for all.

    A knob of kind ``layers`` holds a tuple of widths; low, high and the limits are of each width,
    and there are at least ``fewest`` of them.
    """

    name: str
    kind: Literal["float", "int", "choice", "layers"]
    default: Any
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    choices: tuple[Any, ...] = ()
    special: tuple[Any, ...] = ()
    also: Params = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    frees: bool | None = False
    shares: bool = False
    fewest: int = 1
    tasks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        number = self.kind != "choice"
        ends = (self.low, self.high)
        rules = {
            "knob_kind": self.kind in ("float", "int", "choice", "layers"),
            "knob_choices": number or len({repr(c) for c in self.choices}) > 1,
            "knob_range": not number or (all(map(isfinite, ends)) and self.low < self.high),
            "knob_log": not (number and self.log) or self.low > 0,
            "knob_whole": self.kind not in ("int", "layers")
            or all(map(float.is_integer, map(float, ends))),
            "knob_default": self.contains(self.default),
        }
        if broken := next((code for code, kept in rules.items() if not kept), None):
            found = self.choices if broken == "knob_choices" else self.default
            found = self.kind if broken == "knob_kind" else found
            values = {"name": self.name, "low": self.low, "high": self.high, "found": str(found)}
            raise RecipeError(broken, values)

    def serves(self, task: str) -> bool:
        """Whether the knob does anything for this task."""
        return not self.tasks or task in self.tasks

    def _widths(self, value: Any) -> tuple[int, ...] | None:
        """Widths of hidden layers, as many as the knob takes; None from anything else."""
        none = isinstance(value, list | tuple) and not value
        return () if none and self.fewest == 0 else as_layers(value)

    @property
    def zero(self) -> bool:
        """0 is allowed besides the range."""
        return any(same(v, 0) for v in self.special)

    def contains(self, value: Any) -> bool:
        """Whether the search could propose ``value``."""
        if any(same(value, v) for v in (*self.special, *self.choices)):
            return True
        if self.kind == "layers":
            widths = self._widths(value)
            return widths is not None and all(self.low <= w <= self.high for w in widths)
        if self.kind == "choice" or not is_number(value) or not self.low <= value <= self.high:
            return False
        return self.kind == "float" or value == int(value)

    def read(self, value: Any) -> Any:
        """``value`` in the one form in which values of this knob are compared."""
        widths = self._widths(value) if self.kind == "layers" else None
        return value if widths is None else widths

    def widened_to(self, value: Any) -> Knob:
        """This knob, its range or its special values extended so that it contains ``value``."""
        if value != value:
            raise ValueError(f"{self.name}: nan is no value")
        if self.contains(value):
            return self
        if self.kind == "choice":
            return replace(self, choices=(*self.choices, value))
        widths = as_layers(value) if self.kind == "layers" else None
        if widths and not (self.log and min(widths) <= 0):
            low, high = min(self.low, *widths), max(self.high, *widths)
            return replace(self, low=low, high=high)
        if self.kind == "layers":
            return replace(self, special=(*self.special, value))
        whole = self.kind == "float" or (is_number(value) and value % 1 == 0)
        if is_number(value) and isfinite(value) and whole and not (self.log and value <= 0):
            return replace(self, low=min(self.low, value), high=max(self.high, value))
        return replace(self, special=(*self.special, value))

    def with_default(self, value: Any) -> Knob:
        """This knob with another default, within its widened range."""
        return replace(self.widened_to(value), default=self.read(value))

    def clip(self, value: Any) -> Any:
        """The nearest value that this knob contains; the default where nothing is near."""
        if self.contains(value):
            whole = self.kind == "int" and is_number(value)
            return int(value) if whole else self.read(value)
        if self.kind == "layers":
            widths = as_layers(value)
            near = widths and tuple(round(min(max(w, self.low), self.high)) for w in widths)
            return near or self.default
        if self.kind == "choice" or not is_number(value) or value != value:
            return self.default
        nearest = min(max(float(value), float(self.low)), float(self.high))
        return nearest if self.kind == "float" else round(nearest)

    def reshaped(self, widths: tuple[int, ...], factor: float, layers: int) -> tuple[int, ...]:
        """Hidden layers scaled to ``factor`` of their widths, and so many more of them (or fewer).

        A new layer is as wide as the last one, or as the default's where there is none; at least
        ``fewest`` stay.
        """
        wide = self.widened_to(widths)
        scaled: tuple[int, ...] = wide.clip(tuple(max(1, round(w * factor)) for w in widths))
        more = (scaled or tuple(self.default))[-1:] * layers
        return scaled[: max(self.fewest, len(scaled) + layers)] + more

    def legal(self, value: Any) -> bool:
        """Whether the library takes this value at all; the searched range may be narrower."""
        if any(same(value, v) for v in self.special) or self.is_share(value):
            return True
        numbers = self._widths(value) if self.kind == "layers" else (value,)
        return numbers is not None and all(map(self._inside, numbers))

    def is_share(self, value: Any) -> bool:
        """Whether ``value`` means a share of the rows."""
        return self.shares and is_number(value) and 0 < value < 1

    def _inside(self, number: Any) -> bool:
        return is_number(number) and (
            (self.above is None or number > self.above)
            and (self.at_least is None or number >= self.at_least)
            and (self.at_most is None or number <= self.at_most)
        )

    def room(self, before: Any, after: Any) -> int:
        """1 where a change gives the model more room, -1 where less, 0 where nobody knows."""
        if self.kind == "layers":
            one, two = int(prod(before)), int(prod(after))
            return (two > one) - (two < one)
        values = [self._unlimited(value) for value in (before, after)]
        if before == after or self.frees is None or not all(is_number(value) for value in values):
            return 0
        return 1 if (values[1] > values[0]) is self.frees else -1

    def _unlimited(self, value: Any) -> Any:
        """A value that stands for "no limit" (-1, None) as infinity; a share as many rows."""
        if self.is_share(value):
            return value * MANY_ROWS
        none = value is None or (self.frees and is_number(value) and value < min(self.low, 0))
        return inf if none else value

    @property
    def allowed(self) -> str:
        """What the library takes, as an inequality."""
        left = f"{self.above:g} < " if self.above is not None else ""
        left = f"{self.at_least:g} <= " if self.at_least is not None else left
        right = f" <= {self.at_most:g}" if self.at_most is not None else ""
        return f"{left}{self.name}{right}"
