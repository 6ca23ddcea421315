"""How many threads numpy and scikit-learn use while a fit runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_fits = 0  # that run within ``one_blas_thread``
_limits = ExitStack()


@cache
def _libraries(api: str) -> Any:
    """What is loaded; looking for it takes milliseconds."""
    return ThreadpoolController().select(user_api=api)


@cache
def _keeper() -> ThreadPoolExecutor:
    """One thread that sets the limit and puts it back: threadpoolctl heeds no other meanwhile."""
    return ThreadPoolExecutor(1, thread_name_prefix="advisor-blas")


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within it, all of the process multiplies matrices on one thread.

    The limit belongs to the process, not to a thread: fits side by side share it, and the last one
    to end puts back what was there.  A net's batches are too small to gain from a second thread
    (on two busy cores it cost a factor of 12), and sums in one order give the same result on every
    machine.
    """
    global _fits
    with _lock:
        if _fits == 0:
            limit = _libraries("blas").limit
            _keeper().submit(lambda: _limits.enter_context(limit(limits=1))).result()
        _fits += 1
    try:
        yield
    finally:
        with _lock:
            _fits -= 1
            if _fits == 0:
                _keeper().submit(_limits.close).result()


@contextmanager
def openmp_threads(count: int) -> Iterator[None]:
    """Within it, this thread starts parallel regions of at most ``count`` threads.

    More threads than free cores do not only gain nothing: they spin while they wait for each other,
    and trees that grow in 0.6 s took 49 s on two busy cores.
    """
    with _libraries("openmp").limit(limits=count):
        yield
