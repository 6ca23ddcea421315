"""Whole runs on small tables: every promise of the command line and of ``advisor.tune``.

The tables are generated, a few hundred to 2,000 rows, and the faults are gross:
what is tested is that the parts fit together.  ``advisor bench`` measures how well it works.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

import advisor
from advisor.api import unread
from advisor.cli.main import main
from advisor.config.load import load_config
from advisor.data.columns import encode
from advisor.data.dataset import load
from advisor.data.new_rows import Unfamiliar
from advisor.errors import UsageError
from advisor.learners import LEARNERS
from advisor.learners.lightgbm.learner import LightGBM
from advisor.report.json_report import render_json
from advisor.report.report_schema import report_schema
from advisor.results import Outcome, Report, Status
from advisor.types import STAGE_ORDER, Dataset, Params, Task

TOO_FAST = {"learning_rate": 3.0, "n_estimators": 60, "num_leaves": 15}
HELD_BACK = {"learning_rate": 0.1, "n_estimators": 60, "min_child_samples": 200, "reg_lambda": 1000}
HEALTHY = {"learning_rate": 0.1, "n_estimators": 60, "num_leaves": 7, "min_child_samples": 20}


def binary(n: int = 600, seed: int = 0) -> pd.DataFrame:
    """Two classes from a smooth function of three of five numbers."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    score = 1.5 * X[:, 0] + np.sin(2 * X[:, 1]) + X[:, 0] * X[:, 2]
    y = (score + rng.normal(0, 0.7, n) > 0).astype(int)
    return pd.DataFrame(X, columns=list("abcde")).assign(y=y)


def numbers(n: int = 500, seed: int = 0) -> pd.DataFrame:
    """A number to predict from four others."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    y = 3 * X[:, 0] + np.sin(3 * X[:, 1]) + X[:, 2] ** 2 + rng.normal(0, 0.5, n)
    return pd.DataFrame(X, columns=list("abcd")).assign(y=y)


def config(
    folder: Path,
    params: Mapping[str, Any] = TOO_FAST,
    *,
    data: Mapping[str, Any] | None = None,
    search: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A config as a mapping; ``trials`` are few, because these are tests."""
    return {
        "version": 1,
        "name": "small",
        "data": {"target": "y", **(data or {})},
        "model": {"family": "lightgbm", "params": dict(params)},
        "search": {"trials": 12, "minutes": 2, **(search or {})},
        "report": {"dir": str(folder / "runs")},
        **more,
    }


def tune(
    folder: Path, frame: pd.DataFrame, params: Mapping[str, Any] = TOO_FAST, **options: Any
) -> Report:
    """A run on a table in memory; its report holds and is what was written."""
    report = advisor.tune(config(folder, params, **options), frame)
    return checked(report)


def checked(report: Report) -> Report:
    """What holds for every report."""
    document = json.loads(render_json(report))
    Draft202012Validator(report_schema()).validate(document)
    assert json.loads(Path(report.files["json"]).read_text(encoding="utf-8")) == document
    assert list(dict.fromkeys(outcome.stage for outcome in report.stages)) == list(STAGE_ORDER)
    assert (report.improved is None) == (not report.change)
    assert report.baseline is not None
    for outcome in report.stages:
        assert outcome.candidates == len(outcome.trials)
        if outcome.verdict is not None:
            assert outcome.verdict.low <= outcome.verdict.gain <= outcome.verdict.high
    if report.status is Status.IMPROVED:
        assert report.stage is not None
        assert report.improved is not None
        better = report.improved.score - report.baseline.score
        assert (better > 0) == report.greater_is_better
        assert {"report", "config", "model"} <= set(report.files)
    for file in report.files.values():
        assert Path(file).exists(), file
    return report


def stage(report: Report, name: str) -> Any:
    return next(outcome for outcome in report.stages if outcome.stage == name)


def but_cost(report: Report) -> dict[str, Any]:
    """The report as JSON without what may differ between two equal runs."""
    document: dict[str, Any] = json.loads(render_json(report))
    del document["cost"]
    for outcome in document["stages"]:
        del outcome["seconds"]
    return document


