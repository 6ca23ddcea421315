"""The score over the number of training rows, and what twice the rows would give."""

from __future__ import annotations

from advisor.pictures import Pictures
from advisor.report.draw.axes import spanning
from advisor.report.draw.chart import Axis, Chart, Figure, Key, Panel, Table
from advisor.report.phrases import stage_sentence
from advisor.report.wording import Wording


def size_figure(words: Wording, pictures: Pictures) -> Figure | None:
    """Measured points, and the extrapolation with its 80 % interval."""
    size = pictures.size
    if size is None or len(size.rows) < 2:
        return None
    say, comma = words.catalog.say, words.catalog.unit("thousands")
    last = (float(size.rows[-1]), *[size.scores[-1]] * 3)
    ahead = [last, *size.ahead] if size.ahead else []
    measured = [float(n) for n in size.rows]
    errors = size.se or (0.0,) * len(measured)
    ends = [v for s, e in zip(size.scores, errors, strict=True) for v in (s - e, s + e)]
    promised = [value for _, *values in ahead for value in values]
    title = say("html.fig.size.title")
    said = [s for s in words.report.stages if s.size_curve is not None]
    note = stage_sentence(words.catalog, said[-1]) if said else title
    chart = Chart(
        "size",
        Axis(spanning([*measured, *(a[0] for a in ahead)], 0, 1, log=True), say("html.rows")),
        Axis(spanning([*ends, *promised], 0, 1), words.metric),
        title=title,
        description=note,
        comma=comma,
    )
    at = [a[0] for a in ahead]
    chart.band(at, [a[1] for a in ahead], [a[3] for a in ahead])
    chart.join(at, [a[2] for a in ahead], "ahead")
    for n, _, middle, _ in size.ahead:
        chart.mark(n, middle, "diamond", "open")
    chart.join(measured, size.scores, "valid today")
    rows = []
    for n, score, error in zip(measured, size.scores, errors, strict=True):
        chart.error(n, score - error, score + error, "today")
        chart.mark(n, score, "circle", "today")
        spread = f"± {words.score(error)}" if error else ""
        how = say("html.fig.size.measured")
        rows.append((words.catalog.number(n), words.score(score), spread, how))
    legend = [Key("line valid today", "circle", say("html.fig.size.measured"))]
    for n, low, middle, high in size.ahead:
        spread = f"[{words.score(min(low, high))}, {words.score(max(low, high))}]"
        how = say("html.fig.size.ahead")
        rows.append((words.catalog.number(n), words.score(middle), spread, how))
    if size.ahead:
        legend.append(Key("line ahead", "diamond", say("html.fig.size.ahead")))
        legend.append(Key("band", "box", say("html.fig.size.band")))
    head = (say("html.rows"), words.metric, say("html.head.spread"), say("html.head.how"))
    table = Table(head, tuple(rows))
    return Figure("size", title, note, (Panel(chart.markup()),), table, tuple(legend))
