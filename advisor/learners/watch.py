"""Looking at a model while it is fitted: its predictions, losses and curve, and when to stop."""

from __future__ import annotations

from collections import deque
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from advisor.measurements import Curve, Fit, Inside
from advisor.metrics.table import Metric, companion, largest_share, monitored, naive_prediction
from advisor.settings import Stopping
from advisor.types import Dataset, Floats, Split

CURVE_POINTS = 100  # of a booster; half of them evenly, half on a log axis: both ends matter
DIVERGED = 100.0  # times the naive loss; only an unbounded loss gets there

Values: TypeAlias = NDArray[Any]
Scored: TypeAlias = tuple[Values, Values, Floats | None]  # predictions, targets, weights


def curve_rounds(rounds: int) -> set[int]:
    """The rounds of 1..``rounds`` at which a booster's curve has points."""
    half = CURVE_POINTS // 2
    spread = np.concatenate([np.linspace(1, rounds, half), np.geomspace(1, rounds, half)])
    return set(np.unique(spread.round()).astype(int).tolist())


class Watches:
    """The Watches of one Dataset: what they follow is decided here, once.

    Attributes:
        monitor: the metric whose loss is followed.
    """

    def __init__(self, data: Dataset, metric: Metric) -> None:
        self.monitor = monitored(metric, data.task)
        self._beside = companion(metric, data.task, largest_share(data))
        self._data = data

    def of(self, split: Split) -> Watch:
        return Watch(self.monitor, self._beside, self._data, split)

    def refused(self, split: Split, rounds: int | None = 1) -> Fit:
        """What stands for a candidate that could not be fitted: the naive prediction."""
        naive = Watch(self.monitor, None, self._data, split).naive
        return Fit(naive.astype(np.float32), rounds, 0.0, None, "refused")

    def naive(self, y: Values, weight: Floats | None) -> Values:
        """What the naive predictor learns from these rows, () or (K,)."""
        data = self._data
        return naive_prediction(self.monitor, y, weight, data.task, n_classes=data.n_classes)

    def hopeless(self, pred: Values, y: Values, weight: Floats | None) -> bool:
        """Whether even the loss of the training rows has left every scale (``Watch.hopeless``)."""
        guess = self.naive(y, weight)
        guess = np.broadcast_to(guess, (len(y), *guess.shape))
        now, then = (self.monitor.loss(self.monitor.score(y, p, weight)) for p in (pred, guess))
        return not np.isfinite(now) or now > DIVERGED * abs(then)


class Watch:
    """Looks at the predictions for one split.

    Predictions of the validation rows come sorted by row; they go out in the order of the split.
    """

    def __init__(self, monitor: Metric, beside: Metric | None, data: Dataset, split: Split) -> None:
        self._monitor = monitor
        self._beside = beside
        self._points: list[tuple[float, ...]] = []
        self._order = np.argsort(np.argsort(split.valid))
        self._y = data.y[np.sort(split.valid)]
        self._weight = None if data.weight is None else data.weight[np.sort(split.valid)]
        y = data.y[split.train]
        weight = None if data.weight is None else data.weight[split.train]
        naive = naive_prediction(monitor, y, weight, data.task, n_classes=data.n_classes)
        self._naive = np.broadcast_to(naive, (len(self._y), *naive.shape))
        self._pred: Values = self._naive
        self._seen: Values = self._naive

    @property
    def best(self) -> Values:
        """Predictions that were kept, in the order of ``split.valid``."""
        return self._pred[self._order]

    @property
    def naive(self) -> Values:
        return self._naive[self._order]

    def keep(self) -> None:
        """Hold on to the predictions of the last look."""
        self._pred = self._seen

    def look(self, pred: Values) -> float:
        """The monitored loss on the validation rows now; holds on to nothing but ``pred``."""
        self._seen = pred
        return self._loss(pred, self._y, self._weight)

    def mark(self, number: int, pred: Values, train: Scored) -> float:
        """A point of the curve: both losses now, in eval mode; returns the validation loss."""
        loss = self.look(pred)
        beside = self._score(pred, self._y, self._weight)
        self._points.append((number, self._loss(*train), loss, *self._score(*train), *beside))
        return loss

    @property
    def curve(self) -> Curve:
        """The points that were marked."""
        rounds, *losses = zip(*self._points, strict=True)
        return Curve(np.asarray(rounds, dtype=np.int64), *map(np.asarray, losses))

    @property
    def naive_loss(self) -> float:
        return self._loss(self._naive, self._y, self._weight)

    def hopeless(self) -> bool:
        """Whether what was kept has diverged."""
        loss = self._loss(self._pred, self._y, self._weight)
        return not np.isfinite(loss) or loss > DIVERGED * abs(self.naive_loss)

    def fit(
        self,
        rounds: int | None,
        seconds: float,
        *,
        curve: bool,
        failed: bool = False,
        inside: Inside | None = None,
    ) -> Fit:
        """What was kept; the naive prediction where the fit ``failed`` or that is no number."""
        with np.errstate(all="ignore"):
            pred = self.best.astype(np.float32)
        failed = failed or not np.isfinite(pred).all()
        if failed:
            pred = self.naive.astype(np.float32)
        points = self.curve if curve else None
        return Fit(pred, rounds, seconds, points, "diverged" if failed else None, inside)

    def _score(self, pred: Values, y: Values, weight: Floats | None) -> tuple[float, ...]:
        if self._beside is None:
            return ()
        with np.errstate(all="ignore"):
            return (self._beside.score(y, pred, weight),)

    def _loss(self, pred: Values, y: Values, weight: Floats | None) -> float:
        with np.errstate(all="ignore"):
            return self._monitor.loss(self._monitor.score(y, pred, weight))


class Patience:
    """Whether more rounds are worth running, from the validation losses so far (``Stopping``).

    Args:
        stopping: the rule.
        naive_loss: on the validation rows.
        smooth: losses whose mean stands for the last one.  The lowest point of a jagged curve is
            luck, and a model kept there flatters itself on the rows that it is scored on.  Until
            there are so many, the last round is the best one: a mean of fewer is lucky more often.

    Attributes:
        best, best_round: the lowest (mean) loss and its round.
    """

    def __init__(self, stopping: Stopping, naive_loss: float, smooth: int = 1) -> None:
        self._stopping = stopping
        self._naive = naive_loss
        self._smooth = smooth
        self._recent: deque[float] = deque(maxlen=smooth)
        self._reference = np.inf
        self._since = 0
        self._last = 0
        self.best = np.inf
        self.best_round = 1

    def see(self, number: int, loss: float) -> bool:
        """Take in the loss after ``number`` rounds; whether it is the lowest so far."""
        self._since += number - self._last
        self._last = number
        filling = len(self._recent) < self._smooth
        self._recent.append(loss)
        if len(self._recent) > 1:
            loss = sum(self._recent) / len(self._recent)
        better = loss < (np.inf if filling else self.best)
        if better:
            self.best, self.best_round = loss, number
        worth = self._stopping.min_share * max(0.0, self._naive - loss)
        if loss < self._reference - worth:
            self._reference, self._since = loss, 0
        return better

    @property
    def over(self) -> bool:
        """Whether patience is at its end."""
        return self._since >= self._stopping.patience
