"""For every test: a sentence, or a number in one, that is missing fails it."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _strict_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_STRICT", "1")
