"""A person's own nets at work: all of a stack in one batched call, or one net in a plain one.

A net that can be stacked is called by ``vmap`` over ``functional_call``; any other is alone in its
stack and gets exactly its rows.  Either way dropout is drawn by the stack, so that what a net comes
to does not depend on who is trained beside it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional

from advisor.learners.own.chance import Draw, drawn_from, dropping, in_turn
from advisor.learners.own.module import Factory, wide
from advisor.learners.torch.net import Slot, laid_out, views_of
from advisor.learners.torch.stackable import Step, Tensors
from advisor.types import Params

CHANCES = 2**31  # seeds of a step that draws numbers of its own


@dataclass(frozen=True, slots=True)
class Nature:
    """What trying a net has shown (``probe.py``).

    Attributes:
        parameters: name and shape of each that is trained.
        units: numbers that training keeps of a row.
        sites: shape of a row at each dropout.
        mixes_rows: in training a row's answer depends on the rows beside it.
        draws: it draws random numbers other than those of dropout.
        alone: why it cannot be stacked, as a code; None where it can.
        detail: what PyTorch said, or the name of what stands in the way.
        ends: name of the function that its answer comes out of, where that bounds it; else None.
    """

    parameters: tuple[tuple[str, tuple[int, ...]], ...]
    units: int
    sites: tuple[tuple[int, ...], ...]
    mixes_rows: bool
    draws: bool
    alone: str | None = None
    detail: str = ""
    ends: str | None = None


@dataclass(frozen=True)
class OwnPlan:
    """The ``Architecture`` of a net that a person's code makes.

    Attributes:
        factory: what makes it.
        given: its parameters, by name.
        inputs, outputs: of a row.
        nature: of this net.
    """

    factory: Factory
    given: tuple[tuple[str, Any], ...]
    inputs: int
    outputs: int
    nature: Nature

    @property
    def params(self) -> Params:
        return dict(self.given)

    @property
    def tables(self) -> tuple[tuple[int, int], ...]:
        """None: categories come as 0/1 columns."""
        return ()

    @property
    def hidden(self) -> tuple[int, ...]:
        """None that the stack knows of."""
        return ()

    @property
    def alone(self) -> bool:
        return self.nature.alone is not None

    @property
    def fewest(self) -> int:
        """Products of a single net are summed in another order than those of a stack."""
        return 1 if self.alone else 2

    @property
    def mixes_rows(self) -> bool:
        return self.nature.mixes_rows

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        return laid_out(self.nature.parameters)

    @property
    def size(self) -> int:
        return self.slots[-1].end

    @property
    def units(self) -> int:
        return self.nature.units

    @property
    def layers(self) -> int:
        return len(self.slots)

    @property
    def products(self) -> int:
        """As if every weight met a row once."""
        return sum(slot.size for slot in self.slots)

    def made(self, seed: int) -> nn.Module:
        return self.factory.make(self.params, self.inputs, self.outputs, seed)

    def ready(self, device: torch.device) -> OwnNets:
        """Copies of its own: calling a net with other weights changes it for a moment."""
        return OwnNets(self, device)


class OwnNets:
    """See ``Nets``."""

    def __init__(self, plan: OwnPlan, device: torch.device) -> None:
        self._plan = plan
        self._train = plan.made(0).to(device).train()
        self._eval = copy.deepcopy(self._train).eval()
        self._trained = {name for name, _ in plan.nature.parameters}
        self._made: dict[int, dict[str, Tensor]] = {}

    def _named(self, seed: int) -> dict[str, Tensor]:
        """Parameters and buffers as they are made."""
        if seed not in self._made:
            net = self._plan.made(seed)
            self._made[seed] = named_tensors(net)
        return self._made[seed]

    def first(self, seed: int) -> Tensor:
        named, flat = self._named(seed), torch.zeros(self._plan.size)
        for slot in self._plan.slots:
            flat[slot.start : slot.start + slot.size] = named[slot.name].reshape(-1)
        return flat

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        return views_of(self._plan.slots, flat)

    def buffers(self, seeds: Sequence[int], like: Tensor) -> dict[str, Tensor]:
        """Buffers, and parameters that are not trained."""
        each = [self._named(seed) for seed in seeds]
        held = [name for name in each[0] if name not in self._trained]
        return {name: torch.stack([own[name] for own in each]).to(like.device) for name in held}

    def forward(
        self,
        params: Tensors,
        buffers: dict[str, Tensor],
        x: Tensor,
        codes: Tensor | None,
        step: Step | None = None,
    ) -> Tensor:
        if self._plan.alone:
            return self._one(params, buffers, x, step)
        net = self._eval if step is None else self._train
        luck = [] if step is None else [step.luck(shape) for shape in self._plan.nature.sites]

        def answer(named: dict[str, Tensor], rows: Tensor, *own: Tensor) -> Tensor:
            with dropping(in_turn(own) if own else None):
                return wide(functional_call(net, named, (rows,)))

        out: Tensor = vmap(answer, randomness="error")({**params, **buffers}, x, *luck)
        return out

    def _one(
        self, params: Tensors, buffers: dict[str, Tensor], x: Tensor, step: Step | None
    ) -> Tensor:
        """A single net on its (1, B, inputs) rows, without those that only fill the batch."""
        net, rows, nature = self._eval, x[0], self._plan.nature
        draw: Draw | None = None
        seed = 0
        if step is not None:
            net, rows = self._train, x[0, : int(step.present[0].sum())]
            luck = step.luck
            if nature.draws:
                seed = int(luck((1,))[0, 0, 0] * CHANCES)
            else:
                draw = lambda dropped: luck(tuple(dropped.shape[1:]))[0, : len(dropped)]  # noqa: E731
        named = {name: value[0] for name, value in (*params.items(), *buffers.items())}
        with drawn_from(seed) if nature.draws else nullcontext(), dropping(draw):
            out = wide(functional_call(net, named, (rows,)))
        if step is not None:
            for name in buffers:  # what the net has remembered of these rows
                buffers[name] = named[name].detach().unsqueeze(0)
        return functional.pad(out, (0, 0, 0, x.shape[1] - len(rows))).unsqueeze(0)


def named_tensors(net: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers by name, each once."""
    return {name: t.detach() for name, t in (*net.named_parameters(), *net.named_buffers())}
