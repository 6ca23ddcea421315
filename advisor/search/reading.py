"""Reads the baseline's curves: measures what a diagnosis needs and puts it together.

The first reading costs no fit.  The second, after the probes, may add one: a default booster on the
first fold, which tells a model that is held back from a problem that holds no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.diagnose.calibration import better_threshold, called_positive, saved_by_temperature
from advisor.diagnose.health import health
from advisor.diagnose.inside import answers, evidence_of, inner_of
from advisor.diagnose.judge import judge, needs_reference
from advisor.diagnose.loss import Number, class_shares, paired_error
from advisor.diagnose.meaning import meaning
from advisor.diagnose.shape import Shape, mean_curve, shape_of
from advisor.diagnose.state import Found, Reading, unfinished
from advisor.measurements import Evaluation
from advisor.metrics.table import Metric, companion, largest_share, naive_prediction
from advisor.results import Diagnosis, Probe
from advisor.search.scouts import levers
from advisor.search.seen import is_reference, naive_loss, reference_fit, scaled_probe, seen
from advisor.search.session import Session, Steps
from advisor.stages import Stage
from advisor.types import Floats, Reason, Split, StageName

CUT_AT_A_THRESHOLD = ("accuracy", "balanced_accuracy", "f1", "f1_macro", "cost")
MOST_ROWS = 20_000  # validation predictions that temperature and threshold are fitted on


def first_reading(session: Session, *, stopped_early: bool) -> Diagnosis | None:
    """What the curves suggest, before any probe; None where the fits have no curve.

    Args:
        session: its ``person`` is measured on the first folds, with curves.
        stopped_early: early stopping chose the rounds, so a curve that still falls is no news.
    """
    reading = _read(session, stopped_early)
    return None if reading is None else _diagnosis(session, reading, judge(reading), 0)


def second_reading(
    session: Session, first: Diagnosis, stages: Sequence[Stage], probes: Sequence[Probe]
) -> Steps[Diagnosis]:
    """The diagnosis with the probes in it, confirmed where one of them names the cause.

    Args:
        session: as for the first reading.
        first: what that said.
        stages: whose probes were measured.
        probes: the measured ones.
    """
    reading = _read(session, bool(first.evidence["stopped_early"]))
    if reading is None:
        return first
    tried = [*levers(session, stages, session.person), *(yield from scaled_probe(session))]
    reading = replace(reading, probes=seen(session, tried))
    extra = len(tried) - len(probes)
    if needs_reference(reading) and (unfinished(reading) or not is_reference(session)):
        reading = replace(reading, reference=(yield from reference_fit(session)))
        extra += 1
    return _diagnosis(session, reading, judge(reading), extra)


# -- the parts of a reading --------------------------------------------------------------------


def _evaluation(session: Session) -> Evaluation:
    return session.evaluator.evaluation(session.person, session.glance, curve=True)


def _read(session: Session, stopped_early: bool) -> Reading | None:
    evaluator, evaluation = session.evaluator, _evaluation(session)
    failed = sum(fit.failure is not None for fit in evaluation.fits)
    curves = [fit.curve for fit in evaluation.fits if fit.curve is not None]
    if not curves:
        return None
    asked = None
    if evaluator.rounds_name is not None:
        asked = int(session.person.params[evaluator.rounds_name])
    shape = shape_of(
        mean_curve(curves),
        evaluator.naive_monitored(session.glance),
        asked,
        naive_train=_naive_on_training_rows(session),
    )
    reading = Reading(
        shape=shape,
        failed=failed,
        skill_se=_skill_error(session, evaluation, evaluator.monitor),
        # a fit in one go has no end that could have come too early
        stopped_early=stopped_early or (shape.points == 1 and asked is None),
        metric_is_loss=evaluator.monitor is evaluator.metric,
        metric_error=_beside_error(session, evaluation),
        from_naive=session.recipe.rounds is None or session.recipe.rounds.times_rate is not None,
        inner=inner_of([fit.inside for fit in evaluation.fits]),
    )
    if failed:
        return reading
    return replace(
        reading,
        recovered=_recovered(session, evaluation, shape),
        threshold=_threshold(session, evaluation),
    )


def _naive_on_training_rows(session: Session) -> float:
    """The naive loss on the rows that were trained on: a heavy tail may lie on one side only."""
    data, monitor = session.evaluator.dataset, session.evaluator.monitor
    losses = []
    for split in session.glance:
        y = data.y[split.train]
        weight = None if data.weight is None else data.weight[split.train]
        guess = naive_prediction(monitor, y, weight, data.task, n_classes=data.n_classes)
        pred = np.broadcast_to(guess, (len(y), *guess.shape))
        losses.append(monitor.loss(monitor.score(y, pred, weight)))
    return float(np.mean(losses))


def _skill_error(session: Session, evaluation: Evaluation, metric: Metric) -> float:
    """Standard error of the skill, of row losses paired with the naive predictor's."""
    evaluator = session.evaluator
    naive = [evaluator.naive_prediction(split, metric) for split in evaluation.splits]
    rows = _rows(session, metric, evaluation.splits, [fit.pred for fit in evaluation.fits])
    base = _rows(session, metric, evaluation.splits, naive)
    return paired_error(rows, base) / (abs(metric.loss(float(base.mean()))) or 1.0)


def _beside_error(session: Session, evaluation: Evaluation) -> float:
    """Standard error of the score beside the loss; 0 without one."""
    data, metric = session.evaluator.dataset, session.evaluator.metric
    beside = companion(metric, data.task, largest_share(data))
    if beside is None:
        return 0.0
    preds = [fit.pred for fit in evaluation.fits]
    values = _rows(session, beside, evaluation.splits, preds)
    return float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0


