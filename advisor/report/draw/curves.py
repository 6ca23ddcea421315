"""The learning curves: training and validation loss along a fit, and the score beside them."""

from __future__ import annotations

import numpy as np

from advisor.measurements import Curve
from advisor.pictures import CurveUnits, Pictures
from advisor.report import numbers
from advisor.report.draw.axes import Scale, spanning
from advisor.report.draw.chart import Axis, Chart, Figure, Key, Panel, Table
from advisor.report.phrases import metric_words
from advisor.report.wording import Wording
from advisor.sketch import mean_curve, thin_curve
from advisor.types import Floats, Ints

TABLE_ROWS = 24
WIDE = 30.0  # a range of more than this many times wants a log axis


def curves_figure(words: Wording, pictures: Pictures) -> Figure | None:
    """Today's curves, and the improved model's on the same scale."""
    shown = _shown(words)
    if not shown:
        return None
    say, units = words.catalog.say, pictures.curves
    naive = None if units is None else units.naive
    values = np.concatenate([part for _, c, at in shown for part in (c.train[at], c.valid[at])])
    y = _loss_scale(values, naive)
    unit = say("html.fig.curves.loss", metric=_metric(words, units))
    title, panels = say("html.fig.curves.title"), []
    for who, curve, at in shown:
        best = int(np.nanargmin(curve.valid)) if np.isfinite(curve.valid).any() else 0
        seen = say(
            "html.fig.curves.seen",
            round=int(curve.rounds[best]),
            rounds=int(curve.rounds[-1]),
            valid=_shorter(words, curve.valid[best]),
            train=_shorter(words, curve.train[best]),
        )
        chart = Chart(
            f"curves-{who}",
            _rounds_axis(words, curve),
            Axis(y, unit),
            title=f"{title}: {say(f'html.{who}')}",
            description=seen,
            comma=words.catalog.unit("thousands"),
        )
        if naive is not None:
            chart.level(naive, "naive")
        chart.join(curve.rounds[at], curve.train[at], f"train {who}")
        chart.join(curve.rounds[at], curve.valid[at], f"valid {who}")
        if np.isfinite(curve.valid[best]):
            chart.upright(float(curve.rounds[best]), "best")
            chart.mark(float(curve.rounds[best]), float(curve.valid[best]), "circle", who)
        panels.append(Panel(chart.markup(), f"{say(f'html.{who}')}: {seen}"))
    legend = [
        Key("line valid now", "", say("html.valid")),
        Key("line train now", "", say("html.train")),
        Key("mark now", "circle", say("html.best_round")),
    ]
    legend += [Key("line naive", "", say("html.naive"))] if naive is not None else []
    return Figure(
        "curves",
        title,
        words.diagnosis_sentence() or say("html.fig.curves.note"),
        tuple(panels),
        _table(words, shown),
        tuple(legend),
    )


def metric_figure(words: Wording, pictures: Pictures) -> Figure | None:
    """The score that the loss should agree with, along the same fits."""
    units = pictures.curves
    shown = [(w, c, at) for w, c, at in _shown(words) if len(c.valid_metric) == len(c.rounds)]
    if units is None or units.companion is None or not shown:
        return None
    say, sign = words.catalog.say, units.companion_sign
    name = metric_words(words.catalog, units.companion)
    values = np.concatenate([sign * c.valid_metric[at] for _, c, at in shown])
    longest = max((c for _, c, _ in shown), key=lambda c: int(c.rounds[-1]))
    title = say("html.fig.metric.title", metric=name)
    note = say("html.fig.metric.note", metric=name, loss=_metric(words, units))
    chart = Chart(
        "metric",
        _rounds_axis(words, longest),
        Axis(spanning(values, 0, 1), name),
        title=title,
        description=note,
        comma=words.catalog.unit("thousands"),
    )
    for who, c, at in shown:
        chart.join(c.rounds[at], sign * c.valid_metric[at], _line(who))
        chart.mark(float(c.rounds[-1]), sign * float(c.valid_metric[-1]), _shape(who), who)
    rows = [
        (say(f"html.{who}"), *(_shorter(words, sign * v) for v in _ends(c.valid_metric, sign)))
        for who, c, _ in shown
    ]
    head = tuple(say(f"html.head.{h}") for h in ("model", "first", "highest", "lowest", "last"))
    legend = tuple(Key(f"line {_line(w)}", _shape(w), say(f"html.{w}")) for w, _, _ in shown)
    panels = (Panel(chart.markup()),)
    return Figure("metric", title, note, panels, Table(head, tuple(rows)), legend)


def _line(who: str) -> str:
    """Two models in one chart differ in their dashes, too."""
    return "valid today alt" if who == "today" else "valid improved"


def _shape(who: str) -> str:
    return "circle" if who == "today" else "diamond"


def _ends(values: Floats, sign: int) -> tuple[float, float, float, float]:
    turned = sign * values
    high, low = float(np.nanmax(turned)), float(np.nanmin(turned))
    return float(values[0]), sign * high, sign * low, float(values[-1])


def _shown(words: Wording) -> list[tuple[str, Curve, Ints]]:
    """(who, mean curve, positions to draw) of the models that have curves."""
    report = words.report
    found = []
    for who, curves in (("today", report.curves), ("improved", report.improved_curves)):
        curve = mean_curve(curves)
        if curve is not None and np.isfinite(curve.valid).any():
            found.append((who, curve, thin_curve(curve)))
    return found


def _metric(words: Wording, units: CurveUnits | None) -> str:
    return metric_words(words.catalog, words.report.metric if units is None else units.metric)


def _loss_scale(values: Floats, naive: float | None) -> Scale:
    known = values[np.isfinite(values)]
    others = [] if naive is None else [naive]
    positive = known.size > 0 and known.min() > 0 and (naive is None or naive > 0)
    wide = positive and known.max() > WIDE * known.min()
    return spanning(known.tolist(), 0, 1, log=wide, include=others)


def _rounds_axis(words: Wording, curve: Curve) -> Axis:
    last = float(curve.rounds[-1])
    scale = Scale(min(0.0, float(curve.rounds[0]) - 1), max(last, 1.0), 0, 1)
    return Axis(scale, words.catalog.say("html.fig.curves.rounds"))


def _shorter(words: Wording, value: float) -> str:
    return numbers.number(float(f"{value:.4g}"), comma=words.catalog.unit("thousands"))


def _table(words: Wording, shown: list[tuple[str, Curve, Ints]]) -> Table:
    say = words.catalog.say
    head = tuple(say(f"html.{h}") for h in ("head.model", "head.round", "train", "valid"))
    rows = []
    for who, curve, _ in shown:
        for i in thin_curve(curve, TABLE_ROWS):
            values = (curve.train[i], curve.valid[i])
            numbers_ = (_shorter(words, float(v)) for v in values)
            rows.append((say(f"html.{who}"), str(int(curve.rounds[i])), *numbers_))
    return Table(head, tuple(rows))
