"""A bench of peers, said: terminal table, Markdown page, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from advisor.bench.show.layout import columns, written
from advisor.bench.show.peer_pictures import duel_picture, progress_picture
from advisor.bench.show.peer_summary import better, summarise_peers
from advisor.bench.show.peer_words import PeerWords
from advisor.report.locale import Catalog, catalog
from advisor.report.markdown import table
from advisor.report.terminal import pad

Document = Mapping[str, Any]


def words_of(document: Document, lang: str) -> PeerWords:
    """The document's summary in one language."""
    troubles = {job: code for job, (code, _) in document["troubles"].items()}
    return PeerWords(summarise_peers(document["rows"], troubles), catalog(lang))


def text(document: Document, lang: str) -> str:
    """For the terminal."""
    words = words_of(document, lang)
    say = words.words.say
    lines = [_title(document, words), ""]
    if words.summary.counted:
        lines += [*columns(words.head(), words.rows()), ""]
        lines += [say("peers.reach"), *columns(words.reach_head(), words.reach_rows()), ""]
        lines += [say("peers.by_fault"), *columns(words.fault_head(), words.fault_rows()), ""]
        lines += [say("peers.losses"), *_losses(words), ""]
    wide = max(cell_len(name) for name, _ in words.totals()) + 2
    lines += [f"{pad(name, wide)}{value}" for name, value in words.totals()]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _losses(words: PeerWords) -> list[str]:
    rows = words.loss_rows()
    return columns(words.loss_head(), rows) if rows else [words.words.say("peers.no_loss")]


def _title(document: Document, words: PeerWords) -> str:
    rows = document["rows"]
    return words.words.say(
        "peers.title",
        name=document["name"],
        cases=len(rows),
        asked=document["asked"],
        tables=len({row["table"] for row in rows}),
        budget=words.summary.budget,
        date=document["date"],
    )


def page(document: Document, lang: str, pictures: Sequence[str]) -> str:
    """As Markdown; ``pictures`` are file names beside it."""
    words = words_of(document, lang)
    say = words.words.say
    lines = [f"# {_title(document, words)}", "", say("peers.page.about"), ""]
    lines += [say("peers.page.fair"), ""]
    lines += [line for name in pictures for line in (f"![{say('peers.page.picture')}]({name})", "")]
    lines += [f"## {say('peers.page.final')}", "", *table(words.head(), words.rows())]
    lines += [f"## {say('peers.reach')}", "", say("peers.page.reach"), ""]
    lines += table(words.reach_head(), words.reach_rows())
    lines += [f"## {say('peers.by_fault')}", "", *table(words.fault_head(), words.fault_rows())]
    lines += [f"## {say('peers.losses')}", "", say("peers.page.losses"), ""]
    losses = words.loss_rows()
    lines += table(words.loss_head(), losses) if losses else [say("peers.no_loss"), ""]
    lines += [f"## {say('bench.page.every')}", "", say("peers.page.cells"), ""]
    lines += table(
        [say("peers.head.case"), *map(words.name, words.names())], _every(document, words)
    )
    lines += [f"## {say('peers.page.conditions')}", ""]
    lines += table([say("bench.head.what"), say("peers.head.value")], words.totals())
    lines += _troubles(document, words.words)
    shown = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    lines += [say("bench.page.versions", versions=shown, date=document["date"]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _every(document: Document, words: PeerWords) -> list[list[str]]:
    found = []
    for row in document["rows"]:
        case = f"{row['table']} {row['fault']}"
        if not row["counts"]:
            found.append([case, *(words.words.say("bench.does_not_kill") for _ in words.names())])
        else:
            found.append([case, *(words.cell(row, name) for name in words.names())])
    return found


def _troubles(document: Document, words: Catalog) -> list[str]:
    if not document["troubles"]:
        return []
    lines = [
        f"- {job}: {words.say(f'bench.trouble.{code}', detail=detail)}"
        for job, (code, detail) in document["troubles"].items()
    ]
    return [f"## {words.say('bench.page.troubles')}", "", *lines, ""]


def write(document: Document, folder: Path, lang: str) -> list[Path]:
    """The page and its pictures; the files written."""
    name, words = document["name"], words_of(document, lang)
    drawn = {
        f"{name}.svg": progress_picture(document["rows"], words),
        f"{name}-wins.svg": duel_picture(words),
    }
    return written(folder, name, page(document, lang, list(drawn)), drawn)


def outcome(row: Mapping[str, Any], lang: str) -> str:
    """One case in a few words, for the progress: what each peer restored, and who led."""
    words = PeerWords(summarise_peers([], {}), catalog(lang))
    if not row["counts"]:
        return words.words.say("peers.outcome.does_not_kill")
    shown = [f"{name} {words.cell(row, name)}" for name in row["peers"]]
    ahead = [n for n in row["peers"] if n != "advisor" and better(row, n, "advisor")]
    listed = words.words.unit("comma").join(shown)
    return listed + (words.words.say("peers.outcome.ahead", count=len(ahead)) if ahead else "")
