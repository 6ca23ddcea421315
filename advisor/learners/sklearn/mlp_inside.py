"""A look inside scikit-learn's MLP, which tells of nothing but its weights.

Gradients by the chain rule (Rumelhart, Hinton & Williams 1986), without the penalty.  How far a
step moves the weights is not known: ``partial_fit`` is a whole epoch of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.learners.inside import CURVED, FLAT, RECTIFIED, Look, rows_of, together
from advisor.learners.sklearn.mlp_net import Net, activate
from advisor.measurements import Inside
from advisor.types import Floats

ENDS = ("identity", "logistic", "softmax")
"""Last layers at which the loss's slope is prediction less target."""


class Looks:
    """All looks at one net in training; none at one without hidden layers.

    Args:
        matrix: (n, d) its training rows.
        y: (n,) class codes or targets.
        weight: (n,) row weights or None.
        seed: of the choice of rows.
    """

    def __init__(self, matrix: Floats, y: NDArray[Any], weight: Floats | None, seed: int) -> None:
        own = rows_of(len(matrix), seed)
        self._rows = matrix[own], y[own], None if weight is None else weight[own]
        self._seen: list[tuple[int, Look]] = []

    def see(self, number: int, net: Net) -> None:
        """Look at the net after this epoch."""
        if len(net.weights) > 1 and net.output in ENDS:
            self._seen.append((number, look(net, *self._rows)))

    @property
    def inside(self) -> Inside | None:
        """What was seen."""
        return together(self._seen)


def look(net: Net, matrix: Floats, y: NDArray[Any], weight: Floats | None) -> Look:
    """What goes on inside of a net with one hidden layer or more.

    Args:
        net: as it is now, its last layer one of ENDS.
        matrix: (m, d) training rows.
        y: (m,) class codes or targets.
        weight: (m,) row weights or None.
    """
    said = _layers(net, matrix)
    slope = net.predict(matrix)
    slope = slope.reshape(len(matrix), -1).copy()
    if net.output == "softmax":
        slope[np.arange(len(y)), y] -= 1
    else:
        slope -= y[:, None]
    slope *= (np.ones(len(y)) if weight is None else weight)[:, None] / len(y)
    sizes = np.zeros(len(net.weights))
    for i in reversed(range(len(net.weights))):
        sizes[i] = np.sqrt(np.mean(np.square(said[i].T @ slope)))
        if i:
            slope = (slope @ net.weights[i].T) * _slope(said[i], net.activation)
    hidden = said[1:]
    nothing = np.full(len(hidden), np.nan)
    dead, saturated = nothing, nothing
    if net.activation == RECTIFIED:
        dead = np.array([1 - np.mean((units > 0).any(axis=0)) for units in hidden])
    if net.activation in CURVED:
        steepest = 0.25 if net.activation == "logistic" else 1.0
        flat = FLAT * steepest
        saturated = np.array([np.mean(_slope(units, net.activation) < flat) for units in hidden])
    return Look(sizes, np.full(len(sizes), np.nan), dead, saturated)


def _layers(net: Net, matrix: Floats) -> list[Floats]:
    """What the input and each hidden layer say."""
    said = [matrix]
    for weight, bias in zip(net.weights[:-1], net.biases[:-1], strict=True):
        units = said[-1] @ weight + bias
        activate(units, net.activation)
        said.append(units)
    return said


def _slope(units: Floats, activation: str) -> Floats:
    """The activation's slope, from what it says."""
    if activation == "relu":
        return (units > 0).astype(np.float64)
    if activation == "tanh":
        return 1 - np.square(units)
    return units * (1 - units) if activation == "logistic" else np.ones_like(units)
