"""A person's fitted net with what turns a table into its input, and the file it is kept in."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call

from advisor.learners.features import Features
from advisor.learners.own.chance import drawn_from
from advisor.learners.own.module import Factory, wide
from advisor.learners.torch.fits import Scale, predictions
from advisor.own_code import OwnModel, own_factory
from advisor.types import Params, Task

ROWS_AT_A_TIME = 4096


class OwnNetModel:
    """A net for use.

    Args:
        factory: what makes it.
        params: its parameters.
        sizes: numbers of a row that it sees, and that it answers.
        state: weights and buffers by name.
        draws: it draws random numbers; every prediction then draws the same.
        features: of the table.
        task: of the targets.
        scale: of a regression's target.
        naive: what it predicts instead of the net's answer, for a net that diverged.
    """

    def __init__(
        self,
        factory: Factory,
        params: Params,
        sizes: tuple[int, int],
        state: Mapping[str, Tensor],
        features: Features,
        task: Task,
        scale: Scale,
        naive: NDArray[Any] | None,
        *,
        draws: bool,
    ) -> None:
        self._factory, self._params, self._sizes, self._draws = factory, params, sizes, draws
        self._features, self._task, self._scale = features, task, scale
        self._state, self._naive = dict(state), naive
        self._net: nn.Module = factory.make(params, *sizes, 0).eval()

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        """See ``Model``."""
        with np.errstate(all="ignore"):
            matrix = self._features.matrix(X).astype(np.float32)
        if self._naive is not None:
            return np.broadcast_to(self._naive, (len(matrix), *self._naive.shape)).copy()
        out = []
        for start in range(0, max(1, len(matrix)), ROWS_AT_A_TIME):
            rows = torch.from_numpy(matrix[start : start + ROWS_AT_A_TIME])
            with torch.no_grad(), drawn_from(0) if self._draws else nullcontext():
                out.append(wide(functional_call(self._net, dict(self._state), (rows,))).numpy())
        return predictions(self._task, np.concatenate(out), self._scale)

    def save(self, folder: Path) -> Path:
        """One ``.pt``; ``torch.load(file, weights_only=True)["state_dict"]`` is for the net itself.

        A net that was handed over from Python is pickled beside it: no config says how to make it.
        """
        factory = self._factory
        about = {
            "source": factory.source,
            "folder": None if factory.folder is None else str(factory.folder),
            "params": dict(self._params),
            "sizes": self._sizes,
            "task": str(self._task),
            "scale": asdict(self._scale),
            "naive": None if self._naive is None else self._naive.tolist(),
            "features": self._features.to_json(),
            "draws": self._draws,
        }
        saved = {"about": json.dumps(about), "state_dict": self._state}
        if factory.pickled is not None:
            saved["pickled"] = torch.frombuffer(bytearray(factory.pickled), dtype=torch.uint8)
        file = folder / "model.pt"
        torch.save(saved, file)
        return file


def load_net(file: Path) -> OwnNetModel:
    """What ``OwnNetModel.save`` wrote; this runs the person's code.

    Raises:
        UsageError: their module is not there any more, or raises.
    """
    saved = torch.load(file, weights_only=True, map_location="cpu")
    about = json.loads(saved["about"])
    naive = about["naive"]
    return OwnNetModel(
        Factory.of(_brought(about, saved)),
        about["params"],
        tuple(about["sizes"]),
        saved["state_dict"],
        Features.from_json(about["features"]),
        Task(about["task"]),
        Scale(**about["scale"]),
        None if naive is None else np.asarray(naive),
        draws=about["draws"],
    )


def _brought(about: Mapping[str, Any], saved: Mapping[str, Any]) -> OwnModel:
    if about["folder"] is not None:
        return own_factory(about["source"], Path(about["folder"]), None, allow_code=True)
    held = pickle.loads(saved["pickled"].numpy().tobytes())
    call = None if isinstance(held, nn.Module) else held
    return OwnModel(lambda: held, about["source"], "", call=call)
