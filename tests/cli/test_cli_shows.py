from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from picture_factories import SHOWN

from advisor.cli.main import main
from advisor.outcome.progress import PROGRESS
from advisor.report.json_report import render_json
from advisor.report.pictures_file import render_pictures


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two finished runs below ``runs``, in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ADVISOR_LANG", raising=False)
    for name, ending in (("a-01", "improved"), ("b-01", "no_gain")):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        report, pictures = SHOWN[ending]
        (folder / "run.json").write_text("{}", encoding="utf-8")
        (folder / "report.json").write_text(render_json(report), encoding="utf-8")
        (folder / "report.pictures.json").write_text(render_pictures(pictures), encoding="utf-8")
    return tmp_path / "runs"


def test_an_old_run_is_rendered_anew_in_another_language(runs: Path) -> None:
    said = run("report", "a-01", "--format", "html", "--lang", "ja").stdout
    page = (runs / "a-01" / "report.html").read_text(encoding="utf-8")
    assert "runs/a-01/report.html" in said
    assert '<html lang="ja">' in page
    assert "学習率とスコア" in page


def test_the_environment_chooses_the_language(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_LANG", "ja_JP.UTF-8")
    run("report", "a-01", "--format", "html", "--out", "here.html")
    assert '<html lang="ja">' in Path("here.html").read_text(encoding="utf-8")
    assert not (runs / "a-01" / "report.html").exists()


def test_several_runs_are_compared_on_one_page_with_links_to_their_own(runs: Path) -> None:
    run("report", "a-01", "--format", "html")
    said = run("report", "a-01", "b-01", "--format", "html").stdout
    assert "runs/comparison.html" in said
    page = (runs / "comparison.html").read_text(encoding="utf-8")
    assert 'href="a-01/report.html"' in page
    assert 'href="b-01/report.html"' not in page  # it was never written
    assert "no proven gain" in page


def test_runs_of_other_data_or_metrics_are_not_said_to_be_comparable(runs: Path) -> None:
    file = runs / "b-01" / "report.json"
    report = json.loads(file.read_text(encoding="utf-8"))
    page = runs / "comparison.html"
    for change, said in (
        ({}, "their scores can be compared"),
        ({"data": {**report["data"], "fingerprint": "0"}}, "scores of different data"),
        ({"metric": {"name": "rmse", "greater_is_better": False}}, "the same metric"),
    ):
        file.write_text(json.dumps(report | change), encoding="utf-8")
        run("report", "a-01", "b-01", "--format", "html")
        assert said in page.read_text(encoding="utf-8")


def test_several_reports_are_one_json_list_or_texts_one_after_the_other(runs: Path) -> None:
    listed = json.loads(run("report", "a-01", "b-01", "--format", "json").stdout)
    assert [one["status"] for one in listed] == ["improved", "no_proven_gain"]
    assert json.loads(run("report", "a-01", "--format", "json").stdout)["status"] == "improved"
    assert run("report", "a-01", "b-01", "--format", "md").stdout.count("### ") == 2


@pytest.mark.parametrize("form", ["text", "html", "md", "json"])
def test_a_wrong_run_is_one_clear_error(runs: Path, form: str) -> None:
    result = run("report", "nope", "--format", form, code=2)
    assert result.stdout == ""
    assert result.stderr == "error: there is no run in nope\ndid you mean b-01?\n"


def test_damaged_pictures_are_named_with_their_file(runs: Path) -> None:
    (runs / "a-01" / "report.pictures.json").write_text('{"folds": "x"}', encoding="utf-8")
    said = run("report", "a-01", "--format", "html", code=2).stderr
    assert "report.pictures.json is not a report of advisor: folds" in said


def test_a_run_that_kept_no_pictures_has_a_page_all_the_same(runs: Path) -> None:
    (runs / "a-01" / "report.pictures.json").unlink()
    run("report", "a-01", "--format", "html")
    assert (runs / "a-01" / "report.html").stat().st_size > 10_000


def test_a_place_that_cannot_be_written_is_named(runs: Path) -> None:
    said = run("report", "a-01", "--format", "html", "--out", "no/such/x.html", code=2).stderr
    assert "the page cannot be written to no/such/x.html" in said


def test_out_goes_with_html_alone(runs: Path) -> None:
    assert "--format html" in run("report", "a-01", "--out", "x.html", code=2).stderr


def test_watching_a_finished_run_shows_its_lines_and_its_report(runs: Path) -> None:
    lines = [
        {"event": "RunStarted", "said": {"en": "begun", "ja": "開始"}},
        {"event": "Progress", "said": {"en": "12 fits", "ja": "学習 12 回"}},
        {"event": "Finished", "said": {"en": "done", "ja": "終了"}},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (runs / "a-01" / PROGRESS).write_text(text, encoding="utf-8")
    result = run("watch", "a-01", "--lang", "ja")
    assert result.stderr == "開始\n終了\n"  # what passes is for a terminal alone
    assert "改善を証明" in result.stdout


def test_watching_a_run_that_stopped_by_an_error_says_so(runs: Path) -> None:
    stopped = json.dumps({"event": "Stopped", "said": {}}) + "\n"
    (runs / "a-01" / PROGRESS).write_text(stopped, encoding="utf-8")
    assert "stopped by an error" in run("watch", "a-01", code=1).stderr


def test_watching_what_notes_nothing_is_one_clear_error(runs: Path) -> None:
    assert "nothing is noted in runs/a-01" in run("watch", "a-01", code=2).stderr
    assert "there is no run in nope" in run("watch", "nope", code=2).stderr
