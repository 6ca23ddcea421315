"""The ladder: one row for each stage that ran, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.report.locale import Catalog
from advisor.report.phrases import (
    gain_words,
    interval_words,
    score_words,
    stage_sentence,
    stage_words,
)
from advisor.results import Outcome, Report
from advisor.types import StageName

ROUNDING = 1e-6  # a share of the room


@dataclass(frozen=True, slots=True)
class StageRow:
    """One line of the ladder; ``score``, ``gain`` and ``interval`` are empty without a verdict."""

    stage: StageName
    number: int
    name: str
    status: Outcome
    score: str
    gain: str
    interval: str
    words: str
    sentence: str
    pass_number: int


def stage_rows(report: Report, catalog: Catalog, room: float = math.inf) -> Iterator[StageRow]:
    """The stages in the order they ran; a row's score is where its gain would lead.

    ``room`` is what lies between the baseline and a perfect score.  A model that scores otherwise
    on every fold may gain more than that on those of one stage: then no score is told.
    """
    turn = 1 if report.greater_is_better else -1
    begun = start = report.baseline.score if report.baseline else math.nan
    passes = _passes([outcome.stage for outcome in report.stages])
    for outcome, number in zip(report.stages, passes, strict=True):
        verdict = outcome.verdict
        score = gain = interval = ""
        if verdict is not None and math.isfinite(verdict.gain):
            reached = start + turn * verdict.gain
            possible = turn * (reached - begun) <= room * (1 + ROUNDING)
            score = score_words(catalog, reached) if possible else ""
            gain = gain_words(catalog, verdict.gain)
            interval = interval_words(catalog, verdict.low, verdict.high)
            start = reached if outcome.status.is_proven else start
        yield StageRow(
            stage=outcome.stage,
            number=list(StageName).index(outcome.stage),
            name=catalog.stage(outcome.stage),
            status=outcome.status,
            score=score,
            gain=gain,
            interval=interval,
            words=stage_words(catalog, outcome),
            sentence=stage_sentence(catalog, outcome),
            pass_number=number,
        )


def _passes(stages: Sequence[str]) -> list[int]:
    """In which pass over the stages each of them ran.

    What the inputs need is asked twice within one pass: it belongs to that of the stage after it.
    """
    found, number = [], 1
    for place, stage in enumerate(stages):
        if stage != StageName.FOUNDATIONS:
            number = stages[: place + 1].count(stage)
        else:
            after = next((s for s in stages[place:] if s != StageName.FOUNDATIONS), None)
            number = number if after is None else stages[:place].count(after) + 1
        found.append(number)
    return found
