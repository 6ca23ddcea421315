"""What a look inside a net finds, whichever library trains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisor.measurements import Inside
from advisor.types import Floats, Ints

ROWS = 512
"""Training rows that are looked at.  The looks at a fit of 30 epochs on 450 rows cost 6 to 10 % of
its training; only fits whose curve is asked for (the baseline's on the first folds) have them."""
FLAT = 0.05
"""Of the steepest slope of sigmoid or tanh: a unit whose slope is below it is saturated."""
RECTIFIED = "relu"
CURVED = ("sigmoid", "logistic", "tanh")


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One epoch of an ``Inside``: (L,) gradients and moves, (L - 1,) dead and saturated shares."""

    gradients: Floats
    moves: Floats
    dead: Floats
    saturated: Floats


def due(epoch: int) -> bool:
    """Whether there is a look after this epoch: after 1, 2, 4, 8 ... of them."""
    return epoch & (epoch - 1) == 0


def rows_of(rows: int, seed: int) -> Ints:
    """The rows to look at, ROWS of them at most."""
    return np.random.default_rng([seed, 2]).permutation(rows)[:ROWS]


def together(seen: Sequence[tuple[int, Look]]) -> Inside | None:
    """All looks at one net, each after an epoch; None where there was none."""
    if not seen:
        return None
    looks = [look for _, look in seen]
    return Inside(
        np.asarray([epoch for epoch, _ in seen], dtype=np.int64),
        np.stack([look.gradients for look in looks]),
        np.stack([look.moves for look in looks]),
        np.stack([look.dead for look in looks]),
        np.stack([look.saturated for look in looks]),
    )
