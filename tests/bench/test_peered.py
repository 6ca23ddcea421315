"""A peer's words are read as it left them, and its question is the one that was asked."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advisor.bench.cases import make_case
from advisor.bench.damage import CannotPlant
from advisor.bench.peer_process import read_said
from advisor.bench.peered import joint_space, run_peers
from advisor.bench.peers import PEERS, find_entry
from advisor.bench.peers.base import (
    Puzzle,
    Range,
    RoundsLaw,
    StuckCase,
    Teller,
    read_case,
    write_case,
)
from advisor.errors import UsageError
from advisor.recipes.load import load_recipe

LAW = RoundsLaw(6000, 60, 9)


def teller(folder: Path) -> Teller:
    return Teller(folder / "x.jsonl", lambda: 0.0)


def lines(*points: tuple[float, float]) -> str:
    return "".join(
        json.dumps({"seconds": t, "params": {"a": s}, "score": s}) + "\n" for t, s in points
    )


def test_a_killed_peer_keeps_what_it_has_said(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(lines((1.0, -1.0), (2.0, -0.5)) + '{"seconds": 3.0, "par', encoding="utf-8")
    said = read_said(file, 5.0, -signal.SIGXCPU, 9.0, "")
    assert (said.ended, said.seconds, said.wall) == ("killed", 5.0, 9.0)
    assert [x["score"] for x in said.incumbents] == [-1.0, -0.5]


def test_what_is_said_beyond_the_budget_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(lines((1.0, -1.0), (5.2, -0.5)), encoding="utf-8")
    said = read_said(file, 5.0, -signal.SIGKILL, 9.0, "")
    assert [x["score"] for x in said.incumbents] == [-1.0]


def test_a_peer_that_breaks_down_is_told_with_its_last_words(tmp_path: Path) -> None:
    said = read_said(tmp_path / "none.jsonl", 5.0, 1, 2.0, "Traceback\nValueError: no")
    assert (said.ended, said.detail, said.incumbents) == ("failed", "ValueError: no", ())


def test_only_a_better_estimate_is_a_new_incumbent(tmp_path: Path) -> None:
    talk = teller(tmp_path)
    talk.start({"a": 0}, -1.0)
    for score in (-2.0, -0.5, -0.5, -0.4):
        talk.tell({"a": score}, score)
    talk.end("finished")
    found = [json.loads(text) for text in talk.file.read_text(encoding="utf-8").splitlines()]
    assert [x.get("score") for x in found] == [-1.0, -0.5, -0.4, None]
    assert found[-1]["end"] == "finished"


def test_a_start_without_a_finite_score_is_still_the_first_incumbent(tmp_path: Path) -> None:
    talk = teller(tmp_path)
    talk.start({"a": 0}, float("-inf"))
    talk.tell({"a": 1}, -3.0)
    found = [json.loads(text) for text in talk.file.read_text(encoding="utf-8").splitlines()]
    assert [x["score"] for x in found] == [None, -3.0]


def test_a_case_is_read_as_it_was_written(tmp_path: Path) -> None:
    space = (
        Range("num_leaves", "int", 31, 2, 511, True),
        Range("e", "choice", choices=(False, True)),
    )
    start = {"num_leaves": np.int64(31), "learning_rate": 0.1}
    puzzle = Puzzle("binary", "log_loss", 2, start, space, LAW, 30.0, 0)
    X = pd.DataFrame({"a": [1.0, np.nan], "b": pd.Categorical(["x", None])})
    write_case(tmp_path, StuckCase(puzzle, X, pd.Series([0, 1])))
    read = read_case(tmp_path)
    assert read.puzzle == puzzle
    pd.testing.assert_frame_equal(read.X, X)


def test_the_joint_space_holds_every_knob_once_and_the_stuck_models_own_values() -> None:
    recipe = load_recipe("lightgbm")
    start = recipe.complete({"learning_rate": 1.6, "reg_lambda": 1e4, "min_child_samples": 2000})
    space = {place.name: place for place in joint_space(recipe, start)}
    knobs = {k.name for part in recipe.stages.values() for k in part.knobs}
    assert set(space) == knobs
    assert space["learning_rate"].high == 1.6
    assert space["reg_lambda"].high == 1e4
    assert space["min_child_samples"].high == 2000


@pytest.mark.parametrize(("value", "held"), [(-1, 16), (None, 16), (40, 16), (0, 1), (7, 7)])
def test_no_limit_stands_at_the_high_end_of_a_range(value: int | None, held: int) -> None:
    assert Range("max_depth", "int", -1, 1, 16).held(value) == held


def test_a_bagging_fraction_comes_with_what_it_needs_to_work() -> None:
    puzzle = Puzzle("binary", "log_loss", 2, {"subsample": 1.0, "subsample_freq": 0}, (), LAW, 9, 0)
    assert puzzle.params({"subsample": 0.5})["subsample_freq"] == 1
    assert puzzle.params({"learning_rate": 0.2})["subsample_freq"] == 0


def test_an_unknown_peer_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(UsageError) as problem:
        find_entry("optuna_tpa")
    assert (problem.value.code, problem.value.hint) == ("peer_unknown", "optuna_tpe")


def test_a_missing_library_is_an_error_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("advisor.bench.peers.find_spec", lambda name: None)
    with pytest.raises(UsageError) as problem:
        find_entry("flaml")
    assert problem.value.code == "peer_extra"
    assert problem.value.values == {"peer": "flaml", "library": "flaml", "extra": "peers"}
    assert find_entry("optuna_tpe") is PEERS["optuna_tpe"]  # needs none


def test_a_fault_of_the_rows_is_none_that_peers_could_be_asked(tmp_path: Path) -> None:
    case = make_case("friedman", "starved", "lightgbm", 0, 300)
    with pytest.raises(CannotPlant, match="peers_rows"):
        run_peers(
            case,
            tmp_path,
            tables=None,
            cache=None,
            names=["randomized"],
            seconds=2.0,
            seeds=1,
            full=False,
        )
