"""The JSON Schema (draft 2020-12) of a report: every key with what it means."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeAlias

from advisor.report.json_report import FILES, VERSION
from advisor.results import Outcome, Status
from advisor.types import Severity, StageName, Task

Schema: TypeAlias = dict[str, Any]

STAGES = tuple(str(s) for s in StageName)


def _of(kind: str | list[str], description: str = "") -> Schema:
    return {"type": kind} | ({"description": description} if description else {})


def _text(description: str = "") -> Schema:
    return _of("string", description)


def _number(description: str = "") -> Schema:
    """Null stands for a number that could not be had (NaN, infinity)."""
    return _of(["number", "null"], description)


def _count(description: str = "") -> Schema:
    return _of("integer", description) | {"minimum": 0}


def _one_of(values: type[StrEnum] | Sequence[str], description: str = "") -> Schema:
    return _of("string", description) | {"enum": [str(v) for v in values]}


def _or_null(schema: Schema, description: str = "") -> Schema:
    what = {"description": description} if description else {}
    return {"anyOf": [schema, {"type": "null"}]} | what


def _list(items: Schema, description: str = "") -> Schema:
    return _of("array", description) | {"items": items}


def _any_object(description: str = "") -> Schema:
    return _of("object", description)


def _object(properties: dict[str, Schema], description: str = "") -> Schema:
    return _of("object", description) | {
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _reason(description: str) -> Schema:
    return _object(
        {"code": _text("key of a sentence"), "evidence": _any_object("its numbers by name")},
        description,
    )


def _change(description: str) -> Schema:
    return _any_object(description) | {
        "additionalProperties": {"type": "array", "minItems": 2, "maxItems": 2}
    }


def _model(description: str) -> Schema:
    treatment = {
        "fraction": _number("share of the training rows used"),
        "pool": _number("share of the pool added"),
        "merge_duplicates": _of("boolean"),
        "class_weight": _of(["string", "null"], "balanced or sqrt"),
        "resample": _of(["string", "null"], "under or over"),
        "suspects": _of(["string", "null"], "drop or down_weight"),
        "augment": _of(["string", "null"], "mixup, noise or swap"),
    }
    features = {
        "scale": _of(["string", "null"], "standard: mean 0 and variance 1"),
        "missing": _of("string", "how missing values are filled"),
        "numbers": _list(_of("string"), "text columns read as numbers"),
    }
    return _object(
        {
            "score": _number("in the metric's own unit"),
            "se": _number("standard error of the score"),
            "skill": _number("0 is the naive predictor, 1 is perfect"),
            "params": _any_object("every parameter the learner was given"),
            "rounds": _of(["integer", "null"], "boosting rounds or epochs"),
            "treatment": _object(treatment, "what is done to the training rows"),
            "folds": _count("splits the score was measured on"),
            "preprocessing": _object(features, "what is done to the features"),
            "threshold": _or_null(_number(), "probability from which a row counts as class 1"),
        },
        description,
    )


def _curve() -> Schema:
    return _object(
        {
            "rounds": _list(_of("integer")),
            "train": _list(_number()),
            "valid": _list(_number()),
            "train_metric": _list(_number()),
            "valid_metric": _list(_number()),
        },
        "losses along a fit, lower is better; the metrics beside them, higher is better",
    )


def _size_curve() -> Schema:
    return _object(
        {
            "rows": _list(_count(), "numbers of training rows"),
            "scores": _list(_number()),
            "verdict": _one_of(("starved", "rising", "enough", "not_extrapolated")),
            "doubling_gain": _number("expected gain of twice the rows"),
            "doubling_low": _number("80 % interval"),
            "doubling_high": _number("80 % interval"),
            "spread": _list(_number(), "standard errors of the scores"),
            "ahead": _list(_list(_number()), "rows, low, middle, high of the score (80 %)"),
            "worth": _number("the smallest gain worth having"),
            "worth_rows": _or_null(_list(_number()), "rows that gain it: low, middle, high"),
            "tuning": _number("what the stages before have proven"),
            "tuning_rows": _or_null(_list(_number()), "rows that gain as much"),
        }
    )


def _verdict() -> Schema:
    verdict = {
        "outcome": _one_of(Outcome),
        "looks": _count("confirmation looks taken; 0 is an early no"),
        "reason": _reason("why the gate said so"),
    }
    return _or_null(_object(verdict), "what the gate said")


def _escalation() -> Schema:
    return _object(
        {
            "family": _text("the other family"),
            "proven": _of("boolean", "better beyond chance, with a lead worth a change of family"),
            "params": _any_object("its published default, rounds found by early stopping"),
            "source": _text("where that default was published"),
            "before": _number("score of the person's model on the fresh folds"),
            "after": _number("score of the other model on the same folds"),
            "gain": _number("of the other model; null where it was not far ahead at first"),
            "low": _number("95 % interval of the gain"),
            "high": _number("95 % interval of the gain"),
            "p": _number("of a gain as large by luck"),
            "alpha": _number("error chance spent on it"),
            "smallest_detectable": _number("gain that would have been proven with power .8"),
            "reason": _reason("why it ended as it did"),
            "verdict": _verdict(),
            "fits": _count(),
        }
    )


def _stage() -> Schema:
    return _object(
        {
            "stage": _one_of(StageName),
            "status": _one_of(Outcome),
            "gain": _number("of the winner, positive when better; null when not tested"),
            "low": _number("95 % interval of the gain"),
            "high": _number("95 % interval of the gain"),
            "p": _number("at the max-T distribution over all candidates"),
            "alpha": _number("error chance spent on this stage"),
            "smallest_detectable": _number("gain that would have been proven with power .8"),
            "candidates": _count("settings tried"),
            "fits": _count(),
            "seconds": _number(),
            "params": _any_object("the winner's parameters that differ from the stage's start"),
            "reason": _reason("why the stage ended as it did"),
            "verdict": _verdict(),
            "trials": _list(_any_object(), "every candidate: origin, change, gain on search folds"),
            "size_curve": _or_null(_size_curve(), "the data stage's score over the rows"),
            "notes": _list(_reason("what else was found about the training rows")),
        }
    )


def _probe() -> Schema:
    return _object(
        {
            "lever": _one_of(StageName),
            "candidate": _any_object("the changed parameters"),
            "gain": _number("on one fold, positive when better"),
            "fold": _count("the fold it was measured on"),
            "se": _number("standard error of the gain"),
            "origin": _text("the direction tried"),
            "change": _change("{knob: [before, after]}"),
        }
    )


def _properties() -> dict[str, Schema]:
    files = dict.fromkeys(FILES, _of(["string", "null"]))
    finding = {
        "code": _text("stable, e.g. D04"),
        "status": _one_of(Severity),
        "evidence": _any_object("numbers by name"),
        "points_to": _of(["string", "null"], "stage it points to"),
        "remedy": _of(["string", "null"]),
    }
    return {
        "version": {"const": VERSION},
        "status": _one_of(Status, "how the run ended"),
        "stage": _or_null(_one_of(STAGES), "the stage that ended the run"),
        "metric": _object({"name": _text(), "greater_is_better": _of("boolean")}),
        "data": _object(
            {
                "rows": _count("rows the model trains on today"),
                "features": _count(),
                "task": _one_of(Task),
                "fingerprint": _text("sha256 of the content"),
                "test_rows": _count("rows locked away"),
                "asked_before": _count("earlier runs on the same data"),
            }
        ),
        "naive": _number("score of the naive predictor"),
        "baseline": _or_null(_model("the person's own model")),
        "improved": _or_null(_model("the proven model")),
        "test": _or_null(
            _object(
                {k: _number() for k in ("before", "after", "gain", "low", "high")}
                | {"rows": _count()}
            ),
            "the locked rows, opened at most once, after a proven gain",
        ),
        "audit": _list(_object(finding), "every check, passed or not"),
        "diagnosis": _or_null(
            _object(
                {
                    "state": _text(),
                    "evidence": _any_object(),
                    "points_to": _of(["string", "null"]),
                    "confirmed": _of("boolean", "the probes agree"),
                    "meaning": _or_null(_reason("what the score means for this task")),
                    "health": _list(
                        _reason("an answer"), "do training loss, validation loss and metric agree?"
                    ),
                }
            )
        ),
        "stages": _list(_stage(), "in the order they ran"),
        "probes": _list(_probe(), "cheap candidates, one per direction, before the search"),
        "remaining": _or_null(
            _object({"lever": _one_of(StageName), "gain": _number(), "command": _text()}),
            "what the scouts still see after a proven stage",
        ),
        "change": _change("{knob: [before, after]} of the improved model"),
        "cost": _object(
            {
                "fits": _count("fits made in this run"),
                "fits_from_journal": _count("fits read back instead of made"),
                "seconds": _number("wall clock"),
                "peak_memory_mb": _number(),
                "training_seconds": _number("summed over all fits"),
                "audit_seconds": _number("the checks, without the baseline's fits"),
            }
        ),
        "files": _any_object("paths; null where nothing was written")
        | {
            "properties": files,
            "required": list(FILES),
            "additionalProperties": _of(["string", "null"]),
        },
        "name": _text("name of the run"),
        "seed": _of("integer"),
        "cause": _or_null(_reason("why it helped")),
        "next": _or_null(_reason("what to do next")),
        "curves": _list(_curve(), "the baseline's, one per fold"),
        "improved_curves": _list(_curve(), "the improved model's, one per fold"),
        "versions": _any_object("library versions by name") | {"additionalProperties": _text()},
        "escalation": _or_null(
            _escalation(),
            "another family, asked where every stage ran and proved nothing; changes no status",
        ),
    }


def report_schema() -> Schema:
    """JSON Schema of ``report.json``; ``$defs.error`` is what ``--json`` prints on an error."""
    error = _object(
        {
            "code": _text("key of a sentence"),
            "message": _text("the sentence"),
            "place": _of(["string", "null"], "file:line:column"),
            "hint": _of(["string", "null"], "nearest allowed spelling"),
        }
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "advisor report",
        "description": (
            "Scores are in the metric's own unit; gains are positive when better; null stands for "
            "a number that could not be had."
        ),
        **_object(_properties()),
        "$defs": {
            "error": _object(
                {"version": {"const": VERSION}, "status": {"const": "error"}, "error": error},
                "printed by --json instead of a report when a command ends in an error",
            )
        },
    }
