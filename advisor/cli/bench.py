"""The command that measures: ``advisor bench``.

Heavy libraries are imported inside the functions, so that ``advisor --help`` answers at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli.console import INTERRUPTED, meta, print_json, words_for
from advisor.cli.group import lang_option

if TYPE_CHECKING:
    from advisor.bench.config import BenchConfig
    from advisor.bench.run import Bench
    from advisor.report.locale import Catalog


@click.command(short_help="Measure what fixes do: on planted faults, or on your models.")
@click.argument(
    "configs", metavar="CONFIG...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the result files; else results/ beside the config.",
)
@click.option(
    "--so-far", is_flag=True, help="Measure nothing; write the result of what is there already."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document a config on stdout, no table."
)
@lang_option
def bench(
    configs: tuple[Path, ...], out: Path | None, so_far: bool, as_json: bool, lang: str | None
) -> None:
    """Measure what fixes really do: on planted faults with a known answer, or on your own models.

    Each CONFIG ends as a table, a JSON file and a Markdown page with pictures. A bench that is
    stopped goes on with the same command. Exit codes: 0 finished, 2 usage or config,
    130 interrupted.
    """
    meta()["json"] = as_json
    from advisor.bench.config import load_bench

    words = words_for()
    loaded = [load_bench(config) for config in configs]  # all of them, before the first is begun
    for config in loaded:
        _measure(config, out, words, so_far=so_far, as_json=as_json)


def _measure(
    config: BenchConfig, out: Path | None, words: Catalog, *, so_far: bool, as_json: bool
) -> None:
    import datetime as dt

    from advisor.bench.run import Bench
    from advisor.bench.show import VIEWS
    from advisor.bench.show.document import document, render_document

    bench = Bench(config)
    try:
        _show_jobs(bench, words, so_far=so_far)
    except KeyboardInterrupt:
        values = {"done": len(bench.rows) + len(bench.troubles), "total": bench.asked}
        click.echo(words.say("bench.interrupted", **values), err=True)
        click.get_current_context().exit(INTERRUPTED)
    view = VIEWS[config.mode]
    found = document(bench, dt.datetime.now(dt.UTC).date())
    folder = out or config.folder / "results"
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / f"{config.name}.json"
    whole.write_text(render_document(found), encoding="utf-8")
    files = [whole, *view.write(found, folder, words.lang)]
    if as_json:
        print_json(render_document(found))
    else:
        click.echo(view.text(found, words.lang), nl=False)
    names = words.unit("comma").join(str(file) for file in files)
    click.echo(words.say("bench.ended", files=names), err=True)


def _show_jobs(bench: Bench, words: Catalog, *, so_far: bool) -> None:
    """The progress on stderr, one line a case that was measured now."""
    from advisor.bench.show import VIEWS

    view = VIEWS[bench.config.mode]
    click.echo(words.say("bench.began", name=bench.config.name, folder=bench.folder), err=True)
    for event in bench.run(so_far=so_far):
        if event.stored:
            continue
        if event.row is None:
            said = words.say(f"bench.trouble.{event.trouble}", detail=event.detail)
        else:
            said = view.outcome(event.row, words.lang)
        left = "" if event.left is None else words.say("bench.left", left=event.left)
        values = {"done": event.done, "total": event.total, "job": event.job}
        click.echo(words.say("bench.job", outcome=said, left=left, **values), err=True)
