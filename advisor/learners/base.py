"""What every family gives the search: one Learner, its Trainer and a fitted Model.

A learner *prepares once and fits many*: whatever is the same for all candidates (binning, encoding,
moving to a device) happens in ``prepare``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pandas as pd
from numpy.typing import NDArray

from advisor.measurements import Fit
from advisor.metrics.table import Metric
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Finding, Ints, Params, Split, Task


class ParamProblem(ValueError):
    """A parameter the learner cannot take; the caller knows the file and line.

    ``code`` and ``values`` are those of an ``AdvisorError``; ``hint`` is the nearest right name.
    """

    def __init__(
        self, param: str, code: str, values: dict[str, object], hint: str | None = None
    ) -> None:
        super().__init__(param, code, values)
        self.param = param
        self.code = code
        self.values = values
        self.hint = hint


class Model(Protocol):
    """A fitted model."""

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        """(n,) probabilities of class 1 or values, or (n, K) class probabilities."""
        ...

    def save(self, folder: Path) -> Path:
        """Write the model into ``folder`` in the library's own format; return the file."""
        ...


class Trainer(Protocol):
    """Fits candidates on splits of one prepared Dataset; safe to call from several threads."""

    def fit(
        self, candidates: Sequence[Candidate], split: Split, *, curve: bool, threads: int
    ) -> Iterator[Fit]:
        """One Fit per candidate, in order.

        Args:
            candidates: what to fit; a trainer that can trains them as one batch.
            split: training rows (before the candidate's treatment) and rows to predict.
            curve: also record the losses of both parts along the fit.
            threads: processor threads one fit may use.
        """
        ...

    def stop(self) -> None:
        """End running fits soon, from any thread; the trainer is not used again."""
        ...

    def weight(self, candidate: Candidate) -> float:
        """Work of one round (or of the whole fit), relative to other candidates."""
        ...

    def refit(self, candidate: Candidate, rows: Ints, seed: int) -> Model:
        """Fit on ``rows`` (with the candidate's treatment) for use, not for measuring."""
        ...


@runtime_checkable
class MayDrawNone(Protocol):
    """A trainer some of whose models can draw no curve, whoever asks for one."""

    @property
    def draws_curves(self) -> bool:
        """Whether those that it fits here can."""
        ...


@runtime_checkable
class Noticing(Protocol):
    """A learner that has something to say of the person's model before it is measured."""

    def notices(self, dataset: Dataset, person: Candidate) -> list[Finding]:
        """Findings for the report; UsageError where the model does not work at all."""
        ...


@runtime_checkable
class Settling(Protocol):
    """A learner whose library chooses values by the rows and rounds where a person gives none.

    A search changes both, and the library would then choose other values unseen: what it chooses
    for the person's own model is fixed when their model is read.
    """

    def settled(self, dataset: Dataset, params: Params) -> Params:
        """The values chosen for these (the person's) parameters, none of which is in them."""
        ...


class Learner(Protocol):
    """One library's way of fitting."""

    @property
    def name(self) -> str:
        """Of the family."""
        ...

    @property
    def version(self) -> str:
        """Of the library, and whatever else decides what a fit comes to."""
        ...

    def check(self, params: Params, task: Task) -> None:
        """Raise ``ParamProblem`` for a parameter that is unknown or out of the library's range."""
        ...

    def ignored(self, params: Params) -> list[str]:
        """Parameters the person gave that the search sets itself (a seed, a metric)."""
        ...

    def stopping(self, params: Params) -> Stopping | None:
        """The early stopping these parameters ask for, None when all rounds are run."""
        ...

    def stopping_names(self, params: Params) -> list[str]:
        """The parameters that ask for early stopping, as the person spelled them."""
        ...

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> Trainer:
        """Prepare all rows once.

        Args:
            dataset: the rows; the locked test part takes no part in the preparation.
            params: the person's own parameters (some, as ``max_bin``, decide the preparation).
            metric: what early stopping follows.
        """
        ...

    def load(self, file: Path) -> Model:
        """A model that ``Model.save`` wrote."""
        ...
