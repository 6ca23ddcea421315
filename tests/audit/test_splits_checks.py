"""Groups and time that folds at random ignore, and classes with too few rows in a fold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from leak_worlds import material, of, only, table, with_baseline

from advisor.audit.apart import kept_apart
from advisor.audit.grouping import groups_in
from advisor.audit.splits import groups, rare_in_folds, time_order
from advisor.audit.timing import times_in
from advisor.report.findings import finding_words
from advisor.report.locale import catalog
from advisor.types import Severity


def patients(count: int = 300, visits: int = 4, seed: int = 0, effect: float = 3.0) -> pd.DataFrame:
    """Rows of one patient agree in sex, age and town, and in half of what decides the target."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(count), visits)
    own = pd.DataFrame(
        {
            "patient": rng.permutation(100_000)[:count],
            "sex": rng.choice(["f", "m"], count),
            "age": rng.integers(20, 90, count),
            "town": rng.choice(list("abcdefgh"), count),
        }
    ).iloc[who]
    frame = own.reset_index(drop=True)
    frame["pressure"] = rng.normal(size=len(frame))
    taste = rng.normal(size=count)[who]
    frame["y"] = frame["pressure"] + effect * taste + 0.3 * rng.normal(size=len(frame))
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


def days(rows: int = 900, drift: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """A target that wanders from day to day."""
    rng = np.random.default_rng(seed)
    frame = table(rows, seed, "regression")
    walk = np.cumsum(rng.normal(size=rows)) * drift
    frame["day"] = pd.date_range("2024-01-01", periods=rows).astype(str)
    frame["y"] = frame["y"] / 100 + walk
    return frame


# -- S01 ---------------------------------------------------------------------------------------


def test_a_patient_column_is_found_and_measured() -> None:
    finding = only("S01", groups(with_baseline(material(patients()))))
    assert finding.status is Severity.WARNING
    assert finding.points_to == "splits"
    evidence = finding.evidence
    assert evidence["column"] == "patient"
    assert {"sex", "age", "town"} <= set(evidence["alike"])
    assert evidence["metric"] == "rmse"
    assert evidence["apart"] > evidence["random"] + 2 * evidence["se"]


def test_a_declared_group_passes() -> None:
    known = with_baseline(material(patients(), roles={"groups": "patient"}))
    finding = only("S01", groups(known))
    assert finding.status is Severity.PASSED
    assert finding.evidence["declared"]


def test_with_time_declared_groups_do_not_apply() -> None:
    known = material(days(), roles={"time": "day"})
    assert only("S01", groups(known)).status is Severity.NOT_APPLICABLE


def test_an_ordinary_table_has_no_group() -> None:
    frame = table(1000)
    rng = np.random.default_rng(0)
    frame["income"] = np.round(50_000 + 8_000 * frame["a"] + 500 * rng.normal(size=1000), -2)
    finding = only("S01", groups(with_baseline(material(frame))))
    assert finding.status is Severity.PASSED
    assert finding.evidence["column"] is None


def test_a_measurement_whose_neighbours_are_as_much_alike_is_no_group() -> None:
    rng = np.random.default_rng(0)
    size = rng.integers(100, 400, 3000)
    frame = pd.DataFrame({"size": size, "width": size // 20, "height": size // 30})
    frame["y"] = size + rng.normal(size=3000)
    known = material(frame)
    assert groups_in(known.dataset, known.dataset.train, 0) == []


def test_text_ids_are_groups_too() -> None:
    frame = patients()
    frame["patient"] = "p" + frame["patient"].astype(str)
    known = material(frame)
    assert groups_in(known.dataset, known.dataset.train, 0)[0].column == "patient"


def test_rows_without_an_id_are_groups_of_their_own() -> None:
    frame = patients().astype({"patient": float})
    frame.loc[:99, "patient"] = np.nan
    known = material(frame)
    codes = groups_in(known.dataset, known.dataset.train, 0)[0].codes
    assert len(set(codes[:100])) == 100


def test_a_group_that_makes_no_difference_and_is_weak_only_passes_by_name() -> None:
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(400), 3)
    frame = pd.DataFrame({"agent": rng.permutation(9000)[:400][who]})
    frame["branch"], frame["region"] = who % 20, (who % 20) // 4
    for name in "abcdefgh":
        frame[name] = rng.normal(size=len(who)) + 0.4 * rng.normal(size=400)[who]
    frame["y"] = frame["a"] + rng.normal(size=len(who))
    finding = only("S01", groups(with_baseline(material(frame))))
    assert finding.status is Severity.PASSED
    assert finding.evidence["column"] in ("agent", None)


# -- S02 ---------------------------------------------------------------------------------------


def test_a_wandering_target_is_found_by_its_dates() -> None:
    finding = only("S02", time_order(with_baseline(material(days(drift=1.0)))))
    assert finding.status is Severity.WARNING
    assert finding.evidence["column"] == "day"
    assert finding.evidence["apart"] > finding.evidence["random"]


def test_dates_that_do_not_matter_pass_by_name() -> None:
    finding = only("S02", time_order(with_baseline(material(days()))))
    assert finding.status is Severity.PASSED
    assert finding.evidence["column"] == "day"
    assert finding.evidence["difference"] is not None


def test_declared_time_passes() -> None:
    known = material(days(), roles={"time": "day"})
    assert only("S02", time_order(known)).evidence["declared"]


def test_without_a_date_there_is_no_time() -> None:
    assert only("S02", time_order(material(table()))).status is Severity.NOT_APPLICABLE


def test_with_groups_declared_time_does_not_apply() -> None:
    known = material(patients(), roles={"groups": "patient"})
    assert only("S02", time_order(known)).status is Severity.NOT_APPLICABLE


def test_dates_with_gaps_are_judged_by_drift_alone() -> None:
    frame = days(drift=1.0)
    frame.loc[::7, "day"] = None
    finding = only("S02", time_order(with_baseline(material(frame))))
    assert finding.evidence["difference"] is None
    assert finding.status is Severity.WARNING


@pytest.mark.parametrize(
    ("name", "values", "is_time"),
    [
        ("year", np.arange(300) // 30 + 2010, True),
        ("Year", np.arange(300) // 30 + 2010, True),
        ("saleYear", np.arange(300) // 30 + 2010, True),
        ("YearBuilt", np.arange(300) // 30 + 1950, False),
        ("birth_year", np.arange(300) // 30 + 1950, False),
        ("order_date", 20240000 + np.arange(300) // 30 * 100 + 101, True),
        ("timestamp", 1_700_000_000 + np.arange(300) * 60, True),
        ("Time", np.arange(300), True),
        ("time_in_hospital", np.arange(300) % 14, False),
        ("years", np.arange(300) % 40, False),
        ("year", np.arange(300) % 40, False),
        ("amount", np.arange(300) + 2000, False),
    ],
)
def test_which_numbers_are_times(name: str, values: np.ndarray, is_time: bool) -> None:
    known = material(table(300).assign(**{name: values}))
    assert bool(times_in(known.dataset)) is is_time


def test_nothing_is_measured_without_a_baseline_or_with_too_few_values() -> None:
    known = material(days())
    time = np.arange(len(known.dataset.y))
    assert kept_apart(known, time=time) is None
    assert kept_apart(with_baseline(known), time=time // 500) is None


# -- S03 ---------------------------------------------------------------------------------------


def test_a_class_with_a_handful_of_rows_in_a_fold_is_named() -> None:
    frame = table(600)
    frame.loc[:29, "y"] = "maybe"
    finding = only("S03", rare_in_folds(material(frame)))
    assert finding.status is Severity.WARNING
    assert finding.evidence["class"] == "maybe"
    assert finding.evidence["rows"] == 6
    assert finding.evidence["classes"] == ["maybe"]


@pytest.mark.parametrize(
    ("rows", "said"), [(5, "a single row of class maybe"), (10, "only 2 rows of class maybe")]
)
def test_one_row_is_a_row(rows: int, said: str) -> None:
    frame = table(600)
    frame.loc[: rows - 1, "y"] = "maybe"
    finding = only("S03", rare_in_folds(material(frame)))
    assert said in finding_words(catalog("en"), finding).text


def test_classes_with_enough_rows_pass() -> None:
    assert only("S03", rare_in_folds(material(table()))).status is Severity.PASSED


def test_a_number_has_no_classes() -> None:
    found = rare_in_folds(material(table(kind="regression")))
    assert of("S03", found)[0].status is Severity.NOT_APPLICABLE
