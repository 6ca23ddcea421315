"""The random numbers of a person's net: drawn for it, so that they know nothing of other nets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

Draw: TypeAlias = Callable[[Tensor], Tensor]
"""Numbers between 0 and 1 for what is to be dropped from."""
_drawing = threading.Lock()  # the generator of the process is one for all threads


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Within it random numbers come from this seed, and nobody else draws any."""
    with _drawing, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


class _Dropping(TorchFunctionMode):  # type: ignore[misc]
    """Dropout that gets its numbers from somewhere else."""

    def __init__(self, draw: Draw) -> None:
        super().__init__()
        self._draw = draw

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is functional.dropout:
            found = drop_of(*args, **(kwargs or {}))
            if found is not None:
                rows, share = found
                return rows * (self._draw(rows) >= share).to(rows.dtype) / (1 - share)
        return func(*args, **(kwargs or {}))


def drop_of(
    input: Tensor,  # noqa: A002 -- as torch has it
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
) -> tuple[Tensor, float] | None:
    """What a call of dropout leaves out of what, with its arguments; None where it is no chance."""
    return (input, p) if training and not inplace and 0 < p < 1 else None


def dropping(draw: Draw | None) -> AbstractContextManager[Any]:
    """Within it dropout asks ``draw`` for its numbers; None leaves it as it is."""
    return nullcontext() if draw is None else _Dropping(draw)


def in_turn(drawn: Iterable[Tensor]) -> Draw:
    """These numbers, for one call of dropout after the other."""
    left = iter(drawn)
    return lambda _: next(left)
