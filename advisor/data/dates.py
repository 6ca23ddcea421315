"""Dates as days since 1970-01-01 UTC, from datetime columns and from text.

Text is 2024-01-31, 2024/1/31, 2024.01.31, 2024年1月31日 or 2024-01, with or without a time and a
zone; or 31/1/2024, whose order the texts of a column decide together: a first part above 12 is a
day.  Where they leave it open, the month is read first, as pandas does; with points, the day, as
wherever points are written.  Any year from 1 to 9999 can be read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.types import Floats

MICROSECONDS_PER_DAY = 86_400_000_000
_ZONE = r"(?:Z|[+-]\d{2}:?\d{2})"
_TIME = (
    r"(?:(?:T| ?)(?P<hour>\d{1,2})(?::|時)(?P<clock>\d{1,2}(?::\d{2}(?:\.\d{1,9})?)?)分?"
    rf"\s?(?P<zone>{_ZONE})?)?"
)
_WEEKDAY = r"(?: ?\([月火水木金土日]\))?"
_FORMS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        (
            rf"(?P<year>\d{{4}})(?P<by>[-/])(?P<month>\d{{1,2}})"
            rf"(?:(?P=by)(?P<day>\d{{1,2}})(?:(?=[T ]){_TIME})?)?"
        ),
        rf"(?P<year>\d{{4}})\.(?P<month>\d{{1,2}})\.(?P<day>\d{{1,2}})(?:(?=[T ]){_TIME})?",
        rf"(?P<year>\d{{4}})年 ?(?P<month>\d{{1,2}})月(?: ?(?P<day>\d{{1,2}})日{_WEEKDAY}{_TIME})?",
    )
)
_YEAR_LAST = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<by>[-/.])(?P<second>\d{{1,2}})(?P=by)(?P<year>\d{{4}})"
    rf"(?:(?=[T ]){_TIME})?",
    re.ASCII,
)
_ALL = (*_FORMS, _YEAR_LAST)
_TO_MICROSECONDS = len("MM:SS.ffffff")
MOST_MONTH = 12


def is_date(text: str) -> bool:
    """Whether a text has the form of a date (2024-13-45 has it too)."""
    return _match(text) is not None


def day_first(texts: Sequence[str]) -> bool:
    """Whether dates with the year last, among these texts, begin with the day."""
    # a year that stands first leaves nothing to decide, and most columns have nothing else
    open_ones = (text for text in texts if not (text[:4].isascii() and text[:4].isdigit()))
    return _day_first([_match(text) for text in open_ones])


def _day_first(matches: Sequence[re.Match[str] | None]) -> bool:
    found = [match for match in matches if match is not None and match.re is _YEAR_LAST]
    if any(int(match["first"]) > MOST_MONTH for match in found):
        return True
    if any(int(match["second"]) > MOST_MONTH for match in found):
        return False
    return bool(found) and all(match["by"] == "." for match in found)


def days_of_texts(names: Sequence[str], *, first_is_day: bool | None = None) -> Floats:
    """(k,) days since 1970-01-01 UTC of dates as text; NaN where a text is none.

    Args:
        names: the texts.
        first_is_day: how 1/2/2024 is read; None lets these texts decide.
    """
    matches = [_match(name) for name in names]
    order = _day_first(matches) if first_is_day is None else first_is_day
    plain = [_iso(match, order) if match else "NaT" for match in matches]
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


def _match(text: str) -> re.Match[str] | None:
    plain = text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()
    if not plain[:1].isdigit():
        return None
    for form in _ALL:
        match = form.fullmatch(plain)
        if match is not None:
            return match
    return None


def _iso(match: re.Match[str], first_is_day: bool) -> str:
    if match.re is _YEAR_LAST:
        day, month = match.group("first", "second")
        if not first_is_day:
            day, month = month, day
    else:
        month, day = match["month"], match["day"] or "01"
    date = f"{match['year']}-{month:0>2}-{day:0>2}"
    hour, clock = match["hour"], match["clock"]
    if not hour:
        return date
    minute, colon, seconds = clock[:_TO_MICROSECONDS].partition(":")
    return f"{date}T{hour:0>2}:{minute:0>2}{colon}{seconds}"


def _minutes_ahead(match: re.Match[str]) -> int:
    zone = match["zone"]
    if not zone or zone == "Z":
        return 0
    sign = -1 if zone[0] == "-" else 1
    return sign * (60 * int(zone[1:3]) + int(zone[-2:]))


def _stamp(text: str) -> np.datetime64:
    try:
        return np.datetime64(text, "us")
    except ValueError:
        return np.datetime64("NaT", "us")
