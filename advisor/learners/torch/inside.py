"""A look inside the nets of a stack: gradients layer by layer, units that say nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from advisor.learners.inside import CURVED, FLAT, RECTIFIED, Look
from advisor.learners.torch.net import Plan, forward
from advisor.learners.torch.stackable import Tensors
from advisor.types import Ints


def weight_names(plan: Plan) -> list[str]:
    """The weights of every layer, the output's last; embeddings and norms are no layers."""
    return [*(f"layers.{i}.weight" for i in range(len(plan.hidden))), "output.weight"]


def sizes(plan: Plan, named: Tensors) -> Tensor:
    """(S, L) root mean square of each layer's weights (or of their gradients)."""
    # squares of what vanishes are too small for single precision
    parts = [named[name].double().square().mean(dim=(1, 2)).sqrt() for name in weight_names(plan)]
    return torch.stack(parts, dim=1)


def moved(plan: Plan, before: Tensor, after: Tensor) -> Tensor:
    """(S, L) size of the step from (S, P) ``before`` to ``after``, over that of the weights."""
    return sizes(plan, plan.views(after - before)) / sizes(plan, plan.views(before))


def spread(chosen: Sequence[Ints], starts: Ints) -> tuple[Tensor, Tensor]:
    """(lanes, B) rows of all lanes behind each other, and whether there is one."""
    shape = (len(chosen), max(map(len, chosen)))
    places, present = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    for i, own in enumerate(chosen):
        places[i, : len(own)] = own
        present[i, : len(own)] = True
    return torch.from_numpy(places + starts[:, None]), torch.from_numpy(present)


def look(
    plan: Plan,
    params: Tensors,
    buffers: dict[str, Tensor],
    rows: tuple[Tensor, Tensor | None],
    losses: Callable[[Tensor], Tensor],
    present: Tensor,
    moves: Tensor,
) -> list[Look]:
    """One Look for each net, in eval mode.

    Args:
        plan: of the nets.
        params: by name, (S, *shape).
        buffers: of batch norm.
        rows: (S, B, inputs) numbers and (S, B, tables) codes.
        losses: (S, B) of what the last layer says.
        present: (S, B) whether there is a row.
        moves: (S, L) of the last step, see ``moved``.
    """
    own = {name: value.detach().requires_grad_() for name, value in params.items()}
    units: list[Tensor] = []
    out = forward(plan, own, buffers, *rows, units=units)
    mean = (losses(out) * present).sum(dim=1) / present.sum(dim=1)
    grads = torch.autograd.grad(mean.sum(), list(own.values()))
    with torch.no_grad():
        dead, saturated = _quiet(plan, units, present)
        gradients = sizes(plan, dict(zip(own, grads, strict=True)))
        tables = [t.cpu().numpy() for t in (gradients, moves, dead, saturated)]
    return [Look(*(table[net] for table in tables)) for net in range(len(present))]


def _quiet(plan: Plan, units: list[Tensor], present: Tensor) -> tuple[Tensor, Tensor]:
    """(S, L - 1) shares of dead units and of saturated outputs."""
    shape, kind = (len(present), len(units)), torch.float64
    dead = torch.full(shape, torch.nan, dtype=kind, device=present.device)
    saturated, there = dead.clone(), present.unsqueeze(2)
    for i, said in enumerate(units):
        if plan.activation == RECTIFIED:
            fires = ((said > 0) & there).any(dim=1)
            broken = ~said.isfinite().flatten(1).all(dim=1)
            dead[:, i] = (1 - fires.double().mean(dim=1)).masked_fill(broken, torch.nan)
        elif plan.activation in CURVED:
            slope = 1 - said.square() if plan.activation == "tanh" else 4 * said * (1 - said)
            share = ((slope < FLAT) & there).double().sum(dim=(1, 2))
            saturated[:, i] = share / (present.sum(dim=1) * said.shape[2])
    return dead, saturated
