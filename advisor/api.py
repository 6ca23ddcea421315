"""Running advisor from Python: ``advisor.tune(...)``; the command line calls the same functions."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from advisor.config.load import load_config, make_config
from advisor.config.run_config import RunConfig
from advisor.errors import UsageError
from advisor.events import Event, Finished, RunStarted
from advisor.executor import cores
from advisor.inputs import evaluator_for, read_inputs
from advisor.measure.journal import Journal
from advisor.outcome.finish import finish
from advisor.outcome.folder import open_run
from advisor.outcome.progress import PROGRESS, ProgressLog
from advisor.outcome.saved import predict, unread
from advisor.own_code import OwnModel, name_of, own_object
from advisor.recipes.own import FAMILY as OWN
from advisor.recipes.own import Roles
from advisor.report.error_words import in_words
from advisor.results import Report
from advisor.rows.splits import search_splits
from advisor.search.session import Session
from advisor.search.staged import Search, Until

__all__ = ["estimate", "predict", "start", "tune", "unread"]

# Baseline cross-validations that a healthy model took, median over real sets
# (advisor bench, healthy_left).
HEALTHY_COST = 5


@in_words()
def tune(
    config: str | Path | Mapping[str, Any] | RunConfig | pd.DataFrame,
    data: pd.DataFrame | None = None,
    *,
    target: str | None = None,
    metric: str | None = None,
    model: object | None = None,
    roles: Roles | None = None,
    allow_code: bool = False,
    keep_going: bool = False,
    resume: str | None = None,
    until: Until = "search",
) -> Report:
    """Tune a stuck model.

    ``tune(table, target="y", model=Pipeline(...), roles={"regularization": {"clf__C": [0.01, 100,
    "log"]}})`` takes everything from Python, and so does ``tune(table, target="y", metric="f1",
    model={"family": "lightgbm", "params": {...}})``; a mapping beside the table says more.

    Args:
        config: path of a config file, or its content as a mapping; or the table itself.
        data: the table, instead of ``data.path`` (``data.target`` names its target column).
        target: the target column, in the place of ``data.target``.
        metric: in the place of the config's.
        model: a mapping as under ``model`` in a config; or a scikit-learn estimator or Pipeline of
            your own, not fitted; it is cloned.  Or a class of ``torch.nn.Module``, or an object of
            one.
        roles: of its parameters, as under ``model.roles`` in a config.
        allow_code: ``model.factory`` of the config may be imported, which runs that module.
        keep_going: run all stages and repeat while a pass proves something.
        resume: a run's folder or name to go on with.
        until: ``audit`` ends after the checks, ``diagnosis`` after the curves and probes.

    Returns:
        The report; its files lie in ``report.files``.

    Raises:
        UsageError: something about the config or the data; nothing was fitted.
    """
    report = None
    if isinstance(config, pd.DataFrame):
        data = config
        config = {"version": 1, "data": {}}
    own = None if model is None or isinstance(model, Mapping) else _own(model)
    config = _said_here(config, target, metric, model, roles)
    asked = _as_config(config, data)
    events = start(
        asked,
        keep_going=keep_going,
        resume=resume,
        frame=data,
        until=until,
        own=own,
        allow_code=allow_code,
    )
    for event in events:
        if isinstance(event, Finished):
            report = event.report
    if report is None:
        raise RuntimeError("the search ended without a report")
    return report


def _said_here(
    config: str | Path | Mapping[str, Any] | RunConfig,
    target: str | None,
    metric: str | None,
    model: object | None,
    roles: Roles | None,
) -> str | Path | Mapping[str, Any] | RunConfig:
    """The config with what ``tune`` is told beside it."""
    said = {"target": target, "metric": metric, "model": model}
    named = [name for name, value in said.items() if value is not None]
    if not named:
        return config
    if not isinstance(config, Mapping):
        raise UsageError("said_needs_mapping", {"name": named[0], "found": type(config).__name__})
    whole = dict(config)
    if target is not None:
        section = config.get("data")
        whole["data"] = {**(section if isinstance(section, Mapping) else {}), "target": target}
    if metric is not None:
        whole["metric"] = metric
    if isinstance(model, Mapping):
        whole["model"] = {**model, **({} if roles is None else {"roles": roles})}
    elif model is not None:
        section = config.get("model")
        params = section.get("params", {}) if isinstance(section, Mapping) else {}
        own = {"family": OWN, "factory": name_of(model), "roles": roles or {}}
        whole["model"] = {**own, "params": params}
    return whole


def _own(model: Any) -> OwnModel:
    """An object of the person's, by its content and the code of its class."""
    kind = model if inspect.isclass(model) or inspect.isfunction(model) else type(model)
    try:
        code = inspect.getsource(kind)
    except (OSError, TypeError):  # typed in, or built in
        code = ""
    return own_object(model, lambda: model, joblib.hash((model, code)))


