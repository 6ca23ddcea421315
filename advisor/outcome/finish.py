"""The end of a run: the report and its files."""

from __future__ import annotations

import json
import platform
import resource
import sys
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from advisor.data.columns_file import columns_to_json
from advisor.events import Finished, TestOpened
from advisor.inputs import Inputs
from advisor.judge.candidates import difference
from advisor.judge.summaries import summary
from advisor.learners import Model
from advisor.measurements import Curve
from advisor.outcome.conclude import cause, common_splits, diagnosis_of, status_of
from advisor.outcome.config_files import CHEAPER, IMPROVED, write_config, write_escalated
from advisor.outcome.folder import Run, pictures_file
from advisor.outcome.gallery import pictures_of
from advisor.outcome.locked_part import open_test, refit
from advisor.outcome.next_step import next_step
from advisor.outcome.suspect_rows import write_suspects
from advisor.pictures import Pictures
from advisor.recipes.own import FAMILY as OWN
from advisor.report.html import notebook_frame, render_html
from advisor.report.json_report import render_json
from advisor.report.locale import language
from advisor.report.markdown import render_markdown
from advisor.report.pictures_file import render_pictures
from advisor.report.terminal import render_terminal
from advisor.results import Cost, ModelSummary, Report, TestResult
from advisor.search.session import Session, Steps
from advisor.search.staged import Search, SearchResult
from advisor.settings import Candidate
from advisor.stages import study
from advisor.types import Dataset, Finding, Split

PACKAGES = ("advisor", "optuna", "scikit-learn", "numpy", "pandas")


def finish(inputs: Inputs, run: Run, session: Session, search: Search) -> Steps[None]:
    """Write everything the run found; the last event is Finished."""
    result = search.result
    _keep_keep_going_command(inputs, result)
    test, model, contradicted = None, None, False
    if result.improved and not result.interrupted:
        model = refit(inputs, session, result.current)
        test = open_test(inputs, run, session, result.current, model)
        if test is not None:
            contradicted = test.high < 0
            yield TestOpened(test)
    if contradicted or not result.improved:
        model = None
    pictures = _pictures(inputs, session, search, contradicted)
    report = _report(inputs, run, session, result, test, contradicted)
    name = {"search": "report"}.get(search.until, search.until)  # a search's is never overwritten
    page, document = run.file(f"{name}.html"), run.file(f"{name}.json")
    files = {"report": str(page), "json": str(document)}
    if inputs.config.journal is None:
        files["journal"] = str(run.file("journal.db"))
    files |= _write_studies(inputs, run, session, search)
    if report.improved is not None:
        files |= {"config": write_config(inputs, run, session, result.current, IMPROVED)}
    cheaper = [contest.cheaper for _, contest in result.contests if contest.cheaper is not None]
    if cheaper and report.improved is None:
        files |= {"cheaper": write_config(inputs, run, session, cheaper[-1], CHEAPER)}
    if result.other is not None and result.other.found.proven:
        files |= {"escalated": write_escalated(inputs, run, session, result.other)}
    if not result.interrupted:
        files |= write_suspects(run, inputs.dataset, report.audit, session.seed)
    if model is not None:
        files |= _write_model(inputs, run, model, result.current)
    lang = language(inputs.config.report.lang)
    view = partial(notebook_frame, pictures=pictures, lang=lang)
    spoken = partial(render_terminal, lang=lang)
    report = replace(report, files=files, view=view, spoken=spoken)
    run.write(document.name, render_json(report))
    run.write(pictures_file(document).name, render_pictures(pictures))
    run.write(f"{name}.md", render_markdown(report, lang))
    run.write(page.name, render_html(report, pictures, lang))
    yield Finished(report)


def _pictures(inputs: Inputs, session: Session, search: Search, contradicted: bool) -> Pictures:
    source, result = inputs.config.source, search.result
    verb = {"search": "tune", "diagnosis": "diagnose"}.get(search.until, search.until)
    return pictures_of(
        session,
        result,
        shipped=result.improved and not contradicted,
        command="" if source is None else f"advisor {verb} {source.name}",
        finished=datetime.now().astimezone().isoformat(timespec="seconds"),
    )


