"""A Report as JSON: stable keys in a stable order, NaN and infinity as null.

``report_schema.py`` describes exactly this; ``load.py`` reads it back.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from advisor.measurements import Curve
from advisor.results import Escalation, ModelSummary, Probe, Report, StageOutcome, Verdict
from advisor.types import Finding, Reason

VERSION = 1
CURVE_DIGITS = 7  # significant; a fit's loss is not known better
FILES = ("report", "config", "model", "journal")


def plain(value: Any) -> Any:
    """A value of Python and JSON alike; what is neither becomes text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (set, frozenset)):
        return sorted((plain(v) for v in value), key=str)
    if isinstance(value, Iterable):
        return [plain(v) for v in value]
    return str(value)


def _model(model: ModelSummary) -> dict[str, Any]:
    return {
        "score": model.score,
        "se": model.se,
        "skill": model.skill,
        "params": model.params,
        "rounds": model.rounds,
        "treatment": asdict(model.treatment),
        "folds": model.folds,
        "preprocessing": asdict(model.preprocessing),
        "threshold": model.threshold,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "evidence": reason.evidence}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "status": finding.status,
        "evidence": finding.evidence,
        "points_to": finding.points_to,
        "remedy": finding.remedy,
    }


def _curve(curve: Curve) -> dict[str, Any]:
    def short(values: Any) -> list[float]:
        return [float(f"{v:.{CURVE_DIGITS}g}") for v in values]

    losses = {f.name: short(getattr(curve, f.name)) for f in fields(curve) if f.name != "rounds"}
    return {"rounds": [int(r) for r in curve.rounds], **losses}


def _proof(v: Verdict | None) -> dict[str, Any]:
    """The numbers of a verdict; null without one."""
    names = ("gain", "low", "high", "p", "alpha", "smallest_detectable")
    return {name: None if v is None else getattr(v, name) for name in names}


def _said(v: Verdict | None) -> dict[str, Any] | None:
    if v is None:
        return None
    return {"outcome": v.outcome, "looks": v.looks, "reason": _reason(v.reason)}


def _stage(stage: StageOutcome) -> dict[str, Any]:
    return {
        "stage": stage.stage,
        "status": stage.status,
        **_proof(stage.verdict),
        "candidates": stage.candidates,
        "fits": stage.fits,
        "seconds": stage.seconds,
        "params": stage.params,
        "reason": _reason(stage.reason),
        "verdict": _said(stage.verdict),
        "trials": stage.trials,
        "size_curve": None if stage.size_curve is None else asdict(stage.size_curve),
        "notes": [_reason(note) for note in stage.notes],
    }


def _escalation(found: Escalation) -> dict[str, Any]:
    return {
        "family": found.family,
        "proven": found.proven,
        "params": found.params,
        "source": found.source,
        "before": found.before,
        "after": found.after,
        **_proof(found.verdict),
        "reason": _reason(found.reason),
        "verdict": _said(found.verdict),
        "fits": found.fits,
    }


def _probe(probe: Probe) -> dict[str, Any]:
    return {
        "lever": probe.lever,
        "candidate": {knob: after for knob, (_, after) in probe.change.items()},
        "gain": probe.gain,
        "fold": 0,  # probes are measured on the first fold alone
        "se": probe.se,
        "origin": probe.origin,
        "change": probe.change,
    }


def report_document(report: Report) -> dict[str, Any]:
    """The report as a JSON document: dicts, lists, text, numbers, booleans and None."""
    test, diagnosis, left, cost = report.test, report.diagnosis, report.remaining, report.cost
    document = {
        "version": VERSION,
        "status": report.status,
        "stage": report.stage,
        "metric": {"name": report.metric, "greater_is_better": report.greater_is_better},
        "data": {
            "rows": report.rows,
            "features": report.features,
            "task": report.task,
            "fingerprint": report.fingerprint,
            "test_rows": report.test_rows,
            "asked_before": report.asked_before,
        },
        "naive": report.naive,
        "baseline": None if report.baseline is None else _model(report.baseline),
        "improved": None if report.improved is None else _model(report.improved),
        "test": (
            None
            if test is None
            else {
                "before": test.before,
                "after": test.after,
                "gain": test.gain,
                "low": test.low,
                "high": test.high,
                "rows": test.rows,
            }
        ),
        "audit": [_finding(f) for f in report.audit],
        "diagnosis": (
            None
            if diagnosis is None
            else {
                "state": diagnosis.state,
                "evidence": diagnosis.evidence,
                "points_to": diagnosis.points_to,
                "confirmed": diagnosis.confirmed,
                "meaning": None if diagnosis.meaning is None else _reason(diagnosis.meaning),
                "health": [_reason(answer) for answer in diagnosis.health],
            }
        ),
        "stages": [_stage(s) for s in report.stages],
        "probes": [_probe(p) for p in report.probes],
        "remaining": (
            None
            if left is None
            else {"lever": left.lever, "gain": left.gain, "command": left.command}
        ),
        "change": report.change,
        "cost": {
            "fits": cost.fits,
            "fits_from_journal": cost.fits_from_journal,
            "seconds": cost.seconds,
            "peak_memory_mb": cost.peak_memory_mb,
            "training_seconds": cost.training_seconds,
            "audit_seconds": cost.audit_seconds,
        },
        "files": dict.fromkeys(FILES) | dict(report.files),
        "name": report.name,
        "seed": report.seed,
        "cause": None if report.cause is None else _reason(report.cause),
        "next": None if report.next_step is None else _reason(report.next_step),
        "curves": [_curve(c) for c in report.curves],
        "improved_curves": [_curve(c) for c in report.improved_curves],
        "versions": report.versions,
        "escalation": None if report.escalation is None else _escalation(report.escalation),
    }
    done: dict[str, Any] = plain(document)
    return done


def _lines(value: Any, indent: str) -> str:
    """Objects over several lines, lists of plain values on one: readable and small."""
    deeper = indent + "  "
    if isinstance(value, dict) and value:
        items = [
            f"{json.dumps(k, ensure_ascii=False)}: {_lines(v, deeper)}" for k, v in value.items()
        ]
        brackets = "{}"
    elif isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        items = [_lines(v, deeper) for v in value]
        brackets = "[]"
    else:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    inside = f",\n{deeper}".join(items)
    return f"{brackets[0]}\n{deeper}{inside}\n{indent}{brackets[1]}"


def render_json(report: Report) -> str:
    """The report as JSON text, UTF-8 as it stands, ending in a line break."""
    return _lines(report_document(report), "") + "\n"
