"""The score over the learning rate: where the person's own value lies, and where the best."""

from __future__ import annotations

from advisor.pictures import Pictures, RatePoint
from advisor.report import numbers
from advisor.report.draw.axes import spanning
from advisor.report.draw.chart import Axis, Chart, Figure, Key, Panel, Table
from advisor.report.wording import Wording

WIDE = 30.0  # a range of more than this many times wants a log axis
LOOKS = {
    "person": ("diamond", "today"),
    "best": ("square", "improved"),
    "trial": ("circle", "trial"),
}


def rate_figure(words: Wording, pictures: Pictures) -> Figure | None:
    """Every rate that was tried, with one standard error of its difference to today's model."""
    sweep, say = pictures.sweep, words.catalog.say
    if sweep is None or len({p.rate for p in sweep.points}) < 2:
        return None
    points = sorted(sweep.points, key=lambda p: LOOKS.get(p.mark, LOOKS["trial"])[1] != "trial")
    ends = [v for p in points for v in (p.score - p.se, p.score + p.se)]
    scores = [p.score for p in points]
    wide = min(scores) > 0 and max(scores) > WIDE * min(scores)
    y = spanning([max(v, min(scores) / 2) for v in ends] if wide else ends, 0, 1, log=wide)
    title = say("html.fig.rate.title")
    note = _note(words, sweep.points, sweep.knob)
    chart = Chart(
        "rate",
        Axis(spanning([p.rate for p in points], 0, 1, log=True), f"{sweep.knob}"),
        Axis(y, words.metric),
        title=title,
        description=note,
        comma=words.catalog.unit("thousands"),
    )
    best_at: dict[float, float] = {}
    turn = 1 if words.report.greater_is_better else -1
    for p in points:
        known = best_at.get(p.rate, p.score)
        best_at[p.rate] = p.score if turn * p.score > turn * known else known
    along = sorted(best_at)
    chart.join(along, [best_at[rate] for rate in along], "path")
    for p in points:
        shape, style = LOOKS.get(p.mark, LOOKS["trial"])
        if p.se > 0:
            chart.error(p.rate, p.score - p.se, p.score + p.se, style)
        chart.mark(p.rate, p.score, shape, style, 4.5 if style == "trial" else 5.5)
    marks = [m for m in LOOKS if any(p.mark == m for p in points)]
    legend = tuple(
        Key(f"mark {LOOKS[m][1]}", LOOKS[m][0], say(f"html.fig.rate.{m}")) for m in marks
    )
    head = (
        sweep.knob,
        words.metric,
        say("html.head.se"),
        say("terminal.rounds"),
        say("html.head.who"),
    )
    rows = tuple(
        (
            numbers.plain(p.rate),
            words.score(p.score),
            words.score(p.se),
            "" if p.rounds is None else str(p.rounds),
            say(f"html.fig.rate.{p.mark}"),
        )
        for p in sweep.points
    )
    error = say("html.fig.rate.error", folds=sweep.folds)
    return Figure(
        "rate", title, note, (Panel(chart.markup()),), Table(head, rows), legend, (error,)
    )


def _note(words: Wording, points: tuple[RatePoint, ...], knob: str) -> str:
    say = words.catalog.say
    own = next((p for p in points if p.mark == "person"), None)
    best = next((p for p in points if p.mark == "best"), None)
    turn = 1 if words.report.greater_is_better else -1
    if own is None or best is None or turn * (best.score - own.score) <= 0:
        return say("html.fig.rate.none", n=len(points))
    if best.rate == own.rate:
        return say("html.fig.rate.note", n=len(points))
    return say(
        "html.fig.rate.moved",
        knob=knob,
        own=numbers.plain(own.rate),
        best=numbers.plain(best.rate),
        before=words.score(own.score),
        after=words.score(best.score),
    )
