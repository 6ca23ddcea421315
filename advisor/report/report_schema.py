"""The JSON Schema (draft 2020-12) of a report: every key with what it means."""

from __future__ import annotations

from advisor.report.json_report import FILES, VERSION
from advisor.report.schema_parts import (
    Schema,
    any_mapping,
    count,
    list_of,
    mapping,
    number,
    of,
    one_of,
    or_null,
    text,
)
from advisor.results import Outcome, Status
from advisor.types import Severity, StageName, Task

STAGES = tuple(str(s) for s in StageName)


def _reason(description: str) -> Schema:
    return mapping(
        {"code": text("key of a sentence"), "evidence": any_mapping("its numbers by name")},
        description,
    )


def _change(description: str) -> Schema:
    return any_mapping(description) | {
        "additionalProperties": {"type": "array", "minItems": 2, "maxItems": 2}
    }


def _model(description: str) -> Schema:
    treatment = {
        "fraction": number("share of the training rows used"),
        "pool": number("share of the pool added"),
        "merge_duplicates": of("boolean"),
        "class_weight": of(["string", "null"], "balanced or sqrt"),
        "resample": of(["string", "null"], "under or over"),
        "suspects": of(["string", "null"], "drop or down_weight"),
        "augment": of(["string", "null"], "mixup, noise or swap"),
    }
    features = {
        "scale": of(["string", "null"], "standard: mean 0 and variance 1"),
        "missing": of("string", "how missing values are filled"),
        "numbers": list_of(of("string"), "text columns read as numbers"),
    }
    return mapping(
        {
            "score": number("in the metric's own unit"),
            "se": number("standard error of the score"),
            "skill": number("0 is the naive predictor, 1 is perfect"),
            "params": any_mapping("every parameter the learner was given"),
            "rounds": of(["integer", "null"], "boosting rounds or epochs"),
            "treatment": mapping(treatment, "what is done to the training rows"),
            "folds": count("splits the score was measured on"),
            "preprocessing": mapping(features, "what is done to the features"),
            "threshold": or_null(number(), "probability from which a row counts as class 1"),
        },
        description,
    )


def _curve() -> Schema:
    return mapping(
        {
            "rounds": list_of(of("integer")),
            "train": list_of(number()),
            "valid": list_of(number()),
            "train_metric": list_of(number()),
            "valid_metric": list_of(number()),
        },
        "losses along a fit, lower is better; the metrics beside them, higher is better",
    )


def _size_curve() -> Schema:
    return mapping(
        {
            "rows": list_of(count(), "numbers of training rows"),
            "scores": list_of(number()),
            "verdict": one_of(("starved", "rising", "enough", "no_skill", "not_extrapolated")),
            "doubling_gain": number("expected gain of twice the rows"),
            "doubling_low": number("80 % interval"),
            "doubling_high": number("80 % interval"),
            "spread": list_of(number(), "standard errors of the scores"),
            "ahead": list_of(list_of(number()), "rows, low, middle, high of the score (80 %)"),
            "worth": number("the smallest gain worth having"),
            "worth_rows": or_null(list_of(number()), "rows that gain it: low, middle, high"),
            "tuning": number("what the stages before have proven"),
            "tuning_rows": or_null(list_of(number()), "rows that gain as much"),
        }
    )


def _verdict() -> Schema:
    verdict = {
        "outcome": one_of(Outcome),
        "looks": count("confirmation looks taken; 0 is an early no"),
        "reason": _reason("why the gate said so"),
    }
    return or_null(mapping(verdict), "what the gate said")


def _escalation() -> Schema:
    return mapping(
        {
            "family": text("the other family"),
            "proven": of("boolean", "better beyond chance, with a lead worth a change of family"),
            "params": any_mapping("its published default, rounds found by early stopping"),
            "source": text("where that default was published"),
            "before": number("score of the person's model on the fresh folds"),
            "after": number("score of the other model on the same folds"),
            "gain": number("of the other model; null where it was not far ahead at first"),
            "low": number("95 % interval of the gain"),
            "high": number("95 % interval of the gain"),
            "p": number("of a gain as large by luck"),
            "alpha": number("error chance spent on it"),
            "smallest_detectable": number("gain that would have been proven with power .8"),
            "reason": _reason("why it ended as it did"),
            "verdict": _verdict(),
            "fits": count(),
        }
    )


