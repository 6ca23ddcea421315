"""A Report in words, once for every form it is shown in: terminal, Markdown, HTML.

``Wording`` holds a Report and a Catalog and answers in finished strings; layout is left to its
callers.  Scores stand in the metric's own unit, gains are positive when better, and all scores and
gains of one report have equal decimals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from advisor.report import numbers
from advisor.report.changes import changes
from advisor.report.escalation import escalation_words, family_words
from advisor.report.findings import FindingWords, audit_summary, finding_words
from advisor.report.locale import Catalog
from advisor.report.phrases import (
    diagnosis_words,
    folds_words,
    gain_words,
    interval_words,
    metric_words,
    places_of,
    probes_words,
    reason_words,
    row_sentences,
    score_words,
)
from advisor.report.reading import meaning_words
from advisor.report.stage_rows import StageRow, stage_rows
from advisor.results import ModelSummary, Outcome, Report, Status
from advisor.types import Severity

UNDECIDED = {
    **dict.fromkeys(("next.unfinished", "next.unfinished_likely"), "headline.unfinished"),
    **dict.fromkeys(("next.groups", "next.time"), "headline.flattered"),
    "next.net_end": "headline.net_end",
    **dict.fromkeys(("next.no_better", "next.rows_to_learn"), "headline.no_better"),
    "next.no_number": "headline.no_number",
}
"""Next steps of runs without a proven gain after which "keep your settings" would not be true."""


class Wording:
    """A Report in the words of a Catalog; see the module."""

    def __init__(self, report: Report, catalog: Catalog) -> None:
        self.report = report
        base = report.baseline.score if report.baseline else report.naive
        base = base or (report.improved.score if report.improved else report.naive)
        gains = [abs(s.verdict.gain) for s in report.stages if s.verdict]
        self.places = places_of(base, [max(gains, default=0.0)])
        found = {} if report.diagnosis is None else report.diagnosis.evidence
        spoken = catalog.in_epochs() if found.get("built_of") == "layers" else catalog
        self.catalog = replace(spoken, places=self.places)

    # -- numbers -------------------------------------------------------------------------------

    def score(self, value: float) -> str:
        return score_words(self.catalog, value)

    def gain(self, value: float) -> str:
        return gain_words(self.catalog, value)

    def interval(self, low: float, high: float) -> str:
        return interval_words(self.catalog, low, high)

    # -- the run -------------------------------------------------------------------------------

    @property
    def metric(self) -> str:
        return metric_words(self.catalog, self.report.metric)

    @property
    def metric_line(self) -> str:
        way = "up" if self.report.greater_is_better else "down"
        return self.catalog.say(f"terminal.header_metric_{way}", metric=self.metric)

    @property
    def trials(self) -> int:
        return sum(stage.candidates for stage in self.report.stages)

    @property
    def smallest(self) -> float | None:
        """The gain that every stage which said no would have seen; None when none did."""
        said_no = (s.verdict for s in self.report.stages if not s.status.is_proven)
        seen = [verdict.smallest_detectable for verdict in said_no if verdict]
        return max((v for v in seen if math.isfinite(v)), default=None)

    def headline(self) -> str:
        """The run's end in one sentence."""
        report, catalog = self.report, self.catalog
        values: dict[str, Any] = {"stage": report.stage, "metric": self.metric}
        if report.baseline and report.improved:
            values["before"] = self.score(report.baseline.score)
            values["after"] = self.score(report.improved.score)
        if report.status is Status.INTERRUPTED and report.improved:
            return catalog.say("headline.interrupted_improved", **values)
        if report.status is Status.NO_PROVEN_GAIN:
            if self.warning() is not None:
                return catalog.say("headline.contradicted")
            step = report.next_step
            if step is not None and step.code == "next.escalate":
                named = family_words(catalog, step.evidence["family"])
                likely = any(stage.status is Outcome.LIKELY for stage in report.stages)
                fine = self.smallest is not None and self.smallest <= self.room and not likely
                code = "headline.escalate" if fine else "headline.escalate_coarse"
                return catalog.say(code, trials=self.trials, name=named)
            if step is not None and step.code in UNDECIDED:
                return catalog.say(UNDECIDED[step.code], **step.evidence)
            if self.smallest is None:
                return catalog.say("headline.nothing_tried")
            if step is not None and step.code == "next.likely":
                return catalog.say("headline.likely", **step.evidence)
            values |= {"trials": self.trials, "smallest": self.smallest}
            if self.smallest > self.room:
                return catalog.say("headline.too_coarse", **values)
        return catalog.say(f"headline.{report.status}", **values)

    @property
    def room(self) -> float:
        """What is left between the baseline and a perfect score."""
        report = self.report
        if report.baseline is None or not report.baseline.skill < 1:
            return math.inf
        # skill = 1 - loss / naive loss, for every metric
        gap = abs(report.naive - report.baseline.score)
        skill = report.baseline.skill
        return gap * (1 - skill) / abs(skill) if skill else math.inf

    def fresh_line(self) -> str | None:
        """Both models on the same fresh folds: the measured scores, not the sum of the gains."""
        report = self.report
        if report.baseline is None or report.improved is None:
            return None
        before, after = (self.score(m.score) for m in (report.baseline, report.improved))
        proven = [s.verdict.gain for s in report.stages if s.verdict and s.status.is_proven]
        measured = abs(report.improved.score - report.baseline.score)
        if len(proven) == 1 and self.gain(proven[0]) != self.gain(measured):
            gain = self.gain(proven[0])
            return self.catalog.say("terminal.fresh_claimed", before=before, after=after, gain=gain)
        return self.catalog.say("terminal.fresh_line", before=before, after=after)

    def baseline_line(self, model: ModelSummary) -> str:
        """Score, its error, folds and skill of the person's own model."""
        error = f"+/- {self.score(model.se)}"
        comma = self.catalog.unit("comma")
        return f"{self.score(model.score)}  {error}{comma}{self.baseline_details(model)}"

    def baseline_details(self, model: ModelSummary) -> str:
        """Folds and skill of the person's own model."""
        say = self.catalog.say
        folds = folds_words(self.catalog, model.folds)
        skill = say(
            "terminal.baseline_skill",
            skill=numbers.fixed(model.skill, 2),
            naive=self.score(self.report.naive),
        )
        return f"{folds}      {skill}"

    def diagnosis_line(self) -> str | None:
        """The state of the curves with the numbers behind it."""
        diagnosis = self.report.diagnosis
        return None if diagnosis is None else diagnosis_words(self.catalog, diagnosis)

    def diagnosis_sentence(self) -> str | None:
        """What the state of the curves means, in a sentence."""
        diagnosis = self.report.diagnosis
        if diagnosis is None:
            return None
        return self.catalog.say(f"diagnosis.{diagnosis.state}.sentence", **diagnosis.evidence)

    def meaning_line(self) -> str | None:
        """What the person's number means for this task."""
        return meaning_words(self.catalog, self.report.diagnosis)

    def probes_line(self) -> str | None:
        """The likely causes, ranked: the best probe of each lever."""
        ranking = probes_words(self.catalog, self.report.probes, self.places)
        return f"{self.catalog.say('terminal.probes_on')} {ranking}" if ranking else None

    # -- the ladder ----------------------------------------------------------------------------

    def stage_rows(self) -> Iterator[StageRow]:
        """The stages in the order they ran; a row's score is where its gain would lead."""
        return stage_rows(self.report, self.catalog, self.room)

    # -- the audit -----------------------------------------------------------------------------

    def audit_summary(self) -> str:
        """``ok, 9 checks, 1 warning``."""
        blocked = self.report.status is Status.BLOCKED
        return audit_summary(self.catalog, self.report.audit, blocked=blocked)

    def audit_share(self) -> str:
        """How long the checks took, and their share of the run."""
        cost = self.report.cost
        share = cost.audit_seconds / max(cost.seconds, cost.audit_seconds, 1e-9)
        return self.catalog.say("audit.share", s=cost.audit_seconds, share=share)

    def findings(self, *severities: Severity) -> Iterator[FindingWords]:
        """The findings of these severities, in the order of the severities."""
        for severity in severities:
            for finding in self.report.audit:
                if finding.status is severity:
                    yield finding_words(self.catalog, finding)

    # -- what to do ----------------------------------------------------------------------------

    def why(self) -> str | None:
        cause = self.report.cause
        if cause is None:
            return None
        lines = [reason_words(self.catalog, cause)]
        earlier = cause.evidence.get("not_the_cause")
        if earlier is not None:
            lines.append(self.catalog.say("cause.earlier_not_cause", lever=earlier))
        if "more_by" in cause.evidence:
            lines.append(self.catalog.say("cause.earlier_more", **cause.evidence))
        return " ".join(lines).replace("。 ", "。")  # no blank after a full-width stop

    def row_lines(self) -> list[str]:
        """What else was found about the training rows, the last pass's data stage alone."""
        stages = [s for s in self.report.stages if s.size_curve is not None or s.notes]
        return row_sentences(self.catalog, stages[-1]) if stages else []

    def escalation_line(self) -> str | None:
        """What another family's default did, where it was asked."""
        found = self.report.escalation
        if found is None:
            return None
        return escalation_words(self.catalog, found, self.metric, self.score)

    def warning(self) -> str | None:
        """What must be said first: the locked test part speaks against the claim."""
        said, test = self.report.next_step, self.report.test
        by_code = said is not None and said.code == "next.test_contradicts"
        if by_code or (test is not None and test.high < 0):
            return self.catalog.say("next.test_contradicts")
        return None

    def test_line(self) -> str | None:
        """The locked part before and after, with the gain's interval."""
        test = self.report.test
        if test is None:
            return None
        return self.catalog.say(
            "terminal.test_line",
            before=self.score(test.before),
            after=self.score(test.after),
            gain=self.gain(test.gain),
            low=self.gain(test.low),
            high=self.gain(test.high),
        )

    def changes(self) -> list[tuple[str, str, str]]:
        """(knob, before, after) of what the improved model changes, treatment included."""
        return changes(self.report, self.catalog)

    def note(self) -> str | None:
        """That the same data have been asked before: each run spends its error chance anew."""
        asked = self.report.asked_before
        return self.catalog.say("next.asked_before", n=asked) if asked else None

    def saved_line(self) -> str | None:
        """The folder, the files in it, and how long the run took."""
        work = ("json", "journal", "studies")
        files = [PurePath(f) for key, f in self.report.files.items() if key not in work]
        if not files:
            return None
        folders = {file.parent for file in files}
        named = [file.name for file in files] if len(folders) == 1 else [str(f) for f in files]
        head = [f"{files[0].parent.as_posix()}/"] if len(folders) == 1 else []
        took = self.catalog.duration(self.report.cost.seconds)
        return "  ".join([*head, *named, f"({took})"])

    def next_lines(self) -> list[str]:
        """What to do next, the most important first."""
        report, catalog = self.report, self.catalog
        lines: list[str] = []
        step = report.next_step
        already_said = {"next.test_contradicts", "next.keep_settings", "next.asked_before"}
        if report.remaining is not None:
            values = {"lever": report.remaining.lever, "gain": report.remaining.gain}
            command = report.remaining.command
            lines.append(catalog.say("terminal.remaining_line", command=command, **values))
            already_said.add("next.keep_going")
        if step is not None and step.code not in already_said:
            lines.append(reason_words(catalog, step))
        untouched = report.test is None and report.test_rows > 0
        if untouched and report.status is Status.NO_PROVEN_GAIN:
            said = step is not None and step.code == "next.test_unopened"
            lines += [] if said else [catalog.say("next.test_unopened")]
        return lines
