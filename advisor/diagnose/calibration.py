"""Loss and metric disagree: are the probabilities too sure, or is the threshold wrong?

Both answers are fitted on one half of the validation predictions and scored on the other, then the
halves change places, so neither flatters itself.  Guo et al. 2017, "On Calibration of Modern Neural
Networks", for the temperature.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.metrics.contributions import EPS, labels, log_loss
from advisor.metrics.table import Metric, at_threshold
from advisor.types import Floats, Ints

TEMPERATURES = np.geomspace(0.25, 20.0, 45)
FEWEST_ROWS = 40
THRESHOLDS = 40  # quantiles of the predictions that are tried


@dataclass(frozen=True, slots=True)
class Threshold:
    """What another threshold gains in the metric's unit, with its standard error."""

    gain: float
    se: float
    threshold: float


def _halves(n: int, seed: int) -> Iterator[tuple[Ints, Ints]]:
    order = np.random.default_rng(seed).permutation(n)
    one, two = np.sort(order[: n // 2]), np.sort(order[n // 2 :])
    yield one, two
    yield two, one


def tempered(pred: NDArray[np.floating], temperature: float) -> Floats:
    """Probabilities with their logits divided by a temperature; above 1 makes them less sure."""
    p = np.clip(np.asarray(pred, dtype=np.float64), EPS, 1 - EPS)
    if p.ndim == 1:
        return np.asarray(1 / (1 + ((1 - p) / p) ** (1 / temperature)))
    raised = p ** (1 / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def saved_by_temperature(
    y: NDArray[np.int64], pred: NDArray[np.floating], weight: Floats | None = None, seed: int = 0
) -> float:
    """Log loss that one fitted temperature takes away from rows it was not fitted on.

    Args:
        y: (n,) class codes.
        pred: (n,) probabilities of class 1, or (n, K).
        weight: (n,) of the rows.
    """
    if len(y) < FEWEST_ROWS:
        return 0.0
    # (temperatures, n): of every row at every temperature
    rows = np.array([log_loss(y, tempered(pred, t), weight) for t in TEMPERATURES])
    plain = log_loss(y, tempered(pred, 1.0), weight)
    saved = [
        float(rows[int(rows[:, one].mean(axis=1).argmax())][two].mean() - plain[two].mean())
        for one, two in _halves(len(y), seed)
    ]
    return float(np.mean(saved))


def better_threshold(
    metric: Metric, y: NDArray[np.int64], pred: NDArray[np.floating], seed: int = 0
) -> Threshold | None:
    """The gain of a tuned threshold over .5 for two classes; None where it means nothing.

    Args:
        metric: scored at a threshold.
        y: (n,) class codes 0 and 1.
        pred: (n,) probabilities of class 1.
    """
    if pred.ndim != 1 or len(y) < FEWEST_ROWS or len(np.unique(y)) < 2:
        return None
    p = np.asarray(pred, dtype=np.float64)
    tried = np.unique(np.clip(np.quantile(p, np.linspace(0.01, 0.99, THRESHOLDS)), EPS, 1 - EPS))
    gained = np.zeros(len(y))
    kept = []
    for one, two in _halves(len(y), seed):
        scores = [metric.score(y[one], at_threshold(p[one], float(t))) for t in tried]
        best = float(tried[int(np.argmax(scores))])
        kept.append(best)
        moved = metric.rows(y[two], at_threshold(p[two], best), None)
        gained[two] = moved - metric.rows(y[two], p[two], None)
    se = float(gained.std(ddof=1)) / len(y) ** 0.5
    return Threshold(float(gained.mean()), se, float(np.mean(kept)))


def called_positive(pred: NDArray[np.floating], threshold: float | None) -> float | None:
    """Share of the rows called class 1; None for more than two classes."""
    if pred.ndim != 1:
        return None
    return float(labels(at_threshold(pred, threshold)).mean())
