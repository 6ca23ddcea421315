"""The journal gives back exactly what was put, whoever writes beside it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from advisor.errors import UsageError
from advisor.measure.journal import Journal, _write_ahead, fit_key
from advisor.measurements import Curve, Fit, Inside

FLOATS = hnp.arrays(np.float32, hnp.array_shapes(min_dims=1, max_dims=2, max_side=5))
LOSSES = hnp.arrays(np.float64, 4)


def same(a: Fit, b: Fit) -> bool:
    """Equal to the last bit, types included."""
    numbers = (a.rounds, a.seconds, a.failure) == (b.rounds, b.seconds, b.failure)
    arrays = [(a.pred, b.pred)]
    if (a.curve is None) != (b.curve is None):
        return False
    if a.curve is not None and b.curve is not None:
        arrays += [
            (a.curve.rounds, b.curve.rounds),
            (a.curve.train, b.curve.train),
            (a.curve.valid, b.curve.valid),
        ]
    if (a.inside is None) != (b.inside is None):
        return False
    if a.inside is not None:
        arrays += [(getattr(a.inside, f.name), getattr(b.inside, f.name)) for f in fields(a.inside)]
    return numbers and all(
        x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes() for x, y in arrays
    )


@given(
    pred=FLOATS,
    rounds=st.none() | st.integers(1, 10**6),
    seconds=st.floats(0, 1e6),
    losses=st.none() | st.tuples(LOSSES, LOSSES),
    failure=st.none() | st.sampled_from(["diverged", "out_of_memory"]),
    deep=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_a_fit_comes_back_exactly_as_it_was_put(
    tmp_path_factory: pytest.TempPathFactory,
    pred: np.ndarray,
    rounds: int | None,
    seconds: float,
    losses: tuple[np.ndarray, np.ndarray] | None,
    failure: str | None,
    deep: bool,
) -> None:
    curve = None if losses is None else Curve(np.arange(1, 5, dtype=np.int64), *losses)
    parts = (np.arange(1, 3), np.ones((2, 3)), np.full((2, 3), np.nan), *np.zeros((2, 2, 2)))
    inside = Inside(*parts) if deep and curve is not None else None
    fit = Fit(pred, rounds, seconds, curve, failure, inside)
    file = tmp_path_factory.mktemp("journal") / "journal.sqlite"
    journal = Journal(file)
    journal.put("k", fit)
    journal.close()
    again = Journal(file)
    found = again.get("k")
    again.close()
    assert found is not None
    assert same(found, fit)


def fit_with(value: float) -> Fit:
    return Fit(np.full(3, value, dtype=np.float32), 7, 0.5)


def test_a_key_that_was_never_put_is_none(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    assert journal.get("nothing") is None
    journal.close()


def test_a_fit_that_is_put_again_is_replaced(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "j.sqlite"))
    journal.put("k", fit_with(1.0))
    curve = Curve(np.array([1]), np.array([0.5]), np.array([0.6]))
    fresh = Fit(np.zeros(2, dtype=np.float32), None, 0.1, curve)
    journal.put("k", fresh)
    found = journal.get("k")
    journal.close()
    assert found is not None
    assert same(found, fresh)


def test_an_sqlalchemy_url_is_taken(tmp_path: Path) -> None:
    journal = Journal(f"sqlite:///{tmp_path / 'url.sqlite'}")
    journal.put("k", fit_with(2.0))
    journal.close()
    assert (tmp_path / "url.sqlite").is_file()


WRITER = """
import sys
import numpy as np
from advisor.measure.journal import Journal, _write_ahead
from advisor.measurements import Fit
file, name = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
journal = Journal(file)
for i in range(60):
    for key in (f"{name}-{i}", f"shared-{i}"):
        journal.put(key, Fit(np.full(200, i, dtype=np.float32), i + 1, 0.0))
journal.close()
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    file = tmp_path / "j.sqlite"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    for writer in writers:  # both wait before they open the file: it is made at once, too
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
    journal = Journal(file)
    for i in range(60):
        for name in ("a", "b", "shared"):
            found = journal.get(f"{name}-{i}")
            assert found is not None
            assert (found.pred == i).all()
    journal.close()


class _Busy:
    """A cursor of SQLite that is told twice that another process turns the log on."""

    def __init__(self) -> None:
        self.asked = 0

    def execute(self, statement: str) -> None:
        self.asked += 1
        if self.asked <= 2:
            raise sqlite3.OperationalError("database is locked")


def test_another_process_that_opens_the_journal_is_waited_for() -> None:
    cursor = _Busy()
    _write_ahead(cursor)
    assert cursor.asked == 3


@pytest.mark.parametrize("url", ["nonsense://host/db", "sqlite:////no/such/folder/j.sqlite", "://"])
def test_a_database_that_cannot_be_opened_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError) as error:
        Journal(url)
    assert error.value.code == "journal_unreachable"
    assert error.value.values["reason"]


def test_a_file_that_is_no_database_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "j.sqlite"
    file.write_text("this is not a database, and long enough to be read as a broken one " * 20)
    with pytest.raises(UsageError) as error:
        Journal(file)
    assert error.value.code == "journal_unreachable"


def test_an_error_does_not_show_the_password() -> None:
    with pytest.raises(UsageError) as error:
        Journal("nonsense://me:secret@host/db")
    assert "secret" not in str(error.value)
    assert "host" in str(error.value)


def test_a_key_depends_on_every_part_and_on_nothing_else() -> None:
    parts = ("fingerprint", "lightgbm", "4.7", "log_loss", "{}", "digest")
    assert fit_key(*parts) == fit_key(*parts)
    assert len(fit_key(*parts)) == 64
    others = {fit_key(*parts[:i], "other", *parts[i + 1 :]) for i in range(len(parts))}
    assert len(others | {fit_key(*parts)}) == len(parts) + 1
