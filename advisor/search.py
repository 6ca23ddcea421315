"""The staged loop, a generator of events.

baseline -> probes -> for each stage in its fixed order: propose, race, gate; a proven stage is
followed by scouts for the later levers, which decide whether it is enough (stop) or kept as the new
starting model (banked).  Nothing here fits, formats or writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from advisor import gate
from advisor.config import SearchConfig
from advisor.diagnose.fit import diagnose_fit
from advisor.diagnose.rows import FRACTIONS, size_curve
from advisor.evaluate import Evaluator
from advisor.events import Event, ProbesMeasured, Progress, StageEnded, StageStarted
from advisor.metrics import smallest_gain_worth_having
from advisor.race import Race, compare, glance_folds
from advisor.recipes import Recipe
from advisor.results import Diagnosis, Outcome, Probe, Remaining, SizeCurve, StageOutcome, Verdict
from advisor.splits import confirm_splits, search_splits
from advisor.stages import STAGES, Stage
from advisor.stages.base import StageContext
from advisor.types import Candidate, Evaluation, Reason, Split, StageName

T = TypeVar("T")
Steps = Generator[Event, None, T]
PARTITIONS = (1, 2, 3)
MOST_PASSES = 5
SIZE_FOLDS = 3


class OutOfTime(Exception):
    """The time for the run is used up."""


@dataclass
class SearchResult:
    """What the search found; filled while it runs, so that a stop keeps what there is."""

    person: Candidate
    current: Candidate
    diagnosis: Diagnosis | None = None
    probes: tuple[Probe, ...] = ()
    stages: dict[StageName, StageOutcome] = field(default_factory=dict)
    remaining: Remaining | None = None
    stopped_at: StageName | None = None
    interrupted: bool = False
    size_curve: SizeCurve | None = None
    studies: list[tuple[StageName, int, list[tuple[Candidate, float]]]] = field(
        default_factory=list
    )

    @property
    def improved(self) -> bool:
        return self.current is not self.person


class Search:
    """One run over one Dataset.

    Args:
        evaluator: measures; it knows the dataset and the metric.
        recipe: the family's knobs.
        person: the person's model, its rounds as they run it.
        config: stages, stop, budgets.
        min_gain: ``kpi.min_gain`` in the metric's unit.
        seed: of splits and proposals.
        deadline: clock time (``time.monotonic``) after which nothing new is started.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        recipe: Recipe,
        person: Candidate,
        config: SearchConfig,
        min_gain: float | None,
        seed: int,
        deadline: float,
    ) -> None:
        self._evaluator = evaluator
        self._recipe = recipe
        self._config = config
        self._min_gain = min_gain
        self._seed = seed
        self._started = time.monotonic()
        self._deadline = deadline
        data = evaluator.dataset
        self.splits = search_splits(data, config.folds, seed)
        self.glance = self.splits[: glance_folds(self.splits)]
        self.partitions = [confirm_splits(data, config.folds, seed, p) for p in PARTITIONS]
        self.result = SearchResult(person=person, current=person)
        self._alpha: dict[StageName, float] = {}
        self._raced: dict[str, Candidate] = {}

    # -- the loop ------------------------------------------------------------------------------

    def run(self) -> Iterator[Event]:
        """All stages; ``result`` holds what was found, also after KeyboardInterrupt."""
        stages = [stage for stage in STAGES if stage.name in self._config.stages]
        try:
            yield from self.baseline()
            yield from self._probe(stages)
            for number in range(1, MOST_PASSES + 1):
                proven = yield from self._pass(stages, number)
                if self._config.stop != "never" or not proven:
                    break
        except OutOfTime:
            self._rest("stage.out_of_time", Outcome.SKIPPED)
        except KeyboardInterrupt:
            self.result.interrupted = True
            self._rest("stage.interrupted", Outcome.SKIPPED)
        self._rest("stage.not_asked", Outcome.NOT_RUN)

    def baseline(self) -> Steps[None]:
        """The person's model, with curves, on the first folds."""
        person = self.result.person
        work = [(person, split) for split in self.glance]
        yield from self._ticks(None, self._evaluator.measure(work, curve=True))
        if person.stopping is not None:
            measured = self._evaluator.evaluation(person, self.glance, curve=True)
            self.result.person = self._evaluator.fixed(person, measured)
            self.result.current = self.result.person
            work = [(self.result.person, split) for split in self.glance]
            yield from self._ticks(None, self._evaluator.measure(work, curve=True))
        evaluation = self._evaluator.evaluation(self.result.person, self.glance, curve=True)
        naive = abs(self._evaluator.metric.loss(self._evaluator.naive(self.glance)))
        self.result.diagnosis = diagnose_fit(evaluation.fits, naive)

    def _pass(self, stages: Sequence[Stage], number: int) -> Steps[bool]:
        """Every stage once; whether one of them was proven."""
        budget = self._budget(stages, number)
        any_proven = False
        for position, stage in enumerate(stages):
            yield StageStarted(stage.name, number)
            outcome, winner = yield from self._stage(stage, budget / len(stages), number)
            if winner is not None and outcome.verdict is not None:
                any_proven = True
                self.result.current = winner
                outcome = yield from self._go_on(outcome, stages[position + 1 :])
            self._keep(outcome)
            yield StageEnded(self.result.stages[stage.name])
            if outcome.status is Outcome.PROVEN and self._config.stop != "never":
                self.result.stopped_at = stage.name
                self._rest("stage.after_stop", Outcome.NOT_RUN)
                return True
            if outcome.status.is_proven:
                self.result.stopped_at = stage.name
        return any_proven

    def _budget(self, stages: Sequence[Stage], number: int) -> float:
        """Alpha a pass may spend: a proven stage hands its share on to the next pass."""
        if number == 1:
            return gate.RUN_ALPHA[self._config.proof]
        freed = [self._alpha[s.name] for s in stages if self.result.stages[s.name].status.is_proven]
        return float(sum(freed))

    # -- one stage -----------------------------------------------------------------------------

    def _stage(
        self, stage: Stage, alpha: float, number: int
    ) -> Steps[tuple[StageOutcome, Candidate | None]]:
        began, fits = time.monotonic(), self._evaluator.fits + self._evaluator.fits_from_journal
        start = self.result.current
        self._alpha[stage.name] = alpha
        context = self._context(self._starts(), number)
        why_not = stage.why_not(context)
        if why_not is not None:
            return StageOutcome(stage.name, Outcome.NOT_APPLICABLE, None, why_not), None
        race = Race(self._evaluator, self.splits, start, context.worth)
        yield from self._propose(stage, context, race)
        verdict, winner = None, None
        if race.candidates:
            yield from self._ticks(stage.name, race.finish())
            verdict, winner = yield from self._prove(stage, race, context.delta, alpha)
        curve = None
        if stage.name is StageName.DATA_SIZE:
            curve = yield from self._size_curve(start)
        outcome = StageOutcome(
            stage=stage.name,
            status=Outcome.NO_GAIN if verdict is None else verdict.outcome,
            verdict=verdict,
            reason=Reason("stage.no_candidates") if verdict is None else verdict.reason,
            candidates=len(race.candidates),
            fits=self._evaluator.fits + self._evaluator.fits_from_journal - fits,
            seconds=time.monotonic() - began,
            params={} if winner is None else self._changed(start, winner),
            trials=self._trials(start, race),
            size_curve=curve,
        )
        self.result.studies.append((stage.name, number, self._told(race)))
        proven = verdict is not None and verdict.outcome is Outcome.PROVEN
        return outcome, winner if proven else None

    def _propose(self, stage: Stage, context: StageContext, race: Race) -> Steps[None]:
        proposals = stage.propose(context)
        batch = next(proposals, None)
        while batch:
            self._check_time()
            yield from self._ticks(stage.name, race.look(batch))
            glances = race.glances(batch)
            yield self._progress(stage.name, max(g.gain for g in glances))
            try:
                batch = proposals.send(glances)
            except StopIteration:
                return

    def _prove(
        self, stage: Stage, race: Race, delta: float, alpha: float
    ) -> Steps[tuple[Verdict, Candidate | None]]:
        """The gate: the whole search evidence, then as many fresh looks as it takes."""
        evidence = race.result()
        data = self._evaluator.dataset
        proof = gate.make_proof(
            mode=self._config.proof,
            tests=1,
            delta=delta,
            rows=len(data.train),
            units=self._units(),
            minority=self._minority(),
        )
        proof = replace(proof, alpha=alpha)
        screen = gate.screen(
            evidence.start,
            evidence.finalists,
            evidence.left_behind,
            proof,
            self._seed,
            full_units=self._units(),
            full_folds=len(self.splits),
        )
        winner = evidence.finalists[screen.winner]
        fixed = self._evaluator.fixed(winner.candidate, winner)
        self._raced[fixed.key] = winner.candidate
        if screen.early_no is not None:
            return screen.early_no, fixed
        start = evidence.start.candidate
        rounds = () if self._evaluator.rounds_name is None else (self._evaluator.rounds_name,)

        def both(splits: Sequence[Split]) -> Steps[tuple[Evaluation, Evaluation]]:
            self._check_time()
            work = [(c, s) for s in splits for c in (start, fixed)]
            yield from self._ticks(stage.name, self._evaluator.measure(work))
            return (
                self._evaluator.evaluation(start, splits),
                self._evaluator.evaluation(fixed, splits),
            )

        first = self.partitions[0]
        pair = yield from both(first[:2])
        verdict = gate.early_look(screen, *pair, proof, rounds_names=rounds)
        if verdict is None:
            pair = yield from both(first)
            verdict = gate.look1(screen, *pair, proof, rounds_names=rounds, interim=1)
        if verdict is None:
            pair = yield from both([s for partition in self.partitions for s in partition])
            verdict = gate.look2(screen, *pair, proof, rounds_names=rounds)
        return verdict, fixed

    def _go_on(self, outcome: StageOutcome, later: Sequence[Stage]) -> Steps[StageOutcome]:
        """Scouts for the later levers: is what was proven most of what is known to be there?"""
        verdict, stop = outcome.verdict, self._config.stop
        if verdict is None or stop == "first_proven" or not later:
            return replace(outcome, status=Outcome.BANKED) if stop == "never" else outcome
        best, errors = (yield from self._scout(later, self.glance)), 1.0
        enough = self._config.sufficient
        if _share(verdict, best, errors) >= enough > _share(verdict, best, -errors):
            # too close to call on the first folds: all of them, and then what they say
            best, errors = (yield from self._scout(later, self.splits)), 0.0
        headroom = 0.0 if best is None else max(0.0, best.gain - errors * best.se)
        share = _share(verdict, best, errors)
        evidence = {"share": share, "headroom": headroom, **verdict.reason.evidence}
        if best is not None and headroom > self._worth(self.result.current)(0.0):
            evidence["lever"] = str(best.lever)
            if share < enough or stop == "never":
                reason = Reason("stage.banked", evidence)
                return replace(outcome, status=Outcome.BANKED, reason=reason)
            self.result.remaining = Remaining(best.lever, headroom, "--keep-going")
        if stop == "never":
            return replace(outcome, status=Outcome.BANKED)
        return replace(outcome, reason=Reason("stage.sufficient", evidence))

    # -- probes and scouts ---------------------------------------------------------------------

    def _probe(self, stages: Sequence[Stage]) -> Steps[None]:
        self._check_time()
        probes = yield from self._look_around(stages, self.result.person, self.glance)
        self.result.probes = tuple(sorted(probes, key=lambda p: -p.gain))
        yield ProbesMeasured(self.result.probes)

    def _scout(self, later: Sequence[Stage], splits: Sequence[Split]) -> Steps[Probe | None]:
        """The most promising later lever, from the current model and from the person's own.

        The second shows when a later lever alone does more than what was proven: an earlier stage
        may only have covered for it.
        """
        seen = yield from self._look_around(later, self.result.current, splits)
        found = self._levers(later, self.result.person)
        work = [(candidate, split) for split in splits for _, candidate in found]
        yield from self._ticks(None, self._evaluator.measure(work))
        seen += self._seen_from(self.result.current, found, splits)
        return max(seen, key=lambda probe: probe.gain - probe.se, default=None)

    def _look_around(
        self, stages: Sequence[Stage], start: Candidate, splits: Sequence[Split]
    ) -> Steps[list[Probe]]:
        """One or two cheap candidates for each lever from ``start``."""
        found = self._levers(stages, start)
        everyone = [self._as_raced(start), *(candidate for _, candidate in found)]
        work = [(candidate, split) for split in splits for candidate in everyone]
        yield from self._ticks(None, self._evaluator.measure(work))
        return self._seen_from(start, found, splits)

    def _levers(
        self, stages: Sequence[Stage], start: Candidate
    ) -> list[tuple[StageName, Candidate]]:
        context = self._context((start,), 0)
        return [
            (stage.name, candidate)
            for stage in stages
            if stage.why_not(context) is None
            for candidate in stage.probes(context)
        ]

    def _seen_from(
        self,
        start: Candidate,
        found: Sequence[tuple[StageName, Candidate]],
        splits: Sequence[Split],
    ) -> list[Probe]:
        base = self._evaluator.evaluation(self._as_raced(start), splits)
        probes = []
        for name, candidate in found:
            seen = compare(base, self._evaluator.evaluation(candidate, splits))
            change = difference(self._recipe, start, candidate)
            probes.append(Probe(name, candidate.origin, change, seen.gain, seen.se))
        return probes

    def _as_raced(self, model: Candidate) -> Candidate:
        """A proven model as it raced: early stopping, as the scouts have it, and measured."""
        return self._raced.get(model.key, model)

    def _size_curve(self, start: Candidate) -> Steps[SizeCurve]:
        """The starting model at nested shares of its rows."""
        self._check_time()
        splits = self.splits[:SIZE_FOLDS]
        sizes = [
            replace(start, treatment=replace(start.treatment, fraction=share))
            for share in (*FRACTIONS, 1.0)
        ]
        work = [(candidate, split) for candidate in sizes for split in splits]
        yield from self._ticks(StageName.DATA_SIZE, self._evaluator.measure(work))
        metric = self._evaluator.metric
        losses = np.array([
            [
                metric.loss(self._evaluator.evaluation(candidate, [split]).score)
                for split in splits
            ]
            for candidate in sizes
        ])
        full = float(np.mean([len(split.train) for split in splits]))
        rows = [round(full * c.treatment.fraction) for c in sizes]
        naive = metric.loss(self._evaluator.naive(splits))
        curve = size_curve(rows, losses, naive, self._seed)
        self.result.size_curve = curve
        return curve

    # -- small questions -----------------------------------------------------------------------

    def _starts(self) -> tuple[Candidate, ...]:
        """The current model and, once something is banked, the person's own as well."""
        person, current = self.result.person, self.result.current
        return (current,) if current is person else (current, person)

    def _context(self, starts: tuple[Candidate, ...], number: int) -> StageContext:
        return StageContext(
            dataset=self._evaluator.dataset,
            recipe=self._recipe,
            starts=starts,
            person=self.result.person,
            worth=self._worth(starts[0]),
            trials=self._config.trials,
            seed=self._seed + number,
        )

    def _worth(self, start: Candidate) -> Callable[[float], float]:
        """The smallest further gain worth having, for a model this much better than ``start``."""
        base = self._evaluator.evaluation(self._as_raced(start), self.glance).score
        naive = self._evaluator.naive(self.glance)

        def worth(gain: float) -> float:
            metric = self._evaluator.metric
            return smallest_gain_worth_having(metric, naive, base + gain, self._min_gain)

        return worth

    def _units(self) -> int:
        data = self._evaluator.dataset
        return len(data.train) if data.groups is None else len(np.unique(data.groups[data.train]))

    def _minority(self) -> int | None:
        data = self._evaluator.dataset
        if not data.task.is_classification:
            return None
        return int(np.bincount(data.y[data.train], minlength=data.n_classes).min())

    def _changed(self, a: Candidate, b: Candidate) -> dict[str, Any]:
        return {name: after for name, (_, after) in difference(self._recipe, a, b).items()}

    def _trials(self, start: Candidate, race: Race) -> tuple[dict[str, Any], ...]:
        return tuple(
            {"origin": c.origin, "change": self._changed(start, c), "gain": gain}
            for c, gain in self._told(race)
        )

    def _told(self, race: Race) -> list[tuple[Candidate, float]]:
        glances = race.glances(race.candidates)
        return [(c, g.gain) for c, g in zip(race.candidates, glances, strict=True)]

    def _keep(self, outcome: StageOutcome) -> None:
        """A later pass replaces what an earlier one said, unless that was proven and this is not."""
        before = self.result.stages.get(outcome.stage)
        if before is None or not before.status.is_proven or outcome.status.is_proven:
            self.result.stages[outcome.stage] = outcome

    def _rest(self, code: str, status: Outcome) -> None:
        for stage in STAGES:
            if stage.name not in self.result.stages:
                asked = stage.name in self._config.stages
                reason = Reason(code if asked else "stage.not_asked")
                mark = status if asked else Outcome.NOT_RUN
                self.result.stages[stage.name] = StageOutcome(stage.name, mark, None, reason)

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise OutOfTime

    def _ticks(self, stage: StageName | None, ticks: Iterator[None]) -> Steps[None]:
        for _ in ticks:
            yield self._progress(stage, None)

    def _progress(self, stage: StageName | None, gain: float | None) -> Progress:
        now = time.monotonic()
        return Progress(
            stage, self._evaluator.fits, gain, now - self._started, max(0.0, self._deadline - now)
        )


def _share(verdict: Verdict, best: Probe | None, errors: float) -> float:
    """Share of the proven gain in it and the best headroom, less so many standard errors."""
    headroom = 0.0 if best is None else max(0.0, best.gain - errors * best.se)
    return verdict.gain / (verdict.gain + headroom)


def difference(recipe: Recipe, a: Candidate, b: Candidate) -> dict[str, tuple[Any, Any]]:
    """What changed from a to b: every parameter, and every part of the treatment, by name."""
    names = sorted({*a.params, *b.params})
    out = {}
    for name in names:
        before = a.params.get(name, recipe.defaults.get(name))
        after = b.params.get(name, recipe.defaults.get(name))
        if before != after:
            out[name] = (before, after)
    for name in ("fraction", "pool", "merge_duplicates", "class_weight"):
        before, after = getattr(a.treatment, name), getattr(b.treatment, name)
        if before != after:
            out[name] = (before, after)
    return out
