"""Predictions of classes: which are taken for which, at every threshold, and how sure."""

from __future__ import annotations

from markupsafe import Markup

from advisor.pictures import ClassPicture, Confusion, Pictures
from advisor.report import numbers
from advisor.report.draw.axes import Scale
from advisor.report.draw.chart import Axis, Chart, Figure, Key, Panel, Table, width_of
from advisor.report.draw.svg import Svg
from advisor.report.wording import Wording

SIDE = 400.0
FEW = 12  # classes whose counts fit into their cells
LARGEST = 84.0  # units a cell takes
FEWEST = 3  # classes among which a 0 is worth a word
LONGEST = 12  # characters of a class's label that are drawn
LINES = {"today": "today alt", "improved": "improved"}
SHAPES = {"today": "circle", "improved": "diamond"}
UNIT = Scale(0.0, 1.0, 0.0, 1.0)


def _shown(pictures: Pictures) -> list[tuple[str, ClassPicture]]:
    both = (("today", pictures.before), ("improved", pictures.after))
    return [(who, p) for who, p in both if isinstance(p, ClassPicture)]


# -- confusion -------------------------------------------------------------------------------------


def confusion_figure(words: Wording, pictures: Pictures) -> Figure | None:
    """Rows by class and answer."""
    shown, say = _shown(pictures), words.catalog.say
    if not shown:
        return None
    title, panels, rows = say("html.fig.confusion.title"), [], []
    for who, picture in shown:
        table = picture.confusion
        labels = _labels(words, table)
        right = sum(table.counts[i][i] for i in range(len(labels)))
        total = sum(map(sum, table.counts))
        said = say(
            "html.fig.confusion.right", right=right, total=total, share=right / max(total, 1)
        )
        caption = f"{say(f'html.{who}')}: {said}"
        panels.append(Panel(_matrix(words, table, labels, who, f"{title}: {caption}"), caption))
        for label, counts in zip(labels, table.counts, strict=True):
            rows.append((f"{say(f'html.{who}')}: {label}", *(str(c) for c in counts)))
    head = (say("html.fig.confusion.corner"), *_labels(words, shown[0][1].confusion))
    legend = (
        Key("cell hit", "box", say("html.fig.confusion.hit")),
        Key("cell miss", "box", say("html.fig.confusion.miss")),
    )
    note = say("html.fig.confusion.note", folds=pictures.folds)
    return Figure("confusion", title, note, tuple(panels), Table(head, tuple(rows)), legend)


def _labels(words: Wording, table: Confusion) -> list[str]:
    if not table.other:
        return list(table.labels)
    return [*table.labels[:-1], words.catalog.say("html.fig.confusion.other", n=table.other)]


def _clip(label: str) -> str:
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"


def _matrix(words: Wording, table: Confusion, labels: list[str], who: str, title: str) -> Markup:
    say, k = words.catalog.say, len(labels)
    short = [_clip(label) for label in labels]
    widest = max(map(width_of, short))
    left, top = 28 + widest, 26.0
    cell = min((SIDE - left - 4) / k, LARGEST)
    upright = widest > cell - 2
    below = (widest if upright else 12) + 28
    height = top + cell * k + below
    described = say("html.fig.confusion.corner")
    svg = Svg(f"confusion-{who}", SIDE, height, title=title, description=described)
    svg.text(left, 14, say("html.fig.confusion.corner"), "axis")
    most = max(max(map(len, map(str, row))) for row in table.counts)
    numbered = k <= FEW and most * 6.6 < cell - 4
    for i, row in enumerate(table.counts):
        y, total = top + cell * i, max(sum(row), 1)
        svg.text(left - 6, y + cell / 2 + 4, short[i], "tick", "end")
        for j, count in enumerate(row):
            x, share = left + cell * j, count / total
            if count:
                # the root, because errors are few: else only the diagonal would be seen
                strength = 0.1 + (0.45 if numbered else 0.9) * share**0.5
                svg.shade(x, y, cell, cell, strength, f"cell {'hit' if i == j else 'miss'}")
            if numbered and (count or k <= FEWEST):
                svg.text(x + cell / 2, y + cell / 2 + 4, str(count), "count", "middle")
    for n in range(k + 1):
        far = cell * n
        svg.line((left, top + far), (left + cell * k, top + far), "grid")
        svg.line((left + far, top), (left + far, top + cell * k), "grid")
    for j, label in enumerate(short):
        x = left + cell * (j + 0.5)
        if upright:
            svg.text(x + 4, top + cell * k + 8, label, "tick", "end", upright=True)
        else:
            svg.text(x, top + cell * k + 16, label, "tick", "middle")
    return svg.markup()


