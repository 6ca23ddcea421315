"""Killed with SIGKILL at any moment, the same command goes on and ends with the same report."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

CONFIG = """
version: 1
data: {builtin: breast_cancer, test: 0.2}
model: {family: lightgbm, params: {learning_rate: 0.05, n_estimators: 200}}
search: {trials: 20}
report: {dir: runs}
"""
KILLS = 20


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "advisor", "tune", str(folder / "stuck.yaml"), "--json"]


def whole_run(folder: Path) -> dict[str, Any]:
    done = subprocess.run(command(folder), cwd=folder, capture_output=True, check=True)
    return dict(json.loads(done.stdout))


def measured(folder: Path) -> int:
    """Fits in the run's journal; 0 before there is one."""
    file = folder / "runs" / "stuck-01" / "journal.db"
    if not file.exists():
        return 0
    with sqlite3.connect(file) as connection:
        tables = connection.execute("select name from sqlite_master").fetchall()
        if ("advisor_fits",) not in tables:
            return 0
        return int(connection.execute("select count(*) from advisor_fits").fetchone()[0])


def said(report: dict[str, Any]) -> dict[str, Any]:
    """The report without what a clock or the journal decides."""
    kept = {key: value for key, value in report.items() if key not in ("cost", "files")}
    kept["stages"] = [
        {key: value for key, value in stage.items() if key not in ("seconds", "fits")}
        for stage in report["stages"]
    ]
    return kept


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_run_killed_at_random_moments_loses_no_fit_and_ends_with_the_same_report(
    tmp_path: Path,
) -> None:
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    for folder in (calm, killed):
        folder.mkdir()
        (folder / "stuck.yaml").write_text(CONFIG, encoding="utf-8")
    began = time.monotonic()
    wanted = whole_run(calm)
    length = time.monotonic() - began
    draw = random.Random(7)
    fits = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            command(killed), cwd=killed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(draw.uniform(0.2, 1.0) * length)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert measured(killed) >= fits
        fits = measured(killed)
    report = whole_run(killed)
    assert said(report) == said(wanted)
    assert measured(killed) == measured(calm)
    assert report["cost"]["fits"] + report["cost"]["fits_from_journal"] >= wanted["cost"]["fits"]
    assert os.listdir(killed / "runs") == ["stuck-01"]
