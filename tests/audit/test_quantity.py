"""D06, D09-D11: conflicting rows, too few, too many, one source."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from measured_worlds import only, table, unmeasured

from advisor.audit import quantity
from advisor.audit.quantity import conflicting, is_source, one_source, too_few, too_many
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.languages import LANGUAGES
from advisor.report.findings import finding_words
from advisor.report.locale import catalog
from advisor.types import Severity, Task


def test_equal_rows_with_other_classes_leave_a_floor() -> None:
    x = np.repeat(np.arange(100.0), 10)
    y = np.tile([0] * 9 + [1], 100)  # each group: nine to one
    finding = only(
        conflicting(unmeasured(table({"x": x}, y, Task.BINARY))), "D06", Severity.WARNING
    )
    entropy = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert finding.evidence["floor"] == pytest.approx(entropy)
    assert finding.evidence["naive"] == pytest.approx(entropy)
    assert finding.evidence["count"] == 1000
    assert finding.evidence["metric"] == "log_loss"


def test_equal_rows_with_other_numbers_leave_a_floor() -> None:
    x = np.repeat(np.arange(500.0), 2)
    y = x + np.tile([-1.0, 1.0], 500)
    finding = only(
        conflicting(unmeasured(table({"x": x}, y, Task.REGRESSION))), "D06", Severity.WARNING
    )
    assert finding.evidence["floor"] == pytest.approx(1.0)
    assert finding.evidence["naive"] == pytest.approx(y.std())


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_copies_with_the_same_target_do_not_conflict(task: Task) -> None:
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=200), 2)
    y = np.repeat(rng.integers(0, 2, 200) if task is Task.BINARY else rng.normal(size=200), 2)
    finding = only(conflicting(unmeasured(table({"x": x}, y, task))), "D06", Severity.PASSED)
    assert finding.evidence["count"] == 0
    assert finding.evidence["floor"] == pytest.approx(0)


def test_a_single_conflict_in_many_rows_passes() -> None:
    x = np.arange(1000.0)
    x[1] = x[0]
    y = np.arange(1000) % 2
    finding = only(conflicting(unmeasured(table({"x": x}, y, Task.BINARY))), "D06", Severity.PASSED)
    assert finding.evidence["count"] == 2


@pytest.mark.parametrize(
    ("rows", "columns", "task", "status"),
    [
        (150, 2, Task.REGRESSION, Severity.WARNING),  # below 200
        (250, 30, Task.REGRESSION, Severity.WARNING),  # below ten a column
        (250, 20, Task.REGRESSION, Severity.PASSED),
        (400, 2, Task.BINARY, Severity.PASSED),
    ],
)
def test_few_rows_are_counted(rows: int, columns: int, task: Task, status: Severity) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, rows) if task is Task.BINARY else rng.normal(size=rows)
    data = table({f"x{i}": rng.normal(size=rows) for i in range(columns)}, y, task)
    only(too_few(unmeasured(data)), "D09", status)


def test_a_rare_class_is_few_rows_too() -> None:
    y = np.repeat(["a", "b"], [960, 40])
    data = table({"x": np.arange(1000.0)}, y, Task.BINARY)
    finding = only(too_few(unmeasured(data)), "D09", Severity.WARNING)
    assert finding.evidence["rarest"] == "b"
    assert finding.evidence["rarest_rows"] == 40


def test_a_category_counts_for_ten_columns_at_most() -> None:
    rng = np.random.default_rng(0)
    city = [f"city {i}" for i in rng.integers(0, 80, 300)]
    kind = rng.choice(["a", "b", "c"], 300)
    data = table({"city": city, "kind": kind, "x": 1.5}, rng.normal(size=300), Task.REGRESSION)
    finding = only(too_few(unmeasured(data)), "D09", Severity.PASSED)
    assert finding.evidence["columns"] == 10 + 3 + 1
    said = finding_words(catalog("en"), finding).text
    assert "3 features (14 columns once categories are taken apart" in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_numbers_to_predict_no_class_is_said_to_be_rare(lang: str) -> None:
    y = np.random.default_rng(0).normal(size=150)
    data = table({"x": np.arange(150.0)}, y, Task.REGRESSION)
    said = finding_words(catalog(lang), only(too_few(unmeasured(data)), "D09", Severity.WARNING))
    assert "150" in said.text
    assert catalog(lang).unit("none") not in said.text
    assert "50 " not in said.text.replace("150 ", "")


@pytest.mark.parametrize(
    ("distinct", "many", "status"),
    [
        (300, 900, Severity.WARNING),
        (800, 900, Severity.PASSED),
        (300, 200_000, Severity.PASSED),
    ],
)
def test_many_copies_are_too_many_rows(
    distinct: int, many: int, status: Severity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantity, "MANY_ROWS", many)
    rng = np.random.default_rng(0)
    own = np.concatenate([np.arange(distinct), rng.integers(0, distinct, 1000 - distinct)])
    data = table({"x": own.astype(float)}, own * 2.0, Task.REGRESSION)
    finding = only(too_many(unmeasured(data)), "D10", status)
    if status is Severity.WARNING:
        assert finding.evidence["share"] == pytest.approx(0.7)


def test_a_source_that_dominates_is_named() -> None:
    rng = np.random.default_rng(0)
    site = np.array(["one"] * 950 + ["two"] * 20 + ["three"] * 20 + ["four"] * 10)
    frame = pd.DataFrame({"site_id": site, "x": rng.normal(size=1000), "y": rng.normal(size=1000)})
    roles = Roles(target="y")
    data = build(frame, roles, task=Task.REGRESSION, test=False)
    finding = only(one_source(unmeasured(data)), "D11", Severity.WARNING)
    assert finding.evidence["column"] == "site_id"
    assert finding.evidence["value"] == "one"
    assert finding.evidence["others"] == 3
    other = build(
        frame.rename(columns={"site_id": "kind"}), roles, task=Task.REGRESSION, test=False
    )
    only(one_source(unmeasured(other)), "D11", Severity.NOT_APPLICABLE)
    two = frame.assign(site_id=np.where(site == "one", "one", "two"))
    even = build(two, roles, task=Task.REGRESSION, test=False)
    only(one_source(unmeasured(even)), "D11", Severity.PASSED)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("store", True),
        ("Store_ID", True),
        ("hospitalCode", True),
        ("native_country", True),
        ("regions", True),
        ("website", False),
        ("opposite", False),
        ("restored", False),
        ("age", False),
    ],
)
def test_a_source_is_a_word_of_the_name(name: str, source: bool) -> None:
    assert is_source(name) is source
