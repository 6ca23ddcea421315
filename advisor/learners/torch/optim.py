"""The update of all nets of a stack at once, each with its own rate, decay and clipping.

The rules are those of ``torch.optim`` (AdamW: Loshchilov & Hutter 2019; Adam; SGD with momentum),
on (S, P) tensors; a rate is a number for each net instead of one for all.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from advisor.learners.torch.params import Setting

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
AT_A_TIME = 2**16
"""Numbers updated together: what is read and written several times stays in the cache."""


class Optimizer:
    """``adamw``, ``adam`` or ``sgd`` over a stack.

    Args:
        name: of the rule.
        settings: one for each net.
        flat: (S, P) parameters; updated in place.
    """

    def __init__(self, name: str, settings: Sequence[Setting], flat: Tensor) -> None:
        self._name = name
        self._decay = _column([s.decay for s in settings], flat)
        self._momentum = _column([s.momentum for s in settings], flat)
        self._clip = _column([s.clip or float("inf") for s in settings], flat)
        self._clips = any(s.clip for s in settings)
        self._first = torch.zeros_like(flat)
        self._second = torch.zeros_like(flat) if name != "sgd" else flat.new_empty(len(flat), 0)
        self._steps = torch.zeros(len(flat), 1, dtype=torch.float64, device=flat.device)
        self._root = self._rise = flat.new_empty(0)  # bias corrections of a step

    def keep(self, places: Tensor) -> None:
        """Go on with the nets at these places only."""
        self._decay, self._momentum = self._decay[places], self._momentum[places]
        self._clip, self._steps = self._clip[places], self._steps[places]
        self._first, self._second = self._first[places], self._second[places]

    def step(self, flat: Tensor, grads: Tensor, rates: Tensor, active: Tensor | None) -> None:
        """One update; ``grads`` is used up.

        Args:
            flat: (S, P) parameters.
            grads: (S, P).
            rates: (S, 1).
            active: (S, 1) which nets take this step; None for all.
        """
        if self._clips:
            norm = torch.linalg.vector_norm(grads, dim=1, keepdim=True)
            grads.mul_((self._clip / (norm + 1e-6)).clamp(max=1.0))
        if active is None:
            self._steps += 1
        else:
            self._steps += active
        first = 1 - BETA1**self._steps
        self._root = torch.sqrt(1 - BETA2**self._steps).to(flat.dtype)
        self._rise = (rates / first).to(flat.dtype)
        nets, size = flat.shape
        count = max(1, AT_A_TIME // size)
        for start in range(0, nets, count):
            part = slice(start, start + count)
            if active is None or bool(active[part].all()):
                self._update(part, flat[part], grads[part], rates[part])
            else:
                self._update_some(part, flat, grads, rates, active[part].squeeze(1))

    def _update_some(
        self, part: slice, flat: Tensor, grads: Tensor, rates: Tensor, active: Tensor
    ) -> None:
        """Those that are not active stay as they are."""
        kept = [t[part][~active] for t in (flat, self._first, self._second)]
        self._update(part, flat[part], grads[part], rates[part])
        for tensor, own in zip((flat, self._first, self._second), kept, strict=True):
            tensor[part][~active] = own

    def _update(self, part: slice, flat: Tensor, grads: Tensor, rates: Tensor) -> None:
        first, second, decay = self._first[part], self._second[part], self._decay[part]
        if self._name == "adamw":
            flat.mul_(1 - rates * decay)
        else:
            grads.addcmul_(flat, decay.expand_as(flat))
        if self._name == "sgd":
            first.mul_(self._momentum[part]).add_(grads)
            flat.addcmul_(first, rates, value=-1)
            return
        first.lerp_(grads, 1 - BETA1)
        second.mul_(BETA2).addcmul_(grads, grads, value=1 - BETA2)
        spread = second.sqrt().div_(self._root[part]).add_(EPSILON)
        flat.addcmul_(torch.div(first, spread, out=spread), self._rise[part], value=-1)


def _column(values: Sequence[float], like: Tensor) -> Tensor:
    """(S, 1)."""
    return torch.tensor(values, dtype=like.dtype, device=like.device).unsqueeze(1)
