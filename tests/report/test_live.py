from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from report_factories import BANKED, IMPROVED
from rich.console import Console

from advisor.events import (
    BaselineMeasured,
    Event,
    Finished,
    ProbesMeasured,
    Progress,
    RunStarted,
    StageEnded,
    StageStarted,
)
from advisor.events import TestOpened as Opened
from advisor.report.live import LiveView, PlainView, open_view
from advisor.report.locale import catalog
from advisor.types import Dataset, StageName, Task


def dataset() -> Dataset:
    rows = np.arange(4)
    return Dataset(
        X=pd.DataFrame({"a": rows.astype(float)}),
        y=rows % 2,
        task=Task.BINARY,
        classes=("0", "1"),
        target="y",
        columns=(),
        train=rows,
        pool=rows[:0],
        test=rows[:0],
        groups=None,
        time=None,
        weight=None,
        fingerprint="f",
    )


def events() -> list[Event]:
    assert IMPROVED.baseline is not None
    assert IMPROVED.test is not None
    done: list[Any] = [
        RunStarted("churn-01", "runs/churn-01", dataset(), "roc_auc", True, 0),
        BaselineMeasured(IMPROVED.baseline, 0.5, None, 6.0),
        ProbesMeasured(IMPROVED.probes),
    ]
    for number, outcome in enumerate(IMPROVED.stages[:2], start=1):
        done += [
            StageStarted(outcome.stage, 1),
            Progress(outcome.stage, 10 * number, 0.003, 5.0, 130.0),
            StageEnded(outcome),
        ]
    return [*done, Opened(IMPROVED.test), Finished(IMPROVED)]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_without_a_terminal_every_event_is_one_plain_line(lang: str) -> None:
    stream = io.StringIO()
    with open_view(stream, catalog(lang), live=False, color=False) as view:
        for event in events():
            view.show(event)
    lines = stream.getvalue().splitlines()
    assert isinstance(view, PlainView)
    assert len(lines) == 9  # all but Progress
    assert "\x1b" not in stream.getvalue()
    assert "+0.0119 [+0.0082, +0.0156]" in lines[6]


def test_plain_lines_say_the_stage_its_question_and_its_end() -> None:
    stream = io.StringIO()
    with PlainView(stream, catalog("en")) as view:
        for event in events():
            view.show(event)
    text = stream.getvalue()
    assert "churn-01: 4 rows x 1 features, AUC" in text
    assert "learning rate: Is the step size right?" in text
    assert "regularization: +0.0119 [+0.0082, +0.0156]  proven, stop" in text
    assert "finished: improved, 240 fits, 3 min 12 s" in text


def drawn(view: LiveView) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    with console.capture() as captured:
        console.print(view.ladder())
    return captured.get()


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_ladder_shows_what_runs_what_is_done_and_what_waits(lang: str) -> None:
    view = LiveView(io.StringIO(), catalog(lang))
    words = view.catalog
    for event in events()[:7]:
        view.show(event)
    view.show(Progress(StageName.REGULARIZATION, 20, 0.0102, 9.0, 130.0))
    text = drawn(view)
    assert words.say("verdict.gate.luck") in text
    assert words.say("event.fits", fits=20) in text
    assert words.say("event.best", gain="+0.0102") in text
    assert words.say("event.left", s=130.0) in text
    assert text.count(words.say("event.waiting")) == 2
    view.show(Progress(StageName.REGULARIZATION, 21, 0.0102, 140.0, 0.0))
    assert words.say("event.last_fits") in drawn(view)


def test_the_live_view_leaves_the_terminal_as_it_was() -> None:
    stream = io.StringIO()
    with open_view(stream, catalog("en"), live=True, color=False) as view:
        for event in events():
            view.show(event)
    assert isinstance(view, LiveView)
    assert not view.live.is_started


def test_a_stage_of_a_second_pass_starts_over() -> None:
    view = LiveView(io.StringIO(), catalog("en"))
    for event in events():
        view.show(event)
    view.show(StageStarted(StageName.LEARNING_RATE, 2))
    assert "could be luck" not in drawn(view)
    view.show(StageEnded(BANKED.stages[0]))
    assert "proven, banked, going on" in drawn(view)
