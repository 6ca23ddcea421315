"""What the terminal and the page of peers share: the numbers of a PeerSummary in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from advisor.bench.show.peer_summary import OURS, Loss, PeerSummary, Standing, restored, silent
from advisor.bench.show.summary import Middle
from advisor.report.locale import Catalog

ENDINGS = ("keep", "late", "blocked", "failed", "nothing")
"""Ways to end that are said beside a share; the others are the usual ones."""


@dataclass(frozen=True, slots=True)
class PeerWords:
    """A PeerSummary in the words of one language."""

    summary: PeerSummary
    words: Catalog

    def head(self) -> list[str]:
        """Names of the columns of ``rows``."""
        names = ("peer", "rank", "first", "duel", "restored", "worse", "kept", "seconds")
        return [self.words.say(f"peers.head.{name}") for name in names]

    def rows(self) -> list[list[str]]:
        """One line for each peer, by rank."""
        return [self._row(standing) for standing in self.summary.standings]

    def _row(self, s: Standing) -> list[str]:
        say, none = self.words.say, self.words.unit("none")
        duel = (
            none if s.name == OURS else say("peers.duel", wins=s.wins, ties=s.ties, lost=s.losses)
        )
        return [
            self.name(s.name),
            f"{s.rank:.2f}",
            say("bench.of", hits=s.first, of=s.cases),
            duel,
            self._percent(s.restored),
            say("bench.of", hits=s.worse.hits, of=s.worse.of),
            none if s.kept is None else f"{s.kept.value:.2f}",
            none if s.seconds is None else f"{s.seconds.value:.1f}",
        ]

    def reach_head(self) -> list[str]:
        """Names of the columns of ``reach_rows``."""
        return [self.words.say(f"peers.head.{n}") for n in ("peer", "reached", "ratio", "sooner")]

    def reach_rows(self) -> list[list[str]]:
        """One line for each peer but advisor."""
        say, found = self.words.say, []
        for s in self.summary.standings:
            if s.reach is None:
                continue
            ratio = self.words.unit("none")
            if s.reach.ratio is not None:
                r = s.reach.ratio
                ratio = say("peers.ratio", value=r.value, low=r.low, high=r.high)
            reached = say("bench.of", hits=s.reach.reached, of=s.reach.asked)
            sooner = say("bench.of", hits=s.reach.sooner, of=s.reach.asked)
            found.append([self.name(s.name), reached, ratio, sooner])
        return found

    def fault_head(self) -> list[str]:
        """Names of the columns of ``fault_rows``."""
        return [self.words.say("bench.head.fault"), *map(self.name, self.names())]

    def fault_rows(self) -> list[list[str]]:
        """One line for each fault: the share restored by each peer, median over the tables."""
        found = self.summary.faults
        faults = list(dict.fromkeys(fault for fault, _ in found))
        return [[f, *(self._percent(found.get((f, n))) for n in self.names())] for f in faults]

    def loss_head(self) -> list[str]:
        """Names of the columns of ``loss_rows``."""
        names = ("case", "better", "lead", "ours", "theirs")
        return [self.words.say(f"peers.head.{name}") for name in names]

    def loss_rows(self) -> list[list[str]]:
        """One line for each case on which a peer ended better than advisor."""
        return [self._loss(loss) for loss in self.summary.losses]

    def _loss(self, loss: Loss) -> list[str]:
        percent = self.words.percent
        ours = self._ended(loss.ours, percent(loss.our_restored))
        lead = self.words.say("peers.lead", lead=loss.lead, se=loss.se)
        case = loss.case.replace("/lightgbm/0", "")
        return [case, self.name(loss.peer), lead, ours, percent(loss.their_restored)]

    def names(self) -> list[str]:
        """Peers, best first."""
        return [s.name for s in self.summary.standings]

    def name(self, peer: str) -> str:
        """A peer by the name its authors gave it."""
        return self.words.say(f"peers.name.{peer}")

    def totals(self) -> list[tuple[str, str]]:
        """(what, how much) of the conditions."""
        s, say = self.summary, self.words.say
        low, high = s.load
        share = self.words.unit("none") if s.share is None else self._percent(s.share)
        return [
            (say("peers.total.counted"), str(s.counted)),
            (say("peers.total.not_counted"), str(s.not_counted)),
            (say("peers.total.troubles"), str(s.troubles)),
            (say("peers.total.load"), say("peers.load", low=low, high=high)),
            (say("peers.total.share"), share),
        ]

    def cell(self, row: Mapping[str, Any], name: str) -> str:
        """How one peer ended on one case: the share restored, else the gain."""
        run = row["peers"].get(name)
        if run is None:
            return ""
        share = restored(row, name)
        text = self.words.percent(share) if share is not None else f"{run['gain']:+.4g}"
        worse = f" {self.words.say('bench.made_worse')}" if run["worse"] else ""
        return self._ended("nothing" if silent(run) else run["ended"], text) + worse

    def _ended(self, how: str, text: str) -> str:
        return f"{text} {self.words.say(f'peers.ended.{how}')}" if how in ENDINGS else text

    def _percent(self, found: Middle | None) -> str:
        return self.words.unit("none") if found is None else self.words.percent(found.value)
