"""A bench of planted faults, said: terminal table, Markdown page, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from advisor.bench.show.layout import columns, written
from advisor.bench.show.pictures import confusion_picture, restored_picture
from advisor.bench.show.summary import summarise
from advisor.bench.show.words import SummaryWords, cell
from advisor.report.locale import Catalog, catalog
from advisor.report.markdown import table
from advisor.report.terminal import pad


def words_of(document: Mapping[str, Any], lang: str) -> SummaryWords:
    """The document's summary in one language."""
    troubles = {job: code for job, (code, _) in document["troubles"].items()}
    return SummaryWords(summarise(document["rows"], troubles), catalog(lang))


def text(document: Mapping[str, Any], lang: str) -> str:
    """For the terminal."""
    words = words_of(document, lang)
    lines = [_title(document, words.words), ""]
    for family in words.families():
        lines += [family, *columns(words.head(), words.rows(family)), ""]
    wide = max(cell_len(name) for name, _ in words.totals()) + 2
    lines += [f"{pad(name, wide)}{value}" for name, value in words.totals()]
    lines += ["", words.words.say("bench.confusion"), *columns(*words.confusion())]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _title(document: Mapping[str, Any], words: Catalog) -> str:
    rows = document["rows"]
    return words.say(
        "bench.title",
        name=document["name"],
        cases=len(rows),
        asked=document["asked"],
        tables=len({row["table"] for row in rows}),
        date=document["date"],
    )


def page(document: Mapping[str, Any], lang: str, pictures: Sequence[str]) -> str:
    """As Markdown; ``pictures`` are file names beside it."""
    words = words_of(document, lang)
    say = words.words.say
    lines = [f"# {_title(document, words.words)}", "", say("bench.page.about"), ""]
    lines += [line for name in pictures for line in (f"![{say('bench.page.picture')}]({name})", "")]
    for family in words.families():
        lines += [f"## {family}", "", *table(words.head(), words.rows(family))]
    lines += table([say("bench.head.what"), say("bench.head.value")], words.totals())
    lines += [f"## {say('bench.confusion')}", "", *table(*words.confusion())]
    lines += [f"## {say('bench.page.every')}", "", say("bench.page.cells"), ""]
    for family in words.families():
        lines += _every(document["rows"], family, words)
    lines += _troubles(document, words.words)
    shown = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    lines += [say("bench.page.versions", versions=shown, date=document["date"]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _every(rows: Sequence[Mapping[str, Any]], family: str, words: SummaryWords) -> list[str]:
    mine = [row for row in rows if row["family"] == family]
    tables = sorted({row["table"] for row in mine})
    faults = dict.fromkeys(g.fault for g in words.summary.groups if g.family == family)
    faults |= dict.fromkeys(sorted({row["fault"] for row in mine}))
    found: dict[tuple[str, str], list[str]] = {}
    for row in mine:
        found.setdefault((row["table"], row["fault"]), []).append(cell(row, words))
    body = [[t, *("; ".join(found.get((t, f), [])) for f in faults)] for t in tables]
    return table([family, *faults], body)


def _troubles(document: Mapping[str, Any], words: Catalog) -> list[str]:
    if not document["troubles"]:
        return []
    lines = []
    for job, (code, detail) in document["troubles"].items():
        lines.append(f"- {job}: {words.say(f'bench.trouble.{code}', detail=detail)}")
    return [f"## {words.say('bench.page.troubles')}", "", *lines, ""]


def write(document: Mapping[str, Any], folder: Path, lang: str) -> list[Path]:
    """The page and its pictures; the files written."""
    name = document["name"]
    words = words_of(document, lang)
    drawn = {
        f"{name}.svg": restored_picture(document["rows"], words),
        f"{name}-named.svg": confusion_picture(words),
    }
    return written(folder, name, page(document, lang, list(drawn)), drawn)


def outcome(row: Mapping[str, Any], lang: str) -> str:
    """One case in a few words, for the progress."""
    words = SummaryWords(summarise([], {}), catalog(lang))
    named = words.name(row["named"])
    if not row["counts"]:
        return words.words.say("bench.outcome.does_not_kill", named=named)
    said = words.words.say(f"bench.outcome.{'right' if row['right'] else 'wrong'}", named=named)
    if row["restored"] is None:
        return said
    return said + words.words.say("bench.outcome.restored", restored=row["restored"])
