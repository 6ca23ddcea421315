"""A stage's whole search evidence, weighed before a single fresh fold is fitted.

The winner is judged against the best of *all* its rivals by luck alone (max-T), so a stage with
many candidates has to show more.  ``gate.py`` tells the whole order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, log, sqrt
from typing import Any

import numpy as np
from scipy import stats

from advisor.judge.maxt import MaxT, bbc_gain, max_t
from advisor.judge.paired import (
    Estimate,
    Paired,
    estimate,
    merges,
    pair,
    t975,
    unit_values,
    with_dense_units,
)
from advisor.judge.proof import Proof
from advisor.measurements import Evaluation
from advisor.results import Outcome, Verdict
from advisor.settings import Candidate
from advisor.types import Floats, Ints, Purpose, Reason

EARLY_NO_P = 0.25  # a winner this easily due to luck is not worth a fit
LOOK1_SHARE = 1 / 3  # of a stage's alpha; Look 2 spends the rest
LOOK2_PARTITIONS = 3
POWER = 0.8
MOST_TIMES = 1000.0  # more rows than so many times today's are no advice
Z_POWER = float(stats.norm.ppf(POWER))


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """The search evidence of a whole stage.

    Attributes:
        winner: index into the candidates, the largest mean gain among the finalists.
        baseline, candidate: what was compared; the fresh evidence must be of these two.
        estimate: the winner's gain on the search folds.
        t, p0: of the winner, before any fresh fold.
        null: the largest t by luck alone, over every candidate that counts.
        values: (G, F) unit values of the F finalists on the rows they share.
        full_units, full_folds: what one confirming partition will have.
        digests: of the search splits; fresh ones must differ.
    """

    winner: int
    baseline: Candidate
    candidate: Candidate
    estimate: Estimate
    t: float
    p0: float
    null: MaxT
    values: Floats
    proof: Proof
    seed: int
    full_units: int
    full_folds: int
    candidates: int
    digests: frozenset[str]

    @property
    def gain(self) -> float:
        return self.estimate.mean

    @property
    def columns(self) -> int:
        """Candidates that count in the null distribution."""
        return self.null.columns

    @property
    def bbc(self) -> float:
        """The search's gain without the flattery of having chosen the best (BBC-CV)."""
        return bbc_gain(self.values, self.seed)

    def p_value(self, t: float, df: float | None = None) -> float:
        return self.null.p_value(t, df)

    def critical(self, alpha: float) -> float:
        """The smallest t, kappa included, that has at most this p."""
        return self.null.critical(alpha)

    def smallest_detectable(self, e: Estimate) -> float:
        """The gain that Look 2 would prove with power .8 on all rows.

        Look 2 asks for t >= critical(2/3 alpha) and for more than delta; a true gain of the larger
        of the two plus z(.8) standard errors passes both in four cases of five.  Where losses are
        rare and large (a negative skew), that t takes a larger gain.
        """
        return self._seen(e, 1.0)

    def _seen(self, e: Estimate, times: float) -> float:
        """The same with so many times the rows."""
        units = times * max(self.full_units, e.units)
        folds = times * LOOK2_PARTITIONS * self.full_folds
        se = e.se(units, folds)
        if not isfinite(se):
            return inf
        critical = e.mean_at(self.critical((1 - LOOK1_SHARE) * self.proof.alpha), units, folds)
        return max(critical, self.proof.delta) + Z_POWER * se

    def times_rows(self, e: Estimate, gain: float) -> float | None:
        """How many times the rows would prove this gain with power .8; None beyond MOST_TIMES.

        The errors fall with its root, and what skew takes from t falls faster.
        """
        for k in np.geomspace(1, MOST_TIMES, 400):
            if self._seen(e, k) <= gain:
                return float(k)
        return None

    @property
    def early_no(self) -> Verdict | None:
        """A no that costs no fit; None when the winner is worth fresh folds."""
        e = self.estimate
        if self.t < -t975(e.df) * self.proof.kappa and e.mean + t975(e.df) * e.se() < 0:
            outcome, code = Outcome.WORSE, "gate.worse"
        elif e.mean <= self.proof.delta:
            outcome, code = Outcome.NO_GAIN, "gate.too_small"
        elif self.p0 > EARLY_NO_P:
            outcome, code = Outcome.NO_GAIN, "gate.luck"
        else:
            return None
        return verdict(self, e, outcome, code, p=self.p0, t=self.t, alpha=0.0, looks=0)


