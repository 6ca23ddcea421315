"""Why, in plain words: a finding's code at length, or a whole run stage by stage."""

from __future__ import annotations

from rich.cells import cell_len

from advisor.report.findings import codes, explained
from advisor.report.locale import Catalog, catalog
from advisor.report.terminal import pad, wrap
from advisor.report.wording import Wording
from advisor.results import Report
from advisor.types import Severity

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
INDENT = 4


def _head(text: str, color: bool) -> str:
    return f"{BOLD}{text}{PLAIN}" if color else text


def _body(text: str, width: int) -> list[str]:
    return [" " * INDENT + line for line in wrap(text, max(width, 40) - INDENT)]


def render_codes(words: Catalog, width: int = 100) -> str:
    """Every code with its title."""
    lines = [words.say("audit.codes")]
    for code in codes(words):
        title = wrap(words.sentences[f"finding.{code}.title"], width - 7)
        lines.append(f"  {pad(code, 5)}{title[0]}")
        lines += [" " * 7 + line for line in title[1:]]
    return "\n".join(lines) + "\n"


def render_code(words: Catalog, code: str, width: int = 100, color: bool = False) -> str:
    """What a finding is, how it is measured, why it matters, an example, what to do, the source."""
    lines = [_head(f"{code}  {words.sentences[f'finding.{code}.title']}", color), ""]
    for heading, text in explained(words, code):
        lines += [_head(heading, color), *_body(text, width)]
    return "\n".join(lines) + "\n"


def render_run(report: Report, lang: str = "en", width: int = 100, color: bool = False) -> str:
    """How a run came to its end: the findings, the curves, and every stage with its reason."""
    words = Wording(report, catalog(lang))
    say = words.catalog.say
    lines = [_head(f"{report.name}  {words.headline()}", color), ""]
    found = list(words.findings(Severity.ISSUE, Severity.WARNING))
    if found:
        lines.append(_head(say("terminal.audit"), color))
        for finding in found:
            lines += _body(f"{finding.code} {finding.text}", width)
    diagnosis = words.diagnosis_line()
    if diagnosis is not None:
        lines += [_head(say("terminal.diagnosis"), color), *_body(diagnosis, width)]
    for row in words.stage_rows():
        question = say(f"stage.{row.stage}.question")
        name = f"{row.number} {row.name}"
        gap = "  " if cell_len(name) < 20 else " "
        lines += [_head(f"{name}{gap}{question}", color), *_body(row.sentence, width)]
    why = words.why()
    if why:
        lines += [_head(say("terminal.why"), color), *_body(why, width)]
    other = words.escalation_line()
    if other:
        lines += [_head(say("escalation.label"), color), *_body(other, width)]
    for line in words.next_lines():
        lines += [_head(say("terminal.next"), color), *_body(line, width)]
    return "\n".join(lines) + "\n"
