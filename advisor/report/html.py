"""A Report as one self-contained page: no script, no network, every sentence from the locale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import PurePath

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from advisor.pictures import Pictures
from advisor.report.draw.figures import figures
from advisor.report.draw.paired import gains_of, gains_picture, stages_in_words
from advisor.report.draw.svg import clean
from advisor.report.findings import FindingWords, codes, explained
from advisor.report.locale import Catalog, catalog
from advisor.report.phrases import reason_words
from advisor.report.reading import health_words
from advisor.report.wording import Wording
from advisor.results import Report, Status
from advisor.types import Severity

NOTEBOOK_HEIGHT = 640  # pixels; a frame without scripts cannot grow with what it holds
NO_PICTURES = Pictures()


@dataclass(frozen=True, slots=True)
class Explained:
    """A finding in words with (heading, text) of what there is to say about its code."""

    words: FindingWords
    chapters: tuple[tuple[str, str], ...]


def typeset(text: str) -> Markup:
    """A sentence written for a terminal, with the signs that a page has; an option stays whole.

    >>> str(typeset("8.9 -> -0.1  +/- 0.2      skill 0.5")), str(typeset("a-1 <b>"))
    ('8.9 → −0.1 ± 0.2 · skill 0.5', 'a-1 &lt;b&gt;')
    """
    text = text.replace("->", "→")
    text = re.sub(r"\s*\+/-", " ±", text)
    text = re.sub(r"(?<= )x(?= \d)", "×", text)
    text = re.sub(r"(?<![\w.-])-(?=\d)", "−", text)
    text = re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", text)
    text = re.sub(r"(?<=\S) {2,}(?=\()", " ", text)
    text = re.sub(r"(?<=\S) {2,}(?=\S)", " · ", text)
    safe = str(escape(clean(text)))
    return Markup(re.sub(r"(?<![\w-])(--\w[\w-]*)", r'<span class="whole">\1</span>', safe))


@cache
def environment() -> Environment:
    """The templates; whatever is put into them is escaped."""
    loader = PackageLoader("advisor.report", "templates")
    found = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["typeset"] = typeset
    found.finalize = _finalize
    return found


def _finalize(value: object) -> object:
    """Text without control characters, which neither XML nor a page can hold."""
    return clean(value) if type(value) is str else value


def render_html(report: Report, pictures: Pictures = NO_PICTURES, lang: str = "en") -> str:
    """The page of one run."""
    return render_words(Wording(report, catalog(lang)), pictures)


def render_words(words: Wording, pictures: Pictures = NO_PICTURES) -> str:
    """``render_html`` for words that are made already."""
    report, say = words.report, words.catalog.say
    blocked = report.status is Status.BLOCKED
    stages = [] if blocked else list(stages_in_words(words))
    drawn = [] if blocked else list(figures(words, pictures))
    reading = [] if blocked else list(_reading(words))
    gains = gains_of(words, proven_only=report.improved is not None)
    every = gains_of(words, proven_only=False)
    title = say("html.gains.title")
    known = frozenset(codes(words.catalog))
    values = {
        "words": words,
        "report": report,
        "finished": date_words(words.catalog, pictures.finished),
        "warning": words.warning(),
        "gains": None if blocked else gains_picture(words, gains, "gains", title=title),
        "all_gains": None if every == gains else gains_picture(words, every, "all", title=title),
        "test": words.test_line(),
        "why": words.why(),
        "diagnosis": words.diagnosis_line(),
        "meaning": words.meaning_line(),
        "escalation": words.escalation_line(),
        "next_lines": words.next_lines(),
        "stages": [
            (row, [reason_words(words.catalog, note) for note in outcome.notes])
            for outcome, row in stages
        ],
        "reading": reading,
        "figures": drawn,
        "issues": _explained(words, known, Severity.ISSUE),
        "warnings": _explained(words, known, Severity.WARNING),
        "quiet": list(_quiet(words, known)),
        "cost": list(_cost(words)),
        "command": pictures.command,
        "reproduce": list(_reproduce(words)),
        "note": words.note(),
        "contents": [
            *([("ladder", say("html.ladder"))] if stages else []),
            *([("reading", say("html.reading"))] if reading else []),
            *((figure.name, figure.title) for figure in drawn),
            *([("audit", say("html.audit"))] if report.audit else []),
            ("cost", say("html.cost.title")),
            ("reproduce", say("html.reproduce.title")),
        ],
    }
    heading = f"{report.name}: {say(f'status.{report.status}')}"
    return page("report.html", words.catalog, heading, report.versions.get("advisor", ""), values)


def page(template: str, words: Catalog, title: str, version: str, values: dict[str, object]) -> str:
    """One of the templates, with what every page has."""
    shared = {
        "lang": words.lang,
        "say": words.say,
        "title": title,
        "generator": f"advisor {version}".strip(),
        "foot": words.say("html.foot"),
    }
    return environment().get_template(template).render(**shared, **values)


def notebook_frame(report: Report, pictures: Pictures = NO_PICTURES, lang: str = "en") -> str:
    """The page in a frame of its own, so that a notebook's styles and the page's stay apart."""
    words = Wording(report, catalog(lang))
    label = escape(words.headline())
    return (
        f'<iframe title="{label}" sandbox="" srcdoc="{escape(render_words(words, pictures))}" '
        f'style="width:100%;height:{NOTEBOOK_HEIGHT}px;border:0"></iframe>'
    )


def date_words(words: Catalog, iso: str) -> str:
    """A moment in the language's habit; nothing for what is none."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return ""
    month = words.say("html.months").split()[when.month - 1]
    values = {"day": when.day, "month": month, "year": when.year}
    return words.say("html.date", time=f"{when:%H:%M}", **values)


