"""What a fault does to rows, labels and columns: functions of the rows and a random generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from advisor.bench.tables import Entry
from advisor.types import Task


class CannotPlant(ValueError):
    """The fault makes no sense on this table; the argument says why, as a code."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The rows of a case while a fault is planted; ``sane`` are the sane model's training rows."""

    entry: Entry
    train: pd.DataFrame
    hidden: pd.DataFrame
    sane: pd.DataFrame
    pool: pd.DataFrame | None = None
    test: pd.DataFrame | None = None

    @property
    def target(self) -> str:
        return self.entry.target

    @property
    def features(self) -> list[str]:
        """Columns that the model is given."""
        beside = {self.entry.target, self.entry.groups, self.entry.time}
        return [name for name in self.train.columns if name not in beside]


Base = Callable[[pd.DataFrame, Entry, np.random.Generator], pd.DataFrame]
Damage = Callable[[Parts, np.random.Generator], Parts]

# -- changes of the whole table: sane and stuck model, and hidden rows, see the same one -----------

FEW = 900
RARE = 0.05
LEAST_RARE = 60
NOISY = 0.1
NOISE = 0.5  # of the target's own spread


def rarer(frame: pd.DataFrame, entry: Entry, rng: np.random.Generator) -> pd.DataFrame:
    """The rarer class is thinned to RARE of the rows at most and named so that it is class 1."""
    labels = frame[entry.target]
    rare = labels.value_counts().index[-1]
    positive = np.flatnonzero((labels == rare).to_numpy())
    others = np.flatnonzero((labels != rare).to_numpy())
    wanted = min(len(positive), round(len(others) * RARE / (1 - RARE)))
    if wanted < LEAST_RARE:
        raise CannotPlant("too_few_of_a_class")
    kept = np.sort(np.concatenate([others, rng.choice(positive, wanted, replace=False)]))
    named = np.where((labels == rare).to_numpy(), "b_rare", "a_common")
    return frame.assign(**{entry.target: named}).iloc[kept]


def fewer(frame: pd.DataFrame, entry: Entry, rng: np.random.Generator) -> pd.DataFrame:
    """FEW rows of the table."""
    if len(frame) < 1.3 * FEW:
        raise CannotPlant("too_few_rows")
    return frame.iloc[np.sort(rng.permutation(len(frame))[:FEW])]


def noisier(frame: pd.DataFrame, entry: Entry, rng: np.random.Generator) -> pd.DataFrame:
    """What cannot be known: NOISY of the labels (NOISE of the spread) is chance, everywhere."""
    return frame.assign(**{entry.target: _noise(frame[entry.target], entry.task, NOISY, rng)})


def thousandfold(frame: pd.DataFrame, entry: Entry, rng: np.random.Generator) -> pd.DataFrame:
    """A numeric target in other units."""
    return frame.assign(**{entry.target: frame[entry.target].astype(float) * 1000})


def stretched(frame: pd.DataFrame, entry: Entry, rng: np.random.Generator) -> pd.DataFrame:
    """Three columns x 1000: nothing to a tree."""
    columns = _number_columns(frame, entry)[:3]
    return frame.assign(**{c: frame[c].astype(float) * 1000 for c in columns})


# -- damage: the stuck model's rows alone ----------------------------------------------------------

STARVED = 1 / 20
STARVED_ROWS = 300
"""Below it "too few rows to prove anything" is an honest verdict."""
FLIPPED = 0.2
REPEATED = 0.3
COPIED = 0.5
LEAK_NOISE = 0.1
LEAK = "updated"
TEST_SHARE = 0.2


def starve(parts: Parts, rng: np.random.Generator) -> Parts:
    """A twentieth of the rows (STARVED_ROWS at least) is used, the others are the pool."""
    n = len(parts.train)
    keep = max(STARVED_ROWS, round(STARVED * n))
    if n < 4 * keep:
        raise CannotPlant("too_few_rows")
    kept = np.zeros(n, dtype=bool)
    kept[rng.permutation(n)[:keep]] = True
    return replace(parts, train=parts.train[kept], pool=parts.train[~kept])


def flip_labels(parts: Parts, rng: np.random.Generator) -> Parts:
    """FLIPPED of the training labels are another row's."""
    target = parts.target
    changed = _noise(parts.train[target], parts.entry.task, FLIPPED, rng)
    return replace(parts, train=parts.train.assign(**{target: changed}))


def repeat_rows(parts: Parts, rng: np.random.Generator) -> Parts:
    """REPEATED of the training rows stand twice."""
    again = rng.choice(len(parts.train), round(REPEATED * len(parts.train)), replace=False)
    doubled = pd.concat([parts.train, parts.train.iloc[again]], ignore_index=True)
    return replace(parts, train=_mixed(doubled, rng))


