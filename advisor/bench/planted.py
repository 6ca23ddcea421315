"""One planted case from its tables to its row: the run, and the judgement on hidden rows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from advisor import api
from advisor.bench.cases import Case, Material, material, run_config
from advisor.bench.faults import FAULTS, SUBJECTS, Fault, Kind
from advisor.bench.judge import (
    RESTORED,
    Judge,
    cross_validation_seconds,
    delivered,
    inputs_of,
    kill,
    skill,
)
from advisor.config.run_config import RunConfig
from advisor.data.roles import Roles
from advisor.events import Finished
from advisor.inputs import Inputs, read_inputs
from advisor.results import Report, Status
from advisor.types import STAGE_ORDER, Severity, StageName

NONE = "none"
OTHER_SEED = 100
TOLD = (Severity.WARNING, Severity.ISSUE)


@dataclass(frozen=True, slots=True)
class Row:
    """One case and how it ended; scores are turned (higher is better).

    Attributes:
        counts, rule, drop: whether the fault kills, by which rule, and the skill it costs.
        status, stage, codes: how the run ended, and the findings it warned of.
        named: what the run said, in one word: a stage, the subject of a finding, or none.
        right: the verdict is right.
        restored: share of the lost skill won back on hidden rows; None where none was lost.
        promised, gain, se, worse: the gain claimed, and the one on hidden rows with its error.
        claims: the run claims an improvement.
        seconds, cross_validations: of the run, also in cross-validations of the sane model.
    """

    case: str
    table: str
    fault: str
    family: str
    seed: int
    kind: str
    metric: str
    rows: int
    counts: bool
    rule: str
    drop: float
    status: str
    stage: str | None
    banked: tuple[str, ...]
    codes: tuple[str, ...]
    named: str
    right: bool
    restored: float | None
    promised: float | None
    gain: float
    se: float
    worse: bool
    claims: bool
    fits: int
    seconds: float
    cross_validations: float
    sane_skill: float
    stuck_skill: float
    after_skill: float
    diagnosis: str | None
    change: Mapping[str, Any]


def run_case(
    case: Case,
    folder: Path,
    *,
    tables: Path | None,
    cache: Path | None,
    search: Mapping[str, Any],
    seeds: int,
    full: bool,
) -> Row:
    """Plant, run and judge one case.

    Args:
        folder: for its files; it may be thrown away afterwards.
        tables: folder of real tables.
        cache: where sane models are remembered.
        search: the search section of its config.
        seeds: paired seeds of the rule by which a fault counts; full: the full rule.

    Raises:
        CannotPlant: the fault makes no sense on this table.
    """
    planted = material(case, tables, cache)
    fault = FAULTS[case.fault]
    if fault.left:
        planted = left_behind(planted, folder / "first", search)
    config = run_config(planted, folder, search)
    inputs = read_inputs(config, None)
    sane_inputs = inputs_of(planted.sane_config(), planted.sane_train)
    roles = Roles(target=planted.target)
    stuck = Judge.of(inputs, planted.hidden, roles)
    sane = Judge.of(sane_inputs, _without_leak(planted), roles)
    counted = kill(sane, stuck, fault.kind, seeds=seeds, full=full)
    one_cv = cross_validation_seconds(sane_inputs)
    began = time.perf_counter()
    report = last_report(config)
    seconds = time.perf_counter() - began
    naive = sane.naive()
    good = skill(sane_inputs, float(sane.values(sane_inputs.person).mean()), naive)
    before = stuck.values(inputs.person)
    outcome = delivered(stuck, report.improved, before)
    bad, after = (skill(inputs, score, naive) for score in (outcome.before, outcome.after))
    restored = (after - bad) / (good - bad) if good - bad > 0 and fault.kind is Kind.SKILL else None
    codes = tuple(sorted({f.code for f in report.audit if f.status in TOLD}))
    gains = [s.verdict.gain for s in report.stages if s.verdict and s.status.is_proven]
    claims = report.improved is not None
    return Row(
        case=case.id,
        table=case.table,
        fault=case.fault,
        family=case.family,
        seed=case.seed,
        kind=str(fault.kind),
        metric=planted.metric,
        rows=len(planted.train),
        counts=counted.counts,
        rule=counted.rule,
        drop=counted.drop,
        status=str(report.status),
        stage=report.stage,
        banked=tuple(str(s.stage) for s in report.stages if str(s.status) == "banked"),
        codes=codes,
        named=_named(fault, report, codes),
        right=is_right(fault, report.stage, codes, restored, claims=claims, status=report.status),
        restored=restored,
        promised=sum(gains) if claims else None,
        gain=outcome.gain,
        se=outcome.se,
        worse=outcome.worse,
        claims=claims,
        fits=report.cost.fits,
        seconds=seconds,
        cross_validations=seconds / one_cv,
        sane_skill=good,
        stuck_skill=bad,
        after_skill=after,
        diagnosis=None if report.diagnosis is None else report.diagnosis.state,
        change=_change(inputs, report),
    )


def _without_leak(planted: Material) -> Any:
    """Hidden rows with the columns that the sane model knows."""
    return planted.hidden[list(planted.sane_train.columns)]


def left_behind(planted: Material, folder: Path, search: Mapping[str, Any]) -> Material:
    """The case with the model that a run to the very end leaves, and another seed."""
    report = last_report(run_config(planted, folder, search), keep_going=True)
    case = replace(planted.case, seed=planted.case.seed + OTHER_SEED)
    found = report.improved
    if found is None:
        return replace(planted, case=case)
    inputs = found.preprocessing
    preprocessing = {"scale": inputs.scale, "missing": inputs.missing}
    return replace(
        planted,
        case=case,
        stuck=dict(found.params),
        threshold=found.threshold,
        preprocessing={**preprocessing, "numbers": list(inputs.numbers)},
        training=dict(found.treatment.changes),
    )


def last_report(config: RunConfig, *, keep_going: bool = False) -> Report:
    """The report of a whole run."""
    report: Report | None = None
    for event in api.start(config, keep_going=keep_going):
        if isinstance(event, Finished):
            report = event.report
    assert report is not None
    return report


def is_right(
    fault: Fault,
    stage: str | None,
    codes: tuple[str, ...],
    restored: float | None,
    *,
    claims: bool,
    status: Status,
) -> bool:
    """Is the verdict right?

    A planted stage, or an earlier one whose fix restores RESTORED of the lost skill; a finding that
    names the fault; of a healthy model, no claim and no block.
    """
    if fault.kind is Kind.HEALTHY:
        return not claims and status is not Status.BLOCKED
    if set(codes) & set(fault.codes):
        return True
    if stage is None:
        return False
    if stage in fault.stages:
        return True
    order = [str(s) for s in (StageName.FOUNDATIONS, *STAGE_ORDER)]
    latest = max((order.index(s) for s in fault.stages), default=len(order))
    earlier = order.index(stage) < latest
    return earlier and restored is not None and restored >= RESTORED


def _named(fault: Fault, report: Report, codes: tuple[str, ...]) -> str:
    """The run's answer in one word: what blocks, the planted finding, the stage, else none."""
    blocking = [f.code for f in report.audit if f.status is Severity.ISSUE]
    if report.status is Status.BLOCKED:
        return SUBJECTS.get(blocking[0], blocking[0]) if blocking else NONE
    if report.stage is not None:
        return report.stage
    hit = sorted(set(codes) & set(fault.codes))
    return SUBJECTS[hit[0]] if hit else NONE


def _change(inputs: Inputs, report: Report) -> dict[str, Any]:
    return {name: list(pair) for name, pair in report.change.items()}
