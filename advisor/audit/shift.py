"""Are the rows that are scored like those that are trained on?

A classifier is asked to tell the one from the other (a domain classifier; Rabanser et al. 2019).
It learns on one half of the rows and is scored on the other, and the other way round.  Within a
half its scores are then a fixed function of the features, and if both parts come from one source
their labels are exchangeable given the features: the Mann-Whitney statistic of that half has its
textbook distribution, whatever the classifier has learned.  The two halves are not independent of
each other (what one has by chance, both models learn), so their z values are averaged, as if they
were one: the mean of two standard normal values never varies more than one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import ks_2samp, rankdata
from sklearn.ensemble import HistGradientBoostingClassifier

from advisor.audit.base import Check, Material, not_applicable, passed, skipped
from advisor.audit.measured import SURE, Measured, mean_and_se, measured
from advisor.metrics.table import METRICS
from advisor.rows.empty_columns import binnable
from advisor.types import Column, ColumnKind, Dataset, Finding, Floats, Ints, Severity

MOST_ROWS = 4_000
"""Rows of each part: they cost a tenth of a cross-validation of 100 rounds at 10,000 rows (median;
.3 on 1,000 rows, where it is 60 ms)."""
FEWEST_ROWS = 40
"""Of the smaller part: with fewer an AUC of .65 has p above .01."""
MOST_CHANCE = 0.01
LEAST_AUC = 0.60
"""D08: AUC and p from which the parts differ.  ``tests/planted_labels.py``: random test parts, 0
alarms in 50 on ten calibration sets, 0 in 50 on ten scoring sets (and none on a random part of
groups); the top fifth of a column as test part is found on 9 of 10 and 10 of 10, as half of the
test part too (on the tenth the column is nearly constant); a later test part on all 4 sets with a
time.
"""
ID_LIKE = 0.95
"""Share of distinct whole numbers from which a column counts rows instead of describing them."""
FREQUENT = 10
"""Rows from which a category is compared: of rarer ones, which part they fall in is luck."""
MOST_WEIGHT = 10.0
"""Importance weights are cut here (over their mean), or a handful of rows would decide the loss."""
MATERIAL = 0.01
"""Share of the loss below which a moved loss is no news, however surely it moves."""
SHOWN = 3
ROUNDS, LEAVES, BINS = 20, 8, 32


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Rows of today's training part and of the other part, one above the other.

    Attributes:
        rows: (k,) rows of the Dataset.
        other: (k,) True for the other part.
        half: (k,) the two halves; rows that belong together are in one.
        columns: that are compared, c of them.
        X: (k, c) their values.
    """

    rows: Ints
    other: NDArray[np.bool_]
    half: NDArray[np.bool_]
    columns: tuple[Column, ...]
    X: Floats


def shifted(material: Material) -> list[Finding]:
    """D08: the locked test part (or the pool, without one) differs from the training rows."""
    data = material.dataset
    there = data.test if data.test.size else data.pool
    if not there.size:
        return [not_applicable("D08")]
    part = "test" if data.test.size else "pool"
    m = measured(material)
    parts = parts_of(material, there)
    smallest = int(min(parts.other.sum(), (~parts.other).sum()))
    if smallest < FEWEST_ROWS:
        return [skipped("D08", "few_rows_to_compare", rows=smallest, needed=FEWEST_ROWS)]
    if m is None or not parts.columns:
        return [skipped("D08", "no_predictions")]
    score = domain_scores(parts)
    auc, p = told_apart(score, parts)
    evidence: dict[str, object] = {
        "part": part,
        "auc": auc,
        "p": p,
        "rows": int((~parts.other).sum()),
        "other_rows": int(parts.other.sum()),
    }
    if p >= MOST_CHANCE or auc < LEAST_AUC:
        return [passed("D08", **evidence)]
    far = _farthest(parts, material.seed)
    evidence |= {"columns": [name for name, _ in far], "distances": [d for _, d in far]}
    evidence |= _moved_loss(material, m, score, parts)
    return [Finding("D08", Severity.WARNING, evidence, "splits")]


def parts_of(material: Material, there: Ints) -> Parts:
    """Samples of both parts, one row of each group (or of each row that has copies)."""
    data, base = material.dataset, material.baseline
    rng = np.random.default_rng(material.seed)
    here = data.train if base is None or data.time is not None else base.rows
    both = [_drawn(rows, data.together, rng) for rows in (here, there)]
    rows = np.concatenate(both)
    other = np.repeat([False, True], [len(part) for part in both])
    unit = np.arange(len(data.y)) if data.together is None else data.together
    _, code = np.unique(unit[rows], return_inverse=True)
    half = (rng.permutation(int(code.max()) + 1) % 2 == 0)[code]
    everyone = np.concatenate([data.train, there])
    values = [(c, _column(data, c, rows, everyone)) for c in data.columns]
    kept = [(c, v) for c, v in values if _is_compared(data, c, v, rows)]
    X = np.column_stack([v for _, v in kept]) if kept else np.empty((len(rows), 0))
    return Parts(rows, other, half, tuple(c for c, _ in kept), X)


def _drawn(rows: Ints, together: Ints | None, rng: np.random.Generator) -> Ints:
    rows = rng.permutation(rows)
    if together is not None:
        rows = rows[np.unique(together[rows], return_index=True)[1]]
        rows = rng.permutation(rows)
    return np.sort(rows[:MOST_ROWS])


