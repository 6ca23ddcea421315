"""Where a stage is fought out: the splits it searches on, and the fresh ones it is proven on.

Usually those of the run.  The data stage may score rows of the pool as well: where few own rows
are scored no gain can be proven, and pool rows of the same source say as much about it.  Pool rows
that a fold scores are trained on by nobody in that fold.  What makes them evidence is that they are
exchangeable with the own rows.  That can be refuted, not shown, so it is asked three times, and any
no is enough: a classifier that sees the target must not tell them apart; the model that was trained
on own rows must be as good on pool rows as on own ones; and a gain must not be larger on pool rows
than on own ones beyond chance (``disagree``).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np

from advisor.audit.alike import Alike, pool_alike
from advisor.audit.measured import mean_and_se
from advisor.judge.paired import pair
from advisor.measurements import Evaluation
from advisor.rows.splits import units, with_pool_scored
from advisor.search.auditing import material_of
from advisor.search.session import Session, Steps
from advisor.settings import Candidate
from advisor.types import Dataset, Ints, Split, StageName

FEW_OWN_ROWS = 3_000  # from here on the own rows are evidence enough
MOST_SCORED = 10_000  # rows of the pool
DIFFER = 2.0  # standard errors between own and pool rows from which they are not alike


@dataclass(frozen=True, slots=True, eq=False)
class Arena:
    """Splits to search and to prove on.

    Attributes:
        splits: of the search.
        partitions: fresh ones.
        scored: (m,) rows that one partition scores.
        alike: how the pool's rows were found to be; None where they are not scored.
    """

    splits: tuple[Split, ...]
    partitions: tuple[tuple[Split, ...], ...]
    scored: Ints
    alike: Alike | None = None

    def units(self, dataset: Dataset) -> int | None:
        """Independent units among the scored rows; None with time, where the gate finds them."""
        return None if dataset.time is not None else self.cases(dataset)

    def cases(self, dataset: Dataset) -> int:
        """Rows or groups that are scored: whether there are enough for a t distribution."""
        if dataset.time is not None or dataset.together is None:
            return len(self.scored)
        return len(np.unique(dataset.together[self.scored]))

    def minority(self, dataset: Dataset) -> int | None:
        """Scored rows of the rarest class; None for regression."""
        if not dataset.task.is_classification:
            return None
        return int(np.bincount(dataset.y[self.scored], minlength=dataset.n_classes).min())


def own_arena(session: Session) -> Arena:
    """The splits of the run."""
    partitions = tuple(tuple(p) for p in session.partitions)
    return Arena(tuple(session.splits), partitions, session.evaluator.dataset.train)


def arena_for(session: Session, stage: StageName, start: Candidate) -> Steps[Arena]:
    """The run's own splits; for the data stage with pool rows where they may count."""
    own, data = own_arena(session), session.evaluator.dataset
    few = len(data.train) < FEW_OWN_ROWS
    if stage is not StageName.DATA_SIZE or not data.pool.size or not few:
        return own
    alike = pool_alike(material_of(session))
    if not alike.sure:
        return own
    rng = np.random.default_rng(session.seed)
    scored = np.sort(rng.permutation(data.pool)[:MOST_SCORED])
    splits = with_pool_scored(data, own.splits, scored)
    evaluator = session.evaluator
    yield from session.ticks(stage, evaluator.measure([(start, s) for s in splits]))
    if _as_good_on_both(data, evaluator.evaluation(start, splits)):
        partitions = tuple(with_pool_scored(data, p, scored) for p in own.partitions)
        session.with_pool = tuple(s for part in partitions for s in part)
        return Arena(splits, partitions, np.concatenate([data.train, scored]), alike)
    return own


def _as_good_on_both(data: Dataset, evaluation: Evaluation) -> bool:
    """Whether a model of own rows alone scores pool rows as it scores own ones."""
    mine = np.isin(evaluation.rows, data.train)
    unit = units(data, evaluation.rows)
    (a, a_se), (b, b_se) = (mean_and_se(evaluation.values[m], unit[m]) for m in (mine, ~mine))
    return abs(a - b) <= DIFFER * hypot(a_se, b_se)


def disagree(data: Dataset, base: Evaluation, cand: Evaluation) -> dict[str, float] | None:
    """The gains on own and on pool rows where pool rows gain more beyond chance; else None."""
    p = pair(base, cand)
    mine = np.isin(p.rows, data.train)
    if mine.all():
        return None
    (own, own_se), (more, more_se) = (mean_and_se(p.d[m], p.units[m]) for m in (mine, ~mine))
    if more - own <= DIFFER * hypot(own_se, more_se):
        return None
    return {"own_gain": own, "own_se": own_se, "pool_gain": more, "pool_se": more_se}
