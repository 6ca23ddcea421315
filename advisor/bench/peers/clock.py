"""One thread on one core, and a clock of processor time.

The budget is processor time: what a process has computed, whatever else the machine does meanwhile.
On an idle machine it is the time by the clock, because a peer has one thread.  Some peers plan with
the time that is left; so that their plans hold on a busy machine as well, the clocks of Python's
``time`` module show processor time within a peer's process.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from math import ceil

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
GRACE = 1.0
"""Seconds beyond the budget after which a peer is killed; what it says in them does not count."""


def settle(seconds: float, core: int | None) -> None:
    """This process stays on one core, and is killed by the system at its budget and GRACE."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    limit = ceil(seconds + GRACE)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))


def show_processor_time(began: float) -> Callable[[], float]:
    """From now on the clocks of ``time`` run with the processor time of this process.

    Args:
        began: ``time.time()`` when the process was started.

    Returns:
        The seconds since then by the real clock.
    """
    real, used = time.time, time.process_time
    time.time = lambda: began + used()
    time.monotonic = time.perf_counter = used
    return lambda: real() - began
