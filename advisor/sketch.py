"""Predictions and curves reduced to what a picture can show.

Pure functions from arrays to the values of ``pictures.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from advisor.measurements import Curve
from advisor.metrics.contributions import labels
from advisor.pictures import Bin, ClassPicture, Confusion, Line, ResidualPicture
from advisor.types import Floats, Ints

MOST_CLASSES = 26
LINE_POINTS = 80
CURVE_POINTS = 160
SHOWN_ROWS = 400
BINS = 10
POOLED = 1_000_000  # one-against-rest answers that a pooled curve is drawn from
Z95 = 1.959964

Values = NDArray[Any]


def short(value: float) -> float:
    """Five significant digits: finer than any picture."""
    return float(f"{value:.5g}")


def _spread_out(n: int, most: int) -> Ints:
    """At most ``most`` of n positions, evenly, both ends among them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))


def thin_curve(curve: Curve, most: int = CURVE_POINTS) -> Ints:
    """Positions of a curve's rounds worth drawing: close together at first, where most happens.

    The best validation round and the last are always among them.
    """
    n = len(curve.rounds)
    if n <= most:
        return np.arange(n)
    half = most // 2
    early = np.geomspace(1, n, half).round().astype(np.int64) - 1
    kept = {*early.tolist(), *_spread_out(n, most - half - 1).tolist()}
    if np.isfinite(curve.valid).any():
        kept.add(int(np.nanargmin(curve.valid)))
    return np.array(sorted(kept), dtype=np.int64)


def mean_curve(curves: tuple[Curve, ...]) -> Curve | None:
    """The mean over the folds, up to the last round that all of them reached."""
    if not curves:
        return None
    n = min(len(c.rounds) for c in curves)
    if n == 0:
        return None
    parts = ("train", "valid", "train_metric", "valid_metric")
    means = {}
    for part in parts:
        rows = [np.asarray(getattr(c, part))[:n] for c in curves]
        whole = all(len(row) == n for row in rows)
        means[part] = np.mean(rows, axis=0) if whole else np.empty(0)
    return Curve(curves[0].rounds[:n], **means)


def confusion(y: Ints, guess: Ints, classes: tuple[str, ...]) -> Confusion:
    """Rows by class and answer; the rarest classes share one place where there are too many."""
    k = len(classes)
    order, other = np.arange(k), 0
    if k > MOST_CLASSES:
        other = k - MOST_CLASSES + 1
        frequent = np.argsort(-np.bincount(y, minlength=k), kind="stable")
        shown = np.sort(frequent[: MOST_CLASSES - 1])
        order = np.full(k, MOST_CLASSES - 1)
        order[shown] = np.arange(MOST_CLASSES - 1)
        classes = (*(classes[i] for i in shown), "")
    size = min(k, MOST_CLASSES)
    cells = np.bincount(order[y] * size + order[guess], minlength=size * size)
    counts = cells.reshape(size, size)
    return Confusion(classes, tuple(tuple(int(v) for v in row) for row in counts), other)


def class_picture(
    y: Ints, pred: Values, decided: Values, classes: tuple[str, ...], weight: Floats | None
) -> ClassPicture:
    """Out-of-fold predictions of classes.

    Args:
        y: (n,) class codes.
        pred: (n,) probabilities of class 1, or (n, K).
        decided: the same with the person's threshold moved to .5.
        classes: the K labels.
        weight: (n,) of the rows for the curves, None when all weigh the same.
    """
    guess = labels(decided)
    p = np.nan_to_num(np.asarray(pred, dtype=np.float64))
    if p.ndim == 1:
        came, said, w = y == 1, p, weight
        sure, right = p, y == 1
    else:
        sure, right = p.max(axis=1), p.argmax(axis=1) == y
        step = -(-p.size // POOLED)
        part = slice(None, None, step)
        came = (np.eye(p.shape[1], dtype=bool)[y])[part].ravel()
        said = p[part].ravel()
        w = None if weight is None else np.repeat(weight[part], p.shape[1])
    return ClassPicture(
        confusion=confusion(y, guess, classes),
        roc=_roc(came, said, w),
        precision_recall=_precision_recall(came, said, w),
        calibration=_calibration(sure, right),
        share=short(float(np.average(came, weights=w))),
    )


def _line(x: Floats, y: Floats) -> Line:
    """At most LINE_POINTS of a curve, evenly along its length."""
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    wanted = np.linspace(0, way[-1], LINE_POINTS)
    at = np.unique(np.clip(np.searchsorted(way, wanted), 0, len(way) - 1))
    return Line(tuple(short(v) for v in x[at]), tuple(short(v) for v in y[at]))


def _roc(came: Values, said: Floats, weight: Floats | None) -> Line:
    if came.all() or not came.any():
        return Line((), ())
    false, true, _ = roc_curve(came, said, sample_weight=weight)
    return _line(false, true)


def _precision_recall(came: Values, said: Floats, weight: Floats | None) -> Line:
    if not came.any():
        return Line((), ())
    precision, recall, _ = precision_recall_curve(came, said, sample_weight=weight)
    # without the point (0, 1) that scikit-learn adds: no threshold reaches it
    return _line(recall[-2::-1], precision[-2::-1])


def _bin(predicted: float, observed: float, low: float, high: float, rows: int) -> Bin:
    return Bin(short(predicted), short(observed), short(low), short(high), rows)


def _calibration(sure: Floats, right: Values) -> tuple[Bin, ...]:
    bins = []
    for rows in np.array_split(np.argsort(sure, kind="stable"), BINS):
        if len(rows) == 0:
            continue
        n, hits = len(rows), float(right[rows].mean())
        # Wilson's interval: it stays within 0..1 and is honest where every row was right
        middle = (hits + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
        half = Z95 / (1 + Z95**2 / n) * np.sqrt(hits * (1 - hits) / n + Z95**2 / (4 * n * n))
        low, high = min(middle - half, hits), max(middle + half, hits)
        bins.append(_bin(float(sure[rows].mean()), hits, float(low), float(high), n))
    return tuple(bins)


def residual_picture(y: Floats, pred: Values, seed: int) -> ResidualPicture:
    """Out-of-fold predictions of numbers, (n,) each; a sample is drawn, the bins hold all rows."""
    p = np.asarray(pred, dtype=np.float64)
    finite = np.isfinite(p)
    y, p = y[finite], p[finite]
    residual = y - p
    rng = np.random.default_rng(seed)
    n = len(p)
    shown = np.sort(rng.choice(n, min(n, SHOWN_ROWS), replace=False))
    bins = []
    for rows in np.array_split(np.argsort(p, kind="stable"), BINS):
        if len(rows):
            low, middle, high = np.quantile(residual[rows], [0.1, 0.5, 0.9])
            middle_80 = (float(middle), float(low), float(high))
            bins.append(_bin(float(p[rows].mean()), *middle_80, len(rows)))
    return ResidualPicture(
        predicted=tuple(short(v) for v in p[shown]),
        residual=tuple(short(v) for v in residual[shown]),
        bins=tuple(bins),
    )
