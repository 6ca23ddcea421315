"""The terminal's side of a command: language, colour, streams, and how a report is shown.

``main.py`` and its neighbours hold the commands themselves.  Heavy libraries are imported inside
the functions, so that ``advisor --help`` answers at once.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TextIO

import click

from advisor.errors import AdvisorError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.events import Event
    from advisor.pictures import Pictures
    from advisor.recipes.recipe import Knob
    from advisor.report.locale import Catalog
    from advisor.results import Report

PLAIN_WIDTH = 100

BLOCKED, NO_GAIN, INTERRUPTED = 3, 4, 130


# -- language, colour, output ------------------------------------------------------------------


def meta() -> dict[str, Any]:
    """What this command was called with: its language and whether it prints JSON."""
    context = click.get_current_context(silent=True)
    return {} if context is None else context.meta


def words_for(configured: str | None = None) -> Catalog:
    """The catalog asked for: ``--lang``, else the config's, else ADVISOR_LANG, else English."""
    from advisor.report.locale import catalog, language

    asked = language(meta().get("lang") or configured)
    meta()["lang"] = asked  # an error further on is said in the same language
    return catalog(asked)


def wants_color(stream: TextIO) -> bool:
    """Whether colours help: a terminal, and NO_COLOR is not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def can_redraw(stream: TextIO) -> bool:
    """Whether lines can be drawn again in place."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int:
    """Columns of the terminal; PLAIN_WIDTH where there is none."""
    return shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns if stream.isatty() else PLAIN_WIDTH


def print_json(text: str) -> None:
    """JSON on stdout, its characters escaped where the stream could not hold them."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    if encoding != "utf8":
        text = json.dumps(json.loads(text), indent=2) + "\n"
    click.echo(text, nl=False)


def print_report(report: Report, lang: str) -> None:
    """The report as text on stdout."""
    from advisor.report.terminal import render_terminal

    shown = render_terminal(report, lang, width_of(sys.stdout), wants_color(sys.stdout))
    click.echo(shown, nl=False, color=True)


def error_text(error: AdvisorError, words: Catalog) -> str:
    """``error: ...``, where it was found, and the nearest spelling."""
    from advisor.report.error_words import error_words

    return f"{words.say('terminal.error')}: {error_words(error, words)}"


def print_estimate(estimate: Mapping[str, float], words: Catalog, *, as_json: bool) -> None:
    """What a run would cost, as text or JSON, on stdout."""
    if as_json:
        print_json(json.dumps(dict(estimate), indent=2) + "\n")
        return
    from advisor.report.terminal import pad

    click.echo(words.say("dry.title"))
    for key, value in estimate.items():
        code = f"dry.{key}"
        label = words.say(code) if code in words else key
        shown = words.duration(value) if key.startswith("seconds") else words.number(value)
        click.echo(f"  {pad(label, 28)}{shown}")


def knob_words(knob: Knob, words: Catalog) -> str:
    """A knob's range or choices, and its default."""
    from advisor.report.numbers import plain

    if knob.choices:
        where = " | ".join(plain(choice) for choice in knob.choices)
    else:
        scale = f" ({words.say('recipes.log_scale')})" if knob.log else ""
        where = f"{plain(knob.low)} .. {plain(knob.high)}{scale}"
    default = f"{words.say('recipes.default')} {plain(knob.default)}"
    return f"{where}{words.unit('comma')}{default}"


# -- a run -------------------------------------------------------------------------------------


def show_all(events: Iterator[Event], words: Catalog) -> Report:
    """Show events as they come; the report is in the last one.

    A Ctrl-C that falls outside the generator is thrown into it: only it can end the run in order.
    """
    from advisor.events import Finished
    from advisor.report.live import open_view

    err = sys.stderr
    view = open_view(err, words, live=can_redraw(err), color=wants_color(err))
    report: Report | None = None
    with view:
        event = next(events, None)
        while event is not None:
            try:
                view.show(event)
                if isinstance(event, Finished):
                    report = event.report
                event = next(events, None)
            except KeyboardInterrupt as stop:
                throw = getattr(events, "throw", None)
                if throw is None or report is not None:
                    raise
                try:
                    event = throw(stop)
                except StopIteration:
                    event = None
    if report is None:
        raise AdvisorError("no_result")
    return report


def report_path(run: Path) -> Path:
    """The file of the fullest report of a run's folder, or the file itself.

    Raises:
        UsageError: ``run_not_found``.
    """
    from advisor.outcome.folder import find_run, report_file

    file = run if run.is_file() else report_file(find_run(str(run)))
    if not file.is_file():
        raise UsageError("run_not_found", {"path": str(run)})
    return file


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError("run_not_found", {"path": str(file)}) from error
    except UnicodeDecodeError as error:
        values = {"path": str(file), "found": str(error)}
        raise UsageError("report_unreadable", values) from error


def read_report(run: Path) -> Report:
    """The fullest report of a run's folder, or of a file.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    from advisor.report.load import parse_json

    file = report_path(run)
    return parse_json(_text_of(file), str(file))


def read_pictures(run: Path) -> Pictures:
    """The pictures kept beside a run's report; empty ones for a run that kept none.

    Raises:
        UsageError: they cannot be read.
    """
    from advisor.outcome.folder import pictures_file
    from advisor.pictures import Pictures
    from advisor.report.pictures_file import parse_pictures

    file = pictures_file(report_path(run))
    return parse_pictures(_text_of(file), str(file)) if file.exists() else Pictures()


def end(report: Report, words: Catalog, *, exit_code: bool = False) -> None:
    """Leave with the exit code of how the run ended."""
    from advisor.results import Status

    if report.status is Status.INTERRUPTED:
        click.echo(words.say("terminal.interrupted_again"), err=True)
    no_gain = NO_GAIN if exit_code else 0
    codes = {
        Status.IMPROVED: 0,
        Status.CHECKED: 0,
        Status.NO_PROVEN_GAIN: no_gain,
        Status.BLOCKED: BLOCKED,
        Status.INTERRUPTED: INTERRUPTED,
    }
    click.get_current_context().exit(codes[report.status])
