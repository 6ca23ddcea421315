"""report.json back into a Report, so that an old run can be shown again in any form."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from advisor.errors import UsageError
from advisor.measurements import Curve
from advisor.report.json_report import VERSION
from advisor.results import (
    Cost,
    Diagnosis,
    Escalation,
    ModelSummary,
    Outcome,
    Probe,
    Remaining,
    Report,
    SizeCurve,
    StageOutcome,
    Status,
    TestResult,
    Verdict,
)
from advisor.settings import Preprocessing, Treatment
from advisor.types import Finding, Reason, Severity, StageName, Task

Json = Mapping[str, Any]


def _real(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _reals(data: Json, *names: str) -> dict[str, float]:
    return {name: _real(data[name]) for name in names}


def _reason(data: Json) -> Reason:
    return Reason(data["code"], data["evidence"])


def _change(data: Json) -> dict[str, tuple[Any, Any]]:
    return {knob: (before, after) for knob, (before, after) in data.items()}


def _model(data: Json) -> ModelSummary:
    return ModelSummary(
        **_reals(data, "score", "se", "skill"),
        params=data["params"],
        rounds=data["rounds"],
        treatment=Treatment(**data["treatment"]),
        folds=data["folds"],
        preprocessing=_preprocessing(data["preprocessing"]),
        threshold=data["threshold"],
    )


def _preprocessing(data: Json) -> Preprocessing:
    return Preprocessing(data["scale"], data["missing"], tuple(data["numbers"]))


def _finding(data: Json) -> Finding:
    return Finding(**{**data, "status": Severity(data["status"])})


def _curve(data: Json) -> Curve:
    names = [part.name for part in fields(Curve)][1:]
    losses = (np.array([_real(v) for v in data[name]], dtype=np.float64) for name in names)
    return Curve(np.array(data["rounds"], dtype=np.int64), *losses)


def _size_curve(data: Json) -> SizeCurve:
    scores = tuple(_real(v) for v in data["scores"])
    own: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    ahead = tuple(tuple(_real(v) for v in point) for point in data.get("ahead", ()))
    return SizeCurve(**{**own, "scores": scores, "ahead": ahead})


def _verdict(data: Json) -> Verdict | None:
    said = data["verdict"]
    if said is None:
        return None
    return Verdict(
        outcome=Outcome(said["outcome"]),
        looks=said["looks"],
        reason=_reason(said["reason"]),
        **_reals(data, "gain", "low", "high", "p", "alpha", "smallest_detectable"),
    )


def _stage(data: Json) -> StageOutcome:
    return StageOutcome(
        stage=StageName(data["stage"]),
        status=Outcome(data["status"]),
        verdict=_verdict(data),
        reason=_reason(data["reason"]),
        candidates=data["candidates"],
        fits=data["fits"],
        seconds=_real(data["seconds"]),
        params=data["params"],
        trials=tuple(data["trials"]),
        size_curve=None if data["size_curve"] is None else _size_curve(data["size_curve"]),
        notes=tuple(_reason(note) for note in data.get("notes", ())),
    )


def _escalation(data: Json) -> Escalation:
    scores = {k: None if data[k] is None else _real(data[k]) for k in ("before", "after")}
    return Escalation(
        family=data["family"],
        params=data["params"],
        source=data["source"],
        verdict=_verdict(data),
        reason=_reason(data["reason"]),
        fits=data["fits"],
        **scores,
    )


def _probe(data: Json) -> Probe:
    return Probe(
        lever=StageName(data["lever"]),
        origin=data["origin"],
        change=_change(data["change"]),
        **_reals(data, "gain", "se"),
    )


def _test(data: Json) -> TestResult:
    return TestResult(**_reals(data, "before", "after", "gain", "low", "high"), rows=data["rows"])


def _remaining(data: Json) -> Remaining:
    return Remaining(StageName(data["lever"]), _real(data["gain"]), data["command"])


def _cost(data: Json) -> Cost:
    return Cost(
        fits=data["fits"],
        fits_from_journal=data["fits_from_journal"],
        **_reals(data, "seconds", "training_seconds", "peak_memory_mb", "audit_seconds"),
    )


def _diagnosis(data: Json) -> Diagnosis:
    said = data["meaning"]
    return Diagnosis(
        state=data["state"],
        evidence=data["evidence"],
        points_to=data["points_to"],
        confirmed=data["confirmed"],
        meaning=None if said is None else _reason(said),
        health=tuple(_reason(answer) for answer in data["health"]),
    )


def report_from(document: Json) -> Report:
    """A Report from a JSON document that follows the schema."""
    data = document["data"]

    def maybe(name: str, make: Any) -> Any:
        return None if document[name] is None else make(document[name])

    return Report(
        name=document["name"],
        status=Status(document["status"]),
        stage=document["stage"],
        metric=document["metric"]["name"],
        greater_is_better=document["metric"]["greater_is_better"],
        seed=document["seed"],
        rows=data["rows"],
        features=data["features"],
        task=Task(data["task"]),
        fingerprint=data["fingerprint"],
        test_rows=data["test_rows"],
        asked_before=data["asked_before"],
        naive=_real(document["naive"]),
        baseline=maybe("baseline", _model),
        improved=maybe("improved", _model),
        test=maybe("test", _test),
        audit=tuple(_finding(f) for f in document["audit"]),
        diagnosis=maybe("diagnosis", _diagnosis),
        curves=tuple(_curve(c) for c in document["curves"]),
        improved_curves=tuple(_curve(c) for c in document["improved_curves"]),
        stages=tuple(_stage(s) for s in document["stages"]),
        probes=tuple(_probe(p) for p in document["probes"]),
        remaining=maybe("remaining", _remaining),
        change=_change(document["change"]),
        cause=maybe("cause", _reason),
        next_step=maybe("next", _reason),
        cost=_cost(document["cost"]),
        files={k: v for k, v in document["files"].items() if v is not None},
        versions=document["versions"],
        # reports that are older than it do not have it
        escalation=maybe("escalation", _escalation) if "escalation" in document else None,
    )


def parse_json(text: str, path: str = "report.json") -> Report:
    """The Report of a JSON text; ``path`` is named in the error.

    Raises:
        UsageError: the text is no report of this version.
    """
    try:
        document = json.loads(text)
        if not isinstance(document, dict) or document.get("version") != VERSION:
            found = (
                document.get("version") if isinstance(document, dict) else type(document).__name__
            )
            raise ValueError(f"version {found!r}, expected {VERSION}")
        return report_from(document)
    except KeyError as error:
        missing = f"key {error} is missing"
        raise UsageError("report_unreadable", {"path": path, "found": missing}) from error
    except (ValueError, TypeError, AttributeError) as error:
        values = {"path": path, "found": str(error)}
        raise UsageError("report_unreadable", values) from error
