"""A person's own ``nn.Module``, trained as nets from a config are.

It gets (n, n_features) numbers in single precision: numbers as the preprocessing leaves them, gaps
filled, a 0/1 column for each level of a category.  It answers with (n, n_outputs): a logit for each
class, one logit of class 1 for two classes, or one value; (n,) will do where there is one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import torch

from advisor.errors import UsageError
from advisor.learners.base import Model, ParamProblem
from advisor.learners.net_features import NetLayout
from advisor.learners.own.module import Factory, is_net
from advisor.learners.own.net_model import OwnNetModel, load_net
from advisor.learners.own.nets import OwnPlan
from advisor.learners.own.probe import planned
from advisor.learners.together import Work, in_order
from advisor.learners.torch.design import Ending
from advisor.learners.torch.params import ALIASES, Setting
from advisor.learners.torch.tabular import Torch, TorchTrainer
from advisor.learners.watch import Watches
from advisor.measurements import Fit
from advisor.metrics.table import Metric
from advisor.own_code import OwnModel, raised
from advisor.recipes.own import FAMILY, Roles
from advisor.recipes.own_net import training_defaults
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Finding, Ints, Params, Severity, Split, Task

__all__ = ["OwnDesign", "OwnNet", "OwnNetTrainer", "is_net"]


class OwnNet:
    """The ``import`` learner for a module of PyTorch.

    Raises:
        UsageError: what was handed over from Python cannot be saved.
    """

    name = FAMILY

    def __init__(self, own: OwnModel) -> None:
        self._factory = Factory.of(own)
        self._training = training_defaults()
        self._torch = Torch()
        self.version = f"{torch.__version__} {own.digest[:32]}"

    def params_for(self, roles: Roles, given: Params) -> dict[str, Any]:
        """The parameters of the class that have a role or are one number, text or truth value.

        Each as it is by default, those without a default as ``given``.
        """
        named = {name for role in roles.values() for name in role}
        known = {name: given[name] for name in self._factory.required if name in given}
        known |= self._factory.defaults
        return {
            name: value
            for name, value in known.items()
            if name not in self._training
            and (name in named or isinstance(value, int | float | str | bool | None))
        }

    def check(self, params: Params, task: Task) -> None:
        takes = [name for name in self._factory.takes if name not in self._training]
        source = self._factory.source
        for name in params:
            if name not in takes and name not in self._training:
                allowed = [*takes, *self._training]
                near = difflib.get_close_matches(name, allowed, n=1, cutoff=0.6)
                values: dict[str, object] = {
                    "param": name,
                    "found": source,
                    "takes": takes or ["-"],
                }
                values["training"] = [*self._training]
                hint = ALIASES.get(name) or (near[0] if near else None)
                raise ParamProblem(name, "net_param_unknown", values, hint)
        for name in self._factory.required:
            if name in self._training:
                raise ParamProblem(name, "net_name_taken", {"param": name, "found": source})
            if name not in params:
                raise ParamProblem(name, "net_param_missing", {"param": name, "found": source})
        self._torch.check(self._of_training(params), task)

    def _of_training(self, params: Params) -> dict[str, Any]:
        return {name: value for name, value in params.items() if name in self._training}

    def ignored(self, params: Params) -> list[str]:
        return self._torch.ignored(params)

    def stopping(self, params: Params) -> Stopping | None:
        return self._torch.stopping(params)

    def stopping_names(self, params: Params) -> list[str]:
        return self._torch.stopping_names(params)

    def notices(self, dataset: Dataset, person: Candidate) -> list[Finding]:
        """See ``Noticing``: can folds and candidates be trained together, is the answer bounded?"""
        plan = OwnDesign(self._factory, dataset).plan(person)
        nature, told = plan.nature, []
        found: dict[str, Any] = {"found": self._factory.source}
        if plan.alone:
            reason = {"because": nature.alone, "detail": nature.detail}
            told.append(Finding("P10", Severity.WARNING, found | reason))
        if nature.ends is not None:
            kind = "logits" if dataset.task.is_classification else "values"
            ends = {"ends": nature.ends, "because": kind}
            told.append(Finding("P11", Severity.WARNING, found | ends))
        return told

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> OwnNetTrainer:
        return OwnNetTrainer(dataset, metric, OwnDesign(self._factory, dataset))

    def load(self, file: Path) -> OwnNetModel:
        return load_net(file)


class OwnDesign:
    """See ``Design``: nets that a person's code makes."""

    def __init__(self, factory: Factory, dataset: Dataset) -> None:
        self.source = factory.source
        self.layout = NetLayout.of(dataset, embeds=False)
        self._factory, self._data = factory, dataset
        self._theirs = set(factory.takes) - set(training_defaults())
        self._plans: dict[tuple[Any, ...], OwnPlan | UsageError] = {}

    def plan(self, candidate: Candidate) -> OwnPlan:
        """Of a net that is tried first.

        Raises:
            UsageError: it cannot be made or does not work.
        """
        given = {n: v for n, v in candidate.params.items() if n in self._theirs}
        params = {n: tuple(v) if isinstance(v, list) else v for n, v in given.items()}
        inputs = self.layout.width(candidate.preprocessing)
        key = (*sorted(params.items()), inputs)
        if key not in self._plans:
            task = self._data.task
            outputs = self._data.n_classes if task is Task.MULTICLASS else 1
            try:
                self._plans[key] = planned(self._factory, params, inputs, outputs)
            except UsageError as error:
                self._plans[key] = error
        found = self._plans[key]
        if isinstance(found, UsageError):
            raise found
        return found

    def setting(self, params: Params) -> Setting:
        return Setting.of({**params, "dropout": 0.0})  # theirs is within the net

    def model(self, candidate: Candidate, ending: Ending) -> OwnNetModel:
        plan = self.plan(candidate)
        return OwnNetModel(
            self._factory,
            plan.params,
            (plan.inputs, plan.outputs),
            ending.state,
            ending.features,
            self._data.task,
            ending.scale,
            ending.naive,
            draws=plan.nature.draws,
        )


