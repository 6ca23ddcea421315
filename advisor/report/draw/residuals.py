"""Predictions of numbers: how far off they are, over the prediction."""

from __future__ import annotations

from advisor.pictures import Pictures, ResidualPicture
from advisor.report import numbers
from advisor.report.draw.axes import spanning
from advisor.report.draw.chart import Axis, Chart, Figure, Key, Panel, Table
from advisor.report.wording import Wording


def residuals_figure(words: Wording, pictures: Pictures) -> Figure | None:
    """Both models on the same scales: a sample of rows, the median and the middle 80 %."""
    both = (("today", pictures.before), ("improved", pictures.after))
    shown = [(who, p) for who, p in both if isinstance(p, ResidualPicture) and p.predicted]
    if not shown:
        return None
    say, comma = words.catalog.say, words.catalog.unit("thousands")
    x = spanning([v for _, p in shown for v in p.predicted], 0, 1)
    y = spanning([v for _, p in shown for v in p.residual], 0, 1, include=[0.0])
    title, note = say("html.fig.residuals.title"), say("html.fig.residuals.note")
    panels, rows = [], []
    for who, picture in shown:
        bins = picture.bins
        chart = Chart(
            f"residuals-{who}",
            Axis(x, say("html.fig.residuals.x")),
            Axis(y, say("html.fig.residuals.y")),
            title=f"{title}: {say(f'html.{who}')}",
            description=note,
            comma=comma,
        )
        at = [b.predicted for b in bins]
        chart.band(at, [b.low for b in bins], [b.high for b in bins])
        for said, off in zip(picture.predicted, picture.residual, strict=True):
            chart.mark(said, off, "circle", f"dot {who}", 1.8)
        chart.level(0.0, "zero")
        chart.join(at, [b.observed for b in bins], f"valid {who}")
        panels.append(Panel(chart.markup(), say(f"html.{who}")))
        for b in bins:
            four = (b.predicted, b.observed, b.low, b.high)
            shorter = (numbers.number(float(f"{v:.4g}"), comma=comma) for v in four)
            rows.append((say(f"html.{who}"), *shorter, str(b.rows)))
    columns = ("model", "predicted", "median", "low", "high", "rows")
    legend = (
        Key("mark dot today", "circle", say("html.fig.residuals.row")),
        Key("line valid today", "", say("html.fig.residuals.median")),
        Key("band", "box", say("html.fig.residuals.range")),
    )
    table = Table(tuple(say(f"html.head.{h}") for h in columns), tuple(rows))
    return Figure("residuals", title, note, tuple(panels), table, legend)