def _as_config(
    config: str | Path | Mapping[str, Any] | RunConfig, data: pd.DataFrame | None
) -> RunConfig:
    if isinstance(config, RunConfig):
        return config
    if isinstance(config, Mapping):
        section = config.get("data")
        if data is not None and isinstance(section, Mapping) and "path" not in section:
            # the table is handed over; the config's data section still names the roles
            config = {**config, "data": {**section, "path": "<DataFrame>"}}
        return make_config(config)
    return load_config(config)


def start(
    config: RunConfig,
    *,
    keep_going: bool = False,
    resume: str | None = None,
    frame: pd.DataFrame | None = None,
    until: Until = "search",
    own: OwnModel | None = None,
    allow_code: bool = False,
) -> Iterator[Event]:
    """One run as a stream of events; the last is Finished.

    Ctrl-C while it works ends the run with status ``interrupted``; what was measured is kept.

    Args:
        config: what is asked.
        keep_going: run all stages and repeat while a pass proves something.
        resume: a run's folder or name to go on with.
        frame: the table, instead of ``data.path``.
        until: ``audit`` ends after the checks, ``diagnosis`` after the curves and probes; the same
            config then goes on from there with ``search``.
        own: the person's own model, instead of ``model.factory``.
        allow_code: ``model.factory`` may be imported, which runs that module.
    """
    began = time.monotonic()
    inputs = read_inputs(config, frame, own=own, allow_code=allow_code)
    shared = _shared_journal(config)  # before there is a folder: this may fail
    run = open_run(config, inputs.dataset.fingerprint, resume)
    journal = shared or Journal(run.file("journal.db"))
    log = ProgressLog(run.file(PROGRESS))
    try:
        started = RunStarted(
            name=run.name,
            folder=str(run.folder),
            dataset=inputs.dataset,
            metric=inputs.metric.name,
            greater_is_better=inputs.metric.greater_is_better,
            asked_before=run.asked_before,
        )
        yield log.note(started)
        limits = config.search
        if keep_going:
            limits = limits.model_copy(update={"stop": "never"})
        session = Session(
            evaluator=evaluator_for(inputs, journal),
            recipe=inputs.recipe,
            person=inputs.person,
            config=limits,
            min_gain=inputs.kpi.min_gain,
            seed=config.seed,
            deadline=began + 60 * limits.minutes,
            kpi=inputs.kpi,
            allow=config.audit.allow,
        )
        search = Search(session, until)
        yield from log.noting(search.run())
        yield from log.noting(finish(inputs, run, session, search))
    finally:
        log.close()
        journal.close()


def _shared_journal(config: RunConfig) -> Journal | None:
    try:
        return None if config.journal is None else Journal(config.journal)
    except UsageError as error:
        error.place = config.place_of("journal")
        raise


def estimate(config: RunConfig, *, allow_code: bool = False) -> dict[str, float | int]:
    """What a run would cost, from one measured fit of the person's model (``--dry-run``).

    Nothing is written.  Expected is what a healthy model took in the median of the benchmark (see
    HEALTHY_COST); what it costs at most is ``search.minutes``.
    """
    inputs = read_inputs(config, None, allow_code=allow_code)
    limits, data = config.search, inputs.dataset
    splits = search_splits(data, limits.folds, config.seed)
    trainer = inputs.learner.prepare(data, inputs.person.params, inputs.metric)
    began = time.perf_counter()
    next(iter(trainer.fit([inputs.person], splits[0], curve=True, threads=1)))
    one = time.perf_counter() - began
    cap = 60 * limits.minutes
    cross_validation = limits.folds * one / min(cores(), limits.folds)
    return {
        "rows": len(data.train) + len(data.test),
        "features": data.X.shape[1],
        "candidates_at_most": len(limits.stages) * limits.trials,
        "seconds_per_baseline_fit": one,
        "seconds_expected": min(cap, HEALTHY_COST * cross_validation),
        "seconds_at_most": cap,
    }
