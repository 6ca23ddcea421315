"""The target: guessed when it is plain, refused with numbers when it cannot be used."""

import numpy as np
import pandas as pd
import pytest

from advisor.data.targets import encode_target, guess_task, present, read_target
from advisor.errors import DataError
from advisor.report.locale import catalog
from advisor.types import Task

BINARY, MULTICLASS, REGRESSION = Task.BINARY, Task.MULTICLASS, Task.REGRESSION


def target(values, **kwargs):
    return pd.Series(values, name="y", **kwargs)


def refused(values, task=None):
    with pytest.raises(DataError) as caught:
        read_target(target(values), task)
    return caught.value


def test_blanks_around_a_label_make_no_class_of_its_own():
    y = target(["yes ", "no", "yes", "\tno", None, " "] * 9)
    assert guess_task(y) is BINARY
    assert present(y).tolist() == [True, True, True, True, False, False] * 9
    known = read_target(y[present(y)])
    assert known.classes == ("no", "yes")
    assert known.values[:4].tolist() == [1, 0, 1, 0]
    assert encode_target(target(["no ", "yes"]), known.classes, BINARY).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["no", "yes"] * 20, BINARY),
        ([0, 1] * 20, BINARY),
        ([0.0, 1.0, np.nan] * 20, BINARY),
        ([True, False] * 20, BINARY),
        (["a", "b", "c"] * 20, MULTICLASS),
        (pd.Categorical([1, 2, 3] * 20), MULTICLASS),
        ([1, 2, 3] * 20, MULTICLASS),
        ([1.0, 2.0, 3.0] * 20, MULTICLASS),
        ([1, 2, 3] * 2, REGRESSION),  # too few rows to tell
        (list(range(21)) * 50, REGRESSION),
        ([1.0, 2.5, 3.0] * 20, REGRESSION),
        (pd.Series([1, 2.5, 7] * 20, dtype=object), REGRESSION),
    ],
)
def test_guess(values, task):
    assert guess_task(target(values)) is task


def test_guess_needs_values():
    with pytest.raises(DataError, match="target_all_missing"):
        guess_task(target([None, np.nan]))


def test_rows_without_a_target():
    assert present(target(["a", "", None])).tolist() == [True, False, False]
    assert present(target([1.0, np.nan])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("values", "classes", "codes"),
    [
        (["yes", "no", "yes"], ("no", "yes"), [1, 0, 1]),
        ([True, False], ("False", "True"), [1, 0]),
        ([10.0, 9.0], ("9", "10"), [1, 0]),  # by number, not by text
        (["い", "あ"], ("あ", "い"), [1, 0]),
    ],
)
def test_classes_have_an_order_of_their_own(values, classes, codes):
    read = read_target(target(values))
    assert (read.classes, read.task) == (classes, BINARY)
    assert read.values.tolist() == codes
    assert read.values.dtype == np.int64
    assert read.codes(np.array([0])).tolist() == codes[:1]


def test_regression_values():
    read = read_target(target([3, 1, 2]), REGRESSION)
    assert read.values.tolist() == [3.0, 1.0, 2.0]
    assert read.values.dtype == np.float64
    assert (read.classes, read.codes(np.arange(2))) == ((), None)
    assert read_target(target(["1.5", "2"]), REGRESSION).values.tolist() == [1.5, 2.0]
    assert read_target(target([True, False]), REGRESSION).values.tolist() == [1.0, 0.0]


def test_the_persons_word_beats_the_guess():
    assert read_target(target(list(range(30))), MULTICLASS).classes[9:11] == ("9", "10")
    assert read_target(target([0, 1] * 20), REGRESSION).task is REGRESSION


