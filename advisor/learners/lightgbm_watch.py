"""Looking at a booster while it grows: its running predictions, losses and curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from advisor.metrics import Metric, naive_prediction
from advisor.types import Curve, Dataset, Floats, Split

DIVERGED = 100.0  # times the naive loss; only an unbounded loss gets there


class Watch:
    """Looks at a running booster's predictions for one split."""

    def __init__(self, monitor: Metric, beside: Metric | None, data: Dataset, split: Split) -> None:
        self._monitor = monitor
        self._beside = beside
        self._points: list[tuple[float, ...]] = []
        self._classes = data.task.is_classification
        self._order = np.argsort(np.argsort(split.valid))  # parts are sorted by row
        self._y = data.y[np.sort(split.valid)]
        self._weight = None if data.weight is None else data.weight[np.sort(split.valid)]
        y = data.y[split.train]
        weight = None if data.weight is None else data.weight[split.train]
        naive = naive_prediction(monitor, y, weight, data.task, n_classes=data.n_classes)
        self._naive = np.broadcast_to(naive, (len(self._y), *naive.shape))
        self._pred: NDArray[Any] = self._naive
        self._seen: NDArray[Any] = self._naive

    @property
    def best(self) -> NDArray[Any]:
        """Predictions that were kept, in the order of ``split.valid``."""
        return self._pred[self._order]

    @property
    def naive(self) -> NDArray[Any]:
        return self._naive[self._order]

    def keep(self) -> None:
        """Hold on to the predictions of the last look."""
        self._pred = self._seen

    def look(self, booster: lgb.Booster) -> float:
        """The monitored loss on the validation rows now."""
        self._seen = _predictions(booster.eval_valid)
        return self._loss(self._seen, self._y, self._weight)

    def mark(self, booster: lgb.Booster, number: int) -> float:
        """A point of the curve: both losses now, in eval mode; returns the validation loss."""
        seen: list[float] = []

        def record(pred: NDArray[Any], part: lgb.Dataset) -> tuple[str, float, bool]:
            y = np.asarray(part.get_label())
            y = y.astype(np.int64) if self._classes else y
            weight = part.get_weight()
            weight = None if weight is None else np.asarray(weight)
            seen.extend((self._loss(pred, y, weight), *self._score(pred, y, weight)))
            return "loss", 0.0, False

        booster.eval_train(record)
        loss = self.look(booster)
        beside = self._score(self._seen, self._y, self._weight)
        self._points.append((number, seen[0], loss, *seen[1:], *beside))
        return loss

    @property
    def curve(self) -> Curve:
        """The points that were marked."""
        rounds, *losses = zip(*self._points, strict=True)
        return Curve(np.asarray(rounds, dtype=np.int64), *map(np.asarray, losses))

    def _score(
        self, pred: NDArray[Any], y: NDArray[Any], weight: Floats | None
    ) -> tuple[float, ...]:
        if self._beside is None:
            return ()
        with np.errstate(all="ignore"):
            return (self._beside.score(y, pred, weight),)

    @property
    def naive_loss(self) -> float:
        return self._loss(self._naive, self._y, self._weight)

    def hopeless(self) -> bool:
        loss = self._loss(self._pred, self._y, self._weight)
        return not np.isfinite(loss) or loss > DIVERGED * abs(self.naive_loss)

    def _loss(self, pred: NDArray[Any], y: NDArray[Any], weight: Floats | None) -> float:
        with np.errstate(all="ignore"):
            return self._monitor.loss(self._monitor.score(y, pred, weight))


def _predictions(evaluate: Callable[..., Any]) -> NDArray[Any]:
    """The booster's running predictions, through the hook it offers for custom metrics."""
    kept: list[NDArray[Any]] = []

    def record(pred: NDArray[Any], _: lgb.Dataset) -> tuple[str, float, bool]:
        kept.append(np.array(pred))
        return "kept", 0.0, False

    evaluate(record)
    return kept[0]
