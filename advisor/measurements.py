"""What was measured: curves, fits, evaluations."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from advisor.settings import Candidate
from advisor.types import Floats, Ints, Purpose, Split


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Losses along a fit, in eval mode, in the monitored metric's own unit (lower is better).

    ``rounds`` (k,) counts from 1 (booster rounds or epochs); ``train`` and ``valid`` are (k,).
    ``train_metric`` and ``valid_metric`` (k,) are the turned score (higher is better) that the
    loss should agree with (``metrics.table.companion``); empty where there is none.
    """

    rounds: Ints
    train: Floats
    valid: Floats
    train_metric: Floats = field(default_factory=lambda: np.empty(0))
    valid_metric: Floats = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """What went on inside a net of L layers, at k epochs of its fit, on some training rows.

    Attributes:
        epochs: (k,) counted from 1.
        gradients: (k, L) root mean square of the loss's gradient by the weights of a layer, the
            output layer last.
        moves: (k, L) size of a step over the size of the weights that it moves; nan where the
            library does not tell.
        dead: (k, L - 1) share of a hidden layer's units that are 0 for every row; nan for an
            activation that is never 0.
        saturated: (k, L - 1) share of a hidden layer's outputs that lie where sigmoid or tanh are
            flat; nan for an activation that has no such ends.
    """

    epochs: Ints
    gradients: Floats
    moves: Floats
    dead: Floats
    saturated: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One candidate on one split.

    Attributes:
        pred: predictions for the valid rows, float32: (m,) probability of class 1 or target
            value, (m, K) class probabilities.
        curve: only where it was asked for (every baseline fit).
        rounds: rounds used, None for a learner without rounds.
        seconds: training time.
        failure: why it failed (e.g. ``diverged``), None when it did not.
        inside: of a net, where a curve was asked for.
    """

    pred: NDArray[np.float32]
    rounds: int | None
    seconds: float
    curve: Curve | None = None
    failure: str | None = None
    inside: Inside | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """One candidate on one or more splits of one purpose.

    Attributes:
        splits: the splits it was measured on, in order; fits: one each.
        rows: (m,) Dataset rows that were scored (a row stands once per partition).
        values: (m,) contribution of each row to the score; their mean is the score, higher is
            better (for metrics that are no mean of row losses: linearised, see ``metrics``).
        folds: (m,) index into ``splits``.
        units: (m,) independent units (a row, a group, or a block of time).
        ordered: the units are blocks of time, in its order: neighbours may be alike.
    """

    candidate: Candidate
    purpose: Purpose
    splits: tuple[Split, ...]
    fits: tuple[Fit, ...]
    rows: Ints
    values: Floats
    folds: Ints
    units: Ints
    ordered: bool = False

    @property
    def score(self) -> float:
        return float(self.values.mean())

    @property
    def rounds(self) -> int | None:
        """Rounds to fix in a refit: the mean over the folds, rounded, at least 1."""
        used = [f.rounds for f in self.fits if f.rounds is not None]
        return max(1, round(float(np.mean(used)))) if used else None
