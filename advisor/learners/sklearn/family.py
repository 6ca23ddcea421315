"""A family whose parameters are those of scikit-learn's estimators, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import sklearn

from advisor.learners.base import Model, Trainer
from advisor.learners.sklearn.params import check_estimator
from advisor.metrics.table import Metric
from advisor.settings import Stopping
from advisor.types import Dataset, Params, Task

Limits: TypeAlias = Mapping[str, Collection[Any]]


@dataclass(frozen=True, slots=True)
class SklearnFamily:
    """See ``Learner``: what is the family's own is given.

    Attributes:
        name: of the family.
        estimator_of: the class whose parameters are meant.
        trainer: what ``prepare`` gives, of the rows, the person's parameters and the metric.
        reader: what ``load`` does.
        decided: parameters that the data and the search decide.
        limits: {name: values} where advisor can do with some of the library's values only.
        limits_of_classes: further ones where classes are predicted.
        taken: (name, value) pairs that are right here, whatever the library says.
        patience: the parameter that asks for early stopping, None where nothing does.
    """

    name: str
    estimator_of: Callable[[Task], Any]
    trainer: Callable[[Dataset, Params, Metric], Trainer]
    reader: Callable[[Path], Model]
    decided: Collection[str]
    limits: Limits = field(default_factory=dict)
    limits_of_classes: Limits = field(default_factory=dict)
    taken: tuple[tuple[str, Any], ...] = ()
    patience: str | None = None

    @property
    def version(self) -> str:
        return str(sklearn.__version__)

    def check(self, params: Params, task: Task) -> None:
        own = {k: v for k, v in params.items() if (k, v) not in self.taken}
        more = self.limits_of_classes if task.is_classification else {}
        limits = {**self.limits, **more}
        check_estimator(self.estimator_of(task), own, family=self.name, limits=limits)

    def ignored(self, params: Params) -> list[str]:
        return [name for name in params if name in self.decided]

    def stopping(self, params: Params) -> Stopping | None:
        rounds = None if self.patience is None else params.get(self.patience)
        return None if rounds is None else Stopping(int(rounds))

    def stopping_names(self, params: Params) -> list[str]:
        return [name for name in params if name == self.patience]

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> Trainer:
        return self.trainer(dataset, params, metric)

    def load(self, file: Path) -> Model:
        return self.reader(file)
