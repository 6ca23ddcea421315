"""One peer's process: started, ended at its budget, and what it wrote about its search."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.bench.peers.clock import ONE_THREAD

STALLED = 15
"""Times the budget by the clock after which a peer that computes nothing any more is ended."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a peer has written: incumbents within the budget, and how it ended."""

    incumbents: tuple[Mapping[str, Any], ...]
    ended: str
    detail: str
    seconds: float
    wall: float


def run_peer(name: str, folder: Path, seconds: float) -> Said:
    """Run one peer to its end, or to the end of its budget."""
    package = Path(__file__).parents[2]
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    core = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else -1
    log = folder / f"{name}.log"
    began = time.time()
    about = [name, str(folder), repr(began), str(core), str(os.getpid())]
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "advisor.bench.peers", *about],
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = process.wait(STALLED * seconds)
    except subprocess.TimeoutExpired:
        code = -signal.SIGKILL
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    wall = time.time() - began
    text = log.read_text(encoding="utf-8", errors="replace").strip()
    return read_said(folder / f"{name}.jsonl", seconds, code, wall, text)


def read_said(file: Path, seconds: float, code: int, wall: float, printed: str) -> Said:
    """What a peer wrote into ``file``.

    Args:
        seconds: the budget; what was said later does not count.
        code: the process's return code, negative for a signal.
        wall: seconds by the clock that it ran.
        printed: all that it printed.
    """
    lines = []
    for text in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        try:
            lines.append(json.loads(text))
        except ValueError:  # it was killed while it wrote
            break
    incumbents = tuple(x for x in lines if "params" in x and x["seconds"] <= seconds)
    over = next((x for x in lines if "end" in x), None)
    if over is not None:
        return Said(incumbents, over["end"], "", min(over["seconds"], seconds), over["wall"])
    if code in (-signal.SIGKILL, -signal.SIGXCPU):
        return Said(incumbents, "killed", "", seconds, wall)
    last = printed.splitlines()[-1] if printed else f"exit code {code}"
    used = lines[-1]["seconds"] if lines else 0.0
    return Said(incumbents, "failed", last[:300], used, wall)
