"""Columns, gaps, orders and copies that give the target away; and honest ones that do not."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from leak_worlds import material, named, of, only, table, target
from sklearn.datasets import load_breast_cancer

from advisor.audit.copies import copies
from advisor.audit.leakage import give_away
from advisor.audit.single import (
    Answer,
    Single,
    answer,
    auc_error,
    bins_of,
    bins_of_numbers,
    every_column,
    of_classes,
    skill,
)
from advisor.audit.suspects import Suspect, suspects_among
from advisor.audit.together import NO_QUESTION, asked_for
from advisor.data.tables import read_table
from advisor.types import Severity

KINDS = ("binary", "multiclass", "regression")


def noisy(frame: pd.DataFrame, noise: float, seed: int = 1) -> np.ndarray:
    return target(frame) + noise * np.random.default_rng(seed).normal(size=len(frame))


# -- L02 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_table_has_no_suspect(kind: str) -> None:
    found = give_away(material(table(kind=kind)))
    assert {f.code: f.status for f in found} == {
        "L02": Severity.PASSED,
        "L04": Severity.NOT_APPLICABLE,
        "L05": Severity.PASSED,
    }
    assert only("L02", found).evidence["column"] in {"a", "b", "c"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_target_with_little_noise_stops_the_run(kind: str) -> None:
    frame = table(kind=kind)
    found = give_away(material(frame.assign(leak=noisy(frame, 0.1))))
    assert named("L02", found) == {"leak": Severity.ISSUE}
    evidence = only("L02", found).evidence
    assert evidence["skill"] > 0.9
    assert evidence["runner_up"] in {"a", "b", "c"}
    assert evidence["without"] < evidence["together"]


def test_the_target_with_more_noise_is_a_suspect() -> None:
    frame = table(1500)
    found = give_away(material(frame.assign(leak=noisy(frame, 0.8))))
    assert named("L02", found) == {"leak": Severity.WARNING}


def test_a_class_too_rare_to_learn_from_a_half_ends_no_run() -> None:
    frame = table(400)
    rare = np.arange(400) % 24 == 0  # 17 rows: a half has fewer than ten
    lucky = rare + 0.5 * np.random.default_rng(5).normal(size=400)
    found = give_away(material(frame.assign(y=np.where(rare, "yes", "no"), lucky=lucky)))
    assert only("L02", found).evidence["column"] == "lucky"
    found = give_away(material(frame.assign(y=np.where(rare, "yes", "no"), given=rare * 1.0)))
    told = only("L02", found)
    assert (told.status, told.evidence["together"]) == (Severity.ISSUE, None)


def test_a_small_table_with_strong_columns_does_not_hide_a_perfect_one() -> None:
    loaded = load_breast_cancer(as_frame=True)
    frame = loaded.data.assign(y=np.where(loaded.target == 0, "malignant", "benign"))
    noise = 0.1 * np.random.default_rng(3).normal(size=len(frame))
    honest = give_away(material(frame))
    assert named("L02", honest) == {}
    found = give_away(material(frame.assign(leak=loaded.target + noise)))
    assert named("L02", found) == {"leak": Severity.ISSUE}


@pytest.mark.parametrize(
    ("auc", "rows"),
    [
        pytest.param(0.9506, [676, 43], id="719 rows of sick"),
        pytest.param(0.9749, [277, 23], id="300 rows of sick"),
    ],
)
def test_a_skill_that_may_be_luck_of_few_rows_blocks_nothing(auc: float, rows: list[int]) -> None:
    few, rank = np.array(rows, dtype=float), 2 * auc - 1
    one = Single("T3", 0.6, rank, 0.09, spread=2 * auc_error(auc, few))
    many = replace(one, spread=2 * auc_error(auc, 10 * few))
    assert not Suspect(one, 0.6, 0.1, 0).probable
    assert Suspect(many, 0.6, 0.1, 0).probable


def test_the_error_of_an_auc_is_that_of_many_draws() -> None:
    rng = np.random.default_rng(0)
    ones, rest = rng.normal(1.5, 1, (400, 40)), rng.normal(0, 1, (400, 300))
    aucs = (ones[:, :, None] > rest[:, None, :]).mean(axis=(1, 2))
    assert auc_error(float(aucs.mean()), np.array([300.0, 40.0])) == pytest.approx(
        aucs.std(), rel=0.2
    )
    assert auc_error(0.7, np.array([10.0, 0.0])) == 0.5


def test_two_leaks_that_hide_each_other_are_both_named() -> None:
    frame = table(2000, kind="regression")
    frame = frame.assign(leak=noisy(frame, 0.1, 1), again=noisy(frame, 0.1, 2))
    found = give_away(material(frame))
    assert named("L02", found) == {"leak": Severity.ISSUE, "again": Severity.ISSUE}
    assert {f.evidence["runner_up"] for f in of("L02", found)} <= {"a", "b", "c"}


class Joint:
    """Skills of sets of columns, as told: what is left without some of them."""

    def __init__(self, whole: float, **without: float) -> None:
        self.whole, self.without = whole, without

    def skill(self, without: Sequence[str] = ()) -> float:
        known = [v for names, v in self.without.items() if set(names.split("_")) <= set(without)]
        return min([self.whole, *known])


def suspects(ranks: dict[str, float], joint: Joint) -> dict[str, bool]:
    ranked = [Single(name, rank, rank) for name, rank in ranks.items()]
    found = suspects_among(ranked, joint)  # type: ignore[arg-type]
    return {suspect.one.name: suspect.probable for suspect in found}


@pytest.mark.parametrize(
    ("ranks", "joint", "expected"),
    [
        pytest.param({"a": 0.55, "b": 0.5}, Joint(0.5, a=0.35), {}, id="useful"),
        pytest.param({"a": 0.61, "b": 0.57}, Joint(0.46, a=0.19), {"a": False}, id="duration"),
        pytest.param(
            {"rate": 0.59, "index": 0.59, "a": 0.57}, Joint(0.45, a=0.2), {"a": False}, id="behind"
        ),
        pytest.param({"a": 0.86, "b": 0.57}, Joint(0.87, a=0.2), {"a": False}, id="hormone"),
        pytest.param({"a": 0.95, "b": 0.77}, Joint(0.9, a=0.8), {"a": True}, id="far ahead"),
        pytest.param({"a": 0.94, "b": 0.93, "c": 0.93, "d": 0.93}, Joint(0.97), {}, id="diamonds"),
        pytest.param(
            {"a": 0.95, "b": 0.94, "c": 0.3}, Joint(0.97, a_b=0.75), {"a": False, "b": False}
        ),
        pytest.param(
            {"a": 0.99, "b": 0.98, "c": 0.3}, Joint(0.99, a_b=0.4), {"a": True, "b": True}
        ),
        pytest.param({"a": 0.98, "b": 0.97, "c": 0.96}, Joint(0.97, a_b_c=0.96), {}, id="kddcup"),
        pytest.param({"a": 0.7, "b": 0.55, "c": 0.4}, Joint(0.6, a_b=0.3), {"a": False}),
        pytest.param({"a": 0.9, "b": 0.86}, Joint(0.95, a=0.85, a_b=0.2), {"a": False, "b": False}),
        pytest.param({"a": 0.86, "b": 0.57}, Joint(0.87, a=0.2, a_b=0.09), {"a": False}),
        pytest.param({"a": 1.0, "b": 0.98, "c": 0.97}, Joint(1.0), {"a": True}, id="perfect"),
    ],
)
def test_who_is_a_suspect(ranks: dict[str, float], joint: Joint, expected: dict[str, bool]) -> None:
    assert suspects(ranks, joint) == expected


def test_an_honest_column_that_others_can_replace_is_no_suspect() -> None:
    rng = np.random.default_rng(0)
    weight = rng.lognormal(size=1500)
    frame = pd.DataFrame({c: weight * rng.lognormal(0, 0.1, 1500) for c in ("x", "y1", "z", "w")})
    frame["y"] = 1000 * weight * rng.lognormal(0, 0.2, 1500)
    passed = only("L02", give_away(material(frame)))
    assert passed.status is Severity.PASSED
    assert passed.evidence["skill"] > 0.8


def test_a_category_can_give_the_target_away() -> None:
    frame = table(1000)
    rng = np.random.default_rng(3)
    wrong = rng.random(1000) < 0.02
    flag = np.where((frame["y"] == "yes") ^ wrong, "closed", "open")
    assert named("L02", give_away(material(frame.assign(flag=flag)))) == {"flag": Severity.ISSUE}


@pytest.mark.parametrize("seed", range(10))
def test_of_many_columns_of_noise_none_is_named(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(400, 20))).rename(columns=lambda c: f"x{c}")
    frame["y"] = "no"
    frame.loc[rng.choice(400, 6, replace=False), "y"] = "yes"
    frame = frame.mask(rng.random(frame.shape) < 0.05).assign(y=frame["y"])
    found = give_away(material(frame, folds=3))
    assert [f for f in found if f.status in (Severity.WARNING, Severity.ISSUE)] == []
    assert only("L02", found).evidence["skill"] < 0.6


def test_a_single_column_is_compared_with_nothing() -> None:
    frame = table()[["a", "y"]]
    assert only("L02", give_away(material(frame))).status is Severity.NOT_APPLICABLE


def test_too_few_rows_are_skipped_and_said_so() -> None:
    found = give_away(material(table(40), folds=3))
    assert {f.code for f in found} == {"L02", "L04", "L05"}
    assert {f.status for f in found} == {Severity.SKIPPED}
    assert only("L02", found).evidence["rows"] == 40


# -- L04, L05 ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_is_filled_after_the_outcome_is_named_for_its_gaps(kind: str) -> None:
    frame = table(1000, kind=kind)
    rng = np.random.default_rng(2)
    y = target(frame)
    filled = (y > np.median(y)) if kind == "regression" else (frame["y"] == frame["y"].mode()[0])
    value = np.where(filled, rng.normal(size=1000), np.nan)
    found = give_away(material(frame.assign(paid=value)))
    assert set(named("L04", found)) == {"paid"}
    assert "paid" not in named("L02", found)


def test_texts_that_say_unknown_are_gaps() -> None:
    frame = table(1000)
    reason = np.where(frame["y"] == "yes", "unknown", "moved")
    found = give_away(material(frame.assign(reason=reason)))
    assert named("L04", found) == {"reason": Severity.ISSUE}


def test_gaps_at_random_pass() -> None:
    frame = table(1000)
    frame["a"] = frame["a"].mask(np.random.default_rng(0).random(1000) < 0.2)
    assert only("L04", give_away(material(frame))).status is Severity.PASSED


def test_numbers_given_out_class_by_class_are_named() -> None:
    frame = table(800)
    number = np.empty(800, dtype=int)
    number[np.argsort(frame["y"], kind="stable")] = 5000 + np.arange(800)
    found = give_away(material(frame.assign(ticket=number)))
    assert named("L05", found) == {"ticket": Severity.ISSUE}
    assert only("L02", found).status is Severity.PASSED


def test_a_file_sorted_by_the_target_is_a_warning_about_the_place() -> None:
    found = give_away(material(table(800).sort_values("y")))
    assert named("L05", found) == {"#": Severity.WARNING}


def test_the_place_does_not_matter_when_time_is_declared() -> None:
    frame = table(800).sort_values("y").assign(day=np.arange(800))
    assert named("L05", give_away(material(frame, roles={"time": "day"}))) == {}


def test_a_measurement_with_distinct_values_is_no_serial_number() -> None:
    frame = table(800, kind="regression")
    area = np.round(1e7 * np.exp(target(frame) / 2)).astype(int)
    assert "area" not in named("L05", give_away(material(frame.assign(area=area))))


# -- L01, L03 ----------------------------------------------------------------------------------


def parted(rows: int = 2000, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = table(rows, seed)
    return frame.iloc[: rows * 3 // 4], frame.iloc[rows * 3 // 4 :]


def test_without_a_test_part_nothing_can_be_copied() -> None:
    assert {f.status for f in copies(material(table()))} == {Severity.NOT_APPLICABLE}


def test_a_clean_test_part_passes() -> None:
    train, test = parted()
    found = copies(material(train, test))
    assert only("L01", found).status is Severity.PASSED
    assert only("L03", found).status is Severity.PASSED


@pytest.mark.parametrize(
    ("share", "status"), [(0.02, Severity.WARNING), (0.05, Severity.ISSUE), (0.2, Severity.ISSUE)]
)
def test_copied_test_rows_are_counted(share: float, status: Severity) -> None:
    train, test = parted()
    copied = test.iloc[: round(share * len(test))]
    finding = only("L01", copies(material(pd.concat([train, copied]), test)))
    assert finding.status is status
    assert finding.evidence["count"] == len(copied)
    assert finding.evidence["agree"] == len(copied)


def test_a_pool_may_hold_test_rows_too() -> None:
    train, test = parted()
    pool = pd.concat([train.iloc[:100], test.iloc[:50]])
    finding = only("L01", copies(material(train.iloc[100:], test, pool)))
    assert finding.evidence["count"] == 50
    assert finding.status is Severity.ISSUE


def test_rows_that_are_equal_by_nature_are_no_contamination() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 4, size=(4000, 4)), columns=list("abcd"))
    frame["y"] = np.where(rng.random(4000) < 0.5, "yes", "no")
    finding = only("L01", copies(material(frame.iloc[:3000], frame.iloc[3000:])))
    assert finding.status is Severity.PASSED
    assert finding.evidence["count"] > 500


def test_a_locked_part_with_copies_kept_together_passes() -> None:
    frame = pd.concat([table(3000), table(600)], ignore_index=True)
    finding = only("L01", copies(material(frame, 0.2)))
    assert finding.status is Severity.PASSED
    assert finding.evidence["expected"] > 0


def test_copies_with_a_little_noise_are_near_copies() -> None:
    train, test = parted()
    copied = test.iloc[:60].copy()
    copied[list("abcd")] += np.random.default_rng(0).normal(0, 0.01, size=(60, 4))
    found = copies(material(pd.concat([train, copied]), test))
    assert only("L01", found).status is Severity.PASSED
    near = only("L03", found)
    assert near.status is Severity.WARNING
    assert 50 <= near.evidence["count"] <= 80


def test_near_copies_need_continuous_numbers() -> None:
    train, test = parted()
    few = ["a", "b", "shop", "y"]
    assert only("L03", copies(material(train[few], test[few]))).status is Severity.NOT_APPLICABLE


def test_gaps_and_constant_columns_do_not_disturb_distances() -> None:
    train, test = (part.assign(none=np.nan, same=1.0) for part in parted())
    train = train.mask(np.random.default_rng(0).random(train.shape) < 0.1).assign(y=train["y"])
    assert only("L03", copies(material(train, test))).status is Severity.PASSED


# -- one column alone --------------------------------------------------------------------------


def numbers(rows: int = 2000) -> Answer:
    y = np.random.default_rng(0).normal(size=rows)
    return Answer(np.arange(rows) % 2, None, np.column_stack([y, y]), 0)


def test_a_copy_of_the_target_has_skill_one_and_noise_none() -> None:
    asked = numbers()
    y = asked.values[:, 0]
    assert skill("copy", bins_of_numbers(y), asked).rank > 0.97
    noise = np.random.default_rng(1).normal(size=len(y))
    assert abs(skill("noise", bins_of_numbers(noise), asked).rank) < 0.1


def test_the_order_of_two_classes_is_the_area_under_the_curve() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 40_000)
    value = y + rng.normal(size=40_000)
    asked = of_classes(np.arange(40_000) % 2, y, 2)
    assert skill("x", bins_of_numbers(value), asked).rank == pytest.approx(0.520, abs=0.02)


def test_a_frequent_value_and_a_gap_have_bins_of_their_own() -> None:
    values = np.concatenate([np.zeros(500), np.random.default_rng(0).normal(size=500), [np.nan]])
    bins = bins_of_numbers(values)
    assert len(set(bins[:500])) == 1
    assert bins[0] not in bins[500:]
    assert (bins == bins[-1]).sum() == 1


def test_rare_categories_share_a_bin() -> None:
    texts = pd.Series(["a"] * 50 + ["b"] * 50 + list("cdefg") + [None], dtype="category")
    bins = bins_of(texts)
    assert len(set(bins)) == 4
    assert len(set(bins[100:105])) == 1


def test_only_missing_values_have_one_bin() -> None:
    assert set(bins_of_numbers(np.full(5, np.nan))) == {0}


def test_nothing_is_asked_where_a_class_is_too_rare() -> None:
    known = material(table(60).assign(y=["yes"] * 4 + ["no"] * 56), folds=3)
    X = known.dataset.X
    asked = answer(known.dataset, known.dataset.train, 0)
    assert asked_for("a", X, asked) is None
    assert NO_QUESTION.skill() == 0.0
    assert len(every_column(X, asked)) == X.shape[1]


# -- real tables -------------------------------------------------------------------------------

REAL = pytest.mark.skipif("ADVISOR_DATA" not in os.environ, reason="needs the folder ADVISOR_DATA")


@REAL
@pytest.mark.parametrize(
    ("name", "suspects"),
    [
        ("bank_additional", {"duration": Severity.WARNING}),
        ("sick", {"T3": Severity.WARNING}),
        ("german_credit", {}),
        ("page_blocks", {}),
        ("student_dropout", {}),
        ("wine_quality", {}),
    ],
)
def test_what_is_named_on_real_tables(name: str, suspects: dict[str, Severity]) -> None:
    folder = Path(os.environ["ADVISOR_DATA"])
    entries = {e["name"]: e for e in json.loads((folder / "manifest.json").read_text())}
    frame = read_table(folder / entries[name]["file"])
    known = material(frame.rename(columns={entries[name]["target"]: "y"}), None, folds=3)
    assert named("L02", give_away(known)) == suspects
    assert only("L01", copies(known)).status in (Severity.PASSED, Severity.NOT_APPLICABLE)
