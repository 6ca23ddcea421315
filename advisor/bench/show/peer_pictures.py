"""Pictures of a bench of peers as SVG: what was restored when, and who ended better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log10
from statistics import median
from typing import Any

from advisor.bench.show.peer_summary import OURS, restored
from advisor.bench.show.peer_words import PeerWords
from advisor.bench.show.pictures import INK, LINE, label, line, svg

LEFT, WIDE, TOP, TALL = 64, 520, 48, 260
FIRST = 0.5  # seconds: where the axis of time begins
LOWEST, HIGHEST = -0.25, 1.15
MARKS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300)
# told apart without colour as well: each has its own dashes
STYLES = (
    ("#1b7f5c", ""),
    ("#2f6db5", "7 3"),
    ("#c8501e", "2 3"),
    ("#7a4fa3", "9 3 2 3"),
    ("#8a6d00", "4 4"),
    ("#555555", "1 4"),
)


def share_at(row: Mapping[str, Any], name: str, seconds: float) -> float:
    """Share of the lost skill that a peer's incumbent had won back by then; 0 before its first."""
    lost = row["sane"] - row["start"]
    known = [p for p in row["peers"][name]["points"] if p[0] <= seconds]
    return (known[-1][3] - row["start"]) / lost if known else 0.0


def progress_picture(rows: Sequence[Mapping[str, Any]], words: PeerWords) -> str:
    """A line a peer: the share restored on hidden rows, median over the cases, over the time."""
    say = words.words.say
    shown = [r for r in rows if r["counts"] and any(restored(r, n) is not None for n in r["peers"])]
    budget = max((r["budget"] for r in shown), default=30.0)
    steps = [FIRST * (budget / FIRST) ** (k / 120) for k in range(121)]

    def across(seconds: float) -> float:
        return LEFT + WIDE * log10(seconds / FIRST) / log10(budget / FIRST)

    def down(share: float) -> float:
        inside = min(max(share, LOWEST), HIGHEST)
        return TOP + TALL * (HIGHEST - inside) / (HIGHEST - LOWEST)

    body = [label(LEFT, 18, say("peers.picture.progress"))]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        body.append(line(LEFT, down(share), LEFT + WIDE, down(share)))
        body.append(label(LEFT - 8, down(share) + 4, words.words.percent(share), "end"))
    for mark in (m for m in MARKS if m <= budget):
        body.append(line(across(mark), TOP, across(mark), TOP + TALL))
        body.append(label(across(mark), TOP + TALL + 16, f"{mark:g}", "middle"))
    body.append(label(LEFT + WIDE, TOP + TALL + 34, say("peers.picture.seconds"), "end"))
    for k, name in enumerate(_ours_first(words)):
        color, dashes = STYLES[k % len(STYLES)]
        mine = [r for r in shown if name in r["peers"]]
        if not mine:
            continue
        at = [(across(t), down(median(share_at(r, name, t) for r in mine))) for t in steps]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in _stairs(at))
        style = f'stroke-dasharray="{dashes}" ' if dashes else ""
        width = 3 if name == OURS else 1.8
        body.append(
            f'<polyline points="{path}" fill="none" stroke="{color}" {style}'
            f'stroke-width="{width}"/>'
        )
        y = TOP + 14 + LINE * k
        x = LEFT + WIDE + 16
        body.append(
            f'<line x1="{x}" y1="{y - 4}" x2="{x + 28}" y2="{y - 4}" stroke="{color}" {style}'
            f'stroke-width="{width}"/>'
        )
        body.append(label(x + 34, y, words.name(name)))
    return svg(LEFT + WIDE + 210, TOP + TALL + 46, say("peers.picture.progress"), body)


def duel_picture(words: PeerWords) -> str:
    """A bar a peer: on how many cases it ended better than advisor, tied, or worse."""
    say = words.words.say
    left, wide = 170, 440
    others = [s for s in words.summary.standings if s.name != OURS and s.cases]
    kinds = (("better", "#c8501e"), ("tied", "#bbbbbb"), ("worse", "#1b7f5c"))
    body = [label(left, 18, say("peers.picture.duel"))]
    for k, s in enumerate(others):
        y, x = TOP + LINE * k, float(left)
        body.append(label(left - 10, y + 16, words.name(s.name), "end"))
        total = s.wins + s.ties + s.losses
        for (_, color), count in zip(kinds, (s.wins, s.ties, s.losses), strict=True):
            part = wide * count / total if total else 0.0
            body.append(
                f'<rect x="{x:.1f}" y="{y}" width="{part:.1f}" height="{LINE - 6}" fill="{color}"/>'
            )
            if count:
                ink = INK if color == "#bbbbbb" else "#ffffff"
                body.append(label(x + part / 2, y + 15, str(count), "middle", ink))
            x += part
    y = TOP + LINE * len(others) + 16
    for k, (kind, color) in enumerate(kinds):
        x = left + 160 * k
        body.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{color}"/>')
        body.append(label(x + 18, y, say(f"peers.picture.{kind}")))
    return svg(left + wide + 60, y + 16, say("peers.picture.duel"), body)


def _ours_first(words: PeerWords) -> list[str]:
    return sorted(words.names(), key=lambda name: name != OURS)


def _stairs(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """An incumbent holds until the next one."""
    found = [points[0]]
    for (_, before), (x, y) in pairwise(points):
        if y != before:
            found += [(x, before), (x, y)]
    return [*found, points[-1]]