# -- a fault is found, and what is left behind works -------------------------------------------


def test_a_rate_far_too_high_ends_improved_at_the_learning_rate(tmp_path: Path) -> None:
    report = tune(tmp_path, binary())
    assert (report.status, report.stage) == (Status.IMPROVED, "learning_rate")
    before, after = report.change["learning_rate"]
    assert (before, after < 1) == (3.0, True)
    assert report.cause is not None
    assert report.cause.code == "cause.learning_rate.lower"


def test_everything_can_be_said_from_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stuck = {"family": "lightgbm", "params": {"learning_rate": 3.0, "n_estimators": 50}}
    report = advisor.tune(binary(), target="y", metric="roc_auc", model=stuck, until="diagnosis")
    assert report.metric == "roc_auc"
    assert report.baseline is not None
    assert report.baseline.params["learning_rate"] == 3.0
    asked = {"version": 1, "data": {"target": "a"}, "model": stuck}
    assert advisor.tune(asked, binary(), target="y", until="audit").task == "binary"
    with pytest.raises(advisor.errors.UsageError) as caught:
        advisor.tune(tmp_path / "c.yaml", metric="roc_auc")
    assert (caught.value.code, caught.value.values["name"]) == ("said_needs_mapping", "metric")


def test_a_rate_far_too_low_ends_improved_at_the_learning_rate(tmp_path: Path) -> None:
    report = tune(tmp_path, numbers(), {"learning_rate": 0.0005, "n_estimators": 50})
    assert (report.status, report.stage) == (Status.IMPROVED, "learning_rate")


def test_a_model_held_back_ends_improved_at_regularization(tmp_path: Path) -> None:
    report = tune(tmp_path, binary(800), HELD_BACK)
    assert report.status is Status.IMPROVED
    assert report.stage == "regularization"


def test_noise_is_never_improved(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(400, 4)), columns=list("abcd"))
    frame["y"] = rng.integers(0, 2, 400)
    best = {"learning_rate": 0.01, "n_estimators": 1, "num_leaves": 2}
    report = tune(tmp_path, frame, best)
    assert report.status is Status.NO_PROVEN_GAIN
    assert report.improved is None
    assert "model" not in report.files


def test_the_improved_config_loads_and_goes_on_from_there(tmp_path: Path) -> None:
    binary().to_csv(tmp_path / "train.csv", index=False)
    made = config(tmp_path, data={"path": str(tmp_path / "train.csv")})
    first = checked(advisor.tune(made))
    improved = load_config(first.files["config"])
    rate = first.change["learning_rate"][1]
    assert improved.model.params["learning_rate"] == pytest.approx(rate, rel=1e-5)
    again = checked(advisor.tune(first.files["config"]))
    assert again.baseline is not None
    assert first.improved is not None
    assert again.baseline.score == pytest.approx(first.improved.score, rel=0.25)
    assert again.asked_before == 1


class ChoosingLightGBM(LightGBM):
    """A library that chooses its leaves by the rounds, as CatBoost does with other values."""

    def settled(self, dataset: Dataset, params: Params) -> Params:
        return {} if "num_leaves" in params else {"num_leaves": 2 + params["n_estimators"] // 10}


def test_what_the_library_chose_for_the_person_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LEARNERS, "lightgbm", ChoosingLightGBM)
    report = tune(tmp_path, binary(), {"learning_rate": 3.0, "n_estimators": 60})
    assert report.status is Status.IMPROVED
    assert set(report.change) == {"learning_rate", "n_estimators"}
    assert load_config(report.files["config"]).model.params["num_leaves"] == 8
    found = {finding.code: finding for finding in report.audit}
    assert found["P14"].evidence["params"] == {"num_leaves": 8}
    assert "num_leaves 8" in Path(report.files["report"]).read_text(encoding="utf-8")
    again = tune(tmp_path, binary(), {"learning_rate": 3.0, "n_estimators": 60, "num_leaves": 8})
    assert "P14" not in {finding.code for finding in again.audit}
    assert again.improved == report.improved


