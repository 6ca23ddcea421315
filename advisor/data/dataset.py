"""From files and roles to one Dataset: what every row and every column is for.

``load`` reads what the config names and hands the tables to ``build``, which decides: rows
without a target are left out, some rows may be locked away as a test part, every column without
another role becomes a feature.  What was noticed on the way (``noticed.py``) goes with the Dataset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn import datasets as sklearn_datasets

from advisor.data import noticed
from advisor.data.columns import decide, encode, shown
from advisor.data.columns_file import columns_to_json
from advisor.data.content import fingerprint, plain_arrays, row_keys, twin_codes
from advisor.data.locking import Test, alike_rows, locked_rows
from advisor.data.new_rows import with_all_numbers
from advisor.data.roles import (
    Part,
    PlaceOf,
    Roles,
    blamed,
    check_enough,
    main_part,
    more_part,
    read_beside,
)
from advisor.data.tables import read_table
from advisor.data.targets import Target, encode_target, read_target
from advisor.errors import DataError, Place
from advisor.types import Column, Dataset, Finding, Floats, Ints, Task

if TYPE_CHECKING:
    from advisor.config.run_config import RunConfig

BUILTIN = ("digits", "iris", "wine", "breast_cancer", "diabetes")
UNUSABLE_TARGET = ("target_constant", "target_infinite", "target_is_date")
"""What is wrong with a target whatever the task."""


def load(config: RunConfig, frame: pd.DataFrame | None = None) -> Dataset:
    """The Dataset a run works on.

    Args:
        config: ``config.data`` names files or a built-in set, and the roles.
        frame: the table itself, instead of ``data.path``.

    Raises:
        DataError: something about the files or their content; it names what and where.
    """
    data = config.data

    def place_of(key: str) -> Place | None:
        return config.place_of("data", key)

    def read(key: str, paths: str | Sequence[str]) -> pd.DataFrame:
        with blamed(place_of(key)):
            names = [paths] if isinstance(paths, str) else paths
            return _stacked([config.resolve(p) for p in names], data.encoding, data.separator)

    target = data.target
    if frame is not None:
        pass
    elif data.path is not None:
        frame = read("path", data.path)
    elif data.builtin is not None:
        with blamed(place_of("builtin")):
            frame = builtin_table(data.builtin)
        target = target or "target"
    else:
        raise DataError("data_missing", place=place_of("path"))
    if target is None:
        allowed = shown([str(name) for name in frame.columns])
        raise DataError("target_not_named", {"allowed": allowed}, place=place_of("target"))
    roles = Roles(
        target=target,
        drop=tuple(data.drop),
        categorical=tuple(data.categorical),
        groups=data.groups,
        time=data.time,
        weight=data.weight,
    )
    return build(
        frame,
        roles,
        task=data.task,
        pool=None if data.pool is None else read("pool", data.pool),
        test=read("test", data.test) if isinstance(data.test, str) else data.test,
        folds=config.search.folds,
        place_of=place_of,
    )


def builtin_table(name: str) -> pd.DataFrame:
    """A small data set that comes with scikit-learn; its target column is ``target``.

    Raises:
        DataError: there is none of this name.
    """
    if name not in BUILTIN:
        raise DataError("builtin_unknown", {"found": name, "allowed": ", ".join(BUILTIN)})
    bunch = getattr(sklearn_datasets, f"load_{name}")(as_frame=True)
    table: pd.DataFrame = bunch.frame
    if name in ("digits", "diabetes"):
        return table
    labels = np.asarray(bunch.target_names).astype(str)
    return table.assign(target=labels[table["target"].to_numpy()])


def _stacked(paths: Sequence[Path], encoding: str | None, separator: str | None) -> pd.DataFrame:
    tables = [read_table(path, encoding, separator) for path in paths]
    for path, table in zip(paths[1:], tables[1:], strict=True):
        differ = sorted(set(map(str, tables[0].columns)) ^ set(map(str, table.columns)))
        if differ:
            values = {"path": str(path), "first": str(paths[0]), "columns": ", ".join(differ)}
            raise DataError("tables_differ", values)
    return tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)


def build(
    frame: pd.DataFrame,
    roles: Roles,
    *,
    task: Task | None = None,
    pool: pd.DataFrame | None = None,
    test: Test = None,
    folds: int = 5,
    place_of: PlaceOf = lambda key: None,
) -> Dataset:
    """One Dataset from a table (and a pool and a test table) and the roles of its columns.

    Its rows are those of ``frame`` with a target, then those of the pool, then those of the test
    table, each in their order.

    Args:
        frame: (n, c) the table the model is trained on today.
        task: guessed from the target when None.
        pool: further labelled rows, with the same columns.
        test: a table; a share of the rows of ``frame`` (up to .5); None for 20 % from 5,000 rows
            on (20,000 at most); False for none.
        folds: of the search; groups, points in time and classes are checked against it.
        place_of: line of the config for a key of ``data``, for the errors.

    Raises:
        DataError: a role names no column, or the content cannot be used; see the sentences.
    """
    main = main_part(frame, roles, place_of)
    features = [name for name in main.table.columns if name not in roles.not_features]
    parts = [main]
    if pool is not None:
        parts.append(more_part("pool", pool, roles, features, place_of))
    if isinstance(test, pd.DataFrame):
        parts.append(more_part("test", test, roles, features, place_of))

    target = _target(parts, roles, task, place_of)
    beside = read_beside(parts, roles, place_of)

    def enough(rows: Ints) -> None:
        check_enough(rows, target, beside, folds=folds, place_of=place_of)

    enough(np.arange(main.size))
    free = beside.groups is None and beside.time is None
    alike = alike_rows(main, features, target.values[: main.size]) if free else None
    locked = locked_rows(main.size, target, beside, test, alike, enough, place_of)
    train = np.setdiff1d(np.arange(main.size), locked)
    of_part = _positions(parts)
    X, columns = _features(parts, features, roles, train, place_of)
    weight = _mean_one(beside.weight, train, roles, place_of)
    noticed_columns = noticed.about_columns(X.iloc[train], columns)
    _refuse_idle(noticed_columns, columns, place_of)
    rows = {
        "train": train,
        "pool": of_part.get("pool", locked[:0]),
        "test": of_part.get("test", locked),
    }
    findings = [
        noticed.about_rows(parts),
        *noticed_columns,
        noticed.about_duplicates(X.iloc[: main.size], target.values[: main.size], alike),
        noticed.about_classes(target, train, folds),
        noticed.about_target(roles.target, target),
        noticed.about_spelling(roles.target, target, columns),
        noticed.about_extra_columns(parts, roles.not_features | set(features)),
    ]
    header = [asdict(roles), target.task, target.classes, columns_to_json(columns), main.size]
    arrays = [*plain_arrays(X), target.values, beside.groups, beside.time, weight, *rows.values()]
    return Dataset(
        X=X,
        y=target.values,
        task=target.task,
        classes=target.classes,
        target=roles.target,
        columns=columns,
        **rows,
        groups=beside.groups,
        time=beside.time,
        weight=weight,
        fingerprint=fingerprint(header, arrays),
        findings=tuple(sorted(findings, key=lambda finding: finding.code)),
        twins=None if alike is None else twin_codes(row_keys(X, target.values)),
    )


def _target(parts: Sequence[Part], roles: Roles, task: Task | None, place_of: PlaceOf) -> Target:
    """The target over all parts; the classes are those of the first."""
    try:
        first = read_target(parts[0].usable(roles.target), task)
    except DataError as error:
        to_blame = "task" if task and error.code not in UNUSABLE_TARGET else "target"
        error.place = place_of(to_blame)
        raise
    values = [first.values]
    for part in parts[1:]:
        with blamed(place_of(part.key)):
            own, of_main = part.usable(roles.target), parts[0].usable(roles.target)
            more = encode_target(own, first.classes, first.task, of_main)
            values.append(more)
    return replace(first, values=np.concatenate(values))


def _positions(parts: Sequence[Part]) -> dict[str, Ints]:
    """Rows of the Dataset that came from each part, by its key."""
    ends = np.cumsum([part.size for part in parts])
    return {p.key: np.arange(end - p.size, end) for p, end in zip(parts, ends, strict=True)}


def _features(
    parts: Sequence[Part], features: Sequence[str], roles: Roles, train: Ints, place_of: PlaceOf
) -> tuple[pd.DataFrame, tuple[Column, ...]]:
    """The (n, p) encoded features of all parts; categories are those of training rows and pool."""
    main = parts[0]
    pools = [p.table[features].iloc[p.rows] for p in parts[1:] if p.key == "pool"]
    with blamed(place_of("path")):
        columns = decide(
            main.table[features], categorical=roles.categorical, rows=main.rows[train], more=pools
        )
        tables = [part.table.iloc[part.rows] for part in parts]
        columns = with_all_numbers(columns, main.table.iloc[main.rows[train]], tables)
    encoded = []
    for part in parts:
        with blamed(place_of(part.key)):
            X = encode(part.table, columns)
        encoded.append(X if len(X) == part.size else X.iloc[part.rows])
    X = encoded[0] if len(encoded) == 1 else pd.concat(encoded)
    return X.set_axis(pd.RangeIndex(len(X)), axis=0), columns


def _refuse_idle(findings: Sequence[Finding], columns: Sequence[Column], place_of: PlaceOf) -> None:
    """Raises DataError when every column is empty (D02) or constant (D03)."""
    idle = sum(f.evidence["count"] for f in findings if f.code in ("D02", "D03"))
    if idle == len(columns):
        values = {"columns": shown([c.name for c in columns])}
        raise DataError("nothing_to_learn", values, place=place_of("path"))


def _mean_one(weight: Floats | None, train: Ints, roles: Roles, place_of: PlaceOf) -> Floats | None:
    if weight is None:
        return None
    mean = float(weight[train].mean())
    if not mean > 0:
        raise DataError("weight_zero", {"column": roles.weight}, place=place_of("weight"))
    return weight / mean
