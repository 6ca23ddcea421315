"""A tabular net as a plan, and many nets of one plan as one: every weight is stacked.

A stack of S nets holds one tensor (S, P) of all their parameters; a layer of all of them is one
batched product.  Nothing a net computes depends on which others are in the stack.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import prod

import torch
from torch import Tensor
from torch.nn import functional

from advisor.learners.torch.stackable import Step, Tensors

ALIGNED = 32
"""Numbers in two vectors of the widest unit: a net's part of any tensor is a multiple of it, so
that no element is computed in another way because of where its net stands in the stack."""
BATCH_NORM_KEEPS = 0.9  # of its running statistics at a step: torch's momentum of .1
EPSILON = 1e-5  # of both norms, as torch has it


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a parameter lies in a net's vector."""

    name: str
    shape: tuple[int, ...]
    start: int

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def end(self) -> int:
        """Where the next one may lie."""
        return self.start + -(-self.size // ALIGNED) * ALIGNED


def laid_out(shapes: Iterable[tuple[str, tuple[int, ...]]]) -> tuple[Slot, ...]:
    """Parameters of these names and shapes, one behind the other."""
    slots: list[Slot] = []
    for name, shape in shapes:
        slots.append(Slot(name, shape, slots[-1].end if slots else 0))
    return tuple(slots)


def views_of(slots: Iterable[Slot], flat: Tensor) -> dict[str, Tensor]:
    """The parameters by name, (S, *shape), as parts of (S, P) ``flat``."""
    return {s.name: flat[:, s.start : s.start + s.size].view(-1, *s.shape) for s in slots}


@dataclass(frozen=True)
class Plan:
    """The ``Architecture`` of a net that a config describes.

    Attributes:
        inputs: columns that are numbers.
        tables: (rows, size) of each table of embeddings.
        hidden: widths of the hidden layers.
        activation, norm: of every hidden layer; the norm comes before the activation.
        outputs: 1, or one a class.
    """

    inputs: int
    tables: tuple[tuple[int, int], ...]
    hidden: tuple[int, ...]
    activation: str
    norm: str
    outputs: int

    @property
    def fewest(self) -> int:
        """Products of a single net are summed in another order."""
        return 2

    @property
    def alone(self) -> bool:
        return False

    @property
    def mixes_rows(self) -> bool:
        return self.norm == "batch"

    @property
    def units(self) -> int:
        return sum(self.hidden)

    @property
    def layers(self) -> int:
        return len(self.widths)

    @property
    def products(self) -> int:
        return sum(a * b for a, b in pairwise(self.widths))

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the input, the hidden layers and the output."""
        embedded = sum(size for _, size in self.tables)
        return (self.inputs + embedded, *self.hidden, self.outputs)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Every parameter under the name it has in a saved model, weights as (out, in)."""
        shapes: list[tuple[str, tuple[int, ...]]] = [
            (f"tables.{i}.weight", shape) for i, shape in enumerate(self.tables)
        ]
        for i, (a, b) in enumerate(pairwise(self.widths)):
            name = f"layers.{i}" if i < len(self.hidden) else "output"
            shapes += [(f"{name}.weight", (b, a)), (f"{name}.bias", (b,))]
            if i < len(self.hidden) and self.norm != "none":
                shapes += [(f"norms.{i}.weight", (b,)), (f"norms.{i}.bias", (b,))]
        return laid_out(shapes)

    @cached_property
    def size(self) -> int:
        """Numbers in a net's vector of parameters, the gaps between them included."""
        return self.slots[-1].end

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """The parameters by name, (S, *shape), as parts of (S, P) ``flat``."""
        return views_of(self.slots, flat)

    def buffers(self, seeds: Sequence[int], like: Tensor) -> dict[str, Tensor]:
        """What batch norm remembers, (S, width) each; empty for other norms."""
        if self.norm != "batch":
            return {}
        return {
            f"norms.{i}.{name}": like.new_full((len(seeds), width), start)
            for i, width in enumerate(self.hidden)
            for name, start in (("running_mean", 0.0), ("running_var", 1.0))
        }

    def ready(self, device: torch.device) -> Plan:
        """It holds nothing that a stack could change."""
        return self

    def forward(
        self,
        params: Tensors,
        buffers: dict[str, Tensor],
        x: Tensor,
        codes: Tensor | None,
        step: Step | None = None,
    ) -> Tensor:
        """See ``forward``."""
        return forward(self, params, buffers, x, codes, step)

    def first(self, seed: int) -> Tensor:
        """(P,) the weights a fit starts from, as ``torch.nn.Linear`` draws them.

        Embeddings are drawn from +-1/sqrt(size); the one for missing and unknown starts at 0.
        """
        draw = torch.Generator().manual_seed(seed)
        flat = torch.zeros(self.size)
        bound = 1.0
        for slot in self.slots:
            part = flat[slot.start : slot.start + slot.size]
            if slot.name.startswith("norms"):
                part.fill_(float(slot.name.endswith("weight")))
                continue
            if slot.name.endswith("weight"):  # a layer's bias has the bound of its weights
                bound = max(1, slot.shape[1]) ** -0.5
            part.uniform_(-bound, bound, generator=draw)
            if slot.name.startswith("tables"):
                part[: slot.shape[1]] = 0.0
        return flat


def forward(
    plan: Plan,
    params: Tensors,
    buffers: dict[str, Tensor],
    x: Tensor,
    codes: Tensor | None,
    step: Step | None = None,
    units: list[Tensor] | None = None,
) -> Tensor:
    """(S, B, outputs) of (S, B, inputs) rows; with ``step`` as in training.

    Args:
        plan: of the nets.
        params: by name, (S, *shape).
        buffers: of batch norm; replaced in training.
        x: the numbers.
        codes: (S, B, tables) rows of the embeddings, int64; None without tables.
        step: None for eval mode.
        units: takes in what each hidden layer says, (S, B, width).
    """
    if codes is not None:
        x = torch.cat([x, *_embedded(plan, params, codes)], dim=2)
    for i in range(len(plan.hidden)):
        x = _linear(params, f"layers.{i}", x)
        if plan.norm == "batch":
            x = _batch_norm(params, buffers, f"norms.{i}", x, step)
        elif plan.norm == "layer":
            x = functional.layer_norm(x, x.shape[-1:], eps=EPSILON)
            x = _scaled(params, f"norms.{i}", x)
        x = _activated(plan.activation, x)
        if units is not None:
            units.append(x)
        if step is not None and step.masks:
            x = x * step.masks[i]
    return _linear(params, "output", x)


def _linear(params: Tensors, name: str, x: Tensor) -> Tensor:
    weight, bias = params[f"{name}.weight"], params[f"{name}.bias"]
    return torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2))


