"""Rows of peer cases in a few numbers: ranks, wins, time to reach, what was promised; pure.

Two models are tied on a case where their scores on the hidden rows differ by less than two standard
errors of the paired difference.  A rank is 1 + the number of peers that are better beyond that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from advisor.bench.show.summary import Middle, Share, middle

OURS = "advisor"
TIE = 2.0
"""Standard errors within which two models are tied."""
REACHED = 0.01
"""Share of the gain that may be missing where a score counts as reached."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reach:
    """Time a peer takes to the score that advisor's confirmed model has on hidden rows.

    Attributes:
        asked: cases where advisor confirmed a gain that the hidden rows bear out; reached: of them,
            those where the peer came so far within its budget.
        ratio: its processor time over advisor's, of the cases where it was reached.
        sooner: of all asked, the cases where the peer was there before advisor.
    """

    asked: int
    reached: int
    ratio: Middle | None
    sooner: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One peer over all cases that count.

    Attributes:
        cases: it ran on; failed: of them, those that it ended with an error.
        rank: mean rank; first: cases on which nobody is better.
        wins, ties, losses: against advisor, on the final score at equal budget.
        restored: share of the lost skill that is won back at the end of the budget.
        worse: cases that it left worse than they were, beyond two standard errors.
        kept: gain on the hidden rows / the gain it promised, where it promised one.
        reach: against advisor; None for advisor itself.
        seconds: of processor time that it used.
    """

    name: str
    cases: int
    failed: int
    rank: float
    first: int
    wins: int
    ties: int
    losses: int
    restored: Middle | None
    worse: Share
    kept: Middle | None
    reach: Reach | None
    seconds: Middle | None


@dataclass(frozen=True, slots=True)
class Loss:
    """A case on which a peer ended better than advisor, beyond two standard errors.

    ``lead`` and ``se`` are in shares of the skill that the fault cost; ``ours`` is how advisor's
    run ended, ``our_restored`` and ``their_restored`` the shares that were won back.
    """

    case: str
    peer: str
    lead: float
    se: float
    ours: str
    our_restored: float
    their_restored: float


@dataclass(frozen=True, slots=True)
class PeerSummary:
    """All of a bench of peers.

    Attributes:
        standings: by mean rank, best first.
        faults: (fault, peer) -> restored share over its tables.
        losses: all of them, the largest lead first.
        counted, not_counted: cases whose fault kills, and others; troubles: those without a row.
        load: lowest and highest load average of the machine during a case.
        share: processor time / time by the clock of the peers.
    """

    standings: tuple[Standing, ...]
    faults: Mapping[tuple[str, str], Middle]
    losses: tuple[Loss, ...]
    counted: int
    not_counted: int
    troubles: int
    budget: float
    load: tuple[float, float]
    share: Middle | None


def difference(row: Row, a: str, b: str) -> tuple[float, float]:
    """(score of a minus that of b on the hidden rows, its standard error)."""
    pairs = row["pairs"]
    if f"{a} {b}" in pairs:
        mean, se = pairs[f"{a} {b}"]
        return float(mean), float(se)
    mean, se = pairs[f"{b} {a}"]
    return -float(mean), float(se)


def better(row: Row, a: str, b: str) -> bool:
    """Whether a ended better than b, beyond TIE standard errors."""
    mean, se = difference(row, a, b)
    return mean > TIE * se and mean > 0


def rank(row: Row, name: str) -> int:
    """1 + the number of peers that are better."""
    return 1 + sum(better(row, other, name) for other in row["peers"] if other != name)


def restored(row: Row, name: str) -> float | None:
    """Share of the lost skill that is won back; None where none was lost."""
    lost = row["sane"] - row["start"]
    return row["peers"][name]["gain"] / lost if lost > 0 and row["kind"] == "skill" else None


def final_seconds(run: Mapping[str, Any]) -> float:
    """Processor time at which the last incumbent was known."""
    return float(run["points"][-1][0]) if run["points"] else float("inf")


def asks(row: Row) -> bool:
    """Whether there is a score of advisor's to reach: a gain it claims, and hidden rows show."""
    ours = row["peers"].get(OURS)
    return ours is not None and len(ours["points"]) > 1 and ours["gain"] > TIE * ours["se"]


