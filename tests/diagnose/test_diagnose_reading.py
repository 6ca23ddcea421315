"""The whole reading on small tables: planted models are named, at the price of two fits at most."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from advisor.config.load import make_config
from advisor.config.sections import SearchConfig
from advisor.events import BaselineMeasured, ProbesMeasured
from advisor.executor import ThreadExecutor
from advisor.inputs import read_inputs
from advisor.languages import LANGUAGES
from advisor.measure.evaluate import Evaluator
from advisor.measure.journal import Journal
from advisor.report.locale import catalog
from advisor.report.phrases import diagnosis_words
from advisor.report.reading import health_words, meaning_words
from advisor.results import Diagnosis
from advisor.search.auditing import folds_to_check
from advisor.search.session import Session
from advisor.search.staged import Search
from advisor.stages import STAGES

SOUND = {"learning_rate": 0.1, "n_estimators": 60, "num_leaves": 15}


def binary(n: int = 2500) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 5))
    score = 1.5 * X[:, 0] + np.sin(2 * X[:, 1]) + X[:, 0] * X[:, 2]
    y = (score + rng.normal(0, 0.7, n) > 0).astype(int)
    return pd.DataFrame(X, columns=list("abcde")).assign(y=y)


def rare(n: int = 6000) -> pd.DataFrame:
    """One row in fifteen is of class 1, and no column tells for sure."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n, 3))
    p = 1 / (1 + np.exp(-(1.5 * X[:, 0] + X[:, 1] - 3.6)))
    return pd.DataFrame(X, columns=list("abc")).assign(y=(rng.random(n) < p).astype(int))


def numbers(n: int = 2000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    y = 3 * X[:, 0] + np.sin(3 * X[:, 1]) + X[:, 2] ** 2 + rng.normal(0, 0.5, n)
    return pd.DataFrame(X, columns=list("abcd")).assign(y=1000 * y)


def read(
    folder: Path, frame: pd.DataFrame, params: dict[str, Any], metric: str | None = None
) -> tuple[Diagnosis, Diagnosis, int, Session]:
    """(first diagnosis, last, fits beyond baseline and probes, session)."""
    config = make_config(
        {
            "version": 1,
            "data": {"path": "<DataFrame>", "target": "y", "test": False},
            "model": {"family": "lightgbm", "params": params},
            **({"metric": metric} if metric else {}),
        }
    )
    inputs = read_inputs(config, frame)
    assert inputs.recipe.rounds is not None
    evaluator = Evaluator(
        dataset=inputs.dataset,
        metric=inputs.metric,
        learner=inputs.learner,
        trainer=inputs.learner.prepare(inputs.dataset, inputs.person.params, inputs.metric),
        journal=Journal(folder / "journal.db"),
        executor=ThreadExecutor(1),
        rounds_name=inputs.recipe.rounds.name,
    )
    session = Session(
        evaluator=evaluator,
        recipe=inputs.recipe,
        person=inputs.person,
        config=SearchConfig(),
        min_gain=None,
        seed=0,
        deadline=time.monotonic() + 600,
    )
    search = Search(session)
    first = next(e.diagnosis for e in search._baseline() if isinstance(e, BaselineMeasured))
    session.own = session.person
    # the checks of the model's predictions have measured these by then
    evaluator.run([(session.person, split) for split in folds_to_check(session)])
    before = evaluator.fits
    probes = next(e.probes for e in search._probe(STAGES) if isinstance(e, ProbesMeasured))
    last = search.result.diagnosis
    assert first is not None
    assert last is not None
    extra = evaluator.fits - before - len(probes) * len(session.glance)
    return first, last, extra, session


FAULTS = [
    ({"learning_rate": 0.001, "n_estimators": 150}, "flat", "learning_rate"),
    ({"learning_rate": 2.5}, "diverging", "learning_rate"),
    ({"min_child_samples": 900}, "underfit", "regularization"),
    ({"min_split_gain": 60.0}, "frozen", "regularization"),
    ({"n_estimators": 4}, "not_converged", "learning_rate"),
    ({"max_depth": 1, "n_estimators": 300}, "underfit", "depth"),
]


@pytest.mark.parametrize(("fault", "state", "points_to"), FAULTS)
def test_a_planted_fault_is_named_and_confirmed_by_its_probe(
    fault: dict[str, Any], state: str, points_to: str, tmp_path: Path
) -> None:
    first, last, extra, _ = read(tmp_path, binary(), {**SOUND, **fault})
    assert (last.state, last.points_to, last.confirmed) == (state, points_to, True)
    assert not first.confirmed
    assert last.evidence["gain"] > 2 * last.evidence["se"]
    assert extra <= 2


def test_memorising_is_named_with_the_rise_of_the_validation_loss(tmp_path: Path) -> None:
    params = {**SOUND, "num_leaves": 511, "min_child_samples": 1, "n_estimators": 300}
    _, last, extra, _ = read(tmp_path, binary(), params)
    assert last.state in ("overfit", "overconfident")
    assert last.points_to == "regularization"
    assert last.evidence["lost_after_best"] > 0
    assert [answer.code for answer in last.health][1] == "health.valid.turned"
    assert extra == 0


def test_a_sound_model_is_called_healthy(tmp_path: Path) -> None:
    for number, (frame, metric) in enumerate(
        [(binary(), None), (binary(), "accuracy"), (binary(), "roc_auc"), (numbers(), "mse")]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        rounds = 40 if metric != "mse" else 150
        _, last, extra, _ = read(folder, frame, {**SOUND, "n_estimators": rounds}, metric)
        assert (last.state, last.points_to, last.confirmed) == ("healthy", None, True), metric
        assert extra <= 1


def test_a_rare_class_under_f1_wants_another_threshold(tmp_path: Path) -> None:
    _, last, _, _ = read(tmp_path, rare(), {**SOUND, "n_estimators": 25, "num_leaves": 4}, "f1")
    assert (last.state, last.points_to) == ("threshold", "foundations")
    assert last.evidence["threshold"] < 0.5


def test_early_stopping_by_the_person_is_no_missing_convergence(tmp_path: Path) -> None:
    params = {**SOUND, "n_estimators": 400, "early_stopping_rounds": 10}
    first, _, _, session = read(tmp_path, binary(), params)
    assert first.evidence["stopped_early"]
    assert session.person.stopping is None  # its rounds are fixed now
    assert first.state != "not_converged"


def test_the_reference_is_not_measured_for_a_model_that_is_one(tmp_path: Path) -> None:
    _, last, extra, _ = read(tmp_path, binary(), {"learning_rate": 0.1, "n_estimators": 40})
    assert last.state == "healthy"
    assert extra == 0
    assert "reference_skill" not in last.evidence


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_a_reading_says_has_its_sentence(lang: str, tmp_path: Path) -> None:
    words = catalog(lang, strict=True)
    cases = [
        (binary(), {**SOUND, "learning_rate": 0.001}, None),
        (binary(), {**SOUND, "n_estimators": 40}, "accuracy"),
        (rare(), {**SOUND, "n_estimators": 25, "num_leaves": 4}, "f1"),
        (numbers(), {**SOUND, "max_depth": 1}, None),
    ]
    for number, (frame, params, metric) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        for found in read(folder, frame, params, metric)[:2]:
            assert diagnosis_words(words, found)
            assert meaning_words(words, found)
            assert len(list(health_words(words, found))) == 3
