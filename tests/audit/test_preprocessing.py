"""Gaps, sizes, numbers as text, columns that say the same, categories nobody has seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from leak_worlds import material, named, of, only, table

from advisor.audit.leakage import give_away
from advisor.audit.preprocessing import (
    dates_as_text,
    duplicate_columns,
    missing_values,
    numbers_as_text,
    unscaled,
    unseen_categories,
)
from advisor.audit.timing import times_in
from advisor.types import Severity

# -- P05 ---------------------------------------------------------------------------------------


def with_gaps(column: str = "a") -> pd.DataFrame:
    frame = table(1000)
    frame[column] = frame[column].mask(np.arange(1000) % 10 == 0)
    return frame


def test_gaps_are_counted_for_a_model_that_takes_none() -> None:
    finding = only("P05", missing_values(material(with_gaps(), takes_missing=False)))
    assert finding.status is Severity.WARNING
    assert finding.remedy == "indicator"
    assert finding.evidence["count"] == 100
    assert finding.evidence["share"] == pytest.approx(0.02)
    assert finding.evidence["row_share"] == pytest.approx(0.1)
    assert finding.evidence["columns"] == ["a"]


def test_gaps_in_categories_have_no_remedy() -> None:
    finding = only("P05", missing_values(material(with_gaps("shop"), takes_missing=False)))
    assert finding.remedy is None


def test_a_full_table_passes_and_trees_are_not_asked() -> None:
    assert only("P05", missing_values(material(table(), takes_missing=False))).status is (
        Severity.PASSED
    )
    assert only("P05", missing_values(material(with_gaps()))).status is Severity.NOT_APPLICABLE


# -- P06 ---------------------------------------------------------------------------------------


def sizes(frame: pd.DataFrame, **more: bool) -> Severity:
    return only("P06", unscaled(material(frame, **{"scale_sensitive": True, **more}))).status


def test_three_columns_times_a_thousand_are_named() -> None:
    frame = table()
    frame[["a", "b", "c"]] *= 1000
    finding = only("P06", unscaled(material(frame, scale_sensitive=True)))
    assert finding.status is Severity.WARNING
    assert finding.remedy == "scale"
    assert set(finding.evidence["columns"]) == {"a", "b", "c"}


def test_one_column_much_wider_than_the_others_is_named() -> None:
    frame = table().assign(wide=lambda f: 25 * f["a"] * f["b"])
    frame[list("abcd")] /= 4
    finding = only("P06", unscaled(material(frame, scale_sensitive=True)))
    assert finding.evidence["columns"] == ["wide"]


def test_ages_and_incomes_as_they_come_are_named() -> None:
    rng = np.random.default_rng(0)
    frame = table().assign(age=rng.integers(18, 80, 600), income=rng.lognormal(10, 1, 600))
    assert sizes(frame) is Severity.WARNING


def test_a_year_is_far_from_zero() -> None:
    assert sizes(table().assign(year=2000 + np.arange(600) % 9)) is Severity.WARNING


def test_columns_that_are_all_tiny_are_named() -> None:
    frame = table()
    frame[list("abcd")] /= 1000
    assert sizes(frame) is Severity.WARNING


def test_harmless_sizes_pass() -> None:
    assert sizes(table()) is Severity.PASSED
    assert sizes(table().assign(grade=np.arange(600) % 6 + 1)) is Severity.PASSED


def test_trees_and_scaled_columns_are_left_alone() -> None:
    frame = table().assign(year=2000 + np.arange(600) % 9)
    assert sizes(frame, scale_sensitive=False) is Severity.NOT_APPLICABLE
    assert sizes(frame, scaled=True) is Severity.PASSED
    assert sizes(frame[["shop", "y"]]) is Severity.NOT_APPLICABLE


# -- P07 ---------------------------------------------------------------------------------------


def priced(odd: str = "ask us", share: float = 0.02) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = table(1000)
    texts = [f"${v:,.0f}" for v in rng.lognormal(7, 1, 1000)]
    frame["price"] = np.where(rng.random(1000) < share, odd, texts)
    return frame


def test_numbers_with_a_currency_sign_are_named_with_the_text_that_is_none() -> None:
    finding = only("P07", numbers_as_text(material(priced())))
    assert finding.status is Severity.WARNING
    assert finding.remedy == "numbers"
    assert finding.evidence["column"] == "price"
    assert finding.evidence["example"] == "ask us"
    assert 0.97 < finding.evidence["share"] < 1


def test_an_example_carries_the_unit_when_all_are_numbers() -> None:
    evidence = only("P07", numbers_as_text(material(priced(share=0)))).evidence
    assert evidence["example"].startswith("$")
    assert evidence["share"] == 1


def test_texts_that_say_unknown_do_not_count_against() -> None:
    assert only("P07", numbers_as_text(material(priced("unknown", 0.4)))).evidence["share"] == 1


def test_each_column_has_its_finding_and_those_read_already_have_none() -> None:
    frame = priced().assign(weight=lambda f: [f"{v:.2f} kg" for v in f["a"]])
    assert set(named("P07", numbers_as_text(material(frame)))) == {"price", "weight"}
    found = numbers_as_text(material(frame, numbers=("price",)))
    assert set(named("P07", found)) == {"weight"}


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param([f"{i % 5} kg" for i in range(1000)], id="few values"),
        pytest.param([f"{i % 300:05d}" for i in range(1000)], id="leading zeros"),
        pytest.param(
            [f"V{i % 30}" if i % 20 == 0 else f"{200 + i % 300}" for i in range(1000)], id="codes"
        ),
        pytest.param([f"name {i % 100}" for i in range(1000)], id="names"),
        pytest.param([f"{i % 12}:30" for i in range(1000)], id="clock times"),
    ],
)
def test_what_only_looks_like_numbers_passes(texts: list[str]) -> None:
    found = numbers_as_text(material(table(1000).assign(text=texts)))
    assert only("P07", found).status is Severity.PASSED


def test_numbers_the_person_calls_categories_stay_so() -> None:
    frame = table(1000).assign(course=np.arange(1000) % 40)
    found = numbers_as_text(material(frame, roles={"categorical": ("course",)}))
    assert only("P07", found).status is Severity.PASSED


def test_without_text_there_are_no_numbers_in_it() -> None:
    found = numbers_as_text(material(table().drop(columns="shop")))
    assert only("P07", found).status is Severity.NOT_APPLICABLE


# -- P08 ---------------------------------------------------------------------------------------


def pairs(frame: pd.DataFrame) -> list[str]:
    finding = only("P08", duplicate_columns(material(frame)))
    assert (finding.status is Severity.PASSED) is (finding.evidence["count"] == 0)
    return list(finding.evidence["pairs"])


def test_equal_columns_other_units_and_other_names_are_pairs() -> None:
    frame = table()
    frame = frame.assign(
        copy=frame["a"],
        feet=frame["b"] * -3.28 + 5,
        code=frame["shop"].map({"north": 7, "south": 1, "east": 4}),
    )
    assert pairs(frame) == ["a = copy", "b = feet", "shop = code"]


def test_ordinary_columns_are_no_pairs() -> None:
    rng = np.random.default_rng(0)
    frame = table().assign(
        id=np.arange(600),
        name=[f"n{i}" for i in rng.permutation(600)],
        nearly=lambda f: f["a"] + 0.001 * rng.normal(size=600),
        flag=rng.random(600) < 0.5,
        same=1,
        none=np.nan,
    )
    assert pairs(frame) == []


def test_numbers_that_are_one_to_one_need_a_line() -> None:
    step = np.random.default_rng(0).integers(0, 9, 600)
    assert pairs(table().assign(step=step, square=step**2)) == []


def test_columns_that_are_missing_in_other_rows_differ() -> None:
    frame = table()
    copy = frame["a"].mask(np.arange(600) % 5 == 0)
    assert pairs(frame.assign(copy=copy)) == []


def test_one_column_has_no_pair() -> None:
    found = duplicate_columns(material(table()[["a", "y"]]))
    assert only("P08", found).status is Severity.NOT_APPLICABLE


# -- P09 ---------------------------------------------------------------------------------------


def other_shops(share: float) -> pd.DataFrame:
    frame = table(1000, 1)
    frame.loc[np.arange(1000) < share * 1000, "shop"] = "new"
    return frame


def test_unknown_categories_of_the_test_part_are_counted() -> None:
    finding = only("P09", unseen_categories(material(table(1000), other_shops(0.05))))
    assert finding.status is Severity.WARNING
    assert finding.evidence["column"] == "shop"
    assert finding.evidence["count"] == 50


def test_unknown_categories_of_the_pool_are_counted() -> None:
    finding = only("P09", unseen_categories(material(table(1000), pool=other_shops(0.03))))
    assert finding.evidence["count"] == 30
    assert finding.evidence["columns"] == ["shop"]


def test_few_unknown_ones_and_gaps_that_training_has_too_pass() -> None:
    assert only("P09", unseen_categories(material(table(1000), other_shops(0.005)))).status is (
        Severity.PASSED
    )
    train, test = table(1000), table(1000, 1)
    for frame in (train, test):
        frame["shop"] = frame["shop"].mask(np.random.default_rng(len(frame)).random(1000) < 0.2)
    assert only("P09", unseen_categories(material(train, test))).evidence["count"] == 0


def test_nothing_to_compare_with_does_not_apply() -> None:
    assert of("P09", unseen_categories(material(table())))[0].status is Severity.NOT_APPLICABLE
    numbers = table(1000).drop(columns="shop")
    assert of("P09", unseen_categories(material(numbers, 0.2)))[0].status is Severity.NOT_APPLICABLE


# -- P12 ---------------------------------------------------------------------------------------


def test_dates_with_a_few_other_texts_are_named_with_the_text_that_is_none() -> None:
    days = pd.date_range("2021-04-01", periods=600).strftime("%Y年%m月%d日").to_numpy(copy=True)
    days[[7, 300]] = "確認中"
    finding = only("P12", dates_as_text(material(table().assign(日付=days))))
    assert finding.status is Severity.WARNING
    assert finding.evidence["column"] == "日付"
    assert finding.evidence["example"] == "確認中"
    assert finding.evidence["distinct"] == 598


@pytest.mark.parametrize("form", ["%Y年%m月%d日", "%d/%m/%Y", "%m/%d/%Y", "%Y.%m.%d"])
def test_dates_alone_are_dates_and_not_text(form: str) -> None:
    frame = table().assign(day=pd.date_range("2021-04-01", periods=600).strftime(form))
    known = material(frame)
    assert only("P12", dates_as_text(known)).status is Severity.PASSED
    assert [when.column for when in times_in(known.dataset)] == ["day"]


# -- numbers and dates as text are no names of rows --------------------------------------------


def prices() -> pd.DataFrame:
    """A column of prices as text that is nearly the target, and one of names."""
    frame = table(1000, kind="regression")
    yen = 50_000_000 + (1000 * frame["y"] + np.arange(1000)).astype(int) * 10
    days = [f"{text}付" for text in ("確認中", "後日")] * 5
    day = pd.date_range("1990-01-01", periods=1000).strftime("%Y/%m/%d").to_list()
    return frame.assign(
        price=[f"{v:,}円" for v in yen],
        listed=[*days, *day[10:]],
        name=[f"building {i * 7919 % 1000}" for i in range(1000)],
    )


def test_numbers_and_dates_as_text_are_not_to_be_dropped() -> None:
    known = material(prices())
    assert set(named("P07", numbers_as_text(known))) == {"price"}
    assert set(named("P12", dates_as_text(known))) == {"listed"}
    (finding,) = of("P02", known.dataset.findings)
    assert finding.evidence["columns"] == ["name"]


def test_numbers_as_text_that_know_the_target_are_no_id() -> None:
    assert "price" not in named("L05", give_away(material(prices())))


def test_serial_numbers_as_text_that_know_the_target_are_an_id() -> None:
    frame = table(1000, kind="regression")
    frame["ticket"] = [f"{v:,}号室" for v in 10_000 + frame["y"].rank(method="first").astype(int)]
    assert set(named("L05", give_away(material(frame)))) == {"ticket"}
