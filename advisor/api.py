"""Running advisor from Python: ``advisor.tune(...)``; the command line calls the same functions."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from advisor.config.load import load_config, make_config
from advisor.config.run_config import RunConfig
from advisor.data.columns import encode
from advisor.data.columns_file import columns_from_json
from advisor.data.new_rows import Unfamiliar, unfamiliar, widened
from advisor.errors import AdvisorError, UsageError
from advisor.events import Event, Finished, RunStarted
from advisor.executor import cores
from advisor.inputs import evaluator_for, read_inputs
from advisor.learners import LEARNERS
from advisor.measure.journal import Journal
from advisor.metrics.contributions import labels as predicted_codes
from advisor.metrics.table import at_threshold
from advisor.outcome.finish import finish
from advisor.outcome.folder import REPORTS, find_run, open_run, report_file
from advisor.outcome.progress import PROGRESS, ProgressLog
from advisor.own_code import OwnModel, name_of, own_object, reachable
from advisor.recipes.own import FAMILY as OWN
from advisor.recipes.own import Roles
from advisor.report.error_words import error_words
from advisor.report.locale import catalog, language
from advisor.results import Report, Status
from advisor.rows.splits import search_splits
from advisor.search.session import Session
from advisor.search.staged import Search, Until
from advisor.types import Severity, Task

# Baseline cross-validations that a healthy model took, median over real sets
# (advisor bench, healthy_left).
HEALTHY_COST = 5


@contextmanager
def _in_words() -> Iterator[None]:
    """Errors that reach the person speak: in the language of ADVISOR_LANG, else in English."""
    try:
        yield
    except AdvisorError as error:
        error.said = error_words(error, catalog(language(None)))
        raise


@_in_words()
def tune(
    config: str | Path | Mapping[str, Any] | RunConfig | pd.DataFrame,
    data: pd.DataFrame | None = None,
    *,
    target: str | None = None,
    model: object | None = None,
    roles: Roles | None = None,
    allow_code: bool = False,
    keep_going: bool = False,
    resume: str | None = None,
    until: Until = "search",
) -> Report:
    """Tune a stuck model.

    ``tune(table, target="y", model=Pipeline(...), roles={"regularization": {"clf__C": [0.01, 100,
    "log"]}})`` takes everything from Python; a mapping beside the table says more.

    Args:
        config: path of a config file, or its content as a mapping; or the table itself.
        data: the table, instead of ``data.path`` (``data.target`` names its target column).
        target: the target column of a table that is given in the place of a config.
        model: a scikit-learn estimator or Pipeline of your own, not fitted; it is cloned.  Or a
            class of ``torch.nn.Module``, or an object of one.
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
        config = {"version": 1, "data": {"target": target}}
    if model is not None:
        config = _with_model(config, model, roles)
    asked = _as_config(config, data)
    events = start(
        asked,
        keep_going=keep_going,
        resume=resume,
        frame=data,
        until=until,
        own=None if model is None else _own(model),
        allow_code=allow_code,
    )
    for event in events:
        if isinstance(event, Finished):
            report = event.report
    if report is None:
        raise RuntimeError("the search ended without a report")
    return report


def _with_model(config: object, model: object, roles: Roles | None) -> dict[str, Any]:
    """The mapping with the person's own model in it, by the name of its class."""
    if not isinstance(config, Mapping):
        raise UsageError("model_needs_mapping", {"found": type(config).__name__})
    section = config.get("model")
    params = section.get("params", {}) if isinstance(section, Mapping) else {}
    named = {"family": OWN, "factory": name_of(model), "roles": roles or {}}
    return {**config, "model": {**named, "params": params}}


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


def unread(run: Path | str, frame: pd.DataFrame) -> list[Unfamiliar]:
    """Texts of new rows that a run's improved model predicts as missing, column by column.

    Raises:
        UsageError: the run left no model.
    """
    described = _saved_model(run)[1]
    columns = columns_from_json(described["columns"])
    return unfamiliar(frame, columns, described.get("numbers", ()))


def _saved_model(run: Path | str) -> tuple[Path, dict[str, Any]]:
    """The folder of a run and what is written beside its model; why there is none."""
    folder = find_run(str(run))
    card = folder / "model.json"
    if card.exists():
        described: dict[str, Any] = json.loads(card.read_text(encoding="utf-8"))
        return folder, described
    file = report_file(folder)
    if not file.exists():
        raise UsageError("run_not_ended", {"run": folder.name})
    report = json.loads(file.read_text(encoding="utf-8"))
    if report["status"] == Status.BLOCKED:
        codes = sorted({f["code"] for f in report["audit"] if f["status"] == Severity.ISSUE})
        raise UsageError("run_blocked", {"run": folder.name, "codes": codes})
    ended = file.stem == REPORTS[0] and report["status"] != Status.INTERRUPTED
    raise UsageError("run_without_model" if ended else "run_not_ended", {"run": folder.name})


@_in_words()
def predict(run: Path | str, frame: pd.DataFrame, *, allow_code: bool = False) -> pd.DataFrame:
    """Predictions of a run's improved model for new rows.

    Args:
        run: the run's folder or name.
        frame: rows with the training table's feature columns; others are ignored.
        allow_code: the model is a person's own, and reading it runs their code.

    Returns:
        Column ``prediction`` (a label or a value), and ``p_<class>`` for classification, in the
        rows' order and under their index.

    Raises:
        UsageError: the run left no model (nothing was proven), or a column is missing.
    """
    folder, described = _saved_model(run)
    if described["learner"] == OWN:
        if not allow_code:
            raise UsageError("saved_code_not_allowed", {"run": folder.name})
        reachable(Path(described["folder"]))
    model = LEARNERS[described["learner"]]().load(folder / described["file"])
    known = columns_from_json(described["columns"])
    table = encode(frame, widened(frame, known, described.get("numbers", ())))
    pred = np.asarray(model.predict(table))
    if described["task"] == Task.REGRESSION:
        return pd.DataFrame({"prediction": pred}, index=frame.index)
    classes = described["classes"]
    shares = np.column_stack([1 - pred, pred]) if pred.ndim == 1 else pred
    decided = at_threshold(pred, described.get("threshold"))
    labels = np.asarray(classes, dtype=object)[predicted_codes(decided)]
    columns = {f"p_{name}": shares[:, k] for k, name in enumerate(classes)}
    return pd.DataFrame({"prediction": labels, **columns}, index=frame.index)
