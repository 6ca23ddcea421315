"""Another family's default: asked only where every stage is at its end, and proven like a gain."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from fake_learner import FakeLearner, session, table
from jsonschema import Draft202012Validator
from scipy import stats

from advisor.cli.main import main
from advisor.config.load import load_config, make_config
from advisor.events import Escalated, ProbesMeasured
from advisor.inputs import evaluator_for, read_inputs
from advisor.judge.gate import RUN_ALPHA
from advisor.measure.evaluate import Evaluator
from advisor.measure.journal import Journal
from advisor.recipes.load import load_recipe, recipe_names
from advisor.recipes.recipe import Recipe
from advisor.report.load import parse_json
from advisor.report.report_schema import report_schema
from advisor.search import escalation
from advisor.search.escalation import Other, default_of, escalate, other_recipe, share_of_alpha
from advisor.search.session import Session
from advisor.search.staged import Search, SearchResult
from advisor.settings import Candidate, Preprocessing, Treatment
from advisor.types import STAGE_ORDER, Finding, Severity, Task

SOUND = {"learning_rate": 0.1, "n_estimators": 100}
CONFIG = """\
# our model, as it runs today
version: 1
data:
  path: table.csv      # of last week
  target: y
model:
  family: {family}     # chosen long ago
  params: {params}
preprocessing: {{scale: standard}}
seed: 3                # any
report: {{dir: {runs}}}
"""


def run_cli(folder: Path, frame: pd.DataFrame, family: str, *more: str, params: str = "{}") -> Any:
    folder.mkdir(exist_ok=True)
    frame.to_csv(folder / "table.csv", index=False)
    (folder / "ours.yaml").write_text(
        CONFIG.format(family=family, params=params, runs=folder / "runs")
    )
    return CliRunner().invoke(main, ["tune", str(folder / "ours.yaml"), *more])


def report_of(folder: Path) -> dict[str, Any]:
    text = (folder / "runs/ours-01/report.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    Draft202012Validator(report_schema()).validate(document)
    return document


def crossed(n: int = 700) -> pd.DataFrame:
    """Two classes that only a product tells apart: no line does."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n, 4))
    y = (X[:, 0] * X[:, 1] + 0.2 * X[:, 2] + rng.normal(0, 0.4, n) > 0).astype(int)
    return pd.DataFrame(X, columns=list("abcd")).assign(y=y)


