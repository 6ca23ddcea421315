"""The pictures of real runs, on data that scikit-learn brings along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

import advisor
from advisor.outcome import gallery
from advisor.pictures import ClassPicture, Pictures, ResidualPicture
from advisor.report.pictures_file import parse_pictures
from advisor.report.terminal import render_terminal
from advisor.results import Report, Status


def tuned(folder: Path, data: Any, params: Mapping[str, Any], **search: Any) -> Report:
    frame = data.frame
    return advisor.tune(
        {
            "version": 1,
            "name": "run",
            "data": {"target": "target"},
            "model": {"family": "lightgbm", "params": dict(params)},
            "search": {"trials": 6, "minutes": 5, **search},
            "report": {"dir": str(folder)},
        },
        data=frame,
    )


def pictures_of(report: Report) -> Pictures:
    file = Path(report.files["json"]).with_suffix(".pictures.json")
    return parse_pictures(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def improved(tmp_path_factory: pytest.TempPathFactory) -> Report:
    params = {"learning_rate": 0.0005, "n_estimators": 40, "num_leaves": 8}
    folder = tmp_path_factory.mktemp("runs")
    return tuned(folder, load_breast_cancer(as_frame=True), params)


def test_an_improved_run_shows_both_models_on_the_same_rows(improved: Report) -> None:
    assert improved.status is Status.IMPROVED
    pictures = pictures_of(improved)
    assert isinstance(pictures.before, ClassPicture)
    assert isinstance(pictures.after, ClassPicture)
    totals = [sum(map(sum, p.confusion.counts)) for p in (pictures.before, pictures.after)]
    assert totals[0] == totals[1] <= improved.rows


def test_the_sweep_marks_the_persons_rate_and_the_best(improved: Report) -> None:
    sweep = pictures_of(improved).sweep
    assert sweep is not None
    assert sweep.knob == "learning_rate"
    (person,) = [p for p in sweep.points if p.mark == "person"]
    (best,) = [p for p in sweep.points if p.mark == "best"]
    assert person.rate == 0.0005
    assert person.se == 0
    assert best.score < person.score
    assert best.rate == improved.change["learning_rate"][1]


def test_the_paired_differences_are_those_of_the_verdict(improved: Report) -> None:
    (proven,) = [s for s in improved.stages if s.status.is_proven]
    assert proven.verdict is not None
    (gains,) = [p for p in pictures_of(improved).paired if p.stage is proven.stage]
    assert gains.fresh
    rows = sum(f.rows for f in gains.folds)
    mean = sum(f.gain * f.rows for f in gains.folds) / rows
    # the gain that is reported may be corrected downwards, never upwards
    assert proven.verdict.gain <= mean + 1e-4


def test_each_change_is_put_back_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "MOST_SECONDS", inf)  # however slow the machine
    held_back = {"n_estimators": 60, "min_child_samples": 180, "reg_lambda": 5000.0}
    report = tuned(tmp_path, load_breast_cancer(as_frame=True), held_back)
    assert len(set(report.change) - {"learning_rate", "n_estimators"}) >= 2, report.change
    carried = pictures_of(report).carried
    assert {c.name for c in carried} == set(report.change)
    assert carried[0].lost == max(c.lost for c in carried) > 0


def test_a_rate_and_its_rounds_are_one_change(improved: Report) -> None:
    assert set(improved.change) == {"learning_rate", "n_estimators"}
    assert pictures_of(improved).carried == ()


def test_the_page_is_the_report_that_is_named_and_shows_in_a_notebook(improved: Report) -> None:
    page = Path(improved.files["report"])
    assert page.name == "report.html"
    assert page.stat().st_size < 300_000
    assert json.loads(Path(improved.files["json"]).read_text(encoding="utf-8"))["files"][
        "report"
    ] == str(page)
    shown = improved._repr_html_()
    assert shown is not None
    assert shown.startswith("<iframe ")
    assert str(improved) == render_terminal(improved)
    assert improved.name in str(improved).splitlines()[0]


def test_a_run_goes_on_and_its_pictures_stay_the_same(improved: Report) -> None:
    folder = Path(improved.files["report"]).parent.parent
    params = {"learning_rate": 0.0005, "n_estimators": 40, "num_leaves": 8}
    before = pictures_of(improved)
    again = tuned(folder, load_breast_cancer(as_frame=True), params)
    assert again.files == improved.files
    assert again.cost.fits == 0
    after = pictures_of(again)
    assert (after.sweep, after.paired, after.carried) == (
        before.sweep,
        before.paired,
        before.carried,
    )


def test_a_run_without_a_gain_shows_the_persons_model_alone(tmp_path: Path) -> None:
    params = {"learning_rate": 0.05, "n_estimators": 60, "num_leaves": 4, "min_child_samples": 30}
    report = tuned(tmp_path, load_diabetes(as_frame=True), params, stages=["learning_rate"])
    pictures = pictures_of(report)
    assert report.status is Status.NO_PROVEN_GAIN
    assert isinstance(pictures.before, ResidualPicture)
    assert pictures.after is None
    assert pictures.carried == ()