def test_predict_says_what_the_saved_model_says(tmp_path: Path) -> None:
    frame = binary()
    report = tune(tmp_path, frame)
    rows = binary(50, seed=9).drop(columns="y")[list("edcba")].assign(extra=1)
    said = advisor.predict(Path(report.files["model"]).parent, rows)
    booster = lightgbm.Booster(model_file=report.files["model"])
    own = booster.predict(rows[list("abcde")])
    np.testing.assert_allclose(said["p_1"], own, rtol=1e-6)
    np.testing.assert_allclose(said["p_0"] + said["p_1"], 1)
    assert set(said["prediction"]) <= {"0", "1"}
    assert ((said["p_1"] > 0.5) == (said["prediction"] == "1")).all()


def test_predict_without_a_proven_model_is_refused(tmp_path: Path) -> None:
    report = tune(tmp_path, binary(200), HEALTHY, search={"trials": 1, "stages": ["depth"]})
    assert report.status is Status.NO_PROVEN_GAIN
    folder = Path(report.files["report"]).parent
    binary(5).to_csv(tmp_path / "rows.csv", index=False)
    result = CliRunner().invoke(main, ["predict", str(folder), str(tmp_path / "rows.csv")])
    assert result.exit_code == 2
    assert "no improved model" in result.stderr


def test_predict_of_a_blocked_run_says_that_nothing_was_tried(tmp_path: Path) -> None:
    frame = binary(200)
    frame["f"] = frame["y"] + np.random.default_rng(0).normal(0, 1e-3, len(frame))
    report = advisor.tune(config(tmp_path), frame)
    assert report.status is Status.BLOCKED
    with pytest.raises(UsageError) as caught:
        advisor.predict(Path(report.files["report"]).parent, frame)
    assert caught.value.code == "run_blocked"
    assert caught.value.values["codes"] == ["L02"]


def test_predict_of_a_run_that_only_looked_says_so(tmp_path: Path) -> None:
    advisor.tune(config(tmp_path), binary(200), until="audit")
    (folder,) = (tmp_path / "runs").iterdir()
    with pytest.raises(UsageError) as caught:
        advisor.predict(folder, binary(5))
    assert caught.value.code == "run_not_ended"


def test_new_prices_are_numbers_and_new_categories_are_said(tmp_path: Path) -> None:
    frame = binary()
    frame["price"] = [f"${10_000 + 1_000 * a:,.0f}" for a in frame.pop("a")]
    frame["shop"] = np.where(frame["b"] > 0, "north", "south")
    report = tune(tmp_path, frame, preprocessing={"numbers": ["price"]})
    folder = Path(report.files["model"]).parent
    new = frame.drop(columns="y").head(40).copy()
    new.loc[:19, "price"] = "$25,000.0"  # in no training row, written in another way
    new.loc[20:, "price"] = "$5,000.0"
    said = advisor.predict(folder, new)
    assert abs(said["p_1"][:20].mean() - said["p_1"][20:].mean()) > 0.2
    assert unread(folder, new) == []
    new.loc[:2, "price"] = "on request"
    new.loc[:4, "shop"] = "west"
    new.loc[5:7, "shop"] = None
    assert unread(folder, new) == [
        Unfamiliar("price", "number", 3, "on request"),
        Unfamiliar("shop", "category", 5, "west"),
    ]
    assert len(advisor.predict(folder, new)) == 40


# -- tables of every kind ----------------------------------------------------------------------


def test_japanese_and_odd_column_names(tmp_path: Path) -> None:
    odd = ['年齢, "税込"', "a:b[c]{d}", "年齢", "x y", "列\t1"]
    frame = binary().set_axis([*odd, "解約"], axis=1)
    report = tune(tmp_path, frame, data={"target": "解約"})
    assert report.status is Status.IMPROVED
    said = advisor.predict(Path(report.files["model"]).parent, frame)
    assert len(said) == len(frame)


