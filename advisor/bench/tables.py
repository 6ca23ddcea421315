"""The tables a bench runs on: synthetic worlds, scikit-learn's own, and a folder of real ones.

A folder holds a ``manifest.json``: a list of mappings with ``name``, ``file``, ``target``, ``task``
and, where there are any, ``exclude_from_features``, ``group_column``, ``time_column``, ``rows`` and
``set``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from advisor.bench.worlds import TARGET, WORLDS
from advisor.data.dataset import BUILTIN, builtin_table
from advisor.data.tables import read_table
from advisor.errors import DataError
from advisor.spelling import nearest
from advisor.types import Task

MANIFEST = "manifest.json"
SMALLEST_CLASS = 20
"""Classes with fewer rows than this, after sampling, are left out: no fold could hold them."""

BUILTIN_TASKS = {
    "breast_cancer": (Task.BINARY, 569),
    "diabetes": (Task.REGRESSION, 442),
    "digits": (Task.MULTICLASS, 1797),
    "iris": (Task.MULTICLASS, 150),
    "wine": (Task.MULTICLASS, 178),
}
assert set(BUILTIN_TASKS) == set(BUILTIN)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a table before it is read; ``rows`` before any sampling."""

    name: str
    task: Task
    target: str
    rows: int
    file: Path | None = None
    drop: tuple[str, ...] = ()
    groups: str | None = None
    time: str | None = None
    learnable: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of one table and the roles of its columns."""

    entry: Entry
    frame: pd.DataFrame


def known_tables(folder: Path | None) -> dict[str, Entry]:
    """Every table by name: worlds, scikit-learn's own, and those of the folder.

    Raises:
        DataError: ``bench_no_manifest``, ``bench_manifest`` when the folder cannot be used.
    """
    found = {
        name: Entry(name, world.task, TARGET, world.rows, learnable=world.learnable)
        for name, world in WORLDS.items()
    }
    found |= {
        name: Entry(name, task, "target", rows) for name, (task, rows) in BUILTIN_TASKS.items()
    }
    return found if folder is None else found | _of_folder(folder)


@cache
def _of_folder(folder: Path) -> dict[str, Entry]:
    file = folder / MANIFEST
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        code = "bench_no_manifest" if isinstance(error, OSError) else "bench_manifest"
        values = {"path": str(file), "problem": str(error)}
        raise DataError(code, values) from error
    if not isinstance(given, list):
        raise DataError("bench_manifest", {"path": str(file), "problem": type(given).__name__})
    return {entry.name: entry for entry in (_entry(folder, one) for one in given)}


def _entry(folder: Path, one: Mapping[str, Any]) -> Entry:
    try:
        return Entry(
            name=str(one["name"]),
            task=Task(one["task"]),
            target=str(one["target"]),
            rows=int(one["rows"]),
            file=folder / one["file"],
            drop=tuple(one.get("exclude_from_features") or ()),
            groups=one.get("group_column"),
            time=one.get("time_column"),
        )
    except (KeyError, ValueError, TypeError) as error:
        name = one.get("name") if isinstance(one, Mapping) else one
        values = {"path": str(folder / MANIFEST), "problem": f"{name}: {error!r}"}
        raise DataError("bench_manifest", values) from error


def find_table(name: str, folder: Path | None) -> Entry:
    """The table of this name.

    Raises:
        DataError: ``bench_table_unknown``, with the nearest name.
    """
    known = known_tables(folder)
    if name not in known:
        values = {"found": name, "allowed": sorted(known)}
        raise DataError("bench_table_unknown", values, hint=nearest(name, sorted(known)))
    return known[name]


def read(name: str, folder: Path | None, rows: int | None, seed: int) -> Table:
    """The table, at most ``rows`` rows of it, the columns that must not be features left out.

    Rows are sampled class by class; of a table with groups whole groups are taken.  Classes with
    fewer than SMALLEST_CLASS rows are left out.
    """
    entry = find_table(name, folder)
    if name in WORLDS:
        size = min(rows or WORLDS[name].rows, WORLDS[name].rows)
        return Table(entry, WORLDS[name].table(size, seed))
    if entry.file is None:
        frame = builtin_table(name)
    else:
        frame = read_table(entry.file, None, None)
        kept = {entry.groups, entry.time}
        frame = frame.drop(columns=[c for c in entry.drop if c not in kept])
    frame = frame[frame[entry.target].notna()]
    frame = _sampled(frame, entry, rows, np.random.default_rng([seed, 7]))
    if entry.task.is_classification:
        counts = frame[entry.target].value_counts()
        frame = frame[frame[entry.target].isin(counts.index[counts >= SMALLEST_CLASS])]
    return Table(entry, frame.reset_index(drop=True))


def _sampled(
    frame: pd.DataFrame, entry: Entry, rows: int | None, rng: np.random.Generator
) -> pd.DataFrame:
    if rows is None or len(frame) <= rows:
        return frame
    order = rng.permutation(len(frame))
    if entry.groups is not None:
        groups = frame[entry.groups].to_numpy()
        place = pd.Series(rng.permutation(frame[entry.groups].nunique()))
        rank = place.to_numpy()[pd.factorize(groups)[0]]
        return frame.iloc[np.sort(np.argsort(rank, kind="stable")[:rows])]
    if not entry.task.is_classification:
        return frame.iloc[np.sort(order[:rows])]
    labels = frame[entry.target].iloc[order]
    # the share of its class that stands before each row: the smallest shares keep all proportions
    share = labels.groupby(labels).cumcount() / labels.groupby(labels).transform("size")
    kept = order[np.argsort(share.to_numpy(), kind="stable")[:rows]]
    return frame.iloc[np.sort(kept)]
