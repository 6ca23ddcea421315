"""A person's net, tried once on a few rows: does it work, and can it be stacked?

What cannot be: a net that remembers something of its rows (the running statistics of batch norm),
that lets rows see each other, draws random numbers other than those of dropout, or does what
``vmap`` has no rule for (control flow that depends on the data, most recurrent kernels).
"""

from __future__ import annotations

import copy
import threading
import warnings
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from advisor.errors import UsageError
from advisor.learners.own.chance import drawn_from, drop_of, dropping, in_turn
from advisor.learners.own.module import Factory, wide
from advisor.learners.own.nets import Nature, OwnPlan, named_tensors
from advisor.own_code import raised
from advisor.types import Params

ROWS = 7  # unlikely to be a width as well
CLOSE = 1e-4  # of the largest answer: what sums in another order may differ by
SHAPES = tuple(
    f"{name}Backward"
    for name in (
        "Squeeze",
        "Unsqueeze",
        "View",
        "UnsafeView",
        "Reshape",
        "Select",
        "Slice",
        "Clone",
    )
)
ENDS = {
    "SoftmaxBackward": "softmax",
    "SigmoidBackward": "sigmoid",
    "TanhBackward": "tanh",
    "ReluBackward": "relu",
}
"""Functions whose answers are no logits and no values of a standardised target."""
_probing = threading.Lock()  # filters of warnings belong to the process


def planned(factory: Factory, params: Params, inputs: int, outputs: int) -> OwnPlan:
    """The plan of the net that the factory makes of these parameters.

    Raises:
        UsageError: it cannot be made, fails on rows of ``inputs`` numbers, or does not answer
            them with ``outputs`` numbers that can be learned.
    """
    net = factory.make(params, inputs, outputs, 0)
    trained = {n: tuple(p.shape) for n, p in net.named_parameters() if p.requires_grad}
    if not trained:
        raise UsageError("net_without_weights", {"found": factory.source})
    draw = torch.Generator().manual_seed(0)
    rows = torch.randn(2, ROWS, inputs, generator=draw)
    with _probing, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tried = _Trial(factory, net, {**trained}, rows, outputs)
        nature = tried.nature()
        if nature.alone is None:
            other = factory.make(params, inputs, outputs, 1)
            nature = tried.stacked(nature, other)
    return OwnPlan(factory, tuple(sorted(params.items())), inputs, outputs, nature)


