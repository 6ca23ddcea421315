"""Commands: they print events and results and set exit codes; every decision is elsewhere.

Heavy libraries are imported inside the commands, so that ``advisor --help`` answers at once.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.bench import bench
from advisor.cli.checks import audit, diagnose, explain
from advisor.cli.console import (
    end,
    knob_words,
    meta,
    print_estimate,
    print_json,
    print_report,
    show_all,
    words_for,
)
from advisor.cli.group import Commands, code_option, lang_option, print_version
from advisor.cli.shows import report, watch
from advisor.errors import UsageError

if TYPE_CHECKING:
    from advisor.recipes.recipe import Recipe
    from advisor.report.locale import Catalog


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Print the version and exit.",
)
def main() -> None:
    """Find out why a model is stuck, and change only what is proven to help.

    Fixes are tried in one fixed order (learning rate, regularization, data size, depth); the run
    stops at the first stage whose improvement is proven.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


for command in (audit, bench, diagnose, explain, report, watch):
    main.add_command(command)


# -- init --------------------------------------------------------------------------------------


@main.command(short_help="Write a commented config for a table.")
@click.argument("train", type=click.Path(path_type=Path))
@click.option("--target", required=True, help="Column to be predicted.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("config.yaml"),
    show_default=True,
    help="Where to write the config; an existing file is never overwritten.",
)
@lang_option
def init(train: Path, target: str, out: Path, lang: str | None) -> None:
    """Write a commented config for the table TRAIN, its task and metric guessed."""
    from advisor.data.starter import starter_config
    from advisor.data.tables import read_whatever
    from advisor.data.targets import guess_task
    from advisor.languages import LANGUAGES
    from advisor.metrics.table import DEFAULT_METRIC
    from advisor.spelling import nearest

    words = words_for()
    if out.exists():
        raise UsageError("file_exists", {"path": str(out)})
    table, encoding = read_whatever(train)
    names = [str(name) for name in table.columns]
    if target not in names:
        values = {"target": target, "allowed": names}
        raise UsageError("init_target_missing", values, hint=nearest(target, names))
    task = guess_task(table[target])
    path = os.path.relpath(train, out.parent) if not train.is_absolute() else str(train)
    asked = lang or (words.lang if words.lang != LANGUAGES[0] else None)
    text = starter_config(
        table,
        path,
        target,
        task,
        DEFAULT_METRIC[task],
        comment=lambda about: words.say(f"starter.{about}"),
        encoding=encoding,
        lang=asked,
    )
    out.write_text(text, encoding="utf-8")
    click.echo(words.say("terminal.written", path=str(out)))


# -- tune --------------------------------------------------------------------------------------


@main.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what the run would cost, and stop.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else."
)
@lang_option
@click.option(
    "--keep-going", is_flag=True, help="Run all stages, also after one of them is proven."
)
@click.option("--resume", metavar="RUN", help="Go on in this run's folder.")
@click.option("--exit-code", is_flag=True, help="Exit with 4 when no gain was proven.")
@code_option
def tune(
    config: Path,
    dry_run: bool,
    as_json: bool,
    lang: str | None,
    keep_going: bool,
    resume: str | None,
    exit_code: bool,
    allow_code: bool,
) -> None:
    """Check, measure and improve the model that CONFIG describes.

    Exit codes: 0 finished, 1 crash, 2 usage or config, 3 blocked by the audit, 4 no proven gain
    (only with --exit-code), 130 interrupted; the same command then goes on.
    """
    meta()["json"] = as_json
    from advisor import api
    from advisor.config.load import load_config
    from advisor.report.json_report import render_json

    loaded = load_config(config)
    words = words_for(loaded.report.lang)
    report_in = loaded.report.model_copy(update={"lang": words.lang})
    loaded = loaded.model_copy(update={"report": report_in})  # the files speak it as well
    if dry_run:
        print_estimate(api.estimate(loaded, allow_code=allow_code), words, as_json=as_json)
        return
    events = api.start(loaded, keep_going=keep_going, resume=resume, allow_code=allow_code)
    report = show_all(events, words)
    if as_json:
        print_json(render_json(report))
    else:
        print_report(report, words.lang)
    end(report, words, exit_code=exit_code)


