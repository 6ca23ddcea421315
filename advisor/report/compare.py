"""Several runs on one page: how each ended, what it gained, and their curves."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote

import numpy as np

from advisor.measurements import Curve
from advisor.pictures import Pictures
from advisor.report.draw.axes import spanning
from advisor.report.draw.chart import Axis, Chart, Figure, Key, Panel, Table
from advisor.report.draw.paired import Gain, gains_of, gains_picture
from advisor.report.html import page
from advisor.report.locale import catalog
from advisor.report.phrases import metric_words
from advisor.report.wording import Wording
from advisor.results import Report
from advisor.sketch import mean_curve, thin_curve

LOOKS = 6  # lines that can be told apart by colour and dashes
WIDE = 30.0


@dataclass(frozen=True, slots=True)
class Compared:
    """A run's report with its pictures, and the file it was read from."""

    report: Report
    pictures: Pictures
    file: Path


def render_comparison(runs: Sequence[Compared], folder: Path, lang: str = "en") -> str:
    """The page of several runs, to be written into ``folder``: links go from there."""
    words = catalog(lang)
    say = words.say
    spoken = [Wording(run.report, words) for run in runs]
    metrics = {run.report.metric for run in runs}
    data = {run.report.fingerprint for run in runs}
    verdict = "other_metric" if len(metrics) > 1 else "other_data" if len(data) > 1 else "same"
    title = say("html.compare.title", n=len(runs))
    values: dict[str, object] = {
        "verdict": say(f"html.compare.{verdict}"),
        "rows": [
            {"words": w, "link": _link(run.file, folder), "interval": _interval(w)}
            for w, run in zip(spoken, runs, strict=True)
        ],
        "gains": None,
        "figure_": None,
    }
    if len(metrics) == 1:
        values["gains"] = gains_picture(
            spoken[0], _gains(spoken), "gains", title=say("html.gains.title")
        )
        values["figure_"] = _curves(spoken, runs[0].pictures)
    version = runs[0].report.versions.get("advisor", "")
    return page("compare.html", words, title, version, values)


def _link(file: Path, folder: Path) -> str | None:
    """The run's own page as seen from the folder; None where there is no way to it."""
    own = file.with_suffix(".html")
    if not own.exists():
        return None
    try:
        way = PurePath(os.path.relpath(own.absolute(), folder.absolute()))
    except ValueError:  # another drive
        return None
    return quote(way.as_posix())


def _interval(words: Wording) -> str:
    best = gains_of(words, proven_only=words.report.improved is not None)
    stages = [g for g in best if math.isfinite(g.low)]
    if not stages or words.report.improved is None:
        return ""
    return "; ".join(
        f"{g.label} {words.gain(g.gain)} {words.interval(g.low, g.high)}" for g in stages
    )


def _gains(spoken: Sequence[Wording]) -> list[Gain]:
    """Every proven gain, under the name of its run."""
    return [
        Gain(f"{words.report.name}: {g.label}", g.gain, g.low, g.high, g.style)
        for words in spoken
        if words.report.improved is not None
        for g in gains_of(words, proven_only=True)
    ]


def _best_curve(report: Report) -> Curve | None:
    return mean_curve(report.improved_curves) or mean_curve(report.curves)


def _curves(spoken: Sequence[Wording], pictures: Pictures) -> Figure | None:
    """The validation loss of the runs' best models, of the first that can be told apart."""
    words, units = spoken[0].catalog, pictures.curves
    loss = spoken[0].metric if units is None else metric_words(words, units.metric)
    known = [(w.report.name, _best_curve(w.report)) for w in spoken]
    shown = [(name, c) for name, c in known if c is not None and np.isfinite(c.valid).any()]
    shown = shown[:LOOKS]
    if not shown:
        return None
    values = [float(v) for _, c in shown for v in c.valid[thin_curve(c)] if math.isfinite(v)]
    wide = min(values) > 0 and max(values) > WIDE * min(values)
    last = max(float(c.rounds[-1]) for _, c in shown)
    title, note = words.say("html.compare.curves"), words.say("html.compare.curves_note")
    chart = Chart(
        "runs",
        Axis(spanning([0.0, last], 0, 1, margin=0), words.say("html.fig.curves.rounds")),
        Axis(spanning(values, 0, 1, log=wide), words.say("html.fig.curves.loss", metric=loss)),
        title=title,
        description=note,
        comma=words.unit("thousands"),
    )
    legend, rows = [], []
    for number, (name, curve) in enumerate(shown, 1):
        at = thin_curve(curve)
        style = f"valid run-{number}"
        chart.join(curve.rounds[at], curve.valid[at], style)
        legend.append(Key(f"line {style}", "", name))
        best = int(np.nanargmin(curve.valid))
        low = words.number(float(f"{curve.valid[best]:.4g}"))
        rows.append((name, low, str(int(curve.rounds[best])), str(int(curve.rounds[-1]))))
    head = ("html.compare.run", "html.head.lowest", "html.best_round", "html.head.last")
    table = Table(tuple(words.say(code) for code in head), tuple(rows))
    return Figure("runs", title, note, (Panel(chart.markup()),), table, tuple(legend))