def _rows(
    session: Session, metric: Metric, splits: Sequence[Split], preds: Sequence[NDArray[Any]]
) -> Floats:
    """Contributions of the splits' validation rows."""
    data, parts = session.evaluator.dataset, []
    for split, pred in zip(splits, preds, strict=True):
        weight = None if data.weight is None else data.weight[split.valid]
        parts.append(metric.rows(data.y[split.valid], pred, weight))
    return np.concatenate(parts)


def _predictions(session: Session, evaluation: Evaluation) -> tuple[Any, Any]:
    """(y, predictions) of up to MOST_ROWS scored rows."""
    y = session.evaluator.dataset.y[np.concatenate([s.valid for s in evaluation.splits])]
    pred = np.concatenate([fit.pred for fit in evaluation.fits])
    if len(y) > MOST_ROWS:
        kept = np.random.default_rng(session.seed).choice(len(y), MOST_ROWS, replace=False)
        y, pred = y[kept], pred[kept]
    return y, pred


def _recovered(session: Session, evaluation: Evaluation, shape: Shape) -> float | None:
    """Share of the rise of a log loss that a temperature takes back; None where nothing rose."""
    if session.evaluator.monitor.name != "log_loss" or not shape.turned or shape.lost <= 0:
        return None
    return saved_by_temperature(*_predictions(session, evaluation), seed=session.seed) / shape.lost


def _threshold(session: Session, evaluation: Evaluation) -> tuple[float, float, float] | None:
    """What another threshold gains, for a metric that has one and a person who set none."""
    metric = session.evaluator.metric
    if metric.name not in CUT_AT_A_THRESHOLD or session.person.threshold is not None:
        return None
    # every fold that somebody has measured already: a threshold rests on few rows of the rare class
    known = [s for s in session.splits if session.evaluator.has(session.person, s)]
    evaluation = session.evaluator.evaluation(session.person, known or evaluation.splits)
    found = better_threshold(metric, *_predictions(session, evaluation), seed=session.seed)
    if found is None:
        return None
    scale = naive_loss(session)
    return found.gain / scale, found.se / scale, found.threshold


# -- putting it together -----------------------------------------------------------------------


def _diagnosis(session: Session, reading: Reading, found: Found, extra: int) -> Diagnosis:
    evaluator = session.evaluator
    beside = companion(evaluator.metric, evaluator.dataset.task, largest_share(evaluator.dataset))
    evidence = {**_evidence(session, reading), **dict(found.evidence), "extra_fits": extra}
    inside: list[Reason] = []
    if reading.inner is not None:
        evidence |= evidence_of(reading.inner)
        inside = answers(reading.inner, str(session.person.params.get("activation", "relu")))
    return Diagnosis(
        state=found.state,
        evidence=evidence,
        points_to=_lever(session, found),
        confirmed=found.confirmed,
        meaning=meaning(_number(session)),
        health=(*health(reading, None if beside is None else beside.name), *inside),
    )


def _lever(session: Session, found: Found) -> str | None:
    """Where the diagnosis points; without a learning rate the penalties and limits are next."""
    if found.points_to == StageName.LEARNING_RATE and session.recipe.rate is None:
        return str(StageName.REGULARIZATION)
    return None if found.points_to is None else str(found.points_to)


def _evidence(session: Session, reading: Reading) -> dict[str, Any]:
    s, monitor = reading.shape, session.evaluator.monitor
    perfect = monitor.perfect
    evidence: dict[str, Any] = {
        "train": perfect - s.train if perfect else s.train,
        "valid": perfect - s.valid if perfect else s.valid,
        "train_loss": s.train,
        "valid_loss": s.valid,
        "naive_loss": s.naive,
        "train_skill": s.train_skill,
        "valid_skill": s.valid_skill,
        "skill_se": reading.skill_se,
        "built_of": session.recipe.built_of,
        "best_round": s.best_round,
        "rounds": s.rounds,
        "lost_after_best": s.lost,
        "jagged": s.jagged,
        "frozen": s.frozen,
        "failed": reading.failed,
        "stopped_early": reading.stopped_early,
    }
    if s.further is not None:
        evidence |= {"further_low": s.further.low, "further_high": s.further.high}
    if reading.reference is not None:
        evidence |= {
            "reference_skill": reading.reference.skill,
            "reference_lead": reading.reference.lead,
            "reference_ahead": reading.reference.sure,
        }
    if reading.recovered is not None:
        evidence["recovered"] = reading.recovered
    if monitor.name != session.evaluator.metric.name:
        evidence["metric"] = monitor.name
    return evidence


def _number(session: Session) -> Number:
    """The person's score, and what it can be held against."""
    evaluator, evaluation = session.evaluator, _evaluation(session)
    data, metric = evaluator.dataset, evaluator.metric
    naive, scale = evaluator.naive(session.glance), naive_loss(session)
    train = np.concatenate([split.train for split in session.glance])
    classes = data.task.is_classification
    _, pred = _predictions(session, evaluation)
    return Number(
        metric=metric.name,
        score=metric.shown(evaluation.score),
        naive=metric.shown(naive),
        skill=1 - metric.loss(evaluation.score) / scale,
        se=_skill_error(session, evaluation, metric),
        task=data.task,
        y=data.y[evaluation.rows],
        shares=class_shares(data.y[train], data.n_classes) if classes else np.empty(0),
        flagged=called_positive(pred, session.person.threshold) if classes else None,
    )
