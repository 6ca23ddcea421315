"""Text that is a number: 1,234 · 1 234,5 · $12 · 45 % · 12 kg · (3) · 6.02e23 · １２.

How a number is written is decided over all texts together: a comma is a decimal comma only where
some text can be read in no other way (``0,5``) and no text speaks for a decimal point; the unit is
the commonest one, and a number in another unit is not read, since 5 g is not 5 kg.  Dates, clock
times, versions, addresses, telephone numbers and ids with leading zeros are not numbers.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisor.types import Floats


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MISSING_TEXTS = _words(
    "? - -- --- . .. ... * # na n/a n.a. n.a nan none null nil <na> #n/a unknown unk missing tbd "
    "not_available 不明 なし 無し 未記入 該当なし"
) | {"", "not available", "not applicable", "no data"}
"""Texts, in small letters, that say that a value is not there."""

LARGEST_EXACT = 2**53
"""Whole numbers above it lose digits as float64: such a text is an id."""
PHONE_DIGITS = 10
"""A ``+`` before so many digits is a telephone number."""

_CURRENCY = r"(?:[A-Z]{2,3}\$|[A-Z]{3}(?=[ \d.])|R\$|kr\.?|Rs\.?|[$€£¥₹₩₽₺₫₴₱฿¢])"
_UNIT = r"(?:[%‰°$€£¥₹₩₽₺₫₴₱฿¢\"']|(?:°|[^\W\d_])(?:[^\W\d_]|[/°.])*(?:(?<=m)[23])?)"
_TEXT = re.compile(
    rf"(?P<open>\()? ?(?P<before>[+-])? ?(?P<currency>{_CURRENCY})? ?(?P<after>[+-])?"
    r"(?P<number>(?:\d+(?:[., ']\d+)*\.?|\.\d+)(?:[eE][+-]?\d{1,3}(?![^\W_]))?)"
    rf"(?: ?(?P<unit>{_UNIT}))? ?(?P<close>\))?"
)
_PLAIN = re.compile(
    r"(?P<whole>0|[1-9]\d*|[1-9]\d{0,2}(?P<by>[ ',])\d{3}(?:(?P=by)\d{3})*"
    r"|[1-9]\d?(?:,\d{2})+,\d{3})?(?P<part>\.\d*)?(?P<power>[eE][+-]?\d+)?"
)
_SWAP = str.maketrans(".,", ",.")
_SAME = str.maketrans({"−": "-", "–": "-", "’": "'", "´": "'", "μ": "µ"})
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_MOST_UNIT = 12  # letters; a longer word is no unit
_MAGNITUDES = _words("k m b t mn bn mio mrd tn lakh crore 千 万 億 兆")
_NO_UNITS = _words(
    "jan january feb february mar march apr april may jun june jul july aug august sep sept "
    "september oct october nov november dec december mon monday tue tuesday wed wednesday thu "
    "thursday fri friday sat saturday sun sunday am pm a.m p.m st nd rd th bc ad 月 日 時 分 号 番"
)


@dataclass(frozen=True, slots=True)
class _Parts:
    """A text in the form of a number."""

    digits: str
    unit: str
    negative: bool
    plus: bool


def numbers_in(texts: Sequence[str]) -> Floats:
    """(n,) float64: each text as a number, NaN where it is none.

    A per cent sign is a unit like any other (``45 %`` is 45).  What the texts have in common
    (decimal comma, unit, codes of one width) is decided over those that are given: to read new
    texts in the same way, give them together with the old ones.
    """
    plain = [_normal(text) for text in texts]
    codes = _codes(plain)
    parts = [None if text in codes else _parts(text) for text in plain]
    spoken = [p for p in parts if p is not None]
    comma = _decimal_comma([p.digits for p in spoken])
    unit, needed = _common_unit(spoken)
    values = np.full(len(plain), np.nan)
    for i, found in enumerate(parts):
        if found is None or found.unit not in ((unit,) if needed else (unit, "")):
            continue
        value = _value(found, comma)
        if value is not None:
            values[i] = value
    return values


def is_missing_text(text: str) -> bool:
    """Whether a text only says that a value is not there: ``?``, ``n/a``, ``unknown``."""
    return _normal(text).casefold() in MISSING_TEXTS


def _normal(text: str) -> str:
    """Full-width forms, odd spaces and minus signs as the ordinary ones."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_SAME).split())


def _codes(texts: Sequence[str]) -> set[str]:
    """Digits that are no quantity: of the width of an id with leading zeros, or all of them days.

    02134 makes 10001 a code too.
    """
    digits = {text for text in texts if text.isascii() and text.isdigit()}
    widths = {len(text) for text in digits if len(text) > 1 and text.startswith("0")}
    eight = {text for text in digits if len(text) == len("20240131")}
    days = eight if all(_DAY.fullmatch(text) for text in eight) else set()
    return days | {text for text in digits if len(text) in widths}


def _parts(text: str) -> _Parts | None:
    match = _TEXT.fullmatch(text)
    if match is None or (match["open"] is None) != (match["close"] is None):
        return None
    sign = (match["before"] or "") + (match["after"] or "")
    bracket = match["open"] is not None
    unit = (match["unit"] or "").casefold()
    if len(sign) + bracket > 1 or len(unit) > _MOST_UNIT or unit.rstrip(".") in _NO_UNITS:
        return None
    if len(unit) > len("ms"):  # 1 year, 2 years
        unit = unit.rstrip(".").removesuffix("s")
    currency = (match["currency"] or "").casefold()
    return _Parts(match["number"], currency + unit, bracket or sign == "-", sign == "+")


def _decimal_comma(numbers: Sequence[str]) -> bool:
    """Whether a comma is needed to read some of them, and a point for none."""
    comma = False
    for number in numbers:
        by_point = _PLAIN.fullmatch(number) is not None
        by_comma = _PLAIN.fullmatch(number.translate(_SWAP)) is not None
        if by_point and not by_comma:
            return False
        comma = comma or (by_comma and not by_point)
    return comma


def _common_unit(parts: Sequence[_Parts]) -> tuple[str, bool]:
    """The commonest unit ("" when none has one), and whether a number needs it to be read.

    12k and 350 in one column do not differ by a factor of 30, so magnitudes are all or nothing.
    """
    count = Counter(p.unit for p in parts)
    bare = count.pop("", 0)
    if not count:
        return "", False
    rows, unit = max((rows, unit) for unit, rows in count.items())
    magnitude = unit.lstrip("$€£¥₹") in _MAGNITUDES
    if magnitude and bare > rows:
        return "", True
    return unit, magnitude


def _value(parts: _Parts, comma: bool) -> float | None:
    """The number, None where it is none after all."""
    number = parts.digits
    match = _PLAIN.fullmatch(number.translate(_SWAP) if comma else number)
    if match is None or _ADDRESS.fullmatch(number):
        return None
    whole, part, power = match["whole"], match["part"], match["power"]
    if (whole is None and part in (None, ".")) or (match["by"] is not None and power is not None):
        return None
    digits = re.sub(r"[ ',]", "", whole or "0")
    if parts.plus and (match["by"] == " " or len(digits) >= PHONE_DIGITS):
        return None
    value = float(digits + (part or "") + (power or ""))
    if not math.isfinite(value) or (part is None and power is None and value > LARGEST_EXACT):
        return None
    return -value if parts.negative else value