def _scaled(params: Tensors, name: str, x: Tensor) -> Tensor:
    weight, bias = params[f"{name}.weight"], params[f"{name}.bias"]
    return torch.addcmul(bias.unsqueeze(1), x, weight.unsqueeze(1))


def _embedded(plan: Plan, params: Tensors, codes: Tensor) -> list[Tensor]:
    nets = torch.arange(codes.shape[0], device=codes.device).unsqueeze(1)
    out = []
    for i, (rows, size) in enumerate(plan.tables):
        table = params[f"tables.{i}.weight"].reshape(-1, size)
        place = codes[..., i] + nets * rows
        out.append(table.index_select(0, place.reshape(-1)).view(*place.shape, size))
    return out


def _batch_norm(
    params: Tensors, buffers: dict[str, Tensor], name: str, x: Tensor, step: Step | None
) -> Tensor:
    """Over the rows that are there.  Sums are products: those keep their order in any stack."""
    means, variances = f"{name}.running_mean", f"{name}.running_var"
    if step is None:
        mean, variance = buffers[means].unsqueeze(1), buffers[variances].unsqueeze(1)
    else:
        count = step.present.sum(dim=1).clamp(min=1).view(-1, 1, 1)
        share = step.present.unsqueeze(1) / count
        mean = torch.bmm(share, x)
        variance = torch.bmm(share, (x - mean).square())
        with torch.no_grad():
            honest = variance * (count / (count - 1).clamp(min=1))
            for key, value in ((means, mean), (variances, honest)):
                buffers[key] = torch.lerp(value.squeeze(1), buffers[key], BATCH_NORM_KEEPS)
    return _scaled(params, name, (x - mean) * torch.rsqrt(variance + EPSILON))


def _activated(name: str, x: Tensor) -> Tensor:
    match name:
        case "relu":
            return torch.relu(x)
        case "leaky_relu":
            return functional.leaky_relu(x)
        case "elu":
            return functional.elu(x)
        case "gelu":
            return functional.gelu(x)
        case "silu":
            return functional.silu(x)
        case "tanh":
            return torch.tanh(x)
    return torch.sigmoid(x)
