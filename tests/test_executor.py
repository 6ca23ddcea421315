"""Units of work: all are run, none twice, and an early end stops the rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from advisor.executor import ThreadExecutor, cores


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_every_unit_is_run_once_and_comes_with_its_index(workers: int, count: int) -> None:
    ran: list[int] = []

    def unit(index: int) -> Iterator[int]:
        ran.append(index)
        yield index * 10

    units = [lambda threads, i=i: unit(i) for i in range(count)]
    results = list(ThreadExecutor(workers).run(units))
    assert sorted(results) == [(i, i * 10) for i in range(count)]
    assert sorted(ran) == list(range(count))


@pytest.mark.parametrize(
    ("workers", "units", "threads"), [(8, 1, 8), (8, 2, 4), (8, 3, 2), (8, 20, 1), (1, 5, 1)]
)
def test_idle_cores_are_given_to_the_units(workers: int, units: int, threads: int) -> None:
    told = [result for _, result in ThreadExecutor(workers).run([lambda n: iter([n])] * units)]
    assert told == [threads] * units


def test_no_more_units_run_at_a_time_than_workers() -> None:
    lock, running, most = threading.Lock(), 0, 0

    def unit(_: int) -> Iterator[None]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        with lock:
            running -= 1
        yield

    list(ThreadExecutor(3).run([unit] * 12))
    assert most == 3


def test_a_result_comes_as_soon_as_it_is_there() -> None:
    gate = threading.Event()

    def slow(_: int) -> Iterator[str]:
        yield "first"
        assert gate.wait(10)
        yield "slow"

    results = ThreadExecutor(2).run([slow, lambda _: iter(["fast"])])
    assert {next(results), next(results)} == {(0, "first"), (1, "fast")}
    gate.set()
    assert list(results) == [(0, "slow")]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_unit_may_have_several_results_or_none(workers: int) -> None:
    units = [lambda threads, i=i: iter(range(i)) for i in range(4)]
    results = list(ThreadExecutor(workers).run(units))
    assert sorted(results) == [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_unit_reaches_the_caller(workers: int) -> None:
    def broken(_: int) -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(ThreadExecutor(workers).run([broken, broken]))


def test_an_early_end_cancels_what_has_not_begun() -> None:
    cancelled, begun = threading.Event(), []

    def unit(index: int) -> Iterator[None]:
        begun.append(index)
        if index == 1:
            assert cancelled.wait(10)  # it would run on for ever if nobody told it to stop
        yield

    units = [lambda threads, i=i: unit(i) for i in range(50)]
    results = ThreadExecutor(2, cancel=cancelled.set).run(units)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert cancelled.is_set()
    assert len(begun) < 50


def test_a_whole_run_cancels_nothing() -> None:
    cancelled = threading.Event()
    list(ThreadExecutor(2, cancel=cancelled.set).run([lambda _: iter([None])] * 4))
    assert not cancelled.is_set()


def test_all_cores_are_used_when_nothing_is_said() -> None:
    assert ThreadExecutor().workers == cores() >= 1
