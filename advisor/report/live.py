"""The progress of a run on stderr: a ladder that redraws itself, or one plain line per stage."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from advisor.events import (
    AuditEnded,
    BaselineMeasured,
    Escalated,
    Event,
    Finished,
    ProbesMeasured,
    Progress,
    RunStarted,
    StageEnded,
    StageStarted,
    TestOpened,
)
from advisor.report import numbers
from advisor.report.findings import audit_summary
from advisor.report.locale import Catalog
from advisor.report.phrases import folds_words, metric_words, places_of, probes_words, stage_words
from advisor.results import StageOutcome
from advisor.types import STAGE_ORDER, StageName

FRAMES_PER_SECOND = 8
TELLING = (AuditEnded, BaselineMeasured, ProbesMeasured, Escalated, TestOpened)


class EventView(Protocol):
    """Shows the events of one run; a context, so that the terminal is left as it was."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, event: Event) -> None: ...


class _Scores:
    """Decimals that fit the run's scores, known once the baseline is."""

    def __init__(self, catalog: Catalog) -> None:
        self.comma = catalog.unit("thousands")
        self.base: float | None = None

    def score(self, value: float) -> str:
        return numbers.fixed(value, self._places(), comma=self.comma)

    def gain(self, value: float) -> str:
        return numbers.fixed(value, self._places(value), sign=True, comma=self.comma)

    def places(self, *gains: float) -> int:
        return self._places(*gains)

    def _places(self, *gains: float) -> int:
        return places_of(self.base, gains) if self.base is not None else 4


