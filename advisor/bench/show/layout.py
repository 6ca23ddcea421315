"""Tables of plain text; a page and its pictures on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.cells import cell_len

from advisor.report.terminal import pad


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table: the first column to the left, all others to the right."""
    whole = [head, *rows]
    wide = [max(cell_len(line[k]) for line in whole) for k in range(len(head))]
    return [
        "  ".join(pad(one, wide[k], right=k > 0) for k, one in enumerate(line)).rstrip()
        for line in whole
    ]


def written(folder: Path, name: str, page: str, pictures: Mapping[str, str]) -> list[Path]:
    """Write ``name``.md and the pictures {file: content} beside it; the files, the page first."""
    contents = {f"{name}.md": page, **pictures}
    for file, content in contents.items():
        (folder / file).write_text(content, encoding="utf-8")
    return [folder / file for file in contents]
