"""What the terminal and the page of planted faults share: the numbers of a Summary in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from advisor.bench.show.summary import Group, Middle, Share, Summary
from advisor.report.locale import Catalog


@dataclass(frozen=True, slots=True)
class SummaryWords:
    """A Summary in the words of one language."""

    summary: Summary
    words: Catalog

    def share(self, found: Share) -> str:
        """``45 of 47, 96 % [86 %, 99 %]``."""
        say = self.words.say
        if not found.of:
            return say("unit.none")
        low, high = found.interval
        return say(
            "bench.share", hits=found.hits, of=found.of, share=found.share, low=low, high=high
        )

    def middle(self, found: Middle | None, *, percent: bool = False) -> str:
        """A median with its interval."""
        if found is None:
            return self.words.say("unit.none")
        code = "bench.middle_percent" if percent else "bench.middle"
        return self.words.say(code, value=found.value, low=found.low, high=found.high)

    def head(self) -> list[str]:
        """Names of the columns of ``rows``."""
        names = ("fault", "cases", "right", "restored", "well", "worse", "fits", "cost")
        return [self.words.say(f"bench.head.{name}") for name in names]

    def rows(self, family: str) -> list[list[str]]:
        """One line for each fault of the family."""
        return [self._row(group) for group in self.summary.groups if group.family == family]

    def families(self) -> list[str]:
        """Families in the order of the groups."""
        return list(dict.fromkeys(group.family for group in self.summary.groups))

    def _row(self, group: Group) -> list[str]:
        say, none = self.words.say, self.words.unit("none")
        restored = none if group.restored is None else self.words.percent(group.restored.value)
        well = none if group.well is None else say("bench.of", hits=group.well.hits, of=group.cases)
        return [
            group.fault,
            str(group.cases),
            say("bench.of", hits=group.right.hits, of=group.right.of),
            restored,
            well,
            str(group.worse.hits),
            self.words.number(group.fits.value),
            say("bench.cv", value=round(group.cross_validations.value, 1)),
        ]

    def totals(self) -> list[tuple[str, str]]:
        """(what, how much) for the whole bench."""
        s, say = self.summary, self.words.say
        found = [
            ("right", self.share(s.right)),
            ("claims", self.share(s.claims)),
            ("false_claims", self.share(s.false_claims)),
            ("worse", self.share(s.worse)),
            ("restored", self.middle(s.restored, percent=True)),
            ("kept", self.middle(s.kept)),
            ("fits", self.middle(s.fits)),
            ("seconds", self.middle(s.seconds)),
            ("cost", self.middle(s.cross_validations)),
            ("healthy_cost", self.middle(s.healthy_cost)),
            ("not_counted", str(s.not_counted)),
        ]
        found += [(f"trouble.{code}", str(count)) for code, count in sorted(s.troubles.items())]
        return [(say(f"bench.total.{name}"), text) for name, text in found]

    def confusion(self) -> tuple[list[str], list[list[str]]]:
        """(head, rows) of planted against named; the planted in the order of the groups."""
        s = self.summary
        planted = list(
            dict.fromkeys("healthy" if g.kind == "healthy" else g.fault for g in s.groups)
        )
        order = [*_STAGES, *_SUBJECTS, "none"]
        found = {name for _, name in s.confusion}
        named = [n for n in order if n in found] + sorted(found - set(order))
        head = [self.words.say("bench.head.planted"), *(self.name(n) for n in named)]
        rows = [[p, *(str(s.confusion.get((p, n), "") or "") for n in named)] for p in planted]
        return head, rows

    def name(self, named: str) -> str:
        """What a run said, in words."""
        code = f"bench.named.{named}"
        return self.words.say(code) if code in self.words else self.words.stage(named)


_STAGES = ("foundations", "learning_rate", "regularization", "data_size", "depth")
_SUBJECTS = ("leak", "contamination", "shift", "metric", "duplicates", "labels")


def cell(row: Mapping[str, Any], words: SummaryWords) -> str:
    """One case in a few words: ok or what was said instead, and the share restored."""
    if not row["counts"]:
        return words.words.say("bench.does_not_kill")
    restored = row["restored"]
    text = words.words.say("bench.ok") if row["right"] else words.name(row["named"])
    worse = f" {words.words.say('bench.made_worse')}" if row["worse"] else ""
    share = "" if restored is None else f" {words.words.percent(restored)}"
    return f"{text}{share}{worse}"
