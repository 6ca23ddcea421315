"""Numbers as a person reads them: four significant digits, and equal decimals side by side.

Pure functions.  What differs between languages (the thousands separator, the words for minutes)
comes in as an argument; the locale files hold it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

SIGNIFICANT = 4
MOST_PLACES = 9  # beyond it a number is written with an exponent


def places_for(values: Iterable[float], significant: int = SIGNIFICANT) -> int:
    """Decimals that show the largest of the values with ``significant`` digits.

    >>> places_for([0.8312, 0.0017]), places_for([48231.7]), places_for([])
    (4, 0, 0)
    """
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    if largest == 0:
        return 0
    exponent = int(f"{largest:.{significant - 1}e}".partition("e")[2])  # after rounding up
    return max(0, significant - 1 - exponent)


def fixed(value: float, places: int, *, sign: bool = False, comma: str = ",") -> str:
    """A number with this many decimals; ``n/a`` when it is none.

    >>> fixed(0.83119, 4), fixed(0.0017, 4, sign=True), fixed(-0.00001, 4, sign=True)
    ('0.8312', '+0.0017', '+0.0000')
    >>> fixed(48231.7, 0), fixed(1.25e-11, 14)
    ('48,232', '1.250e-11')
    """
    if math.isnan(value):
        return "n/a"
    if math.isinf(value):
        return ("+" if sign and value > 0 else "-" if value < 0 else "") + "inf"
    mark = "+" if sign else ""
    if places > MOST_PLACES:
        return f"{value:{mark}.{SIGNIFICANT - 1}e}"
    text = f"{value:{mark},.{places}f}"
    if text[0] == "-" and not any(c in "123456789" for c in text):
        text = mark + text[1:]
    return text.replace(",", comma)


def number(value: float, *, sign: bool = False, comma: str = ",") -> str:
    """A number on its own: whole numbers whole, others with four significant digits.

    >>> number(8000), number(0.002), number(1234.56), number(3.0)
    ('8,000', '0.002', '1,235', '3')
    """
    if float(value).is_integer() and abs(value) < 1e15:
        return fixed(value, 0, sign=sign, comma=comma)
    text = fixed(value, places_for([value]), sign=sign, comma=comma)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def plain(value: Any) -> str:
    """A parameter's value as it would stand in a config: no separators, no noise digits.

    >>> plain(0.30000000000000004), plain(1000), plain(None), plain(True), plain("gbdt")
    ('0.3', '1000', 'none', 'true', 'gbdt')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(plain(v) for v in value) + "]"
    try:
        real = float(value)
    except (TypeError, ValueError):
        return str(value)
    if isinstance(value, str):
        return value
    if real.is_integer() and abs(real) < 1e15:
        return str(int(real))
    return f"{real:.{SIGNIFICANT}g}"


def percent(share: float) -> str:
    """The figure of a share in per cent, whole unless it is small; what is there is never 0.0.

    >>> percent(0.966), percent(0.0213), percent(1.0), percent(0.0000773), percent(0.0)
    ('97', '2.1', '100', '0.008', '0.0')
    """
    if not math.isfinite(share):
        return "n/a"
    if 0 < abs(share) < 0.0005:
        places = -math.floor(math.log10(abs(share) * 100))
        return f"{share * 100:.{places}f}"
    return f"{share * 100:.0f}" if abs(share) >= 0.0995 else f"{share * 100:.1f}"


def duration(seconds: float, units: Mapping[str, str]) -> str:
    """Seconds in words; ``units`` holds ``short``, ``seconds``, ``minutes`` and ``hours``.

    >>> units = {"short": "{s} s", "seconds": "{s} s", "minutes": "{m} min {s} s",
    ...          "hours": "{h} h {m} min"}
    >>> duration(192, units), duration(0.42, units), duration(59.7, units), duration(7260, units)
    ('3 min 12 s', '0.42 s', '1 min 0 s', '2 h 1 min')
    """
    if not math.isfinite(seconds):
        return "n/a"
    if seconds < 0.995:
        return units["short"].format(s=f"{max(seconds, 0.0):.2g}")
    if seconds < 9.95:
        return units["short"].format(s=f"{seconds:.1f}".removesuffix(".0"))
    whole = round(seconds)
    if whole < 60:
        return units["seconds"].format(s=whole)
    if whole < 3600:
        return units["minutes"].format(m=whole // 60, s=whole % 60)
    minutes = round(seconds / 60)
    return units["hours"].format(h=minutes // 60, m=minutes % 60)