def test_categories_missing_values_booleans_and_dates(tmp_path: Path) -> None:
    frame = binary()
    rng = np.random.default_rng(1)
    frame["city"] = np.where(frame["a"] > 0, "東京", rng.choice(["大阪", "Oslo"], len(frame)))
    frame["member"] = frame["b"] > 0
    frame["since"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(frame)), unit="D")
    frame["code"] = rng.integers(1, 4, len(frame))
    frame.loc[::7, ["a", "city"]] = np.nan
    frame.loc[::5, "since"] = pd.NaT
    frame.to_csv(tmp_path / "train.csv", index=False)
    made = config(tmp_path, data={"path": str(tmp_path / "train.csv"), "categorical": ["code"]})
    report = checked(advisor.tune(made))
    assert report.status is Status.IMPROVED
    assert report.features == 9
    unseen = frame.head(20).assign(city="Kyoto", since="2031-05-05", code=77, a=np.nan)
    said = advisor.predict(Path(report.files["model"]).parent, unseen)
    assert np.isfinite(said["p_1"]).all()


def test_the_same_table_from_a_file_and_in_memory_is_the_same_run(tmp_path: Path) -> None:
    frame = binary(300)
    frame["city"] = np.where(frame["a"] > 0, "x", "y")
    frame.to_csv(tmp_path / "train.csv", index=False)
    frame = pd.read_csv(tmp_path / "train.csv")
    from_file = advisor.tune(config(tmp_path, data={"path": str(tmp_path / "train.csv")}))
    in_memory = tune(tmp_path, frame)
    assert in_memory.fingerprint == from_file.fingerprint
    assert in_memory.improved == from_file.improved


def test_groups_stay_together(tmp_path: Path) -> None:
    frame = binary(800).assign(customer=lambda f: f.index % 160)
    report = tune(tmp_path, frame, data={"groups": "customer"})
    assert report.status is Status.IMPROVED
    assert report.features == 5


def test_time_goes_forward(tmp_path: Path) -> None:
    frame = binary(1200)
    frame["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame.index // 4, unit="D")
    report = tune(tmp_path, frame, data={"time": "day"})
    assert report.features == 5
    assert report.status is Status.IMPROVED


def test_weights_are_used(tmp_path: Path) -> None:
    frame = binary().assign(w=lambda f: 1.0 + (f["a"] > 0))
    weighted = tune(tmp_path, frame, data={"weight": "w"})
    plain = tune(tmp_path, frame, data={"drop": ["w"]})
    assert weighted.status is plain.status is Status.IMPROVED
    assert weighted.baseline is not None
    assert plain.baseline is not None
    assert weighted.baseline.score != plain.baseline.score


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_starved_model_gets_the_pool(tmp_path: Path, task: str) -> None:
    frame = numbers(2000)
    if task != "regression":
        bins = [-np.inf, 1, np.inf] if task == "binary" else [-np.inf, 0, 2, np.inf]
        frame["y"] = pd.cut(frame["y"], bins, labels=list("uvw")[: len(bins) - 1]).astype(str)
    frame.iloc[150:].to_csv(tmp_path / "pool.csv", index=False)
    report = tune(
        tmp_path,
        frame.iloc[:150],
        {"learning_rate": 0.1, "n_estimators": 60, "num_leaves": 7},
        data={"pool": str(tmp_path / "pool.csv"), "task": task},
        search={"stages": ["data_size"]},
    )
    assert (report.status, report.stage) == (Status.IMPROVED, "data_size")
    assert report.change["pool"] == (0.0, 1.0)
    assert report.rows == 150


def test_the_improved_config_of_a_pool_trains_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = numbers(2000)
    frame.iloc[:150].to_csv(tmp_path / "train.csv", index=False)
    frame.iloc[150:].to_csv(tmp_path / "pool.csv", index=False)
    (tmp_path / "c.yaml").write_text(
        "version: 1\ndata: {path: train.csv, target: y, pool: pool.csv, task: regression}\n"
        "model: {family: lightgbm, params: {learning_rate: 0.1, num_leaves: 7}}\n"
        "search: {stages: [data_size]}\n",
        encoding="utf-8",
    )
    report = checked(advisor.tune(tmp_path / "c.yaml"))
    assert report.stage == "data_size"
    improved = load_config(report.files["config"])
    assert len(load(improved).train) == 2000


# -- metrics -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "metric",
    ["roc_auc", "f1", "average_precision", "balanced_accuracy", "accuracy", "brier",
     "matthews_corrcoef", "jaccard"],
)  # fmt: skip
def test_every_kind_of_metric_for_classes(tmp_path: Path, metric: str) -> None:
    report = tune(tmp_path, binary(900), {**TOO_FAST, "learning_rate": 8.0}, metric=metric)
    assert report.metric == metric
    assert report.greater_is_better == (metric != "brier")
    assert report.status is Status.IMPROVED


