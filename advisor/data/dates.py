"""Dates as days since 1970-01-01 UTC, from datetime columns and from text.

Text is 2024-01-31, 2024/1/31, 2024.01.31, 2024年1月31日 or 2024-01, with or without a time (of 24
hours, or 3:15 PM, 午後3:15) and a zone; or 31 Jan 2024, Jan 31, 2024; or 31/1/2024, whose order the
texts of a column decide together: a first part above 12 is a day.  Where they leave it open, the
month is read first, as pandas does; with points, the day, as wherever points are written.  Any year
from 1 to 9999 can be read.

A year of two digits (1/31/24) is read only where the texts of the column leave one order: 24/01/31
and 31/01/24 have the same form.  Up to 68 it is of this century, as POSIX has it.
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
    r"(?:(?:T| ?)(?P<before>午前|午後)?"
    r"(?P<hour>\d{1,2})(?::|時)(?P<clock>\d{1,2}(?::\d{2}(?:\.\d{1,9})?)?)分?"
    rf"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?\s?(?P<zone>{_ZONE})?)?"
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
_SHORT_YEAR = re.compile(
    r"(?=\d{1,2}/|\d{2}[-.]\d{2}[-.])(?P<first>\d{1,2})(?P<by>[-/.])(?P<second>\d{1,2})(?P=by)"
    rf"(?P<year>\d{{2}})(?:(?=[T ]){_TIME})?",
    re.ASCII,
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NAMED = tuple(
    re.compile(rf"{pattern}(?:,?(?=[T ]){_TIME})?", re.ASCII | re.IGNORECASE)
    for pattern in (
        rf"(?P<day>\d{{1,2}})(?P<by>[- ]){_NAME}(?P=by)(?P<year>\d{{4}}|\d{{2}})",
        rf"{_NAME} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})",
    )
)
_ORDERED = (_YEAR_LAST, _SHORT_YEAR)  # whose first part is a day or a month
_ALL = (*_FORMS, *_ORDERED, *_NAMED)
_STARTS = frozenset("0123456789JFMASONDjfmasond")  # of a number, of a month's name
_TO_MICROSECONDS = len("MM:SS.ffffff")
_LAST_OF_CENTURY = 68
MOST_MONTH = 12
MOST_DAY = 31
NOON = 12


def is_date(text: str) -> bool:
    """Whether a text has the form of a date (2024-13-45 has it too)."""
    return _match(text) is not None


def day_first(texts: Sequence[str]) -> bool:
    """Whether dates with the year last, among these texts, begin with the day."""
    return _day_first([_match(text) for text in texts if not _year_first(text)])


def _day_first(matches: Sequence[re.Match[str] | None]) -> bool:
    found = [match for match in matches if match is not None and match.re in _ORDERED]
    if any(int(match["first"]) > MOST_MONTH for match in found):
        return True
    if any(int(match["second"]) > MOST_MONTH for match in found):
        return False
    return bool(found) and all(match["by"] == "." for match in found)


def short_years(texts: Sequence[str]) -> bool:
    """Whether these texts hold years of two digits, and leave one order of their parts.

    The year is last where the second part is above 12 somewhere (1/31/24: a day, so the month is
    first), where the last part is no day (31/1/98), or where the parts are written with points.
    """
    return _short_years([_match(text) for text in texts if not _year_first(text)])


def _year_first(text: str) -> bool:
    """Such a text leaves nothing to decide, and most columns have nothing else."""
    return text[:4].isascii() and text[:4].isdigit()


def _short_years(matches: Sequence[re.Match[str] | None]) -> bool:
    found = [match for match in matches if match is not None and match.re is _SHORT_YEAR]
    if not found or any(int(match["first"]) > MOST_DAY for match in found):
        return False
    if any(int(match["second"]) > MOST_MONTH for match in found):
        return True
    a_day_first = any(int(match["first"]) > MOST_MONTH for match in found)
    no_day_last = any(not 1 <= int(match["year"]) <= MOST_DAY for match in found)
    return (a_day_first and no_day_last) or all(match["by"] == "." for match in found)


def days_of_texts(
    names: Sequence[str],
    *,
    first_is_day: bool | None = None,
    year_is_short: bool | None = None,
) -> Floats:
    """(k,) days since 1970-01-01 UTC of dates as text; NaN where a text is none.

    Args:
        names: the texts.
        first_is_day: how 1/2/2024 is read; None lets these texts decide.
        year_is_short: whether 1/31/24 is a date; None lets these texts decide.
    """
    matches = [_match(name) for name in names]
    order = _day_first(matches) if first_is_day is None else first_is_day
    if not (_short_years(matches) if year_is_short is None else year_is_short):
        matches = [None if match and match.re is _SHORT_YEAR else match for match in matches]
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
    if plain[:1] not in _STARTS:
        return None
    for form in _ALL:
        match = form.fullmatch(plain)
        if match is not None:
            return match
    return None


def _iso(match: re.Match[str], first_is_day: bool) -> str:
    if match.re in _ORDERED:
        day, month = match.group("first", "second")
        if not first_is_day:
            day, month = month, day
    elif match.re in _NAMED:
        day, month = match["day"], str(_MONTHS.index(match["name"][:3].lower()) + 1)
    else:
        month, day = match["month"], match["day"] or "01"
    date = f"{_year(match['year'])}-{month:0>2}-{day:0>2}"
    hour, clock = match["hour"], match["clock"]
    if not hour:
        return date
    minute, colon, seconds = clock[:_TO_MICROSECONDS].partition(":")
    return f"{date}T{_hour(match):0>2}:{minute:0>2}{colon}{seconds}"


def _year(digits: str) -> str:
    if len(digits) == len("2024"):
        return digits
    return f"{'20' if int(digits) <= _LAST_OF_CENTURY else '19'}{digits}"


def _hour(match: re.Match[str]) -> str:
    """The hour of the day, of 24; "99", which no clock shows, where 13 PM or 0 AM is written."""
    half, hour = match["half"], int(match["hour"])
    if match["before"]:  # 午後0時 and 午後12時 are both written for noon
        late = match["before"] == "午後"
        return str(hour % NOON + NOON * late) if hour <= NOON and not half else "99"
    if not half:
        return match["hour"]
    late = half in "pP"
    return str(hour % NOON + NOON * late) if 1 <= hour <= NOON else "99"


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
