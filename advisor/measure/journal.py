"""What has been measured already, on disk.

One row per finished fit, written in one transaction the moment the fit is done: a process killed at
any time loses at most the fits that were still running.  SQLite by default; any SQLAlchemy URL.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from advisor.errors import UsageError
from advisor.measurements import Curve, Fit, Inside

LONGEST_WAIT, WAIT = 30, 0.02  # seconds for another process that writes, and between two tries
FORMAT = 3  # raise when a fit's meaning changes, so that old rows are not taken for new ones

_tables = sa.MetaData()
_fits = sa.Table(
    "advisor_fits",
    _tables,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("rounds", sa.Integer),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("failure", sa.String(64)),
    sa.Column("pred", sa.LargeBinary, nullable=False),
    sa.Column("curve", sa.LargeBinary),
)


def fit_key(*parts: object) -> str:
    """sha256 over everything a fit is a function of, hex."""
    text = json.dumps([FORMAT, *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Journal:
    """Finished fits by key.

    Args:
        url: SQLAlchemy URL, or the path of an SQLite file.

    Raises:
        UsageError: ``journal_unreachable`` when the database cannot be opened.
    """

    def __init__(self, url: str | Path) -> None:
        text = f"sqlite:///{url}" if isinstance(url, Path) or "://" not in url else url
        try:
            self._engine = sa.create_engine(text)
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", _for_one_writer)
            with self._engine.begin() as connection:
                connection.execute(sa.schema.CreateTable(_fits, if_not_exists=True))
        except (sa.exc.SQLAlchemyError, ModuleNotFoundError, ImportError) as error:
            values = {"url": _without_password(text), "reason": str(error).splitlines()[0]}
            raise UsageError("journal_unreachable", values) from error

    def get(self, key: str) -> Fit | None:
        """The fit stored under ``key``, exactly as it was put."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_fits).where(_fits.c.key == key)).first()
        if row is None:
            return None
        curve, inside = _seen(row.curve)
        return Fit(_unpack(row.pred)[0], row.rounds, row.seconds, curve, row.failure, inside)

    def put(self, key: str, fit: Fit) -> None:
        """Store a finished fit; one that is there already is replaced."""
        curve = fit.curve
        values = {
            "key": key,
            "rounds": fit.rounds,
            "seconds": fit.seconds,
            "failure": fit.failure,
            "pred": _pack(fit.pred),
            "curve": None if curve is None else _pack(*_arrays(curve), *_arrays(fit.inside)),
        }
        with self._engine.begin() as connection:
            connection.execute(_upsert(self._engine.dialect.name, values))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _without_password(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return url.partition("://")[0]


def _upsert(dialect: str, values: dict[str, Any]) -> sa.Executable:
    """Insert or replace in one statement (two processes may share a journal)."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(_fits).values(**values)
    changes = {name: value for name, value in values.items() if name != "key"}
    return statement.on_conflict_do_update(index_elements=["key"], set_=changes)


def _write_ahead(cursor: Any) -> None:
    """Turn the log on; SQLite does not wait here for another process that does the same."""
    until = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(WAIT)


def _for_one_writer(connection: Any, _: object) -> None:
    """Write-ahead log: atomic, and a commit costs no flush of the whole file."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={1000 * LONGEST_WAIT}")  # first: the next one may wait
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _arrays(seen: Curve | Inside | None) -> tuple[np.ndarray[Any, Any], ...]:
    """What a curve is made of, in the order of its fields."""
    return () if seen is None else tuple(getattr(seen, part.name) for part in fields(seen))


def _seen(stored: bytes | None) -> tuple[Curve | None, Inside | None]:
    """A curve and, behind it, what was seen inside of a net."""
    if stored is None:
        return None, None
    arrays, own = _unpack(stored), len(fields(Curve))
    return Curve(*arrays[:own]), Inside(*arrays[own:]) if len(arrays) > own else None


def _pack(*arrays: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    for array in arrays:
        np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _unpack(data: bytes) -> list[np.ndarray[Any, Any]]:
    buffer = io.BytesIO(data)
    arrays = []
    while buffer.tell() < len(data):
        arrays.append(np.load(buffer, allow_pickle=False))
    return arrays
