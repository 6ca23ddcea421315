"""The commands that look and explain, and search nothing: ``audit``, ``diagnose``, ``explain``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli.console import (
    end,
    meta,
    print_json,
    print_report,
    read_report,
    show_all,
    wants_color,
    width_of,
    words_for,
)
from advisor.cli.group import code_option, lang_option
from advisor.errors import UsageError

if TYPE_CHECKING:
    from advisor.search.staged import Until

_config = click.argument("config", type=click.Path(path_type=Path))
_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else."
)


def _look(config: Path, as_json: bool, until: Until, *, allow_code: bool) -> None:
    """A run that ends before the search; ``tune`` goes on from what it measured."""
    meta()["json"] = as_json
    from advisor import api
    from advisor.config.load import load_config
    from advisor.report.json_report import render_json

    loaded = load_config(config)
    words = words_for(loaded.report.lang)
    report_in = loaded.report.model_copy(update={"lang": words.lang})
    loaded = loaded.model_copy(update={"report": report_in})
    report = show_all(api.start(loaded, until=until, allow_code=allow_code), words)
    if as_json:
        print_json(render_json(report))
    else:
        print_report(report, words.lang)
    end(report, words)


@click.command(short_help="Check whether the evaluation can be believed.")
@_config
@_json
@lang_option
@code_option
def audit(config: Path, as_json: bool, lang: str | None, allow_code: bool) -> None:
    """Check whether the evaluation that CONFIG describes can be believed.

    Exit codes: 0 nothing blocks, 2 usage or config, 3 something does.
    """
    _look(config, as_json, "audit", allow_code=allow_code)


@click.command(short_help="Check, measure the model and read its loss curves.")
@_config
@_json
@lang_option
@code_option
def diagnose(config: Path, as_json: bool, lang: str | None, allow_code: bool) -> None:
    """Check, measure the model that CONFIG describes and read its loss curves; search nothing."""
    _look(config, as_json, "diagnosis", allow_code=allow_code)


@click.command(short_help="Explain a finding, or why a run ended as it did.")
@click.argument("what", metavar="CODE|RUN", required=False)
@lang_option
def explain(what: str | None, lang: str | None) -> None:
    """Explain a finding's CODE, or why a RUN ended as it did; without one, list the codes."""
    import sys

    from advisor.report.explain import render_code, render_codes, render_run
    from advisor.report.findings import codes
    from advisor.spelling import nearest

    words = words_for()
    width, color = width_of(sys.stdout), wants_color(sys.stdout)
    if what is None:
        click.echo(render_codes(words, width), nl=False)
        return
    code, known = what.partition(":")[0].upper(), codes(words)
    if code in known:
        click.echo(render_code(words, code, width, color), nl=False, color=True)
        return
    try:
        report = read_report(Path(what))
    except UsageError as error:
        if error.code != "run_not_found":
            raise
        values = {"found": what, "allowed": known}
        raise UsageError("code_unknown", values, hint=nearest(code, known)) from None
    click.echo(render_run(report, words.lang, width, color), nl=False, color=True)