# -- the other commands ------------------------------------------------------------------------


@main.command(short_help="Show which setting of a model belongs to which stage.")
@click.argument("family", required=False)
@lang_option
def recipes(family: str | None, lang: str | None) -> None:
    """Show which setting of a model FAMILY belongs to which stage, or list the families."""
    from advisor.recipes.load import families, load_recipe, recipe_names

    words = words_for()
    if family is None:
        click.echo(f"{words.say('recipes.families')}:")
        for name in families():
            click.echo(f"  {name}")
        return
    for place, name in enumerate(recipe_names(family) or [family]):
        click.echo("\n" if place else "", nl=False)
        _show_recipe(load_recipe(name), words)


def _show_recipe(recipe: Recipe, words: Catalog) -> None:
    """One recipe, stage by stage."""
    from advisor.config.edit import inline
    from advisor.report.terminal import pad

    chosen = "" if recipe.chosen_by is None else f"  ({recipe.chosen_by}: {recipe.choice})"
    click.echo(f"{recipe.family}{chosen}")
    for start in recipe.published:
        own = inline(start.params) if start.params else words.say("recipes.library_values")
        every = set(recipe.tasks) <= set(start.tasks)
        tasks = "" if every else f" ({', '.join(start.tasks)})"
        click.echo(f"{words.say('recipes.published')}{tasks}: {own}\n    {start.source}")
    for number, (stage, part) in enumerate(recipe.stages.items(), start=1):
        click.echo(f"\n{number} {words.stage(stage)}  {words.say(f'stage.{stage}.question')}")
        if not part.knobs:
            none = f"reason.{part.why_not}" if part.why_not else "recipes.no_knobs"
            click.echo(f"    {words.say(none, family=recipe.family)}")
        for knob in part.knobs:
            click.echo(f"    {pad(knob.name, 24)}{knob_words(knob, words)}")
        tried = dict.fromkeys(preset.origin for preset in part.presets)
        origins = [words.sentences.get(f"origin.{name}", name) for name in tried]
        if origins:
            listed = words.unit("comma").join(origins)
            click.echo(f"    {words.say('recipes.presets')}: {listed}")


@main.command(short_help="Print the JSON Schema of the config or of the report.")
@click.argument("which", type=click.Choice(["config", "report"]), default="config")
def schema(which: str) -> None:
    """Print the JSON Schema of the config (for editors) or of the JSON report."""
    if which == "config":
        from advisor.config.load import config_schema

        described: Mapping[str, Any] = config_schema()
    else:
        from advisor.report.report_schema import report_schema

        described = report_schema()
    print_json(json.dumps(described, ensure_ascii=False, indent=2) + "\n")


@main.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("rows", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the CSV here instead of to stdout."
)
@lang_option
@code_option
def predict(run: Path, rows: Path, out: Path | None, lang: str | None, allow_code: bool) -> None:
    """Predict ROWS with the improved model of a RUN, as CSV."""
    from advisor import api
    from advisor.data.tables import read_table

    words = words_for()
    table = read_table(rows)
    predictions = api.predict(run, table, allow_code=allow_code)
    for one in api.unread(run, table):
        values = {"column": one.column, "rows": one.rows, "of": len(table), "example": one.example}
        click.echo(words.say(f"predict.{one.kind}", **values), err=True)
    if out is None:
        click.echo(predictions.to_csv(index=False), nl=False)
        return
    predictions.to_csv(out, index=False)
    said = words.say("terminal.predictions_written", rows=len(predictions), path=str(out))
    click.echo(said, err=True)
