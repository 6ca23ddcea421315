"""An error in words: its sentence, where it was found, and the nearest spelling."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from advisor.errors import AdvisorError
from advisor.report.locale import Catalog, catalog, language


@contextmanager
def in_words() -> Iterator[None]:
    """Errors that reach the person speak: in the language of ADVISOR_LANG, else in English."""
    try:
        yield
    except AdvisorError as error:
        error.said = error_words(error, catalog(language(None)))
        raise


def error_words(error: AdvisorError, words: Catalog) -> str:
    """One sentence, and a line each for the place and for what may have been meant."""
    lines = [words.say(f"errors.{error.code}", **error.values)]
    if more := error.values.get("more"):
        lines[0] += f" {words.say('errors.more_problems', more=more)}"
    if error.place is not None:
        lines.append(f"  --> {error.place}")
    if error.hint is not None:
        lines.append(words.say("terminal.did_you_mean", hint=error.hint))
    return "\n".join(lines)