def _report(
    inputs: Inputs,
    run: Run,
    session: Session,
    result: SearchResult,
    test: TestResult | None,
    contradicted: bool,
) -> Report:
    data, metric, evaluator = inputs.dataset, inputs.metric, session.evaluator
    shipped = result.improved and not contradicted
    splits = common_splits(session, result)
    naive = evaluator.naive(splits or session.glance)
    baseline = _summary(session, session.person, splits, naive)
    improved = _summary(session, result.current, splits, naive) if shipped else None
    known = improved or baseline
    last = result.last_proven
    return Report(
        name=run.name,
        status=status_of(result, contradicted),
        stage=str(last.stage) if shipped and last is not None else None,
        metric=metric.name,
        greater_is_better=metric.greater_is_better,
        seed=session.seed,
        rows=len(data.train),
        features=data.X.shape[1],
        task=data.task,
        fingerprint=data.fingerprint,
        test_rows=len(data.test),
        asked_before=run.asked_before,
        naive=metric.shown(naive),
        baseline=baseline,
        improved=improved,
        test=test,
        audit=_findings(data, result),
        diagnosis=diagnosis_of(result, data.findings),
        curves=_curves(session, session.person, session.glance),
        improved_curves=_improved_curves(session, result) if shipped else (),
        stages=tuple(result.stages),
        probes=result.probes,
        remaining=result.remaining,
        change=difference(inputs.recipe, session.person, result.current) if shipped else {},
        cause=cause(session, result) if shipped else None,
        next_step=next_step(
            result,
            contradicted,
            metric=metric.name,
            noticed=data.findings,
            skill=None if known is None else known.skill,
        ),
        cost=Cost(
            fits=session.fits,
            fits_from_journal=sum(e.fits_from_journal for e in session.evaluators),
            seconds=session.seconds(),
            training_seconds=sum(e.training_seconds for e in session.evaluators),
            audit_seconds=result.audit.seconds,
            peak_memory_mb=_peak_memory_mb(),
        ),
        files={},
        versions=_versions(session),
        escalation=None if result.other is None else result.other.found,
    )


def _findings(data: Dataset, result: SearchResult) -> tuple[Finding, ...]:
    """What reading the table noticed and what the checks said, by code."""
    return tuple(sorted((*data.findings, *result.audit.findings), key=lambda f: f.code))


def _summary(
    session: Session, candidate: Candidate, splits: tuple[Split, ...], naive: float
) -> ModelSummary | None:
    if not splits:
        return None
    evaluation = session.evaluator.evaluation(candidate, splits)
    return summary(session.evaluator.metric, evaluation, naive)


def _curves(session: Session, candidate: Candidate, splits: tuple[Split, ...]) -> tuple[Curve, ...]:
    """Learning curves on the splits that are measured with one."""
    fits = [session.evaluator.known(candidate, split) for split in splits]
    return tuple(fit.curve for fit in fits if fit is not None and fit.curve is not None)


def _improved_curves(session: Session, result: SearchResult) -> tuple[Curve, ...]:
    """The improved model's learning curves on the first fold: one more fit, not after Ctrl-C."""
    first = session.glance[:1]
    if not result.interrupted:
        session.evaluator.run([(result.current, split) for split in first], curve=True)
    return _curves(session, result.current, first)


def _keep_keep_going_command(inputs: Inputs, result: SearchResult) -> None:
    """The one command that goes on from here."""
    if result.remaining is not None:
        source = inputs.config.source
        name = source.name if source is not None else "config.yaml"
        allow = " --allow-code" if inputs.recipe.family == OWN else ""
        command = f"advisor tune {name} --keep-going{allow}"
        result.remaining = replace(result.remaining, command=command)


# -- files -----------------------------------------------------------------------------------------


def _write_model(inputs: Inputs, run: Run, model: Model, who: Candidate) -> dict[str, str]:
    """The model in the library's own format, and what ``predict`` needs beside it."""
    file = model.save(run.folder)
    described = {
        "learner": inputs.recipe.learner,
        "task": str(inputs.dataset.task),
        "target": inputs.dataset.target,
        "classes": list(inputs.dataset.classes),
        "columns": columns_to_json(inputs.dataset.columns),
        "numbers": list(who.preprocessing.numbers),
        "threshold": who.threshold,
        "file": file.name,
        "folder": str(inputs.config.code_folder),
    }
    run.write("model.json", json.dumps(described, ensure_ascii=False))
    return {"model": str(file)}


def _write_studies(inputs: Inputs, run: Run, session: Session, search: Search) -> dict[str, str]:
    """Every knob stage as an Optuna study, for optuna-dashboard."""
    recipe, file = inputs.recipe, Path(run.file("studies.log"))
    stages = []
    for number, contest in search.result.contests:
        part = recipe.stages.get(contest.outcome.stage)
        knobs = () if part is None else part.knobs
        if not knobs or not contest.told:
            continue
        told = [(session.person, 0.0), *contest.told]
        rows = [
            ({k.name: recipe.value(c.params, k.name) for k in knobs}, gain, c.origin)
            for c, gain in told
        ]
        name = f"{run.name} {contest.outcome.stage}" + (f" pass {number}" if number > 1 else "")
        stages.append(study.StageStudy(name, knobs, rows))
    if not stages:
        return {}
    study.save_studies(file, stages)
    return {"studies": str(file)}


def _versions(session: Session) -> dict[str, str]:
    found = {name: version(name) for name in PACKAGES}
    learners = dict(evaluator.library for evaluator in session.evaluators)
    return {**found, **learners, "python": platform.python_version()}


def _peak_memory_mb() -> float:
    """Largest resident size of this process so far, MiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
