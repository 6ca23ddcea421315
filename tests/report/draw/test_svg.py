from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from advisor.report.draw.chart import width_of
from advisor.report.draw.svg import Svg, coordinate

anything = st.text(st.characters(codec=None, exclude_categories=["Cs"]))


@given(anything, anything, anything)
def test_any_text_is_escaped_and_the_drawing_well_formed(title: str, said: str, label: str) -> None:
    svg = Svg("x", 10, 10, title=title, description=said)
    svg.text(1, 2, label)
    root = ET.fromstring(svg.markup())
    assert [child.tag for child in root] == ["title", "desc", "text"]


def test_markup_in_a_label_stays_text() -> None:
    svg = Svg("x", 10, 10, title="<b>", description='"')
    svg.text(0, 0, "</svg><script>alert(1)</script>")
    assert "<script" not in svg.markup()
    assert ET.fromstring(svg.markup())[2].text == "</svg><script>alert(1)</script>"


def test_a_drawing_is_named_and_described_for_a_screen_reader() -> None:
    root = ET.fromstring(Svg("x", 9, 9, title="A", description="B").markup())
    assert root.get("role") == "img"
    named = (root.get("aria-labelledby") or "").split()
    assert named == [child.get("id") for child in root] == ["x-t", "x-d"]


def test_every_mark_and_line_is_drawn() -> None:
    svg = Svg("x", 99, 99, title="A", description="B")
    for shape in ("circle", "square", "diamond", "cross"):
        svg.mark(5, 5, shape, "m")
    svg.path([(0, 0)], "nothing to join")
    svg.rect(0, 0, -1, 3, "r")
    tags = [child.tag for child in ET.fromstring(svg.markup())][2:]
    assert tags == ["circle", "rect", "path", "line", "line", "rect"]
    assert 'width="0"' in svg.markup()


def test_a_sign_before_a_number_is_a_minus_and_a_hyphen_stays_one() -> None:
    svg = Svg("x", 9, 9, title="A", description="B")
    svg.text(0, 0, "-0.5 [-1, +2] a-1 --flag")
    assert "−0.5 [−1, +2] a-1 --flag" in svg.markup()


def test_coordinates_are_short() -> None:
    assert [coordinate(v) for v in (1.25, 2.0, -0.04, 1 / 3)] == ["1.2", "2", "0", "0.3"]


def test_a_japanese_label_takes_more_room() -> None:
    assert width_of("学習率") > width_of("abc")
