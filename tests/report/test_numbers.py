from __future__ import annotations

import doctest
import math

from hypothesis import given
from hypothesis import strategies as st

from advisor.report import numbers
from advisor.report.phrases import places_of

REAL = st.floats(allow_nan=False, allow_infinity=False, width=32)


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(numbers).failed == 0


@given(st.lists(REAL, min_size=2, max_size=4))
def test_numbers_side_by_side_have_equal_decimals(values: list[float]) -> None:
    places = numbers.places_for(values)
    shown = [numbers.fixed(v, places) for v in values]
    assert len({len(s.partition(".")[2]) for s in shown if "e" not in s}) <= 1


@given(REAL.filter(lambda v: 1e-6 < abs(v) < 1e9))
def test_four_digits_are_kept(value: float) -> None:
    shown = numbers.fixed(value, numbers.places_for([value])).replace(",", "")
    assert math.isclose(float(shown), value, rel_tol=6e-4)


@given(REAL)
def test_zero_never_has_a_minus(value: float) -> None:
    shown = numbers.fixed(value, 3, sign=True)
    assert not (shown.startswith("-") and float(shown.replace(",", "")) == 0)


def test_what_is_no_number_is_said_so() -> None:
    assert numbers.fixed(math.nan, 3) == "n/a"
    assert numbers.fixed(math.inf, 3, sign=True) == "+inf"
    assert numbers.percent(math.nan) == "n/a"
    assert numbers.duration(math.inf, {}) == "n/a"


def test_parameters_stand_as_in_a_config() -> None:
    shown = [numbers.plain(v) for v in (1e-05, "1e-3", [1, 0.5], False, 6.2999999999999998)]
    assert shown == ["1e-05", "1e-3", "[1, 0.5]", "false", "6.3"]


def test_rounding_beside_a_score_asks_for_no_decimals() -> None:
    assert places_of(0.9996, [6.9e-19]) == places_of(0.9996, [])
    assert places_of(1e-12, [3e-14]) > places_of(1.0, [])
