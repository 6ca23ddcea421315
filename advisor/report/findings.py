"""Findings in words: one line each, why it matters, what to do; and a code explained at length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from advisor.report.locale import Catalog
from advisor.types import Finding, Severity

RAN = (Severity.ISSUE, Severity.WARNING, Severity.PASSED)
CHAPTERS = ("what", "measured", "matters", "example", "do", "source")


@dataclass(frozen=True, slots=True)
class FindingWords:
    """A finding in words: its title, what was found, why it matters, what to do."""

    code: str
    severity: Severity
    title: str
    text: str
    why: str | None
    fix: str | None


def finding_words(catalog: Catalog, finding: Finding) -> FindingWords:
    """One finding; ``why`` and ``fix`` are there where something was found."""
    code, values = finding.code, finding.evidence
    found = finding.status in (Severity.ISSUE, Severity.WARNING)
    why, fix = (catalog.first(f"finding.{code}.{part}") for part in ("why", "fix"))
    text = _text(catalog, finding)
    if values.get("allowed"):
        text = f"{text} {catalog.say('audit.allowed')}"
    return FindingWords(
        code=code,
        severity=finding.status,
        title=catalog.sentences.get(f"finding.{code}.title", code),
        text=text,
        why=catalog.say(why, **values) if found and why else None,
        fix=catalog.say(fix, **values) if found and fix else None,
    )


def _text(catalog: Catalog, finding: Finding) -> str:
    code, values = finding.code, finding.evidence
    if finding.status is Severity.NOT_APPLICABLE:
        own = catalog.first(f"finding.{code}.not_applicable")
        return catalog.say(own, **values) if own else catalog.say("audit.not_applicable")
    if finding.status is Severity.SKIPPED:
        return catalog.say(f"audit.skipped.{values.get('reason', 'unknown')}", **values)
    part = "passed" if finding.status is Severity.PASSED else "text"
    kinds = (f"{part}_{values.get('because')}", part, "text")
    own = catalog.first(*(f"finding.{code}.{kind}" for kind in kinds)) or f"finding.{code}"
    return catalog.say(own, **values)


def audit_summary(catalog: Catalog, findings: Iterable[Finding], *, blocked: bool) -> str:
    """``ok      9 checks, 1 warning``; a check counts once, however many columns it names."""
    listed = list(findings)
    of = {s: len({(f.code) for f in listed if f.status is s}) for s in Severity}
    state = "blocked" if blocked else "issues" if of[Severity.ISSUE] else "ok"
    ran = len({f.code for f in listed if f.status in RAN})
    parts = [catalog.say("terminal.checks", n=ran)]
    for severity, one in ((Severity.ISSUE, "issue"), (Severity.WARNING, "warning")):
        count = sum(f.status is severity for f in listed)
        if count:
            parts.append(catalog.say(f"terminal.{one if count == 1 else f'{one}s'}", n=count))
    if of[Severity.SKIPPED]:
        parts.append(catalog.say("terminal.skipped", n=of[Severity.SKIPPED]))
    return f"{catalog.say(f'terminal.audit_{state}')}      {catalog.unit('comma').join(parts)}"


def codes(catalog: Catalog) -> list[str]:
    """Every code that can be explained, in order."""
    ends = ".explain.what"
    return sorted(c.split(".")[1] for c in catalog.sentences if c.endswith(ends))


def explained(catalog: Catalog, code: str) -> Iterator[tuple[str, str]]:
    """(heading, text) of what there is to say of a code.

    Raises:
        KeyError: nothing can be said of it.
    """
    if code not in codes(catalog):
        raise KeyError(code)
    for chapter in CHAPTERS:
        yield (
            catalog.say(f"audit.chapter.{chapter}"),
            catalog.sentences[f"finding.{code}.explain.{chapter}"],
        )