class Said:
    """Events in words, one line each, with decimals that fit the run."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.scores = _Scores(catalog)

    def line(self, event: Event) -> str | None:
        """The line of an event, those about fits included; None for what has none."""
        if isinstance(event, BaselineMeasured):
            self.scores.base = event.baseline.score
        if not isinstance(event, Progress):
            return event_words(event, self.catalog, self.scores)
        stage = event.stage
        name = "" if stage is None else f"{self.catalog.stage(stage)}: "
        return name + progress_words(event, self.catalog, self.scores)


class PlainView:
    """One line for the start, the baseline and every stage that ended; no control characters."""

    def __init__(self, stream: TextIO, catalog: Catalog) -> None:
        self.stream = stream
        self.said = Said(catalog)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, event: Event) -> None:
        line = None if isinstance(event, Progress) else self.said.line(event)
        if line:
            print(line, file=self.stream, flush=True)


class LiveView:
    """The ladder of the stages with their state, fits, best gain so far and time left."""

    def __init__(self, stream: TextIO, catalog: Catalog, *, color: bool = True) -> None:
        self.catalog = catalog
        self.scores = _Scores(catalog)
        self.console = Console(file=stream, no_color=not color, highlight=False, emoji=False)
        self.ended: dict[StageName, StageOutcome] = {}
        self.current: StageName | None = None
        self.progress: Progress | None = None
        self.title = ""
        self.last = ""
        self.live = Live(
            console=self.console,
            refresh_per_second=FRAMES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            get_renderable=self.ladder,
        )

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def show(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.progress = event
            return
        if isinstance(event, BaselineMeasured):
            self.scores.base = event.baseline.score
        elif isinstance(event, StageStarted):
            self.current = event.stage
            self.ended.pop(event.stage, None)
            self.progress = None
        elif isinstance(event, StageEnded):
            self.ended[event.outcome.stage] = event.outcome
            self.current = None
        line = event_words(event, self.catalog, self.scores) or ""
        if isinstance(event, RunStarted):
            self.title = line
        elif isinstance(event, TELLING):
            self.last = line

    def ladder(self) -> RenderableType:
        """What is drawn now."""
        table = Table.grid(padding=(0, 2))
        for _ in range(4):
            table.add_column(no_wrap=True, overflow="ellipsis")
        for number, stage in enumerate(STAGE_ORDER, start=1):
            name, words, style = self._stage(stage)
            table.add_row(Text(f"  {number}"), Text(name, style), Text(words, style), Text())
        if not self.title:
            return Text()
        waiting = self.current is None and not self.ended
        say = self.catalog.say
        status = self.last or (say("event.baseline_running") if waiting else "")
        return Group(Text(self.title, "bold"), Text(status), table)

    def _stage(self, stage: StageName) -> tuple[str, str, str]:
        catalog = self.catalog
        name = catalog.stage(stage)
        outcome = self.ended.get(stage)
        if outcome is not None:
            words = stage_words(catalog, outcome)
            if outcome.verdict is not None:
                words = f"{self.scores.gain(outcome.verdict.gain)}  {words}"
            return name, words, "green" if outcome.status.is_proven else ""
        if stage != self.current:
            return name, catalog.say("event.waiting"), "dim"
        return name, self._running(), "bold"

    def _running(self) -> str:
        if self.progress is None:
            return self.catalog.say("event.running")
        return progress_words(self.progress, self.catalog, self.scores)


def progress_words(progress: Progress, catalog: Catalog, scores: _Scores) -> str:
    """How far a stage is: fits, the best gain so far, the time left."""
    say = catalog.say
    parts = [say("event.running"), say("event.fits", fits=progress.fits)]
    if progress.best_gain is not None:
        parts.append(say("event.best", gain=scores.gain(progress.best_gain)))
    if progress.seconds_left < 1:
        parts.append(say("event.last_fits"))
    elif progress.seconds_left < float("inf"):
        parts.append(say("event.left", s=progress.seconds_left))
    return catalog.unit("comma").join(parts)


def event_words(event: Event, catalog: Catalog, scores: _Scores) -> str | None:
    """One plain line for an event; None for those that have none."""
    say = catalog.say
    match event:
        case RunStarted(dataset=data):
            values = {"rows": int(data.train.size), "features": data.X.shape[1]}
            metric = metric_words(catalog, event.metric)
            return say("event.started", name=event.name, metric=metric, **values)
        case BaselineMeasured(baseline=model):
            shown = {"score": scores.score(model.score), "se": scores.score(model.se)}
            folds = folds_words(catalog, model.folds)
            return say("event.baseline", s=event.seconds, folds=folds, **shown)
        case AuditEnded(findings=findings, blocked=blocked):
            said = audit_summary(catalog, findings, blocked=blocked)
            return say("event.audit", said=" ".join(said.split()))
        case ProbesMeasured(probes=probes):
            places = scores.places(max((abs(p.gain) for p in probes), default=0.0))
            ranking = probes_words(catalog, probes, places)
            return say("event.probes", ranking=ranking) if ranking else None
        case StageStarted(stage=stage, pass_number=n):
            key = "stage_started" if n <= 1 else "stage_pass"
            question = say(f"stage.{stage}.question")
            return say(f"event.{key}", stage=stage, n=n, question=question)
        case StageEnded(outcome=outcome):
            words, verdict = stage_words(catalog, outcome), outcome.verdict
            if verdict is None:
                return say("event.stage_ended", stage=outcome.stage, words=words)
            shown = {k: scores.gain(getattr(verdict, k)) for k in ("gain", "low", "high")}
            return say("event.stage_numbers", stage=outcome.stage, words=words, **shown)
        case Escalated(escalation=found):
            code = "proven" if found.proven else "not_proven"
            return say(f"event.escalated_{code}", family=found.family)
        case TestOpened(result=test):
            before, after = scores.score(test.before), scores.score(test.after)
            return say("event.test", before=before, after=after)
        case Finished(report=report):
            status = say(f"status.{report.status}")
            cost = report.cost
            return say("event.finished", status=status, fits=cost.fits, s=cost.seconds)
        case _:
            return None


def open_view(stream: TextIO, catalog: Catalog, *, live: bool, color: bool) -> EventView:
    """The view for a stream: the ladder where it can redraw, plain lines elsewhere."""
    return LiveView(stream, catalog, color=color) if live else PlainView(stream, catalog)
