"""The pages as people get them: in Chromium, without a network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from picture_factories import FULL, HOSTILE, JAPANESE, SHOWN
from report_factories import IMPROVED, NO_GAIN, words_of

from advisor.languages import LANGUAGES
from advisor.report.compare import Compared, render_comparison
from advisor.report.html import notebook_frame, render_words

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = os.environ.get("ADVISOR_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="Chromium is not installed (apt-get install chromium)"
)
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
LOOKED_AT = ("improved", "no_gain", "blocked", "letter", "loss", "diagnosed", "interrupted")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Every ending in every language, and the page of several runs, on disk."""
    folder, found = tmp_path_factory.mktemp("pages"), {}
    os.environ["ADVISOR_STRICT"] = "1"
    for lang in LANGUAGES:
        for name in LOOKED_AT:
            report, pictures = SHOWN[name]
            found[name, lang] = folder / f"{name}-{lang}.html"
            found[name, lang].write_text(render_words(words_of(report, lang), pictures), "utf-8")
        runs = [Compared(r, FULL, folder / "x.json") for r in (IMPROVED, NO_GAIN)]
        found["compared", lang] = folder / f"compared-{lang}.html"
        found["compared", lang].write_text(render_comparison(runs, folder, lang), "utf-8")
    return found


class Tab:
    """A page that was opened, with all that it asked for and complained about."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        context = browser.new_context(offline=True, viewport=options.pop("viewport", DESKTOP))
        self.page = context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append("a dialog"))
        self.page.emulate_media(**options)
        self.page.goto(file.as_uri())

    def close(self) -> None:
        self.page.context.close()


PAGES = [(name, lang) for name in (*LOOKED_AT, "compared") for lang in LANGUAGES]


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_one_request_no_complaint_and_nothing_wider_than_a_phone(
    browser: Any, files: dict[tuple[str, str], Path], name: str, lang: str
) -> None:
    tab = Tab(browser, files[name, lang], viewport=PHONE)
    try:
        assert tab.requests == [files[name, lang].as_uri()]
        tab.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert tab.complaints == []
    finally:
        tab.close()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", LOOKED_AT)
def test_the_verdict_and_what_to_do_are_seen_without_scrolling(
    browser: Any, files: dict[tuple[str, str], Path], name: str, lang: str
) -> None:
    tab = Tab(browser, files[name, lang])
    try:
        for part in ("h1", ".big", ".gains", ".todo"):
            box = tab.page.locator(part).first
            if part == "h1" or box.count():
                place = box.bounding_box()
                assert place is not None
                assert place["y"] + place["height"] <= DESKTOP["height"], part
    finally:
        tab.close()


@pytest.mark.parametrize("media", ["light", "dark", "print"])
def test_ink_and_paper_follow_the_readers_choice(
    browser: Any, files: dict[tuple[str, str], Path], media: str
) -> None:
    options = {"media": "print"} if media == "print" else {"color_scheme": media}
    tab = Tab(browser, files["improved", "en"], **options)
    try:
        color = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
        red = int(color.removeprefix("rgb(").split(",")[0])
        assert red < 60 if media == "dark" else red > 200
    finally:
        tab.close()


def test_japanese_characters_have_glyphs(browser: Any, files: dict[tuple[str, str], Path]) -> None:
    tab = Tab(browser, files["improved", "ja"])
    try:
        drawn = tab.page.evaluate(
            """() => { const draw = s => { const c = document.createElement("canvas");
            const g = c.getContext("2d"), body = getComputedStyle(document.body);
            g.font = "40px " + body.fontFamily; g.fillText(s, 0, 50); return c.toDataURL(); };
            return [draw("学"), draw("習"), draw("\\u{10ffff}")]; }"""
        )
        assert len(set(drawn)) == 3
    finally:
        tab.close()


AXED = [(name, "en", "light") for name in (*LOOKED_AT, "compared")]
AXED += [(name, "ja", "dark") for name in ("improved", "no_gain", "blocked", "compared")]


@pytest.mark.parametrize(("name", "lang", "scheme"), AXED)
def test_axe_finds_nothing_to_complain_about(
    browser: Any, files: dict[tuple[str, str], Path], name: str, lang: str, scheme: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    tab = Tab(browser, files[name, lang], color_scheme=scheme)
    try:
        tab.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = axe.Axe().run(tab.page)
        assert found.response["violations"] == [], found.generate_report()
    finally:
        tab.close()


def test_hostile_names_are_read_as_they_are(
    browser: Any, files: dict[tuple[str, str], Path]
) -> None:
    tab = Tab(browser, files["improved", "ja"])
    try:
        text = tab.page.evaluate("document.body.textContent")
        assert HOSTILE in text
        assert JAPANESE in text
        assert tab.complaints == []
    finally:
        tab.close()


def test_a_notebooks_frame_shows_the_page_and_leaves_the_notebook_alone(
    browser: Any, tmp_path: Path
) -> None:
    report, pictures = SHOWN["loss"]
    frame = notebook_frame(report, pictures)
    file = tmp_path / "notebook.html"
    file.write_text(f"<!doctype html><title>n</title><h1>mine</h1>{frame}", "utf-8")
    tab = Tab(browser, file)
    try:
        inner = tab.page.frame_locator("iframe")
        assert "RMSE" in (inner.locator("h1").text_content() or "")
        assert (
            tab.page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") == "32px"
        )
        assert tab.complaints == []
    finally:
        tab.close()
