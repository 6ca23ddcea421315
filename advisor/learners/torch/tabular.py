"""The ``torch`` learner: a net from a config, all candidates and folds of a batch in one stack."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from advisor.learners.base import Model, ParamProblem
from advisor.learners.parts import Part, Parts
from advisor.learners.together import Work, in_order
from advisor.learners.torch.design import Described, Design, Ending
from advisor.learners.torch.fits import Run, Scale, finish, predictions
from advisor.learners.torch.model import TorchModel, load_model
from advisor.learners.torch.params import ROUNDS, check
from advisor.learners.torch.rows import Lane
from advisor.learners.torch.stack import Member, Stack, padded
from advisor.learners.torch.threads import one_torch_thread
from advisor.learners.watch import Patience, Watches
from advisor.measurements import Fit
from advisor.metrics.table import Metric
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Ints, Params, Split, Task

SMOOTH = 5  # epochs whose mean loss stands for the last one
# Numbers that a stack on a CPU may hold: beyond the cache a net costs more than it does alone.
ROOM, FEWEST, MOST = 2**23, 8, 64
ROOM_ON_GPU = 2**30
# Nanoseconds of an epoch by row: of a row, a hidden unit and a multiplication, and of a mini-batch
# for each layer and each weight.  Only their ratio counts.
ROW, UNIT, PRODUCT, LAYER_OF_BATCH, WEIGHT_OF_BATCH = 200.0, 8.0, 0.1, 2e4, 2.0


class Torch:
    """Nets described by a config, in PyTorch."""

    name = "torch"
    version = str(torch.__version__)

    def check(self, params: Params, task: Task) -> None:
        check(params, task)
        if params.get("device") == "cuda" and not torch.cuda.is_available():
            raise ParamProblem("device", "param_no_cuda", {"allowed": ["auto", "cpu"]})

    def ignored(self, params: Params) -> list[str]:
        scheduled = params.get("schedule", "none") != "none"
        return [n for n in params if n == "early_stopping" and scheduled and params[n]]

    def stopping(self, params: Params) -> Stopping | None:
        """None under a schedule as well: it pays at its end."""
        if params.get("early_stopping") is not True or params.get("schedule", "none") != "none":
            return None
        return Stopping(int(min(params.get("patience", 10), params.get(ROUNDS, 100))))

    def stopping_names(self, params: Params) -> list[str]:
        return [name for name in params if name == "early_stopping"]

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> TorchTrainer:
        return TorchTrainer(dataset, metric, Described(dataset))

    def load(self, file: Path) -> TorchModel:
        return load_model(file)


class TorchTrainer:
    """Trains nets on the splits of one Dataset; a ``StackingTrainer``."""

    def __init__(self, dataset: Dataset, metric: Metric, design: Design) -> None:
        self._data = dataset
        self._design = design
        self._watches = Watches(dataset, metric)
        self._parts = Parts(dataset, design.layout.features, augments=True)
        self._stopped = threading.Event()

    # -- measuring -----------------------------------------------------------------------------

    def fit(
        self, candidates: Sequence[Candidate], split: Split, *, curve: bool, threads: int
    ) -> Iterator[Fit]:
        """See ``Trainer.fit``; all candidates at once."""
        return in_order(self, candidates, split, curve=curve, threads=threads)

    def batches(self, work: Sequence[Work], workers: int) -> list[list[int]]:
        """Stacks that fit into the cache, and enough of them for all workers."""
        groups: dict[Hashable, list[int]] = {}
        for place, (candidate, split) in enumerate(work):
            rows = round(len(split.train) * candidate.treatment.fraction)
            rows += round(len(self._data.pool) * candidate.treatment.pool)
            groups.setdefault(self._kind(candidate, rows), []).append(place)
        out: list[list[int]] = []
        for places in groups.values():
            places.sort(key=lambda place: work[place][1].digest)  # nets of a lane stay together
            room = self._room(work[places[0]][0])
            count = max(-(-len(places) // room), min(workers, len(places) // (FEWEST // 2)), 1)
            out += [part.tolist() for part in np.array_split(places, count)]
        return sorted(out, key=min)

    def fit_many(
        self, work: Sequence[Work], *, curve: bool, threads: int
    ) -> Iterator[tuple[int, Fit]]:
        """See ``StackingTrainer.fit_many``; a stack uses one thread."""
        groups: dict[Hashable, list[tuple[int, Candidate, Split, Part]]] = {}
        for place, (candidate, split) in enumerate(work):
            part = self._parts.of(split, candidate.treatment, candidate.preprocessing)
            kind = self._kind(candidate, len(part.y))
            groups.setdefault(kind, []).append((place, candidate, split, part))
        for jobs in groups.values():
            with one_torch_thread():
                yield from self._train(jobs, curve)

    def _train(
        self, jobs: Sequence[tuple[int, Candidate, Split, Part]], curve: bool
    ) -> Iterator[tuple[int, Fit]]:
        """Everyone of one kind, as one stack."""
        lanes: dict[Hashable, int] = {}
        rows: list[Lane] = []
        members, runs = [], []
        for place, candidate, split, part in jobs:
            scaled = bool(candidate.params["scale_target"])
            key = (split.digest, candidate.treatment, candidate.preprocessing, scaled)
            scale = self._scale(part, scaled)
            if key not in lanes:
                lanes[key] = len(rows)
                rows.append(_lane(part, scale, split.seed))
            setting = self._design.setting(candidate.params)
            members.append(Member(lanes[key], setting))
            watch = self._watches.of(split)
            wait = candidate.stopping
            patience = None if wait is None else Patience(wait, watch.naive_loss, SMOOTH)
            lane = rows[lanes[key]]
            runs.append(Run(place, lane, setting.epochs, watch, patience, curve, scale))
        stack = self._stack(jobs[0][1], rows, members)
        yield from finish(stack, runs, self._data.task)

    def _stack(
        self, candidate: Candidate, lanes: Sequence[Lane], members: Sequence[Member]
    ) -> Stack:
        params = candidate.params
        return Stack(
            self._design.plan(candidate),
            str(params["optimizer"]),
            int(params["batch_size"]),
            self._data.task,
            lanes,
            members,
            _device(params),
            self._stopped.is_set,
        )

    def _kind(self, candidate: Candidate, rows: int) -> Hashable:
        """Equal for fits that can share a stack without one waiting long for another."""
        params, plan = candidate.params, self._design.plan(candidate)
        batch = int(params["batch_size"])
        steps = -(-rows // batch)
        return (
            object() if plan.alone else plan,
            params["optimizer"],
            batch,
            padded(min(batch, rows)),
            round(4 * np.log2(steps)),
            params["device"],
        )

    def _room(self, candidate: Candidate) -> int:
        """Nets of a stack at most."""
        plan, batch = self._design.plan(candidate), int(candidate.params["batch_size"])
        kept = plan.inputs + plan.units
        own = 4 * plan.size + 4 * padded(min(batch, len(self._data.train))) * kept
        if _device(candidate.params).type != "cpu":
            return max(FEWEST, ROOM_ON_GPU // own)
        return min(MOST, max(FEWEST, ROOM // own))

    def _scale(self, part: Part, scaled: bool) -> Scale:
        """Mean and spread of a regression's training targets."""
        if self._data.task is not Task.REGRESSION or not scaled:
            return Scale()
        mean = float(np.average(part.y, weights=part.weight))
        spread = float(np.sqrt(np.average((part.y - mean) ** 2, weights=part.weight)))
        return Scale(mean, spread if np.isfinite(spread) and spread > 0 else 1.0)

    def stop(self) -> None:
        self._stopped.set()

    def weight(self, candidate: Candidate) -> float:
        """Work of an epoch, by row."""
        plan = self._design.plan(candidate)
        batch = min(int(candidate.params["batch_size"]), len(self._data.train))
        layers = LAYER_OF_BATCH * plan.layers + WEIGHT_OF_BATCH * plan.products
        return float(ROW + UNIT * plan.units + PRODUCT * plan.products + layers / batch)

    # -- a model for use -----------------------------------------------------------------------

    def refit(self, candidate: Candidate, rows: Ints, seed: int) -> Model:
        part = self._parts.whole(rows, seed, candidate.treatment, candidate.preprocessing)
        scale = self._scale(part, bool(candidate.params["scale_target"]))
        setting, task = self._design.setting(candidate.params), self._data.task
        with one_torch_thread():
            stack = self._stack(candidate, [_lane(part, scale, seed)], [Member(0, setting)])
            losses: list[float] = []
            for _ in range(setting.epochs):
                losses.append(float(stack.epoch()[0]))
                if not np.isfinite(losses[-1]):
                    break
            out = stack.predict(train=True)[0]
            state = stack.weights(0)
        broken = not np.isfinite(losses[-1]) or not np.isfinite(out).all()
        if not broken and not losses[-1] <= losses[0]:
            pred = predictions(task, out, scale)
            broken = self._watches.hopeless(pred, part.y, part.weight)
        naive = self._watches.naive(part.y, part.weight) if broken else None
        return self._design.model(candidate, Ending(part.features, state, scale, naive))


def _lane(part: Part, scale: Scale, seed: int) -> Lane:
    """Targets as the net sees them, weights of mean 1."""
    target = part.y if part.y.dtype.kind == "i" else (part.y - scale.shift) / scale.factor
    weight = None if part.weight is None else part.weight / part.weight.mean()
    return Lane(part, target, weight, seed)


def _device(params: Params) -> torch.device:
    """``auto`` is the first GPU where there is one."""
    name = str(params["device"])
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
