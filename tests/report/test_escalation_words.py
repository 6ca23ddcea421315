"""Another family's default is told in every form and language, however it did."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_factories import NO_GAIN, verdict, words_of

from advisor.report.explain import render_run
from advisor.report.html import render_words as render_page
from advisor.report.json_report import render_json, report_document
from advisor.report.load import parse_json
from advisor.report.locale import catalog
from advisor.report.markdown import render_words as render_markdown
from advisor.report.terminal import render_words as render_terminal
from advisor.results import Escalation, Outcome, Report
from advisor.types import Reason

SAID = Reason("gate.proven", {"delta": 0.02})
STEP = Reason("next.escalate", {"family": "lightgbm"})


def told(found: Escalation, step: Reason | None = None) -> Report:
    return replace(NO_GAIN, audit=(), escalation=found, next_step=step or NO_GAIN.next_step)


def escalation(outcome: Outcome | None, family: str = "lightgbm") -> Escalation:
    first = Reason("escalation.not_ahead", {"gain": -0.0123, "se": 0.004, "far": 0.02})
    return Escalation(
        family=family,
        params={"learning_rate": 0.04},
        source="Somebody 2024",
        verdict=None if outcome is None else verdict(outcome, 0.0456, 0.01, SAID),
        reason=first if outcome is None else SAID,
        before=None if outcome is None else 0.8301,
        after=None if outcome is None else 0.8757,
        fits=3,
    )


PROVEN = told(escalation(Outcome.PROVEN), STEP)
UNPROVEN = told(escalation(Outcome.LIKELY))
BEHIND = told(escalation(None, "linear"))
UNSURE = told(
    replace(
        escalation(None),
        reason=Reason("escalation.unsure", {"gain": 0.0765, "se": 0.05, "far": 0.02}),
    )
)
FORMS = {
    "terminal": render_terminal,
    "markdown": render_markdown,
    "html": render_page,
}


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("form", FORMS)
def test_a_proven_lead_is_said_with_both_scores_its_interval_and_its_source(
    form: str, lang: str
) -> None:
    text = FORMS[form](words_of(PROVEN, lang))
    flat = " ".join(text.split()).replace(" ", "") if lang == "ja" else " ".join(text.split())
    for part in ("LightGBM", "0.8301", "0.8757", "+0.0456", "escalated.yaml"):
        assert part in flat
    assert "Somebody" in flat
    assert words_of(PROVEN, lang).headline() == catalog(lang).say(
        "headline.escalate", trials=words_of(PROVEN, lang).trials, name="LightGBM"
    )


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("report", [UNPROVEN, BEHIND, UNSURE])
def test_no_proven_lead_is_said_and_nothing_is_offered(
    report: Report, form: str, lang: str
) -> None:
    words = words_of(report, lang)
    assert catalog(lang).say("escalation.label") in FORMS[form](words)
    assert "escalated.yaml" not in FORMS[form](words)
    assert words.headline() == words_of(NO_GAIN, lang).headline()


def test_each_ending_has_a_sentence_of_its_own() -> None:
    lines = {words_of(r).escalation_line() for r in (PROVEN, UNPROVEN, BEHIND, UNSURE, NO_GAIN)}
    assert len(lines) == 5
    assert None in lines
    assert "-0.0123" in str(words_of(BEHIND).escalation_line())


def test_a_run_that_could_prove_nothing_of_this_size_does_not_clear_its_settings() -> None:
    coarse = replace(PROVEN, stages=())
    assert "settings are not what holds" in words_of(PROVEN).headline()
    assert "settings" not in words_of(coarse).headline()
    assert "LightGBM" in words_of(coarse).headline()


@pytest.mark.parametrize("report", [PROVEN, UNPROVEN, BEHIND, UNSURE])
def test_the_json_is_read_back_as_it_was(report: Report) -> None:
    again = parse_json(render_json(report))
    assert report_document(again) == report_document(report)
    assert "LightGBM" in render_run(again) or "linear" in render_run(again)
