from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from report_factories import IMPROVED

from advisor.events import Event, Finished, Progress, StageEnded, StageStarted
from advisor.outcome.progress import LOST, ProgressLog, follow

START = {"event": "RunStarted", "said": {"en": "begun", "ja": "開始"}}
HERE = {"pid": os.getpid(), "host": socket.gethostname()}


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def write(file: Path, *entries: dict[str, object]) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "progress.jsonl"


def test_every_event_is_noted_in_every_language(file: Path) -> None:
    log = ProgressLog(file)
    for outcome in IMPROVED.stages[:2]:
        log.note(StageStarted(outcome.stage, 1))
        log.note(StageEnded(outcome))
    log.note(Finished(IMPROVED))
    log.close()
    noted = lines(file)
    assert [line["event"] for line in noted] == [*("StageStarted", "StageEnded") * 2, "Finished"]
    assert all({"en", "ja"} == set(line["said"]) for line in noted)  # type: ignore[arg-type]


def test_fits_are_noted_once_in_a_while(file: Path) -> None:
    log = ProgressLog(file)
    for fits in range(50):
        log.note(Progress(IMPROVED.stages[0].stage, fits, 0.001, 1.0, 60.0))
    log.note(Finished(IMPROVED))
    log.close()
    assert [line["event"] for line in lines(file)].count("Progress") < 50


def test_a_run_that_breaks_off_says_that_it_stopped(file: Path) -> None:
    log = ProgressLog(file)
    log.note(StageStarted(IMPROVED.stages[0].stage, 1))
    log.close()
    assert lines(file)[-1]["event"] == "Stopped"


def test_a_stop_that_falls_outside_reaches_the_run(file: Path) -> None:
    def run() -> Generator[Event, None, None]:
        try:
            yield StageStarted(IMPROVED.stages[0].stage, 1)
        except KeyboardInterrupt:
            yield Finished(IMPROVED)

    log = ProgressLog(file)
    events = log.noting(run())
    next(events)
    assert isinstance(events.throw(KeyboardInterrupt()), Finished)
    assert list(events) == []
    log.close()
    assert [line["event"] for line in lines(file)] == ["StageStarted", "Finished"]


def test_the_last_run_is_followed_in_the_language_asked_for(file: Path) -> None:
    end = {"event": "Finished", "said": {"en": "done", "ja": "終了"}}
    write(file, {**START, "said": {"en": "old"}}, end, {**START, **HERE}, end)
    assert [h.text for h in follow(file, "ja", look=0)] == ["開始", "終了"]
    assert [h.text for h in follow(file, "en", look=0)] == ["begun", "done"]


def test_a_run_is_followed_while_it_writes_also_half_lines(file: Path) -> None:
    write(file, {**START, **HERE})

    def writer() -> None:
        whole = json.dumps({"event": "Finished", "said": {"en": "done"}}) + "\n"
        for part in (whole[:9], whole[9:]):
            time.sleep(0.05)
            with file.open("a", encoding="utf-8") as stream:
                stream.write(part)

    thread = threading.Thread(target=writer)
    thread.start()
    assert [h.text for h in follow(file, "en", look=0.01)] == ["begun", "done"]
    thread.join()


def test_a_run_whose_process_is_gone_is_lost(file: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    write(file, {**START, **HERE, "pid": gone.pid})
    assert list(follow(file, "en", look=0))[-1] is LOST


def test_damaged_lines_are_passed_over(file: Path) -> None:
    file.write_text("{half\n[]\n", encoding="utf-8")
    write(file, {**START, **HERE}, {"event": "Stopped", "said": {}})
    assert [h.kind for h in follow(file, "en", look=0)] == ["RunStarted", "Stopped"]