class OwnNetTrainer:
    """A ``StackingTrainer`` that survives what a person's code may raise."""

    def __init__(self, dataset: Dataset, metric: Metric, design: OwnDesign) -> None:
        self._design = design
        self._watches = Watches(dataset, metric)
        self._inner = TorchTrainer(dataset, metric, design)

    def _works(self, candidate: Candidate) -> bool:
        """Whether there is such a net at all.

        Raises:
            UsageError: there is none, and it is the person's own.
        """
        try:
            self._design.plan(candidate)
        except UsageError:
            if candidate.stage is None:
                raise
            return False
        return True

    def fit(
        self, candidates: Sequence[Candidate], split: Split, *, curve: bool, threads: int
    ) -> Iterator[Fit]:
        """See ``Trainer.fit``."""
        return in_order(self, candidates, split, curve=curve, threads=threads)

    def batches(self, work: Sequence[Work], workers: int) -> list[list[int]]:
        """See ``StackingTrainer``; a net that cannot be stacked is a batch of its own."""
        able = [place for place, (candidate, _) in enumerate(work) if self._works(candidate)]
        planned_ = self._inner.batches([work[place] for place in able], workers)
        found = [[able[place] for place in places] for places in planned_]
        return [*found, *([place] for place in range(len(work)) if place not in able)]

    def fit_many(
        self, work: Sequence[Work], *, curve: bool, threads: int
    ) -> Iterator[tuple[int, Fit]]:
        """See ``StackingTrainer``; what fails together is tried again one by one."""
        left = {place: job for place, job in enumerate(work) if self._works(job[0])}
        yield from ((i, self._refused(job)) for i, job in enumerate(work) if i not in left)
        while left:
            places = [*left]
            jobs = [left[place] for place in places]
            try:
                for index, fit in self._inner.fit_many(jobs, curve=curve, threads=threads):
                    del left[places[index]]
                    yield places[index], fit
            except (UsageError, CancelledError):
                raise
            except Exception as error:  # a person's code may raise anything
                if len(left) > 1:
                    yield from self._one_by_one(left, curve, threads)
                    return
                (place,) = left
                if left[place][0].stage is None:
                    raise self._failed(error) from error
                yield place, self._refused(left.pop(place))

    def _one_by_one(
        self, left: dict[int, Work], curve: bool, threads: int
    ) -> Iterator[tuple[int, Fit]]:
        for place, job in left.items():
            for _, fit in self.fit_many([job], curve=curve, threads=threads):
                yield place, fit

    def _refused(self, job: Work) -> Fit:
        """Of a net that cannot be made or trained: the naive prediction."""
        return self._watches.refused(job[1])

    def _failed(self, error: Exception) -> UsageError:
        return raised("net_training_fails", {"found": self._design.source}, error)

    def stop(self) -> None:
        self._inner.stop()

    def weight(self, candidate: Candidate) -> float:
        return self._inner.weight(candidate) if self._works(candidate) else 1.0

    def refit(self, candidate: Candidate, rows: Ints, seed: int) -> Model:
        """See ``Trainer.refit``.

        Raises:
            UsageError: their code raises.
        """
        try:
            return self._inner.refit(candidate, rows, seed)
        except (UsageError, CancelledError):
            raise
        except Exception as error:
            raise self._failed(error) from error
