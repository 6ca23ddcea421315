"""Reading a table from a file: CSV, TSV (both also gzipped) and Parquet.

pandas is fast and forgiving; what it forgives in silence (repeated column names, rows that are
too short or too long, a wrong encoding) is found here and named with its line.  Nothing is
converted beyond what the C parser infers: deciding what a column *means* is ``columns.py``.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import warnings
import zlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from advisor.data.table_bytes import bytes_of, encoding_of, open_table, wrong_encoding
from advisor.errors import DataError, Place
from advisor.spelling import nearest

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
PARQUET_SUFFIXES = (".parquet", ".pq")
SEPARATORS = (",", ";", "\t", "|")

MISSING = ("", "?", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "<NA>", "#N/A")
"""Texts read as a missing value.  Not ``None``: it is an ordinary category in many tables."""

HEAD_BYTES = 1 << 16
_DECIMAL_COMMA = re.compile(r"(?:^|;)-?\d+,\d+(?=;|\r?$)", re.MULTILINE)
_DECIMAL_POINT = re.compile(r"(?:^|;)-?\d+\.\d+(?=;|\r?$)", re.MULTILINE)
_QUOTE_OPEN = re.compile(r"EOF inside string starting at row (\d+)")
_RAGGED = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")


def read_table(
    path: str | Path, encoding: str | None = None, separator: str | None = None
) -> pd.DataFrame:
    """The table in a file, rows numbered from 0, at least one row and one column.

    Args:
        path: ``.csv``, ``.tsv``, ``.txt`` (each also ``.gz``), ``.parquet`` or ``.pq``.
        encoding: of a text file; UTF-8 (with or without byte order mark) when None.
        separator: one character; found from the header line when None.

    Raises:
        DataError: the file is absent, empty, not what its name says, or not a table.
    """
    path = Path(path)
    name = path.name.lower()
    if path.is_dir():
        raise DataError("table_is_folder", {"path": str(path)})
    if not path.exists():
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        hint = nearest(path.name, (p.name for p in siblings if p.is_file()))
        raise DataError("table_missing", {"path": str(path)}, hint=hint)
    if name.endswith(PARQUET_SUFFIXES):
        table = _read_parquet(path)
    elif name.endswith(TEXT_SUFFIXES):
        table = _read_text(path, encoding, separator)
    else:
        allowed = ", ".join(TEXT_SUFFIXES + PARQUET_SUFFIXES)
        found = "".join(path.suffixes[-2:]) or path.name
        raise DataError("table_unknown", {"path": str(path), "found": found, "allowed": allowed})
    if table.shape[1] == 0:
        raise DataError("table_empty", {"path": str(path)})
    if len(table) == 0:
        raise DataError("table_no_rows", {"path": str(path), "columns": table.shape[1]})
    return table


def read_whatever(path: str | Path) -> tuple[pd.DataFrame, str | None]:
    """The table in a file, and the encoding it seems to have, None where it is UTF-8.

    Raises:
        DataError: as ``read_table``.
    """
    try:
        return read_table(path), None
    except DataError as error:
        if error.code != "encoding_wrong" or error.hint is None:
            raise
        return read_table(path, error.hint), error.hint


def _read_parquet(path: Path) -> pd.DataFrame:
    if path.stat().st_size == 0:
        raise DataError("table_empty", {"path": str(path)})
    try:
        table = pd.read_parquet(path)
    except ImportError as error:
        raise DataError(
            "parquet_needs_pyarrow",
            {"path": str(path), "command": 'pip install "advisor[parquet]"'},
        ) from error
    except (ValueError, OSError, NotImplementedError, TypeError) as error:
        first_line = str(error).split("\n", 1)[0]
        raise DataError("table_unreadable", {"path": str(path), "reason": first_line}) from error
    _refuse_repeated([str(c) for c in table.columns], path)
    named_index = any(n is not None for n in table.index.names)
    return table.reset_index(drop=not named_index)


def _refuse_repeated(names: list[str], path: Path) -> None:
    repeated = sorted({n for n in names if n and names.count(n) > 1})
    if repeated:
        values = {"columns": ", ".join(repeated)}
        raise DataError("column_duplicate", values, place=Place(str(path), 1))


def _sniff_separator(header: str, path: Path) -> str:
    """The separator that stands most often outside quotes in the header line."""
    if path.name.lower().endswith((".tsv", ".tsv.gz")):
        return "\t"
    bare = re.sub(r'"[^"]*"', "", header)
    best = max(SEPARATORS, key=bare.count)
    return best if bare.count(best) else ","


def _read_text(path: Path, encoding: str | None, separator: str | None) -> pd.DataFrame:
    size = HEAD_BYTES
    head = bytes_of(path, size)
    while head.count(b"\n") < 2 and len(head) == size:  # a header of thousands of columns
        size *= 4
        head = bytes_of(path, size)
    if not head.strip():
        raise DataError("table_empty", {"path": str(path)})
    encoding = encoding_of(head, encoding, path)
    if b"\0" in head and not encoding.startswith(("utf-16", "utf-32")):
        allowed = ", ".join(TEXT_SUFFIXES + PARQUET_SUFFIXES)
        raise DataError("table_binary", {"path": str(path), "allowed": allowed})
    if separator is not None and len(separator) != 1:
        allowed = ", ".join(repr(s) for s in SEPARATORS)
        raise DataError("separator_wrong", {"found": repr(separator), "allowed": allowed})
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeError as error:
        raise wrong_encoding(path, encoding) from error
    if not text.strip("\ufeff \t\r\n"):
        raise DataError("table_empty", {"path": str(path)})
    separator = separator or _sniff_separator(text.lstrip("\r\n").split("\n", 1)[0], path)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = list(_first(records, 2))
    except csv.Error as error:
        values = {"path": str(path), "reason": str(error)}
        raise DataError("table_unreadable", values) from error
    header = [name.strip() for name in rows[0]]
    _refuse_repeated(header, path)
    if len(rows) > 1 and len(rows[1]) > len(header):
        raise _ragged(path, records.line_num, len(rows[1]), len(header))
    table = _parse(path, encoding, separator, text)
    _refuse_short_rows(path, encoding, separator, table)
    return table


def _first(records: Iterable[list[str]], count: int) -> Iterable[list[str]]:
    """The first non-blank records, as many as asked for."""
    for row in records:
        if row:
            yield row
            count -= 1
            if not count:
                return


def _ragged(path: Path, line: int, found: int, expected: int) -> DataError:
    values = {"path": str(path), "line": line, "found": found, "expected": expected}
    return DataError("row_ragged", values, place=Place(str(path), line))


def _parse(path: Path, encoding: str, separator: str, head: str) -> pd.DataFrame:
    comma = (
        separator == ";" and bool(_DECIMAL_COMMA.search(head)) and not _DECIMAL_POINT.search(head)
    )
    try:
        with warnings.catch_warnings(), open_table(path) as file:
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                file,
                sep=separator,
                encoding=encoding,
                decimal="," if comma else ".",
                keep_default_na=False,
                na_values=list(MISSING),
                skipinitialspace=True,
                low_memory=False,  # one dtype per column, whatever the chunk borders
            )
    except UnicodeError as error:
        raise wrong_encoding(path, encoding) from error
    except pd.errors.EmptyDataError as error:
        raise DataError("table_empty", {"path": str(path)}) from error
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        ragged = _RAGGED.search(str(error))
        if ragged:
            expected, line, found = (int(n) for n in ragged.groups())
            raise _ragged(path, line, found, expected) from error
        if opened := _QUOTE_OPEN.search(str(error)):
            line = int(opened.group(1)) + 1
            raise DataError(
                "quote_open", {"path": str(path), "line": line}, place=Place(str(path), line)
            ) from error
        values = {"path": str(path), "reason": str(error).strip()}
        raise DataError("table_unreadable", values) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        values = {"path": str(path), "reason": str(error)}
        raise DataError("table_unreadable", values) from error


def _refuse_short_rows(path: Path, encoding: str, separator: str, table: pd.DataFrame) -> None:
    """pandas fills rows that are too short with missing values; here they are an error.

    A short row leaves the last column empty and a separator too few in the file, so most files
    are cleared by one look at one column, or by counting separators where nothing is quoted.
    """
    width = table.shape[1]
    if width < 2 or not table.iloc[:, -1].isna().any():
        return
    data = bytes_of(path)
    separators = data.count(separator.encode(encoding.removesuffix("-sig"))[-1:])
    if separators == (width - 1) * (len(table) + 1) and b'"' not in data:
        return
    records = csv.reader(
        io.StringIO(data.decode(encoding), newline=""),
        delimiter=separator,
        skipinitialspace=True,
    )
    try:
        for row in records:
            if any(row) and len(row) < width:
                raise _ragged(path, records.line_num, len(row), width)
    except csv.Error:  # a field longer than csv can hold; pandas has read it, so let it be
        return
