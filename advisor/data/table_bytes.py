"""The bytes of a table's file, and in which encoding they are text."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from pathlib import Path
from typing import BinaryIO

from advisor.errors import DataError, Place
from advisor.spelling import nearest

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KANA_OR_KANJI = re.compile(r"[\u3041-\u30ff]|[\u4e00-\u9fff]{2}")


def open_table(path: Path) -> BinaryIO:
    """The bytes of a file, unzipped; read them through this only."""
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def bytes_of(path: Path, size: int = -1) -> bytes:
    """The first ``size`` of them, or all.

    Raises:
        DataError: it cannot be opened, or not be unzipped.
    """
    try:
        with open_table(path) as file:
            return file.read(size)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        values = {"path": str(path), "reason": str(error)}
        raise DataError("table_unreadable", values) from error
    except OSError as error:
        values = {"path": str(path), "reason": error.strerror or type(error).__name__}
        raise DataError("table_unreadable", values) from error


def encoding_of(head: bytes, given: str | None, path: Path) -> str:
    """The encoding to read a file with: the one that is given, that of its mark, else UTF-8.

    Args:
        head: the first bytes.
        given: by the person; None where they say nothing.
        path: for messages.

    Raises:
        DataError: nobody knows it.
    """
    marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if given is None:
        return marked or "utf-8"
    try:
        name = codecs.lookup(given).name
    except LookupError as error:
        known = ("utf-8", "utf-16", "cp932", "shift_jis", "euc_jp", "latin-1", "cp1252")
        values = {"path": str(path), "found": given, "allowed": ", ".join(known)}
        raise DataError("encoding_unknown", values, hint=nearest(given, known)) from error
    return "utf-8-sig" if name == "utf-8" else name


def wrong_encoding(path: Path, encoding: str) -> DataError:
    """The error that names the first byte which is not text in this encoding."""
    data = bytes_of(path)
    try:
        data.decode(encoding)
        position, end = 0, 1
    except UnicodeDecodeError as error:
        position, end = error.start, max(error.end, error.start + 1)
        if encoding == "utf-8-sig":  # the codec counts from behind the mark
            shift = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
            position, end = position + shift, end + shift
    except UnicodeError:
        position, end = 0, 1
    line = data.count(b"\n", 0, position) + 1
    values = {
        "path": str(path),
        "encoding": encoding.removesuffix("-sig"),
        "position": position,
        "byte": " ".join(f"0x{b:02X}" for b in data[position:end]),
        "line": line,
    }
    guess = _likely_encoding(data)
    return DataError("encoding_wrong", values, place=Place(str(path), line), hint=guess)


def _likely_encoding(data: bytes) -> str:
    for name in ("utf-8", "cp932", "euc_jp"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or _KANA_OR_KANJI.search(text):
            return name
    return "latin-1"
