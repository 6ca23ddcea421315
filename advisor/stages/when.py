"""When a treatment of the training rows applies: the conditions ``recipes/data.yaml`` names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from advisor.rows.treatments import row_codes
from advisor.settings import Treatment
from advisor.stages.base import StageContext
from advisor.types import Ints, Severity

DUPLICATE_SHARE = 0.01  # fewer duplicate rows than this are not worth a candidate
GENUINE_SHARE = 0.5
"""Share of rows that repeat another from which they are the nature of the table, not copies: so it
is with few distinct values, and ``data.twins`` then does not keep them together either."""
RARE_CLASS = 0.2  # a class is rare below this share of an even one
ENOUGH_OF_EACH = 1_000  # rows of the rarest class that a table of equal classes needs
FEW_ROWS = 20_000  # made-up rows add nothing to a table that is large already
SUSPECT_CODES = ("D07", "D12")

# Whether it applies where so much is done to the rows already.
Condition = Callable[[StageContext, Treatment], bool]


def pool(context: StageContext, now: Treatment) -> bool:
    """Labelled rows lie unused."""
    return bool(context.dataset.pool.size) and now.pool < 1


def duplicates(context: StageContext, now: Treatment) -> bool:
    """Rows stand there more than once, and not because rows of such a table must repeat."""
    if now.merge_duplicates:
        return False
    share = repeated_share(context)
    return share > DUPLICATE_SHARE and not genuine_repeats(context, share)


def repeated_share(context: StageContext) -> float:
    """Share of the training rows that repeat an earlier one in every feature and the target."""
    rows = context.dataset.train
    return 1 - len(np.unique(row_codes(context.dataset)[rows])) / len(rows)


def genuine_repeats(context: StageContext, share: float) -> bool:
    """Whether repeats are many rows that are really alike.

    More than half of the rows repeat another, or the columns have so few values that rows drawn
    from them at random would repeat as well.
    """
    data = context.dataset
    if share > GENUINE_SHARE:
        return True
    cells = 1.0
    for name in data.X.columns:
        cells *= data.X[name].iloc[data.train].nunique(dropna=False)
        if cells > len(data.train):
            return False
    return True


def rare_class(context: StageContext, now: Treatment) -> bool:
    """A class is rare, and nothing is done about it."""
    data = context.dataset
    if not data.task.is_classification or now.class_weight or now.resample:
        return False
    return bool(class_shares(context).min() * data.n_classes / 2 < RARE_CLASS)


def class_shares(context: StageContext) -> np.ndarray:
    """(K,) share of each class among the training rows."""
    return _counts(context) / len(context.dataset.train)


def _counts(context: StageContext) -> Ints:
    data = context.dataset
    return np.bincount(data.y[data.train], minlength=data.n_classes)


def enough_of_each(context: StageContext, now: Treatment) -> bool:
    """The rarest class alone would fill its part of a table."""
    return context.dataset.task.is_classification and bool(_counts(context).min() >= ENOUGH_OF_EACH)


def suspects(context: StageContext, now: Treatment) -> bool:
    """A check warns of targets that look wrong."""
    warned = (f.code for f in context.findings if f.status is Severity.WARNING)
    return now.suspects is None and any(code in SUSPECT_CODES for code in warned)


def augments(context: StageContext, now: Treatment) -> bool:
    """The family takes made-up rows, and makes none yet."""
    return now.augment is None and bool(context.recipe.augments)


def few_rows(context: StageContext, now: Treatment) -> bool:
    """The table is not large already."""
    return len(context.dataset.train) < FEW_ROWS


CONDITIONS: dict[str, Condition] = {
    "pool": pool,
    "duplicates": duplicates,
    "rare_class": rare_class,
    "enough_of_each": enough_of_each,
    "suspects": suspects,
    "augments": augments,
    "few_rows": few_rows,
}
