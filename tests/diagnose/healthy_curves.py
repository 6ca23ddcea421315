"""Simulated learning curves of models that nothing is wrong with.

Both losses fall along a power law or an exponential to floors of their own, and have arrived: twice
the rounds would gain less than .5 % of the span.  Boosters are smooth and drawn on uneven points,
nets carry noise from epoch to epoch, more on the validation loss.  A gap between the losses of up
to 40 % of the span is healthy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from advisor.measurements import Curve
from advisor.types import Floats, Ints

LEFT = 0.005  # of the span: the most that twice the rounds may still gain


def falling(rounds: Ints, left: float, rng: np.random.Generator) -> Floats:
    """From 1 to about 0, with less than ``left`` of it to come after the last round."""
    t = rounds / rounds[-1]
    if rng.random() < 0.5:
        fast = rng.uniform(6, 40)
        return np.exp(-fast * t)
    power = rng.uniform(0.8, 2.0)
    # (1 + c t)^-p loses at most its last value by doubling the rounds
    c = (left ** (-1 / power) - 1) * rng.uniform(1.2, 3.0)
    return np.asarray((1 + c * t) ** -power)


def booster(rng: np.random.Generator) -> tuple[Curve, float]:
    """A booster's curve on its uneven grid, without noise but for what a fold's rows bring."""
    most = int(np.exp(rng.uniform(np.log(20), np.log(2000))))
    points = np.concatenate([np.linspace(1, most, 50), np.geomspace(1, most, 50)])
    return _curve(np.unique(points.round()).astype(np.int64), 0.0, 0.001, rng)


def net(rng: np.random.Generator) -> tuple[Curve, float]:
    """A net's curve, one point an epoch."""
    most = int(np.exp(rng.uniform(np.log(10), np.log(300))))
    noise = float(np.exp(rng.uniform(np.log(0.0005), np.log(0.02))))
    return _curve(np.arange(1, most + 1), noise, noise * rng.uniform(1, 2), rng)


def _curve(
    rounds: Ints, noise: float, valid_noise: float, rng: np.random.Generator
) -> tuple[Curve, float]:
    naive = float(np.exp(rng.normal(0, 2)))
    floor = naive * rng.uniform(0.05, 0.8)
    span = naive - floor
    gap = rng.uniform(0, 0.4) * span
    train = floor + span * falling(rounds, LEFT, rng)
    valid = floor + gap + (span - gap) * falling(rounds, LEFT, rng)
    # late epochs are quieter: what moves the loss is the step, and steps get small with it
    quiet = 0.3 + 0.7 * falling(rounds, 0.05, rng)
    train = train + rng.normal(0, noise * span, len(rounds)) * quiet
    valid = valid + rng.normal(0, valid_noise * span, len(rounds)) * quiet
    return Curve(rounds, train, valid), naive


def healthy_curves(count: int, kind: Any, seed: int = 0) -> Iterator[tuple[Curve, float]]:
    """``count`` curves with their naive losses; ``kind`` is ``booster`` or ``net``."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield kind(rng)
