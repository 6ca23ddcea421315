"""A person's own estimator: from a module beside the config, or as an object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

import advisor
from advisor.cli.main import main
from advisor.config.load import load_config
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.errors import AdvisorError, ConfigError, UsageError
from advisor.executor import ThreadExecutor
from advisor.learners import Noticing, learner_of
from advisor.learners.own.estimator import weight_name
from advisor.measure.evaluate import Evaluator
from advisor.measure.journal import Journal
from advisor.metrics.table import METRICS
from advisor.own_code import own_object
from advisor.results import Outcome, Report, Status
from advisor.rows.splits import search_splits
from advisor.settings import Candidate
from advisor.types import StageName

MODULE = """
from pathlib import Path

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

(Path(__file__).parent / "imported").touch()


def make_pipeline():
    return Pipeline([("scale", StandardScaler()), ("clf", LogisticRegression(C=1e-6))])


def raises():
    raise RuntimeError("no such file")


def number():
    return 3


a_pipeline = make_pipeline()
"""
CONFIG = """\
version: 1
data: {builtin: breast_cancer}
model:
  family: import
  factory: FACTORY
  roles: {regularization: {clf__C: [0.001, 1000, log]}}
search: {minutes: 5, trials: 6}
"""


def project(folder: Path, name: str, factory: str = "make_pipeline", text: str = MODULE) -> Path:
    """A config and the module of its factory; names differ, because modules stay loaded."""
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    config = folder / "own.yaml"
    config.write_text(CONFIG.replace("FACTORY", f"{name}:{factory}"), encoding="utf-8")
    return config


def refused(config: Path, **options: Any) -> AdvisorError:
    with pytest.raises(AdvisorError) as caught:
        advisor.tune(config, allow_code=True, **options)
    return caught.value


def test_nothing_is_imported_without_the_persons_word(tmp_path: Path) -> None:
    config = project(tmp_path, "own_unasked")
    with pytest.raises(ConfigError) as caught:
        advisor.tune(config)
    assert caught.value.code == "code_not_allowed"
    assert caught.value.place is not None
    assert caught.value.place.line == 5
    assert not (tmp_path / "imported").exists()
    result = CliRunner().invoke(main, ["tune", str(config)])
    assert result.exit_code == 2
    assert "--allow-code" in result.stderr


def test_a_pipeline_of_a_module_beside_the_config_is_tuned_and_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = project(tmp_path, "own_pipeline")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    result = CliRunner().invoke(main, ["tune", str(config), "--allow-code"])
    assert result.exit_code == 0, result.output
    assert "clf__C 1e-06 ->" in result.stdout
    run = next((elsewhere / "runs").iterdir())
    assert "clf__C: " in (run / "improved.yaml").read_text(encoding="utf-8")
    improved = load_config(run / "improved.yaml")
    assert improved.code_folder == tmp_path.resolve()
    again = advisor.tune(run / "improved.yaml", allow_code=True, until="audit")
    assert again.status is Status.CHECKED
    table = load_breast_cancer(as_frame=True)
    with pytest.raises(UsageError) as caught:
        advisor.predict(run, table.data)
    assert caught.value.code == "saved_code_not_allowed"
    said = advisor.predict(run, table.data, allow_code=True)["prediction"]
    assert np.mean(said == table.target_names[table.target]) > 0.95


@pytest.mark.parametrize(
    ("factory", "code", "hint"),
    [
        ("raises", "factory_raises", None),
        ("number", "own_not_estimator", None),
        ("a_pipeline", "factory_not_callable", None),
        ("make_pipelin", "factory_missing", "own_errors:make_pipeline"),
    ],
)
def test_a_wrong_factory_is_one_clear_error(
    tmp_path: Path, factory: str, code: str, hint: str | None
) -> None:
    error = refused(project(tmp_path, "own_errors", factory))
    assert (error.code, error.hint) == (code, hint)
    assert error.place is not None
    assert error.place.line == 5


@pytest.mark.parametrize(
    ("factory", "code"),
    [
        ("own_nowhere:make", "module_missing"),
        ("make_pipeline", "factory_spelling"),
        ("own module:make", "factory_spelling"),
        ("own_syntax:make", "module_raises"),
        ("own_needs:make", "module_raises"),
    ],
)
def test_a_module_that_cannot_be_had_is_one_clear_error(
    tmp_path: Path, factory: str, code: str
) -> None:
    (tmp_path / "own_syntax.py").write_text("def make(:\n", encoding="utf-8")
    (tmp_path / "own_needs.py").write_text("import not_installed_here\n", encoding="utf-8")
    config = tmp_path / "own.yaml"
    config.write_text(CONFIG.replace("FACTORY", factory), encoding="utf-8")
    assert refused(config).code == code


@pytest.mark.parametrize(
    ("roles", "code"),
    [
        ("{regularization: {clf__D: [1, 2]}}", "roles_param"),
        ("{regularisation: {clf__C: [1, 2]}}", "roles_unknown"),
        ("{regularization: {clf__C: [2, 1]}}", "roles_range"),
        ("{regularization: {clf__C: [1, 2, linear]}}", "roles_range"),
        ("{regularization: {clf__C: 3}}", "roles_range"),
        ("{regularization: {clf__C: {choices: [1]}}}", "roles_range"),
        ("{regularization: {clf__C: [0, 2, log]}}", "roles_log"),
        ("{regularization: {clf__C: [1, 2]}, depth: {clf__C: [1, 2]}}", "roles_twice"),
        ("{learning_rate: {clf__C: [1, 2], clf__tol: [1, 2]}}", "roles_one_rate"),
        ("{learning_rate: {clf__C: [-1, 2]}}", "roles_rate"),
        ("{rounds: {clf__max_iter: [1, 2]}}", "roles_rounds"),
        ("{regularization: [clf__C]}", "not_a_mapping"),
    ],
)
def test_a_wrong_role_is_one_clear_error_with_its_place(
    tmp_path: Path, roles: str, code: str
) -> None:
    config = project(tmp_path, "own_roles")
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace("{regularization: {clf__C: [0.001, 1000, log]}}", roles), encoding="utf-8"
    )
    error = refused(config)
    assert error.code == code
    assert error.place is not None
    assert error.place.line == 6


@pytest.mark.parametrize(
    ("roles", "hint"),
    [
        ("{regularization: {clf_C: [1, 2]}}", "clf__C"),
        ("{regularisation: {clf__C: [1, 2]}}", "regularization"),
        ("{regularization: {clf__C: [2, 1]}}", None),
    ],
)
def test_a_misspelt_role_or_parameter_is_offered_the_nearest(
    tmp_path: Path, roles: str, hint: str | None
) -> None:
    config = project(tmp_path, "own_roles_hint")
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace("{regularization: {clf__C: [0.001, 1000, log]}}", roles), encoding="utf-8"
    )
    assert refused(config).hint == hint


def test_what_a_module_raises_is_told_without_a_place_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "own_unread.py").write_text("def make(:\n", encoding="utf-8")
    config = tmp_path / "own.yaml"
    config.write_text(CONFIG.replace("FACTORY", "own_unread:make"), encoding="utf-8")
    error = refused(config)
    assert str(error.values["reason"]).endswith("(own_unread.py, line 1)")


def test_a_factory_belongs_to_the_family_import(tmp_path: Path) -> None:
    config = project(tmp_path, "own_family")
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("family: import", "family: linear"), encoding="utf-8")
    assert refused(config).code == "only_of_import"


# -- objects -----------------------------------------------------------------------------------


def table() -> pd.DataFrame:
    data = load_breast_cancer(as_frame=True)
    return data.data.iloc[:, :8].assign(y=data.target)


def tuned(folder: Path, model: object, roles: Any, frame: pd.DataFrame, **more: Any) -> Report:
    config = {
        "version": 1,
        "data": {"target": "y"},
        "search": {"minutes": 5, "trials": 6},
        "report": {"dir": str(folder)},
        **more,
    }
    return advisor.tune(config, frame, model=model, roles=roles)


def test_an_object_is_tuned_with_its_rounds(tmp_path: Path) -> None:
    model = GradientBoostingClassifier(learning_rate=1e-4, n_estimators=20, max_depth=2)
    roles = {
        "learning_rate": {"learning_rate": [0.03, 0.5, "log"]},
        "rounds": {"n_estimators": 60},
    }
    report = tuned(tmp_path, model, roles, table())
    assert (report.status, report.stage) == (Status.IMPROVED, StageName.LEARNING_RATE)
    assert report.change["learning_rate"][1] >= 0.03
    assert report.diagnosis is not None
    assert not hasattr(model, "estimators_")
    assert model.get_params()["learning_rate"] == 1e-4


def test_a_table_and_a_model_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = Pipeline([("scale", StandardScaler()), ("clf", LogisticRegression(C=1e-6))])
    report = advisor.tune(
        table(), target="y", model=model, roles={"regularization": {"clf__C": [0.01, 100, "log"]}}
    )
    assert (report.status, report.stage) == (Status.IMPROVED, StageName.REGULARIZATION)
    stages = {outcome.stage: outcome for outcome in report.stages}
    rate = stages[StageName.LEARNING_RATE]
    assert rate.status is Outcome.NOT_APPLICABLE
    assert rate.reason.code == "stage.no_role_learning_rate"


def test_without_probabilities_a_metric_of_labels_is_asked_for(tmp_path: Path) -> None:
    model = Pipeline([("scale", StandardScaler()), ("clf", LinearSVC(C=1e-7, random_state=0))])
    roles = {"regularization": {"clf__C": [0.001, 10, "log"]}}
    with pytest.raises(UsageError) as caught:
        tuned(tmp_path, model, roles, table())
    assert caught.value.code == "own_no_probabilities"
    report = tuned(tmp_path, model, roles, table(), metric="roc_auc")
    assert report.baseline is not None
    assert report.diagnosis is None


def test_without_probabilities_nothing_is_measured_twice_though_there_is_no_curve(
    tmp_path: Path,
) -> None:
    model = LinearSVC(C=1.0)
    learner, recipe = learner_of(own_object(model, lambda: model, "0"), {}, {})
    person = Candidate(recipe.complete({}))
    data = build(table(), Roles("y"), test=False)
    splits, fits = search_splits(data, 3, 0), []
    for _ in range(2):  # a run, and the same one resumed
        metric = METRICS["accuracy"]
        evaluator = Evaluator(
            dataset=data,
            metric=metric,
            learner=learner,
            trainer=learner.prepare(data, person.params, metric),
            journal=Journal(tmp_path / "journal.sqlite"),
            executor=ThreadExecutor(1),
            rounds_name=None,
        )
        evaluator.run([(person, split) for split in splits], curve=True)
        evaluation = evaluator.evaluation(person, splits, curve=True)
        assert [fit.curve for fit in evaluation.fits] == [None] * 3
        fits.append((evaluator.fits, evaluator.fits_from_journal))
    assert fits == [(3, 0), (0, 3)]


class Hides(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Changes its argument on the way in, so that a clone is another model."""

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = [strength]

    def fit(self, X: Any, y: Any) -> Hides:
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))