@pytest.mark.parametrize("metric", ["mae", "r2", "rmse", "mse", "neg_median_absolute_error"])
def test_every_kind_of_metric_for_numbers(tmp_path: Path, metric: str) -> None:
    params = {"learning_rate": 0.001, "n_estimators": 50}
    report = tune(tmp_path, numbers(), params, metric=metric)
    assert report.status is Status.IMPROVED
    assert report.task is Task.REGRESSION


def test_a_gain_below_min_gain_is_not_worth_a_change(tmp_path: Path) -> None:
    report = tune(tmp_path, binary(), kpi={"min_gain": 100.0})
    assert report.status is Status.NO_PROVEN_GAIN
    assert {str(o.reason.code) for o in report.stages if o.verdict} == {"gate.too_small"}


# -- how far a run goes ------------------------------------------------------------------------


def test_first_proven_stops_without_scouts(tmp_path: Path) -> None:
    report = tune(tmp_path, binary(), search={"stop": "first_proven"})
    assert report.stage == "learning_rate"
    assert [o.status for o in report.stages][1:] == [Outcome.NOT_RUN] * 3


def test_keep_going_runs_every_stage(tmp_path: Path) -> None:
    binary(400).to_csv(tmp_path / "train.csv", index=False)
    made = config(tmp_path, data={"path": str(tmp_path / "train.csv")}, search={"trials": 4})
    report = checked(advisor.tune(made, keep_going=True))
    assert report.status is Status.IMPROVED
    assert all(o.status is not Outcome.NOT_RUN for o in report.stages)
    assert stage(report, "learning_rate").status.is_proven


def test_stages_left_out_are_said_to_be(tmp_path: Path) -> None:
    report = tune(tmp_path, binary(300), search={"stages": ["depth"], "trials": 2})
    for outcome in report.stages[:3]:
        assert (outcome.status, outcome.reason.code) == (Outcome.NOT_RUN, "stage.not_asked")


def test_one_trial_is_one_candidate_a_stage(tmp_path: Path) -> None:
    report = tune(tmp_path, binary(300), HEALTHY, search={"trials": 1})
    assert [o.candidates for o in report.stages if o.stage != "data_size"] == [1, 1, 1]


def test_out_of_time_ends_with_what_there_is(tmp_path: Path) -> None:
    report = tune(tmp_path, binary(300), search={"minutes": 1e-6})
    assert report.status is Status.NO_PROVEN_GAIN
    assert report.baseline is not None
    for outcome in report.stages:
        assert (outcome.status, outcome.reason.code) == (Outcome.SKIPPED, "stage.out_of_time")


# -- the locked part ---------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.2, "test.csv"])
def test_a_locked_part_is_opened_after_a_proven_gain(tmp_path: Path, share: Any) -> None:
    binary(600, seed=5).to_csv(tmp_path / "test.csv", index=False)
    given = share if isinstance(share, float) else str(tmp_path / share)
    report = tune(tmp_path, binary(), data={"test": given})
    assert report.status is Status.IMPROVED
    assert report.test is not None
    assert report.test.rows == report.test_rows == (120 if isinstance(share, float) else 600)
    assert report.test.low <= report.test.gain <= report.test.high
    assert report.test.gain > 0


def test_a_locked_part_stays_closed_without_a_proven_gain(tmp_path: Path) -> None:
    report = tune(tmp_path, binary(), data={"test": 0.2}, kpi={"min_gain": 100.0})
    assert (report.test, report.test_rows) == (None, 120)
    assert not (Path(report.files["report"]).parent / "test.json").exists()


