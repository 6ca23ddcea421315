"""Which cases a bench asks: tables x families x faults x seeds, where they make sense."""

from __future__ import annotations

import hashlib
from pathlib import Path

from advisor.bench.cases import Case, applies, make_case
from advisor.bench.config import BenchConfig
from advisor.bench.faults import FAULTS, Kind
from advisor.bench.fixes import check_fix, fix_names
from advisor.bench.tables import find_table
from advisor.config.load import load_config
from advisor.config.run_config import RunConfig
from advisor.errors import ConfigError, DataError
from advisor.spelling import nearest

HEALTHY_SHARE = 0.3
"""Of all cases of the mode faults, at least: else it rewards whoever always cries fault."""


def list_cases(config: BenchConfig) -> list[Case]:
    """The cases of a bench.

    Raises:
        ConfigError: a table is not known, no case is left, or fewer than HEALTHY_SHARE are healthy.
    """
    folder = config.tables_folder()
    tables = config.tables
    found = []
    for position, name in enumerate([] if tables is None else tables.names):
        try:
            entry = find_table(name, folder)
        except DataError as error:
            unknown = error.code == "bench_table_unknown"
            keys = ("names", position) if unknown else ("folder",)
            place = config.place_of("tables", *keys)
            raise ConfigError(error.code, error.values, place=place, hint=error.hint) from None
        for family in config.families:
            for fault in config.faults:
                if not applies(fault, family, entry):
                    continue
                healthy = FAULTS[fault].kind is Kind.HEALTHY
                seeds = config.healthy_seeds if healthy else config.seeds
                rows = None if tables is None else tables.rows
                found += [make_case(name, fault, family, seed, rows) for seed in range(seeds)]
    _check(config, found)
    # in an order of chance, so that what is measured when a bench is stopped speaks for all of it
    return sorted(found, key=lambda case: hashlib.sha256(case.id.encode()).digest())


def _check(config: BenchConfig, cases: list[Case]) -> None:
    place = config.place_of("faults")
    if not cases:
        raise ConfigError("bench_no_case", {}, place=place)
    healthy = sum(case.healthy for case in cases)
    if config.mode == "faults" and healthy < HEALTHY_SHARE * len(cases):
        values = {"healthy": healthy, "cases": len(cases), "share": HEALTHY_SHARE}
        raise ConfigError("bench_too_few_healthy", values, place=place)


def list_fixes(config: BenchConfig) -> dict[str, tuple[RunConfig, str]]:
    """Job -> (the person's config, the fix), of mode ``fixes``; a config's fixes stand together.

    Raises:
        ConfigError: a config cannot be read, or a family has no such fix.
    """
    found: dict[str, tuple[RunConfig, str]] = {}
    for number, path in enumerate(config.configs):
        loaded = load_config(config.folder / Path(path).expanduser())
        name = Path(path).stem
        taken = {job.partition("/")[0] for job in found}
        name = name if name not in taken else f"{name}-{number + 1}"
        for position, fix in enumerate(config.fixes):
            try:
                check_fix(loaded.model, fix)
            except ConfigError as error:
                error.place = config.place_of("fixes", position)
                error.hint = nearest(fix, fix_names(loaded.model))
                raise
            found[f"{name}/{fix}"] = (loaded, fix)
    return found
