"""Text that is a number, and text that only looks like one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.data.number_text import is_missing_text, numbers_in

READ = [
    (["1,234", "12,345,678.5"], [1234, 12345678.5]),
    (["1 234", "1\u202f234\u00a0567"], [1234, 1234567]),
    (["1'234", "1’234.5"], [1234, 1234.5]),
    (["1.234,56", "2,5"], [1234.56, 2.5]),
    (["1.234.567"], [1234567]),
    (["1.234", "2.345"], [1.234, 2.345]),
    (["₹1,23,456"], [123456]),
    (["$12", "$1,200.50", "-$3", "$-4", "($5)"], [12, 1200.5, -3, -4, -5]),
    (["USD 12", "12 USD"], [12, 12]),
    (["45%", "12 %", "٪"], [45, 12, np.nan]),
    (["(12)", "-3", "+4", "\u22125", "(1,234.5)"], [-12, -3, 4, -5, -1234.5]),
    (["1e5", "6.02E23", "-1.5e-3"], [1e5, 6.02e23, -1.5e-3]),
    (["１２", "３．５", "－７"], [12, 3.5, -7]),
    (["￥1,200", "￥３００"], [1200, 300]),
    (["３歳", "4歳"], [3, 4]),
    (["12 kg", "3kg", "5"], [12, 3, 5]),
    (["3.5h", "2h"], [3.5, 2]),
    (["1 year", "2 years"], [1, 2]),
    (["25 °C", "3 ℃"], [25, 3]),
    (["5 km/h", "7.5 km/h"], [5, 7.5]),
    (["5 m²", "3 m2"], [5, 3]),
    ([".5", "5.", " 7 "], [0.5, 5, 7]),
    (["12k", "3k"], [12, 3]),
]
NO_NUMBERS = [
    *["?", "-", "n/a", "NA", "none", "unknown", "", "nan", "inf", "."],
    *["2024-01-31", "01/02/2024", "31.12.2024", "2024-01", "12:30", "20240131", "12 Jan", "3pm"],
    *["1.2.3", "v1.2", "192.168.1.1", "192.168.100.101"],
    *["555-1234", "03-1234-5678", "+81 90 1234 5678", "+49 170 123 456", "+4915112345678"],
    *["007", "00123", "0x1F", "12345678901234567890", "A12", "1st", "10-20", "1/2", "50+"],
    *["[0-10)", "1,2,3", "12 34", "(12", "-(12)", "--5", "1e400", "12 Main Street", "1e5e3"],
]


@pytest.mark.parametrize(("texts", "values"), READ)
def test_ways_to_write_a_number(texts: list[str], values: list[float]) -> None:
    np.testing.assert_allclose(numbers_in(texts), values)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number(text: str) -> None:
    assert math.isnan(numbers_in([text])[0])


def test_a_decimal_comma_is_read_only_when_no_text_speaks_against_it() -> None:
    np.testing.assert_allclose(numbers_in(["0,5", "1,234"]), [0.5, 1.234])
    np.testing.assert_allclose(numbers_in(["0,5", "1.5", "1,234"]), [np.nan, 1.5, 1234])


def test_one_id_with_a_leading_zero_makes_its_width_a_code() -> None:
    np.testing.assert_allclose(numbers_in(["02134", "10001", "7"]), [np.nan, np.nan, 7])


def test_only_the_commonest_unit_is_read() -> None:
    np.testing.assert_allclose(numbers_in(["12 kg", "3 kg", "4 g", "5"]), [12, 3, np.nan, 5])


def test_a_magnitude_does_not_mix_with_bare_numbers() -> None:
    np.testing.assert_allclose(numbers_in(["12k", "3k", "350"]), [12, 3, np.nan])
    np.testing.assert_allclose(numbers_in(["12k", "3", "350"]), [np.nan, 3, 350])


def test_missing_texts_are_told_from_others() -> None:
    assert all(map(is_missing_text, ["?", " N/A ", "Unknown", "", "不明", "－"]))
    assert not any(map(is_missing_text, ["0", "no", "other"]))


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)


@given(st.lists(NUMBERS, min_size=1))
def test_what_python_writes_is_read_exactly(values: list[float]) -> None:
    np.testing.assert_array_equal(numbers_in([repr(v) for v in values]), values)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1), st.sampled_from(",_ '"))
def test_thousands_separators(values: list[int], separator: str) -> None:
    separator = separator.replace("_", "\u2009")
    texts = [f"{v:,}".replace(",", separator) for v in values]
    np.testing.assert_array_equal(numbers_in(texts), values)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1))
def test_european_numbers_with_two_decimals(cents: list[int]) -> None:
    texts = [f"{c / 100:,.2f}".translate(str.maketrans(".,", ",.")) for c in cents]
    np.testing.assert_allclose(numbers_in(texts), np.array(cents) / 100)


@given(
    st.lists(st.integers(0, 10**9), min_size=1),
    st.sampled_from(["{} kg", "${}", "{}%", "{} EUR", "€{}", "{}h", "{} km/h", "{}円"]),
)
def test_a_unit_changes_no_value(values: list[int], form: str) -> None:
    np.testing.assert_array_equal(numbers_in([form.format(v) for v in values]), values)


@given(st.lists(st.text(max_size=12)))
def test_any_text_is_answered_with_finite_numbers_or_nan(texts: list[str]) -> None:
    values = numbers_in(texts)
    assert values.shape == (len(texts),)
    assert values.dtype == np.float64
    assert not np.isinf(values).any()


@given(st.lists(st.sampled_from(["1,5", "2", "7 kg", "8 g", "x", "003", "1.234"]), min_size=1))
def test_the_order_of_the_texts_does_not_matter(texts: list[str]) -> None:
    np.testing.assert_array_equal(numbers_in(texts[::-1]), numbers_in(texts)[::-1])


@given(st.dates())
def test_dates_are_no_numbers(day: object) -> None:
    assert np.isnan(numbers_in([str(day), str(day).replace("-", "/")])).all()
