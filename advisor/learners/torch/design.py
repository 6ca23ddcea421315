"""Whose nets a trainer trains: what it asks of them, and those that a config describes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from advisor.learners.base import Model
from advisor.learners.features import Features
from advisor.learners.net_features import NetLayout
from advisor.learners.torch.fits import Scale
from advisor.learners.torch.model import TorchModel
from advisor.learners.torch.net import Plan
from advisor.learners.torch.params import Setting, widths_of
from advisor.learners.torch.stackable import Architecture
from advisor.settings import Candidate
from advisor.types import Dataset, Floats, Params, Task


@dataclass(frozen=True, slots=True)
class Ending:
    """What a training for use leaves behind.

    Attributes:
        features: of the table.
        state: parameters and buffers by name.
        scale: of a regression's target.
        naive: what is predicted instead of the answer of a net that diverged.
    """

    features: Features
    state: dict[str, Tensor]
    scale: Scale
    naive: Floats | None


class Design(Protocol):
    """Whose nets are trained: one described by a config, or a person's own module."""

    @property
    def layout(self) -> NetLayout:
        """What of the table a net sees."""
        ...

    def plan(self, candidate: Candidate) -> Architecture: ...

    def setting(self, params: Params) -> Setting:
        """How a net is trained."""
        ...

    def model(self, candidate: Candidate, ending: Ending) -> Model:
        """The net for use."""
        ...


class Described:
    """Nets as the config describes them."""

    def __init__(self, dataset: Dataset) -> None:
        self._data = dataset
        self.layout = NetLayout.of(dataset)

    def plan(self, candidate: Candidate) -> Plan:
        params, how, data = candidate.params, candidate.preprocessing, self._data
        return Plan(
            inputs=self.layout.width(how),
            tables=self.layout.tables(how),
            hidden=widths_of(params),
            activation=str(params["activation"]),
            norm=str(params["norm"]),
            outputs=data.n_classes if data.task is Task.MULTICLASS else 1,
        )

    def setting(self, params: Params) -> Setting:
        return Setting.of(params)

    def model(self, candidate: Candidate, ending: Ending) -> TorchModel:
        plan, task = self.plan(candidate), self._data.task
        return TorchModel(ending.features, plan, ending.state, task, ending.scale, ending.naive)
