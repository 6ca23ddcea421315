"""An SVG as a tree, so that nothing can be written into it unescaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from markupsafe import Markup

Point = tuple[float, float]

# characters that XML does not have, not even escaped
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# a sign before a number, as it stands in a scale or an interval
_MINUS = re.compile(r"(?<![^ \[])-(?=[0-9])")


def clean(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def coordinate(value: float) -> str:
    """A coordinate to a tenth of a unit.

    >>> coordinate(12.0), coordinate(3.14159), coordinate(-0.01)
    ('12', '3.1', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


class Svg:
    """One drawing, ``width`` x ``height`` units; ``name`` is unique on the page.

    Args:
        name: letters, digits and dashes.
        width: of the drawing, in units.
        height: of the drawing, in units.
        title: what it shows, read aloud instead of the picture.
        description: what is to be seen in it.
    """

    def __init__(
        self, name: str, width: float, height: float, *, title: str, description: str
    ) -> None:
        self.width, self.height = width, height
        self.root = ET.Element(
            "svg",
            {
                "viewBox": f"0 0 {coordinate(width)} {coordinate(height)}",
                "role": "img",
                "aria-labelledby": f"{name}-t {name}-d",
            },
        )
        for tag, suffix, text in (("title", "t", title), ("desc", "d", description)):
            child = ET.SubElement(self.root, tag, {"id": f"{name}-{suffix}"})
            child.text = clean(text)

    def _add(self, tag: str, style: str, **values: float | str) -> ET.Element:
        attributes = {"class": style} if style else {}
        for key, value in values.items():
            shown = clean(value) if isinstance(value, str) else coordinate(value)
            attributes[key.replace("_", "-")] = shown
        return ET.SubElement(self.root, tag, attributes)

    def line(self, a: Point, b: Point, style: str) -> None:
        """A straight line."""
        self._add("line", style, x1=a[0], y1=a[1], x2=b[0], y2=b[1])

    def rect(self, x: float, y: float, width: float, height: float, style: str) -> None:
        """A filled box."""
        self._add("rect", style, x=x, y=y, width=max(width, 0.0), height=max(height, 0.0))

    def shade(
        self, x: float, y: float, width: float, height: float, share: float, style: str
    ) -> None:
        """A filled box, as strong as ``share`` of 1."""
        box = self._add("rect", style, x=x, y=y, width=width, height=height)
        box.set("fill-opacity", f"{share:.2f}")

    def path(self, points: Sequence[Point], style: str, *, closed: bool = False) -> None:
        """Points joined by straight lines; nothing for fewer than two."""
        if len(points) > 1:
            joined = "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in points)
            self._add("path", style, d=f"M{joined}{'Z' if closed else ''}")

    def text(
        self,
        x: float,
        y: float,
        words: str,
        style: str = "",
        anchor: str = "start",
        *,
        upright: bool = False,
    ) -> None:
        """One line of text; ``anchor`` is start, middle or end; ``upright`` is read upwards."""
        element = self._add("text", style, x=x, y=y, text_anchor=anchor)
        if upright:
            element.set("transform", f"rotate(-90 {coordinate(x)} {coordinate(y)})")
        element.text = _MINUS.sub("\N{MINUS SIGN}", clean(words))

    def mark(self, x: float, y: float, shape: str, style: str, size: float = 4.5) -> None:
        """A marker: ``circle``, ``diamond``, ``square`` or ``cross``."""
        if shape == "circle":
            self._add("circle", style, cx=x, cy=y, r=size)
        elif shape == "square":
            self.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8, style)
        elif shape == "diamond":
            d = size * 1.35
            self.path([(x, y - d), (x + d, y), (x, y + d), (x - d, y)], style, closed=True)
        else:
            self.line((x - size, y - size), (x + size, y + size), style)
            self.line((x - size, y + size), (x + size, y - size), style)

    def markup(self) -> Markup:
        """The drawing as safe text for a page."""
        return Markup(ET.tostring(self.root, encoding="unicode"))
