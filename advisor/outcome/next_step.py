"""The one thing to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from advisor.diagnose.meaning import NOTHING
from advisor.outcome.conclude import TOLD, net_end
from advisor.results import Outcome
from advisor.search.row_notes import PROBABILITY_SCORES
from advisor.search.staged import KNOWS_NOTHING, SearchResult
from advisor.types import Finding, Reason

FLATTERED = 0.3
"""Share of a model's seeming skill that is only there because the folds tear groups or times apart:
from it on nothing else is to be done before that is settled."""
TOO_GOOD = 0.98
"""Skill that leaves next to nothing to gain: few real problems are that easy.  Advisor's own."""
MANY_WRONG = 0.1  # share of labels that look wrong, from which a loss on them misleads


def next_step(
    result: SearchResult,
    contradicted: bool,
    *,
    metric: str = "",
    noticed: Sequence[Finding] = (),
    skill: float | None = None,
) -> Reason | None:
    """The one thing to do next.

    Args:
        metric: of the run.
        noticed: findings made while the table was read, beside those of the audit.
        skill: of the improved model, else of the person's own; None where neither is measured.
    """
    if contradicted:
        return Reason("next.test_contradicts")
    if result.interrupted or result.blocked or not result.searched:
        return None
    findings = [f for f in (*noticed, *result.audit.findings) if f.status in TOLD]
    first = (
        _to_settle(findings) or _no_number(result) or _unsure_of_labels(findings, result, metric)
    )
    if first is not None:
        return first
    if result.other is not None and result.other.found.proven:
        return Reason("next.escalate", {"family": result.other.found.family})
    if result.out_of_time:
        return _unfinished(result)
    if result.improved and skill is not None and skill < KNOWS_NOTHING:
        return Reason("next.still_naive", {"skill": skill})
    if result.remaining is not None:
        left = result.remaining
        return Reason("next.keep_going", {"command": left.command, "lever": str(left.lever)})
    if result.current.treatment.pool > 0 and result.improved:
        return _use(result)  # the curve over rows was that of the model before
    likely = most_likely(result)
    if likely is not None:
        return Reason("next.improved_likely", likely.evidence) if result.improved else likely
    rows = _more_rows(result, skill)
    if rows is not None:
        return rows
    if result.improved:
        return _use(result)
    return _keep(result, skill)


def _more_rows(result: SearchResult, skill: float | None) -> Reason | None:
    """What twice the rows should gain, where the curve over rows still rises."""
    curve = result.size_curve
    wanted = ("starved",) if result.improved else ("starved", "rising")
    if curve is None or curve.verdict not in wanted:
        return None
    gains = {"low": curve.doubling_low, "high": curve.doubling_high}
    evidence = {"doubling_gain": curve.doubling_gain, **gains, "rows": curve.rows[-1]}
    if not result.improved and skill is not None and skill < NOTHING:
        return Reason("next.rows_to_learn", {**evidence, "trials": _trials(result)})
    return Reason("next.more_rows", evidence)


def _keep(result: SearchResult, skill: float | None) -> Reason:
    """The settings as they are; of a model that knows nothing, that they are nothing to keep; of
    one that knows nearly everything, what that may come from."""
    seen = smallest_detectable(result)
    evidence = {"trials": _trials(result), "smallest_detectable": seen}
    if skill is not None and skill < NOTHING:
        return Reason("next.no_better", {**evidence, "skill": round(skill, 2) + 0.0})
    if skill is not None and skill >= TOO_GOOD:
        return Reason("next.too_good", {**evidence, "skill": skill})
    return Reason("next.keep_settings", evidence)


def _trials(result: SearchResult) -> int:
    return sum(outcome.candidates for outcome in result.stages)


