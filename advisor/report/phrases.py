"""Phrases: one small part of a Report in words, given a Catalog.

Used by ``wording.py`` for a whole Report and by ``live.py`` while a run is still going.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from advisor.report import numbers
from advisor.report.locale import Catalog
from advisor.results import Diagnosis, Outcome, Probe, StageOutcome
from advisor.settings import Treatment
from advisor.types import Reason


def metric_words(catalog: Catalog, metric: str) -> str:
    """The metric's name as people say it; a scikit-learn scorer's as it is."""
    return catalog.metric(metric)


def score_words(catalog: Catalog, score: float) -> str:
    """A score in the report's decimals."""
    return numbers.fixed(score, catalog.places or 0, comma=catalog.unit("thousands"))


def gain_words(catalog: Catalog, gain: float) -> str:
    """A gain in the report's decimals, with its sign."""
    return numbers.fixed(gain, catalog.places or 0, sign=True, comma=catalog.unit("thousands"))


def interval_words(catalog: Catalog, low: float, high: float) -> str:
    """An interval of gains."""
    return f"[{gain_words(catalog, low)}, {gain_words(catalog, high)}]"


def reason_words(catalog: Catalog, reason: Reason, *, short: bool = False) -> str:
    """The sentence of a reason, or its few words for the ladder."""
    section = "verdict" if short else "reason"
    code = catalog.first(f"{section}.{reason.code}", reason.code) or f"{section}.{reason.code}"
    return catalog.say(code, **reason.evidence)


def stage_sentence(catalog: Catalog, outcome: StageOutcome) -> str:
    """Why a stage ended as it did; the verdict's and the size curve's numbers are at hand."""
    curve, verdict = outcome.size_curve, outcome.verdict
    numbers_of: dict[str, Any] = {}
    if verdict is not None:
        numbers_of = {
            name: getattr(verdict, name)
            for name in ("gain", "low", "high", "p", "alpha", "smallest_detectable")
        }
    if curve is not None:
        numbers_of |= {
            "doubling_gain": curve.doubling_gain,
            "doubling_low": curve.doubling_low,
            "doubling_high": curve.doubling_high,
        }
    code = outcome.reason.code
    if curve is not None and outcome.verdict is None:
        code = f"data.{curve.verdict}"
    if code == "gate.too_few_rows" and verdict is not None and verdict.gain <= 0:
        code = "gate.none_better"  # there is no gain of any size that more rows could prove
    return reason_words(catalog, Reason(code, {**numbers_of, **outcome.reason.evidence}))


ROUNDING = 1e-9
HARDLY_MORE = 1.2
"""Up to that many times today's rows a gain is at hand: what twice the rows bring says more."""


def row_sentences(catalog: Catalog, outcome: StageOutcome) -> list[str]:
    """What a data stage found beside its verdict, one sentence each."""
    said = [catalog.say(note.code, **note.evidence) for note in outcome.notes]
    curve = outcome.size_curve
    if curve is None:
        return said
    for name, gain, rows in (
        ("worth", curve.worth, curve.worth_rows),
        ("tuning", curve.tuning, curve.tuning_rows),
    ):
        own = curve.rows[-1]
        if gain is not None and rows is not None and rows[1] >= HARDLY_MORE * own:
            low, middle, high = (round(v) for v in rows)
            values = {name: gain, "own": own, "rows": middle, "low": low, "high": high}
            said.append(catalog.say(f"rows.{name}", **values))
    return said


def folds_words(catalog: Catalog, folds: int) -> str:
    """How many folds, in words."""
    if folds == 1:
        return catalog.say("terminal.baseline_one_fold")
    return catalog.say("terminal.baseline_folds", folds=folds)


def stage_words(catalog: Catalog, outcome: StageOutcome) -> str:
    """How a stage ended, in a few words."""
    verdict, curve = outcome.verdict, outcome.size_curve
    if curve is not None and (verdict is None or not outcome.status.is_proven):
        curve_words = catalog.say(
            f"verdict.data.{curve.verdict}",
            doubling_gain=curve.doubling_gain,
        )
        if verdict is None:
            return curve_words
        return catalog.unit("semicolon").join([_verdict_words(catalog, outcome), curve_words])
    return _verdict_words(catalog, outcome)


def _verdict_words(catalog: Catalog, outcome: StageOutcome) -> str:
    verdict = outcome.verdict
    if outcome.status is Outcome.NO_GAIN and verdict is not None and not verdict.gain > 0:
        return catalog.say("verdict.gate.not_positive")
    if outcome.status is Outcome.BANKED and not outcome.reason.code.startswith("stage."):
        return catalog.say("outcome.banked")
    reasons = [outcome.reason] + ([verdict.reason] if verdict is not None else [])
    for reason in reasons:
        if f"verdict.{reason.code}" in catalog:
            return reason_words(catalog, reason, short=True)
    return catalog.say(f"outcome.{outcome.status}")


