"""When is an improvement proven?  A stage's search evidence and fresh evidence -> a Verdict.

Pure: no files, no fits, no clock; chance only from the seed that is given.  The order is

    screen(...)        max-T over every candidate of the stage; ``early_no`` costs no fit
    early_look(...)    after 2 or more fresh folds: overwhelming, hopeless, or go on
    look1(...)         one fresh partition, rounds fixed, baseline and winner refitted
    look2(...)         three fresh partitions

Every p is taken from the max-T distribution of the search, also for fresh folds: they reuse the
rows, so most of the winner's luck is still in them.  A stage's alpha is spent as at most a third
at Look 1 (interim looks included) and the rest at Look 2.

Reason codes: gate.proven, gate.overwhelming, gate.likely, gate.too_small, gate.luck,
gate.not_confirmed, gate.worse, gate.too_few_rows (a no for which few rows may be to blame; its
evidence names the plain code under ``because``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from advisor.judge.paired import Estimate, estimate, pair, t975
from advisor.judge.proof import RUN_ALPHA, Proof, make_proof
from advisor.judge.screening import (
    LOOK1_SHARE,
    LOOK2_PARTITIONS,
    Screen,
    screen,
    verdict,
)
from advisor.measurements import Evaluation
from advisor.results import Outcome, Verdict
from advisor.settings import Candidate
from advisor.types import Purpose

__all__ = [
    "RUN_ALPHA",
    "Proof",
    "Screen",
    "early_look",
    "look1",
    "look2",
    "make_proof",
    "screen",
]

NO_P = 0.2  # a winner this easily due to luck is not worth a second look
INTERIM_SHARE = 1 / 30  # of a stage's alpha, per interim look, out of Look 1's third


def early_look(
    s: Screen,
    base: Evaluation,
    cand: Evaluation,
    proof: Proof,
    *,
    rounds_names: Collection[str] = (),
) -> Verdict | None:
    """Look 1 after two or more folds of its partition: overwhelming, hopeless, or None (go on).

    Proven needs p <= alpha / 30 at half the t, and a gain of more than delta + 2 SE.  Stopping
    for futility spends nothing.

    Raises:
        ValueError: as ``look1``, or fewer than two folds.
    """
    e = _fresh(s, base, cand, proof, rounds_names, partitions=1)
    se, t = e.se(), e.t()
    p_half = s.p_value(t / 2, e.df)
    if p_half <= INTERIM_SHARE * proof.alpha and e.mean - 2 * se > proof.delta:
        spent = INTERIM_SHARE * proof.alpha
        code = "gate.overwhelming"
        return verdict(s, e, Outcome.PROVEN, code, p=p_half, t=t, alpha=spent, looks=1)
    if e.mean + 2 * se < proof.delta / 2 or e.mean + se < 0:
        return _no(s, e, p=s.p_value(t, e.df), t=t, alpha=0.0, looks=1)
    return None


def look1(
    s: Screen,
    base: Evaluation,
    cand: Evaluation,
    proof: Proof,
    *,
    rounds_names: Collection[str] = (),
    interim: int = 0,
) -> Verdict | None:
    """One whole fresh partition: proven, no, or None (undecided, go to Look 2).

    Args:
        rounds_names: parameters that hold the number of rounds, which a refit fixes.
        interim: interim looks taken before; each has spent alpha / 30 of this look's third.

    Raises:
        ValueError: evidence that is not fresh, not paired, or not of the screened models.
    """
    e = _fresh(s, base, cand, proof, rounds_names, partitions=1)
    t = e.t()
    p = s.p_value(t, e.df)
    left = LOOK1_SHARE - interim * INTERIM_SHARE
    if left <= 0:
        raise ValueError(f"{interim} interim looks leave nothing of Look 1's alpha")
    spent = LOOK1_SHARE * proof.alpha
    if p < left * proof.alpha and e.mean > proof.delta:
        return verdict(s, e, Outcome.PROVEN, "gate.proven", p=p, t=t, alpha=spent, looks=1)
    if p > NO_P or e.mean < proof.delta / 2:
        return _no(s, e, p=p, t=t, alpha=spent, looks=1)
    return None


def look2(
    s: Screen,
    base: Evaluation,
    cand: Evaluation,
    proof: Proof,
    *,
    rounds_names: Collection[str] = (),
) -> Verdict:
    """Three fresh partitions together, the one of Look 1 among them: the last word.

    Raises:
        ValueError: as ``look1``.
    """
    e = _fresh(s, base, cand, proof, rounds_names, partitions=LOOK2_PARTITIONS)
    t = e.t()
    p = s.p_value(t, e.df)
    if p < (1 - LOOK1_SHARE) * proof.alpha and e.mean > proof.delta:
        outcome, code = Outcome.PROVEN, "gate.proven"
    elif p < NO_P and e.mean > proof.delta:
        outcome, code = Outcome.LIKELY, "gate.likely"
    else:
        return _no(s, e, p=p, t=t, alpha=proof.alpha, looks=2)
    return verdict(s, e, outcome, code, p=p, t=t, alpha=proof.alpha, looks=2)


def _fresh(
    s: Screen,
    base: Evaluation,
    cand: Evaluation,
    proof: Proof,
    rounds_names: Collection[str],
    *,
    partitions: int,
) -> Estimate:
    """The fresh gain, or a ValueError that says what makes the two evaluations no evidence.

    Its model variance is pooled with the search's: five fold means alone say so little of it that
    chance finds it small, and then a gain that is only seeds' luck large (measured: 7 % false runs
    where it dominates, against 1 % pooled, at the same power).
    """
    if proof != s.proof:
        raise ValueError("a stage is confirmed by the proof it was screened with")
    for e, screened in ((base, s.baseline), (cand, s.candidate)):
        if e.purpose is not Purpose.CONFIRM:
            raise ValueError(f"only confirm evidence proves a gain, got {e.purpose}")
        if e.candidate.stopping is not None:
            raise ValueError("a confirming fit has its rounds fixed, it does not stop early")
        if e.candidate.treatment != screened.treatment or _fixed(
            e.candidate, rounds_names
        ) != _fixed(screened, rounds_names):
            raise ValueError(f"not the screened model: {e.candidate.key}, not {screened.key}")
    ids = [[(x.id, x.digest) for x in e.splits] for e in (base, cand)]
    if ids[0] != ids[1]:
        raise ValueError("both models must be confirmed on the same splits")
    if s.digests & {x.digest for x in base.splits}:
        raise ValueError("a split of the search is not fresh evidence")
    found = {x.partition for x in base.splits}
    if len(found) != partitions:
        raise ValueError(f"this look takes {partitions} partition(s), got {len(found)}")
    if len(base.splits) < 2 * partitions:
        raise ValueError("a look takes at least two folds of each partition")
    if not (np.isfinite(base.values).all() and np.isfinite(cand.values).all()):
        raise ValueError("the values are not finite")
    gain, search = estimate(pair(base, cand)), s.estimate
    df = max(gain.model_df + search.model_df, 1)
    pooled = gain.model_variance * gain.model_df + search.model_variance * search.model_df
    return replace(gain, model_variance=pooled / df, model_df=df)


def _fixed(c: Candidate, rounds_names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in c.params.items() if name not in rounds_names}


def _no(s: Screen, e: Estimate, *, p: float, t: float, alpha: float, looks: int) -> Verdict:
    worse = e.t() < -t975(e.df) * s.proof.kappa and e.mean + t975(e.df) * e.se() < 0
    outcome = Outcome.WORSE if worse else Outcome.NO_GAIN
    code = "gate.worse" if worse else "gate.not_confirmed"
    return verdict(s, e, outcome, code, p=p, t=t, alpha=alpha, looks=looks)
