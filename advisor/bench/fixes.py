"""Named fixes of a person's own model, side by side on equal splits.

A fix is the best that one stage finds, one preset of the recipe, one treatment of the rows or one
preprocessing.  Whatever it is, it is chosen on the search folds and then measured beside the
person's model on fresh partitions with its rounds fixed; every fix of a config is scored on the
same folds, and all share one journal.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from advisor.config.run_config import RunConfig
from advisor.config.sections import ModelConfig
from advisor.errors import ConfigError
from advisor.inputs import Inputs, evaluator_for, read_inputs
from advisor.judge.candidates import difference
from advisor.judge.paired import estimate, pair
from advisor.measure.journal import Journal
from advisor.recipes.load import load_treatments
from advisor.search.race import Race
from advisor.search.session import Session
from advisor.settings import Candidate
from advisor.stages import STAGES
from advisor.stages.base import StageContext, variant
from advisor.stages.data_size import treated
from advisor.types import STAGE_ORDER, StageName


@dataclass(frozen=True, slots=True)
class FixRow:
    """One fix of one config.

    Attributes:
        before, after: scores on the fresh folds, in the metric's own unit.
        gain: positive when better, with its standard error ``se`` (rows and models) and ``df``.
        tried: candidates it was chosen from; 0 where there was nothing to try.
        fits, seconds: what finding and measuring it cost.
        dearer: time of one of its fits over one of the person's model; None where unknown.
        change: what it changes, {name: [before, after]}.
    """

    config: str
    fix: str
    metric: str
    greater_is_better: bool
    rows: int
    before: float
    after: float
    gain: float
    se: float
    df: int
    tried: int
    fits: int
    seconds: float
    dearer: float | None
    change: Mapping[str, Any]


PREPROCESSINGS: dict[str, Mapping[str, Any]] = {
    "scale": {"scale": "standard"},
    "missing_indicator": {"missing": "indicator"},
}


def fix_names(model: ModelConfig) -> list[str]:
    """Every fix that can be asked of a model: stages, presets, treatments, preprocessings."""
    recipe = model.recipe()
    presets = [f"{s}/{p.origin}" for s, part in recipe.stages.items() for p in part.presets]
    treatments = load_treatments().treatments
    return [*map(str, STAGE_ORDER), *dict.fromkeys(presets), *treatments, *PREPROCESSINGS]


def content_of(config: RunConfig) -> str:
    """sha256, hex, of what a config asks and of the files it names."""
    digest = hashlib.sha256(config.identity().encode())
    trials = config.search.model_dump(mode="json", include={"trials", "folds"})
    digest.update(repr(trials).encode())
    for paths in (config.data.path, config.data.pool):
        for path in [paths] if isinstance(paths, str) else paths or []:
            file = config.resolve(path)
            digest.update(file.read_bytes() if file.is_file() else b"?")
    return digest.hexdigest()


def measure_fix(config: RunConfig, name: str, fix: str, journal: Path) -> FixRow:
    """One fix of one config against the person's model.

    Args:
        config: the person's.
        name: of the config in the result.
        fix: one of ``fix_names`` of its model.
        journal: SQLite file that the fixes of this config share.

    Raises:
        UsageError: the config or its data cannot be used.
    """
    began = time.monotonic()
    inputs = read_inputs(config, None)
    shared = Journal(journal)
    try:
        session = _session(inputs, shared)
        evaluator, person = session.evaluator, session.person
        if person.stopping is not None:
            person = session.fix(evaluator.evaluation(person, session.splits))
        context = session.context((person,), 1)
        best, tried = _best(session, context, fix)
        folds = [split for partition in session.partitions for split in partition]
        before = evaluator.evaluation(person, folds)
        after = before if best is None else evaluator.evaluation(best, folds)
        found = estimate(pair(before, after))
        spent = [sum(fit.seconds for fit in e.fits) for e in (before, after)]
        change = {} if best is None else difference(inputs.recipe, person, best)
        metric = inputs.metric
        return FixRow(
            config=name,
            fix=fix,
            metric=metric.name,
            greater_is_better=metric.greater_is_better,
            rows=len(inputs.dataset.train),
            before=metric.shown(before.score),
            after=metric.shown(after.score),
            gain=found.mean,
            se=found.se(),
            df=found.df,
            tried=tried,
            fits=evaluator.fits + evaluator.fits_from_journal,
            seconds=time.monotonic() - began,
            dearer=spent[1] / spent[0] if spent[0] > 0 else None,
            change={knob: list(values) for knob, values in change.items()},
        )
    finally:
        shared.close()


def _session(inputs: Inputs, journal: Journal) -> Session:
    config = inputs.config
    return Session(
        evaluator=evaluator_for(inputs, journal),
        recipe=inputs.recipe,
        person=inputs.person,
        config=config.search,
        min_gain=inputs.kpi.min_gain,
        seed=config.seed,
        deadline=time.monotonic() + 60 * config.search.minutes,
        kpi=inputs.kpi,
        allow=config.audit.allow,
    )


def _best(session: Session, context: StageContext, fix: str) -> tuple[Candidate | None, int]:
    """The fix with its rounds fixed, and how many candidates it was chosen from."""
    if fix in map(str, STAGE_ORDER):
        return _of_stage(session, context, StageName(fix))
    candidate = _named(context, fix)
    if candidate is None:
        return None, 0
    return session.fix(session.evaluator.evaluation(candidate, session.splits)), 1


def _named(context: StageContext, fix: str) -> Candidate | None:
    """A preset, treatment or preprocessing of the person's model; None where it changes nothing."""
    start, name = context.start, fix.partition("/")[2]
    allowed = context.allowed(start.params)
    if name:
        stage = StageName(fix.partition("/")[0])
        tried = context.recipe.stages[stage].presets_for(context.dataset.task)
        preset = next((p for p in tried if p.origin == name), None)
        if preset is None:  # it is for other tasks
            return None
        params = context.recipe.apply(preset, stage, start.params)
        changes = {k: v for k, v in params.items() if v != start.params.get(k)}
        return variant(context, start, stage, name, changes, rounds=allowed) if changes else None
    if fix in PREPROCESSINGS:
        after = replace(start.preprocessing, **PREPROCESSINGS[fix])
        changed = replace(start, preprocessing=after)
        same = after == start.preprocessing
        return (
            None
            if same
            else variant(context, changed, StageName.FOUNDATIONS, fix, {}, rounds=allowed)
        )
    treatment = treated(context, load_treatments().treatments[fix], start.treatment)
    if treatment is None:
        return None
    if treatment.pool > start.treatment.pool:  # more rows carry more rounds
        allowed = max(allowed, context.longest(context.rate(start.params)))
    changed = replace(start, treatment=treatment)
    return variant(context, changed, StageName.DATA_SIZE, fix, {}, rounds=allowed)


def _of_stage(
    session: Session, context: StageContext, name: StageName
) -> tuple[Candidate | None, int]:
    """The winner of a stage's race, proven or not."""
    stage = next(s for s in STAGES if s.name is name)
    if stage.why_not(context) is not None:
        return None, 0
    race = Race(session.evaluator, session.splits, context.start, context.worth)
    proposals = stage.propose(context)
    batch = next(proposals, None)
    while batch and not session.out_of_time:
        for _ in race.look(batch):
            pass
        try:
            batch = proposals.send(race.glances(batch))
        except StopIteration:
            break
    if not race.candidates:
        return None, 0
    for _ in race.finish():
        pass
    finalists = race.result().finalists
    start = session.evaluator.evaluation(context.start, session.splits)
    best = max(finalists, key=lambda e: estimate(pair(start, e)).mean)
    return session.fix(best), len(race.candidates)


def check_fix(model: ModelConfig, fix: str) -> None:
    """Raise ConfigError ``bench_fix_unknown`` where the model's family has no such fix."""
    allowed = fix_names(model)
    if fix not in allowed:
        raise ConfigError(
            "bench_fix_unknown", {"found": fix, "family": model.family, "allowed": allowed}
        )