def _stage() -> Schema:
    return mapping(
        {
            "stage": one_of(StageName),
            "status": one_of(Outcome),
            "gain": number("of the winner, positive when better; null when not tested"),
            "low": number("95 % interval of the gain"),
            "high": number("95 % interval of the gain"),
            "p": number("at the max-T distribution over all candidates"),
            "alpha": number("error chance spent on this stage"),
            "smallest_detectable": number("gain that would have been proven with power .8"),
            "candidates": count("settings tried"),
            "fits": count(),
            "seconds": number(),
            "params": any_mapping("the winner's parameters that differ from the stage's start"),
            "reason": _reason("why the stage ended as it did"),
            "verdict": _verdict(),
            "trials": list_of(
                any_mapping(), "every candidate: origin, change, gain on search folds"
            ),
            "size_curve": or_null(_size_curve(), "the data stage's score over the rows"),
            "notes": list_of(_reason("what else was found about the training rows")),
        }
    )


def _probe() -> Schema:
    return mapping(
        {
            "lever": one_of(StageName),
            "candidate": any_mapping("the changed parameters"),
            "gain": number("on one fold, positive when better"),
            "fold": count("the fold it was measured on"),
            "se": number("standard error of the gain"),
            "origin": text("the direction tried"),
            "change": _change("{knob: [before, after]}"),
        }
    )


def _properties() -> dict[str, Schema]:
    files = dict.fromkeys(FILES, of(["string", "null"]))
    finding = {
        "code": text("stable, e.g. D04"),
        "status": one_of(Severity),
        "evidence": any_mapping("numbers by name"),
        "points_to": of(["string", "null"], "stage it points to"),
        "remedy": of(["string", "null"]),
    }
    return {
        "version": {"const": VERSION},
        "status": one_of(Status, "how the run ended"),
        "stage": or_null(one_of(STAGES), "the stage that ended the run"),
        "metric": mapping({"name": text(), "greater_is_better": of("boolean")}),
        "data": mapping(
            {
                "rows": count("rows the model trains on today"),
                "features": count(),
                "task": one_of(Task),
                "fingerprint": text("sha256 of the content"),
                "test_rows": count("rows locked away"),
                "asked_before": count("earlier runs on the same data"),
            }
        ),
        "naive": number("score of the naive predictor"),
        "baseline": or_null(_model("the person's own model")),
        "improved": or_null(_model("the proven model")),
        "test": or_null(
            mapping(
                {k: number() for k in ("before", "after", "gain", "low", "high")}
                | {"rows": count()}
            ),
            "the locked rows, opened at most once, after a proven gain",
        ),
        "audit": list_of(mapping(finding), "every check, passed or not"),
        "diagnosis": or_null(
            mapping(
                {
                    "state": text(),
                    "evidence": any_mapping(),
                    "points_to": of(["string", "null"]),
                    "confirmed": of("boolean", "the probes agree"),
                    "meaning": or_null(_reason("what the score means for this task")),
                    "health": list_of(
                        _reason("an answer"), "do training loss, validation loss and metric agree?"
                    ),
                }
            )
        ),
        "stages": list_of(_stage(), "in the order they ran"),
        "probes": list_of(_probe(), "cheap candidates, one per direction, before the search"),
        "remaining": or_null(
            mapping({"lever": one_of(StageName), "gain": number(), "command": text()}),
            "what the scouts still see after a proven stage",
        ),
        "change": _change("{knob: [before, after]} of the improved model"),
        "cost": mapping(
            {
                "fits": count("fits made in this run"),
                "fits_from_journal": count("fits read back instead of made"),
                "seconds": number("wall clock"),
                "peak_memory_mb": number(),
                "training_seconds": number("summed over all fits"),
                "audit_seconds": number("the checks, without the baseline's fits"),
            }
        ),
        "files": any_mapping("paths; null where nothing was written")
        | {
            "properties": files,
            "required": list(FILES),
            "additionalProperties": of(["string", "null"]),
        },
        "name": text("name of the run"),
        "seed": of("integer"),
        "cause": or_null(_reason("why it helped")),
        "next": or_null(_reason("what to do next")),
        "curves": list_of(_curve(), "the baseline's, one per fold"),
        "improved_curves": list_of(_curve(), "the improved model's, one per fold"),
        "versions": any_mapping("library versions by name") | {"additionalProperties": text()},
        "escalation": or_null(
            _escalation(),
            "another family, asked where every stage ran and proved nothing; changes no status",
        ),
    }


def report_schema() -> Schema:
    """JSON Schema of ``report.json``; ``$defs.error`` is what ``--json`` prints on an error."""
    error = mapping(
        {
            "code": text("key of a sentence"),
            "message": text("the sentence"),
            "place": of(["string", "null"], "file:line:column"),
            "hint": of(["string", "null"], "nearest allowed spelling"),
        }
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "advisor report",
        "description": (
            "Scores are in the metric's own unit; gains are positive when better; null stands for "
            "a number that could not be had."
        ),
        **mapping(_properties()),
        "$defs": {
            "error": mapping(
                {"version": {"const": VERSION}, "status": {"const": "error"}, "error": error},
                "printed by --json instead of a report when a command ends in an error",
            )
        },
    }
