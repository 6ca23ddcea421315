"""Pictures of a bench as SVG: what was restored, case by case, and what was named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from statistics import median
from typing import Any

from advisor.bench.show.words import SummaryWords

INK, FAINT, RIGHT, WRONG = "#333333", "#bbbbbb", "#1b7f5c", "#c8501e"
LINE = 26
LEFT, WIDE, TOP = 190, 460, 46
LOWEST, HIGHEST = -0.25, 1.25  # of the lost skill; what lies outside stands at the edge


def svg(width: float, height: float, title: str, body: Sequence[str]) -> str:
    """A picture with its title as text alternative, on white, in the reader's own font."""
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
                f'width="{width:g}" height="{height:g}" role="img" font-family="sans-serif" '
                f'font-size="12" fill="{INK}">'
            ),
            f"<title>{escape(title)}</title>",
            f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
            *body,
            "</svg>",
            "",
        ]
    )


def label(x: float, y: float, text: str, anchor: str = "start", fill: str = INK) -> str:
    """One line of text."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, color: str = FAINT, width: float = 1) -> str:
    """A straight line."""
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" '
        f'stroke="{color}" stroke-width="{width:g}"/>'
    )


def restored_picture(rows: Sequence[Mapping[str, Any]], words: SummaryWords) -> str:
    """A dot for each skill fault that counts: the share restored; its colour says right or not."""
    say = words.words.say
    shown = [r for r in rows if r["counts"] and r["kind"] == "skill" and r["restored"] is not None]
    names = list(dict.fromkeys((g.family, g.fault) for g in words.summary.groups))
    names = [n for n in names if any((r["family"], r["fault"]) == n for r in shown)]
    several = len({family for family, _ in names}) > 1
    bottom = TOP + LINE * len(names)

    def place(share: float) -> float:
        inside = min(max(share, LOWEST), HIGHEST)
        return LEFT + WIDE * (inside - LOWEST) / (HIGHEST - LOWEST)

    body = [label(LEFT, 18, say("bench.picture.restored"))]
    for share in (0.0, 0.5, 0.8, 1.0):
        body.append(line(place(share), TOP - 8, place(share), bottom))
        body.append(label(place(share), TOP - 12, words.words.percent(share), "middle"))
    for k, (family, fault) in enumerate(names):
        y = TOP + LINE * (k + 0.5)
        mine = [r for r in shown if (r["family"], r["fault"]) == (family, fault)]
        body.append(label(LEFT - 12, y + 4, f"{family} {fault}" if several else fault, "end"))
        middle = place(median(r["restored"] for r in mine))
        body.append(line(middle, y - 10, middle, y + 10, INK, 2))
        for i, row in enumerate(sorted(mine, key=lambda r: r["table"])):
            color = RIGHT if row["right"] else WRONG
            text = f"{row['table']}: {words.words.percent(row['restored'])}, {row['named']}"
            up = y + (i % 3 - 1) * 5
            x = place(row["restored"])
            mark = (
                f'<circle cx="{x:g}" cy="{up:g}" r="3.5" fill="{color}" fill-opacity="0.75">'
                if row["right"]
                else f'<rect x="{x - 3.5:g}" y="{up - 3.5:g}" width="7" height="7" fill="{color}">'
            )
            end = "</circle>" if row["right"] else "</rect>"
            body.append(f"{mark}<title>{escape(text)}</title>{end}")
    y = bottom + 22
    body += [f'<circle cx="{LEFT}" cy="{y - 4}" r="3.5" fill="{RIGHT}"/>']
    body += [label(LEFT + 10, y, say("bench.picture.right"))]
    body += [f'<rect x="{LEFT + 146}" y="{y - 8}" width="7" height="7" fill="{WRONG}"/>']
    body += [label(LEFT + 160, y, say("bench.picture.wrong"))]
    return svg(LEFT + WIDE + 24, bottom + 36, say("bench.picture.restored"), body)


def confusion_picture(words: SummaryWords) -> str:
    """Planted (lines) against named (columns), the cells shaded by their share of the line."""
    head, rows = words.confusion()
    wide, top = 92, 60
    body = [label(12, 18, words.words.say("bench.confusion"))]
    for k, name in enumerate(head[1:]):
        body.append(label(LEFT + wide * (k + 0.5), top - 10, name, "middle"))
    for i, (planted, *counts) in enumerate(rows):
        y = top + LINE * i
        total = sum(int(c or 0) for c in counts)
        body.append(label(LEFT - 12, y + 17, planted, "end"))
        for k, count in enumerate(counts):
            share = int(count or 0) / total if total else 0.0
            body.append(
                f'<rect x="{LEFT + wide * k:g}" y="{y:g}" width="{wide - 2}" '
                f'height="{LINE - 2}" fill="#2f6db5" fill-opacity="{0.05 + 0.75 * share:.2f}"/>'
            )
            ink = "#ffffff" if share > 0.55 else INK
            body.append(label(LEFT + wide * (k + 0.5), y + 17, count, "middle", ink))
    width = LEFT + wide * (len(head) - 1) + 12
    return svg(width, top + LINE * len(rows) + 12, words.words.say("bench.confusion"), body)
