"""A person's own ``nn.Module``: the class or function that makes it, and what that takes."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from advisor.errors import UsageError
from advisor.learners.own.chance import drawn_from
from advisor.own_code import INPUTS, OUTPUTS, OwnModel, raised, sizes_asked
from advisor.types import Params


@dataclass(frozen=True, slots=True, eq=False)
class Factory:
    """What makes a person's net.

    Attributes:
        call: class or function; of an object a copy of it.
        source: for messages.
        digest: hex; another one where the code is another one.
        takes: its parameters by name, those of the sizes left out.
        sizes: which of INPUTS and OUTPUTS it takes.
        folder: of its module; None where it was handed over from Python.
        pickled: what was handed over from Python; None for what a config names.
    """

    call: Callable[..., Any]
    source: str
    digest: str
    takes: Mapping[str, inspect.Parameter]
    sizes: tuple[str, ...]
    folder: Path | None = None
    pickled: bytes | None = None

    @classmethod
    def of(cls, own: OwnModel) -> Factory:
        """What a person brought.

        Raises:
            UsageError: it was handed over from Python and cannot be saved.
        """
        pickled = None if own.folder is not None else _pickled(own)
        if own.call is None:
            held = own.make()
            return cls(lambda: copy.deepcopy(held), own.source, own.digest, {}, (), None, pickled)
        found = inspect.signature(own.call).parameters
        named = {
            n: p for n, p in found.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        }
        sizes = tuple(name for name in (INPUTS, OUTPUTS) if name in named)
        takes = {name: p for name, p in named.items() if name not in sizes}
        return cls(own.call, own.source, own.digest, takes, sizes, own.folder, pickled)

    @property
    def defaults(self) -> dict[str, Any]:
        """Of the parameters that have one."""
        return {n: p.default for n, p in self.takes.items() if p.default is not p.empty}

    @property
    def required(self) -> list[str]:
        """The parameters without a default."""
        return [n for n, p in self.takes.items() if p.default is p.empty]

    def make(self, params: Params, inputs: int, outputs: int, seed: int) -> nn.Module:
        """A new net in single precision, its weights drawn from ``seed``.

        Args:
            params: those of ``takes``.
            inputs: columns it will see.
            outputs: numbers it is to answer a row with.
            seed: of the weights; of an object they are what they are.

        Raises:
            UsageError: it raises, or makes no net.
        """
        known = {INPUTS: inputs, OUTPUTS: outputs}
        given = {**params, **{name: known[name] for name in self.sizes}}
        with drawn_from(seed):
            try:
                net = self.call(**given)
                if isinstance(net, nn.Module):
                    _settled(net, inputs)
            except Exception as error:  # a person's code may raise anything
                said = ", ".join(f"{name}={value!r}" for name, value in given.items())
                raise raised("net_raises", {"found": f"{self.source}({said})"}, error) from error
        if not isinstance(net, nn.Module):
            values = {"found": self.source, "kind": type(net).__name__}
            raise UsageError("net_not_module", values)
        return net.float()


def _settled(net: nn.Module, inputs: int) -> None:
    """Lazy layers learn their sizes from the first rows they see."""
    if any(is_lazy(p) for p in net.parameters()):
        with torch.no_grad():
            net.eval()(torch.zeros(2, inputs))


def _pickled(own: OwnModel) -> bytes:
    try:
        return pickle.dumps(own.make() if own.call is None else own.call)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".split("\n")[0]
        raise UsageError("net_not_saved", {"found": own.source, "reason": reason}) from error


def is_net(own: OwnModel) -> bool:
    """Whether this is a module of PyTorch, or makes one; a function is called only if need be."""
    call = own.call
    if inspect.isclass(call):
        return issubclass(call, nn.Module)
    if sizes_asked(own):
        return True
    return isinstance(own.make(), nn.Module)


def wide(out: Tensor) -> Tensor:
    """(B, outputs) of (B, outputs) or (B,), or of (), which ``squeeze`` leaves of a single row."""
    return out.reshape(-1, 1) if out.dim() < 2 else out