def copy_test_rows(parts: Parts, rng: np.random.Generator) -> Parts:
    """A test table is named, and half of its rows stand in the training table as well."""
    kept, test = _test_table(parts, rng)
    copied = test.iloc[rng.permutation(len(test))[: round(COPIED * len(test))]]
    train = _mixed(pd.concat([kept, copied], ignore_index=True), rng)
    return replace(parts, train=train, test=test)


def test_elsewhere(parts: Parts, rng: np.random.Generator) -> Parts:
    """The test table is the top fifth of the column that goes with the target most closely."""
    target = pd.Series(pd.factorize(parts.train[parts.target], sort=True)[0])
    columns = _number_columns(parts.train, parts.entry)
    if not columns:
        raise CannotPlant("no_number_columns")
    ranks = {c: parts.train[c].rank().reset_index(drop=True).corr(target.rank()) for c in columns}
    column = max(columns, key=lambda c: abs(ranks[c]) if ranks[c] == ranks[c] else 0.0)
    top = parts.train[column].rank(method="first", pct=True, na_option="top") > 1 - TEST_SHARE
    return replace(parts, train=parts.train[~top], test=parts.train[top])


def leak_target(parts: Parts, rng: np.random.Generator) -> Parts:
    """A column that is the target and a little noise; on hidden rows it is not known yet."""
    codes = pd.factorize(pd.concat([parts.train, parts.hidden])[parts.target], sort=True)[0]
    values = codes.astype(float)
    if parts.entry.task is Task.REGRESSION:
        values = pd.concat([parts.train, parts.hidden])[parts.target].to_numpy(dtype=float)
    noise = LEAK_NOISE * (1.0 if parts.entry.task.is_classification else values.std())
    return _with_leak(parts, values + rng.normal(0, noise, len(values)), rng)


def leak_missing(parts: Parts, rng: np.random.Generator) -> Parts:
    """A column that is filled in after the outcome: missing for all classes but one."""
    labels = pd.concat([parts.train, parts.hidden])[parts.target]
    chosen = labels == labels.value_counts().index[-1]
    filled = chosen.to_numpy() ^ (rng.random(len(labels)) < 0.01)
    return _with_leak(parts, np.where(filled, rng.normal(0, 1, len(labels)), np.nan), rng)


def unscale(parts: Parts, rng: np.random.Generator) -> Parts:
    """Three columns x 1000 under a model that minds (its scaling is switched off by the case)."""
    columns = _number_columns(parts.train, parts.entry)[:3]
    if len(columns) < 3:
        raise CannotPlant("no_number_columns")

    def changed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{c: frame[c].astype(float) * 1000 for c in columns})

    hidden, sane = changed(parts.hidden), changed(parts.sane)
    return replace(parts, train=changed(parts.train), hidden=hidden, sane=sane)


def _with_leak(parts: Parts, values: np.ndarray, rng: np.random.Generator) -> Parts:
    known = values[: len(parts.train)]
    unknown = rng.choice(known, len(parts.hidden))
    train = parts.train.assign(**{LEAK: known})
    return replace(parts, train=train, hidden=parts.hidden.assign(**{LEAK: unknown}))


def _test_table(parts: Parts, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    codes = parts.train.groupby(list(parts.train.columns), dropna=False, sort=False).ngroup()
    taken = rng.random(int(codes.max()) + 1)[codes] < TEST_SHARE
    return parts.train[~taken], parts.train[taken]


def _mixed(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)


def _noise(target: pd.Series, task: Task, share: float, rng: np.random.Generator) -> np.ndarray:
    values = target.to_numpy(copy=True)
    if task is Task.REGRESSION:
        numbers = values.astype(float)
        spread = NOISE if share == NOISY else 1.0
        return np.asarray(numbers + rng.normal(0, spread * numbers.std(), len(numbers)))
    wrong = rng.choice(len(values), round(share * len(values)), replace=False)
    labels = np.unique(values.astype(str))
    named = {str(v): v for v in pd.unique(target)}
    for i in wrong:
        others = labels[labels != str(values[i])]
        values[i] = named[str(rng.choice(others))]
    return values


def _number_columns(frame: pd.DataFrame, entry: Entry) -> list[str]:
    """Feature columns of numbers, those with the most different values first."""
    beside = {entry.target, entry.groups, entry.time}
    names = [
        c for c in frame.columns if c not in beside and pd.api.types.is_numeric_dtype(frame[c])
    ]
    names = [c for c in names if not pd.api.types.is_bool_dtype(frame[c])]
    return sorted(names, key=lambda c: (-frame[c].nunique(), str(c)))
