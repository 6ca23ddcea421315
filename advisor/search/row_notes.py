"""What else a data stage found, as Reasons: was the curve's promise kept, what of calibration?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from advisor.diagnose.rows import AHEAD, RowReading
from advisor.measurements import Evaluation
from advisor.metrics.contributions import labels, log_loss, probabilities
from advisor.results import Outcome, SizeCurve, Verdict
from advisor.rows.treatments import row_share
from advisor.search.arena import Arena
from advisor.search.session import Session
from advisor.settings import Candidate
from advisor.stages.base import StageContext
from advisor.types import Floats, Ints, Reason, Severity

BINS = 10
PROBABILITY_SCORES = ("log_loss", "brier")
SPOILS = ("class_weight", "resample", "suspects", "augment")
"""What moves probabilities away from the shares of the classes."""
WORTH_A_WORD = (Outcome.PROVEN, Outcome.LIKELY)
"""A treatment that brought nothing is not taken up: what else it does is nobody's matter."""


def notes_of(
    session: Session,
    arena: Arena,
    reading: RowReading | None,
    start: Candidate,
    winner: Candidate | None,
    verdict: Verdict | None,
) -> tuple[Reason, ...]:
    """Everything worth a sentence beside the verdict."""
    found: list[Reason] = []
    if arena.alike is not None:
        data = session.evaluator.dataset
        evidence: dict[str, float] = {
            "own": len(data.train),
            "rows": len(arena.scored) - len(data.train),
        }
        evidence |= {"auc": arena.alike.auc, "p": arena.alike.p}
        found.append(Reason("rows.pool_scored", evidence))
    found += _scored_as_given(session, winner, verdict)
    found += _goal(session, reading)
    if winner is not None and verdict is not None:
        found += _promise(session, reading, start, winner, verdict)
    if winner is not None and verdict is not None and verdict.outcome in WORTH_A_WORD:
        found += _calibration(session, arena, start, winner)
    return tuple(found)


def _scored_as_given(
    session: Session, winner: Candidate | None, verdict: Verdict | None
) -> list[Reason]:
    """Why leaving wrong labels out proves nothing under a score of probabilities.

    Scored rows keep their labels, and these are as often wrong: a model that is surer of what is
    right loses more on them than it gains.
    """
    suspects = winner is not None and winner.treatment.suspects is not None
    proven = suspects and verdict is not None and verdict.outcome.is_proven
    if proven or session.evaluator.metric.name not in PROBABILITY_SCORES:
        return []
    warned = (f for f in session.findings if f.code == "D07" and f.status is Severity.WARNING)
    return [Reason("rows.scored_as_given", {"share": f.evidence["share"]}) for f in warned][:1]


def _goal(session: Session, reading: RowReading | None) -> list[Reason]:
    """How many rows should reach the score that the person needs (``kpi.goal``)."""
    goal = session.kpi.goal
    if goal is None or reading is None:
        return []
    metric, curve = session.evaluator.metric, reading.curve
    now = metric.perfect + curve.scores[-1]  # a curve holds what is missing to perfect
    missing = metric.shown(goal) - now
    evidence = {"goal": goal, "now": metric.shown(now), "own": curve.rows[-1]}
    if missing <= 0:
        return [Reason("rows.goal_met", evidence)]
    if reading.laws is None or curve.verdict in ("no_skill", "not_extrapolated"):
        return [Reason("rows.goal_open", evidence)]
    most = AHEAD[-1]
    found = reading.rows_for(missing)
    if found is None:
        ends = [metric.shown(now + gain) for gain in reading.gain(most)]
        ends_at = {"times": most, "ends": ends[1], "low": min(ends), "high": max(ends)}
        return [Reason("rows.goal_far", {**evidence, **ends_at})]
    low, middle, high = (round(rows) for rows in found)
    return [Reason("rows.goal", {**evidence, "rows": middle, "low": low, "high": high})]


def _promise(
    session: Session,
    reading: RowReading | None,
    start: Candidate,
    winner: Candidate,
    verdict: Verdict,
) -> list[Reason]:
    """The gain of the pool's rows beside what the curve over rows had promised for as many."""
    data = session.evaluator.dataset
    times = row_share(data, winner.treatment) / row_share(data, start.treatment)
    more = winner.treatment.pool > start.treatment.pool
    if not more or reading is None or reading.laws is None or not 1 < times <= AHEAD[-1]:
        return []
    low, middle, high = reading.gain(times)
    kept = "more" if verdict.low > high else "less" if verdict.high < low else "kept"
    evidence = {"times": times, "promised": middle, "low": low, "high": high, "gain": verdict.gain}
    return [Reason(f"rows.promise_{kept}", evidence)]


def _calibration(
    session: Session, arena: Arena, start: Candidate, winner: Candidate
) -> list[Reason]:
    """Log loss and calibration error before and after a treatment that spoils probabilities."""
    data, evaluator = session.evaluator.dataset, session.evaluator
    touched = any(getattr(winner.treatment, n) != getattr(start.treatment, n) for n in SPOILS)
    if not touched or not data.task.is_classification:
        return []
    both = [s for s in arena.splits if evaluator.has(start, s) and evaluator.has(winner, s)]
    if not both:
        both = [
            s
            for part in arena.partitions
            for s in part
            if evaluator.has(start, s) and evaluator.has(winner, s)
        ]
    if not both:
        return []
    before, after = (_calibrated(evaluator.evaluation(c, both), data.y) for c in (start, winner))
    evidence = {
        "loss_before": before[0],
        "loss_after": after[0],
        "ece_before": before[1],
        "ece_after": after[1],
    }
    worse = after[0] > before[0]
    return [Reason("rows.calibration_worse" if worse else "rows.calibration_kept", evidence)]


def _calibrated(evaluation: Evaluation, y: Ints) -> tuple[float, float]:
    """Log loss and expected calibration error of out-of-fold predictions."""
    pred = np.concatenate([fit.pred for fit in evaluation.fits]).astype(np.float64)
    given = y[evaluation.rows]
    return -float(log_loss(given, pred, None).mean()), calibration_error(given, pred)


def calibration_error(y: Ints, pred: Floats) -> float:
    """Mean distance of said and true shares over ten equally filled bins (Naeini et al. 2015).

    Args:
        y: (n,) class codes.
        pred: (n,) probabilities of class 1, or (n, K); then of the class that is said.
    """
    p = probabilities(pred)
    sure, right = (p[:, 1], y == 1) if pred.ndim == 1 else (p.max(axis=1), labels(pred) == y)
    order = np.argsort(sure, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if part.size]
    far = [abs(float(sure[i].mean() - right[i].mean())) * len(i) for i in parts]
    return float(sum(far) / len(y))


def curve_beside_tuning(reading: RowReading, context: StageContext, tuning: float) -> SizeCurve:
    """The curve with the rows that would gain what is worth having, and what tuning has gained.

    Args:
        tuning: gain that the stages before have proven; 0 for none.
    """
    curve = reading.curve
    if curve.verdict not in ("starved", "rising"):
        return curve
    return replace(
        curve,
        worth=context.delta,
        worth_rows=reading.rows_for(context.delta),
        tuning=tuning or None,
        tuning_rows=reading.rows_for(tuning) if tuning > 0 else None,
    )
