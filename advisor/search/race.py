"""A race: a stage's candidates meet the model they started from fold by fold.

Everyone is seen on the first few folds (the *glance*, as few as hold enough rows); who is clearly
worse, or clearly not worth having, is left behind; a leader whose evidence is overwhelming ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from advisor.judge.paired import estimate, pair
from advisor.measure.evaluate import Evaluator
from advisor.measurements import Evaluation
from advisor.rows.treatments import row_share
from advisor.settings import Candidate
from advisor.stages.base import Glance
from advisor.types import Ints, Split

GLANCE_ROWS = 400  # validation rows that a first look needs
# Candidates that stay for the next fold, after the first look, after one more fold, ...
STAY = (8, 5, 3, 2)
CLEARLY = 2.5  # standard errors behind the leader
HOPE = 1.5  # standard errors a candidate may still make up
CHEAPER = 1.5  # times less work counts as cheaper
OVERWHELMING = 8.0  # standard errors ahead of the start

Ticks = Generator[None, None, None]


@dataclass(frozen=True, slots=True, eq=False)
class RaceResult:
    """The whole stage's search evidence: the start and every candidate, as far as each came.

    ``left_behind`` lost the race, or cost more than they gained over a cheaper one.
    """

    start: Evaluation
    finalists: tuple[Evaluation, ...]
    left_behind: tuple[Evaluation, ...]


def glance_folds(splits: Sequence[Split]) -> int:
    """How many folds the first look needs: as few as hold GLANCE_ROWS validation rows."""
    rows = 0
    for count, split in enumerate(splits, 1):
        rows += len(split.valid)
        if rows >= GLANCE_ROWS:
            return count
    return len(splits)


def compare(base: Evaluation, other: Evaluation) -> Glance:
    """Paired gain of ``other`` over ``base`` on their common splits."""
    e = estimate(pair(base, other))
    return Glance(e.mean, e.se())


class Race:
    """One stage's race.

    Args:
        evaluator: measures.
        splits: the search splits in order.
        start: the model every candidate is paired with, rounds fixed.
        worth: the smallest further gain worth having, by the gain so far.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        splits: Sequence[Split],
        start: Candidate,
        worth: Callable[[float], float],
    ) -> None:
        self._evaluator = evaluator
        self._splits = tuple(splits)
        self._start = start
        self._worth = worth
        self._first = glance_folds(splits)
        self.candidates: list[Candidate] = []
        self._folds: dict[str, int] = {}

    def look(self, batch: Sequence[Candidate]) -> Ticks:
        """Measure a batch on the first folds; ``glances`` tells how it did."""
        splits = self._splits[: self._first]
        entrants = [self._start, *batch]
        yield from self._evaluator.measure([(c, s) for s in splits for c in entrants])
        for candidate in batch:
            if candidate.key not in self._folds:
                self._folds[candidate.key] = self._first
                self.candidates.append(candidate)

    def glances(self, batch: Sequence[Candidate]) -> list[Glance]:
        """How a batch that was looked at did, in order."""
        return [self._against(self._start, c, self._first) for c in batch]

    def finish(self) -> Ticks:
        """Run the finalists on more folds until the leader is clear or the folds are used up."""
        count = self._first
        alive = self._survivors(self.candidates, count)
        while count < len(self._splits) and alive and not self._decided(alive[0], count):
            split = self._splits[count]
            yield from self._evaluator.measure([(c, split) for c in (self._start, *alive)])
            count += 1
            for candidate in alive:
                self._folds[candidate.key] = count
            alive = self._survivors(alive, count)

    def result(self) -> RaceResult:
        """Evidence so far, every candidate on the folds it was measured on."""
        most = max(self._folds.values(), default=self._first)
        start = self._evaluator.evaluation(self._start, self._splits[:most])
        reached = [c for c in self.candidates if self._folds[c.key] == most]
        finalists = self._worth_their_cost(reached, most)
        others = [c for c in self.candidates if c not in finalists]
        return RaceResult(
            start,
            tuple(self._on(c, most) for c in finalists),
            tuple(self._on(c, self._folds[c.key]) for c in others),
        )

    def _on(self, candidate: Candidate, folds: int) -> Evaluation:
        return self._evaluator.evaluation(candidate, self._splits[:folds])

    def _against(self, base: Candidate, other: Candidate, folds: int) -> Glance:
        return compare(self._on(base, folds), self._on(other, folds))

    def _survivors(self, candidates: Sequence[Candidate], folds: int) -> list[Candidate]:
        """The best first; without those clearly behind it and those with nothing to hope for."""
        seen = {c.key: self._against(self._start, c, folds) for c in candidates}
        ranked = sorted(candidates, key=lambda c: -seen[c.key].gain)
        hopeful = [c for c in ranked if seen[c.key].may_exceed(self._worth(0.0), HOPE)]
        stay = STAY[min(folds - self._first, len(STAY) - 1)]
        hopeful = self._worth_their_cost(hopeful, folds)[:stay]
        if not hopeful:
            return []
        leader = hopeful[0]
        behind = {c.key: self._against(c, leader, folds) for c in hopeful[1:]}
        return [
            c for c in hopeful if c is leader or behind[c.key].gain <= CLEARLY * behind[c.key].se
        ]

    def _worth_their_cost(self, candidates: Sequence[Candidate], folds: int) -> list[Candidate]:
        """The best first, without those that a cheaper one comes close enough to."""
        gains = {c.key: self._against(self._start, c, folds).gain for c in candidates}
        costs = {c.key: self._cost(c, folds) for c in candidates}
        ranked = sorted(candidates, key=lambda c: -gains[c.key])
        kept: list[Candidate] = []
        for c in ranked:
            close = [
                other
                for other in ranked
                if gains[other.key] > gains[c.key] - self._worth(max(0.0, gains[c.key]))
                and costs[other.key] * CHEAPER < costs[c.key]
            ]
            if not close:
                kept.append(c)
        return kept

    def _cost(self, candidate: Candidate, folds: int) -> float:
        """What fitting it costs, in a unit that is the same on every machine."""
        rounds = self._on(candidate, folds).rounds or 1
        share = row_share(self._evaluator.dataset, candidate.treatment)
        return rounds * self._evaluator.weight(candidate) * share

    def _decided(self, leader: Candidate, folds: int) -> bool:
        rows: Ints = self._splits[0].valid
        if folds * len(rows) < GLANCE_ROWS:
            return False
        ahead = self._against(self._start, leader, folds)
        return ahead.gain > OVERWHELMING * ahead.se and ahead.gain > 2 * self._worth(0.0)
