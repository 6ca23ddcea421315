"""What the readings from inside a net say: do gradients arrive, do units answer, how far is a step?

Numbers only support a diagnosis; what is to be moved is decided by the probes.  Sources: Hochreiter
1991 and Bengio, Simard & Frasconi 1994 (vanishing gradients); Glorot & Bengio 2010 (saturated
units); Lu et al. 2019 (dying ReLU); the update ratio is a rule of thumb of practitioners, about
.001 for a net that trains well.  The limits are advisor's own.

They were chosen on seven tables, on which none of 89 healthy nets alarms (1 to 6 layers, relu,
tanh, sigmoid, gelu, norms, dropout, schedules, AdamW and SGD; ``tests/inside_faults.py``).  On five
other tables none of 65 does, so that at most 5.5 % of healthy nets alarm (95 %).  Of planted faults
that kill, there: twelve sigmoid layers are vanishing in 5 of 5, eight of them in 2 of 5 (the other
three are reached, and learn late); a rate far too high alarms in 53 of 59 (six diverged to no
number at all), one far too low is still in 20 of 24 (not Adam at 1e-4).  Four and six sigmoid
layers, twelve and twenty of tanh: no alarm, for a gradient does arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan, log10, nan
from typing import Any

import numpy as np

from advisor.measurements import Inside
from advisor.types import Floats, Reason

VANISHING, EXPLODING = 1e-3, 10.0
DEAD, SATURATED = 0.6, 0.5
STILL, LEAPS = 5e-4, 0.03
FLOOR = 1e-12


@dataclass(frozen=True, slots=True)
class Inner:
    """The readings of all folds of one net.

    Attributes:
        layers: hidden ones.
        reach: gradient at the first layer over that at the last, where it was largest: a net that
            was reached once has begun to learn.  FLOOR stands for less than that as well.
        dead, saturated: shares of the worst hidden layer at the end, which is number
            ``dead_layer`` or ``saturated_layer`` from 1; nan where the activation has none.
        move: size of a step over that of the weights, where it was largest; nan where unknown.
    """

    layers: int
    reach: float
    dead: float
    dead_layer: int
    saturated: float
    saturated_layer: int
    move: float

    @property
    def gradient(self) -> str:
        """``reaches``, ``vanishing`` or ``exploding``; ``unknown`` of a net that diverged."""
        if isnan(self.reach):
            return "unknown"
        if self.reach < VANISHING:
            return "vanishing"
        return "exploding" if self.reach > EXPLODING else "reaches"

    @property
    def units(self) -> str:
        """``answer``, ``dead`` or ``saturated``; ``unknown`` where neither was measured."""
        if isnan(self.dead) and isnan(self.saturated):
            return "unknown"
        if self.dead > DEAD:
            return "dead"
        return "saturated" if self.saturated > SATURATED else "answer"

    @property
    def step(self) -> str:
        """``fine``, ``still`` or ``leaps``; ``unknown`` where the library does not tell."""
        if isnan(self.move):
            return "unknown"
        if self.move < STILL:
            return "still"
        return "leaps" if self.move > LEAPS else "fine"

    @property
    def alarm(self) -> str | None:
        """What explains most: through units that say nothing no gradient passes either."""
        found = (self.gradient, self.units, self.step)
        return next((name for name in ALARMS if name in found), None)


ALARMS = ("dead", "saturated", "vanishing", "leaps", "exploding", "still")


def inner_of(seen: Sequence[Inside | None]) -> Inner | None:
    """The readings of one net on all of its folds; None where nothing was seen."""
    known = [one for one in seen if one is not None]
    if not known:
        return None
    with np.errstate(all="ignore"):
        reach = [_largest(one.gradients[:, 0] / one.gradients[:, -1]) for one in known]
        move = [_largest(np.exp(np.mean(np.log(one.moves), axis=1))) for one in known]
        dead, dead_layer = _worst(np.mean([one.dead[-1] for one in known], axis=0))
        saturated, layer = _worst(np.mean([one.saturated[-1] for one in known], axis=0))
        return Inner(
            known[0].dead.shape[1],
            _middle(reach),
            dead,
            dead_layer,
            saturated,
            layer,
            _middle(move),
        )


def _largest(values: Floats) -> float:
    """Of those that are numbers."""
    good = values[np.isfinite(values)]
    return max(FLOOR, float(good.max())) if len(good) else nan


def _middle(values: Sequence[float]) -> float:
    """The geometric mean."""
    return float(np.exp(np.mean(np.log(values))))


def _worst(shares: Floats) -> tuple[float, int]:
    """The largest share and its layer, from 1."""
    place = 0 if np.isnan(shares).any() else int(shares.argmax())
    return float(shares[place]), place + 1


def evidence_of(inner: Inner) -> dict[str, Any]:
    """The readings by name, those that are numbers; ``inside`` is what alarms."""
    numbers = {"reach": inner.reach, "dead": inner.dead, "saturated": inner.saturated}
    numbers["move"] = inner.move
    evidence: dict[str, Any] = {name: v for name, v in numbers.items() if isfinite(v)}
    if inner.alarm is not None:
        evidence |= {"inside": inner.alarm, **_places(inner)}
    return evidence


def _places(inner: Inner) -> dict[str, Any]:
    """What the sentences need beside the readings."""
    layer = inner.saturated_layer if inner.units == "saturated" else inner.dead_layer
    known = isfinite(inner.reach) and inner.reach > 0
    return {
        "layers": inner.layers,
        "layer": layer,
        "power": round(log10(inner.reach)) if known else 0,
    }


def answers(inner: Inner, activation: str) -> list[Reason]:
    """Answers to three more questions of health: gradient, units, step.

    Args:
        inner: the readings.
        activation: of the hidden layers.
    """
    numbers = {**evidence_of(inner), **_places(inner), "activation": activation}
    parts = (("gradient", inner.gradient), ("units", inner.units), ("step", inner.step))
    return [Reason(f"health.{what}.{how}", numbers) for what, how in parts if how != "unknown"]
