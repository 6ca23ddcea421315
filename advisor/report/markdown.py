"""A Report as short Markdown: what belongs into a pull request, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.report.locale import catalog
from advisor.report.wording import Wording
from advisor.results import Report, Status
from advisor.types import Severity


def cell(text: str) -> str:
    """Text that cannot break out of a table cell."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table as lines, an empty one behind it."""
    lines = ["| " + " | ".join(cell(h) for h in head) + " |", "|" + " --- |" * len(head)]
    return lines + ["| " + " | ".join(cell(c) for c in row) + " |" for row in rows] + [""]


def render_markdown(report: Report, lang: str = "en") -> str:
    """Verdict, change and ladder; at most a screen."""
    return render_words(Wording(report, catalog(lang)))


def render_words(words: Wording) -> str:
    """``render_markdown`` for words that are made already."""
    report, say = words.report, words.catalog.say
    lines = [f"### {say('markdown.title', name=report.name)}", ""]
    warning = words.warning()
    lines += [f"**{warning}**", ""] if warning is not None else []
    lines += [f"**{words.headline()}**", ""]
    lines += _blocking(words)
    why = words.why()
    if report.improved is not None and why:
        lines += [why, ""]
    changes = words.changes()
    if report.improved is not None and changes:
        head = [say(f"markdown.{name}") for name in ("knob", "before", "after")]
        lines += table(head, [(f"`{knob}`", before, after) for knob, before, after in changes])
    if report.stages:
        head = [say(f"markdown.{name}") for name in ("stage", "gain", "interval", "verdict")]
        rows = [(f"{r.number}. {r.name}", r.gain, r.interval, r.words) for r in words.stage_rows()]
        lines += [f"{words.metric_line}", "", *table(head, rows)]
    lines += _numbers(words)
    return "\n".join(lines).rstrip() + "\n"


def _blocking(words: Wording) -> list[str]:
    if words.report.status is not Status.BLOCKED:
        return []
    say = words.catalog.say
    lines = []
    for finding in words.findings(Severity.ISSUE):
        lines.append(f"- **{finding.code}** {finding.text}")
        for part, text in (("finding_why", finding.why), ("finding_fix", finding.fix)):
            lines += [f"  - {say(f'terminal.{part}')}: {text}"] if text else []
    return [*lines, ""]


def _numbers(words: Wording) -> list[str]:
    report, say = words.report, words.catalog.say
    lines = []
    if report.baseline is not None:
        lines.append(f"- {say('terminal.baseline')}: {words.baseline_line(report.baseline)}")
    diagnosis = words.diagnosis_line()
    lines += [f"- {say('terminal.diagnosis')}: {diagnosis}"] if diagnosis else []
    test = words.test_line()
    lines += [f"- {say('terminal.test')}: {test}"] if test else []
    if report.audit and report.status is not Status.BLOCKED:
        lines.append(f"- {say('terminal.audit')}: {words.audit_summary()}")
        warnings = words.findings(Severity.WARNING)
        lines += [f"  - {finding.code} {finding.text}" for finding in warnings]
    lines += [f"- {say('terminal.rows_label')}: {line}" for line in words.row_lines()]
    other = words.escalation_line()
    lines += [f"- {say('escalation.label')}: {other}"] if other else []
    lines += [f"- {say('terminal.next')}: {line}" for line in words.next_lines()]
    note = words.note()
    lines += [f"- {say('terminal.note')}: {note}"] if note else []
    reproduce = say(
        "markdown.reproduce",
        seed=report.seed,
        fits=report.cost.fits + report.cost.fits_from_journal,
        s=report.cost.seconds,
        fingerprint=report.fingerprint[:12],
    )
    return [
        *(_in_one_line(line) for line in lines),
        *([""] if lines else []),
        reproduce,
    ]


def _in_one_line(line: str) -> str:
    """Markdown runs spaces together, so what a terminal sets apart by them gets a sign.

    >>> _in_one_line("0.8  +/- 0.1, 5 folds      skill 0.6")
    '0.8 +/- 0.1, 5 folds; skill 0.6'
    """
    line = re.sub(r"(?<=\S) {2,}(?=\(|\+/-)", " ", line)
    return re.sub(r"(?<=\S) {2,}(?=\S)", "; ", line)