def test_no_locked_part_when_none_is_wanted(tmp_path: Path) -> None:
    frame = binary(6000)
    report = tune(tmp_path, frame, data={"test": False}, search={"minutes": 1e-6})
    assert (report.rows, report.test_rows) == (6000, 0)


# -- going on ----------------------------------------------------------------------------------


def test_the_same_question_again_fits_nothing_and_says_the_same(tmp_path: Path) -> None:
    frame = binary()
    first = tune(tmp_path, frame, data={"test": 0.2})
    again = tune(tmp_path, frame, data={"test": 0.2})
    assert first.cost.fits > 0
    assert again.cost.fits == 0
    assert again.cost.fits_from_journal > 0
    assert but_cost(again) == but_cost(first)
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_more_trials_extend_a_run(tmp_path: Path) -> None:
    frame = binary(300)
    few = tune(tmp_path, frame, HEALTHY, search={"trials": 2})
    fresh = tune(tmp_path / "other", frame, HEALTHY, search={"trials": 8})
    more = tune(tmp_path, frame, HEALTHY, search={"trials": 8})
    assert few.name == more.name
    assert more.cost.fits_from_journal > 0
    assert more.cost.fits < fresh.cost.fits
    ours, theirs = but_cost(more), but_cost(fresh)
    for document in (ours, theirs):
        del document["files"]
    assert ours == theirs


def test_another_seed_is_another_run_that_knows_of_the_first(tmp_path: Path) -> None:
    frame = binary(300)
    options: dict[str, Any] = {"search": {"trials": 1, "stages": ["depth"]}}
    first = tune(tmp_path, frame, HEALTHY, **options)
    second = tune(tmp_path, frame, HEALTHY, seed=1, **options)
    assert (first.asked_before, second.asked_before) == (0, 1)
    assert first.name != second.name


def test_resume_of_another_question_is_refused(tmp_path: Path) -> None:
    frame = binary(200)
    options: dict[str, Any] = {"search": {"trials": 1, "stages": ["depth"]}}
    first = tune(tmp_path, frame, HEALTHY, **options)
    same = advisor.tune(config(tmp_path, HEALTHY, **options), frame, resume=first.name)
    assert same.name == first.name
    with pytest.raises(advisor.errors.UsageError) as caught:
        advisor.tune(config(tmp_path, TOO_FAST, **options), frame, resume=first.name)
    assert caught.value.code.startswith("resume_other_")


