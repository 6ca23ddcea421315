"""Dates as days since 1970-01-01 UTC, from datetime columns and from text with the year first.

Text is 2024-01-31, 2024/1/31 or 2024-01, with or without a time and a zone: never 01/02/2024,
which is read differently in different countries.  Any year from 1 to 9999 can be read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.types import Floats

MICROSECONDS_PER_DAY = 86_400_000_000
_DATE = re.compile(
    r"(\d{4})([-/])(\d{1,2})(?:\2(\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(Z|([+-])(\d{2}):?(\d{2}))?)?)?",
    re.ASCII,
)
_TO_MICROSECONDS = len("MM:SS.ffffff")


def is_date(text: str) -> bool:
    """Whether a text has the form of a date (2024-13-45 has it too)."""
    return _DATE.fullmatch(text) is not None


def days_of_texts(names: Sequence[str]) -> Floats:
    """(k,) days since 1970-01-01 UTC of dates as text, year first; NaN where a text is none."""
    matches = [_DATE.fullmatch(name) for name in names]
    plain = [_iso(match) if match else "NaT" for match in matches]
    ahead = np.array([_minutes_ahead(match) if match else 0 for match in matches], dtype=np.int64)
    try:
        stamps = np.array(plain, dtype="datetime64[us]")
    except ValueError:  # a 13th month among them
        stamps = np.array([_stamp(text) for text in plain], dtype="datetime64[us]")
    return _days_of(stamps - ahead.astype("timedelta64[m]"))


def days_of_stamps(stamps: pd.Series) -> Floats:
    """(n,) days since 1970-01-01 UTC of a datetime column; without a zone it is taken as UTC."""
    if getattr(stamps.dtype, "tz", None) is not None:
        stamps = stamps.dt.tz_convert("UTC").dt.tz_localize(None)
    return _days_of(stamps.to_numpy().astype("datetime64[us]"))  # nanoseconds would end in 2262


def _days_of(stamps: NDArray[Any]) -> Floats:
    days = stamps.astype(np.int64) / MICROSECONDS_PER_DAY
    return np.where(np.isnat(stamps), np.nan, days)


def _iso(match: re.Match[str]) -> str:
    year, _, month, day, hour, clock, *_ = match.groups()
    date = f"{year}-{month:0>2}-{day or '01':0>2}"
    return f"{date}T{hour:0>2}:{clock[:_TO_MICROSECONDS]}" if hour else date


def _minutes_ahead(match: re.Match[str]) -> int:
    sign, hours, minutes = match.group(8, 9, 10)
    return (-1 if sign == "-" else 1) * (60 * int(hours) + int(minutes)) if sign else 0


def _stamp(text: str) -> np.datetime64:
    try:
        return np.datetime64(text, "us")
    except ValueError:
        return np.datetime64("NaT", "us")
