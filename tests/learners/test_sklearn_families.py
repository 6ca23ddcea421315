"""Planted faults of the families of scikit-learn end at their stage; healthy models stay."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

import advisor
from advisor.config.load import make_config
from advisor.errors import ConfigError, UsageError
from advisor.results import Outcome, Report, Status
from advisor.types import StageName

REG, RATE, DEPTH = StageName.REGULARIZATION, StageName.LEARNING_RATE, StageName.DEPTH


def tuned(folder: Path, family: str, params: dict[str, Any], data: str, **search: Any) -> Report:
    return advisor.tune(
        {
            "version": 1,
            "data": {"builtin": data},
            "model": {"family": family, "params": params},
            "preprocessing": {"scale": "standard"},
            "search": {"minutes": 5, "trials": 8, **search},
            "report": {"dir": str(folder)},
        }
    )


EXTRAS = ("xgboost", "catboost")
FAULTS = [
    ("linear", {"C": 1e-6}, "breast_cancer", REG, "C"),
    ("linear", {"estimator": "ridge", "alpha": 1e6}, "diabetes", REG, "alpha"),
    ("linear", {"estimator": "elastic_net", "alpha": 1e4}, "diabetes", REG, "alpha"),
    ("linear", {"estimator": "sgd", "eta0": 1e-7, "max_iter": 20}, "breast_cancer", RATE, "eta0"),
    (
        "linear",
        {"estimator": "sgd", "eta0": 10.0, "learning_rate": "constant", "max_iter": 20},
        "breast_cancer",
        RATE,
        "eta0",
    ),
    ("random_forest", {"min_samples_leaf": 0.3, "n_estimators": 20}, "wine", REG,
     "min_samples_leaf"),
    ("extra_trees", {"min_samples_leaf": 0.3, "n_estimators": 20}, "wine", REG,
     "min_samples_leaf"),
    ("extra_trees", {"max_depth": 1, "n_estimators": 20}, "digits", DEPTH, "max_depth"),
    ("knn", {"n_neighbors": 280}, "breast_cancer", REG, "n_neighbors"),
    ("svm", {"gamma": 100.0}, "wine", REG, "gamma"),
    ("gradient_boosting", {"learning_rate": 5e-4, "n_estimators": 40}, "breast_cancer", RATE,
     "learning_rate"),
    ("xgboost", {"learning_rate": 5e-4, "n_estimators": 40}, "breast_cancer", RATE,
     "learning_rate"),
    ("catboost", {"learning_rate": 5e-4, "iterations": 40, "depth": 4}, "breast_cancer", RATE,
     "learning_rate"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("family", "params", "data", "stage", "changed"),
    [pytest.param(*case, id=f"{case[0]}-{case[4]}-{i}") for i, case in enumerate(FAULTS)],
)
def test_a_planted_fault_ends_at_its_stage_with_a_proven_gain(
    tmp_path: Path,
    family: str,
    params: dict[str, Any],
    data: str,
    stage: StageName,
    changed: str,
) -> None:
    if family in EXTRAS:
        pytest.importorskip(family, reason="an extra that is not installed")
    report = tuned(tmp_path, family, params, data)
    assert (report.status, report.stage) == (Status.IMPROVED, stage)
    assert changed in report.change
    assert report.diagnosis is not None
    rates = [outcome for outcome in report.stages if outcome.stage == RATE]
    assert (rates[0].status is Outcome.NOT_APPLICABLE) is (stage is not RATE)


@pytest.mark.parametrize(
    ("family", "params", "data"),
    [
        ("linear", {"C": 0.5}, "breast_cancer"),
        ("linear", {"alpha": 10.0}, "diabetes"),
        ("knn", {"n_neighbors": 9, "weights": "distance"}, "wine"),
        ("svm", {}, "breast_cancer"),
        ("xgboost", {"learning_rate": 0.1, "n_estimators": 60, "max_depth": 3}, "breast_cancer"),
        ("random_forest", {"n_estimators": 60}, "wine"),
    ],
)
def test_a_healthy_model_keeps_its_settings(
    tmp_path: Path, family: str, params: dict[str, Any], data: str
) -> None:
    if family in EXTRAS:
        pytest.importorskip(family, reason="an extra that is not installed")
    report = tuned(tmp_path, family, params, data)
    assert report.status is Status.NO_PROVEN_GAIN
    assert report.next_step is not None
    assert report.next_step.code in ("next.keep_settings", "next.more_rows", "next.likely")


def test_predictions_of_a_saved_linear_model_are_those_of_scikit_learn(tmp_path: Path) -> None:
    report = tuned(tmp_path, "linear", {"alpha": 1e6}, "diabetes", stages=["regularization"])
    table = load_diabetes(as_frame=True)
    said = advisor.predict(Path(report.files["model"]).parent, table.data)["prediction"]
    assert np.corrcoef(said, table.target)[0, 1] > 0.6


def test_predictions_of_a_saved_forest_name_the_classes(tmp_path: Path) -> None:
    params = {"min_samples_leaf": 0.4, "n_estimators": 10}
    report = tuned(tmp_path, "random_forest", params, "breast_cancer")
    table = load_breast_cancer(as_frame=True)
    said = advisor.predict(Path(report.files["model"]).parent, table.data)["prediction"]
    assert np.mean(said == table.target_names[table.target]) > 0.9


@pytest.mark.parametrize(
    ("params", "code", "hint"),
    [
        ({"estimator": "rigde"}, "not_one_of", "ridge"),
        ({"estimator": ["ridge"]}, "not_one_of", None),
        ({"C": -1}, "out_of_range", None),
    ],
)
def test_a_wrong_estimator_is_one_clear_error(
    params: dict[str, Any], code: str, hint: str | None
) -> None:
    config = {
        "version": 1,
        "data": {"builtin": "iris"},
        "model": {"family": "linear", "params": params},
    }
    with pytest.raises(ConfigError) as caught:
        make_config(config)
    assert caught.value.code == code
    assert hint is None or caught.value.hint == hint


def test_an_estimator_of_another_task_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        tuned(tmp_path, "linear", {"estimator": "ridge"}, "iris")
    assert caught.value.code == "estimator_task"
    assert caught.value.values["allowed"] == ["logistic", "sgd"]


@pytest.mark.parametrize("family", EXTRAS)
def test_a_family_whose_library_is_missing_says_what_to_install(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, family, None)
    monkeypatch.delitem(sys.modules, f"advisor.learners.boosters.{family}", raising=False)
    with pytest.raises(UsageError) as caught:
        tuned(tmp_path, family, {}, "wine")
    assert caught.value.code == "family_needs_extra"
    assert caught.value.values["command"] == f'pip install "advisor[{family}]"'
