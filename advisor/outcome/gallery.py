"""Collects what the pages show of a finished run: the values of ``pictures.py``.

Everything is taken from fits that the run made anyway, but for one question: which of several
changes carried the gain.  That costs a few fits, and is left out where they would take long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from advisor.judge.candidates import PREPROCESSING, TREATMENT, difference
from advisor.judge.paired import estimate, pair
from advisor.measure.evaluate import Evaluator
from advisor.metrics.table import at_threshold, companion, largest_share
from advisor.outcome.conclude import common_splits
from advisor.pictures import (
    Carried,
    ClassPicture,
    CurveUnits,
    FoldGain,
    PairedGains,
    Pictures,
    RatePoint,
    RateSweep,
    ResidualPicture,
    SizePicture,
)
from advisor.search.race import compare
from advisor.search.session import Session
from advisor.search.staged import SearchResult
from advisor.settings import Candidate
from advisor.sketch import class_picture, residual_picture, short
from advisor.types import Split, StageName

MOST_SECONDS = 10.0  # of training for the question which change carried the gain


def pictures_of(
    session: Session, result: SearchResult, *, shipped: bool, command: str, finished: str
) -> Pictures:
    """The pictures of a run that has ended.

    Args:
        session: of the run.
        result: what its search found.
        shipped: an improved model is handed over; else only the person's own is shown.
        command: that started the run.
        finished: when it ended, ISO 8601.
    """
    if result.blocked:
        return Pictures(command=command, finished=finished)  # nothing measured can be believed
    splits = _one_partition(common_splits(session, result))
    after = result.current if shipped else None
    return Pictures(
        command=command,
        finished=finished,
        curves=_curve_units(session),
        sweep=_sweep(session, result),
        paired=tuple(_paired(session, result)),
        folds=len(splits),
        before=_predictions(session, session.person, splits),
        after=None if after is None else _predictions(session, after, splits),
        size=_size(session, result),
        carried=() if after is None or result.interrupted else _carried(session, after),
    )


def _one_partition(splits: Sequence[Split]) -> tuple[Split, ...]:
    """The splits of the first partition: every row stands once."""
    return tuple(split for split in splits if split.partition == splits[0].partition)


def _curve_units(session: Session) -> CurveUnits:
    evaluator = session.evaluator
    data, metric = evaluator.dataset, evaluator.metric
    beside = companion(metric, data.task, largest_share(data))
    naive = evaluator.naive_monitored(session.glance)
    return CurveUnits(
        metric=evaluator.monitor.name,
        naive=short(naive) if np.isfinite(naive) else None,
        companion=None if beside is None else beside.name,
        companion_sign=1 if beside is None or beside.greater_is_better else -1,
    )


# -- predictions -----------------------------------------------------------------------------------


def _predictions(
    session: Session, candidate: Candidate, splits: tuple[Split, ...]
) -> ClassPicture | ResidualPicture | None:
    evaluator = session.evaluator
    data = evaluator.dataset
    if not splits or not _has_all(evaluator, candidate, splits):
        return None
    evaluation = evaluator.evaluation(candidate, splits)
    pred = np.concatenate([fit.pred for fit in evaluation.fits])
    rows = evaluation.rows
    y, weight = data.y[rows], None if data.weight is None else data.weight[rows]
    if not data.task.is_classification:
        return residual_picture(np.asarray(y, dtype=np.float64), pred, session.seed)
    decided = at_threshold(pred, candidate.threshold)
    return class_picture(y.astype(np.int64), pred, decided, data.classes, weight)


# -- the learning rate -----------------------------------------------------------------------------


def _sweep(session: Session, result: SearchResult) -> RateSweep | None:
    """Every rate of the first sweep, on the folds that all of them were seen on."""
    knob = session.recipe.rate
    held = [c for _, c in result.contests if c.outcome.stage is StageName.LEARNING_RATE]
    start = held[0].start if held else None
    if knob is None or start is None:
        return None
    contest, splits = held[0], session.glance
    best = None if contest.best is None else session.as_raced(contest.best).key
    tried = {start.key: (start, "person")}
    for candidate, _ in contest.told:
        mark = "best" if candidate.key == best else "trial"
        tried.setdefault(candidate.key, (candidate, mark))
    points = []
    for candidate, mark in tried.values():
        point = _rate_point(session, start, candidate, knob, mark)
        if point is not None:
            points.append(point)
    return RateSweep(knob, len(splits), tuple(sorted(points, key=lambda p: p.rate)))


def _rate_point(
    session: Session, start: Candidate, candidate: Candidate, knob: str, mark: str
) -> RatePoint | None:
    evaluator, splits = session.evaluator, session.glance
    if not _has_all(evaluator, candidate, splits):
        return None
    evaluation = evaluator.evaluation(candidate, splits)
    se = 0.0
    if candidate.key != start.key:
        se = compare(evaluator.evaluation(start, splits), evaluation).se
    rate = float(session.recipe.value(candidate.params, knob))
    if not (np.isfinite([evaluation.score, se]).all() and rate > 0):
        return None
    score = short(evaluator.metric.shown(evaluation.score))
    return RatePoint(rate, score, short(se), evaluation.rounds, mark)


def _has_all(evaluator: Evaluator, candidate: Candidate, splits: Sequence[Split]) -> bool:
    return all(evaluator.has(candidate, split) for split in splits)


# -- the paired differences ------------------------------------------------------------------------


def _paired(session: Session, result: SearchResult) -> Iterator[PairedGains]:
    """What every verdict rests on: the fresh folds, or those of the search where none were used."""
    for number, contest in result.contests:
        verdict, start, best = contest.outcome.verdict, contest.start, contest.best
        arena = contest.arena
        if verdict is None or start is None or best is None or arena is None:
            continue
        fresh = verdict.looks > 0
        splits = [s for part in arena.partitions for s in part] if fresh else arena.splits
        other = best if fresh else session.as_raced(best)
        folds = list(_fold_gains(session.evaluator, start, other, splits))
        if folds:
            yield PairedGains(contest.outcome.stage, number, fresh, tuple(folds))


def _fold_gains(
    evaluator: Evaluator, start: Candidate, best: Candidate, splits: Sequence[Split]
) -> Iterator[FoldGain]:
    for split in splits:
        if evaluator.has(start, split) and evaluator.has(best, split):
            one = [split]
            d = pair(evaluator.evaluation(start, one), evaluator.evaluation(best, one))
            gain = estimate(d)
            se = gain.sd / np.sqrt(gain.units)
            if np.isfinite([gain.mean, se]).all():
                rows = len(split.valid)
                yield FoldGain(split.partition, split.fold, short(gain.mean), short(se), rows)


# -- the rows --------------------------------------------------------------------------------------


def _size(session: Session, result: SearchResult) -> SizePicture | None:
    curve, metric = result.size_curve, session.evaluator.metric
    if curve is None or not np.isfinite(curve.scores).all():
        return None

    # the curve holds losses with their sign turned: distances from a perfect score
    def shown(turned: float) -> float:
        return short(metric.shown(metric.perfect + turned))

    ahead = [
        (float(rows), shown(low), shown(middle), shown(high))
        for rows, low, middle, high in curve.ahead
        if np.isfinite([low, middle, high]).all()
    ]
    spread = curve.spread if np.isfinite(curve.spread).all() else ()
    se = tuple(short(error) for error in spread)
    return SizePicture(curve.rows, tuple(map(shown, curve.scores)), se, tuple(ahead))


# -- which change carried the gain -----------------------------------------------------------------


def _carried(session: Session, after: Candidate) -> tuple[Carried, ...]:
    """Each change put back alone, on the first folds; nothing where one change is all there is.

    A rate and the rounds that suit it are one change.
    """
    evaluator, splits, recipe = session.evaluator, session.glance, session.recipe
    names = list(difference(recipe, session.person, after))
    together = {recipe.rate, None if recipe.rounds is None else recipe.rounds.name}
    if len(names) < 2 or together >= set(names):
        return ()
    if session.out_of_time or not _cheap(session, after, len(names)):
        return ()
    without = {name: _put_back(session, after, name) for name in names}
    evaluator.run([(c, split) for c in (after, *without.values()) for split in splits])
    whole = evaluator.evaluation(after, splits)
    found = []
    for name, candidate in without.items():
        lost = compare(evaluator.evaluation(candidate, splits), whole)
        if np.isfinite([lost.gain, lost.se]).all():
            found.append(Carried(name, short(lost.gain), short(lost.se)))
    return tuple(sorted(found, key=lambda c: -c.lost))


def _put_back(session: Session, after: Candidate, name: str) -> Candidate:
    """The improved model with one of its changes undone."""
    person = session.person
    if name in TREATMENT:
        own = {name: getattr(person.treatment, name)}
        return replace(after, treatment=replace(after.treatment, **own))
    if name in PREPROCESSING:
        own = {name: getattr(person.preprocessing, name)}
        return replace(after, preprocessing=replace(after.preprocessing, **own))
    if name == "threshold":
        return replace(after, threshold=person.threshold)
    if name in person.params:
        return after.with_params(**{name: person.params[name]})
    params = {key: value for key, value in after.params.items() if key != name}
    return replace(after, params=params)


def _cheap(session: Session, after: Candidate, changes: int) -> bool:
    """By what fits took that are measured already, so that a resumed run decides alike."""
    evaluator, first = session.evaluator, session.glance[0]
    known = [evaluator.known(c, first) for c in (session.person, session.as_raced(after))]
    seconds = [fit.seconds for fit in known if fit is not None]
    return max(seconds, default=0.0) * changes * len(session.glance) <= MOST_SECONDS