def diagnosis_words(catalog: Catalog, diagnosis: Diagnosis) -> str:
    """The state of the curves with its numbers, or its sentence where there are none."""
    evidence, say = diagnosis.evidence, catalog.say
    details: list[str] = []
    losses = [evidence.get(k, evidence.get(f"{k}_loss")) for k in ("train", "valid")]
    pair = [float(v) for v in losses if v is not None and math.isfinite(v)]
    if len(pair) == 2:
        places = numbers.places_for(pair, 3)
        train, valid = (numbers.fixed(v, places) for v in pair)
        details.append(say("diagnosis.detail.train_valid", train=train, valid=valid))
        if "metric" in evidence:
            name = say(f"metric.{evidence['metric']}")
            details[-1] = say("diagnosis.detail.other_metric", metric=name, numbers=details[-1])
    if evidence.get("failed"):
        details.append(say("diagnosis.detail.failed", **evidence))
    elif {"best_round", "rounds"} <= set(evidence) and evidence["rounds"] > 1:
        details.append(say("diagnosis.detail.best_round", **evidence))
    if "overtaken" in evidence:
        details.append(say("diagnosis.detail.overtaken", lever=evidence["overtaken"]))
    elif "net_end" in evidence:
        details.append(say("diagnosis.detail.net_end", **evidence))
    elif "probe" in evidence:
        origin = _origin(catalog, evidence["probe"])
        details.append(say("diagnosis.detail.confirmed", origin=origin, **evidence))
    elif "threshold" in evidence:
        details.append(say("diagnosis.detail.confirmed_threshold", **evidence))
    elif diagnosis.points_to is not None and not diagnosis.confirmed:
        details.append(say("diagnosis.detail.suspected", lever=diagnosis.points_to))
    if evidence.get("reference_ahead"):
        details.append(say("diagnosis.detail.reference", **evidence))
    if "inside" in evidence:
        details.append(say(f"diagnosis.detail.{evidence['inside']}", **evidence))
    seems = "seems_healthy" if _only_seems_healthy(diagnosis) else diagnosis.state
    name = say(f"diagnosis.{seems}.name")
    text = say(f"diagnosis.{diagnosis.state}.sentence", **evidence)
    return f"{name}: {catalog.unit('semicolon').join(details) or text}"


def _only_seems_healthy(diagnosis: Diagnosis) -> bool:
    """The curves show nothing, but a stage has a proven gain or the score is that of a guess."""
    said = "" if diagnosis.meaning is None else diagnosis.meaning.code.rpartition(".")[2]
    guess = said.startswith(("guess", "none_called", "worse"))
    return "overtaken" in diagnosis.evidence or (diagnosis.state == "healthy" and guess)


def ranked(probes: Iterable[Probe]) -> list[Probe]:
    """The best probe of every lever, the most promising lever first."""
    best: dict[str, Probe] = {}
    for probe in probes:
        known = best.get(probe.lever)
        if known is None or probe.gain > known.gain or math.isnan(known.gain):
            best[probe.lever] = probe
    return sorted(best.values(), key=lambda p: -math.inf if math.isnan(p.gain) else p.gain)[::-1]


def places_of(base: float, gains: Iterable[float]) -> int:
    """Decimals for scores and gains side by side: four digits of the score, one of the gains.

    A gain that is nothing beside the score is rounding, and asks for no decimals.
    """
    told = [gain for gain in gains if not abs(gain) < ROUNDING * abs(base)]
    return max(numbers.places_for([base]), numbers.places_for(told, 1))


def probes_words(catalog: Catalog, probes: Iterable[Probe], places: int) -> str | None:
    """One line: levers, the most promising first, with what the best probe of each gained."""
    shown = [
        f"{catalog.stage(probe.lever)} ({_origin(catalog, probe.origin)}) "
        + numbers.fixed(probe.gain, places, sign=True, comma=catalog.unit("thousands"))
        for probe in ranked(probes)
    ]
    return catalog.unit("semicolon").join(shown) or None


def _origin(catalog: Catalog, origin: str) -> str:
    code = f"origin.{origin}"
    return catalog.say(code) if code in catalog else origin


def treatment_words(catalog: Catalog, treatment: Treatment) -> str:
    """What is done to the training rows, or ``as they are``."""
    parts: Mapping[str, tuple[bool, dict[str, Any]]] = {
        "pool": (treatment.pool > 0, {"share": treatment.pool}),
        "fraction": (treatment.fraction < 1, {"share": treatment.fraction}),
        "duplicates": (treatment.merge_duplicates, {}),
        "class_weight": (treatment.class_weight is not None, {"name": treatment.class_weight}),
        **{
            f"{kind}.{value}": (True, {})
            for kind in ("resample", "suspects", "augment")
            if (value := getattr(treatment, kind)) is not None
        },
    }
    said = [catalog.say(f"terminal.{k}", **values) for k, (on, values) in parts.items() if on]
    return catalog.unit("comma").join(said) or catalog.say("terminal.all_rows")