def _use(result: SearchResult) -> Reason:
    """The improved settings, and what was not searched beside them."""
    if any(outcome.reason.code == "stage.not_looked" for outcome in result.stages):
        return Reason("next.not_looked")
    skipped = any(outcome.status is Outcome.NOT_RUN for outcome in result.stages)
    return Reason("next.nothing_left" if skipped else "next.all_searched")


def _to_settle(findings: Sequence[Finding]) -> Reason | None:
    """What is to be settled before any setting: a net that squashes its answer; folds that tear
    apart what belongs together, where much of the skill comes of that."""
    end = net_end(findings)
    if end is not None:
        return Reason("next.net_end", {n: end.evidence[n] for n in ("found", "ends")})
    for code, role in (("S01", "groups"), ("S02", "time")):
        for finding in findings:
            share = finding.evidence.get("of_skill")
            if finding.code == code and share is not None and share >= FLATTERED:
                names = ("column", "metric", "random", "apart")
                return Reason(f"next.{role}", {n: finding.evidence[n] for n in names})
    return None


def _no_number(result: SearchResult) -> Reason | None:
    """Training that never gave a finite number, and nothing that was tried is proven to mend it."""
    found = {} if result.diagnosis is None else result.diagnosis.evidence
    never = bool(found.get("failed")) and np.isnan(found.get("train_loss", 0.0))
    return Reason("next.no_number") if never and not result.improved else None


def _unsure_of_labels(
    findings: Sequence[Finding], result: SearchResult, metric: str
) -> Reason | None:
    """Many wrong labels: a score of probabilities on such rows rewards a model for being unsure.

    On a table of 26 classes with a fifth of the labels flipped, fewer rounds gained .40 of log loss
    on rows as they were labelled, and lost .13 on rows with the right labels.
    """
    treated = result.current.treatment.suspects is not None
    if treated or not result.improved or metric not in PROBABILITY_SCORES:
        return None
    shares = (f.evidence["share"] for f in findings if f.code == "D07")
    many = max((share for share in shares if share >= MANY_WRONG), default=None)
    return None if many is None else Reason("next.noisy_labels", {"share": many})


def _unfinished(result: SearchResult) -> Reason:
    """The minutes were used up: how many stages had none left, and what looks best of these.

    Once something is proven the probes say nothing of what is left: they moved the model before it.
    """
    missed = [o.stage for o in result.stages if o.reason.code == "stage.out_of_time"]
    best = max(
        (p for p in result.probes if p.lever in missed and p.gain > p.se),
        key=lambda probe: probe.gain,
        default=None,
    )
    evidence: dict[str, Any] = {"stages": len(missed)}
    if best is None or result.improved:
        return Reason("next.unfinished", evidence)
    return Reason(
        "next.unfinished_likely", {**evidence, "lever": str(best.lever), "gain": best.gain}
    )


def most_likely(result: SearchResult) -> Reason | None:
    """The likely gain with the most evidence, and the times of today's rows that would prove it."""
    found = [
        (outcome.verdict, str(outcome.stage))
        for outcome in result.stages
        if outcome.status is Outcome.LIKELY and outcome.verdict and outcome.verdict.gain > 0
    ]
    found = [one for one in found if "times" in one[0].reason.evidence]
    if not found:
        return None
    verdict, lever = min(found, key=lambda one: one[0].p)
    times = two_digits(max(1.1, verdict.reason.evidence["times"]))
    evidence = {"lever": lever, "gain": verdict.gain, "p": verdict.p, "times": times}
    return Reason("next.likely", evidence)


def two_digits(value: float) -> float:
    """What an estimate is told with: 2.930 is 2.9, 14.9 is 15."""
    return float(f"{value:.2g}")


def smallest_detectable(result: SearchResult) -> float | None:
    """The gain that every stage which said no would have seen."""
    seen = [
        outcome.verdict.smallest_detectable
        for outcome in result.stages
        if outcome.verdict is not None and not outcome.status.is_proven
    ]
    return max((value for value in seen if np.isfinite(value)), default=None)
