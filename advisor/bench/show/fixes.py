"""A bench of named fixes, said: terminal table, Markdown page, forest plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from scipy import stats

from advisor.bench.show.layout import columns, written
from advisor.bench.show.pictures import FAINT, INK, LEFT, RIGHT, WIDE, label, line, svg
from advisor.report.locale import Catalog, catalog
from advisor.report.markdown import table
from advisor.report.numbers import fixed, places_for, plain

LEVEL = 0.95
LINE, TOP = 26, 46
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Interval:
    """A fix's gain with the interval that holds for all fixes of its config at once."""

    row: Row
    low: float
    high: float


def intervals(rows: Sequence[Row]) -> list[Interval]:
    """Gains of one config's fixes, the largest first.

    Bonferroni over every candidate that any of them was chosen from: the fresh folds reuse the
    rows the choice was made on, so a best of 20 is paid for as 20 looks.
    """
    looks = max(1, sum(row["tried"] for row in rows))
    found = []
    for row in sorted(rows, key=lambda r: -r["gain"]):
        t = float(stats.t.ppf(1 - (1 - LEVEL) / (2 * looks), row["df"]))
        reach = t * row["se"] if row["tried"] else 0.0
        found.append(Interval(row, row["gain"] - reach, row["gain"] + reach))
    return found


def text(document: Mapping[str, Any], lang: str) -> str:
    """For the terminal."""
    words = catalog(lang)
    lines = []
    for name, rows in _by_config(document["rows"]).items():
        head, body = _table(rows, words)
        lines += [_title(name, rows, words), *columns(head, body), ""]
    return "\n".join(lines + _troubles(document, words)) + "\n"


def _by_config(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["config"], []).append(row)
    return found


def _title(name: str, rows: Sequence[Row], words: Catalog) -> str:
    one = rows[0]
    return words.say(
        "bench.fixes.title",
        name=name,
        metric=one["metric"],
        rows=one["rows"],
        before=one["before"],
        looks=sum(row["tried"] for row in rows),
    )


def _table(rows: Sequence[Row], words: Catalog) -> tuple[list[str], list[list[str]]]:
    names = ("fix", "gain", "interval", "verdict", "dearer", "fits", "seconds", "change")
    found = intervals(rows)
    finite = [v for i in found for v in (i.row["gain"], i.low, i.high) if abs(v) < inf]
    places = places_for(finite, 3)
    body = []
    for i in found:
        row, none = i.row, words.unit("none")
        low, high = (fixed(v, places, sign=True) for v in (i.low, i.high))
        verdict = "nothing" if not row["tried"] else "better" if i.low > 0 else "open"
        verdict = "worse" if i.high < 0 else verdict
        dearer = none if row["dearer"] is None else f"{fixed(row['dearer'], 2)} x"
        body.append(
            [
                row["fix"],
                fixed(row["gain"], places, sign=True),
                f"[{low}, {high}]",
                words.say(f"bench.fixes.{verdict}"),
                dearer,
                str(row["fits"]),
                words.duration(row["seconds"]),
                _changes(row),
            ]
        )
    return [words.say(f"bench.fixes.head.{name}") for name in names], body


def _changes(row: Row) -> str:
    return "; ".join(f"{k} {plain(a)} -> {plain(b)}" for k, (a, b) in row["change"].items())


def _troubles(document: Mapping[str, Any], words: Catalog) -> list[str]:
    return [
        f"{job}: {words.say(f'bench.trouble.{code}', detail=detail)}"
        for job, (code, detail) in document["troubles"].items()
    ]


def write(document: Mapping[str, Any], folder: Path, lang: str) -> list[Path]:
    """The page and a forest plot for each config; the files written."""
    words, name = catalog(lang), document["name"]
    lines = [f"# {name}", "", words.say("bench.fixes.about"), ""]
    pictures: dict[str, str] = {}
    for config, rows in _by_config(document["rows"]).items():
        picture = f"{name}-{config}.svg"
        pictures[picture] = forest(config, rows, words)
        title = words.say("bench.fixes.picture", name=config)
        lines += [f"## {config}", "", _title(config, rows, words), ""]
        lines += [f"![{title}]({picture})", "", *table(*_table(rows, words))]
    lines += [f"- {trouble}" for trouble in _troubles(document, words)]
    shown = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    lines += ["", words.say("bench.page.versions", versions=shown, date=document["date"])]
    return written(folder, name, "\n".join(lines).rstrip() + "\n", pictures)


def forest(config: str, rows: Sequence[Row], words: Catalog) -> str:
    """Every fix with its interval, the line of no gain marked."""
    found = [i for i in intervals(rows) if i.row["tried"]]
    values = [v for i in found for v in (i.low, i.high) if abs(v) < inf] + [0.0]
    lowest, highest = min(values), max(values)
    span = (highest - lowest) or 1.0
    bottom = TOP + LINE * len(found)

    def place(value: float) -> float:
        inside = min(max(value, lowest), highest)
        return LEFT + WIDE * (inside - lowest) / span

    title = words.say("bench.fixes.picture", name=config)
    body = [label(12, 18, title), line(place(0), TOP - 8, place(0), bottom, FAINT, 1.5)]
    places = places_for(values, 2)
    body += [
        label(place(v), bottom + 18, fixed(v, places, sign=True), "middle")
        for v in dict.fromkeys((lowest, 0.0, highest))
        if v == 0 or abs(place(v) - place(0)) > 40
    ]
    for k, i in enumerate(found):
        y = TOP + LINE * (k + 0.5)
        color = RIGHT if i.low > 0 else INK
        body.append(label(LEFT - 12, y + 4, i.row["fix"], "end"))
        body.append(line(place(i.low), y, place(i.high), y, color, 2))
        body.append(f'<circle cx="{place(i.row["gain"]):g}" cy="{y:g}" r="4" fill="{color}"/>')
    return svg(LEFT + WIDE + 40, bottom + 34, title, body)


def outcome(row: Row, lang: str) -> str:
    """One fix in a few words, for the progress."""
    words = catalog(lang)
    if not row["tried"]:
        return words.say("bench.fixes.nothing")
    return words.say("bench.fixes.outcome", gain=row["gain"], se=row["se"])
