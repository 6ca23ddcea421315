"""The paired differences behind each verdict, fold by fold, and the gains with their intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from advisor.pictures import PairedGains, Pictures
from advisor.report.draw.axes import Scale, spanning, tick_labels
from advisor.report.draw.chart import (
    GAP,
    WIDTH,
    Axis,
    Chart,
    Figure,
    Key,
    Panel,
    Table,
    width_of,
)
from advisor.report.draw.svg import Svg
from advisor.report.stage_rows import StageRow
from advisor.report.wording import Wording
from advisor.results import StageOutcome


def stages_in_words(words: Wording) -> Iterator[tuple[StageOutcome, StageRow]]:
    """Every stage's outcome beside its line of the ladder."""
    yield from zip(words.report.stages, words.stage_rows(), strict=True)


def paired_figure(words: Wording, pictures: Pictures) -> Figure | None:
    """One panel for every verdict: its folds, its gain and its interval."""
    say, panels, rows = words.catalog.say, [], []
    # what the inputs need may be asked twice in one pass: in the order in which they ended
    ended: dict[tuple[str, int], list[tuple[StageOutcome, StageRow]]] = {}
    for one, line in stages_in_words(words):
        if one.verdict is not None:
            ended.setdefault((one.stage, line.pass_number), []).append((one, line))
    for number, gains in enumerate(pictures.paired, 1):
        left = ended.get((gains.stage, gains.pass_number))
        if not left:
            continue
        outcome, row = left.pop(0)
        panels.append(_panel(words, gains, outcome, row, number))
        for i, fold in enumerate(gains.folds, 1):
            shown = (words.gain(fold.gain), words.score(fold.se))
            rows.append((row.name, str(i), *shown, str(fold.rows)))
    if not panels:
        return None
    head = tuple(say(f"html.head.{h}") for h in ("stage", "fold", "gain", "se", "rows"))
    legend = (
        Key("mark improved", "circle", say("html.fig.paired.fold")),
        Key("line gain", "", say("html.fig.paired.gain")),
        Key("band", "box", say("html.fig.paired.interval")),
    )
    title, note = say("html.fig.paired.title"), say("html.fig.paired.note")
    return Figure("paired", title, note, tuple(panels), Table(head, tuple(rows)), legend)


def _panel(
    words: Wording, gains: PairedGains, outcome: StageOutcome, row: StageRow, number: int
) -> Panel:
    say, folds, verdict = words.catalog.say, gains.folds, outcome.verdict
    where = say("html.fig.paired.fresh" if gains.fresh else "html.fig.paired.search")
    caption = f"{row.name}: {row.words} ({where})"
    ends = [v for f in folds for v in (f.gain - f.se, f.gain + f.se)]
    interval = [] if verdict is None else [verdict.low, verdict.gain, verdict.high]
    x = tuple(float(i) for i in range(1, len(folds) + 1))
    chart = Chart(
        f"paired-{number}",
        Axis(
            spanning([0.5, len(folds) + 0.5], 0, 1, margin=0),
            say("html.fig.paired.folds"),
            x,
            tuple(str(int(i)) for i in x),
        ),
        Axis(spanning(ends, 0, 1, include=[0.0, *interval]), say("html.fig.paired.y")),
        title=f"{say('html.fig.paired.title')}: {row.name}",
        description=f"{row.words}. {row.gain} {row.interval}",
        comma=words.catalog.unit("thousands"),
    )
    if verdict is not None and math.isfinite(verdict.gain):
        if math.isfinite(verdict.low) and math.isfinite(verdict.high):
            across = (0.5, len(folds) + 0.5)
            chart.band(across, (verdict.low,) * 2, (verdict.high,) * 2)
        chart.level(verdict.gain, "gain")
    chart.level(0.0, "zero")
    style = "improved" if outcome.status.is_proven else "trial"
    for i, fold in zip(x, folds, strict=True):
        chart.error(i, fold.gain - fold.se, fold.gain + fold.se, style)
        chart.mark(i, fold.gain, "circle", style)
    return Panel(chart.markup(), caption)


# -- gains with their intervals, one below the other -----------------------------------------------

ROW, TOP, SIDE = 44.0, 4.0, 10.0
BOTTOM = 26.0


@dataclass(frozen=True, slots=True)
class Gain:
    """One line of the picture: a label, and a gain with its interval; ``style`` is its colour."""

    label: str
    gain: float
    low: float
    high: float
    style: str


def gains_of(words: Wording, *, proven_only: bool) -> list[Gain]:
    """The stages' gains, and the locked test part's, as far as they were measured."""
    found = []
    for outcome, row in stages_in_words(words):
        verdict = outcome.verdict
        if verdict is None or not math.isfinite(verdict.gain):
            continue
        if outcome.status.is_proven or not proven_only:
            style = "improved" if outcome.status.is_proven else "trial"
            found.append(Gain(row.name, verdict.gain, verdict.low, verdict.high, style))
    test = words.report.test
    if test is not None:
        style = "test" if test.low > 0 else "trial"
        label = words.catalog.say("terminal.test")
        found.append(Gain(label, test.gain, test.low, test.high, style))
    return found


def gains_picture(words: Wording, gains: Sequence[Gain], name: str, *, title: str) -> Markup | None:
    """Gains with their 95 % intervals against zero; None where there are none."""
    if not gains:
        return None
    ends = [v for g in gains for v in (g.low, g.gain, g.high)]
    x = spanning(ends, SIDE, WIDTH - SIDE, include=[0.0])
    base = TOP + ROW * len(gains)
    numbers = [f"{words.gain(g.gain)} {words.interval(g.low, g.high)}" for g in gains]
    described = "; ".join(f"{g.label} {n}" for g, n in zip(gains, numbers, strict=True))
    svg = Svg(name, WIDTH, base + BOTTOM, title=title, description=described)
    _gain_axis(svg, x, base, words.catalog.unit("thousands"))
    for i, (g, shown) in enumerate(zip(gains, numbers, strict=True)):
        y = TOP + ROW * i
        svg.line((x(0.0), y + 22), (x(0.0), y + 38), "line zero")  # not through the words
        svg.text(0, y + 14, g.label, "label")
        svg.text(WIDTH, y + 14, shown, "label", "end")
        if math.isfinite(g.low) and math.isfinite(g.high):
            svg.line((x(g.low), y + 30), (x(g.high), y + 30), f"line interval {g.style}")
        svg.mark(x(g.gain), y + 30, "diamond", f"mark {g.style}", 5)
    return svg.markup()


def _gain_axis(svg: Svg, x: Scale, base: float, comma: str) -> None:
    ticks, free = x.ticks(), -math.inf
    for value, label in zip(ticks, tick_labels(ticks, comma), strict=True):
        at, half = x(value), width_of(label) / 2
        svg.line((at, base - 4), (at, base), "frame")
        if at - half > free and at + half <= WIDTH:
            svg.text(at, base + 16, label, "tick", "middle")
            free = at + half + GAP
    svg.line((SIDE, base), (WIDTH - SIDE, base), "frame")
