"""A diagnosis in words beyond its one line: what the score means here, and the health questions."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.report.locale import Catalog
from advisor.report.phrases import metric_words
from advisor.results import Diagnosis
from advisor.types import Reason


def _said(catalog: Catalog, reason: Reason) -> str:
    """A reason's sentence, with the metric as people call it."""
    evidence = dict(reason.evidence)
    if "metric" in evidence:
        evidence["metric"] = metric_words(catalog, str(evidence["metric"]))
    return catalog.say(reason.code, **evidence)


def meaning_words(catalog: Catalog, diagnosis: Diagnosis | None) -> str | None:
    """What the person's number means for this task, in one or two sentences."""
    if diagnosis is None or diagnosis.meaning is None:
        return None
    return _said(catalog, diagnosis.meaning)


def health_words(catalog: Catalog, diagnosis: Diagnosis | None) -> Iterator[tuple[str, str]]:
    """(question, answer) of the three health questions, in their order."""
    for answer in () if diagnosis is None else diagnosis.health:
        topic = answer.code.split(".")[1]
        yield catalog.say(f"health.{topic}.question"), _said(catalog, answer)
