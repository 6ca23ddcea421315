"""Rows of planted cases in a few numbers, with intervals; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from scipy import stats

LEVEL = 0.95
DRAWS = 2000
NONE = "none"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of others, with its Wilson interval."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        return self.hits / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, Wilson 1927; (0, 1) where there is nothing to count."""
        if not self.of:
            return 0.0, 1.0
        found = stats.binomtest(self.hits, self.of).proportion_ci(LEVEL, method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True, slots=True)
class Middle:
    """A median, with its bootstrap interval over the cases."""

    value: float
    low: float
    high: float
    of: int


@dataclass(frozen=True, slots=True)
class Group:
    """One fault (or healthy kind) of one family over its tables."""

    family: str
    fault: str
    kind: str
    cases: int
    right: Share
    restored: Middle | None
    well: Share | None
    worse: Share
    fits: Middle
    seconds: Middle
    cross_validations: Middle


@dataclass(frozen=True, slots=True)
class Summary:
    """All of a bench.

    Attributes:
        groups: by family and fault, in the order of the rows.
        right: verdicts that are right among the faults that count.
        claims: runs that claim an improvement of a healthy model; false_claims: those of them that
            hidden rows do not bear out (no gain beyond two standard errors).
        worse: runs that left a model worse than the one they were given, on hidden rows.
        restored: of skill faults that count; kept: delivered / promised gain of all claims.
        confusion: (planted, named) -> cases that count.
        not_counted: faults that do not kill; troubles: code -> cases without a row.
    """

    groups: tuple[Group, ...]
    right: Share
    claims: Share
    false_claims: Share
    worse: Share
    restored: Middle | None
    kept: Middle | None
    fits: Middle | None
    seconds: Middle | None
    cross_validations: Middle | None
    healthy_cost: Middle | None
    confusion: Mapping[tuple[str, str], int]
    not_counted: int
    troubles: Mapping[str, int]


def middle(values: Iterable[float], seed: int = 0) -> Middle | None:
    """Median and its percentile bootstrap interval; None without values."""
    known = np.array([v for v in values if v is not None and np.isfinite(v)], dtype=float)
    if not known.size:
        return None
    rng = np.random.default_rng(seed)
    drawn = np.median(rng.choice(known, (DRAWS, known.size)), axis=1)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Middle(median(known.tolist()), float(low), float(high), int(known.size))


def share(rows: Sequence[Row], key: str) -> Share:
    """How many of the rows have a true value there."""
    return Share(sum(bool(row[key]) for row in rows), len(rows))


def undelivered(row: Row) -> bool:
    """Whether a claim is not borne out: no gain on hidden rows beyond two standard errors."""
    return bool(row["claims"] and row["gain"] <= 2 * row["se"])


def summarise(rows: Sequence[Row], troubles: Mapping[str, str]) -> Summary:
    """The numbers of a bench.

    Args:
        rows: as ``planted.Row``, one mapping a case.
        troubles: case -> code of what kept it from a row.
    """
    counted = [row for row in rows if row["counts"]]
    faulty = [row for row in counted if row["kind"] != "healthy"]
    healthy = [row for row in counted if row["kind"] == "healthy"]
    hurt = [row for row in faulty if row["kind"] == "skill"]
    claims = [row for row in rows if row["claims"] and row["promised"]]
    names = dict.fromkeys((row["family"], row["fault"]) for row in counted)
    return Summary(
        groups=tuple(
            _group(f, n, [r for r in counted if (r["family"], r["fault"]) == (f, n)])
            for f, n in names
        ),
        right=share(faulty, "right"),
        claims=share(healthy, "claims"),
        false_claims=Share(sum(map(undelivered, healthy)), len(healthy)),
        worse=share(rows, "worse"),
        restored=middle(row["restored"] for row in hurt),
        kept=middle(row["gain"] / row["promised"] for row in claims),
        fits=middle(row["fits"] for row in counted),
        seconds=middle(row["seconds"] for row in counted),
        cross_validations=middle(row["cross_validations"] for row in faulty),
        healthy_cost=middle(row["cross_validations"] for row in healthy),
        confusion=Counter((planted(row), row["named"]) for row in counted),
        not_counted=len(rows) - len(counted),
        troubles=Counter(troubles.values()),
    )


def planted(row: Row) -> str:
    """What was planted, in the words of the confusion matrix."""
    return "healthy" if row["kind"] == "healthy" else str(row["fault"])


def _group(family: str, fault: str, rows: Sequence[Row]) -> Group:
    restored = [r["restored"] for r in rows if r["restored"] is not None]
    hurt = rows[0]["kind"] == "skill"
    fits, seconds, cost = (
        middle(row[key] for row in rows) for key in ("fits", "seconds", "cross_validations")
    )
    assert fits is not None
    assert seconds is not None
    assert cost is not None
    return Group(
        family=family,
        fault=fault,
        kind=str(rows[0]["kind"]),
        cases=len(rows),
        right=share(rows, "right"),
        restored=middle(restored) if hurt else None,
        well=Share(sum(r >= 0.8 for r in restored), len(restored)) if hurt else None,
        worse=share(rows, "worse"),
        fits=fits,
        seconds=seconds,
        cross_validations=cost,
    )
