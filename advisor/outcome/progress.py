"""What a run says while it works, one JSON line each, so that another terminal can follow it.

``progress.jsonl`` is only ever appended to.  A line holds when it was said (``at``), the kind of
event, and the sentence in every language; the first line of a run also names its process.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from advisor.events import Event, Finished, Progress, RunStarted
from advisor.languages import LANGUAGES
from advisor.report.live import Said
from advisor.report.locale import catalog

PROGRESS = "progress.jsonl"
EVERY = 1.0  # seconds between two lines about fits
LOOK = 0.5  # seconds between two looks at the file
STARTED, FINISHED, STOPPED, FITTING = "RunStarted", "Finished", "Stopped", "Progress"
ENDS = (FINISHED, STOPPED)


class ProgressLog:
    """Notes the events of one run.

    Args:
        file: appended to; made if it is not there.
    """

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", encoding="utf-8")
        self._said = [Said(catalog(lang)) for lang in LANGUAGES]
        self._fitted = -EVERY
        self._ended = False

    def note(self, event: Event) -> Event:
        """Write the event down, and hand it on."""
        if isinstance(event, Progress):
            now = time.monotonic()
            if now - self._fitted < EVERY:
                return event
            self._fitted = now
        said = {words.catalog.lang: words.line(event) for words in self._said}
        more: dict[str, object] = {}
        if isinstance(event, RunStarted):
            more = {"pid": os.getpid(), "host": socket.gethostname()}
        if any(said.values()):
            self._write(type(event).__name__, said, more)
        self._ended = isinstance(event, Finished)
        return event

    def noting(self, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
        """The events, each written down; a Ctrl-C that falls outside is thrown into them."""
        event = next(events, None)
        while event is not None:
            try:
                yield self.note(event)
            except KeyboardInterrupt as stop:
                try:
                    event = events.throw(stop)
                except StopIteration:
                    return
            else:
                event = next(events, None)

    def close(self) -> None:
        """Say that the run has ended, if it did not say so itself."""
        if not self._ended:
            self._write(STOPPED, {}, {})
        self._file.close()

    def _write(self, kind: str, said: Mapping[str, str | None], more: Mapping[str, object]) -> None:
        at = datetime.now().astimezone().isoformat(timespec="seconds")
        line = {"at": at, "event": kind, "said": said, **more}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()


@dataclass(frozen=True, slots=True)
class Heard:
    """One line of a run: the kind of event, and the sentence in the language asked for."""

    kind: str
    text: str


LOST = Heard("Lost", "")


def follow(file: Path, lang: str, *, look: float = LOOK) -> Iterator[Heard]:
    """What the last run noted in ``file`` says, as it is said.

    Ends when the run does; with ``LOST`` when its process is gone without a word.  Whether a
    process on another machine still works cannot be told: the file is then followed until it ends.

    Args:
        file: ``progress.jsonl`` of the run.
        lang: a language the run noted; else the first of them.
        look: seconds between two looks.
    """
    process: tuple[object, object] | None = None
    with file.open(encoding="utf-8") as lines:
        lines.seek(_start_of_last_run(file))
        rest = ""
        while True:
            alive = process is None or _alive(*process)  # before the look: the last lines count
            rest += lines.read()
            *whole, rest = rest.split("\n")
            for entry in map(_entry, whole):
                if entry is None:
                    continue
                kind, said = str(entry.get("event")), entry.get("said")
                if kind == STARTED:
                    process = (entry.get("pid"), entry.get("host"))
                sentences = said if isinstance(said, dict) else {}
                yield Heard(kind, str(sentences.get(lang) or ""))
                if kind in ENDS:
                    return
            if not whole:
                if not alive:
                    yield LOST
                    return
                time.sleep(look)


def _entry(line: str) -> dict[str, object] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _start_of_last_run(file: Path) -> int:
    """Where its first line begins; 0 when there is none."""
    found = place = 0
    with file.open("rb") as lines:
        for line in lines:
            entry = _entry(line.decode("utf-8", errors="replace"))
            if entry is not None and entry.get("event") == STARTED:
                found = place
            place += len(line)
    return found


def _alive(pid: object, host: object) -> bool:
    """Whether a process works; True where that cannot be told."""
    if host != socket.gethostname() or not isinstance(pid, int):
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