def screen(
    baseline: Evaluation,
    candidates: Sequence[Evaluation],
    dropped: int | Sequence[Evaluation],
    proof: Proof,
    seed: int,
    *,
    full_units: int | None = None,
    full_folds: int | None = None,
) -> Screen:
    """Weigh a whole stage's search evidence.

    Finalists are the candidates with as many folds as any reached; the winner is the best of
    them.  Whoever has fewer folds, or no finite score, is one more independent column.  A candidate
    with t < -sqrt(2 ln ln n) does not count (Hansen), n being its rows.

    Args:
        baseline: purpose SEARCH, on every split that any candidate was measured on.
        candidates: every candidate of the stage that was measured, in any order.
        dropped: candidates that raced and lost, in addition to those in ``candidates``: their
            evaluations, or only their number.
        full_folds: folds of a confirming partition, where the search needed fewer.
        full_units: independent units a confirming partition will score, where the search worked
            on a sample; the baseline's own number otherwise.

    Raises:
        ValueError: no candidate with finite values, evidence of another purpose, or rows that do
            not match the baseline's.
    """
    everyone = [*candidates, *([] if isinstance(dropped, int) else dropped)]
    for e in (baseline, *everyone):
        if e.purpose is not Purpose.SEARCH:
            raise ValueError(f"the screen takes search evidence, got {e.purpose}")
    if not np.isfinite(baseline.values).all():
        raise ValueError("the baseline's values are not finite")
    units = with_dense_units(baseline)
    pairs = [pair(baseline, e, units=units) for e in everyone]
    finite = [bool(np.isfinite(p.d).all()) for p in pairs]
    able = [i for i in range(len(candidates)) if finite[i]]
    if not able:
        raise ValueError("the screen needs at least one candidate with finite values")
    most = max(len(pairs[i].splits) for i in able)
    finalists = [i for i in able if len(pairs[i].splits) == most]
    own = {i: unit_values(pairs[i]) for i in range(len(pairs)) if finite[i]}
    winner = max(finalists, key=lambda i: own[i].mean())
    if baseline.ordered:
        units = units >> merges(pairs[winner])
        pairs = [pair(baseline, e, units=units) for e in everyone]
        own = {i: unit_values(pairs[i]) for i in own}
    best = estimate(pairs[winner], own[winner])

    counted = [i for i in finalists if i == winner or not _hopeless(pairs[i], own[i])]
    independent = dropped if isinstance(dropped, int) else 0
    for i in set(range(len(pairs))) - set(finalists):
        independent += not finite[i] or not _hopeless(pairs[i], own[i])
    values = _shared(baseline, everyone, pairs, own, finalists, units)
    null = max_t(
        values[:, [finalists.index(i) for i in counted]],
        independent=independent,
        df=best.df,
        kappa=proof.kappa,
        seed=seed,
    )
    t = best.search_t
    return Screen(
        winner=winner,
        baseline=baseline.candidate,
        candidate=everyone[winner].candidate,
        estimate=best,
        t=t,
        p0=null.p_value(t),
        null=null,
        values=values,
        proof=proof,
        seed=seed,
        full_units=len(np.unique(units)) if full_units is None else full_units,
        full_folds=full_folds or len(baseline.splits),
        candidates=len(everyone) + (dropped if isinstance(dropped, int) else 0),
        digests=frozenset(s.digest for s in baseline.splits),
    )


def _shared(
    baseline: Evaluation,
    everyone: Sequence[Evaluation],
    pairs: Sequence[Paired],
    own: dict[int, Floats],
    finalists: Sequence[int],
    units: Ints,
) -> Floats:
    """(G, F) unit values of the finalists on the splits that all of them were measured on."""
    splits = [frozenset(s.digest for s in pairs[i].splits) for i in finalists]
    common = frozenset.intersection(*splits)
    if all(s == common for s in splits):
        return np.column_stack([own[i] for i in finalists])
    if not common:
        raise ValueError("the finalists were measured on no split in common")
    return np.column_stack(
        [unit_values(pair(baseline, everyone[i], units=units, only=common)) for i in finalists]
    )


def _hopeless(p: Paired, values: Floats) -> bool:
    """Hansen 2005: so much worse that it cannot be what makes the best look good."""
    n = len(p.rows)
    if len(values) < 2 or n < 3:
        return False
    sd, mean = float(values.std(ddof=1)), float(values.mean())
    if sd == 0:
        return mean < 0
    return mean / sd * sqrt(len(values)) < -sqrt(2 * max(log(log(n)), 0.0))


def verdict(
    s: Screen,
    e: Estimate,
    outcome: Outcome,
    code: str,
    *,
    p: float,
    t: float,
    alpha: float,
    looks: int,
) -> Verdict:
    """The gain is the smaller of the fresh mean and BBC-CV; its interval spans both."""
    bbc = s.bbc if outcome in (Outcome.PROVEN, Outcome.LIKELY) else e.mean
    gain = min(e.mean, bbc)
    se = e.se()
    smallest = s.smallest_detectable(e)
    evidence: dict[str, Any] = {
        "mean": e.mean,
        "se": se,
        "t": t,
        "p": p,
        "p0": s.p0,
        "search_gain": s.gain,
        "bbc_gain": bbc,
        "delta": s.proof.delta,
        "kappa": s.proof.kappa,
        "rows": e.rows,
        "units": e.units,
        "folds": e.folds,
        "candidates": s.candidates,
        "counted": s.columns,
        "smallest_detectable": smallest,
    }
    if outcome is Outcome.LIKELY and (times := s.times_rows(e, gain)) is not None:
        evidence["times"] = times
    if outcome is Outcome.NO_GAIN and s.proof.few_rows:
        evidence["because"] = code
        code = "gate.too_few_rows"
    return Verdict(
        outcome=outcome,
        gain=gain,
        low=gain - t975(e.df) * se,
        high=e.mean + t975(e.df) * se,
        p=p,
        alpha=alpha,
        smallest_detectable=smallest,
        looks=looks,
        reason=Reason(code, evidence),
    )