class _Trial:
    """One net on ``rows``, (2, ROWS, inputs)."""

    def __init__(
        self,
        factory: Factory,
        net: nn.Module,
        trained: dict[str, tuple[int, ...]],
        rows: Tensor,
        outputs: int,
    ) -> None:
        self._factory, self._rows, self._outputs = factory, rows, outputs
        self._trained = trained
        self._train = net.train()
        self._eval = copy.deepcopy(net).eval()
        self._named = named_tensors(net)

    def nature(self) -> Nature:
        """Of the net by itself."""
        values = {"found": self._factory.source, "inputs": self._rows.shape[2]}
        sites, kept = _Sites(), _Kept()
        try:
            named = self._leaves(self._named)
            with drawn_from(0), torch.autograd.graph.saved_tensors_hooks(kept, _same), sites:
                before = torch.get_rng_state()
                out = functional_call(self._train, named, (self._rows[0],))
                draws = not torch.equal(before, torch.get_rng_state())
            self._checked(out)
            fresh, more = self._in_use(self._eval)
            draws = draws or more
            keeps = not _close(fresh, self._in_use(self._train)[0])
        except UsageError:
            raise
        except Exception as error:  # a person's code may raise anything
            raise raised("net_fails", values, error) from error
        if not out.requires_grad:
            raise UsageError("net_without_gradient", {"found": self._factory.source})
        if keeps:
            values = {"found": self._factory.source, "names": _plain(self._train, self._eval)}
            raise UsageError("net_keeps_elsewhere", values)
        draws = draws or sites.odd
        changed = [n for n, t in self._named.items() if not torch.equal(t, named[n].detach())]
        nature = Nature(
            parameters=tuple(self._trained.items()),
            units=kept.numbers // ROWS,
            sites=() if draws else tuple(sites.shapes),
            mixes_rows=self._mixes(() if draws else tuple(sites.shapes)),
            draws=draws,
            ends=_end(out),
        )
        why = [
            ("remembers", bool(changed), changed[0] if changed else ""),
            ("mixes_rows", nature.mixes_rows, ""),
            ("draws", draws, ""),
        ]
        code, detail = next(((code, text) for code, so, text in why if so), (None, ""))
        return replace(nature, alone=code, detail=detail)

    def _in_use(self, net: nn.Module) -> tuple[Tensor, bool]:
        """The answer in eval mode with the weights as they were made, and whether it drew."""
        still = {name: value.clone() for name, value in self._named.items()}
        mode = net.training
        with drawn_from(0), torch.no_grad():
            before = torch.get_rng_state()
            out = wide(functional_call(net.eval(), still, (self._rows[0],)))
            draws = not torch.equal(before, torch.get_rng_state())
        net.train(mode)
        return out, draws

    def _leaves(self, named: dict[str, Tensor]) -> dict[str, Tensor]:
        """Copies, those that are trained with a gradient."""
        return {n: t.clone().requires_grad_(n in self._trained) for n, t in named.items()}

    def _checked(self, out: Any) -> None:
        """The answer must be numbers, as many as are asked for."""
        shape = tuple(out.shape) if isinstance(out, Tensor) else None
        one = self._outputs == 1
        allowed = [(ROWS, self._outputs), *([(ROWS,)] if one else [])]
        if shape in allowed and out.is_floating_point():
            return
        found = type(out).__name__ if shape is None else f"{_shown(shape)} {out.dtype}"
        values = {
            "found": self._factory.source,
            "rows": ROWS,
            "answer": found,
            "outputs": self._outputs,
        }
        raise UsageError("net_answer_one" if one else "net_answer_classes", values)

    def _mixes(self, sites: tuple[tuple[int, ...], ...]) -> bool:
        """Whether another last row changes the answers to the others, in training."""
        one, other = self._rows[0], self._rows[0].clone()
        other[-1] = self._rows[1, -1]
        found = [self._answer(rows, sites)[:-1] for rows in (one, other)]
        return not _close(*found)

    def _answer(self, rows: Tensor, sites: tuple[tuple[int, ...], ...]) -> Tensor:
        luck = [_luck(shape) for shape in sites]
        named = {name: value.clone() for name, value in self._named.items()}
        with drawn_from(0), torch.no_grad(), dropping(in_turn(luck) if luck else None):
            return wide(functional_call(self._train, named, (rows,)))

    def stacked(self, nature: Nature, other: nn.Module) -> Nature:
        """The same nature, or why the net cannot be stacked after all."""
        both = [self._named, named_tensors(other)]
        named = self._leaves({n: torch.stack([own[n] for own in both]) for n in self._named})
        luck = [_luck(shape).expand(2, *(-1,) * (len(shape) + 1)) for shape in nature.sites]

        def answer(own: dict[str, Tensor], rows: Tensor, *drawn: Tensor) -> Tensor:
            with dropping(in_turn(drawn) if drawn else None):
                return wide(functional_call(self._train, own, (rows,)))

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # a rule that is missing is made up for slowly
                out = vmap(answer, randomness="error")(named, self._rows, *luck)
                leaves = [named[name] for name in self._trained]
                torch.autograd.grad(out.sum(), leaves, allow_unused=True)
        except Exception as error:  # vmap says no in many ways
            branches = "control flow" in str(error) or "item()" in str(error)
            text = str(error).split("\n")[0].split(". ")[0]
            return replace(nature, alone="branches" if branches else "no_rule", detail=text)
        if not _close(out[0], self._answer(self._rows[0], nature.sites)):
            return replace(nature, alone="no_rule", detail="another answer")
        return nature


def _plain(called: nn.Module, fresh: nn.Module) -> list[str]:
    """Attributes that a call has changed, and that are neither parameter, buffer nor module."""
    found = []
    for (path, one), other in zip(called.named_modules(), fresh.modules(), strict=True):
        for name, value in vars(one).items():
            if name.startswith("_") or name == "training":
                continue
            if name not in vars(other) or repr(value) != repr(vars(other)[name]):
                found.append(f"{path}.{name}" if path else name)
    return found


def _end(out: Tensor) -> str | None:
    """The bounding function that an answer comes out of, read off the graph of its gradient."""
    step = out.grad_fn
    while step is not None and step.name().startswith(SHAPES):
        step = step.next_functions[0][0]
    return None if step is None else ENDS.get(step.name().rstrip("0123456789"))


class _Sites(TorchFunctionMode):  # type: ignore[misc]
    """Where a net drops something: the shape of a row there.

    Nothing is drawn.  ``odd``: rows do not come first somewhere, so the numbers are its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []
        self.odd = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is functional.dropout:
            found = drop_of(*args, **(kwargs or {}))
            if found is not None:
                shape = tuple(found[0].shape)
                self.odd = self.odd or shape[:1] != (ROWS,)
                self.shapes.append(shape[1:])
                return found[0] * 1.0
        return func(*args, **(kwargs or {}))


class _Kept:
    """Counts the numbers that training keeps of the rows."""

    def __init__(self) -> None:
        self.numbers = 0

    def __call__(self, tensor: Tensor) -> Tensor:
        if tensor.shape[:1] == (ROWS,):
            self.numbers += tensor.numel()
        return tensor


def _same(tensor: Tensor) -> Tensor:
    return tensor


def _luck(shape: tuple[int, ...]) -> Tensor:
    """(ROWS, *shape) numbers between 0 and 1, the same every time."""
    return torch.rand(ROWS, *shape, generator=torch.Generator().manual_seed(1))


def _close(one: Tensor, other: Tensor) -> bool:
    known = one[one.isfinite()]  # of a net that takes a logarithm of these rows, some may be left
    largest = float(known.abs().max()) if known.numel() else 0.0
    return bool(torch.allclose(one, other, rtol=0, atol=CLOSE * max(largest, 1e-6), equal_nan=True))


def _shown(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
