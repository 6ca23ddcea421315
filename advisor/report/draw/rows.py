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
    ahead = 2.0 * size.rows[-1]
    doubled = [v for v in (size.low, size.doubled, size.high) if v is not None]
    measured = [float(n) for n in size.rows]
    title = say("html.fig.size.title")
    said = [s for s in words.report.stages if s.size_curve is not None]
    note = stage_sentence(words.catalog, said[-1]) if said else title
    chart = Chart(
        "size",
        Axis(
            spanning([*measured, *([ahead] if doubled else [])], 0, 1, log=True), say("html.rows")
        ),
        Axis(spanning([*size.scores, *doubled], 0, 1), words.metric),
        title=title,
        description=note,
        comma=comma,
    )
    if size.doubled is not None and size.low is not None and size.high is not None:
        ends = (measured[-1], ahead)
        chart.band(ends, (size.scores[-1], size.low), (size.scores[-1], size.high))
        chart.join(ends, (size.scores[-1], size.doubled), "ahead")
        chart.mark(ahead, size.doubled, "diamond", "open")
    chart.join(measured, size.scores, "valid today")
    for n, score in zip(measured, size.scores, strict=True):
        chart.mark(n, score, "circle", "today")
    rows = [
        (words.catalog.number(n), words.score(score), say("html.fig.size.measured"))
        for n, score in zip(size.rows, size.scores, strict=True)
    ]
    legend = [Key("line valid today", "circle", say("html.fig.size.measured"))]
    if size.doubled is not None:
        rows.append(
            (words.catalog.number(ahead), words.score(size.doubled), say("html.fig.size.ahead"))
        )
        legend.append(Key("line ahead", "diamond", say("html.fig.size.ahead")))
        legend.append(Key("band", "box", say("html.fig.size.band")))
    table = Table((say("html.rows"), words.metric, say("html.head.how")), tuple(rows))
    return Figure("size", title, note, (Panel(chart.markup()),), table, tuple(legend))
