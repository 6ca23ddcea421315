from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.report.draw.axes import Scale, linear_ticks, log_ticks, spanning, tick_labels

reals = st.floats(-1e12, 1e12, allow_nan=False).filter(lambda v: v == 0 or abs(v) > 1e-12)
positive = st.floats(1e-9, 1e12)


@given(reals, st.floats(1e-6, 1e12))
def test_linear_ticks_are_few_increase_and_lie_within_the_range(low: float, width: float) -> None:
    high = low + width
    if not high > low + 1e-9 * abs(low):
        return
    ticks = linear_ticks(low, high)
    assert 2 <= len(ticks) <= 12
    assert ticks == sorted(set(ticks))
    assert low <= ticks[0]
    assert ticks[-1] <= high


@given(positive, st.floats(1.01, 1e12))
def test_log_ticks_are_few_increase_and_lie_within_the_range(low: float, times: float) -> None:
    ticks = log_ticks(low, low * times)
    assert 2 <= len(ticks) <= 14
    assert ticks == sorted(set(ticks))
    assert low * (1 - 1e-8) <= ticks[0]
    assert ticks[-1] <= low * times * (1 + 1e-8)


@example(values=[8.888888888888889e307], log=False)
@example(values=[-1.7e308], log=False)
@example(values=[1.7e308, -1.7e308], log=False)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=8), st.booleans())
def test_every_finite_number_has_its_place_on_a_scale(values: list[float], log: bool) -> None:
    scale = spanning(values, 40, 380, log=log)
    for value in values:
        if math.isfinite(value) and (value > 0 or not log):
            assert 40 - 1e-6 <= scale(value) <= 380 + 1e-6
    assert len(scale.ticks()) >= 2


@given(st.lists(reals, min_size=2, max_size=8, unique=True))
def test_a_larger_number_lies_further_along(values: list[float]) -> None:
    scale = spanning(values, 0, 400)
    places = [scale(v) for v in sorted(values)]
    assert places == sorted(places)


@given(st.lists(reals, min_size=1, max_size=8))
def test_ticks_have_a_label_each_that_tells_them_apart(values: list[float]) -> None:
    ticks = spanning(values, 0, 400).ticks()
    labels = tick_labels(ticks, ",")
    assert len(labels) == len(ticks)


@pytest.mark.parametrize(
    ("ticks", "labels"),
    [
        ([0.0, 0.25, 0.5], ["0.00", "0.25", "0.50"]),
        ([0.0, 2.5, 5.0], ["0.0", "2.5", "5.0"]),
        ([10.0, 20.0], ["10", "20"]),
        ([1000.0, 2000.0, 3000.0], ["1,000", "2,000", "3,000"]),
        ([0.01, 0.1, 1.0], ["0.01", "0.1", "1"]),
        ([1e6, 2e6], ["1e6", "2e6"]),
        ([1e-7, 2e-7], ["1e-7", "2e-7"]),
    ],
)
def test_labels_have_as_many_decimals_as_the_steps_need(
    ticks: list[float], labels: list[str]
) -> None:
    assert tick_labels(ticks, ",") == labels


def test_a_scale_without_an_extent_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="low < high"):
        Scale(1.0, 1.0, 0, 1)
    with pytest.raises(ValueError, match="above 0 on a log scale"):
        Scale(0.0, 1.0, 0, 1, log=True)


def test_a_range_of_decades_gets_powers_of_ten() -> None:
    assert log_ticks(0.002, 20) == pytest.approx([0.01, 0.1, 1, 10])
    assert log_ticks(0.05, 0.4) == pytest.approx([0.05, 0.1, 0.2])
