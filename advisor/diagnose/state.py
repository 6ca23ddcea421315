"""What a diagnosis is made of, and what the curves alone suggest; ``judge.py`` has the last word.

States: not_learning, diverging, jagged, flat, frozen, not_converged, underfit, overfit,
overconfident, threshold, healthy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from advisor.diagnose.inside import Inner
from advisor.diagnose.shape import Shape
from advisor.types import StageName

LR, REG = StageName.LEARNING_RATE, StageName.REGULARIZATION
DATA, DEPTH = StageName.DATA_SIZE, StageName.DEPTH

WORTH = 0.03
"""Share of the naive loss from which a gain counts: a fault that costs less does not explain why a
model is stuck."""
SIGMAS = 2.5  # standard errors that one of about seven probes must gain over a healthy curve
SIGMAS_SUSPECTED = 2.0  # and over a curve that shows a fault by itself
TIED = 2.0  # paired standard errors within which two probes do equally well
NOT_LEARNING = 0.02  # training skill below it is nothing
JAGGED = 0.02  # strong above .05
FALLEN_BACK = 0.1  # of what training had gained: losing it again is no overfitting, it diverges
FROZEN = 0.1
FALLS_P = 0.01
UNFINISHED = 0.02  # lower end of the predicted gain of twice the rounds, over the curve's span
UNFINISHED_SKILL = 0.01  # and over the naive loss: a small span alone is no unfinished business
FEWEST_POINTS = 4  # of a curve about whose end anything can be said
RECOVERED = 0.5  # of the rise, by a temperature: then the probabilities are only too sure


@dataclass(frozen=True, slots=True)
class Seen:
    """A probe in the units of the diagnosis.

    Attributes:
        lever, origin: of the Probe.
        gain, se: in the metric's unit.
        share: the gain over the naive loss, which is skill.
        behind, behind_se: paired with the probe that gains most, 0 for that one.
        frees: 1 where the change gives the model more room, -1 where it gives less, 0 for both or
            neither.
        outside: it moves a setting that lies outside its recipe's range.
        rounds: that its fit used; None for a family without rounds.
        ratio: its rate over the person's.
        mends: it turns a model worse than twice the naive loss into one better than naive.  The
            error of such a gain is that of the broken model's own wild predictions, not luck.
    """

    lever: StageName
    origin: str
    gain: float
    se: float
    share: float
    behind: float = 0.0
    behind_se: float = 0.0
    frees: int = 0
    outside: bool = False
    rounds: int | None = None
    ratio: float = 1.0
    mends: bool = False

    def beyond(self, errors: float) -> bool:
        """Whether it gains more than so many standard errors; half the rows explain nothing."""
        clear = self.mends or self.gain > errors * self.se
        return clear and self.origin != "half_the_rows"

    @property
    def tied(self) -> bool:
        return self.behind <= TIED * self.behind_se


@dataclass(frozen=True, slots=True)
class Reference:
    """A default booster on the first fold: its validation skill, and its lead over the model.

    ``same_family``: the model is a booster too, so that nothing but its settings can be behind.
    """

    skill: float
    lead: float
    se: float
    same_family: bool = True

    @property
    def sure(self) -> bool:
        return self.lead > max(WORTH, SIGMAS * self.se)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything a diagnosis is made of.

    Attributes:
        shape: of the mean curve.
        failed: folds on which the fit failed.
        skill_se: standard error of the validation skill.
        stopped_early: early stopping chose the rounds, so a curve that still falls is no news.
        probes: None before they are measured.
        reference: None where it was not needed.
        metric_is_loss: the curves show the person's own metric.
        metric_error: standard error of the score beside the loss.
        recovered: share of the validation loss's rise that a temperature takes back.
        threshold: what another threshold gains, (share of the naive loss, its error, threshold).
        from_naive: training starts at the naive loss, as a booster's does; a net starts anywhere.
        inner: readings from inside of a net; None for what has no inside.
    """

    shape: Shape
    failed: int
    skill_se: float
    stopped_early: bool
    probes: tuple[Seen, ...] | None = None
    reference: Reference | None = None
    metric_is_loss: bool = True
    metric_error: float = 0.0
    recovered: float | None = None
    threshold: tuple[float, float, float] | None = None
    from_naive: bool = True
    inner: Inner | None = None

    @property
    def unreached(self) -> bool:
        """No gradient arrives at the first layers of the net."""
        return self.inner is not None and self.inner.alarm == "vanishing"

    @property
    def sure(self) -> tuple[Seen, ...]:
        """The probes that bring the model forward, by more than luck."""
        healthy = by_curves(self).state == "healthy"
        errors = SIGMAS if healthy else SIGMAS_SUSPECTED
        return tuple(p for p in self.probes or () if p.beyond(errors))


@dataclass(frozen=True, slots=True)
class Found:
    """A state, what it points to, whether a probe confirms it, and the numbers of that."""

    state: str
    points_to: str | None
    confirmed: bool = False
    evidence: tuple[tuple[str, Any], ...] = ()


def by_curves(r: Reading) -> Found:
    """What the curves alone suggest."""
    s = r.shape
    grown = s.train_skill < -NOT_LEARNING and (r.from_naive or not _falling(s))
    if r.failed or not s.finite or grown:
        return Found("diverging", LR)
    if s.train_skill < max(NOT_LEARNING, 2 * r.skill_se) and not s.turned:
        return Found("not_learning", DEPTH if r.unreached else LR)
    if s.fallen_back > FALLEN_BACK:
        return Found("diverging", LR)
    if s.jagged > JAGGED:
        return Found("jagged", LR)
    if s.turned and s.train_skill < NOT_LEARNING:  # nothing was learned that could be memorised
        return Found("not_learning", DEPTH if r.unreached else LR)
    if s.turned:
        return Found("overconfident" if too_sure(r) else "overfit", REG)
    if s.frozen > FROZEN:
        return Found("frozen", REG)
    if unfinished(r):
        return Found("not_converged", LR)
    return Found("healthy", None)


def _falling(s: Shape) -> bool:
    """The training loss falls; of a handful of rounds, that it is lowest at the end."""
    return s.falls_p < FALLS_P or (s.points < 6 and s.train <= s.lowest_train)


def unfinished(r: Reading) -> bool:
    """The validation loss was still falling, and twice the rounds would bring something."""
    s, further = r.shape, r.shape.further
    if r.stopped_early:
        return False
    if further is None:
        return s.points < FEWEST_POINTS and s.best_round == s.rounds
    skill = further.low * s.span / (abs(s.naive) or 1.0)
    return further.low > UNFINISHED and skill > UNFINISHED_SKILL


def too_sure(r: Reading) -> bool:
    """Whether the validation loss rose because the probabilities became too sure, not wrong."""
    return r.recovered is not None and r.recovered >= RECOVERED and holds(r)


def holds(r: Reading) -> bool:
    """The score beside the loss keeps its best while the loss rises."""
    lost = r.shape.metric_lost
    return lost == lost and lost <= max(0.005, 2 * r.metric_error)