@pytest.mark.parametrize(
    ("values", "task", "code", "hint"),
    [
        ([7, 7], None, "target_constant", None),
        ([1.0, np.inf, 2.0], None, "target_infinite", None),
        ([1.0, -np.inf], BINARY, "target_infinite", None),
        (["low", "high"], REGRESSION, "target_not_numeric", None),
        (["a", "b", "c"], BINARY, "target_not_binary", "task: multiclass"),
        ([0.5, 1.5, 2.5], BINARY, "target_not_classes", "task: regression"),
        ([0, 1], MULTICLASS, "target_two_classes", "task: binary"),
        ([0.5, 1.5, 2.5], MULTICLASS, "target_not_classes", "task: regression"),
        (list(range(201)), MULTICLASS, "target_many_classes", "task: regression"),
        ([f"id{i}" for i in range(201)], None, "target_many_classes", None),
        ([str(i) for i in range(300)] + ["n.a."], None, "target_not_numeric", None),
        (pd.date_range("2024", periods=9), None, "target_is_date", None),
        (pd.date_range("2024", periods=9), REGRESSION, "target_is_date", None),
    ],
)
def test_targets_that_cannot_be_used(values, task, code, hint):
    error = refused(values, task)
    assert (error.code, error.hint) == (code, hint)


def test_the_first_wrong_value_is_named_with_its_row_in_the_table():
    y = target(["1", "oops", "2"], index=[0, 5, 9])
    with pytest.raises(DataError) as caught:
        read_target(y, REGRESSION)
    assert (caught.value.values["value"], caught.value.values["row"]) == ("oops", 6)


def test_more_rows_use_the_same_codes():
    assert encode_target(target([2.0, 1.0]), ("1", "2"), BINARY).tolist() == [1, 0]
    assert encode_target(target([2, 1]), (), REGRESSION).tolist() == [2.0, 1.0]
    with pytest.raises(DataError) as caught:
        encode_target(target(["1", "x"]), ("1", "2"), BINARY)
    assert caught.value.values["classes"] == "x"


PRICES = [f"{355_000 + 100 * i:,}" for i in range(300)]


@pytest.mark.parametrize(
    "values",
    [
        PRICES,
        [f"${p}" for p in PRICES],
        [f"{p}円" for p in PRICES],
        [f"{i},5" for i in range(300)],
    ],
)
def test_numbers_written_as_text_are_read_as_numbers(values):
    assert guess_task(target(values)) is REGRESSION
    for task in (None, REGRESSION):
        read = read_target(target(values), task)
        assert (read.task, read.classes, read.written) == (REGRESSION, (), values[0])
        assert np.diff(read.values) == pytest.approx(1 if values[0] == "0,5" else 100)
    assert read_target(target(PRICES)).values[0] == 355_000


@pytest.mark.parametrize(
    "values",
    [
        [f"{i},000" for i in range(1, 15)] * 20,  # few of them
        [f"V{i}" for i in range(30)] * 20,
        [f"{i:02d}" for i in range(30)] * 20,  # codes
        [*(f"{i},000" for i in range(1, 31)), "other"] * 20,
        pd.Categorical(PRICES[:30] * 20),
    ],
)
def test_texts_that_are_classes_stay_classes(values):
    assert guess_task(target(values)) is MULTICLASS


def test_the_person_may_call_numbers_in_text_classes():
    assert read_target(target(PRICES[:30] * 20), MULTICLASS).task is MULTICLASS


def test_a_slip_among_numbers_as_text_is_named_with_the_way_out():
    error = refused([*PRICES, "sold out"])
    assert error.code == "target_not_numeric"
    assert (error.values["value"], error.values["row"], error.values["count"]) == (
        "sold out",
        301,
        1,
    )
    said = catalog("en").say(f"errors.{error.code}", **error.values)
    assert "leave them empty" in said
    assert "multiclass" in said


def test_more_rows_are_read_as_the_first_ones_or_not_at_all():
    first = target(PRICES)
    assert encode_target(target(["1,200"]), (), REGRESSION, first).tolist() == [1200.0]
    assert encode_target(target([1200]), (), REGRESSION, first).tolist() == [1200.0]
    assert encode_target(target(["1,200"]), (), REGRESSION, target([1.0, 2.0])).tolist() == [1200.0]
    with pytest.raises(DataError, match="target_not_numeric"):
        encode_target(target(["1.200,5"]), (), REGRESSION, first)
