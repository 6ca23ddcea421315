"""One rule says where a run goes: the same question about the same data, in the same folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from advisor.config.load import make_config
from advisor.config.run_config import RunConfig
from advisor.errors import UsageError
from advisor.outcome.folder import CARD, find_run, open_run
from advisor.results import TestResult as LockedResult


def config_in(base: Path, **more: Any) -> RunConfig:
    given = {
        "version": 1,
        "data": {"path": "churn.csv", "target": "churn"},
        "model": {"family": "lightgbm", "params": {"learning_rate": 0.1}},
        "report": {"dir": str(base / "runs")},
        **more,
    }
    return make_config(given, base)


def test_the_first_run_gets_the_first_number(tmp_path: Path) -> None:
    run = open_run(config_in(tmp_path), "data", None)
    assert run.folder == tmp_path / "runs" / "churn-01"
    assert (run.name, run.asked_before) == ("churn-01", 0)
    assert (run.folder / CARD).is_file()


def test_the_same_question_goes_on_in_the_same_folder(tmp_path: Path) -> None:
    first = open_run(config_in(tmp_path), "data", None)
    assert open_run(config_in(tmp_path), "data", None) == first


@pytest.mark.parametrize(
    "more",
    [
        {"search": {"trials": 100}},
        {"search": {"minutes": 60.0}},
        {"search": {"stop": "never"}},
        {"search": {"stages": ["depth"]}},
        {"report": {"lang": "ja"}},
    ],
    ids=lambda m: str(next(iter(m.values()))),
)
def test_budgets_the_stop_rule_and_the_language_are_no_part_of_the_question(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    if "report" in more:
        more = {"report": {"dir": str(tmp_path / "runs"), **more["report"]}}
    first = open_run(config_in(tmp_path), "data", None)
    assert open_run(config_in(tmp_path, **more), "data", None) == first


@pytest.mark.parametrize(
    "more",
    [
        {"model": {"family": "lightgbm", "params": {"learning_rate": 0.2}}},
        {"metric": "roc_auc"},
        {"seed": 1},
        {"search": {"folds": 10}},
        {"kpi": {"min_gain": 0.01}},
        {"training": {"class_weight": "balanced"}},
    ],
    ids=lambda m: str(next(iter(m))),
)
def test_another_question_gets_the_next_number_and_knows_of_the_first(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    open_run(config_in(tmp_path), "data", None)
    run = open_run(config_in(tmp_path, **more), "data", None)
    assert (run.name, run.asked_before) == ("churn-02", 1)


def test_other_data_get_the_next_number_and_were_never_asked(tmp_path: Path) -> None:
    open_run(config_in(tmp_path), "data", None)
    run = open_run(config_in(tmp_path), "other data", None)
    assert (run.name, run.asked_before) == ("churn-02", 0)


def test_another_name_is_another_folder(tmp_path: Path) -> None:
    open_run(config_in(tmp_path, name="a"), "data", None)
    assert open_run(config_in(tmp_path, name="a-01"), "data", None).name == "a-01-01"
    assert open_run(config_in(tmp_path, name="a"), "data", None).name == "a-01"


def test_a_folder_or_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "runs" / "churn-01").mkdir(parents=True)
    (tmp_path / "runs" / "churn-01" / "mine.txt").write_text("precious")
    (tmp_path / "runs" / "churn-02").write_text("a file")
    assert open_run(config_in(tmp_path), "data", None).name == "churn-03"
    assert (tmp_path / "runs" / "churn-01" / "mine.txt").read_text() == "precious"


@pytest.mark.parametrize("broken", ["", "{", "[]", "{}", "\x00"])
def test_a_broken_card_is_no_run(tmp_path: Path, broken: str) -> None:
    first = open_run(config_in(tmp_path), "data", None)
    (first.folder / CARD).write_text(broken)
    assert open_run(config_in(tmp_path), "data", None).name == "churn-02"


def test_a_place_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    with pytest.raises(UsageError) as error:
        open_run(config_in(tmp_path), "data", None)
    assert error.value.code == "report_dir_unwritable"


# -- going on with a run by name -----------------------------------------------------------------


@pytest.mark.parametrize("by_path", [True, False])
def test_a_run_is_resumed_by_its_name_or_its_folder(tmp_path: Path, by_path: bool) -> None:
    first = open_run(config_in(tmp_path), "data", None)
    said = str(first.folder) if by_path else first.name
    assert open_run(config_in(tmp_path), "data", said) == first
    assert find_run(said, tmp_path / "runs") == first.folder


@pytest.mark.parametrize(
    ("seed", "fingerprint", "what"), [(1, "data", "config"), (0, "other", "data")]
)
def test_a_run_that_asked_something_else_is_not_resumed(
    tmp_path: Path, seed: int, fingerprint: str, what: str
) -> None:
    first = open_run(config_in(tmp_path), "data", None)
    with pytest.raises(UsageError) as error:
        open_run(config_in(tmp_path, seed=seed), fingerprint, first.name)
    assert error.value.code == f"resume_other_{what}"
    assert error.value.values == {"run": first.name}
    assert [p.name for p in (tmp_path / "runs").iterdir()] == [first.name]


def test_a_run_that_is_not_there_is_named_with_the_last_one_that_is(tmp_path: Path) -> None:
    open_run(config_in(tmp_path), "data", None)
    with pytest.raises(UsageError) as error:
        open_run(config_in(tmp_path), "data", "chrun-01")
    assert error.value.code == "run_not_found"
    assert error.value.hint == "churn-01"
    with pytest.raises(UsageError) as error:
        find_run("churn-01", tmp_path / "nothing here")
    assert error.value.hint is None


# -- what is kept in the folder --------------------------------------------------------------------


def test_a_file_is_the_old_one_or_the_whole_new_one(tmp_path: Path) -> None:
    run = open_run(config_in(tmp_path), "data", None)
    run.write("report.json", "old")
    assert run.write("report.json", "新").read_text(encoding="utf-8") == "新"
    assert sorted(p.name for p in run.folder.iterdir()) == ["report.json", CARD]


def test_the_test_part_is_remembered_with_the_models_it_was_opened_for(tmp_path: Path) -> None:
    run = open_run(config_in(tmp_path), "data", None)
    assert run.opened_test() is None
    result = LockedResult(before=0.1 + 0.2, after=0.5, gain=0.2, low=-1e-17, high=0.3, rows=7)
    run.keep_test("a|b", result)
    assert open_run(config_in(tmp_path), "data", None).opened_test() == ("a|b", result)


def test_the_card_holds_the_question_and_the_data(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    run = open_run(config, "data", None)
    card = json.loads((run.folder / CARD).read_text(encoding="utf-8"))
    assert card == {"identity": config.identity(), "fingerprint": "data"}
