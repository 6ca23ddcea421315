"""The staged loop, a generator of events.

baseline -> probes -> for each stage in its fixed order: propose, race, gate; a proven stage is
followed by scouts for the later levers, which decide whether it is enough (stop) or kept as the new
starting model (banked).  Nothing here fits, formats or writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from advisor.events import (
    AuditEnded,
    BaselineMeasured,
    Escalated,
    ProbesMeasured,
    StageEnded,
    StageStarted,
)
from advisor.judge import gate
from advisor.judge.summaries import summary
from advisor.measure.evaluate import OutOfTime
from advisor.results import Diagnosis, Outcome, Probe, Remaining, SizeCurve, StageOutcome, Verdict
from advisor.search.auditing import Audit, check_data, check_model, folds_to_check
from advisor.search.contest import Contest, hold
from advisor.search.escalation import Other, escalate, share_of_alpha
from advisor.search.reading import first_reading, second_reading
from advisor.search.scouts import headroom, idle_pool, look_around, scout, share
from advisor.search.session import Session, Steps
from advisor.settings import Candidate
from advisor.stages import FOUNDATIONS, STAGES, Stage
from advisor.types import STAGE_ORDER, Reason, StageName

Until = Literal["audit", "diagnosis", "search"]
MOST_PASSES = 5
KNOWS_NOTHING = 0.05
"""Skill up to which a model is hardly better than the naive guess: no gain of it is enough."""


@dataclass
class SearchResult:
    """What the search found; filled while it runs, so that a stop keeps what there is.

    ``stages`` holds the outcomes in the order they ended, later passes after earlier ones;
    ``contests`` the same with their candidates.  ``other`` is another family's model, asked where
    every stage proved nothing; it is no improvement of the person's own.
    """

    current: Candidate
    diagnosis: Diagnosis | None = None
    probes: tuple[Probe, ...] = ()
    stages: list[StageOutcome] = field(default_factory=list)
    contests: list[tuple[int, Contest]] = field(default_factory=list)
    remaining: Remaining | None = None
    other: Other | None = None
    improved: bool = False
    audit: Audit = field(default_factory=Audit)
    searched: bool = True
    interrupted: bool = False
    out_of_time: bool = False

    @property
    def blocked(self) -> bool:
        """Whether the audit stopped the run."""
        return self.audit.blocks

    @property
    def last_proven(self) -> StageOutcome | None:
        """The stage that made the current model."""
        proven = [outcome for outcome in self.stages if outcome.status.is_proven]
        return proven[-1] if proven else None

    @property
    def size_curve(self) -> SizeCurve | None:
        curves = [outcome.size_curve for outcome in self.stages if outcome.size_curve]
        return curves[-1] if curves else None


class Search:
    """The staged search of one session; ``result`` holds what was found.

    Args:
        session: of the run.
        until: ``audit`` ends after the checks, ``diagnosis`` after the curves and probes.
    """

    def __init__(self, session: Session, until: Until = "search") -> None:
        self._session = session
        self._config = session.config
        self.until = until
        self._put_right = False
        self._inputs_asked = False
        self.result = SearchResult(current=session.person, searched=until == "search")

    def run(self) -> Steps[None]:
        """All stages; Ctrl-C and the end of the time are ends like others."""
        result, stages = self.result, [s for s in STAGES if s.name in self._config.stages]
        try:
            yield from self._check()
            if result.blocked or self.until == "audit":
                return
            context = self._session.context((result.current,), 0)
            self._inputs_asked = FOUNDATIONS.why_not(context) is None
            yield from self._probe(stages)
            if self.until == "diagnosis":
                return
            budget, kept = self._alpha()
            if self._inputs_asked:
                stages = [FOUNDATIONS, *stages]
            for number in range(1, MOST_PASSES + 1):
                budget = yield from self._pass(stages, budget, number)
                if self._put_right:
                    stages = [stage for stage in stages if stage is not FOUNDATIONS]
                if self._config.stop != "never" or not budget:
                    break
            if kept and not result.improved:
                yield from self._escalate(kept)
        except OutOfTime:
            result.out_of_time = True
            self._fill("stage.out_of_time", Outcome.SKIPPED)
        except KeyboardInterrupt:
            result.interrupted = True
            self._fill("stage.interrupted", Outcome.SKIPPED)
        self._fill("stage.after_stop", Outcome.NOT_RUN)

    def _check(self) -> Steps[None]:
        """The checks of the data, the baseline, and the checks of its predictions."""
        session, audit = self._session, self.result.audit
        check_data(session, audit)
        if not audit.blocks:
            yield from self._baseline()
            session.own = session.person  # its rounds are fixed now
            folds = session.splits if self.until != "search" else folds_to_check(session)
            yield from check_model(session, audit, folds)
        session.findings = tuple(audit.findings)
        yield AuditEnded(session.findings, audit.blocks, audit.seconds)

    def _baseline(self) -> Steps[None]:
        """The person's model, with curves, on the first folds."""
        session, evaluator = self._session, self._session.evaluator
        person, glance = session.person, session.glance
        work = [(person, split) for split in glance]
        yield from session.ticks(None, evaluator.measure(work, curve=True))
        if person.stopping is not None:
            measured = evaluator.evaluation(person, glance, curve=True)
            session.person = self.result.current = evaluator.fixed(person, measured)
            work = [(session.person, split) for split in glance]
            yield from session.ticks(None, evaluator.measure(work, curve=True))
        evaluation = evaluator.evaluation(session.person, glance, curve=True)
        naive = evaluator.naive(glance)
        self.result.diagnosis = first_reading(session, stopped_early=person.stopping is not None)
        yield BaselineMeasured(
            baseline=summary(evaluator.metric, evaluation, naive),
            naive=evaluator.metric.shown(naive),
            diagnosis=self.result.diagnosis,
            seconds=session.seconds(),
        )

    def _probe(self, stages: Sequence[Stage]) -> Steps[None]:
        self._session.check_time()
        session = self._session
        probes = yield from look_around(session, stages, session.person, session.glance)
        self.result.probes = tuple(sorted(probes, key=lambda p: -p.gain))
        if self.result.diagnosis is not None:
            self.result.diagnosis = yield from second_reading(
                session, self.result.diagnosis, stages, self.result.probes
            )
        yield ProbesMeasured(self.result.probes)

    def _pass(self, stages: Sequence[Stage], budget: float, number: int) -> Steps[float]:
        """Every stage once, until one is enough.

        Returns the alpha that the next pass may spend: what the proven stages hand back (a
        rejected hypothesis passes its share on; Bretz et al. 2009).
        """
        result, whole = self.result, budget / len(stages)
        freed, queue = 0.0, list(stages)
        while queue:
            stage = queue.pop(0)
            # what the inputs need may only show once the model learns: they are asked twice at most
            alpha = whole / 2 if stage is FOUNDATIONS else whole
            yield StageStarted(stage.name, number)
            contest = yield from hold(self._session, stage, self._starts(), alpha, number)
            outcome = contest.outcome
            if contest.winner is not None:
                freed += alpha
                if stage is FOUNDATIONS:
                    self._put_right = True
                    self._session.own = self._with_inputs_of(contest.winner)
                result.current, result.improved, result.remaining = contest.winner, True, None
                again = self._again(stages, stage)
                outcome = yield from self._go_on(outcome, [*again, *queue])
                if again and outcome.reason.evidence.get("lever") == StageName.FOUNDATIONS:
                    queue = [*again, *queue]
            result.stages.append(outcome)
            result.contests.append((number, contest))
            yield StageEnded(outcome)
            if outcome.status is Outcome.PROVEN:
                return 0.0
        return freed

    def _again(self, stages: Sequence[Stage], stage: Stage) -> list[Stage]:
        """The foundations once more, after a stage that taught the model to learn."""
        asked = [outcome.stage for outcome in self.result.stages].count(StageName.FOUNDATIONS)
        more = FOUNDATIONS in stages and stage is not FOUNDATIONS and not self._put_right
        return [FOUNDATIONS] if more and asked < 2 else []

    def _with_inputs_of(self, winner: Candidate) -> Candidate:
        """The person's own model, its inputs and threshold put right."""
        own = self._session.own
        return replace(own, preprocessing=winner.preprocessing, threshold=winner.threshold)

    def _alpha(self) -> tuple[float, float]:
        """Chance of a false claim: what the stages share, and what another family has."""
        session, whole = self._session, gate.RUN_ALPHA[self._config.proof]
        kept = share_of_alpha(self._config, session.recipe, session.evaluator.dataset.task) * whole
        return whole - kept, kept

    def _escalate(self, alpha: float) -> Steps[None]:
        self.result.other = yield from escalate(self._session, alpha)
        if self.result.other is not None:
            yield Escalated(self.result.other.found)

    def _starts(self) -> tuple[Candidate, ...]:
        """The current model and, once something is banked, the person's own as well."""
        current, own = self.result.current, self._session.own
        return (current,) if current.key == own.key else (current, own)

    def _go_on(self, outcome: StageOutcome, later: Sequence[Stage]) -> Steps[StageOutcome]:
        """Is what was proven most of what is known to be there?  PROVEN stops, BANKED goes on."""
        verdict, stop = outcome.verdict, self._config.stop
        if stop == "never":
            return replace(outcome, status=Outcome.BANKED)
        if verdict is None or stop == "first_proven" or not later:
            return outcome
        try:
            return (yield from self._look(outcome, verdict, later))
        except OutOfTime:  # what is proven stays proven
            return replace(outcome, reason=Reason("stage.not_looked", verdict.reason.evidence))

    def _look(
        self, outcome: StageOutcome, verdict: Verdict, later: Sequence[Stage]
    ) -> Steps[StageOutcome]:
        """What the later stages hold, and whether what was proven is enough beside it."""
        session = self._session
        enough, current = self._config.sufficient, self.result.current
        seen, errors = (yield from scout(session, later, current, session.glance)), 1.0
        best = next(iter(seen), None)
        if share(verdict, best, errors) >= enough > share(verdict, best, -errors):
            # too close to call on the first folds: all of them, and then what they say
            seen, errors = (yield from scout(session, later, current, session.splits)), 0.0
            best = next(iter(seen), None)
        left, part = headroom(best, errors), share(verdict, best, errors)
        worth = session.worth(current)(0.0)
        evidence: dict[str, Any] = {"share": part, "headroom": left, **verdict.reason.evidence}
        pool = idle_pool(seen, errors, worth)
        if pool is not None and part >= enough:
            # the person named these rows to learn whether they help: they are not left unused
            evidence |= {"lever": str(pool.lever), "headroom": headroom(pool, errors)}
            return replace(
                outcome, status=Outcome.BANKED, reason=Reason("stage.idle_pool", evidence)
            )
        if best is not None and left > worth:
            evidence["lever"] = str(best.lever)
            if part < enough:
                reason = Reason("stage.banked", evidence)
                return replace(outcome, status=Outcome.BANKED, reason=reason)
        knows = session.skill(current)
        if knows < KNOWS_NOTHING:
            reason = Reason("stage.still_naive", evidence | {"skill": knows})
            return replace(outcome, status=Outcome.BANKED, reason=reason)
        if best is not None and left > worth:
            self.result.remaining = Remaining(best.lever, left, "--keep-going")
            return replace(outcome, reason=Reason("stage.enough", evidence))
        return replace(outcome, reason=Reason("stage.sufficient", evidence))

    def _fill(self, code: str, status: Outcome) -> None:
        """Say of every stage that has no outcome why it has none."""
        known = {outcome.stage for outcome in self.result.stages}
        inputs = (StageName.FOUNDATIONS,) if self._inputs_asked else ()
        for name in (*inputs, *STAGE_ORDER):
            if name not in known:
                asked = name in (*inputs, *self._config.stages)
                reason = Reason(code if asked else "stage.not_asked")
                mark = status if asked else Outcome.NOT_RUN
                self.result.stages.append(StageOutcome(name, mark, None, reason))
        ended = [outcome.stage for outcome in self.result.stages]
        if len(set(ended)) == len(ended):
            self.result.stages.sort(key=lambda outcome: list(StageName).index(outcome.stage))
