"""A Report as lines for a terminal: words carry the meaning, colour only repeats it."""

from __future__ import annotations

import re

from rich.cells import cell_len

from advisor.report.findings import FindingWords
from advisor.report.locale import catalog
from advisor.report.stage_rows import StageRow
from advisor.report.wording import Wording
from advisor.results import Outcome, Report, Status
from advisor.types import Severity

LABEL = 12  # cells before the text of a labelled line
NARROWEST = 40

# what may be broken: after a blank, and between Japanese characters unless a mark follows
_JAPANESE = r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"
_CLOSING = "、。)」』】・:;?!ー）］，．：；？！％"
_TOKEN = re.compile(rf"{_JAPANESE}[{_CLOSING}]*\s*|(?:(?!{_JAPANESE})\S)+[{_CLOSING}]*\s*|\s+")

_STYLES = {"bold": "1", "good": "32", "warn": "33", "bad": "31", "dim": "2"}


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """Fill with blanks to a width in terminal cells (a Japanese character takes two)."""
    blanks = " " * max(0, cells - cell_len(text))
    return blanks + text if right else text + blanks


def wrap(text: str, cells: int) -> list[str]:
    """Break a text into lines of at most ``cells`` terminal cells, never inside a word."""
    lines, line = [], ""
    for token in _TOKEN.findall(text):
        if line and cell_len(line) + cell_len(token.rstrip()) > cells:
            lines.append(line.rstrip())
            line = token.lstrip()
        else:
            line += token
    return [*lines, line.rstrip()]


