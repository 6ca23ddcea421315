"""A stack from its first epoch to the last Fit: every epoch looked at, who is done lets go.

A net ends when its epochs are run, when early stopping says so, or when its loss is no number any
more; it leaves the stack, and those that stay cost less.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from advisor.learners.inside import Look, due, together
from advisor.learners.torch.rows import Lane
from advisor.learners.torch.stack import Stack
from advisor.learners.watch import Patience, Watch
from advisor.measurements import Fit
from advisor.types import Floats, Task


@dataclass(frozen=True, slots=True)
class Scale:
    """What the output of a net for a regression is multiplied with, and moved by."""

    shift: float = 0.0
    factor: float = 1.0


def predictions(task: Task, out: NDArray[np.float32], scale: Scale) -> Floats:
    """(m,) probabilities of class 1 or values, or (m, K) class probabilities."""
    wide = out.astype(np.float64)
    with np.errstate(all="ignore"):
        if task is Task.REGRESSION:
            return np.asarray(wide[:, 0] * scale.factor + scale.shift)
        return np.asarray(expit(wide[:, 0]) if task is Task.BINARY else softmax(wide, axis=1))


@dataclass(slots=True)
class Run:
    """One net on its way: what is known of it so far.

    Attributes:
        number: of the caller.
        lane: its rows.
        limit: epochs at most.
        watch: looks at its predictions.
        patience: early stopping, None without.
        curve: whether every epoch is marked.
    """

    number: int
    lane: Lane
    limit: int
    watch: Watch
    patience: Patience | None
    curve: bool
    scale: Scale = Scale()
    epochs: int = 0
    seconds: float = 0.0
    first_loss: float = np.inf
    loss: float = np.inf
    failed: bool = False
    over: bool = field(default=False)
    looks: list[tuple[int, Look]] = field(default_factory=list)

    def trained(self, loss: float) -> None:
        """An epoch is run, with this mean training loss."""
        self.loss = loss
        if not np.isfinite(self.first_loss):
            self.first_loss = loss
        broken = not np.isfinite(loss)
        self.failed = self.failed or broken
        self.over = broken or self.epochs + 1 >= self.limit
        if not (broken and self.epochs):  # an epoch that broke the net is not counted
            self.epochs += 1

    @property
    def due(self) -> bool:
        """Whether this epoch has to be looked at."""
        if self.failed and self.epochs > 1:
            return False
        return self.curve or self.patience is not None or self.over

    def look(self, task: Task, valid: NDArray[Any], train: NDArray[Any] | None) -> None:
        """The losses after an epoch, and whether early stopping has seen enough."""
        pred = predictions(task, valid, self.scale)
        if train is None:
            loss = self.watch.look(pred)
        else:
            own = predictions(task, train, self.scale)
            part = self.lane.part
            loss = self.watch.mark(self.epochs, pred, (own, part.y, part.weight))
        if self.patience is not None:
            if self.patience.see(self.epochs, loss):
                self.watch.keep()
            self.over = self.over or self.patience.over or not np.isfinite(loss)

    def fit(self) -> Fit:
        """What came out."""
        watch, patience = self.watch, self.patience
        if patience is None:
            watch.keep()
            rounds, failed = self.epochs, self.failed
        else:
            rounds, failed = patience.best_round, not np.isfinite(patience.best)
        grew = not self.loss <= self.first_loss  # a loss still on its way down is no failure
        failed = failed or (grew and watch.hopeless())
        inside = together(self.looks)
        return watch.fit(rounds, self.seconds, curve=self.curve, failed=failed, inside=inside)


def finish(stack: Stack, runs: Sequence[Run], task: Task) -> Iterator[tuple[int, Fit]]:
    """Train until nobody is left; (number, Fit) of each net as soon as it is done."""
    alive = list(runs)
    curve = any(run.curve for run in runs)
    while alive:
        started = time.perf_counter()
        number = alive[0].epochs + 1
        for run, loss in zip(alive, stack.epoch(watched=curve), strict=True):
            run.trained(float(loss))
        if curve and stack.deep and (due(number) or any(run.over for run in alive)):
            for run, look in zip(alive, stack.inside(), strict=True):
                if not run.failed:  # of a net that broke there is nothing to see
                    run.looks.append((number, look))
        if any(run.due for run in alive):
            valid = stack.predict(train=False)
            train = stack.predict(train=True) if curve else [None] * len(alive)
            for run, one, other in zip(alive, valid, train, strict=True):
                if run.due:
                    run.look(task, one, other)
        share = (time.perf_counter() - started) / len(alive)
        for run in alive:
            run.seconds += share
        yield from ((run.number, run.fit()) for run in alive if run.over)
        staying = [i for i, run in enumerate(alive) if not run.over]
        if staying and len(staying) < len(alive):
            stack.keep(staying)
        alive = [alive[i] for i in staying]
