from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from picture_factories import AUDIT, FULL, HOSTILE, JAPANESE, NUMBERS, ONE_MODEL, SHOWN
from report_factories import ENDINGS, IMPROVED, NO_GAIN, words_of

from advisor.languages import LANGUAGES
from advisor.report.draw.figures import figures
from advisor.report.html import date_words, notebook_frame, render_html, render_words, typeset
from advisor.report.locale import catalog
from advisor.report.wording import Wording

MOST_BYTES = 300_000
ALL = [(name, lang) for name in SHOWN for lang in LANGUAGES]
VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """What a browser would find: tags, headings, attributes; and whether tags match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.text = ""
        self.feed(text)
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.stack:
            self.text += data


def page(name: str, lang: str = "en") -> str:
    report, pictures = SHOWN[name]
    return render_words(words_of(report, lang), pictures)


@pytest.mark.parametrize(("name", "lang"), ALL)
def test_every_ending_is_a_well_formed_page_in_every_language(name: str, lang: str) -> None:
    text = page(name, lang)
    found = Page(text)
    assert len(text.encode()) < MOST_BYTES
    assert found.tags[0][1]["lang"] == lang
    ids = [a["id"] for _, a in found.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for svg in re.findall(r"<svg .*?</svg>", text, flags=re.DOTALL):
        ET.fromstring(svg)


@pytest.mark.parametrize(("name", "lang"), ALL)
def test_the_page_says_the_sentences_of_the_terminal(name: str, lang: str) -> None:
    report, _ = SHOWN[name]
    words, found = words_of(report, lang), Page(page(name, lang)).text
    said = [words.headline(), *words.next_lines()]
    said += [words.why() or "", words.warning() or ""]
    said += [row.sentence for row in words.stage_rows()]
    for line in said:
        assert re.sub(r"<[^>]+>", "", str(typeset(line))) in found.replace("&", "&amp;")


@pytest.mark.parametrize(("name", "lang"), ALL)
def test_nothing_is_loaded_and_no_script_runs(name: str, lang: str) -> None:
    found = Page(page(name, lang))
    assert {tag for tag, _ in found.tags} & {"script", "link", "img", "iframe", "object"} == set()
    for _, attributes in found.tags:
        assert not any(key.startswith("on") or key in ("src", "style") for key in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in page(name, lang)
    assert "@import" not in page(name, lang)


@pytest.mark.parametrize(("name", "lang"), ALL)
def test_headings_stand_in_order_and_links_lead_somewhere(name: str, lang: str) -> None:
    found = Page(page(name, lang))
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    steps = zip(found.headings, found.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    ids = {a.get("id") for _, a in found.tags}
    assert {a["href"][1:] for _, a in found.tags if a.get("href")} <= ids


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["improved", "letter", "no_gain", "blocked"])
def test_hostile_names_are_shown_as_text(name: str, lang: str) -> None:
    text = page(name, lang)
    assert "<script" not in text
    found = Page(text).text
    assert HOSTILE in found
    assert JAPANESE in found


@pytest.mark.parametrize("name", SHOWN)
def test_every_drawing_has_a_title_a_description_and_a_table(name: str) -> None:
    report, pictures = SHOWN[name]
    drawn = list(figures(words_of(report), pictures))
    for figure in drawn:
        assert figure.table.rows
        assert {len(row) for row in figure.table.rows} == {len(figure.table.head)}
        for panel in figure.panels:
            root = ET.fromstring(panel.svg)
            assert all((root.find(tag).text or "").strip() for tag in ("title", "desc"))  # type: ignore[union-attr]
    if name in ("blocked", "checked"):
        assert drawn == [] or name == "checked"


def test_each_kind_of_run_gets_the_pictures_that_fit_it() -> None:
    def names(report, pictures):  # type: ignore[no-untyped-def]
        return [figure.name for figure in figures(words_of(report), pictures)]

    common = ["curves", "rate", "paired"]
    classes = ["confusion", "thresholds", "calibration", "size"]
    assert names(IMPROVED, FULL) == [*common, *classes, "carried"]
    assert names(NO_GAIN, ONE_MODEL) == [*common, *classes]
    assert names(ENDINGS["loss"], NUMBERS) == [*common, "residuals", "size", "carried"]


def test_an_old_run_without_pictures_still_has_its_page() -> None:
    found = Page(page("old"))
    assert "45,120" in found.text
    assert "advisor tune" not in found.text


def test_a_page_of_a_blocked_run_shows_no_measured_number() -> None:
    text = page("blocked")
    assert "<svg" not in text
    assert "What to put right first" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_interrupted_run_gives_no_advice_to_keep_the_settings(lang: str) -> None:
    say = catalog(lang).say
    assert say("html.nothing_yet") in page("interrupted", lang)
    assert say("html.change_nothing") not in page("interrupted", lang)
    assert say("html.change_nothing") in page("no_gain", lang)


def test_no_arrow_leads_to_a_score_that_is_not_told() -> None:
    verdict = IMPROVED.stages[1].verdict
    assert verdict is not None
    large = replace(IMPROVED.stages[1], verdict=replace(verdict, gain=10.3, low=9.6, high=11.2))
    report = replace(IMPROVED, audit=(), stages=(large, *IMPROVED.stages[2:]))
    page = render_html(report)
    (line,) = (found for found in page.splitlines() if '<p class="figures">' in found)
    assert "+10.3" in line
    assert "→" not in line


def test_dates_are_said_in_the_languages_habits() -> None:
    iso = "2026-11-21T14:52:09+09:00"
    assert date_words(catalog("en"), iso) == "21 November 2026, 14:52"
    assert date_words(catalog("ja"), iso) == "2026年11月21日 14:52"
    assert date_words(catalog("ja"), "") == ""


def test_a_sentence_of_the_terminal_is_typeset() -> None:
    assert str(typeset("0.2 -> 0.1  (-0.1, 95 % [-0.2, +0.1])")) == (
        "0.2 → 0.1 (−0.1, 95\N{NO-BREAK SPACE}% [−0.2, +0.1])"
    )
    assert str(typeset("3,000 rows x 9")) == "3,000 rows × 9"
    assert str(typeset("use --keep-going")) == 'use <span class="whole">--keep-going</span>'
    assert str(typeset("a -> <b>")) == "a → &lt;b&gt;"


def test_a_report_says_nothing_to_a_notebook_until_it_is_told_how() -> None:
    assert IMPROVED._repr_html_() is None
    quiet = replace(IMPROVED, audit=AUDIT)
    report = replace(quiet, view=lambda r: notebook_frame(r, FULL, "ja"))
    frame = report._repr_html_()
    assert frame is not None
    found = Page(frame)
    ((tag, attributes),) = found.tags
    assert tag == "iframe"
    assert attributes["sandbox"] == ""
    inner = attributes["srcdoc"] or ""
    assert inner == render_html(report, FULL, "ja")
    assert attributes["title"] == Wording(report, catalog("ja")).headline()
