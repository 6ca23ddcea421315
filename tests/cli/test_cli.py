from __future__ import annotations

import json
import signal
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pandas as pd
import pytest
from click.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from report_factories import BLOCKED, IMPROVED, INTERRUPTED, NO_GAIN
from report_schema_check import problems

import advisor
from advisor.cli.console import error_text
from advisor.cli.main import main
from advisor.data.new_rows import Unfamiliar
from advisor.errors import AdvisorError, ConfigError, Place
from advisor.events import Event, Finished, StageEnded, StageStarted
from advisor.report.json_report import render_json
from advisor.report.locale import Catalog, catalog
from advisor.report.report_schema import report_schema
from advisor.results import Report, Status

CONFIG = """\
version: 1
data: {path: train.csv, target: y}
model: {family: lightgbm, params: {learning_rate: 0.1, n_estimators: 50}}
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    assert isinstance(main, click.Group)
    yield "advisor", main
    yield from main.commands.items()


class FakeApi(types.ModuleType):
    """A search that ends in one report, and remembers how it was called."""

    def __init__(self) -> None:
        super().__init__("advisor.api")
        self.report = IMPROVED
        self.calls: list[dict[str, Any]] = []
        self.fail: BaseException | None = None

    def start(self, config: Any, **options: Any) -> Iterator[Event]:
        self.calls.append({"config": config, **options})
        try:
            for outcome in self.report.stages:
                yield StageStarted(outcome.stage, 1)
                if self.fail is not None:
                    raise self.fail
                yield StageEnded(outcome)
        except KeyboardInterrupt:
            yield Finished(INTERRUPTED)
            return
        yield Finished(self.report)

    def estimate(self, config: Any, *, allow_code: bool) -> dict[str, float]:
        return {"rows": 8000, "candidates_at_most": 1200, "seconds_expected": 61.0}

    def predict(self, run: Path, frame: pd.DataFrame, *, allow_code: bool) -> pd.DataFrame:
        return pd.DataFrame({"prediction": frame["x"] * 2})

    def unread(self, run: Path, frame: pd.DataFrame) -> list[Unfamiliar]:
        return [Unfamiliar("shop", "category", 3, "west")]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    fake = FakeApi()
    monkeypatch.setitem(sys.modules, "advisor.api", fake)
    monkeypatch.setattr(advisor, "api", fake, raising=False)
    return fake


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ADVISOR_LANG", "ADVISOR_DEBUG", "ADVISOR_STRICT", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "churn.yaml").write_text(CONFIG, encoding="utf-8")
    table = pd.DataFrame({"x": range(40), "y": [0, 1] * 20})
    table.to_csv(tmp_path / "train.csv", index=False)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Callable[..., Result]:
    def invoke(*arguments: str, **environment: str) -> Result:
        return CliRunner(env=environment).invoke(main, list(arguments))

    return invoke


# -- help --------------------------------------------------------------------------------------


def test_every_command_and_option_has_help() -> None:
    for name, command in commands():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts}"


def test_help_names_every_command(run: Callable[..., Result]) -> None:
    text = run("--help").output
    for name in (
        "init",
        "audit",
        "diagnose",
        "tune",
        "explain",
        "recipes",
        "schema",
        "predict",
        "report",
    ):
        assert name in text


def test_no_command_of_the_list_is_cut_short(run: Callable[..., Result]) -> None:
    listed = run("--help").output.partition("Commands:")[2]
    assert "planted faults" in listed
    assert "..." not in listed


def test_help_needs_no_heavy_library() -> None:
    code = (
        "import sys; from advisor.cli.main import main; "
        "main(['--help'], standalone_mode=False); "
        "assert not {'pandas', 'numpy', 'lightgbm', 'sklearn', 'rich'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


# -- tune: results, streams and exit codes -----------------------------------------------------


@pytest.mark.parametrize(
    ("report", "options", "code"),
    [
        (IMPROVED, [], 0),
        (IMPROVED, ["--exit-code"], 0),
        (NO_GAIN, [], 0),
        (NO_GAIN, ["--exit-code"], 4),
        (BLOCKED, [], 3),
        (INTERRUPTED, [], 130),
    ],
)
def test_exit_codes_tell_how_a_run_ended(
    run: Callable[..., Result], api: FakeApi, report: Report, options: list[str], code: int
) -> None:
    api.report = report
    assert run("tune", "churn.yaml", *options).exit_code == code


def test_the_result_is_on_stdout_and_the_progress_on_stderr(
    run: Callable[..., Result], api: FakeApi
) -> None:
    result = run("tune", "churn.yaml")
    assert result.stdout.startswith("advisor 0.1.0  churn-01")
    assert "proven, stop" in result.stdout
    assert "Is the step size right?" in result.stderr
    assert "Is the step size right?" not in result.stdout
    assert "\x1b" not in result.stdout + result.stderr


def test_json_is_one_document_and_follows_the_schema(
    run: Callable[..., Result], api: FakeApi
) -> None:
    result = run("tune", "churn.yaml", "--json")
    assert result.exit_code == 0
    assert list(problems(json.loads(result.stdout), report_schema())) == []


def test_options_reach_the_search(run: Callable[..., Result], api: FakeApi) -> None:
    run("tune", "churn.yaml", "--keep-going", "--resume", "runs/churn-01", "--lang", "ja")
    (call,) = api.calls
    assert (call["keep_going"], call["resume"]) == (True, "runs/churn-01")
    assert call["config"].report.lang == "ja"


def test_a_dry_run_starts_nothing(run: Callable[..., Result], api: FakeApi) -> None:
    text = run("tune", "churn.yaml", "--dry-run").stdout
    assert "candidates, at most         1,200" in text
    assert "1 min 1 s" in text
    assert json.loads(run("tune", "churn.yaml", "--dry-run", "--json").stdout)["rows"] == 8000
    assert api.calls == []


def test_ctrl_c_keeps_what_was_measured(run: Callable[..., Result], api: FakeApi) -> None:
    api.fail = KeyboardInterrupt()
    result = run("tune", "churn.yaml")
    assert result.exit_code == 130
    assert "the same command goes on from there" in result.stderr
    assert "0.8316" in result.stdout


def test_ctrl_c_while_printing_is_handed_to_the_search(
    run: Callable[..., Result], api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        monkeypatch.undo()
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("advisor.report.live.PlainView.show", interrupted)
    result = run("tune", "churn.yaml", "--json")
    assert result.exit_code == 130
    assert json.loads(result.stdout)["status"] == "interrupted"


def test_ctrl_c_before_the_search_exits_with_130(
    run: Callable[..., Result], api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("advisor.config.load.load_config", stop)
    assert run("tune", "churn.yaml").exit_code == 130


# -- languages ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        ([], {}, "Keep your settings."),
        ([], {"ADVISOR_LANG": "ja_JP.UTF-8"}, "今の設定のまま"),
        (["--lang", "ja"], {"ADVISOR_LANG": "en"}, "今の設定のまま"),
        (["--lang", "en"], {"ADVISOR_LANG": "ja"}, "Keep your settings."),
        ([], {"ADVISOR_LANG": "tlh"}, "Keep your settings."),
    ],
)
def test_the_language_is_the_option_or_the_environment(
    run: Callable[..., Result],
    api: FakeApi,
    options: list[str],
    environment: dict[str, str],
    expected: str,
) -> None:
    api.report = NO_GAIN
    assert expected in run("tune", "churn.yaml", *options, **environment).stdout


def test_the_config_may_name_the_language(
    run: Callable[..., Result], api: FakeApi, folder: Path
) -> None:
    (folder / "churn.yaml").write_text(CONFIG + "report: {lang: ja}\n", encoding="utf-8")
    assert "事前点検" in run("tune", "churn.yaml").stdout
    assert "Audit" in run("tune", "churn.yaml", "--lang", "en").stdout


# -- errors ------------------------------------------------------------------------------------


def test_an_error_says_where_and_the_nearest_spelling() -> None:
    sentences = {**catalog("en").sentences, "errors.x": "key {key} is unknown"}
    error = ConfigError("x", {"key": "lerning"}, place=Place("a.yaml", 4, 9), hint="learning")
    assert error_text(error, Catalog("en", sentences)) == (
        "error: key lerning is unknown\n  --> a.yaml:4:9\ndid you mean learning?"
    )


def test_an_error_is_one_message_and_no_traceback(
    run: Callable[..., Result], api: FakeApi, folder: Path
) -> None:
    (folder / "churn.yaml").write_text(CONFIG + "sead: 1\n", encoding="utf-8")
    result = run("tune", "churn.yaml")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert "  --> churn.yaml:4:1" in result.stderr
    assert "did you mean seed?" in result.stderr
    assert "Traceback" not in result.stderr


def test_with_json_an_error_is_a_document_as_well(
    run: Callable[..., Result], api: FakeApi, folder: Path
) -> None:
    (folder / "churn.yaml").write_text(CONFIG + "sead: 1\n", encoding="utf-8")
    result = run("tune", "churn.yaml", "--json")
    document = json.loads(result.stdout)
    assert list(problems(document, report_schema()["$defs"]["error"])) == []
    assert document["error"]["hint"] == "seed"


def test_an_error_speaks_the_language_asked_for(run: Callable[..., Result]) -> None:
    result = run("report", "nowhere", "--lang", "ja")
    assert result.exit_code == 2
    assert "エラー: nowhere に実行結果がありません" in result.stderr


def test_a_bug_is_called_one_and_shows_its_traceback_only_on_demand(
    run: Callable[..., Result], api: FakeApi
) -> None:
    api.fail = ZeroDivisionError("division by zero")
    result = run("tune", "churn.yaml")
    assert result.exit_code == 1
    assert "this is a bug in advisor" in result.stderr
    assert "ZeroDivisionError: division by zero" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in run("tune", "churn.yaml", ADVISOR_DEBUG="1").stderr


def test_a_search_without_a_report_is_an_error(
    run: Callable[..., Result], api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "start", lambda *_, **__: iter(()))
    result = run("tune", "churn.yaml")
    assert result.exit_code == AdvisorError.exit_code
    assert "without a report" in result.stderr


@pytest.mark.parametrize("arguments", [["tun"], ["tune"], ["tune", "a", "b"], ["schema", "x"]])
def test_wrong_usage_exits_with_2(run: Callable[..., Result], arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


# -- the other commands ------------------------------------------------------------------------


@pytest.fixture
def saved(folder: Path) -> Path:
    runs = folder / "runs" / "churn-01"
    runs.mkdir(parents=True)
    (runs / "report.json").write_text(render_json(IMPROVED), encoding="utf-8")
    return runs


@pytest.mark.parametrize(
    ("form", "expected"),
    [("text", "Why         Trees"), ("md", "### Model tuning"), ("json", '"version": 1')],
)
def test_a_saved_report_is_shown_again_in_any_form(
    run: Callable[..., Result], saved: Path, form: str, expected: str
) -> None:
    result = run("report", str(saved), "--format", form)
    assert result.exit_code == 0
    assert expected in result.stdout


@pytest.mark.parametrize(("command", "until"), [("audit", "audit"), ("diagnose", "diagnosis")])
def test_looking_searches_nothing(
    run: Callable[..., Result], api: FakeApi, command: str, until: str
) -> None:
    api.report = replace(NO_GAIN, status=Status.CHECKED, stages=())
    result = run(command, "churn.yaml")
    assert (result.exit_code, api.calls[0]["until"]) == (0, until)
    assert "Audit" in result.stdout
    document = json.loads(run(command, "churn.yaml", "--json").stdout)
    assert list(problems(document, report_schema())) == []
    assert document["status"] == "checked"
    api.report = BLOCKED
    assert run(command, "churn.yaml").exit_code == 3


def test_a_finding_is_explained_in_both_languages(run: Callable[..., Result]) -> None:
    english = run("explain", "d04").stdout
    assert "Why it matters" in english
    assert english != run("explain", "D04:column", "--lang", "ja").stdout
    assert "D04" in run("explain").stdout


def test_a_run_is_explained_stage_by_stage(run: Callable[..., Result], saved: Path) -> None:
    text = run("explain", str(saved)).stdout
    assert "1 learning rate  Is the step size right?" in text
    assert "Why" in text


def test_what_cannot_be_explained_is_one_error(run: Callable[..., Result], saved: Path) -> None:
    result = run("explain", "D4")
    assert result.exit_code == 2
    assert "D4" in result.stderr
    assert "did you mean D04?" in result.stderr
    (saved / "report.json").write_text("{}", encoding="utf-8")
    assert run("explain", str(saved)).exit_code == 2


def test_a_saved_report_is_shown_in_the_other_language(
    run: Callable[..., Result], saved: Path
) -> None:
    assert (
        "木が少数の行を丸暗記" in run("report", str(saved / "report.json"), "--lang", "ja").stdout
    )


def test_a_file_that_is_no_report_is_refused(run: Callable[..., Result], saved: Path) -> None:
    for content in (b"{}", b"\xff\xfe"):
        (saved / "report.json").write_bytes(content)
        result = run("report", str(saved))
        assert result.exit_code == 2
        assert "is not a report of advisor" in result.stderr


def test_predictions_are_csv_on_stdout_or_in_a_file(
    run: Callable[..., Result], api: FakeApi, folder: Path
) -> None:
    printed = run("predict", "runs/churn-01", "train.csv")
    assert printed.stdout.splitlines()[:3] == ["prediction", "0", "2"]
    assert printed.stderr.startswith(
        "column shop: rows with a category that the model has never seen"
    )
    written = run("predict", "runs/churn-01", "train.csv", "--out", "p.csv")
    assert written.stdout == ""
    assert len(pd.read_csv(folder / "p.csv")) == 40


def test_init_writes_a_config_that_tune_takes(
    run: Callable[..., Result], api: FakeApi, folder: Path
) -> None:
    assert run("init", "train.csv", "--target", "y").exit_code == 0
    assert run("tune", "config.yaml").exit_code == 0


def test_init_in_japanese_writes_a_japanese_config(
    run: Callable[..., Result], folder: Path
) -> None:
    assert run("init", "train.csv", "--target", "y", "--lang", "ja").exit_code == 0
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    assert "report: {lang: ja, dir: runs}" in text
    assert "順序は固定です" in text


def test_init_finds_the_table_from_the_config_it_writes(
    run: Callable[..., Result], folder: Path
) -> None:
    (folder / "configs").mkdir()
    assert run("init", "train.csv", "--target", "y", "--out", "configs/a.yaml").exit_code == 0
    assert "../train.csv" in (folder / "configs" / "a.yaml").read_text(encoding="utf-8")


def test_init_names_the_encoding_that_the_table_seems_to_have(
    run: Callable[..., Result], folder: Path
) -> None:
    (folder / "sjis.csv").write_text("年齢,年収\n" + "31,450\n45,620\n" * 20, encoding="cp932")
    assert run("init", "sjis.csv", "--target", "年収").exit_code == 0
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    assert "  encoding: cp932 " in text
    assert "  target: 年収" in text


def test_init_never_overwrites(run: Callable[..., Result], folder: Path) -> None:
    result = run("init", "train.csv", "--target", "y", "--out", "churn.yaml")
    assert result.exit_code == 2
    assert (folder / "churn.yaml").read_text(encoding="utf-8") == CONFIG


def test_init_suggests_the_nearest_column(run: Callable[..., Result]) -> None:
    result = run("init", "train.csv", "--target", "Y")
    assert result.exit_code == 2
    assert "did you mean y?" in result.stderr


def test_recipes_lists_families_and_shows_one_by_stage(run: Callable[..., Result]) -> None:
    assert "lightgbm" in run("recipes").stdout
    text = run("recipes", "lightgbm").stdout
    order = [text.index(n) for n in ("1 learning rate", "2 regularization", "3 data", "4 depth")]
    assert order == sorted(order)
    assert "reg_lambda" in text


def test_schemas_are_json(run: Callable[..., Result]) -> None:
    assert json.loads(run("schema").stdout)["title"] == "RunConfig"
    assert json.loads(run("schema", "report").stdout) == report_schema()


def test_the_version_is_printed(run: Callable[..., Result]) -> None:
    assert run("--version").stdout.startswith("advisor ")


def test_a_narrow_encoding_never_breaks_the_output(folder: Path, saved: Path) -> None:
    code = "from advisor.cli.main import main; main()"
    for form in ("text", "json"):
        arguments = ["report", str(saved), "--lang", "ja", "--format", form]
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(__file__).parents[2])},
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["name"] == "churn-01"
