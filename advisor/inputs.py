"""A config checked against its data: everything a run needs to know before the first fit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from advisor.audit import CHECKS
from advisor.audit.base import Kpi
from advisor.config.run_config import RunConfig
from advisor.data.dataset import load
from advisor.errors import ConfigError, UsageError
from advisor.executor import ThreadExecutor
from advisor.learners import LEARNERS, Learner, Noticing, ParamProblem, Settling, learner_of
from advisor.measure.evaluate import Evaluator
from advisor.measure.journal import Journal
from advisor.metrics.table import COST, DEFAULT_METRIC, METRICS, Metric, find_metric, metric_names
from advisor.own_code import OwnModel, own_factory
from advisor.recipes.own import FAMILY as OWN
from advisor.recipes.recipe import Recipe
from advisor.settings import Candidate, Preprocessing, Treatment
from advisor.spelling import nearest
from advisor.types import Dataset, Finding, Params, Severity, Task


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run works on; ``person`` is the model as the person runs it.

    ``settled``: values that the library chose for it where the config gives none (``Settling``).
    """

    config: RunConfig
    dataset: Dataset
    recipe: Recipe
    learner: Learner
    metric: Metric
    person: Candidate
    kpi: Kpi
    settled: Params = field(default_factory=dict)


def read_inputs(
    config: RunConfig,
    frame: pd.DataFrame | None,
    *,
    own: OwnModel | None = None,
    allow_code: bool = False,
) -> Inputs:
    """Load the data and check metric and parameters against them.

    Args:
        config: what is asked.
        frame: the table, instead of ``data.path``.
        own: the person's model, instead of ``model.factory``.
        allow_code: the person's own code may run.

    Raises:
        UsageError: with file, line and column where the config is to blame.
    """
    dataset = load(config, frame)
    metric = _metric(config, dataset)
    recipe, learner = _model(config, dataset.task, own, allow_code)
    given = config.model.params
    try:
        learner.check(given, dataset.task)
    except ParamProblem as problem:
        place = config.place_of("model", "params", problem.param)
        raise ConfigError(problem.code, problem.values, place=place, hint=problem.hint) from None
    ignored = learner.ignored(given)
    if ignored:
        finding = Finding("P04", Severity.WARNING, {"count": len(ignored), "params": ignored})
        dataset = replace(dataset, findings=(*dataset.findings, finding))
    settled = learner.settled(dataset, given) if isinstance(learner, Settling) else {}
    if settled:
        evidence = {"count": len(settled), "params": dict(settled)}
        finding = Finding("P14", Severity.PASSED, evidence)
        dataset = replace(dataset, findings=(*dataset.findings, finding))
    training = config.training
    _check_training(config, dataset, recipe)
    person = Candidate(
        params=recipe.complete({**given, **settled}),
        treatment=Treatment(**training.model_dump()),
        preprocessing=Preprocessing(
            scale=config.preprocessing.scale,
            missing=config.preprocessing.missing,
            numbers=tuple(config.preprocessing.numbers),
        ),
        threshold=config.model.threshold,
        stopping=learner.stopping(given),
    )
    dataset = _noticed(config, learner, dataset, person)
    _check_allowed(config, dataset)
    kpi = _kpi(config, dataset)
    return Inputs(config, dataset, recipe, learner, metric, person, kpi, settled)


def _noticed(config: RunConfig, learner: Learner, dataset: Dataset, person: Candidate) -> Dataset:
    """The dataset with what the learner says of the person's model."""
    if not isinstance(learner, Noticing):
        return dataset
    try:
        found = learner.notices(dataset, person)
    except UsageError as error:
        error.place = error.place or config.place_of("model", "factory")
        raise
    return replace(dataset, findings=(*dataset.findings, *found))


def _check_training(config: RunConfig, dataset: Dataset, recipe: Recipe) -> None:
    """What the config does to the training rows must be possible with these data and this family.

    Raises:
        ConfigError: ``pool_without_rows``, ``balance_needs_classes`` or ``augment_unknown``.
    """
    training = config.training

    def refuse(key: str, code: str, **values: object) -> None:
        said = {"key": f"training.{key}", "found": getattr(training, key), **values}
        raise ConfigError(code, said, place=config.place_of("training", key))

    if training.pool > 0 and not dataset.pool.size:
        refuse("pool", "pool_without_rows")
    if training.resample is not None and not dataset.task.is_classification:
        refuse("resample", "balance_needs_classes")
    if training.augment is not None and training.augment not in recipe.augments:
        allowed = list(recipe.augments) or ["-"]
        refuse("augment", "augment_unknown", family=recipe.family, allowed=allowed)