def straight(n: int = 500) -> pd.DataFrame:
    """A number that is linear in eight columns of very different units."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(n, 8))
    y = X.sum(axis=1) + rng.normal(0, 0.5, n)
    return pd.DataFrame(X * 10.0 ** np.arange(-3, 5), columns=list("abcdefgh")).assign(y=y)


# -- whole runs ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def escalated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("crossed")
    return folder, run_cli(folder, crossed(), "linear", "--exit-code", params="{C: 1.0}")


def test_a_line_on_crossed_classes_is_told_of_trees_and_stays_as_it_is(
    escalated: tuple[Path, Any],
) -> None:
    folder, said = escalated
    report = report_of(folder)
    found = report["escalation"]
    assert said.exit_code == 4
    assert (report["status"], report["stage"], report["improved"]) == ("no_proven_gain", None, None)
    assert (found["family"], found["proven"]) == ("lightgbm", True)
    assert found["before"] - found["after"] == pytest.approx(found["gain"], rel=0.2)
    assert found["low"] > found["verdict"]["reason"]["evidence"]["delta"]
    assert found["alpha"] <= 0.1 * RUN_ALPHA["standard"]
    assert report["next"]["code"] == "next.escalate"
    assert "Another family" in said.stdout
    assert "LightGBM with its published default" in said.stdout
    files = {file.name for file in (folder / "runs/ours-01").iterdir()}
    assert "escalated.yaml" in files
    assert not {"improved.yaml", "model.txt", "model.json"} & files
    for page in ("report.html", "report.md"):
        assert "LightGBM" in (folder / "runs/ours-01" / page).read_text(encoding="utf-8")


def test_the_config_that_is_handed_over_is_the_model_that_was_proven(
    escalated: tuple[Path, Any],
) -> None:
    folder, _ = escalated
    file = folder / "runs/ours-01/escalated.yaml"
    text, found = file.read_text(encoding="utf-8"), report_of(folder)["escalation"]
    for comment in (
        "# our model, as it runs today",
        "# of last week",
        "# chosen long ago",
        "# any",
    ):
        assert comment in text
    inputs = read_inputs(load_config(file), None)
    recipe = load_recipe("lightgbm")
    assert inputs.recipe.family == "lightgbm"
    assert inputs.person.params == recipe.complete(found["params"])
    assert inputs.person.stopping is None
    assert inputs.person.preprocessing.scale == "standard"


def test_an_old_report_is_read_without_it_and_a_new_one_with_it(
    escalated: tuple[Path, Any],
) -> None:
    document = report_of(escalated[0])
    again = parse_json(json.dumps(document))
    assert again.escalation is not None
    assert again.escalation.proven
    del document["escalation"]
    assert parse_json(json.dumps(document)).escalation is None


def test_trees_on_a_straight_table_are_told_of_a_line_on_scaled_columns(tmp_path: Path) -> None:
    frame = straight()
    (tmp_path / "ours.yaml").write_text(
        "version: 1\ndata: {path: table.csv, target: y}\nmodel: {family: lightgbm}\n"
        "search: {trials: 12}\n"
    )
    frame.to_csv(tmp_path / "table.csv", index=False)
    config = load_config(tmp_path / "ours.yaml")
    made = made_session(config, tmp_path)
    other = drained(escalate(made, 0.005))
    assert other is not None
    assert other.found.proven
    assert other.found.family == "linear"
    assert other.candidate.preprocessing.scale == "standard"


def test_a_sound_line_is_offered_nothing_for_one_fit_a_fold(tmp_path: Path) -> None:
    said = run_cli(tmp_path, straight(), "linear")
    report = report_of(tmp_path)
    found = report["escalation"]
    assert report["status"] == "no_proven_gain"
    assert (found["proven"], found["verdict"]) == (False, None)
    assert found["reason"]["code"] == "escalation.not_ahead"
    assert found["reason"]["evidence"]["gain"] < 0
    assert found["fits"] <= 5
    assert report["next"]["code"] != "next.escalate"
    assert "escalated.yaml" not in said.stdout
    assert not (tmp_path / "runs/ours-01/escalated.yaml").exists()


def made_session(config: Any, folder: Path) -> Session:
    inputs = read_inputs(config, None)
    evaluator = evaluator_for(inputs, Journal(folder / "journal.db"))
    return Session(evaluator, inputs.recipe, inputs.person, config.search, None, 0, float("inf"))


def drained(steps: Any) -> Any:
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


# -- when it is asked, in a world where the other family is made up --------------------------------


class OtherLearner(FakeLearner):
    name = "other"


def in_world(
    penalty: Any,
    other: Any,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    rows: int = 900,
    data_seed: int = 1,
    params: dict[str, Any] = SOUND,
    **more: Any,
) -> Session:
    """A session on a fake learner; so is what stands in for the other family."""
    made = session(FakeLearner(penalty), table(rows, data_seed), folder, params, **more)
    beside = made.evaluator.beside(OtherLearner(other), None)
    monkeypatch.setattr(made, "beside", lambda recipe: beside)
    monkeypatch.setattr(made, "_others", {("other", None): beside})
    monkeypatch.setattr(escalation, "default_of", with_rounds)
    return made


def with_rounds(recipe: Recipe, start: object, person: Candidate) -> Candidate:
    """The fake learner counts rounds; a line has none."""
    return Candidate({"n_estimators": 1}, origin="published")


def searched(made: Session) -> tuple[SearchResult, list[Any]]:
    search = Search(made)
    return search.result, list(search.run())


def sound(_: Candidate) -> float:
    return 0.0


def poor(_: Candidate) -> float:
    return 1.5


def bad_rate(candidate: Candidate) -> float:
    return 1.5 if candidate.params["learning_rate"] < 0.05 else 0.0


def test_a_lead_that_is_far_is_proven_once_every_stage_said_no(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, events = searched(in_world(poor, sound, tmp_path, monkeypatch))
    assert result.other is not None
    assert result.other.found.proven
    assert not result.improved
    assert [e.escalation for e in events if isinstance(e, Escalated)] == [result.other.found]
    assert all(not outcome.status.is_proven for outcome in result.stages)


@pytest.mark.parametrize("rate", [0.001, 0.01])
def test_never_where_a_stage_was_proven(
    rate: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {**SOUND, "learning_rate": rate}
    made = in_world(bad_rate, sound, tmp_path, monkeypatch, params=wrong)
    result, events = searched(made)
    assert result.improved
    assert result.other is None
    assert not [e for e in events if isinstance(e, Escalated)]


def test_never_where_some_stages_were_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = list(STAGE_ORDER[:3])
    made = in_world(poor, sound, tmp_path, monkeypatch, stages=some)
    result, _ = searched(made)
    assert result.other is None
    assert share_of_alpha(made.config, made.recipe, Task.REGRESSION) == 0.0


def test_never_where_the_time_is_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result, _ = searched(in_world(poor, sound, tmp_path, monkeypatch, minutes=-1))
    assert result.other is None


def test_time_that_ends_within_it_leaves_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = in_world(poor, sound, tmp_path, monkeypatch)
    steps = escalate(made, 0.005)
    next(steps)
    made._deadline = 0.0
    assert drained(steps) is None


def test_never_where_the_run_was_blocked_or_only_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = in_world(poor, sound, tmp_path, monkeypatch)
    for until in ("audit", "diagnosis"):
        search = Search(made, until)  # type: ignore[arg-type]
        list(search.run())
        assert search.result.other is None
    blocked = Search(in_world(poor, sound, tmp_path / "b", monkeypatch))
    issue = Finding("L02", Severity.ISSUE, {})
    monkeypatch.setattr(
        "advisor.search.staged.check_data", lambda _, audit: audit.findings.append(issue)
    )
    list(blocked.run())
    assert blocked.result.blocked
    assert blocked.result.other is None


def test_never_after_an_interrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Search(in_world(poor, sound, tmp_path, monkeypatch))
    events = search.run()
    for event in events:
        if isinstance(event, ProbesMeasured):
            break
    with pytest.raises(StopIteration):
        events.throw(KeyboardInterrupt)
    assert search.result.interrupted
    assert search.result.other is None


def test_the_stages_and_the_other_family_share_the_alpha_of_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares: list[float] = []
    real = Search._pass

    def noted(self: Search, stages: Any, budget: float, number: int) -> Any:
        shares.append(budget)
        return (yield from real(self, stages, budget, number))

    monkeypatch.setattr(Search, "_pass", noted)
    asked: list[float] = []

    def looked(made: Session, alpha: float) -> Any:
        asked.append(alpha)
        return (yield from escalate(made, alpha))

    monkeypatch.setattr("advisor.search.staged.escalate", looked)
    searched(in_world(poor, sound, tmp_path, monkeypatch))
    assert len(shares) == len(asked) == 1
    assert shares[0] + asked[0] == pytest.approx(RUN_ALPHA["standard"])
    assert 0 < asked[0] < shares[0] / len(STAGE_ORDER)


def test_a_lead_that_is_there_but_not_far_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = in_world(lambda c: 0.2, sound, tmp_path, monkeypatch, rows=3000)
    other: Other = drained(escalate(made, 0.005))
    assert not other.found.proven
    evidence = other.found.reason.evidence
    assert 0 < evidence["gain"] < evidence["far"]


def test_a_lead_that_may_be_luck_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escalation, "ERRORS", 1e3)
    made = in_world(poor, sound, tmp_path, monkeypatch)
    other: Other = drained(escalate(made, 0.005))
    assert other.found.reason.code == "escalation.unsure"
    assert other.found.verdict is None


def test_fits_of_two_families_with_the_same_parameters_stay_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = in_world(poor, sound, tmp_path, monkeypatch)
    mine: Evaluator = made.evaluator
    theirs = made.beside(made.recipe)
    candidate, split = Candidate(SOUND), made.splits[:1]
    one, two = (e.evaluation(candidate, split) for e in (mine, theirs))
    assert not np.array_equal(one.fits[0].pred, two.fits[0].pred)
    again = mine.beside(OtherLearner(sound), None)
    assert np.array_equal(again.evaluation(candidate, split).fits[0].pred, two.fits[0].pred)
    assert (again.fits, again.fits_from_journal) == (0, 1)


# -- false claims ----------------------------------------------------------------------------------


@pytest.mark.parametrize("runs", [15, pytest.param(300, marks=pytest.mark.slow)])
def test_of_two_equal_families_neither_is_claimed_to_lead_beyond_alpha(
    runs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate alone, any lead counted as far: what keeps it honest is not the size asked for."""
    monkeypatch.setattr(escalation, "OF_NAIVE", 0.0)
    monkeypatch.setattr(escalation, "ERRORS", 0.0)
    monkeypatch.setattr(Session, "worth", lambda self, start: lambda gain: 0.0)
    claims = 0
    for seed in range(runs):
        made = in_world(
            sound, sound, tmp_path / str(seed), monkeypatch, rows=400, data_seed=seed, seed=seed
        )
        other = drained(escalate(made, 0.05))
        claims += other.found.proven
    assert stats.binom.sf(claims - 1, runs, 0.05) > 0.01, f"{claims} claims in {runs}"


