"""Nets of one plan in training together, each on its own rows, at its own rate.

Nets see their rows in lanes: all that are trained on the same rows of the same split share one, and
with it the order of the mini-batches, the weights they start from and the units that dropout leaves
out.  All of that is drawn from the split's seed, so a net comes out the same whoever else is in the
stack, and two candidates on a split differ in nothing but what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from advisor.learners.inside import Look, rows_of
from advisor.learners.torch.inside import look, moved, spread
from advisor.learners.torch.net import ALIGNED, Plan
from advisor.learners.torch.optim import Optimizer
from advisor.learners.torch.params import Setting
from advisor.learners.torch.rows import Lane, Rows, row_losses
from advisor.learners.torch.schedule import rates
from advisor.learners.torch.stackable import Architecture, Step
from advisor.types import Floats, Task

ROWS_AT_A_TIME = 256
"""Of a forward pass in eval mode; always as many, so that sums do not depend on the stack."""


@dataclass(frozen=True, slots=True)
class Member:
    """One net: where its rows are, and how it is trained."""

    lane: int
    setting: Setting


class Stack:
    """Nets in training; ``epoch`` trains, ``predict`` looks, ``keep`` lets some of them go.

    Args:
        plan: architecture of all.
        optimizer: ``adamw``, ``adam`` or ``sgd``.
        batch: rows of a mini-batch.
        task: of the targets.
        lanes: rows.
        members: the nets.
        device: where they are trained.
        stopped: asked at every step; CancelledError once it says yes.
    """

    def __init__(
        self,
        plan: Architecture,
        optimizer: str,
        batch: int,
        task: Task,
        lanes: Sequence[Lane],
        members: Sequence[Member],
        device: torch.device,
        stopped: Callable[[], bool],
    ) -> None:
        self._plan, self._task, self._device = plan, task, device
        self._nets = plan.ready(device)
        self._stopped = stopped
        self._lanes = tuple(lanes)
        self._batch = batch
        self._padded = padded(min(batch, max(lane.rows for lane in lanes)))
        self._count = len(members)
        self._members = [members[i % self._count] for i in range(max(plan.fewest, self._count))]
        first = [self._nets.first(lane.seed) for lane in lanes]
        self._flat = torch.stack([first[m.lane] for m in self._members]).to(device)
        seeds = [lanes[m.lane].seed for m in self._members]
        self._buffers = self._nets.buffers(seeds, self._flat)
        settings = [m.setting for m in self._members]
        self._optimizer = Optimizer(optimizer, settings, self._flat)
        self._draws = [_generator(device, lane.seed) for lane in lanes]
        self._rows = Rows(lanes, plan, task, device)
        self._epoch = 0
        # whose layers are known by name, so that a look inside can tell them apart
        self._layered = plan if isinstance(plan, Plan) and plan.hidden else None
        self._moves: Tensor | None = None
        self._index()

    def _index(self) -> None:
        """What is asked of every member, as tensors."""
        own = [m.lane for m in self._members]
        self._lane_of = torch.tensor(own, device=self._device)
        self._dropout = self._numbers([m.setting.dropout for m in self._members]).view(-1, 1, 1)
        self._smoothing = self._numbers([m.setting.smoothing for m in self._members]).view(-1, 1)
        self._drops = {m.lane for m in self._members if m.setting.dropout}
        self._grads = torch.zeros_like(self._flat)  # between the parameters it stays 0
        self._grad_views = list(self._nets.views(self._grads).values())

    def _numbers(self, values: Any) -> Tensor:
        return torch.as_tensor(np.asarray(values, dtype=np.float32)).to(self._device)

    @property
    def deep(self) -> bool:
        """Whether the nets have hidden layers that ``inside`` can look at."""
        return self._layered is not None

    # -- training ------------------------------------------------------------------------------

    def epoch(self, *, watched: bool = False) -> Floats:
        """One pass over the rows; the mean training loss of each net on the way, (S,).

        ``watched``: how far a step moves the weights is measured, for ``inside``.
        """
        steps = [self._steps(lane) for lane in self._lanes]
        most = max(steps[m.lane] for m in self._members)
        places, present = self._order(most)
        table = np.zeros((most, len(self._members)))
        for i, m in enumerate(self._members):
            table[: steps[m.lane], i] = rates(m.setting, steps[m.lane], self._epoch)
        rate = self._numbers(table).unsqueeze(2)
        total = torch.zeros(len(self._members), device=self._device)
        shared = min(steps[m.lane] for m in self._members) - 1  # the last that all of them take
        before = self._flat
        for step in range(most):
            if self._stopped():
                raise CancelledError
            going = {i for i, count in enumerate(steps) if step < count}
            if watched and step == shared:
                before = self._flat.clone()
            total += self._step(places[:, step], present[:, step], rate[step], going)
            if watched and step == shared and self._layered is not None:
                self._moves = moved(self._layered, before, self._flat)
        self._epoch += 1
        rows = np.array([self._lanes[m.lane].rows for m in self._members[: self._count]])
        return np.asarray(total[: self._count].double().cpu().numpy() / rows)

    def _steps(self, lane: Lane) -> int:
        """Mini-batches of an epoch; a last row that is alone tells nothing of others."""
        alone = self._plan.mixes_rows and lane.rows % self._batch == 1 < lane.rows
        return max(1, lane.rows // self._batch) if alone else -(-lane.rows // self._batch)

    def _order(self, most: int) -> tuple[Tensor, Tensor]:
        """(L, steps, B) rows of each mini-batch of each lane, and 1 where there is one."""
        shape = (len(self._lanes), most, self._padded)
        places, present = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.float32)
        for i, lane in enumerate(self._lanes):
            order = np.random.default_rng([lane.seed, self._epoch]).permutation(lane.rows)
            for step in range(min(most, self._steps(lane))):
                rows = order[step * self._batch : (step + 1) * self._batch]
                places[i, step, : len(rows)] = rows
                present[i, step, : len(rows)] = 1
            places[i] += self._rows.starts[i]
        return (
            torch.from_numpy(places).to(self._device),
            torch.from_numpy(present).to(self._device),
        )

    def _step(self, places: Tensor, present: Tensor, rate: Tensor, going: set[int]) -> Tensor:
        """One mini-batch of every net whose lane is still going; the sum of its row losses, (S,).

        ``places`` and ``present`` are (L, B), ``rate`` is (S, 1).
        """
        active = None
        if any(m.lane not in going for m in self._members):
            own = [[m.lane in going] for m in self._members]
            active = torch.tensor(own, device=self._device)
        places = places.index_select(0, self._lane_of)
        present = present.index_select(0, self._lane_of)
        x, codes, target, weight = self._rows.of(places)
        # leaves of their own: one gradient each, and no copy of all parameters for each of them
        params = {k: v.detach().requires_grad_() for k, v in self._nets.views(self._flat).items()}
        before = dict(self._buffers)
        step = Step(present, self._masks(going), partial(self._drawn, going))
        out = self._nets.forward(params, self._buffers, x, codes, step)
        losses = row_losses(self._task, out, target, self._smoothing)
        weighted = losses * present if weight is None else losses * present * weight
        sums = weighted.sum(dim=1)
        mean = (sums / present.sum(dim=1).clamp(min=1)).sum()
        grads = torch.autograd.grad(mean, list(params.values()), materialize_grads=True)
        with torch.no_grad():
            for own, grad in zip(self._grad_views, grads, strict=True):
                own.copy_(grad)
            self._optimizer.step(self._flat, self._grads, rate, active)
            if active is not None:
                for name, old in before.items():
                    own = active.view(-1, *[1] * (old.dim() - 1))
                    self._buffers[name] = torch.where(own, self._buffers[name], old)
        return sums.detach()

    def _masks(self, going: set[int]) -> tuple[Tensor, ...]:
        """Dropout of every hidden layer; () where nobody has any."""
        if not self._drops:
            return ()
        kept = 1 / (1 - self._dropout)
        masks = []
        for width in self._plan.hidden:
            drawn = self._drawn(going & self._drops, (width,))
            masks.append((drawn >= self._dropout).to(kept.dtype).mul_(kept))
        return tuple(masks)

    def _drawn(self, lanes: set[int], shape: tuple[int, ...]) -> Tensor:
        """(S, B, *shape) between 0 and 1, the same for all nets of a lane; 1 for other lanes."""
        whole = (self._padded, *shape)
        luck = [
            torch.rand(whole, generator=draw, device=self._device)
            if i in lanes
            else torch.ones(whole, device=self._device)
            for i, draw in enumerate(self._draws)
        ]
        return torch.stack(luck).index_select(0, self._lane_of)

    # -- looking -------------------------------------------------------------------------------

    def predict(self, *, train: bool) -> list[NDArray[np.float32]]:
        """What the last layer says of each net's scored (or training) rows, (m, outputs) each."""
        rows = self._rows if train else self._rows.valid
        counts = [rows.counts[m.lane] for m in self._members]
        starts = torch.tensor([rows.starts[m.lane] for m in self._members], device=self._device)
        last = torch.tensor([max(0, c - 1) for c in counts], device=self._device).unsqueeze(1)
        params = self._nets.views(self._flat)
        found = []
        with torch.no_grad():
            for start in range(0, max(counts), ROWS_AT_A_TIME):
                own = torch.arange(start, start + ROWS_AT_A_TIME, device=self._device)
                places = starts.unsqueeze(1) + torch.minimum(own, last)
                x, codes, _, _ = rows.of(places)
                found.append(self._nets.forward(params, self._buffers, x, codes).cpu())
        out = torch.cat(found, dim=1).numpy()
        return [out[i, : counts[i]] for i in range(self._count)]

    def inside(self) -> list[Look]:
        """What goes on inside of each net after a watched epoch, on some of its training rows."""
        assert self._layered is not None
        assert self._moves is not None
        places, present = spread([rows_of(n.rows, n.seed) for n in self._lanes], self._rows.starts)
        own = places.to(self._device)[self._lane_of]
        x, codes, target, weight = self._rows.of(own)

        def losses(out: Tensor) -> Tensor:
            found = row_losses(self._task, out, target, self._smoothing)
            return found if weight is None else found * weight

        there = present.to(self._device)[self._lane_of]
        plan, params = self._layered, self._layered.views(self._flat)
        found = look(plan, params, self._buffers, (x, codes), losses, there, self._moves)
        return found[: self._count]

    def weights(self, place: int) -> dict[str, Tensor]:
        """A net's parameters and buffers by name, on the CPU."""
        named = {**self._nets.views(self._flat), **self._buffers}
        return {name: value[place].detach().cpu().clone() for name, value in named.items()}

    def keep(self, places: Sequence[int]) -> None:
        """Go on with the nets at these places only, at least one."""
        self._count = len(places)
        kept = [places[i % self._count] for i in range(max(self._plan.fewest, self._count))]
        index = torch.tensor(kept, device=self._device)
        self._members = [self._members[i] for i in kept]
        self._flat = self._flat[index]
        self._buffers = {name: value[index] for name, value in self._buffers.items()}
        self._optimizer.keep(index)
        self._moves = None
        self._index()


def padded(rows: int) -> int:
    """The rows of a mini-batch with those that are not there, a multiple of ALIGNED."""
    return -(-rows // ALIGNED) * ALIGNED


def _generator(device: torch.device, seed: int) -> torch.Generator:
    # not the seed of the first weights: a unit's luck has nothing to do with them
    mixed = int(np.random.SeedSequence([seed, 1]).generate_state(1, np.uint64)[0])
    return torch.Generator(device=device).manual_seed(mixed)
