"""A fitted net with what turns a table into its input, in a file that holds no pickled code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from advisor.learners.features import Features
from advisor.learners.torch.fits import Scale, predictions
from advisor.learners.torch.net import Plan, forward
from advisor.types import Task

ROWS_AT_A_TIME = 4096


class TorchModel:
    """A net for use.

    Args:
        features: of the table.
        plan: of the net.
        state: its parameters and buffers by name.
        task: of the targets.
        scale: of a regression's target.
        naive: what it predicts instead of the net's answer, for a net that diverged.
    """

    def __init__(
        self,
        features: Features,
        plan: Plan,
        state: Mapping[str, Tensor],
        task: Task,
        scale: Scale,
        naive: NDArray[Any] | None = None,
    ) -> None:
        self._features, self._plan, self._task, self._scale = features, plan, task, scale
        self._state, self._naive = dict(state), naive

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        """See ``Model``; in double precision, so that a row's answer knows no other row."""
        matrix = self._features.matrix(X)
        if self._naive is not None:
            return np.broadcast_to(self._naive, (len(matrix), *self._naive.shape)).copy()
        state = {name: value.double().unsqueeze(0) for name, value in self._state.items()}
        buffers = {name: value for name, value in state.items() if "running" in name}
        inputs = self._plan.inputs
        out = []
        with torch.no_grad():
            for start in range(0, max(1, len(matrix)), ROWS_AT_A_TIME):
                rows = matrix[start : start + ROWS_AT_A_TIME]
                # as in training, where numbers are read in single precision
                with np.errstate(all="ignore"):
                    single = rows[:, :inputs].astype(np.float32).astype(np.float64)
                codes = None
                if self._plan.tables:
                    known = np.nan_to_num(rows[:, inputs:] + 1, nan=0.0).astype(np.int64)
                    codes = torch.from_numpy(known).unsqueeze(0)
                x = torch.from_numpy(single).unsqueeze(0)
                out.append(forward(self._plan, state, buffers, x, codes)[0].numpy())
        return predictions(self._task, np.concatenate(out), self._scale)

    def save(self, folder: Path) -> Path:
        """One ``.pt``: a dict of numbers, texts and the net's ``state_dict``.

        ``torch.load(file, weights_only=True)`` reads it.
        """
        file = folder / "model.pt"
        about = {
            "plan": asdict(self._plan),
            "task": str(self._task),
            "scale": asdict(self._scale),
            "naive": None if self._naive is None else self._naive.tolist(),
            "features": self._features.to_json(),
        }
        torch.save({"about": json.dumps(about), "state_dict": self._state}, file)
        return file


def load_model(file: Path) -> TorchModel:
    """What ``TorchModel.save`` wrote."""
    saved = torch.load(file, weights_only=True, map_location="cpu")
    about = json.loads(saved["about"])
    plan = about["plan"]
    plan |= {"hidden": tuple(plan["hidden"]), "tables": tuple(map(tuple, plan["tables"]))}
    naive = about["naive"]
    return TorchModel(
        Features.from_json(about["features"]),
        Plan(**plan),
        saved["state_dict"],
        Task(about["task"]),
        Scale(**about["scale"]),
        None if naive is None else np.asarray(naive),
    )