@pytest.mark.slow
def test_whole_runs_over_null_worlds_claim_nothing_beyond_alpha(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims, runs = 0, 40
    for seed in range(runs):
        made = in_world(
            sound, sound, tmp_path / str(seed), monkeypatch, rows=400, data_seed=seed, seed=seed
        )
        result, _ = searched(made)
        claims += result.improved or bool(result.other and result.other.found.proven)
    assert stats.binom.sf(claims - 1, runs, 0.05) > 0.01, f"{claims} claims in {runs}"


# -- which family, and its default -----------------------------------------------------------------


@pytest.mark.parametrize("name", recipe_names())
def test_every_family_names_a_published_default_with_its_source_that_its_library_takes(
    name: str,
) -> None:
    recipe = load_recipe(name)
    for task in recipe.tasks:
        start = recipe.published_for(task)
        assert start is not None
        assert start.source
        assert set(recipe.canonical(start.params)) == set(start.params)
        for knob in set(recipe.knobs) & set(start.params):
            assert recipe.knobs[knob].legal(start.params[knob])


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        *((f, "lightgbm") for f in ("linear.ridge", "knn", "svm", "mlp", "torch", "extra_trees")),
        *((f, "linear") for f in ("lightgbm", "xgboost", "catboost", "hist_gradient_boosting")),
    ],
)
@pytest.mark.parametrize("task", list(Task))
def test_the_other_family_is_another_kind_of_model(family: str, expected: str, task: Task) -> None:
    found = other_recipe(load_recipe(family), task)
    assert found.family == expected
    assert task in found.tasks


def test_a_default_keeps_rows_threshold_and_features_but_for_what_only_the_person_can() -> None:
    person = Candidate(
        {},
        treatment=Treatment(fraction=0.5, class_weight="balanced", augment="mixup"),
        preprocessing=Preprocessing(numbers=("price",), missing="indicator"),
        threshold=0.3,
    )
    recipe = load_recipe("linear.ridge")
    start = recipe.published_for(Task.REGRESSION)
    assert start is not None
    made = default_of(recipe, start, person)
    assert made.treatment == replace(person.treatment, augment=None)
    assert made.preprocessing == replace(person.preprocessing, scale="standard")
    assert made.threshold == 0.3
    assert made.stage is not None  # a library that refuses it ends no run


def test_a_run_that_asks_for_all_stages_keeps_a_share() -> None:
    config = make_config(
        {"version": 1, "data": {"path": "x.csv", "target": "y"}, "model": {"family": "svm"}}
    )
    recipe = load_recipe("svm")
    assert share_of_alpha(config.search, recipe, Task.BINARY) == escalation.SHARE