def time_to_reach(row: Row, name: str) -> float | None:
    """Seconds until a peer's incumbent is as good as advisor's confirmed model; None for never.

    As good is: on the hidden rows at least the score of advisor's model, but for REACHED of its
    gain.
    """
    wanted = row["start"] + (1 - REACHED) * row["peers"][OURS]["gain"]
    points = row["peers"][name]["points"]
    return next((float(p[0]) for p in points if p[3] >= wanted), None)


def summarise_peers(rows: Sequence[Row], troubles: Mapping[str, str]) -> PeerSummary:
    """The numbers of a bench of peers.

    Args:
        rows: as ``peered.PeerRow``, one mapping a case.
        troubles: case -> code of what kept it from a row.
    """
    counted = [row for row in rows if row["counts"]]
    names = list(dict.fromkeys(name for row in counted for name in row["peers"]))
    standings = sorted((_standing(counted, name) for name in names), key=lambda s: s.rank)
    faults = {}
    for fault in dict.fromkeys(row["fault"] for row in counted):
        mine = [row for row in counted if row["fault"] == fault]
        for name in names:
            found = middle(x for row in mine if (x := restored(row, name)) is not None)
            if found is not None:
                faults[fault, name] = found
    loads = [x for row in rows for x in row["load"]]
    runs = [run for row in rows for run in row["peers"].values()]
    return PeerSummary(
        standings=tuple(standings),
        faults=faults,
        losses=tuple(sorted(_losses(counted), key=lambda loss: -loss.lead)),
        counted=len(counted),
        not_counted=len(rows) - len(counted),
        troubles=len(troubles),
        budget=max((row["budget"] for row in rows), default=0.0),
        load=(min(loads, default=0.0), max(loads, default=0.0)),
        share=middle(run["seconds"] / run["wall"] for run in runs if run["wall"] > 0),
    )


def _standing(rows: Sequence[Row], name: str) -> Standing:
    mine = [row for row in rows if name in row["peers"]]
    runs = [row["peers"][name] for row in mine]
    met = [row for row in mine if name != OURS and OURS in row["peers"]]
    wins = sum(better(row, name, OURS) for row in met)
    losses = sum(better(row, OURS, name) for row in met)
    ranks = [rank(row, name) for row in mine]
    return Standing(
        name=name,
        cases=len(mine),
        failed=sum(run["ended"] == "failed" for run in runs),
        rank=sum(ranks) / len(ranks),
        first=ranks.count(1),
        wins=wins,
        ties=len(met) - wins - losses,
        losses=losses,
        restored=middle(x for row in mine if (x := restored(row, name)) is not None),
        worse=Share(sum(run["worse"] for run in runs), len(runs)),
        kept=middle(run["gain"] / run["promised"] for run in runs if (run["promised"] or 0) > 0),
        reach=_reach(met, name) if name != OURS else None,
        seconds=middle(run["seconds"] for run in runs),
    )


def _reach(rows: Sequence[Row], name: str) -> Reach:
    asked = [row for row in rows if asks(row)]
    times = [
        (took, final_seconds(row["peers"][OURS]))
        for row in asked
        if (took := time_to_reach(row, name)) is not None
    ]
    return Reach(
        asked=len(asked),
        reached=len(times),
        ratio=middle(theirs / ours for theirs, ours in times),
        sooner=sum(theirs < ours for theirs, ours in times),
    )


def _losses(rows: Sequence[Row]) -> list[Loss]:
    found = []
    for row in rows:
        lost = abs(row["sane"] - row["start"]) or abs(row["naive"] - row["start"]) or 1.0
        for name in row["peers"]:
            if name == OURS or OURS not in row["peers"] or not better(row, name, OURS):
                continue
            lead, se = difference(row, name, OURS)
            ours, theirs = row["peers"][OURS], row["peers"][name]
            found.append(
                Loss(
                    case=row["case"],
                    peer=name,
                    lead=lead / lost,
                    se=se / lost,
                    ours="nothing" if silent(ours) else ours["ended"],
                    our_restored=ours["gain"] / lost,
                    their_restored=theirs["gain"] / lost,
                )
            )
    return found


def silent(run: Mapping[str, Any]) -> bool:
    """Whether a run was over before it had said anything."""
    return bool(run["ended"] == "killed" and len(run["points"]) < 2)
