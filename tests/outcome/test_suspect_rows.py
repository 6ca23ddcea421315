"""Suspect rows are written down for somebody to go through, and only where a check warned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.outcome.folder import Run
from advisor.outcome.suspect_rows import FILE, write_suspects
from advisor.types import Dataset, Finding, Severity, Task

pytestmark = pytest.mark.usefixtures("one_thread")
N = 800
WARNED = (Finding("D07", Severity.WARNING),)


def world(wrong: float) -> tuple[Dataset, list[int]]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(N, 2))
    y = np.where(x[:, 0] + x[:, 1] > 0, "good", "bad")
    rows = np.sort(rng.choice(N, round(wrong * N), replace=False))
    y[rows] = np.where(y[rows] == "good", "bad", "good")
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y})
    return build(frame, Roles("y"), task=Task.BINARY, test=False), list(rows + 1)


def test_the_rows_are_named_with_what_the_models_say(tmp_path: Path) -> None:
    data, wrong = world(0.1)
    files = write_suspects(Run(tmp_path, 0), data, WARNED, 0)
    assert files == {"suspects": str(tmp_path / FILE)}
    table = pd.read_csv(tmp_path / FILE)
    assert len(set(table["row"]) & set(wrong)) >= 0.8 * len(wrong)
    assert len(set(table["row"]) - set(wrong)) <= 0.1 * len(wrong)
    assert (table["given"] != table["trees_say"]).all()
    assert (table["trees_say"] == table["linear_model_says"]).all()
    assert table["wrong"].is_monotonic_decreasing
    assert table["wrong"].between(0.5, 1).all()
    assert set(table["reason"]) == {"both_contradict_the_label"}


def test_nothing_is_written_without_a_warning_or_without_rows(tmp_path: Path) -> None:
    data, _ = world(0.1)
    passed = (Finding("D07", Severity.PASSED),)
    assert write_suspects(Run(tmp_path, 0), data, passed, 0) == {}
    clean, _ = world(0.0)
    assert write_suspects(Run(tmp_path, 0), clean, WARNED, 0) == {}
    assert not list(tmp_path.iterdir())