def _is_compared(data: Dataset, column: Column, values: Floats, rows: Ints) -> bool:
    """No dates, no counters or names of rows, nothing that only says how late a row is."""
    known = values[np.isfinite(values)]
    if column.kind is ColumnKind.DATETIME or not known.size:
        return False
    whole = bool((known == np.round(known)).all())
    if whole and len(known) >= FEWEST_ROWS and len(np.unique(known)) >= ID_LIKE * len(known):
        return False
    if data.time is None or column.categories or known.min() == known.max():
        return True
    late = np.corrcoef(rankdata(np.nan_to_num(values)), rankdata(data.time[rows]))[0, 1]
    return bool(abs(late) < ID_LIKE)


def _column(data: Dataset, column: Column, rows: Ints, everyone: Ints) -> Floats:
    """(k,) numbers, or codes of categories; NaN where missing, or rare among all rows.

    A category that training never saw is missing in the Dataset, so rare ones are taken out of the
    training rows too: else every table with names in it would be told apart by them.
    """
    values = data.X[column.name]
    if not column.categories:
        return np.asarray(values.iloc[rows], dtype=np.float64)
    codes = np.asarray(values.cat.codes, dtype=np.int64)
    of_all = codes[everyone]
    count = np.bincount(of_all[of_all >= 0], minlength=len(column.categories))
    known = (codes[rows] >= 0) & (count[codes[rows]] >= FREQUENT)
    return np.where(known, codes[rows], np.nan)


def domain_scores(parts: Parts) -> Floats:
    """(k,) log odds of belonging to the other part, by a model of the other half."""
    score = np.empty(len(parts.rows))
    for half in (parts.half, ~parts.half):
        model = HistGradientBoostingClassifier(
            max_iter=ROUNDS, max_leaf_nodes=LEAVES, max_bins=BINS, early_stopping=False
        )
        model.fit(binnable(parts.X[~half]), parts.other[~half])
        score[half] = model.decision_function(parts.X[half])
    return score


def told_apart(score: Floats, parts: Parts) -> tuple[float, float]:
    """AUC and p, means over the halves as the module says."""
    aucs, zs = [], []
    for half in (parts.half, ~parts.half):
        s, other = score[half], parts.other[half]
        n, k = len(s), int(other.sum())
        ranks = rankdata(s)
        u = float(ranks[other].sum()) - k * (k + 1) / 2
        _, ties = np.unique(s, return_counts=True)
        spread = (n + 1) - float((ties**3 - ties).sum()) / (n * (n - 1))
        sd = sqrt(k * (n - k) * max(spread, 0.0) / 12)
        aucs.append(u / (k * (n - k)))
        zs.append((u - k * (n - k) / 2) / sd if sd > 0 else 0.0)
    return float(np.mean(aucs)), float(ndtr(-np.mean(zs)))


def _farthest(parts: Parts, seed: int) -> list[tuple[str, float]]:
    """The columns that differ most, and how far: 0 to 1.

    Kolmogorov-Smirnov for numbers; for categories the total variation above that of shuffled rows,
    which many categories have by chance; the difference of the missing shares where it is larger.
    """
    rng = np.random.default_rng(seed)
    found = []
    for column, values in zip(parts.columns, parts.X.T, strict=True):
        a, b = values[~parts.other], values[parts.other]
        missing = abs(float(np.isnan(a).mean() - np.isnan(b).mean()))
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
        if column.categories:
            shuffled = rng.permutation(np.concatenate([a, b]))
            by_chance = _variation(shuffled[: len(a)], shuffled[len(a) :])
            distance = max(0.0, _variation(a, b) - by_chance)
        else:
            distance = float(ks_2samp(a, b, method="asymp").statistic) if len(a) and len(b) else 0.0
        found.append((column.name, max(distance, missing)))
    return sorted(found, key=lambda pair: -pair[1])[:SHOWN]


def _variation(a: Floats, b: Floats) -> float:
    """Half the sum of the differences of the shares of each code."""
    k = int(max(a.max(initial=0), b.max(initial=0))) + 1
    one, two = (np.bincount(v.astype(np.int64), minlength=k) / max(len(v), 1) for v in (a, b))
    return float(np.abs(one - two).sum() / 2)


def _moved_loss(material: Material, m: Measured, score: Floats, parts: Parts) -> dict[str, object]:
    """The baseline's loss, and the one it would have on rows like those of the other part.

    Rows are weighted by the odds of belonging there (importance weighting, Shimodaira 2000).
    """
    base, data = material.baseline, material.dataset
    assert base is not None
    place = np.full(len(data.y), -1)
    place[base.rows] = np.arange(len(base.rows))
    own = np.flatnonzero(~parts.other & (place[parts.rows] >= 0))
    at = place[parts.rows[own]]
    weight = np.exp(np.clip(score[own], -20, 20))
    weight = np.minimum(weight / weight.mean(), MOST_WEIGHT)
    weight /= weight.mean()
    name = "log_loss" if data.task.is_classification else "mae"
    loss = -METRICS[name].rows(m.y[at], m.pred[at], None)
    now, then = float(loss.mean()), float((weight * loss).mean())
    _, se = mean_and_se(weight * (loss - then) - (loss - now), m.units[at])
    return {
        "loss": name,
        "loss_now": now,
        "loss_then": then,
        "se": se,
        "loss_moves": bool(abs(then - now) > max(SURE * se, MATERIAL * now)),
    }


CHECKS: tuple[Check, ...] = (Check(("D08",), shifted, after_baseline=True),)
