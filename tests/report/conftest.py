from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _strict_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing sentence or number fails a test."""
    monkeypatch.setenv("ADVISOR_STRICT", "1")
