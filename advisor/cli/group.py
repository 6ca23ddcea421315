"""What all commands share: options, the version, and an exit code and a message for every error.

``main.py`` and its neighbours hold the commands themselves.
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

import click

from advisor.cli.console import INTERRUPTED, error_text, meta, print_json, words_for
from advisor.errors import AdvisorError
from advisor.languages import LANGUAGES

DEBUG = "ADVISOR_DEBUG"
CRASH = 1

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _report_error(error: AdvisorError) -> None:
    words = words_for()
    if meta().get("json"):
        document = {
            "version": 1,
            "status": "error",
            "error": {
                "code": error.code,
                "message": words.say(f"errors.{error.code}", **error.values),
                "place": None if error.place is None else str(error.place),
                "hint": error.hint,
            },
        }
        print_json(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    click.echo(error_text(error, words), err=True)
    if os.environ.get(DEBUG):
        click.echo("".join(traceback.format_exception(error)), err=True)


def _report_bug(error: Exception) -> None:
    words = words_for()
    kind = type(error).__name__
    said = words.say("terminal.bug", kind=kind, message=str(error) or kind)
    click.echo(f"{words.say('terminal.error')}: {said}", err=True)
    if os.environ.get(DEBUG):
        click.echo("".join(traceback.format_exception(error)), err=True)
    else:
        click.echo(words.say("terminal.bug_trace"), err=True)


class Commands(click.Group):
    """A group whose commands end in an exit code and a message, never in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AdvisorError as error:
            _report_error(error)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo(words_for().say("terminal.interrupted_again"), err=True)
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            _report_bug(error)
            ctx.exit(CRASH)


def print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    """Callback of ``--version``."""
    if not asked or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("advisor")
    except PackageNotFoundError:
        number = "(not installed)"
    click.echo(f"advisor {number}")
    ctx.exit()


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Keep an option where an error message finds it."""
    if value:
        ctx.meta[str(parameter.name)] = value
    return value


def lang_option(command: _Command) -> _Command:
    """The option ``--lang``, the same for every command."""
    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        callback=_remember,
        is_eager=True,
        help="Language of what is printed; else the config's, else ADVISOR_LANG.",
    )(command)


def code_option(command: _Command) -> _Command:
    """The option ``--allow-code``, the same for every command that may fit a person's own model."""
    return click.option(
        "--allow-code",
        is_flag=True,
        help="Run the code of model.factory: your own module is imported.",
    )(command)
