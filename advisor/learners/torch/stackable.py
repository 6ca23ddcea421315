"""What nets must offer to be trained as a stack, whoever describes them.

An ``Architecture`` is what nets agree in, a value that can be compared; ``Nets`` is the same at
work in one stack.  Parameters of S nets are one (S, P) tensor, whatever is computed with them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

Tensors: TypeAlias = Mapping[str, Tensor]


def no_luck(shape: tuple[int, ...]) -> Tensor:
    """For a pass in which nothing is left to chance."""
    raise RuntimeError(f"no random numbers here, asked for {shape}")


@dataclass(frozen=True, slots=True)
class Step:
    """What a forward pass in training needs beside the rows.

    Attributes:
        present: (S, B) 1 for a row, 0 where there is none.
        masks: (S, B, width) for each hidden layer: 0 for units left out, else what evens it out.
        luck: of a shape (S, B, *shape) numbers between 0 and 1 that know nothing of the stack.
    """

    present: Tensor
    masks: tuple[Tensor, ...] = ()
    luck: Callable[[tuple[int, ...]], Tensor] = no_luck


class Nets(Protocol):
    """Nets of one architecture, in one stack."""

    def first(self, seed: int) -> Tensor:
        """(P,) the weights a fit starts from."""
        ...

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """The parameters by name, (S, *shape), as parts of (S, P) ``flat``."""
        ...

    def buffers(self, seeds: Sequence[int], like: Tensor) -> dict[str, Tensor]:
        """What a net holds beside its parameters, (S, *shape) each; a seed for each net."""
        ...

    def forward(
        self,
        params: Tensors,
        buffers: dict[str, Tensor],
        x: Tensor,
        codes: Tensor | None,
        step: Step | None = None,
    ) -> Tensor:
        """(S, B, outputs) of (S, B, inputs) rows; with ``step`` as in training.

        Args:
            params: by name, (S, *shape).
            buffers: replaced in training where they change.
            x: the numbers.
            codes: (S, B, tables) rows of the embeddings, int64; None without tables.
            step: None for eval mode.
        """
        ...


class Architecture(Hashable, Protocol):
    """What nets must agree in to be stacked.

    Attributes:
        inputs: columns that are numbers.
        tables: (rows, size) of each table of embeddings.
        hidden: widths of the layers whose dropout is drawn by the stack.
        fewest: nets that a stack must hold; it repeats some where there are fewer.
        alone: a stack may hold one net and no more.
        mixes_rows: in training a row's answer depends on the rows beside it.
        size: numbers in a net's vector.
        units: numbers that training keeps of a row, inputs and outputs left out.
        layers, products: layers, and multiplications of a row.
    """

    @property
    def inputs(self) -> int: ...
    @property
    def tables(self) -> tuple[tuple[int, int], ...]: ...
    @property
    def hidden(self) -> tuple[int, ...]: ...
    @property
    def fewest(self) -> int: ...
    @property
    def alone(self) -> bool: ...
    @property
    def mixes_rows(self) -> bool: ...
    @property
    def size(self) -> int: ...
    @property
    def units(self) -> int: ...
    @property
    def layers(self) -> int: ...
    @property
    def products(self) -> int: ...

    def ready(self, device: torch.device) -> Nets:
        """At work in one stack."""
        ...
