"""Optuna's part of a stage: TPE proposes, one study a stage, kept for optuna-dashboard.

While a stage runs its study lives in memory: what it proposes is a pure function of the seed and
the gains it was told, so a resumed run asks the same.  When the run is over, everything that was
tried is written to the run's study file.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, create_trial

from advisor.recipes.knobs import Knob, is_number

optuna.logging.set_verbosity(optuna.logging.WARNING)


# Shapes of a net that are proposed beside those that were tried: all widths of the start's times
# these, with one hidden layer less, as many, and one more.
WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
LAYERS = (-1, 0, 1)


def distribution(knob: Knob, values: Sequence[Any]) -> BaseDistribution:
    """The knob's range, widened to hold every one of ``values``.

    A special value of a knob (0: no penalty) stands at the low end of its range.  Of layers there
    is no range: the values themselves and some shapes around the first.
    """
    if knob.kind == "layers":
        start = knob.read(values[0])
        around = [knob.reshaped(start, factor, more) for more in LAYERS for factor in WIDTHS]
        shapes = dict.fromkeys(map(_as_text, (*values, *around)))
        return CategoricalDistribution(tuple(shapes))
    for value in values:
        knob = knob.widened_to(value)
    if knob.kind == "choice":
        return CategoricalDistribution(knob.choices)
    if knob.kind == "int":
        return IntDistribution(int(knob.low), int(knob.high), log=knob.log)
    return FloatDistribution(float(knob.low), float(knob.high), log=knob.log)


def _held(space: BaseDistribution, knob: Knob, value: Any) -> Any:
    """A value as the distribution can hold it.

    "No limit" (None, or -1 of a knob whose range is above it) is the high end, any other special
    value the low end.
    """
    if knob.kind == "layers":
        return _as_text(value)
    if not isinstance(space, FloatDistribution | IntDistribution):
        return value
    if not is_number(value):
        return space.high if value is None else space.low
    if value in knob.special and value < 0:
        return space.high
    return type(space.low)(min(max(value, space.low), space.high))


def as_trial(
    knobs: Sequence[Knob],
    space: Mapping[str, BaseDistribution],
    values: Mapping[str, Any],
    gain: float,
    origin: str,
) -> FrozenTrial:
    """A measured setting as a finished trial."""
    return create_trial(
        params={k.name: _held(space[k.name], k, values[k.name]) for k in knobs},
        distributions=dict(space),
        value=gain,
        user_attrs={"origin": origin, **{k: v for k, v in values.items() if v is not None}},
    )


class Proposer:
    """Ask and tell over a stage's knobs; the starting model is trial 0.

    Args:
        knobs: what may move.
        start: the starting model's value of every knob (always inside the range).
        tried: values of the presets, which widen the range where they must.
        seed: of the sampler.
    """

    def __init__(
        self,
        knobs: Sequence[Knob],
        start: Mapping[str, Any],
        tried: Sequence[Mapping[str, Any]],
        seed: int,
    ) -> None:
        self._knobs = knobs
        self._space = {k.name: distribution(k, [t[k.name] for t in (start, *tried)]) for k in knobs}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                seed=seed, multivariate=True, constant_liar=True, n_startup_trials=1
            )
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self.add(start, 0.0, "baseline")

    def add(self, values: Mapping[str, Any], gain: float, origin: str) -> None:
        """Tell a measured setting that was not asked for."""
        self._study.add_trial(as_trial(self._knobs, self._space, values, gain, origin))

    def ask(self) -> tuple[int, dict[str, Any]]:
        """A trial number and the knobs' values to try."""
        trial = self._study.ask(dict(self._space))
        values = {k.name: _readable(k, trial.params[k.name]) for k in self._knobs}
        return trial.number, values

    def tell(self, number: int, gain: float) -> None:
        self._study.tell(number, gain)


def _as_text(widths: Sequence[int]) -> str:
    """Layers as a name: Optuna's choices are text or numbers."""
    return "-".join(map(str, widths))


def _readable(knob: Knob, value: Any) -> Any:
    """Three digits are enough to try, and can be read in a config."""
    if knob.kind == "layers":
        return tuple(int(width) for width in str(value).split("-") if width)
    return float(f"{value:.3g}") if isinstance(value, float) else value


@dataclass(frozen=True, slots=True)
class StageStudy:
    """A finished stage as a study.

    Attributes:
        name: of the study.
        knobs: the stage's.
        trials: (values of the knobs, gain, origin), the starting model first.
    """

    name: str
    knobs: Sequence[Knob]
    trials: Sequence[tuple[Mapping[str, Any], float, str]]


def save_studies(file: Path, stages: Sequence[StageStudy]) -> None:
    """Write finished stages where ``optuna-dashboard FILE`` shows them.

    The file is written anew and then put in place.  Optuna waits without end for the lock of a file
    whose writer was killed, so a file that may be locked is never written to.

    Args:
        file: the run's study file (Optuna's journal format); replaced.
        stages: in their order.
    """
    fresh = file.with_name(f"{file.name}.new")
    for left in (fresh, fresh.with_name(f"{fresh.name}.lock")):
        left.unlink(missing_ok=True)  # of a run that was killed here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        storage = JournalStorage(JournalFileBackend(str(fresh)))
    for stage in stages:
        _save(storage, stage)
    fresh.replace(file)


def _save(storage: JournalStorage, stage: StageStudy) -> None:
    knobs, trials = stage.knobs, stage.trials
    study = optuna.create_study(storage=storage, study_name=stage.name, direction="maximize")
    space = {k.name: distribution(k, [values[k.name] for values, _, _ in trials]) for k in knobs}
    study.add_trials([as_trial(knobs, space, *trial) for trial in trials])
