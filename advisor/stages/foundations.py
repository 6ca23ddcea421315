"""Before the four stages, foundations: what the audit found and can be put right without risk.

A remedy changes what is done to the features, or from where on a row counts as class 1, and nothing
else: the same parameters, the same rounds.  Each is one candidate; several also go together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from advisor.settings import Candidate, Preprocessing
from advisor.stages.base import Proposals, StageContext
from advisor.types import Finding, Reason, Severity, StageName

# What a remedy makes of a model; None where there is nothing (left) to do.
Remedy = Callable[[Candidate, Finding], Candidate | None]


def _changed(start: Candidate, now: Preprocessing) -> Candidate | None:
    return None if now == start.preprocessing else replace(start, preprocessing=now)


def scale(start: Candidate, _: Finding) -> Candidate | None:
    """Number columns to mean 0 and variance 1."""
    return _changed(start, replace(start.preprocessing, scale="standard"))


def mark_missing(start: Candidate, _: Finding) -> Candidate | None:
    """Say where values were missing before they were filled in."""
    return _changed(start, replace(start.preprocessing, missing="indicator"))


def read_numbers(start: Candidate, found: Finding) -> Candidate | None:
    """Read the numbers in a text column as numbers."""
    names = {*start.preprocessing.numbers, str(found.evidence["column"])}
    return _changed(start, replace(start.preprocessing, numbers=tuple(sorted(names))))


def move_threshold(start: Candidate, found: Finding) -> Candidate | None:
    """Decide where the costs of the two errors, or the metric, say."""
    threshold = float(found.evidence["threshold"])
    return None if threshold == start.threshold else replace(start, threshold=threshold)


METRIC_THRESHOLD = "metric_threshold"

REMEDIES: dict[str, Remedy] = {
    "scale": scale,
    "indicator": mark_missing,
    "numbers": read_numbers,
    "threshold": move_threshold,
    METRIC_THRESHOLD: move_threshold,
}


class FoundationsStage:
    """Tries every remedy that the audit's findings name."""

    name = StageName.FOUNDATIONS

    def why_not(self, context: StageContext) -> Reason | None:
        return None if self._candidates(context) else Reason("stage.no_remedy")

    def propose(self, context: StageContext) -> Proposals:
        yield self._candidates(context)

    def probes(self, context: StageContext) -> list[Candidate]:
        """What is looked at again once a later stage has taught the model to learn."""
        return self._candidates(context)

    def _candidates(self, context: StageContext) -> list[Candidate]:
        """One candidate a kind of remedy (a threshold's neighbours beside it), and all together."""
        own: dict[str, Candidate] = {}
        together = context.start
        for finding in context.findings:
            remedy = REMEDIES.get(finding.remedy or "")
            if remedy is None or finding.status not in (Severity.WARNING, Severity.ISSUE):
                continue
            name = finding.remedy or ""
            own[name] = remedy(own.get(name, context.start), finding) or own.get(
                name, context.start
            )
            together = remedy(together, finding) or together
        found = [replace(c, stage=self.name, origin=name) for name, c in own.items()]
        kinds = len(found)
        found += [
            replace(context.start, threshold=t, stage=self.name, origin=METRIC_THRESHOLD)
            for t in _thresholds(context)
        ]
        if kinds > 1:
            found.append(replace(together, stage=self.name, origin="all_remedies"))
        new = {c.key: c for c in found if c.key != context.start.key}
        return list(new.values())[: context.trials]


def _thresholds(context: StageContext) -> list[float]:
    """All that a check of the metric names: another one costs no fit, and the proof counts it."""
    return [
        float(t)
        for finding in context.findings
        if finding.remedy == METRIC_THRESHOLD and finding.status is Severity.WARNING
        for t in finding.evidence.get("tried", ())
    ]
