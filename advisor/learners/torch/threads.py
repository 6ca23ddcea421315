"""How many threads PyTorch uses while a stack is in training."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_lock = threading.Lock()
_running = 0  # within ``one_torch_thread``
_before = 1


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Within it, one thread for each stack; stacks run side by side instead.

    The number belongs to the process: the last one to end puts back what was there.  A net's
    batches are too small to gain from a second thread (on busy cores it cost a factor of 20), and
    sums in one order give the same result every time.
    """
    global _running, _before
    with _lock:
        if _running == 0:
            _before = torch.get_num_threads()
        torch.set_num_threads(1)  # OpenMP asks each thread for its own number
        _running += 1
    try:
        yield
    finally:
        with _lock:
            _running -= 1
            if _running == 0:
                torch.set_num_threads(_before)
