"""A chart: a frame with two axes, and lines, bands, marks and errors drawn into it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from advisor.report.draw.axes import Scale, tick_labels
from advisor.report.draw.svg import Point, Svg

WIDTH, HEIGHT = 400.0, 264.0
TOP, RIGHT, BOTTOM, LEFT = 30.0, 14.0, 44.0, 20.0
DIGIT = 6.6  # units a digit of a label takes
GAP = 7.0


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind a picture: the first cell of a row is its heading."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing of a figure, with its own caption where a figure has several."""

    svg: Markup
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the legend: the sample's classes and marker, and what it stands for."""

    style: str
    shape: str
    label: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of the page: what it asks, what is seen, the drawings, and the numbers behind."""

    name: str
    title: str
    note: str
    panels: tuple[Panel, ...]
    table: Table
    legend: tuple[Key, ...] = ()
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its scale's ends, its title, and labels other than the numbers."""

    scale: Scale
    title: str
    ticks: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


def width_of(text: str) -> float:
    """About how many units a text takes; a Japanese character is as wide as two digits."""
    return sum(DIGIT * (1.9 if ord(c) > 0x2E80 else 1.0) for c in text)


class Chart:
    """A framed chart; ``x`` and ``y`` map numbers onto it.

    The y axis's title stands above it, where it can be read without turning the head.
    """

    def __init__(
        self,
        name: str,
        x: Axis,
        y: Axis,
        *,
        title: str,
        description: str,
        comma: str,
        height: float = HEIGHT,
        grid: bool = True,
    ) -> None:
        y_ticks = list(y.ticks or y.scale.ticks())
        y_labels = list(y.labels) or tick_labels(y_ticks, comma)
        left = LEFT + max(map(width_of, y_labels), default=0.0)
        self.svg = Svg(name, WIDTH, height, title=title, description=description)
        self.left, self.right = left, WIDTH - RIGHT
        self.top, self.bottom = TOP, height - BOTTOM
        self.x = Scale(x.scale.low, x.scale.high, left, self.right, x.scale.log)
        self.y = Scale(y.scale.low, y.scale.high, self.bottom, self.top, y.scale.log)
        self._y_axis(y_ticks, y_labels, y.title, grid=grid)
        self._x_axis(x, comma)

    def _y_axis(self, ticks: list[float], labels: list[str], title: str, *, grid: bool) -> None:
        for value, label in zip(ticks, labels, strict=True):
            at = self.y(value)
            if grid:
                self.svg.line((self.left, at), (self.right, at), "grid")
            self.svg.text(self.left - GAP, at + 4, label, "tick", "end")
        if title:
            self.svg.text(2, 14, title, "axis")

    def _x_axis(self, axis: Axis, comma: str) -> None:
        ticks = list(axis.ticks or axis.scale.ticks())
        labels = list(axis.labels) or tick_labels(ticks, comma)
        self.svg.line((self.left, self.bottom), (self.right, self.bottom), "frame")
        free = -math.inf
        for value, label in zip(ticks, labels, strict=True):
            at, half = self.x(value), width_of(label) / 2
            self.svg.line((at, self.bottom), (at, self.bottom + 4), "frame")
            if at - half > free and at + half < WIDTH:
                self.svg.text(at, self.bottom + 17, label, "tick", "middle")
                free = at + half + GAP
        middle = (self.left + self.right) / 2
        self.svg.text(middle, self.bottom + 37, axis.title, "axis", "middle")

    def points(self, x: Iterable[float], y: Iterable[float]) -> list[Point]:
        """Places of the finite points (and positive ones on a log axis)."""
        return [
            (self.x(a), self.y(b))
            for a, b in zip(x, y, strict=True)
            if math.isfinite(a)
            and math.isfinite(b)
            and not (self.y.log and b <= 0)
            and not (self.x.log and a <= 0)
        ]

    def join(self, x: Iterable[float], y: Iterable[float], style: str) -> None:
        """The points joined by a line."""
        self.svg.path(self.points(x, y), f"line {style}")

    def band(self, x: Sequence[float], low: Sequence[float], high: Sequence[float]) -> None:
        """The area between two lines."""
        above, below = self.points(x, high), self.points(x, low)
        self.svg.path([*above, *below[::-1]], "band", closed=True)

    def level(self, value: float, style: str) -> None:
        """A level line across the chart."""
        at = self.y(value)
        self.svg.line((self.left, at), (self.right, at), f"line {style}")

    def upright(self, value: float, style: str) -> None:
        """An upright line through the chart."""
        at = self.x(value)
        self.svg.line((at, self.top), (at, self.bottom), f"line {style}")

    def mark(self, x: float, y: float, shape: str, style: str, size: float = 4.5) -> None:
        """A marker at a point."""
        self.svg.mark(self.x(x), self.y(y), shape, f"mark {style}", size)

    def error(self, x: float, low: float, high: float, style: str) -> None:
        """An upright error bar."""
        at = self.x(x)
        self.svg.line((at, self.y(low)), (at, self.y(high)), f"line {style}")

    def markup(self) -> Markup:
        return self.svg.markup()