class Fails(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Cannot be fitted."""

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength

    def fit(self, X: Any, y: Any) -> Fails:
        raise KeyError("a column")

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))


@pytest.mark.parametrize(
    ("model", "metric", "code"),
    [
        (Hides(), "accuracy", "own_not_clonable"),
        (Fails(), "accuracy", "own_refuses"),
        (LogisticRegression, None, "own_is_class"),
    ],
)
def test_a_model_that_cannot_be_used_says_why(
    tmp_path: Path, model: object, metric: str | None, code: str
) -> None:
    with pytest.raises(UsageError) as caught:
        tuned(tmp_path, model, {}, table(), **({} if metric is None else {"metric": metric}))
    assert caught.value.code == code


class Silent(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fits, and returns nothing."""

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength

    def fit(self, X: Any, y: Any) -> None:
        self.classes_ = np.unique(y)
        self.inner_ = LogisticRegression(C=self.strength).fit(X / X.max(), y)

    def predict(self, X: Any) -> Any:
        return self.inner_.predict(X)

    def predict_proba(self, X: Any) -> Any:
        return self.inner_.predict_proba(X / X.max())


def fitted(model: Any, frame: pd.DataFrame, weight: str | None = None) -> Any:
    """The model for use, as it is fitted on all rows."""
    data = build(frame, Roles("y", weight=weight), test=False)
    learner, recipe = learner_of(own_object(model, lambda: model, "0"), {}, {})
    candidate = Candidate(recipe.complete({}))
    trainer = learner.prepare(data, candidate.params, METRICS["log_loss"])
    return trainer.refit(candidate, data.train, 0).predict(data.X)


def test_a_fit_that_returns_nothing_is_a_fit() -> None:
    assert fitted(Silent(), table()).std() > 0.1


def test_weights_reach_the_last_step_of_a_pipeline_within_a_pipeline() -> None:
    frame = table().assign(w=np.linspace(0.1, 2, 569))
    last = LogisticRegression(C=0.1)
    inner = Pipeline([("scale", StandardScaler()), ("clf", last)])
    outer = Pipeline([("keep", "passthrough"), ("model", inner)])
    assert weight_name(Pipeline([("keep", "passthrough")])) is None
    np.testing.assert_allclose(fitted(outer, frame, "w"), fitted(inner, frame, "w"))


@pytest.mark.parametrize(
    ("labels", "weights"),
    [
        (("no", "yes"), {"no": 1, "yes": 9}),
        ((1, 2), {1: 1, 2: 9}),  # a 1 that is a label is not the code 1
        ((0, 1), {0: 1, 1: 9}),
        (("no", "yes"), {0: 1, 1: 9}),
    ],
)
def test_weights_of_classes_are_those_of_the_labels(
    labels: tuple[object, object], weights: dict[object, int]
) -> None:
    frame = table()
    named = frame.assign(y=[labels[code] for code in frame["y"]])
    model = Pipeline([("clf", LogisticRegression(class_weight=weights))])
    coded = LogisticRegression(class_weight={0: 1, 1: 9})
    np.testing.assert_allclose(fitted(model, named), fitted(coded, frame))
    assert model.get_params()["clf__class_weight"] == weights


@pytest.mark.parametrize(
    ("dtype", "told"), [("object", ["text"]), ("category", []), ([object, "category"], [])]
)
def test_a_selector_that_finds_no_column_is_told(dtype: Any, told: list[str]) -> None:
    frame = table().assign(place=np.where(np.arange(569) % 3, "a", "b"))
    select = ColumnTransformer(
        [
            ("numbers", "passthrough", make_column_selector(dtype_include="number")),
            ("text", OneHotEncoder(), make_column_selector(dtype_include=dtype)),
        ]
    )
    model = Pipeline([("inner", Pipeline([("select", select)])), ("clf", LogisticRegression())])
    learner, recipe = learner_of(own_object(model, lambda: model, "0"), {}, {})
    assert isinstance(learner, Noticing)
    person = Candidate(recipe.complete({}))
    found = learner.notices(build(frame, Roles("y"), test=False), person)
    assert [f.evidence["part"] for f in found] == told
    assert learner.notices(build(table(), Roles("y"), test=False), person) == []


def test_a_model_of_another_task_is_refused(tmp_path: Path) -> None:
    frame = table().assign(y=np.random.default_rng(0).normal(size=569))
    with pytest.raises(UsageError) as caught:
        tuned(tmp_path, LogisticRegression(), {}, frame)
    assert caught.value.code == "own_wrong_task"
