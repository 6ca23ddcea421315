"""Scales and ticks: numbers to places on a drawing, and the round numbers beside them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

from advisor.report import numbers

WANTED = 5  # ticks
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MARGIN = 0.04  # of the range, left free at both ends
LARGE, SMALL = 1e6, 1e-4
LARGEST = 8e307  # twice it is still a number


@dataclass(frozen=True, slots=True)
class Scale:
    """``low`` .. ``high`` in numbers onto ``start`` .. ``end`` in units, linear or logarithmic."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.log and self.low <= 0):
            raise ValueError(f"a scale needs low < high, both above 0 on a log scale: {self}")

    def __call__(self, value: float) -> float:
        """Where a number lies; beyond the ends, at the end."""
        low, high, v = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, v = math.log(low), math.log(high), math.log(v)
        # halves, so that the difference of two huge numbers stays finite
        share = (v / 2 - low / 2) / (high / 2 - low / 2)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round numbers within the scale, increasing, at least two."""
        return log_ticks(self.low, self.high) if self.log else linear_ticks(self.low, self.high)


def spanning(
    values: Iterable[float],
    start: float,
    end: float,
    *,
    log: bool = False,
    include: Iterable[float] = (),
    margin: float = MARGIN,
) -> Scale:
    """A scale on which all finite values have their place, with a little room at both ends."""
    known = [v for v in (*values, *include) if math.isfinite(v) and (v > 0 or not log)]
    low, high = (min(known), max(known)) if known else (1.0, 1.0)
    if log:
        room = (high / low) ** margin if high > low * (1 + 1e-9) else 2.0
        return Scale(max(low / room, 5e-324), min(high * room, 1.7e308), start, end, log=True)
    room = (high / 2 - low / 2) * 2 * margin
    tiny = max(abs(low), abs(high)) * 1e-9
    if not room > tiny * margin:  # all alike
        room = abs(low) * 0.1 or 1.0
    # the ends stay apart where a number is so large that nothing lies beyond it
    low, high = (max(min(v, LARGEST * 0.9), -LARGEST * 0.9) for v in (low, high))
    return Scale(max(low - room, -LARGEST), min(high + room, LARGEST), start, end)


def linear_ticks(low: float, high: float) -> list[float]:
    """About WANTED multiples of 1, 2, 2.5 or 5 times a power of ten within [low, high].

    >>> linear_ticks(0, 1), linear_ticks(-0.3, 12)
    ([0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 2.5, 5.0, 7.5, 10.0])
    """
    raw = high / WANTED - low / WANTED
    exponent = math.floor(math.log10(raw))
    for wanted in (raw, raw / 2, raw / 4):
        for factor in STEPS:
            step = factor * 10.0**exponent
            if step >= wanted:
                break
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        found = [min(max(k * step, low), high) for k in range(first, last + 1)]
        if len(set(found)) >= 3:
            return sorted(set(found))
    return [low, high]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten; with 2 and 5 times them where there are few; linear within a small range."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    tens = [10.0**k for k in range(first, last + 1) if -307 < k < 308]
    if len(tens) > WANTED + 2:
        tens = tens[:: -(-len(tens) // WANTED)]
    if len(tens) >= 3:
        return [t for t in tens if low * (1 - 1e-9) <= t <= high * (1 + 1e-9)]
    fine = [m * 10.0**k for k in range(max(first - 1, -306), min(last, 306) + 1) for m in (1, 2, 5)]
    found = [t for t in fine if low <= t <= high]
    return found if len(found) >= 3 else linear_ticks(low, high)


def tick_labels(values: list[float], comma: str) -> list[str]:
    """Equal decimals for ticks of equal steps; powers of ten as they are."""
    if len(values) < 2:
        return [numbers.number(v, comma=comma) for v in values]
    steps = [b - a for a, b in itertools.pairwise(values)]
    even = max(steps) - min(steps) <= 1e-6 * max(steps)
    largest = max(abs(v) for v in values)
    if largest >= LARGE or largest < SMALL:
        return [
            f"{v:.3g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e") for v in values
        ]
    if not even:
        return [numbers.number(v, comma=comma) for v in values]
    places = max(0, -math.floor(math.log10(steps[0]) + 1e-9))
    two = round(steps[0] * 10**places, 6)
    places += two != round(two)  # a step of 2.5 needs one more
    return [numbers.fixed(v, places, comma=comma) for v in values]
