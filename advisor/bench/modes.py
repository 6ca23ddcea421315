"""The modes of a bench: what there is to do, and how one piece of it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from advisor.bench.config import BenchConfig
from advisor.bench.fixes import content_of, measure_fix
from advisor.bench.jobs import list_cases, list_fixes
from advisor.bench.peered import run_peers
from advisor.bench.peers import find_entry
from advisor.bench.planted import run_case
from advisor.errors import ConfigError, UsageError

Row = dict[str, Any]
PEERS_FAMILY = "lightgbm"  # what every peer can tune
Work = Callable[[BenchConfig, str, Path, Path], Row]


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode.

    Attributes:
        jobs: config -> what there is to do, as stable texts in their order.
        work: (config, job, folder for its files, folder to remember in) -> its row, a mapping that
            JSON can hold; it runs in a process of its own.
        measured: (config, job) -> what decides what its row is, besides the job's name.
        parts: modules of the bench that decide it, too.
    """

    jobs: Callable[[BenchConfig], list[str]]
    work: Work
    measured: Callable[[BenchConfig, str], Any]
    parts: tuple[str, ...]


def _fault_jobs(config: BenchConfig) -> list[str]:
    return [case.id for case in list_cases(config)]


def _fault_work(config: BenchConfig, job: str, folder: Path, cache: Path) -> Row:
    case = next(case for case in list_cases(config) if case.id == job)
    row = run_case(
        case,
        folder,
        tables=config.tables_folder(),
        cache=cache,
        search=config.search.model_dump(mode="json", exclude_defaults=True),
        seeds=config.judge.seeds,
        full=config.judge.rule == "full",
    )
    return asdict(row)


def _fault_measured(config: BenchConfig, job: str) -> Any:
    written = config.written()
    rows = None if config.tables is None else config.tables.rows
    return [rows, *(written[name] for name in ("judge", "search", "minutes"))]


def _fix_jobs(config: BenchConfig) -> list[str]:
    return list(list_fixes(config))


def _fix_work(config: BenchConfig, job: str, folder: Path, cache: Path) -> Row:
    loaded, fix = list_fixes(config)[job]
    cache.mkdir(parents=True, exist_ok=True)
    journal = cache / f"fits-{content_of(loaded)[:16]}.db"
    return asdict(measure_fix(loaded, job.partition("/")[0], fix, journal))


def _fix_measured(config: BenchConfig, job: str) -> Any:
    return content_of(list_fixes(config)[job][0])


def _peer_jobs(config: BenchConfig) -> list[str]:
    for position, name in enumerate(config.peers.names):
        try:
            find_entry(name)
        except UsageError as error:
            place = config.place_of("peers", "names", position) or config.place_of("mode")
            raise ConfigError(error.code, error.values, place=place) from None
    wrong = next((name for name in config.families if name != PEERS_FAMILY), None)
    if wrong is not None:
        values = {"found": wrong, "allowed": [PEERS_FAMILY]}
        raise ConfigError("peers_family", values, place=config.place_of("families"))
    return [case.id for case in list_cases(config)]


def _peer_work(config: BenchConfig, job: str, folder: Path, cache: Path) -> Row:
    case = next(case for case in list_cases(config) if case.id == job)
    row = run_peers(
        case,
        folder,
        tables=config.tables_folder(),
        cache=cache,
        names=config.peers.names,
        seconds=config.peers.seconds,
        seeds=config.judge.seeds,
        full=config.judge.rule == "full",
    )
    return asdict(row)


def _peer_measured(config: BenchConfig, job: str) -> Any:
    written = config.written()
    rows = None if config.tables is None else config.tables.rows
    return [rows, *(written[name] for name in ("judge", "peers"))]


CASE_PARTS = ("cases", "damage", "families", "faults", "sane", "tables", "worlds")
"""Modules that decide what a case is."""

MODES: dict[str, Mode] = {
    "faults": Mode(_fault_jobs, _fault_work, _fault_measured, (*CASE_PARTS, "judge", "planted")),
    "fixes": Mode(_fix_jobs, _fix_work, _fix_measured, ("fixes",)),
    "peers": Mode(
        _peer_jobs,
        _peer_work,
        _peer_measured,
        (*CASE_PARTS, "judge", "peered", "peer_process", "peers"),
    ),
}
