"""Run units of work: threads here.

A unit is a callable that takes the number of threads it may use itself and yields its results, one
or several.  They come back in the order of completion with the unit's index; nothing about a result
may depend on that order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Protocol, TypeVar

T = TypeVar("T")
Unit = Callable[[int], Iterator[T]]


class Executor(Protocol):
    """Where units of work run.

    Attributes:
        workers: units that run side by side.
    """

    workers: int

    def run(self, units: Sequence[Unit[T]]) -> Iterator[tuple[int, T]]:
        """Run all units; yield (index, result) as soon as a result is there."""
        ...


def cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ThreadExecutor:
    """Threads of this process: the libraries that fit release the interpreter lock.

    Args:
        workers: units that run at a time; all cores when None.
        cancel: called when a run ends early (Ctrl-C), so that running units can stop soon.
    """

    def __init__(
        self, workers: int | None = None, cancel: Callable[[], None] | None = None
    ) -> None:
        self.workers = workers or cores()
        self._cancel = cancel

    def run(self, units: Sequence[Unit[T]]) -> Iterator[tuple[int, T]]:
        if not units:
            return
        side_by_side = min(self.workers, len(units))
        threads = max(1, self.workers // side_by_side)
        if side_by_side == 1:
            for index, unit in enumerate(units):
                for result in unit(threads):
                    yield index, result
            return
        pool = ThreadPoolExecutor(side_by_side, thread_name_prefix="advisor-fit")
        results: SimpleQueue[tuple[int, T] | Future[None]] = SimpleQueue()

        def work(index: int, unit: Unit[T]) -> None:
            for result in unit(threads):
                results.put((index, result))

        try:
            for index, unit in enumerate(units):
                pool.submit(work, index, unit).add_done_callback(results.put)
            running = len(units)
            while running:
                item = results.get()
                if isinstance(item, Future):
                    item.result()  # raises what the unit raised
                    running -= 1
                else:
                    yield item
        except BaseException:
            if self._cancel is not None:
                self._cancel()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
