"""StageStudy stages as Optuna studies, whatever a killed run has left beside them."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from advisor.recipes.load import load_recipe
from advisor.stages.study import StageStudy, save_studies

RECIPE = load_recipe("lightgbm")
RATE = tuple(k for k in RECIPE.knobs.values() if k.name == "learning_rate")


def stage(name: str, *rates: float) -> StageStudy:
    trials = [({"learning_rate": rate}, gain / 10, "rate") for gain, rate in enumerate(rates)]
    return StageStudy(name, RATE, trials)


def read(file: Path) -> dict[str, list[float]]:
    """Name -> values of the trials."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        storage = JournalStorage(JournalFileBackend(str(file)))
    studies = optuna.get_all_study_summaries(storage)
    return {
        s.study_name: [
            t.value for t in optuna.load_study(study_name=s.study_name, storage=storage).trials
        ]
        for s in studies
    }


def test_every_stage_is_a_study_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "studies.log"
    save_studies(file, [stage("a", 0.1, 0.3), stage("b", 0.1)])
    assert read(file) == {"a": [0.0, 0.1], "b": [0.0]}


def test_a_later_report_replaces_the_studies(tmp_path: Path) -> None:
    file = tmp_path / "studies.log"
    save_studies(file, [stage("a", 0.1)])
    save_studies(file, [stage("a", 0.1, 0.3), stage("b", 0.1)])
    assert read(file) == {"a": [0.0, 0.1], "b": [0.0]}
    assert {f.name for f in tmp_path.iterdir()} <= {"studies.log"}


@pytest.mark.parametrize("left", ["studies.log.lock", "studies.log.new.lock"])
def test_the_lock_of_a_killed_run_holds_nobody_up(left: str, tmp_path: Path) -> None:
    file = tmp_path / "studies.log"
    save_studies(file, [stage("a", 0.1)])
    (tmp_path / left).symlink_to("runs/stuck-01/studies.log")  # as Optuna locks: it leads nowhere
    (tmp_path / "studies.log.new").write_text("half a li")
    work = threading.Thread(target=save_studies, args=(file, [stage("b", 0.3)]), daemon=True)
    work.start()
    work.join(30)
    assert not work.is_alive()
    (tmp_path / left).unlink(missing_ok=True)
    assert read(file) == {"b": [0.0]}
