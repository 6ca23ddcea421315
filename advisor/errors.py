"""Every error advisor raises on purpose.

    AdvisorError                exit code 1
    └── UsageError              2   a command or an argument makes no sense
        ├── ConfigError         2   the config file: file, line, column, key, found, allowed
        ├── DataError           2   the data: file, column, what was found, what is needed
        └── RecipeError         2   a recipe file is not well formed

A run that the audit blocks (3) or that is interrupted (130) is no error: it ends with a Report.

A message has a rule, what was found and what is allowed.  Errors carry a code and values, the
sentence lives in ``report/locale``; ``str(error)`` is the English one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something was found; line and column count from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [self.file] + [str(n) for n in (self.line, self.column) if n is not None]
        return ":".join(parts)


class AdvisorError(Exception):
    """Base of all errors advisor raises on purpose.

    Args:
        code: key of the sentence under ``errors`` in the locales, e.g. ``target_missing``.
        values: the named placeholders of that sentence.
        place: where it was found, when it was found in a file.
        hint: the nearest allowed spelling, when there is one.
    """

    exit_code = 1

    def __init__(
        self,
        code: str,
        values: Mapping[str, object] | None = None,
        *,
        place: Place | None = None,
        hint: str | None = None,
    ) -> None:
        self.code = code
        self.values = dict(values or {})
        self.place = place
        self.hint = hint
        self.said: str | None = None  # the sentence, where someone who knows the languages gave it
        super().__init__(code, self.values)

    def __str__(self) -> str:
        if self.said is not None:
            return self.said
        where = f"{self.place}: " if self.place else ""
        shown = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{where}{self.code} ({shown})" if shown else f"{where}{self.code}"


class UsageError(AdvisorError):
    exit_code = 2


class ConfigError(UsageError):
    pass


class DataError(UsageError):
    pass


class RecipeError(UsageError):
    pass
