"""Cases: what is planted, what stays hidden, and that nothing of one reaches the other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advisor.bench import sane
from advisor.bench.cases import Material, applies, make_case, material, write_case
from advisor.bench.damage import LEAK, CannotPlant
from advisor.bench.families import FAMILIES, Plant
from advisor.bench.faults import FAULTS, SUBJECTS, Kind
from advisor.bench.tables import find_table, known_tables, read
from advisor.config.load import load_config, make_config
from advisor.errors import AdvisorError, DataError
from advisor.learners import LEARNERS
from advisor.recipes.load import recipe_for
from advisor.types import StageName, Task

FIXED = {"learning_rate": 0.05, "num_leaves": 15, "n_estimators": 40}
RNG = np.random.default_rng(5)


@pytest.fixture(autouse=True)
def no_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sane model is not what is tested here."""
    monkeypatch.setattr("advisor.bench.cases.sane_params", lambda *_: dict(FIXED))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three tables: with copies, with groups, with an order in time."""
    n = 1500
    plain = pd.DataFrame(
        {"a": RNG.normal(size=n), "b": RNG.integers(0, 9, n), "y": RNG.integers(0, 2, n)}
    )
    plain = pd.concat([plain, plain.iloc[:300]], ignore_index=True)
    grouped = plain.assign(who=np.arange(len(plain)) // 7)
    timed = plain.assign(day=RNG.permutation(len(plain)))
    manifest = []
    for name, table, more in (
        ("plain", plain, {}),
        ("grouped", grouped, {"group_column": "who", "exclude_from_features": ["who"]}),
        ("timed", timed, {"time_column": "day", "exclude_from_features": ["day"]}),
    ):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        own = {"name": name, "file": f"{name}.csv", "rows": len(table), "task": "binary"}
        manifest.append({**own, "target": "y", **more})
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def of(table: str, fault: str, folder: Path | None = None, seed: int = 0) -> Material:
    return material(make_case(table, fault, "lightgbm", seed), folder)


def rows(frame: pd.DataFrame) -> set[tuple[object, ...]]:
    return set(frame.itertuples(index=False, name=None))


# -- hidden rows -----------------------------------------------------------------------------------


def test_no_copy_of_a_training_row_is_hidden(folder: Path) -> None:
    got = of("plain", "healthy", folder)
    assert rows(got.train).isdisjoint(rows(got.hidden))
    assert 0.15 < len(got.hidden) / (len(got.train) + len(got.hidden)) < 0.25


def test_a_group_is_hidden_whole(folder: Path) -> None:
    got = of("grouped", "healthy", folder)
    assert set(got.train["who"]).isdisjoint(got.hidden["who"])
    assert got.data == {"groups": "who"}


def test_of_a_table_in_time_the_end_is_hidden(folder: Path) -> None:
    got = of("timed", "healthy", folder)
    assert got.train["day"].max() < got.hidden["day"].min()
    assert got.data == {"time": "day"}


@pytest.mark.parametrize("fault", ["rate_high", "starved", "label_noise", "leak", "contamination"])
def test_a_case_is_a_function_of_its_seed(fault: str) -> None:
    first, again, other = (
        of("friedman" if fault == "leak" else "xor", fault, None, s) for s in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first.train, again.train)
    pd.testing.assert_frame_equal(first.hidden, again.hidden)
    assert not first.hidden.equals(other.hidden)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_hidden_row_reaches_a_run(fault: str) -> None:
    table = "friedman" if applies(fault, "lightgbm", find_table("friedman", None)) else "rare"
    if not applies(fault, "lightgbm", find_table(table, None)):
        return  # for nets only
    got = of(table, fault)
    seen = pd.concat([t for t in (got.train, got.pool, got.test) if t is not None])
    common = [c for c in seen.columns if c not in (LEAK, got.target)]
    assert rows(seen[common]).isdisjoint(rows(got.hidden[common]))


# -- what is planted -------------------------------------------------------------------------------


def test_a_starved_model_has_the_other_rows_as_its_pool() -> None:
    got = of("rare", "starved")
    assert got.pool is not None
    assert len(got.train) == 300
    assert len(got.train) + len(got.pool) == len(got.sane_train)


def test_a_leak_gives_the_target_away_in_training_only() -> None:
    got = of("friedman", "leak")
    assert got.train[LEAK].corr(got.train["y"]) > 0.98
    assert abs(got.hidden[LEAK].corr(got.hidden["y"])) < 0.2
    assert LEAK not in got.sane_train


def test_copied_test_rows_stand_in_training_as_well() -> None:
    got = of("xor", "contamination")
    assert got.test is not None
    twice = len(rows(got.train) & rows(got.test))
    assert twice == pytest.approx(0.5 * len(got.test), abs=2)


def test_wrong_labels_are_wrong_for_the_stuck_model_alone() -> None:
    got = of("xor", "label_noise")
    assert (got.train["y"] != got.sane_train["y"]).mean() == pytest.approx(0.2, abs=0.001)


def test_the_rare_class_is_rare_and_the_second() -> None:
    got = of("xor", "imbalance")
    assert got.metric == "accuracy"
    assert (got.train["y"] == "b_rare").mean() == pytest.approx(0.05, abs=0.01)


def test_a_fault_that_makes_no_sense_says_why() -> None:
    with pytest.raises(CannotPlant, match="too_few_rows"):
        of("wine", "starved")


def test_a_plant_of_a_share_of_the_rows_is_counted_in_rows() -> None:
    got = of("xor", "held_back_leaf")
    assert got.stuck["min_child_samples"] == round(0.35 * len(got.train))
    assert got.sane == FIXED


# -- the tables of faults and families -------------------------------------------------------------


def test_every_fault_has_an_answer_that_can_be_given() -> None:
    for name, fault in FAULTS.items():
        if fault.kind is Kind.HEALTHY:
            assert not fault.stages
            assert not fault.codes
        else:
            assert fault.stages or fault.codes, name
        assert all(isinstance(stage, StageName) for stage in fault.stages)
        assert set(fault.codes) <= set(SUBJECTS)


@pytest.mark.parametrize("family", ["lightgbm", "mlp", "hist_gradient_boosting"])
def test_a_family_has_ten_faults_at_least(family: str) -> None:
    tables = [e for e in known_tables(None).values() if e.learnable]
    planted = {f for f in FAULTS for e in tables if applies(f, family, e)}
    assert len([f for f in planted if FAULTS[f].kind is not Kind.HEALTHY]) >= 10
    assert set(FAMILIES[family].plants) <= set(FAULTS)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_plant_is_one_the_library_takes(family: str) -> None:
    own = FAMILIES[family]
    recipe = recipe_for(family, own.grid[0])
    try:
        learner = LEARNERS[recipe.learner]()
    except (ImportError, AdvisorError):
        pytest.skip(f"{family} is an extra and not installed")
    for params in own.grid:
        for plant in [Plant(), *own.plants.values()]:
            stuck = plant.over(params, 1000)
            config = {"version": 1, "data": {"builtin": "wine"}}
            make_config({**config, "model": {"family": family, "params": stuck}})
            learner.check(stuck, Task.BINARY)


def test_nothing_but_health_is_asked_of_noise() -> None:
    noise = find_table("noise", None)
    assert {FAULTS[f].kind for f in FAULTS if applies(f, "lightgbm", noise)} == {Kind.HEALTHY}


# -- files -----------------------------------------------------------------------------------------


def test_the_files_of_a_case_are_a_config_that_can_be_run(tmp_path: Path) -> None:
    file = write_case(of("xor", "starved"), tmp_path, {"minutes": 1})
    config = load_config(file)
    assert config.data.pool == "pool.csv"
    assert config.search.minutes == 1
    assert pd.read_csv(tmp_path / "train.csv").shape == (300, 7)


def test_an_unknown_table_is_named_with_the_nearest(folder: Path) -> None:
    with pytest.raises(DataError) as caught:
        find_table("plane", folder)
    assert (caught.value.code, caught.value.hint) == ("bench_table_unknown", "plain")


@pytest.mark.parametrize("text", ["", "{}", '[{"name": "a"}]'])
def test_a_broken_manifest_is_one_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DataError) as caught:
        find_table("a", tmp_path)
    assert caught.value.code == "bench_manifest"


def test_sampled_rows_keep_the_shares_of_the_classes() -> None:
    whole, part = read("digits", None, None, 0).frame, read("digits", None, 600, 0).frame
    assert len(part) == 600
    shares = [t["target"].value_counts(normalize=True).sort_index() for t in (whole, part)]
    assert np.abs(shares[0] - shares[1]).max() < 0.01


# -- the sane model --------------------------------------------------------------------------------


def test_the_sane_model_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train = read("wine", None, None, 0).frame
    entry = find_table("wine", None)
    asked = sane.Question("lightgbm", "target", entry.task, "log_loss", {}, {})
    grid = ({"num_leaves": 4}, {"num_leaves": 15})
    first = sane.sane_params(asked, train, grid, tmp_path)
    assert first["num_leaves"] in (4, 15)
    assert first["n_estimators"] > 1
    monkeypatch.setattr(sane, "evaluator_for", None)  # a second look measures nothing
    assert sane.sane_params(asked, train, grid, tmp_path) == first