def _model(
    config: RunConfig, task: Task, own: OwnModel | None, allow_code: bool
) -> tuple[Recipe, Learner]:
    """The recipe and what fits; of a person's own model, made once to see what it is."""
    asked = config.model
    if asked.family != OWN:
        recipe = asked.recipe(task)
        try:
            return recipe, LEARNERS[recipe.learner]()
        except UsageError as error:  # its library is not installed
            error.place = error.place or config.place_of("model", "family")
            raise
    place = config.place_of("model", "factory")
    if own is None:
        own = own_factory(asked.factory or "", config.code_folder, place, allow_code=allow_code)
    try:
        learner, recipe = learner_of(own, asked.roles, asked.params)
    except UsageError as error:
        keys: Any = error.values.pop("keys", None)
        error.place = error.place or (config.place_of("model", *keys) if keys else place)
        raise
    return recipe, learner


def evaluator_for(inputs: Inputs, journal: Journal) -> Evaluator:
    """What measures this run's candidates."""
    rounds = inputs.recipe.rounds
    try:
        trainer = inputs.learner.prepare(inputs.dataset, inputs.person.params, inputs.metric)
    except UsageError as error:
        error.place = error.place or inputs.config.place_of("model", "factory")
        raise
    return Evaluator(
        dataset=inputs.dataset,
        metric=inputs.metric,
        learner=inputs.learner,
        trainer=trainer,
        journal=journal,
        executor=ThreadExecutor(cancel=trainer.stop),
        rounds_name=None if rounds is None else rounds.name,
    )


def _check_allowed(config: RunConfig, dataset: Dataset) -> None:
    """Raises ConfigError when ``audit.allow`` names no finding there is."""
    known = sorted({code for check in CHECKS for code in check.codes})
    for i, name in enumerate(config.audit.allow):
        code = name.partition(":")[0]
        if code not in known:
            values = {"found": name, "allowed": known}
            place = config.place_of("audit", "allow", i)
            raise ConfigError("allow_unknown", values, place=place, hint=nearest(code, known))


def _kpi(config: RunConfig, dataset: Dataset) -> Kpi:
    """What the config says a gain is worth, its metric found."""
    kpi = config.kpi
    if kpi is None:
        return Kpi()
    metric = None if kpi.metric is None else _found(kpi.metric, config, dataset, "kpi", "metric")
    cost = None if kpi.cost is None else (kpi.cost.false_positive, kpi.cost.false_negative)
    if cost is not None and dataset.task is not Task.BINARY:
        values = {"task": str(dataset.task)}
        raise ConfigError("cost_needs_two_classes", values, place=config.place_of("kpi", "cost"))
    return Kpi(metric=metric, min_gain=kpi.min_gain, goal=kpi.goal, cost=cost)


def _metric(config: RunConfig, dataset: Dataset) -> Metric:
    return _found(config.metric or DEFAULT_METRIC[dataset.task], config, dataset, "metric")


def _found(name: str, config: RunConfig, dataset: Dataset, *key: str) -> Metric:
    """The metric of this name; ConfigError at ``key`` when it cannot score the target."""
    task = dataset.task
    table = None if config.kpi is None else config.kpi.cost
    cost = None if table is None else (table.false_positive, table.false_negative)
    if name == COST and task is Task.BINARY and cost is None:
        raise ConfigError("metric_cost", {"key": ".".join(key)}, place=config.place_of(*key))
    try:
        return find_metric(name, task, weighted=dataset.weight is not None, cost=cost)
    except ValueError:
        allowed = [m.name for m in METRICS.values() if task in m.tasks]
        values = {"metric": name, "task": str(task), "allowed": allowed}
        raise ConfigError("metric_task", values, place=config.place_of(*key)) from None
    except KeyError:
        values = {"metric": name, "allowed": metric_names(task)}
        raise ConfigError("metric_unknown", values, place=config.place_of(*key)) from None
