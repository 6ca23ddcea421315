"""A bench keeps what is finished: it resumes after being stopped, and names what went wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from advisor.bench.config import BenchConfig, make_bench
from advisor.bench.modes import MODES
from advisor.bench.run import Bench, _shares, without_folders
from advisor.bench.store import Store, code_hash, key_of

OWN = (
    "version: 1\ndata: {builtin: wine, test: false}\nmodel: {family: lightgbm, params: {params}}\n"
)
PARTS = MODES["fixes"].parts


def fixes(folder: Path, *names: str, **more: Any) -> BenchConfig:
    """The cheapest bench there is: a preset or two of a small model."""
    own = OWN.replace("{params}", "{n_estimators: 5}")
    (folder / "own.yaml").write_text(own)
    mapping = {"version": 1, "name": "b", "mode": "fixes", "configs": ["own.yaml"]}
    return make_bench({**mapping, "fixes": names, "dir": str(folder / "runs"), **more}, folder)


# -- what is measured already ----------------------------------------------------------------------


def test_half_a_line_is_passed_over_and_the_whole_ones_stay(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    store = Store(file)
    store.put("a", {"row": 1})
    with file.open("ab") as opened:
        opened.write(b'{"key": "b", "ro')
    again = Store(file)
    assert (again.get("a"), again.get("b")) == ({"row": 1}, None)
    again.put("b", {"row": 2})
    assert Store(file).get("b") == {"row": 2}


def test_a_key_depends_on_all_that_decides_a_row() -> None:
    assert key_of(PARTS, "fixes", 1) != key_of(PARTS, "fixes", 2)
    assert key_of(PARTS, "fixes", 1) != key_of((*PARTS, "judge"), "fixes", 1)
    assert code_hash(PARTS) == code_hash(PARTS) != code_hash(())


def test_every_mode_names_modules_that_are_there() -> None:
    folder = Path(sys.modules["advisor.bench"].__file__ or "").parent
    for mode in MODES.values():
        for part in mode.parts:
            assert (folder / f"{part}.py").exists() or (folder / part).is_dir(), part


@pytest.mark.parametrize(("asked", "jobs"), [(None, 9), (1, 9), (3, 9), (50, 2)])
def test_cores_are_shared_evenly(asked: int | None, jobs: int) -> None:
    shares = _shares(asked, jobs)
    assert 1 <= len(shares) <= jobs
    assert len({len(share) for share in shares}) == 1
    assert len(shares) <= (asked or os.cpu_count() or 1)


# -- processes -------------------------------------------------------------------------------------


def test_what_is_finished_is_not_measured_again(tmp_path: Path) -> None:
    config = fixes(tmp_path, "regularization/stronger")
    first = Bench(config)
    events = list(first.run())
    assert [(e.job, e.stored, e.done, e.total) for e in events] == [
        ("own/regularization/stronger", False, 1, 1)
    ]
    assert first.troubles == {}
    again = Bench(config)
    assert [e.stored for e in again.run()] == [True]
    assert again.rows == first.rows
    row = first.rows["own/regularization/stronger"]
    assert row["tried"] == 1
    assert row["fits"] >= 30  # two models, three partitions of five folds


def test_so_far_measures_nothing(tmp_path: Path) -> None:
    bench = Bench(fixes(tmp_path, "regularization/stronger", "scale"))
    assert list(bench.run(so_far=True)) == []
    assert (bench.asked, bench.rows) == (2, {})


def test_a_case_that_is_refused_says_why_and_is_asked_again(tmp_path: Path) -> None:
    config = fixes(tmp_path, "scale")
    (tmp_path / "own.yaml").write_text(OWN.replace("wine", "diabetes").replace("{params}", "{}"))
    text = (tmp_path / "own.yaml").read_text()
    (tmp_path / "own.yaml").write_text(text + "metric: log_loss\n")
    for _ in range(2):
        bench = Bench(config)
        (event,) = bench.run()
        assert (event.trouble, event.stored) == ("refused", False)
        assert "metric_task" in event.detail


def test_a_case_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.bench.run.GRACE", 0.0)
    bench = Bench(fixes(tmp_path, "learning_rate", minutes=0.002))
    (event,) = bench.run()
    assert event.trouble == "out_of_time"
    assert bench.troubles == {"own/learning_rate": ("out_of_time", "")}


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_keeps_what_is_finished_and_leaves_no_process(tmp_path: Path) -> None:
    fixes(tmp_path, "scale")
    names = ["scale", "regularization/stronger", "learning_rate", "regularization", "depth"]
    asked = {"version": 1, "mode": "fixes", "configs": ["own.yaml"], "fixes": names, "jobs": 1}
    (tmp_path / "b.yaml").write_text(json.dumps({**asked, "dir": str(tmp_path / "runs")}))
    command = [sys.executable, "-m", "advisor", "bench", str(tmp_path / "b.yaml")]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("1/5"):
                break
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130
    assert "stopped; 1 of 5" in said
    jobs = tmp_path / "runs" / "b" / "jobs"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and _alive(str(jobs)):
        time.sleep(0.5)
    assert not _alive(str(jobs))
    file = tmp_path / "runs" / "b" / "journal.jsonl"
    assert len(file.read_text().splitlines()) == 1


def _alive(mark: str) -> list[str]:
    """Processes that work on a job below this folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = entry.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if mark in text:
            found.append(text)
    return found


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('File "/home/me/lib/binning.py", line 3, in fit', 'File "binning.py", line 3, in fit'),
        (r'File "C:\me\x.py", line 3', 'File "x.py", line 3'),
        ("ValueError: no such thing", "ValueError: no such thing"),
    ],
)
def test_a_result_names_no_folder_of_the_machine(line: str, kept: str) -> None:
    assert without_folders(line) == kept
