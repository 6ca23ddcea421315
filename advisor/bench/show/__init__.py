"""What a bench found, said: terminal, Markdown, pictures, JSON; nothing here measures.

``VIEWS`` names how the document of each mode is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.bench.show import faults, fixes, peers

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """How one mode's document is shown: (document, language) and where files go.

    ``outcome`` says one row in a few words, for the progress.
    """

    text: Callable[[Document, str], str]
    write: Callable[[Document, Path, str], list[Path]]
    outcome: Callable[[Mapping[str, Any], str], str]


VIEWS: dict[str, View] = {
    "faults": View(faults.text, faults.write, faults.outcome),
    "fixes": View(fixes.text, fixes.write, fixes.outcome),
    "peers": View(peers.text, peers.write, peers.outcome),
}