# -- the command -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    binary(400).to_csv("train.csv", index=False)
    Path("churn.yaml").write_text(
        "version: 1\n"
        "data: {path: train.csv, target: y}\n"
        "model:\n  family: lightgbm\n  params: {learning_rate: 3.0, n_estimators: 60}\n"
        "search: {trials: 4}\n",
        encoding="utf-8",
    )
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_the_command_from_config_to_report(folder: Path) -> None:
    result = run("tune", "churn.yaml", "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert (document["status"], document["stage"]) == ("improved", "learning_rate")
    saved = folder / "runs" / "churn-01"
    for name in ("report.json", "report.md", "improved.yaml", "model.txt", "journal.db"):
        assert (saved / name).is_file(), name
    text = run("report", "runs/churn-01")
    assert text.exit_code == 0
    assert "learning_rate" in text.stdout
    assert json.loads(run("report", "runs/churn-01", "--format", "json").stdout) == document
    markdown = run("report", "runs/churn-01", "--format", "md").stdout
    assert markdown.startswith("### ")
    japanese = run("report", "runs/churn-01", "--lang", "ja").stdout
    assert japanese != text.stdout
    for shown in (text.stdout, markdown, japanese):
        assert "{" not in shown
    predicted = run("predict", "runs/churn-01", "train.csv")
    assert len(predicted.stdout.splitlines()) == 401


def test_data_are_found_from_the_config_and_runs_are_kept_where_one_works(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    result = run("tune", "../churn.yaml")
    assert result.exit_code == 0, result.stderr
    assert Path("runs/churn-01/report.json").is_file()
    assert run("tune", "runs/churn-01/improved.yaml", "--dry-run").exit_code == 0


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    result = run("tune", "churn.yaml", "--dry-run", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["rows"] == 400
    assert not (folder / "runs").exists()


def test_init_makes_a_config_that_runs(folder: Path) -> None:
    assert run("init", "train.csv", "--target", "y", "--out", "new.yaml").exit_code == 0
    made = Path("new.yaml")
    text = made.read_text(encoding="utf-8").replace("trials: 40", "trials: 1")
    made.write_text(text, encoding="utf-8")
    assert run("tune", "new.yaml").exit_code == 0


def _start(folder: Path) -> subprocess.Popen[str]:
    code = "from advisor.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "tune", "slow.yaml", "--json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def _wait_for_fits(folder: Path, process: subprocess.Popen[str], fits: int) -> None:
    """Until the journal holds so many fits."""
    import sqlite3

    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        for file in folder.glob("runs/*/journal.db"):
            try:
                with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
                    if db.execute("select count(*) from advisor_fits").fetchone()[0] >= fits:
                        return
            except sqlite3.Error:
                pass
        time.sleep(0.05)
    raise AssertionError("the run ended before it was interrupted")


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_goes_on_and_ends_like_one_that_was_not(
    folder: Path, how: signal.Signals
) -> None:
    frame = binary(1500)
    frame.to_csv("train.csv", index=False)
    Path("slow.yaml").write_text(
        "version: 1\n"
        "data: {path: train.csv, target: y}\n"
        "model:\n  family: lightgbm\n"
        "  params: {learning_rate: 0.002, n_estimators: 800, num_leaves: 63}\n"
        "search: {trials: 6, stop: never}\n",
        encoding="utf-8",
    )
    process = _start(folder)
    _wait_for_fits(folder, process, 12)
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    if how is signal.SIGINT:
        assert process.returncode == 130, err
        assert json.loads(out)["status"] == "interrupted"
        assert "the same command goes on from there" in err
        assert "Traceback" not in err
    process = _start(folder)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    resumed = json.loads(out)
    assert resumed["name"] == "slow-01"
    assert resumed["cost"]["fits_from_journal"] >= 12
    Path("slow.yaml").write_text(
        Path("slow.yaml").read_text(encoding="utf-8") + "report: {dir: others}\n", encoding="utf-8"
    )
    process = _start(folder)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    whole = json.loads(out)
    for document in (resumed, whole):
        for key in ("cost", "files"):
            del document[key]
        for outcome in document["stages"]:
            del outcome["seconds"]
    for key in whole:
        assert resumed[key] == whole[key], key


def test_encode_is_what_predict_uses(tmp_path: Path) -> None:
    """A category that training never saw is missing to the model, not another category."""
    frame = binary(300).assign(city=lambda f: np.where(f["a"] > 0, "x", "y"))
    report = tune(tmp_path, frame)
    folder = Path(report.files["model"]).parent
    unseen = advisor.predict(folder, frame.assign(city="z"))
    missing = advisor.predict(folder, frame.assign(city=None))
    pd.testing.assert_frame_equal(unseen, missing)
    assert encode(frame.assign(city="z"), load_columns(folder))["city"].isna().all()


def load_columns(folder: Path) -> Any:
    from advisor.data.columns_file import columns_from_json

    return columns_from_json(json.loads((folder / "model.json").read_text("utf-8"))["columns"])


def test_what_was_asked_and_is_not_used_is_answered_for(tmp_path: Path) -> None:
    options: dict[str, Any] = {"search": {"trials": 1, "stages": ["depth"]}}
    kpi = {"min_gain": 0.01, "cost": {"false_positive": 1.0, "false_negative": 5.0}}
    report = tune(tmp_path, binary(200), {**HEALTHY, "random_state": 3}, kpi=kpi, **options)
    found = {finding.code: finding.evidence for finding in report.audit}
    assert {"K01", "K02", "K03"} <= set(found)
    assert found["P04"]["params"] == ["random_state"]
