"""What the probes showed, in the units of a diagnosis, and the two fits it may add to them.

Scaled columns, where the audit would have them scaled; a default booster on the first fold, which
tells a model that is held back from a problem that holds no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from advisor.diagnose.state import Reference, Seen
from advisor.judge.candidates import difference
from advisor.recipes.knobs import Knob
from advisor.recipes.load import load_recipe
from advisor.recipes.recipe import Recipe
from advisor.search.race import compare
from advisor.search.scouts import Lever
from advisor.search.session import Session, Steps
from advisor.settings import Candidate, Stopping
from advisor.stages.base import IDLE_SHARE
from advisor.types import Params, Severity, StageName

REFERENCE = "lightgbm"
SAME_RATE = 1.35  # rates closer than this factor are one rate
BROKEN = -1.0  # skill of a model that is worse than twice the naive loss


def naive_loss(session: Session) -> float:
    """The naive loss in the person's metric, on the first folds: the scale of every share."""
    metric = session.evaluator.metric
    return abs(metric.loss(session.evaluator.naive(session.glance))) or 1.0


def scaled_probe(session: Session) -> Steps[list[Lever]]:
    """Where the audit would have the columns scaled: the person's model with that alone changed."""
    bad = (Severity.WARNING, Severity.ISSUE)
    person, evaluator = session.person, session.evaluator
    if not any(f.remedy == "scale" and f.status in bad for f in session.findings):
        return []
    scaled = replace(
        person,
        preprocessing=replace(person.preprocessing, scale="standard"),
        stopping=session.context((person,), 0).stopping(person.params),
        stage=StageName.FOUNDATIONS,
        origin="scale",
    )
    work = [(scaled, split) for split in session.glance]
    yield from session.ticks(None, evaluator.measure(work))
    return [(StageName.FOUNDATIONS, scaled)]


def seen(session: Session, tried: Sequence[Lever]) -> tuple[Seen, ...]:
    """The probes as shares of the naive loss, each beside the one that gains most."""
    recipe, person, evaluator = session.recipe, session.person, session.evaluator
    measured = [
        (lever, c) for lever, c in tried if all(map(partial(evaluator.has, c), session.glance))
    ]
    if not measured:
        return ()
    base = evaluator.evaluation(person, session.glance, curve=True)
    found = [evaluator.evaluation(candidate, session.glance) for _, candidate in measured]
    glances = [compare(base, evaluation) for evaluation in found]
    top = found[max(range(len(found)), key=lambda i: glances[i].gain)]
    scale, seen = naive_loss(session), []
    skill = 1 - evaluator.metric.loss(base.score) / scale
    for (lever, candidate), evaluation, glance in zip(measured, found, glances, strict=True):
        behind, change = compare(evaluation, top), difference(recipe, person, candidate)
        knobs = () if lever not in recipe.stages else recipe.stages[lever].knobs
        moved = [knob for knob in knobs if knob.name in change]
        ways = {knob.room(*change[knob.name]) for knob in moved}
        seen.append(
            Seen(
                lever=lever,
                origin=candidate.origin,
                gain=glance.gain,
                se=glance.se,
                share=glance.gain / scale,
                behind=behind.gain,
                behind_se=behind.se,
                frees=ways.pop() if len(ways) == 1 else 0,
                outside=any(_outside(recipe, person.params, knob) for knob in moved),
                rounds=evaluation.rounds,
                mends=skill < BROKEN and skill + glance.gain / scale > 0,
                ratio=_ratio(*change.get(recipe.rate or "", (1.0, 1.0))),
            )
        )
    return tuple(seen)


def _outside(recipe: Recipe, params: Params, knob: Knob) -> bool:
    """A value where the recipe would not look; of a rate, one off the grid a sweep starts on."""
    value = recipe.value(params, knob.name)
    grid = recipe.stages[StageName.LEARNING_RATE].grid_of(recipe.complete(params))
    if knob.name == recipe.rate and grid:
        return not min(grid) / SAME_RATE <= value <= max(grid) * SAME_RATE
    return not knob.contains(value)


def _ratio(before: float, after: float) -> float:
    return after / before if before > 0 else 1.0


# -- the reference -----------------------------------------------------------------------------


def is_reference(session: Session) -> bool:
    """The person's model is a default booster already, but for its rate and rounds."""
    recipe = session.recipe
    if recipe.family != REFERENCE:
        return False
    of_rate = {recipe.rate, session.evaluator.rounds_name}
    own, default = recipe.complete(session.person.params), recipe.complete({})
    return all(own[k] == v for k, v in default.items() if k not in of_rate)


def reference_fit(session: Session) -> Steps[Reference]:
    """A default booster with early stopping, on the first fold."""
    recipe = load_recipe(REFERENCE)
    evaluator = session.beside(recipe)
    rate = None if recipe.rate is None else float(recipe.value({}, recipe.rate))
    assert recipe.rounds is not None
    params = recipe.complete({recipe.rounds.name: recipe.rounds.longest(rate)})
    stopping = Stopping(recipe.rounds.waits(rate), IDLE_SHARE)
    candidate = Candidate(params, session.person.treatment, stopping=stopping, origin="reference")
    first = session.glance[:1]
    yield from session.ticks(None, evaluator.measure([(candidate, first[0])]))
    theirs = evaluator.evaluation(candidate, first)
    ours = session.evaluator.evaluation(session.person, first)
    scale, lead = naive_loss(session), compare(ours, theirs)
    metric = session.evaluator.metric
    return Reference(
        skill=1 - metric.loss(theirs.score) / scale,
        lead=lead.gain / scale,
        se=lead.se / scale,
        same_family=session.recipe.learner == recipe.learner,
    )
