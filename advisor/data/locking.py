"""Which rows are locked away as a test part, and which rows are copies of each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.data.content import twin_codes
from advisor.data.roles import Beside, Part, PlaceOf
from advisor.data.targets import Target
from advisor.errors import DataError
from advisor.rows import splits
from advisor.types import Ints

Test: TypeAlias = "pd.DataFrame | float | None"

LOCK_FROM = 5_000
"""Usable rows from which a test part is locked away unasked: this share, about so many at most."""
LOCK_SHARE = 0.2
LOCK_AT_MOST = 20_000
LOCK_SEED = 0
"""Not the run's seed: the same rows stay locked however often the same data are asked."""


def alike_rows(main: Part, features: Sequence[str], y: NDArray[Any]) -> Ints | None:
    """Codes of the rows of the table that are equal before anything is encoded, as ``twins``."""
    table = pd.DataFrame({name: main.usable(name) for name in features})
    keys = pd.util.hash_pandas_object(table, index=False).to_numpy(dtype=np.uint64)
    own = pd.util.hash_array(np.asarray(y, dtype=np.float64))
    return twin_codes((keys * np.uint64(31) + own).astype(np.uint64))


def locked_rows(
    n: int,
    target: Target,
    beside: Beside,
    test: Test,
    alike: Ints | None,
    enough: Callable[[Ints], None],
    place_of: PlaceOf,
) -> Ints:
    """Which of the first n rows are locked away; the rows that stay are ``enough``."""
    none = np.empty(0, dtype=np.int64)
    given = None if isinstance(test, (pd.DataFrame, bool)) else test
    if test is True or (given is not None and not 0 < given <= 0.5):
        raise DataError("test_share", {"found": test}, place=place_of("test"))
    if given is None and (test is not None or n < LOCK_FROM):
        return none
    locked = splits.lock(
        target.values[:n],
        target.task,
        groups=alike if beside.groups is None else beside.groups[:n],
        time=None if beside.time is None else beside.time[:n],
        share=LOCK_SHARE if given is None else given,
        seed=LOCK_SEED,
        cap=LOCK_AT_MOST if given is None else None,
    )
    try:
        enough(np.setdiff1d(np.arange(n), locked))
    except DataError as error:
        if given is None:  # unasked, nothing is locked that training needs
            return none
        error.place = place_of("test")
        raise
    if given is not None and not locked.size:
        raise DataError("test_share", {"found": test}, place=place_of("test"))
    return locked
