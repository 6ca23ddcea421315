"""The commands that show what a run left behind or is doing: ``report``, ``watch``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from advisor.cli.console import (
    can_redraw,
    print_json,
    print_report,
    read_pictures,
    read_report,
    report_path,
    words_for,
)
from advisor.cli.group import CRASH, lang_option
from advisor.errors import UsageError

FORMS = ("text", "html", "md", "json")
COMPARISON = "comparison.html"


@click.command(short_help="Show the report of a run again, in any language and form.")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@lang_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="text",
    show_default=True,
    help="Form of the report; html is a file, the others are printed.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where to write the page; else report.html in the run's folder, or comparison.html "
    "beside the runs.",
)
def report(runs: tuple[Path, ...], lang: str | None, form: str, out: Path | None) -> None:
    """Show the report of a finished RUN again, in any language and form; nothing is measured.

    Several RUNs are compared on one page (--format html), or shown one after the other.
    """
    words = words_for()
    if out is not None and form != "html":
        raise click.UsageError("--out goes with --format html")
    if form == "html":
        target = _write_page(runs, words.lang, out)
        click.echo(words.say("html.written", path=str(target)))
        return
    reports = [read_report(run) for run in runs]
    if form == "json":
        from advisor.report.json_report import render_json

        texts = [render_json(one) for one in reports]
        several = [json.loads(text) for text in texts]
        print_json(texts[0] if len(texts) == 1 else json.dumps(several, ensure_ascii=False) + "\n")
        return
    for number, one in enumerate(reports):
        if number:
            click.echo()
        if form == "md":
            from advisor.report.markdown import render_markdown

            click.echo(render_markdown(one, words.lang), nl=False)
        else:
            print_report(one, words.lang)


def _write_page(runs: tuple[Path, ...], lang: str, out: Path | None) -> Path:
    """The page of one run, or of several compared; where it was written."""
    from advisor.report.compare import Compared, render_comparison
    from advisor.report.html import render_html

    files = [report_path(run) for run in runs]
    found = [
        Compared(read_report(run), read_pictures(run), file)
        for run, file in zip(runs, files, strict=True)
    ]
    if len(found) == 1:
        target = out or files[0].with_suffix(".html")
        page = render_html(found[0].report, found[0].pictures, lang)
    else:
        target = out or files[0].parent.parent / COMPARISON
        page = render_comparison(found, target.parent, lang)
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        values = {"path": str(target), "reason": error.strerror or str(error)}
        raise UsageError("page_unwritable", values) from error
    return target


# -- watch -------------------------------------------------------------------------------------


@click.command(short_help="Follow a run in progress from another terminal.")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@lang_option
def watch(run: Path, lang: str | None) -> None:
    """Follow a RUN in progress from another terminal; Ctrl-C ends the watching, not the run.

    Ends when the run does, and then shows its report. Exit codes: 0, or 1 when the run's process is
    gone without a report.
    """
    import sys

    from advisor.outcome.folder import find_run
    from advisor.outcome.progress import FINISHED, FITTING, LOST, PROGRESS, STOPPED, follow

    words = words_for()
    folder = find_run(str(run))
    file = folder / PROGRESS
    if not file.is_file():
        raise UsageError("nothing_to_watch", {"path": str(folder)})
    view, last = _Lines(can_redraw(sys.stderr)), LOST
    try:
        for last in follow(file, words.lang):
            view.show(last.text, passing=last.kind == FITTING)
    except KeyboardInterrupt:
        view.show(words.say("watch.left"))
        return
    if last.kind == FINISHED:
        print_report(read_report(folder), words.lang)
        return
    view.show(words.say("watch.stopped" if last.kind == STOPPED else "watch.lost"))
    click.get_current_context().exit(CRASH)


class _Lines:
    """Lines on stderr; those that pass stay until the next one, and only where they can."""

    def __init__(self, redraw: bool) -> None:
        self.redraw = redraw

    def show(self, text: str, *, passing: bool = False) -> None:
        if not text or (passing and not self.redraw):
            return
        clear = "\r\x1b[2K" if self.redraw else ""
        click.echo(f"{clear}{text}", nl=not passing, err=True, color=True)
