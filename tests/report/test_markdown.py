from __future__ import annotations

import pytest
from report_factories import BANKED, BLOCKED, CONTRADICTED, ENDINGS, NO_GAIN, words_of

from advisor.report.markdown import cell, render_words


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("name", ENDINGS)
def test_it_is_short_and_its_tables_are_whole(name: str, lang: str) -> None:
    lines = render_words(words_of(ENDINGS[name], lang)).splitlines()
    assert len(lines) <= 45
    for i, line in enumerate(lines):
        if line.startswith("| ---") or set(line) == set("| -"):
            assert line.count("|") == lines[i - 1].count("|") == lines[i + 1].count("|")


def test_the_verdict_comes_first() -> None:
    text = render_words(words_of(BANKED))
    assert text.splitlines()[2] == (
        "**Proven improvement at the stage depth: AUC 0.8312 -> 0.8431.**"
    )
    assert "| `reg_lambda` | 0 | 6.3 |" in text
    assert "Reproduce: seed 0, 250 fits" in text
    assert "10 folds; skill 0.66 of 1" in text


def test_a_contradiction_comes_even_before_the_verdict() -> None:
    text = render_words(words_of(CONTRADICTED))
    assert text.splitlines()[2].startswith("**The locked test rows contradict")


def test_no_change_is_proposed_without_a_proof() -> None:
    assert "| setting |" not in render_words(words_of(NO_GAIN))


def test_a_block_names_what_to_fix() -> None:
    text = render_words(words_of(BLOCKED))
    assert "- **T00** 3 duplicate rows\n  - why: they were found twice\n  - fix: drop them" in text


def test_text_cannot_leave_its_cell() -> None:
    assert cell("a|b\nc") == "a\\|b c"
