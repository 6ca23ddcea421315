"""Fits that do not end are no news on the terminal: what they are worth is measured."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sklearn.exceptions import ConvergenceWarning

_lock = threading.Lock()
_fits = 0  # that run within ``no_convergence_warnings``
_filters: warnings.catch_warnings[None] | None = None


@contextmanager
def no_convergence_warnings() -> Iterator[None]:
    """Within it, scikit-learn does not warn that a solver has used up its steps.

    Filters of warnings belong to the process, not to a thread: fits side by side share them, and
    the last one to end puts back what was there.
    """
    global _fits, _filters
    with _lock:
        if _fits == 0:
            _filters = warnings.catch_warnings()
            _filters.__enter__()
            warnings.simplefilter("ignore", ConvergenceWarning)
        _fits += 1
    try:
        yield
    finally:
        with _lock:
            _fits -= 1
            if _fits == 0 and _filters is not None:
                _filters.__exit__(None, None, None)
                _filters = None
