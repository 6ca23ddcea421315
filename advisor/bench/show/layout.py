"""Tables of plain text."""

from __future__ import annotations

from collections.abc import Sequence

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
