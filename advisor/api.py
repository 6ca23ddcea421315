"""Running advisor from Python: ``advisor.tune(...)``; the command line calls the same functions."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from advisor import assemble
from advisor.columns import columns_from_json, columns_to_json, encode
from advisor.config import RunConfig
from advisor.config_edit import improved_config
from advisor.config_load import load_config, make_config
from advisor.data import load
from advisor.errors import ConfigError, UsageError
from advisor.evaluate import Evaluator
from advisor.events import BaselineMeasured, Event, Finished, ProbesMeasured, RunStarted, TestOpened
from advisor.executor import ThreadExecutor, cores
from advisor.journal import Journal
from advisor.learners import LEARNERS, Learner, Model, ParamProblem
from advisor.metrics import DEFAULT_METRIC, METRICS, Metric, find_metric, metric_names
from advisor.race import glance_folds
from advisor.recipe_load import load_recipe
from advisor.recipes import Recipe
from advisor.report.json_report import render_json
from advisor.report.markdown import render_markdown
from advisor.results import Cost, Report, Status, TestResult
from advisor.runs import Run, find_run, open_run
from advisor.search import Search, difference
from advisor.splits import search_splits, test_split, units
from advisor.stages.study import save_study
from advisor.types import Candidate, Dataset, Evaluation, Fit, Purpose, StageName, Task, Treatment


def tune(
    config: str | Path | Mapping[str, Any] | RunConfig,
    data: pd.DataFrame | None = None,
    *,
    keep_going: bool = False,
    resume: str | None = None,
) -> Report:
    """Tune a stuck model.

    Args:
        config: path of a config file, or its content as a mapping.
        data: the table, instead of ``data.path`` (``data.target`` names its target column).
        keep_going: run all stages and repeat while a pass proves something.
        resume: a run's folder or name to go on with.

    Returns:
        The report; its files lie in ``report.files``.

    Raises:
        UsageError: something about the config or the data; nothing was fitted.
    """
    report = None
    for event in start(_as_config(config, data), keep_going=keep_going, resume=resume, frame=data):
        if isinstance(event, Finished):
            report = event.report
    if report is None:
        raise RuntimeError("the search ended without a report")
    return report


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


@dataclass(frozen=True, slots=True)
class _Setup:
    """A config that was checked against its data."""

    config: RunConfig
    dataset: Dataset
    recipe: Recipe
    learner: Learner
    metric: Metric
    person: Candidate


def _set_up(config: RunConfig, frame: pd.DataFrame | None) -> _Setup:
    dataset = load(config, frame)
    recipe = load_recipe(config.model.family)
    metric = _metric(config, dataset.task)
    learner = LEARNERS[recipe.learner]()
    try:
        learner.check(config.model.params, dataset.task)
    except ParamProblem as problem:
        place = config.place_of("model", "params", problem.param)
        raise ConfigError(problem.code, problem.values, place=place, hint=problem.hint) from None
    training = config.training
    person = Candidate(
        params=recipe.complete(config.model.params),
        treatment=Treatment(
            merge_duplicates=training.merge_duplicates, class_weight=training.class_weight
        ),
    )
    return _Setup(config, dataset, recipe, learner, metric, person)


def _metric(config: RunConfig, task: Task) -> Metric:
    name = config.metric or DEFAULT_METRIC[task]
    try:
        return find_metric(name, task)
    except ValueError:
        allowed = [m.name for m in METRICS.values() if task in m.tasks]
        values = {"metric": name, "task": str(task), "allowed": allowed}
        raise ConfigError("metric_task", values, place=config.place_of("metric")) from None
    except KeyError:
        values = {"metric": name, "allowed": metric_names(task)}
        raise ConfigError("metric_unknown", values, place=config.place_of("metric")) from None


def start(
    config: RunConfig,
    *,
    keep_going: bool = False,
    resume: str | None = None,
    frame: pd.DataFrame | None = None,
) -> Iterator[Event]:
    """One run as a stream of events; the last is Finished.

    Ctrl-C while it works ends the run with status ``interrupted``; what was measured is kept.
    """
    began = time.monotonic()
    setup = _set_up(config, frame)
    run = open_run(config, setup.dataset.fingerprint, resume)
    journal = Journal(config.journal or run.file("journal.db"))
    try:
        yield from _run(setup, run, journal, keep_going, began)
    finally:
        journal.close()


def _run(
    setup: _Setup, run: Run, journal: Journal, keep_going: bool, began: float
) -> Iterator[Event]:
    config, data = setup.config, setup.dataset
    yield RunStarted(
        name=run.name,
        folder=str(run.folder),
        dataset=data,
        metric=setup.metric.name,
        greater_is_better=setup.metric.greater_is_better,
        asked_before=run.asked_before,
    )
    evaluator = _evaluator(setup, journal)
    limits = config.search
    if keep_going:
        limits = limits.model_copy(update={"stop": "never"})
    search = Search(
        evaluator=evaluator,
        recipe=setup.recipe,
        person=setup.person,
        config=limits,
        min_gain=None if config.kpi is None else config.kpi.min_gain,
        seed=config.seed,
        deadline=began + 60 * limits.minutes,
    )
    for event in search.run():
        if isinstance(event, ProbesMeasured):
            yield _baseline_event(search, evaluator, began)
        yield event
    yield from _finish(setup, run, evaluator, search, began)


def _evaluator(setup: _Setup, journal: Journal) -> Evaluator:
    rounds = setup.recipe.rounds
    return Evaluator(
        dataset=setup.dataset,
        metric=setup.metric,
        learner=setup.learner,
        params=setup.person.params,
        journal=journal,
        executor=ThreadExecutor(),
        rounds_name=None if rounds is None else rounds.name,
    )


def _baseline_event(search: Search, evaluator: Evaluator, began: float) -> BaselineMeasured:
    evaluation = evaluator.evaluation(search.result.person, search.glance, curve=True)
    naive = evaluator.naive(search.glance)
    baseline = assemble.summary(evaluator, evaluation, naive)
    shown = evaluator.metric.shown(naive)
    return BaselineMeasured(baseline, shown, search.result.diagnosis, time.monotonic() - began)


def _finish(
    setup: _Setup, run: Run, evaluator: Evaluator, search: Search, began: float
) -> Iterator[Event]:
    """The report and its files; the locked test part, if a gain was proven."""
    result, data, metric = search.result, setup.dataset, setup.metric
    test, contradicts, model = None, False, None
    if result.improved and not result.interrupted:
        model = _refit(setup, evaluator, result.current)
        if data.test.size:
            test = _open_test(setup, run, evaluator, search, model)
            if test is not None:
                yield TestOpened(test)
                contradicts = test.high < 0
    shipped = result.improved and not contradicts
    splits = search.glance if result.interrupted else assemble.common_splits(search, evaluator)
    naive = evaluator.naive(splits)
    before = evaluator.evaluation(result.person, splits)
    first = evaluator.evaluation(result.person, search.glance, curve=True)
    improved, curves = None, ()
    if result.improved:
        after = evaluator.evaluation(result.current, splits)
        improved = assemble.summary(evaluator, after, naive)
        curves = assemble.improved_curves(search, evaluator, result.current)
    change = difference(setup.recipe, result.person, result.current)
    files = _write_models(setup, run, search, model if shipped else None, shipped)
    status = Status.NO_PROVEN_GAIN if contradicts else assemble.status_of(result)
    report = Report(
        name=run.name,
        status=status,
        stage=assemble.stage_that_ended(result) if shipped else None,
        metric=metric.name,
        greater_is_better=metric.greater_is_better,
        seed=setup.config.seed,
        rows=len(data.train) + len(data.test),
        features=data.X.shape[1],
        task=data.task,
        fingerprint=data.fingerprint,
        test_rows=len(data.test),
        asked_before=run.asked_before,
        naive=metric.shown(naive),
        baseline=assemble.summary(evaluator, before, naive),
        improved=improved if shipped else None,
        test=test,
        audit=data.findings,
        diagnosis=result.diagnosis,
        curves=assemble.curves_of(first),
        improved_curves=curves,
        stages=tuple(result.stages[name] for name in StageName),
        probes=result.probes,
        remaining=_remaining(search, setup),
        change=change if shipped else {},
        cause=assemble.cause(result, setup.recipe) if shipped else None,
        next_step=assemble.next_step(result, contradicts, run.name),
        cost=Cost(
            fits=evaluator.fits,
            fits_from_journal=evaluator.fits_from_journal,
            seconds=time.monotonic() - began,
            training_seconds=evaluator.training_seconds,
            peak_memory_mb=assemble.peak_memory_mb(),
        ),
        files=files,
        versions=_versions(setup),
    )
    run.write("report.json", render_json(report))
    run.write("report.md", render_markdown(report, setup.config.report.lang or "en"))
    yield Finished(report)


def _remaining(search: Search, setup: _Setup) -> Any:
    left = search.result.remaining
    if left is None:
        return None
    source = setup.config.source
    name = source.name if source is not None else "config.yaml"
    command = f"advisor tune {name} --keep-going"
    search.result.remaining = replace(left, command=command)
    return search.result.remaining


def _refit(setup: _Setup, evaluator: Evaluator, candidate: Candidate) -> Model:
    return evaluator.trainer.refit(candidate, setup.dataset.train, setup.config.seed)


def _open_test(
    setup: _Setup, run: Run, evaluator: Evaluator, search: Search, model: Model
) -> TestResult | None:
    """Score the locked rows once; None when they were opened for other models before."""
    person, current = search.result.person, search.result.current
    models = json.dumps([person.key, current.key])
    opened = run.opened_test()
    if opened is not None:
        return opened[1] if opened[0] == models else None
    split = test_split(setup.dataset, setup.config.seed)
    table = setup.dataset.X.iloc[split.valid]

    def scored(candidate: Candidate, fitted: Model) -> Evaluation:
        pred = np.asarray(fitted.predict(table), dtype=np.float32)
        weight = None if setup.dataset.weight is None else setup.dataset.weight[split.valid]
        values = setup.metric.rows(setup.dataset.y[split.valid], pred, weight)
        fit = Fit(pred, None, 0.0)
        folds = np.zeros(len(split.valid), dtype=np.int64)
        own = units(setup.dataset, split.valid)
        return Evaluation(
            candidate, Purpose.TEST, (split,), (fit,), split.valid, values, folds, own
        )

    before = scored(person, _refit(setup, evaluator, person))
    result = assemble.test_result(evaluator, before, scored(current, model))
    run.keep_test(models, result)
    return result


def _write_models(
    setup: _Setup, run: Run, search: Search, model: Model | None, shipped: bool
) -> dict[str, str]:
    """improved.yaml, the model and what its predictions need; the studies."""
    config, result = setup.config, search.result
    files = {"report": str(run.file("report.json"))}
    if config.journal is None:
        files["journal"] = str(run.file("journal.db"))
    if result.studies:
        files["studies"] = str(run.file("studies.log"))
        _write_studies(setup, run, search)
    if not shipped:
        return files
    change = difference(setup.recipe, result.person, result.current)
    names = set(result.current.params)
    params = {name: after for name, (_, after) in change.items() if name in names}
    treatment = {
        name: after
        for name, (_, after) in change.items()
        if name in ("class_weight", "merge_duplicates")
    }
    data: dict[str, Any] = {}
    if "pool" in change:
        paths = [config.data.path, config.data.pool]
        flat = [p for item in paths for p in ([item] if isinstance(item, str) else item or [])]
        data = {"path": flat, "pool": None}
    dest = run.file("improved.yaml")
    text = improved_config(config, params=params, data=data, training=treatment, dest=dest)
    files["config"] = str(run.write("improved.yaml", text))
    if model is not None:
        files["model"] = str(model.save(run.folder))
        described = {
            "learner": setup.recipe.learner,
            "task": str(setup.dataset.task),
            "target": setup.dataset.target,
            "classes": list(setup.dataset.classes),
            "columns": columns_to_json(setup.dataset.columns),
            "file": Path(files["model"]).name,
        }
        run.write("model.json", json.dumps(described, ensure_ascii=False))
    return files


def _write_studies(setup: _Setup, run: Run, search: Search) -> None:
    for stage, number, trials in search.result.studies:
        knobs = setup.recipe.stages[stage].knobs
        if not knobs or not trials:
            continue
        rows: list[tuple[dict[str, Any], float, str]] = []
        for candidate, gain in trials:
            values = {k.name: setup.recipe.value(candidate.params, k.name) for k in knobs}
            rows.append((values, gain, candidate.origin))
        person = search.result.person
        first = {k.name: setup.recipe.value(person.params, k.name) for k in knobs}
        name = f"{run.name} {stage}" + (f" pass {number}" if number > 1 else "")
        save_study(run.file("studies.log"), name, knobs, [(first, 0.0, "baseline"), *rows])


def _versions(setup: _Setup) -> dict[str, str]:
    packages = ("advisor", "optuna", "scikit-learn", "numpy", "pandas")
    found = {name: version(name) for name in packages}
    return {**found, setup.learner.name: setup.learner.version, "python": platform.python_version()}


def estimate(config: RunConfig) -> dict[str, float | int]:
    """What a run would cost, from one measured fit of the person's model (``--dry-run``).

    Nothing is written.  Expected: the fits a healthy model usually takes; at most: every stage
    uses all its trials on the first folds and goes through both looks, within ``search.minutes``.
    """
    setup = _set_up(config, None)
    limits, data = config.search, setup.dataset
    splits = search_splits(data, limits.folds, config.seed)
    first = glance_folds(splits)
    trainer = setup.learner.prepare(data, setup.person.params, setup.metric)
    began = time.perf_counter()
    next(iter(trainer.fit([setup.person], splits[0], curve=True, threads=1)))
    one = time.perf_counter() - began
    stages = len(limits.stages)
    candidates = stages * limits.trials
    expected = first * (1 + 8 * stages) + limits.folds * (1 + stages)
    most = first * candidates + limits.folds * (3 * stages + 3 * (stages + 1))
    at_once = cores()
    cap = 60 * limits.minutes
    return {
        "rows": len(data.train) + len(data.test),
        "features": data.X.shape[1],
        "candidates_at_most": candidates,
        "fits_at_most": most,
        "seconds_per_baseline_fit": one,
        "seconds_expected": min(cap, expected * one / at_once),
        "seconds_at_most": min(cap, most * one / at_once),
    }


def predict(run: Path | str, frame: pd.DataFrame) -> pd.DataFrame:
    """Predictions of a run's improved model for new rows.

    Args:
        run: the run's folder or name.
        frame: rows with the training table's feature columns; others are ignored.

    Returns:
        Column ``prediction`` (a label or a value), and ``p_<class>`` for classification, in the
        rows' order and under their index.

    Raises:
        UsageError: the run left no model (nothing was proven), or a column is missing.
    """
    folder = find_run(str(run))
    card = folder / "model.json"
    if not card.exists():
        raise UsageError("run_without_model", {"run": folder.name})
    described = json.loads(card.read_text(encoding="utf-8"))
    model = LEARNERS[described["learner"]]().load(folder / described["file"])
    table = encode(frame, columns_from_json(described["columns"]))
    pred = np.asarray(model.predict(table))
    if described["task"] == Task.REGRESSION:
        return pd.DataFrame({"prediction": pred}, index=frame.index)
    classes = described["classes"]
    shares = np.column_stack([1 - pred, pred]) if pred.ndim == 1 else pred
    labels = np.asarray(classes, dtype=object)[shares.argmax(axis=1)]
    columns = {f"p_{name}": shares[:, k] for k, name in enumerate(classes)}
    return pd.DataFrame({"prediction": labels, **columns}, index=frame.index)