# -- the parts of the page -------------------------------------------------------------------------


def _reading(words: Wording) -> Iterator[tuple[str, str]]:
    """(label, text) of what the baseline's curves say."""
    say, report = words.catalog.say, words.report
    if report.baseline is not None:
        yield say("terminal.baseline"), words.baseline_line(report.baseline)
    for label, line in (
        ("diagnosis", words.diagnosis_line()),
        ("meaning", words.meaning_line()),
        ("probes", words.probes_line()),
    ):
        if line:
            yield say(f"terminal.{label}"), line
    yield from health_words(words.catalog, report.diagnosis)


def _explained(words: Wording, known: frozenset[str], severity: Severity) -> list[Explained]:
    return [
        Explained(f, tuple(explained(words.catalog, f.code)) if f.code in known else ())
        for f in words.findings(severity)
    ]


def _quiet(words: Wording, known: frozenset[str]) -> Iterator[tuple[str, list[Explained]]]:
    """(label, findings) of what was checked and is no reason to act."""
    for severity, label in (
        (Severity.PASSED, "passed"),
        (Severity.SKIPPED, "skipped_list"),
        (Severity.NOT_APPLICABLE, "idle"),
    ):
        found = _explained(words, known, severity)
        if found:
            yield words.catalog.say(f"audit.{label}"), found


def _cost(words: Wording) -> Iterator[tuple[str, str]]:
    say, cost, catalog_ = words.catalog.say, words.report.cost, words.catalog
    yield say("html.cost.seconds"), catalog_.duration(cost.seconds)
    yield say("html.cost.fits"), catalog_.number(cost.fits)
    if cost.fits_from_journal:
        yield say("html.cost.from_journal"), catalog_.number(cost.fits_from_journal)
    yield say("html.cost.training"), catalog_.duration(cost.training_seconds)
    yield say("html.cost.audit"), catalog_.duration(cost.audit_seconds)
    yield say("html.cost.memory"), f"{catalog_.number(round(cost.peak_memory_mb))} MiB"


def _reproduce(words: Wording) -> Iterator[tuple[str, str]]:
    say, report = words.catalog.say, words.report
    yield say("html.reproduce.seed"), str(report.seed)
    yield say("html.reproduce.fingerprint"), report.fingerprint
    versions = (f"{name} {number}" for name, number in report.versions.items())
    yield say("html.reproduce.versions"), words.catalog.unit("comma").join(versions)
    shown = ("config", "model", "json", "journal", "studies")
    files = [PurePath(report.files[key]).name for key in shown if key in report.files]
    if files:
        yield say("html.reproduce.files"), words.catalog.unit("comma").join(files)