# -- every threshold -------------------------------------------------------------------------------


def thresholds_figure(words: Wording, pictures: Pictures) -> Figure | None:
    """ROC and precision-recall curves."""
    shown, say = _shown(pictures), words.catalog.say
    if not shown or not shown[0][1].roc.x:
        return None
    many = len(shown[0][1].confusion.labels) > 2
    title = say("html.fig.thresholds.title")
    note = say("html.fig.thresholds.pooled" if many else "html.fig.thresholds.note")
    panels, rows = [], []
    for kind in ("roc", "precision_recall"):
        axes = [Axis(UNIT, say(f"html.fig.thresholds.{kind}_{axis}")) for axis in ("x", "y")]
        caption = say(f"html.fig.thresholds.{kind}")
        chart = Chart(
            kind,
            *axes,
            title=caption,
            description=note,
            comma=words.catalog.unit("thousands"),
            height=340,
        )
        if kind == "roc":
            chart.join((0, 1), (0, 1), "naive")
        else:
            chart.level(shown[0][1].share, "naive")
        for who, picture in shown:
            line = picture.roc if kind == "roc" else picture.precision_recall
            chart.join(line.x, line.y, f"valid {LINES[who]}")
            if len(line.x) == 1:
                chart.mark(line.x[0], line.y[0], "circle", who)
            for x in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9):
                y = _at(line.x, line.y, x)
                rows.append((f"{caption}, {say(f'html.{who}')}", f"{x:g}", f"{y:.3f}"))
        panels.append(Panel(chart.markup(), caption))
    legend = [Key(f"line valid {LINES[who]}", "", say(f"html.{who}")) for who, _ in shown]
    legend.append(Key("line naive", "", say("html.naive")))
    head = tuple(say(f"html.head.{h}") for h in ("curve", "across", "up"))
    table = Table(head, tuple(rows))
    return Figure("thresholds", title, note, tuple(panels), table, tuple(legend))


def _at(x: tuple[float, ...], y: tuple[float, ...], wanted: float) -> float:
    """The curve's height at the first of its points that is not before ``wanted``."""
    return next((b for a, b in zip(x, y, strict=True) if a >= wanted), y[-1] if y else 0.0)


# -- calibration -----------------------------------------------------------------------------------


def calibration_figure(words: Wording, pictures: Pictures) -> Figure | None:
    """Whether a probability of .8 comes true in 8 cases of 10."""
    shown, say = _shown(pictures), words.catalog.say
    if not shown or not shown[0][1].calibration:
        return None
    many = len(shown[0][1].confusion.labels) > 2
    title = say("html.fig.calibration.title")
    note = say("html.fig.calibration.many" if many else "html.fig.calibration.note")
    chart = Chart(
        "calibration",
        Axis(UNIT, say("html.fig.calibration.x")),
        Axis(UNIT, say("html.fig.calibration.y")),
        title=title,
        description=note,
        comma=words.catalog.unit("thousands"),
        height=340,
    )
    chart.join((0, 1), (0, 1), "naive")
    rows = []
    for who, picture in shown:
        bins = picture.calibration
        chart.join([b.predicted for b in bins], [b.observed for b in bins], f"valid {LINES[who]}")
        for b in bins:
            chart.error(b.predicted, b.low, b.high, f"thin {who}")
            chart.mark(b.predicted, b.observed, SHAPES[who], who, 3.5)
            share = [numbers.fixed(v, 3) for v in (b.predicted, b.observed, b.low, b.high)]
            rows.append((say(f"html.{who}"), *share, str(b.rows)))
    legend = [
        Key(
            f"line valid {LINES[who]}",
            SHAPES[who],
            say(f"html.{who}"),
        )
        for who, _ in shown
    ]
    legend.append(Key("line naive", "", say("html.fig.calibration.perfect")))
    columns = ("model", "predicted", "observed", "low", "high", "rows")
    table = Table(tuple(say(f"html.head.{h}") for h in columns), tuple(rows))
    panels = (Panel(chart.markup()),)
    return Figure("calibration", title, note, panels, table, tuple(legend))
