"""The rows that nets of a stack are trained on and scored on, and what an answer to a row costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from advisor.learners.parts import Part
from advisor.learners.torch.stackable import Architecture
from advisor.types import Floats, Ints, Task


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """Rows that nets are trained on and scored on.

    Attributes:
        part: the rows as numbers.
        target: (n,) class codes, or targets as the net sees them.
        weight: (n,) of mean 1, or None.
        seed: of weights, order and dropout.
    """

    part: Part
    target: NDArray[Any]
    weight: Floats | None
    seed: int

    @property
    def rows(self) -> int:
        return len(self.target)


class Rows:
    """The rows of all lanes behind each other, on the device.

    Attributes:
        starts, counts: of each lane.
        valid: the same for the scored rows.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        plan: Architecture,
        task: Task,
        device: torch.device,
        of: str = "train",
    ) -> None:
        matrices = [lane.part.matrix if of == "train" else lane.part.valid for lane in lanes]
        self.counts = [len(m) for m in matrices]
        self.starts: Ints = np.concatenate([[0], np.cumsum(self.counts)[:-1]]).astype(np.int64)
        with np.errstate(all="ignore"):
            dense = [m[:, : plan.inputs].astype(np.float32) for m in matrices]
        self._x = torch.from_numpy(np.concatenate(dense)).to(device)
        self._codes = None
        if plan.tables:
            known = [np.nan_to_num(m[:, plan.inputs :] + 1, nan=0.0) for m in matrices]
            self._codes = torch.from_numpy(np.concatenate(known).astype(np.int64)).to(device)
        self._weight: Tensor | None = None
        if of != "train":
            self._y = torch.zeros(len(self._x), device=device)
            return
        kind = np.int64 if task is Task.MULTICLASS else np.float32
        y = np.concatenate([lane.target for lane in lanes]).astype(kind)
        self._y = torch.from_numpy(y).to(device)
        if any(lane.weight is not None for lane in lanes):
            all_ = [np.ones(lane.rows) if lane.weight is None else lane.weight for lane in lanes]
            self._weight = torch.from_numpy(np.concatenate(all_).astype(np.float32)).to(device)
        self.valid = Rows(lanes, plan, task, device, of="valid")

    def of(self, places: Tensor) -> tuple[Tensor, Tensor | None, Tensor, Tensor | None]:
        """Numbers, codes, target and weight of (S, B) rows."""
        flat = places.reshape(-1)

        def rows(tensor: Tensor) -> Tensor:
            return tensor.index_select(0, flat).view(*places.shape, *tensor.shape[1:])

        codes = None if self._codes is None else rows(self._codes)
        weight = None if self._weight is None else rows(self._weight)
        return rows(self._x), codes, rows(self._y), weight


def row_losses(task: Task, out: Tensor, target: Tensor, smoothing: Tensor) -> Tensor:
    """(S, B) cross-entropy or squared error of (S, B, outputs); ``smoothing`` is (S, 1)."""
    if task is Task.REGRESSION:
        return (out[..., 0] - target).square()
    if task is Task.BINARY:
        soft = target * (1 - smoothing) + smoothing / 2
        return functional.binary_cross_entropy_with_logits(out[..., 0], soft, reduction="none")
    logs = functional.log_softmax(out, dim=2)
    own = logs.gather(2, target.unsqueeze(2)).squeeze(2)
    return -(1 - smoothing) * own - smoothing * logs.mean(dim=2)
