"""For every test: a sentence, or a number in one, that is missing fails it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

# timings never fail a test: a busy machine is no fault of the code
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
# a shell's background job is started deaf to Ctrl-C, and so are its children
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _strict_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_STRICT", "1")


@pytest.fixture
def one_thread() -> Iterator[None]:
    """As in a run: small fits lose much to a second thread where the cores have other work."""
    with threadpool_limits(1):
        yield
