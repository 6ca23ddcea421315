"""Runs the jobs of a bench, each in a process of its own; a generator of events.

What is finished is in the store and is not run again.  Ctrl-C and errors end the processes that
were started here and keep what is finished.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from advisor.bench.config import BenchConfig
from advisor.bench.modes import MODES, Row
from advisor.bench.store import Store, key_of

POLL = 0.05
GRACE = 60.0  # seconds beyond the cap before a process is ended: its start, and its judgement
LOG_LINES = 3


def without_folders(line: str) -> str:
    """A line of a traceback without the folders of this machine: results are handed on."""
    return re.sub(r'File "[^"]*[/\\]([^"/\\]+)"', r'File "\1"', line)


@dataclass(frozen=True, slots=True)
class JobEnded:
    """One job is over.

    Attributes:
        job: what was done.
        row: its row; None where it has none.
        trouble: why it has none, as a code: ``cannot_plant``, ``refused``,
            ``out_of_time``, ``crashed``.
        detail: of the trouble: the reason's code, or the last lines that the process printed.
        stored: whether it was measured before.
        done, total: jobs that are over, and all of them.
        seconds: since the bench began; left: that it will take still, None while that is unknown.
    """

    job: str
    row: Row | None
    trouble: str | None
    detail: str
    stored: bool
    done: int
    total: int
    seconds: float
    left: float | None


@dataclass
class Running:
    """A process and what it works on."""

    job: str
    key: str
    process: subprocess.Popen[bytes]
    began: float
    out: Path
    log: Path
    cores: list[int]


@dataclass
class Bench:
    """The jobs of one bench and what became of them.

    Attributes:
        rows: job -> row; troubles: job -> (code, detail) of those without one.
        asked: how many jobs there are.
    """

    config: BenchConfig
    rows: dict[str, Row] = field(default_factory=dict)
    troubles: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: int = 0

    @property
    def folder(self) -> Path:
        """Where the journal is."""
        return Path(self.config.dir).expanduser().absolute() / str(self.config.name)

    def run(self, *, so_far: bool = False) -> Iterator[JobEnded]:
        """Everything there is to do; one event for each job that is over.

        Args:
            so_far: measure nothing, take what is in the journal.

        Raises:
            ConfigError: the config asks for what there is not.
        """
        config, mode = self.config, MODES[self.config.mode]
        jobs = mode.jobs(config)
        self.asked = len(jobs)
        folder = self.folder
        store = Store(folder / "journal.jsonl")
        keys = {
            job: key_of(mode.parts, config.mode, mode.measured(config, job), job) for job in jobs
        }
        clock = _Clock(len(jobs))
        left = []
        for job in jobs:
            known = store.get(keys[job])
            if known is None:
                left.append(job)
            else:
                yield self._ended(job, known, clock, stored=True)
        if not so_far:
            yield from self._all(left, keys, folder, store, clock)

    def _all(
        self, left: list[str], keys: dict[str, str], folder: Path, store: Store, clock: _Clock
    ) -> Iterator[JobEnded]:
        free = _shares(self.config.jobs, len(left))
        width = len(free)
        running: list[Running] = []
        waiting = list(left)
        try:
            while waiting or running:
                while waiting and free:
                    job = waiting.pop(0)
                    running.append(self._start(job, keys[job], folder, free.pop()))
                for one in [r for r in running if self._over(r)]:
                    running.remove(one)
                    free.append(one.cores)
                    outcome = self._outcome(one)
                    if outcome.get("trouble") in (None, "cannot_plant"):
                        store.put(one.key, outcome)
                    clock.took(time.monotonic() - one.began, width)
                    yield self._ended(one.job, outcome, clock, stored=False)
                time.sleep(POLL if running else 0)
        finally:
            for one in running:
                _end(one.process)

    def _start(self, job: str, key: str, folder: Path, cores: list[int]) -> Running:
        jobs = folder / "jobs"
        jobs.mkdir(parents=True, exist_ok=True)
        file, out, log = (jobs / f"{key[:16]}.{end}" for end in ("json", "row.json", "log"))
        out.unlink(missing_ok=True)
        described = {
            "config": self.config.written(),
            "base": str(self.config.folder),
            "job": job,
            "cores": cores,
            "parent": os.getpid(),
            "cache": str(folder / "cache"),
            "out": str(out),
        }
        file.write_text(json.dumps(described), encoding="utf-8")
        with log.open("wb") as printed:
            process = subprocess.Popen(
                [sys.executable, "-m", "advisor.bench.child", str(file)],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches this process alone, which ends the others
            )
        return Running(job, key, process, time.monotonic(), out, log, cores)

    def _over(self, one: Running) -> bool:
        if one.process.poll() is not None:
            return True
        if time.monotonic() - one.began > 60 * self.config.minutes + GRACE:
            _end(one.process)
            return True
        return False

    def _outcome(self, one: Running) -> dict[str, Any]:
        if one.out.exists():
            outcome: dict[str, Any] = json.loads(one.out.read_text(encoding="utf-8"))
            one.log.unlink(missing_ok=True)
            return outcome
        late = time.monotonic() - one.began > 60 * self.config.minutes + GRACE
        lines = one.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        detail = "" if late else " | ".join(without_folders(line) for line in lines[-LOG_LINES:])
        return {"trouble": "out_of_time" if late else "crashed", "detail": detail}

    def _ended(self, job: str, outcome: dict[str, Any], clock: _Clock, *, stored: bool) -> JobEnded:
        clock.done += 1
        row, trouble = outcome.get("row"), outcome.get("trouble")
        detail = str(outcome.get("detail", ""))
        if row is None:
            self.troubles[job] = (str(trouble), detail)
        else:
            self.rows[job] = row
        return JobEnded(
            job=job,
            row=row,
            trouble=trouble,
            detail=detail,
            stored=stored,
            done=clock.done,
            total=clock.total,
            seconds=clock.seconds,
            left=clock.left,
        )


class _Clock:
    """How long it took, and how long it will still take."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self._began = time.monotonic()
        self._times: list[float] = []
        self._width = 1

    def took(self, seconds: float, width: int) -> None:
        self._times.append(seconds)
        self._width = width

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def left(self) -> float | None:
        """The mean time of a job x the jobs that are left, side by side."""
        if not self._times:
            return None
        mean = sum(self._times) / len(self._times)
        return mean * (self.total - self.done) / self._width


def _shares(asked: int | None, jobs: int) -> list[list[int]]:
    """The cores that each of the jobs at a time works on; one a job where nothing is asked."""
    cores = (
        sorted(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else list(range(os.cpu_count() or 1))
    )
    width = max(1, min(asked or len(cores), jobs))
    each = max(1, len(cores) // width)
    return [[cores[(k * each + i) % len(cores)] for i in range(each)] for k in range(width)]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here, and what it started itself."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