class _Page:
    """Lines of one report at one width."""

    def __init__(self, words: Wording, width: int, color: bool) -> None:
        self.words = words
        self.say = words.catalog.say
        self.width = max(width, NARROWEST)
        self.color = color
        self.lines: list[str] = []

    def style(self, text: str, name: str) -> str:
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m" if self.color and text else text

    def blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def paragraph(self, text: str, style: str | None = None) -> None:
        for line in wrap(text, self.width):
            self.lines.append(self.style(line, style) if style else line)

    def labelled(self, label: str, text: str, style: str | None = None) -> None:
        """``Label       text``, continued under the text."""
        for line in wrap(text, self.width - LABEL):
            shown = self.style(line, style) if style else line
            self.lines.append(f"{pad(label, LABEL)}{shown}".rstrip())
            label = ""

    # -- the parts, from the top ---------------------------------------------------------------

    def header(self) -> None:
        report, say = self.words.report, self.say
        parts = [
            " ".join(filter(None, ["advisor", report.versions.get("advisor", "")])),
            report.name,
            say("terminal.header_size", rows=report.rows, features=report.features),
            self.words.metric_line,
        ]
        self.paragraph("  ".join(parts), "bold")
        self.blank()

    def foundations(self) -> None:
        words = self.words
        if words.report.audit:
            self.labelled(self.say("terminal.audit"), words.audit_summary())
            for finding in words.findings(Severity.WARNING):
                self.labelled("", f"{finding.code} {finding.text}", "warn")
        self.baseline()

    def audit(self) -> None:
        """Every check: what was found with why and what to do, then what was not."""
        words, say = self.words, self.say
        self.labelled(say("terminal.audit"), f"{words.audit_summary()}      {words.audit_share()}")
        self.blank()
        for severity, mark, style in (
            (Severity.ISSUE, "error", "bad"),
            (Severity.WARNING, "warning_mark", "warn"),
        ):
            for finding in words.findings(severity):
                self.finding(finding, mark, style)
        for severity, label in (
            (Severity.PASSED, "passed"),
            (Severity.SKIPPED, "skipped_list"),
            (Severity.NOT_APPLICABLE, "idle"),
        ):
            found = list(words.findings(severity))
            if found:
                self.lines.append(self.style(say(f"audit.{label}"), "bold"))
            for finding in found:
                self.item(finding.code, f"{finding.title}: {finding.text}")
        self.blank()

    def item(self, mark: str, text: str) -> None:
        """``  L02  text``, continued under the text."""
        for line in wrap(text, self.width - 7):
            self.lines.append(f"  {pad(mark, 5)}{line}".rstrip())
            mark = ""

    def baseline(self) -> None:
        words, say = self.words, self.say
        if words.report.baseline:
            self.labelled(say("terminal.baseline"), words.baseline_line(words.report.baseline))
        for label, line in (
            ("diagnosis", words.diagnosis_line()),
            ("meaning", words.meaning_line()),
            ("probes", words.probes_line()),
        ):
            if line:
                self.labelled(say(f"terminal.{label}"), line)

    def ladder(self) -> None:
        rows = list(self.words.stage_rows())
        columns = [(r.name, r.score, r.gain, r.interval) for r in rows]
        wide = [max((cell_len(c[i]) for c in columns), default=0) for i in range(4)]
        self.blank()
        shown_pass = 1
        for row in rows:
            if row.pass_number != shown_pass:
                shown_pass = row.pass_number
                self.lines.append(self.style("  " + self.say("terminal.pass", n=shown_pass), "dim"))
            self.lines += self._row(row, wide)
        self.blank()

    def _row(self, row: StageRow, wide: list[int]) -> list[str]:
        left = f"  {row.number} {pad(row.name, wide[0])}  "
        if row.gain:
            left += (
                f"{pad(row.score, wide[1], right=True)}  {pad(row.gain, wide[2], right=True)}"
                f"  {pad(row.interval, wide[3])}  "
            )
        style = "good" if row.status.is_proven else "dim" if row.status is Outcome.NOT_RUN else None
        indent = cell_len(left)
        room = self.width - indent
        if room < 12:  # too narrow for a column of words: they go below
            indent, room = 4, self.width - 4
            return [left.rstrip()] + [
                " " * indent + (self.style(w, style) if style else w) for w in wrap(row.words, room)
            ]
        words = [self.style(w, style) if style else w for w in wrap(row.words, room)]
        return [left + words[0]] + [" " * indent + w for w in words[1:]]

    def test(self) -> None:
        lines = (("fresh", self.words.fresh_line()), ("test", self.words.test_line()))
        for label, line in lines:
            if line:
                self.labelled(self.say(f"terminal.{label}"), line)
        if any(line for _, line in lines):
            self.blank()

    def improvement(self) -> None:
        words, say = self.words, self.say
        why = words.why()
        if why:
            self.labelled(say("terminal.why"), why)
        changes = "   ".join(
            f"{knob} {before} -> {after}" for knob, before, after in words.changes()
        )
        if changes:
            self.labelled(say("terminal.change"), changes)

    def rows(self) -> None:
        label = self.say("terminal.rows_label")
        for line in self.words.row_lines():
            self.labelled(label, line)
            label = ""

    def escalation(self) -> None:
        line = self.words.escalation_line()
        if line:
            self.labelled(self.say("escalation.label"), line)

    def end(self) -> None:
        words = self.words
        saved, note = words.saved_line(), words.note()
        if saved:
            self.labelled(self.say("terminal.saved"), saved)
        label = self.say("terminal.next")
        for line in words.next_lines():
            self.labelled(label, line)
            label = ""
        if note:
            self.labelled(self.say("terminal.note"), note)

    def finding(self, finding: FindingWords, mark: str, style: str) -> None:
        """``error[L02]: ...`` with why and fix below."""
        head = f"{self.say(f'terminal.{mark}')}[{finding.code}]: {finding.text}"
        for i, line in enumerate(wrap(head, self.width - 2)):
            self.lines.append(self.style(line, style) if i == 0 else f"  {line}")
        for part, text in (("finding_why", finding.why), ("finding_fix", finding.fix)):
            if text:
                label = f"  {self.say(f'terminal.{part}')}: "
                body = wrap(text, self.width - cell_len(label))
                self.lines.append(label + body[0])
                self.lines += [" " * cell_len(label) + line for line in body[1:]]
        self.blank()


def render_terminal(report: Report, lang: str = "en", width: int = 100, color: bool = False) -> str:
    """The whole report, in lines of at most ``width`` cells where the words allow it."""
    return render_words(Wording(report, catalog(lang)), width, color)


def render_words(words: Wording, width: int = 100, color: bool = False) -> str:
    """``render_terminal`` for words that are made already."""
    report = words.report
    page = _Page(words, width, color)
    page.header()
    warning = words.warning()
    if warning is not None:
        page.paragraph(warning, "bad")
        page.blank()
    if report.status is Status.BLOCKED:
        for finding in words.findings(Severity.ISSUE):
            page.finding(finding, "error", "bad")
        page.paragraph(words.headline(), "bold")
        return "\n".join(page.lines) + "\n"
    if report.status is Status.CHECKED:
        page.audit()
        page.baseline()
        page.blank()
        page.end()
        return "\n".join(page.lines).rstrip() + "\n"
    page.foundations()
    if report.stages:
        page.ladder()
    page.blank()
    page.test()
    if report.improved is not None:
        page.improvement()
        if report.status is Status.INTERRUPTED:
            page.paragraph(words.headline(), "bold")
    else:
        page.paragraph(words.headline(), "bold")
    page.rows()
    page.escalation()
    page.end()
    return "\n".join(page.lines).rstrip() + "\n"
