"""The gate's rules one by one; whether they keep the promise is ``test_gate_simulation.py``."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf, isinf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.signal import lfilter

from advisor.judge.gate import Proof, Screen, early_look, look1, look2, make_proof, screen
from advisor.judge.maxt import bbc_gain, max_t
from advisor.judge.paired import Estimate, Paired, estimate, merges, pair, unit_values
from advisor.measurements import Evaluation
from advisor.results import Outcome, Verdict
from advisor.settings import Candidate, Stopping, Treatment
from advisor.types import Purpose, Split

PROOF = Proof(alpha=0.0125, delta=0.01)
FOLDS = 5


def splits(n: int, purpose: Purpose, partition: int = 0, folds: int = FOLDS) -> tuple[Split, ...]:
    fold = np.random.default_rng([n, partition, purpose is Purpose.SEARCH]).permutation(n) % folds
    rows = np.arange(n)
    return tuple(
        Split(
            f"{purpose}{partition}.{k}", purpose, partition, k, rows[fold != k], rows[fold == k], k
        )
        for k in range(folds)
    )


def evaluation(
    values: np.ndarray,
    parts: tuple[Split, ...],
    name: int = -1,
    units: np.ndarray | None = None,
    by_entry: bool = False,
) -> Evaluation:
    """``values`` (n,) by row, the same in every partition, or (m,) one by one."""
    rows = np.concatenate([s.valid for s in parts])
    folds = np.repeat(np.arange(len(parts)), [len(s.valid) for s in parts])
    v = values if by_entry else values[rows]
    u = rows if units is None else units[rows]
    c = Candidate({"c": name, "rounds": 100})
    return Evaluation(c, parts[0].purpose, parts, (), rows, v, folds, u)


def stage(
    d: np.ndarray, proof: Proof = PROOF, units: np.ndarray | None = None, **kw: int
) -> Screen:
    """A screen of the candidates whose row differences are the columns of ``d`` (n, C)."""
    parts = splits(len(d), Purpose.SEARCH)
    base = evaluation(np.zeros(len(d)), parts, -1, units)
    cands = [evaluation(d[:, c], parts, c, units) for c in range(d.shape[1])]
    return screen(base, cands, kw.pop("dropped", 0), proof, 0, **kw)


def fresh(
    d: np.ndarray, name: int, partitions: int = 1, folds: int = FOLDS
) -> tuple[Evaluation, Evaluation]:
    parts = tuple(
        s for r in range(1, partitions + 1) for s in splits(len(d), Purpose.CONFIRM, r)[:folds]
    )
    return evaluation(np.zeros(len(d)), parts), evaluation(d, parts, name)


def noise(n: int, c: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, c))


# -- the proof ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "alpha", "kappa", "few"),
    [
        ({}, 0.01, 1.0, False),
        ({"mode": "sensitive"}, 0.02, 1.0, False),
        ({"mode": "strict"}, 0.01, 1.3, False),
        ({"rows": 299}, 0.01, 1.3, True),
        ({"units": 49}, 0.01, 1.3, True),
        ({"units": 100}, 0.01, 1.15, True),
        ({"units": 100, "mode": "strict"}, 0.01, 1.3, True),
        ({"minority": 49}, 0.01, 1.3, True),
        ({"minority": 50}, 0.01, 1.0, False),
    ],
)
def test_alpha_is_split_and_few_rows_raise_kappa(
    given_: dict[str, object], alpha: float, kappa: float, few: bool
) -> None:
    usual: dict[str, object] = {
        "mode": "standard", "tests": 5, "delta": 0.1, "rows": 300, "units": 300, "minority": None
    }  # fmt: skip
    proof = make_proof(**(usual | given_))  # type: ignore[arg-type]
    assert (proof.delta, proof.kappa, proof.few_rows) == (0.1, kappa, few)
    assert proof.alpha == pytest.approx(alpha)


@pytest.mark.parametrize(
    "wrong", [{"alpha": 0.0}, {"alpha": 1.0}, {"delta": -1.0}, {"delta": np.nan}, {"kappa": 0.9}]
)
def test_a_wrong_proof_cannot_be_built(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"alpha|smallest gain|kappa"):
        Proof(**({"alpha": 0.05, "delta": 0.1, "kappa": 1.0} | wrong))


def test_an_unknown_mode_or_no_test_is_refused() -> None:
    usual = {"tests": 1, "delta": 0.0, "rows": 9, "units": 9, "minority": None}
    with pytest.raises(ValueError, match="sensitive"):
        make_proof(mode="lenient", **usual)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least one"):
        make_proof(mode="standard", **(usual | {"tests": 0}))  # type: ignore[arg-type]


# -- paired evidence ---------------------------------------------------------------------------


def test_units_are_summed_and_keep_the_mean_over_rows() -> None:
    d = noise(60, 1)[:, 0]
    units = np.repeat(np.arange(6) * 7, [5, 5, 5, 15, 15, 15])
    parts = splits(60, Purpose.SEARCH)
    p = pair(evaluation(np.zeros(60), parts, -1, units), evaluation(d, parts, 0, units))
    u = unit_values(p)
    assert len(u) == 6
    assert u.mean() == pytest.approx(d.mean())
    assert u[3] == pytest.approx(d[15:30].sum() * 6 / 60)
    assert estimate(p).df == 5


def test_rows_are_matched_whatever_their_order() -> None:
    d, parts = noise(50, 1)[:, 0], splits(50, Purpose.SEARCH)
    base, cand = evaluation(noise(50, 1, 1)[:, 0], parts), evaluation(d, parts, 0)
    order = np.random.default_rng(3).permutation(50)
    mixed = replace(cand, rows=cand.rows[order], values=cand.values[order], folds=cand.folds[order])
    assert np.array_equal(pair(base, mixed).d, pair(base, cand).d)


def test_evidence_on_other_rows_or_other_splits_is_refused() -> None:
    base = evaluation(np.zeros(50), splits(50, Purpose.SEARCH))
    with pytest.raises(ValueError, match="no split in common"):
        pair(base, evaluation(np.zeros(50), splits(50, Purpose.SEARCH, 1)))
    with pytest.raises(ValueError, match="different rows"):
        pair(base, replace(base, rows=base.rows + 1))


def test_model_variance_is_seen_beyond_the_rows_in_one_partition_and_in_three() -> None:
    """Unbiased with R = 3 although the rows' luck is shared by the partitions."""
    n, sigma, found = 400, 0.3, {1: [], 3: []}  # type: ignore[var-annotated]
    for seed in range(300):
        rng = np.random.default_rng(seed)
        row = rng.standard_normal(n)
        for partitions, values in found.items():
            parts = tuple(s for r in range(partitions) for s in splits(n, Purpose.CONFIRM, r + 1))
            v = np.concatenate(
                [row[s.valid] + 0.5 * rng.standard_normal(n // 5) + sigma * rng.standard_normal()
                 for s in parts]
            )  # fmt: skip
            zero = evaluation(0 * v, parts, by_entry=True)
            values.append(estimate(pair(zero, replace(zero, values=v))).model_variance)
    for values in found.values():
        assert np.mean(values) == pytest.approx(sigma**2, rel=0.1)


def test_negative_skew_lowers_t_and_positive_skew_never_raises_it() -> None:
    usual = Estimate(0.2, 1.0, 0.0, 400, 400, 5, 0.0, 4)
    assert usual.t() == pytest.approx(4.0)
    assert replace(usual, skew=-3.0).t() < 3.5
    assert replace(usual, skew=3.0).t() == pytest.approx(4.0)


@given(st.floats(-2.2, 2.2), st.integers(8, 400), st.floats(0.01, 30), st.floats(-1, 1))
def test_the_mean_that_has_a_t_has_it(skew: float, units: int, t: float, model: float) -> None:
    e = Estimate(0.0, 1.3, skew, units, units, 15, model, 12)
    mean = e.mean_at(t)
    assert mean >= t * e.se() * (1 - 1e-9)
    assert replace(e, mean=mean).t() == pytest.approx(t, rel=1e-6, abs=1e-6)


def test_what_is_not_proven_was_too_small_to_be_seen_however_skewed() -> None:
    d = np.array([0.4, 0.42, 0.38, 0.45, 0.41, 0.36, 0.44, 0.05])  # one of eight hardly gains
    s = stage(d[:, None], Proof(0.0045, 0.0))
    assert s.estimate.mean / s.estimate.se() > s.critical(0.003) > s.estimate.t()
    assert s.smallest_detectable(s.estimate) > s.estimate.mean


def test_a_larger_gain_never_gets_a_smaller_t_however_skewed() -> None:
    """Johnson's own correction, without Hall's cubic term, fails this."""
    for skew in (-12.0, -4.0, -1.0, 0.0, 2.0):
        ts = [Estimate(m, 1.0, skew, 400, 400, 5, 0.0, 4).t() for m in np.linspace(0, 3, 50)]
        assert all(a <= b + 1e-9 for a, b in pairwise(ts))


# -- max-T and BBC-CV --------------------------------------------------------------------------


def test_p_of_one_candidate_is_students_t() -> None:
    null = max_t(noise(40, 1), independent=0, df=39, kappa=1.0, seed=0)
    for t in (-1.0, 0.0, 2.0, 9.0):
        assert null.p_value(t) == pytest.approx(stats.t.sf(t, 39))


def test_p_of_independent_candidates_is_that_of_the_largest_gaussian() -> None:
    for shape in ((5000, 8), (5000, 1)):
        null = max_t(noise(*shape), independent=8 - shape[1], df=10**6, kappa=1.0, seed=0)
        for t in (1.0, 2.0, 3.0):
            assert null.p_value(t) == pytest.approx(1 - stats.norm.cdf(t) ** 8, rel=0.1)


def test_identical_candidates_count_as_one() -> None:
    null = max_t(np.repeat(noise(500, 1), 10, axis=1), independent=0, df=499, kappa=1.0, seed=0)
    assert null.p_value(2.0) == pytest.approx(stats.t.sf(2.0, 499), rel=0.15)


def test_tiny_p_are_resolved_and_never_zero_for_a_finite_t() -> None:
    null = max_t(noise(900, 10), independent=0, df=899, kappa=1.0, seed=0)
    assert null.p_value(12.0) == pytest.approx(10 * stats.t.sf(12.0, 899))
    assert null.p_value(inf) == 0.0


@pytest.mark.parametrize("kappa", [1.0, 1.3])
@pytest.mark.parametrize("alpha", [0.2, 0.01, 1e-4, 1e-7])
def test_critical_is_the_inverse_of_p(kappa: float, alpha: float) -> None:
    null = max_t(noise(900, 6), independent=3, df=99, kappa=kappa, seed=0)
    critical = null.critical(alpha)
    assert null.p_value(critical * 1.001) <= alpha <= null.p_value(critical * 0.98)


def test_fewer_degrees_of_freedom_make_a_larger_p() -> None:
    null = max_t(noise(900, 6), independent=0, df=899, kappa=1.0, seed=0)
    ps = [null.p_value(3.5, df) for df in (5000, 899, 50, 7, 2)]
    assert ps[0] == ps[1]
    assert ps == sorted(ps)


def test_bbc_takes_the_flattery_out_of_the_best_of_many() -> None:
    flattered, honest = [], []
    for seed in range(40):
        d = noise(200, 12, seed)
        flattered.append(d.mean(axis=0).max())
        honest.append(bbc_gain(d, 0))
    assert np.mean(flattered) > 0.1
    assert abs(np.mean(honest)) < 0.06


def test_bbc_of_a_clear_winner_is_its_mean_on_few_and_many_units() -> None:
    for n in (8, 900, 30_007):
        d = noise(n, 3)
        d[:, 1] += 5
        assert bbc_gain(d, 0) == pytest.approx(d[:, 1].mean(), rel=0.02)


# -- the screen --------------------------------------------------------------------------------


def test_a_gain_too_small_is_a_no_without_a_fit() -> None:
    v = stage(0.1 * noise(4000, 3) + 0.004).early_no
    assert v is not None
    assert (v.outcome, v.looks) == (Outcome.NO_GAIN, 0)
    assert v.reason.code == "gate.too_small"
    assert v.smallest_detectable > PROOF.delta
    assert v.alpha == 0


def test_a_winner_by_luck_is_a_no_without_a_fit() -> None:
    d = noise(400, 10)
    d += 0.03 - d.mean(axis=0)
    s = stage(d)
    assert s.p0 > 0.25
    v = s.early_no
    assert v is not None
    assert v.reason.code == "gate.luck"


def test_the_best_being_clearly_worse_is_said_so() -> None:
    v = stage(noise(400, 4) - 1).early_no
    assert v is not None
    assert v.outcome is Outcome.WORSE
    assert v.high < 0
    assert v.reason.code == "gate.worse"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), tail=st.floats(0.2, 3))
def test_worse_is_said_only_where_the_interval_says_it(seed: int, tail: float) -> None:
    rng = np.random.default_rng(seed)
    d = -rng.lognormal(0, tail, (60, 2)) + rng.lognormal(0, 0.3, (60, 2))  # skewed to the left
    v = stage(d).early_no
    if v is not None and v.outcome is Outcome.WORSE:
        assert v.high < 0


def test_with_few_rows_a_no_names_them_and_the_plain_reason() -> None:
    d = noise(100, 10)
    v = stage(d + 0.03 - d.mean(axis=0), Proof(0.0125, 0.01, 1.3, few_rows=True)).early_no
    assert v is not None
    assert v.reason.code == "gate.too_few_rows"
    assert v.reason.evidence["because"] == "gate.luck"


def test_strict_proof_on_many_rows_does_not_blame_the_rows() -> None:
    v = stage(noise(400, 3) - 0.05, Proof(0.0125, 0.01, 1.3)).early_no
    assert v is not None
    assert v.reason.code != "gate.too_few_rows"


def test_a_real_gain_goes_on_to_fresh_folds() -> None:
    s = stage(noise(400, 5) + np.array([0, 0, 0.4, 0, 0.0]))
    assert (s.winner, s.early_no) == (2, None)
    assert s.p0 < 0.001
    assert s.bbc == pytest.approx(s.gain, rel=0.02)


def test_candidates_with_fewer_folds_count_but_cannot_win() -> None:
    parts = splits(400, Purpose.SEARCH)
    base = evaluation(np.zeros(400), parts)
    d = noise(400, 4)
    d[:, 1] += 0.2
    whole = [evaluation(d[:, c], parts, c) for c in (0, 1)]
    short = [evaluation(d[:, c] + 3, parts[:1], c) for c in (2, 3)]
    s = screen(base, [*whole, *short], 0, PROOF, 0)
    alone = screen(base, whole, 0, PROOF, 0)
    assert s.winner == 1
    assert s.columns == 4
    assert alone.columns == 2
    assert s.p0 > alone.p0
    assert screen(base, whole, 2, PROOF, 0).p0 == s.p0
    assert screen(base, whole, short, PROOF, 0).p0 == s.p0
    hopeless = [evaluation(d[:, c] - 3, parts[:1], c) for c in (2, 3)]
    assert screen(base, [*whole, *hopeless], 0, PROOF, 0).columns == 2


def test_a_hopeless_candidate_does_not_make_the_winner_pay() -> None:
    d = noise(400, 6)
    d[:, 0] += 0.2
    d[:, 1:] -= 1
    assert stage(d).columns == 1


def test_an_overwhelming_winner_may_stop_before_the_baselines_last_fold() -> None:
    parts = splits(400, Purpose.SEARCH)
    base = evaluation(np.zeros(400), parts)
    s = screen(base, [evaluation(noise(400, 1)[:, 0] + 2, parts[:2], 0)], 0, PROOF, 0)
    assert s.estimate.units == 160
    assert s.full_units == 400
    assert s.full_folds == 5


def test_a_diverged_candidate_counts_but_cannot_win() -> None:
    d = noise(400, 3)
    d[7, 1] = np.nan
    d[:, 2] = inf
    s = stage(d)
    assert s.winner == 0
    assert s.columns == 3
    with pytest.raises(ValueError, match="finite"):
        stage(np.full((400, 2), np.nan))


def test_identical_predictions_are_no_gain_and_a_constant_gain_is_certain() -> None:
    v = stage(np.zeros((400, 2))).early_no
    assert v is not None
    assert v.outcome is Outcome.NO_GAIN
    assert v.reason.evidence["t"] == 0
    assert v.gain == 0
    s = stage(np.full((512, 1), 0.5))
    assert isinf(s.t)
    assert s.p0 == 0
    assert s.early_no is None
    done = look1(s, *fresh(np.full(512, 0.5), 0), PROOF)
    assert done is not None
    assert done.outcome is Outcome.PROVEN
    assert done.low == done.gain == done.high == 0.5


def test_a_single_unit_proves_nothing() -> None:
    v = stage(np.ones((40, 2)), units=np.zeros(40, dtype=np.int64)).early_no
    assert v is not None
    assert v.outcome is Outcome.NO_GAIN
    assert isinf(v.smallest_detectable)


def test_confirm_evidence_is_not_search_evidence() -> None:
    base, cand = fresh(np.zeros(50), 0)
    with pytest.raises(ValueError, match="search"):
        screen(base, [cand], 0, PROOF, 0)


def test_more_rows_in_the_confirmation_see_smaller_gains() -> None:
    d = noise(400, 3) - 0.05
    few, many = stage(d).early_no, stage(d, full_units=40_000).early_no
    assert few is not None
    assert many is not None
    assert many.smallest_detectable < few.smallest_detectable


def test_smallest_detectable_is_proven_four_times_in_five() -> None:
    s = stage(noise(1000, 1), Proof(0.0125, 0.0))
    gain = s.smallest_detectable(s.estimate)
    needed = s.estimate.mean_at(s.critical(0.0125 * 2 / 3), 1000, 15)
    assert stats.norm.sf((needed - gain) / s.estimate.se(1000, 15)) == pytest.approx(0.8)


@pytest.mark.parametrize("skew", [0.0, -1.5])
def test_the_rows_that_would_prove_a_gain_do_with_power_four_in_five(skew: float) -> None:
    s = stage(noise(1000, 1), Proof(0.0125, 0.0))
    e = replace(s.estimate, skew=skew)
    gain = 0.4 * s.smallest_detectable(e)
    times = s.times_rows(e, gain)
    assert times is not None
    assert 5 < times < 7  # (1 / 0.4)^2, a little less where skew is felt less, too
    more = replace(s, full_units=round(times * 1000), full_folds=round(times * s.full_folds))
    assert more.smallest_detectable(e) == pytest.approx(gain, rel=0.02)
    assert s.times_rows(e, gain / 1e4) is None


# -- fresh evidence ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found() -> Screen:
    return stage(noise(1000, 4) + np.array([0, 0.2, 0, 0]))


def test_a_gain_that_is_there_again_is_proven_at_look_one(found: Screen) -> None:
    v = look1(found, *fresh(noise(1000, 1, 9)[:, 0] + 0.2, 1), PROOF, rounds_names=("rounds",))
    assert v is not None
    assert (v.outcome, v.looks) == (Outcome.PROVEN, 1)
    assert v.reason.code == "gate.proven"
    assert v.p < PROOF.alpha / 3 == v.alpha
    assert v.low < v.gain <= v.reason.evidence["mean"] < v.high
    assert v.gain == pytest.approx(min(v.reason.evidence["mean"], found.bbc))


@pytest.mark.parametrize(("mean", "code"), [(0.0, "gate.not_confirmed"), (-0.3, "gate.worse")])
def test_a_gain_that_is_gone_is_a_no_at_look_one(found: Screen, mean: float, code: str) -> None:
    d = noise(1000, 1, 9)[:, 0]
    v = look1(found, *fresh(d - d.mean() + mean, 1), PROOF)
    assert v is not None
    assert v.reason.code == code
    assert v.alpha == pytest.approx(PROOF.alpha / 3)


def test_what_look_one_leaves_open_look_two_decides(found: Screen) -> None:
    d = noise(1000, 1, 9)[:, 0]
    d -= d.mean()
    for mean, outcome in ((0.076, Outcome.LIKELY), (0.095, Outcome.PROVEN)):
        assert look1(found, *fresh(d + mean, 1), PROOF, interim=3) is None
        v = look2(found, *fresh(d + mean, 1, partitions=3), PROOF)
        assert (v.outcome, v.looks, v.alpha) == (outcome, 2, PROOF.alpha)
    v = look2(found, *fresh(d + 0.02, 1, partitions=3), PROOF)
    assert v.reason.code == "gate.not_confirmed"


def test_a_certain_gain_not_worth_having_is_never_proven_nor_likely(found: Screen) -> None:
    d = 0.01 * noise(1000, 1, 9)[:, 0]
    d += 0.009 - d.mean()
    assert look1(found, *fresh(d, 1), PROOF) is None
    assert look2(found, *fresh(d, 1, partitions=3), PROOF).outcome is Outcome.NO_GAIN


def test_overwhelming_evidence_stops_after_two_folds_and_less_does_not(found: Screen) -> None:
    d = noise(1000, 1, 9)[:, 0]
    v = early_look(found, *fresh(d + 1, 1, folds=2), PROOF)
    assert v is not None
    assert v.outcome is Outcome.PROVEN
    assert v.reason.code == "gate.overwhelming"
    assert v.alpha == PROOF.alpha / 30
    assert early_look(found, *fresh(d + 0.2, 1, folds=2), PROOF) is None


def test_a_hopeless_confirmation_stops_after_two_folds(found: Screen) -> None:
    v = early_look(found, *fresh(noise(1000, 1, 9)[:, 0] - 0.3, 1, folds=2), PROOF)
    assert v is not None
    assert v.outcome in (Outcome.NO_GAIN, Outcome.WORSE)
    assert v.alpha == 0


def test_interim_looks_are_paid_for_out_of_look_one(found: Screen) -> None:
    d = noise(1000, 1, 9)[:, 0]
    proven = {
        interim: [
            v is not None and v.outcome is Outcome.PROVEN
            for m in np.linspace(0.05, 0.2, 60)
            for v in [look1(found, *fresh(d - d.mean() + m, 1), PROOF, interim=interim)]
        ]
        for interim in (0, 3)
    }
    assert sum(proven[3]) < sum(proven[0]) < 60
    assert all(proven[0][i] for i in range(60) if proven[3][i])
    e = fresh(d, 1)
    with pytest.raises(ValueError, match="interim"):
        look1(found, *e, PROOF, interim=10)


REFUSED = "|".join(
    (
        "only confirm evidence",
        "not the screened model",
        "does not stop early",
        "same splits",
        "not fresh",
        "not finite",
        "two folds",
        "this look takes",
    )
)


def _with(e: Evaluation, **changes: object) -> Evaluation:
    return replace(e, candidate=replace(e.candidate, **changes))  # type: ignore[arg-type]


def test_evidence_that_is_not_fresh_not_paired_or_not_of_these_models_is_refused(
    found: Screen,
) -> None:
    d = noise(1000, 1, 9)[:, 0] + 1
    base, cand = fresh(d, 1)
    again = splits(1000, Purpose.SEARCH)
    reused = tuple(replace(s, purpose=Purpose.CONFIRM) for s in again)
    three = fresh(d, 1, partitions=3)
    wrong = [
        (replace(base, purpose=Purpose.SEARCH), cand),
        (base, replace(cand, purpose=Purpose.TEST)),
        (base, fresh(d, 2)[1]),  # not the winner
        (cand, cand),  # not the baseline
        (base, _with(cand, treatment=Treatment(fraction=0.5))),
        (base, _with(cand, stopping=Stopping(5))),
        (_with(base, stopping=Stopping(5)), cand),
        (base, _with(cand, params={"c": 1, "rounds": 7})),
        (base, fresh(d, 1, folds=4)[1]),
        (base, replace(cand, splits=tuple(replace(s, seed=s.seed + 1) for s in cand.splits))),
        (evaluation(0 * d, reused), evaluation(d, reused, 1)),
        (base, replace(cand, values=np.full(1000, np.nan))),
        fresh(d, 1, folds=1),
        three,
    ]
    for evidence in wrong:
        for look in (early_look, look1):
            with pytest.raises(ValueError, match=REFUSED):
                look(found, *evidence, PROOF)
    for evidence in (*wrong[:-1], fresh(d, 1), fresh(d, 1, partitions=2)):
        with pytest.raises(ValueError, match=REFUSED):
            look2(found, *evidence, PROOF)
    with pytest.raises(ValueError, match="screened with"):
        look1(found, base, cand, Proof(0.5, 0.0))
    other = _with(cand, params={"c": 1, "rounds": 7})
    assert look1(found, base, other, PROOF, rounds_names=("rounds",)) is not None
    assert look2(found, *three, PROOF).outcome is Outcome.PROVEN


# -- properties --------------------------------------------------------------------------------


def _whole(d: np.ndarray, proof: Proof, again: np.ndarray) -> Verdict:
    s = stage(d, proof)
    return (
        s.early_no
        or look1(s, *fresh(again, s.winner), proof)
        or look2(s, *fresh(again, s.winner, partitions=3), proof)
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-4, 1e4), gain=st.floats(0, 0.4))
def test_the_unit_of_the_metric_does_not_matter(seed: int, scale: float, gain: float) -> None:
    d = noise(300, 4, seed) + np.array([gain, 0, 0, 0])
    again = noise(300, 1, seed + 1)[:, 0] + gain
    a = _whole(d, PROOF, again)
    b = _whole(scale * d, replace(PROOF, delta=scale * PROOF.delta), scale * again)
    assert (a.outcome, a.reason.code, a.looks) == (b.outcome, b.reason.code, b.looks)
    assert b.p == pytest.approx(a.p, rel=1e-2)
    assert b.gain == pytest.approx(scale * a.gain, rel=1e-6)
    assert b.smallest_detectable == pytest.approx(scale * a.smallest_detectable, rel=1e-2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), order=st.permutations(range(5)))
def test_the_order_of_the_candidates_does_not_matter(seed: int, order: list[int]) -> None:
    d = noise(300, 5, seed) + 0.05
    a, b = stage(d), stage(d[:, order])
    assert order[b.winner] == a.winner
    assert b.t == pytest.approx(a.t)
    assert b.columns == a.columns
    assert b.p0 == pytest.approx(a.p0, rel=0.1, abs=2e-3)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), more=st.floats(0, 1))
def test_a_larger_gain_is_never_less_proven(seed: int, more: float) -> None:
    d = noise(300, 3, seed)
    s = stage(d + np.array([2, 0, 0]))
    again = noise(300, 1, seed + 1)[:, 0]
    rank = {Outcome.WORSE: 0, Outcome.NO_GAIN: 1, Outcome.LIKELY: 2, Outcome.PROVEN: 3}
    lower, higher = (look2(s, *fresh(again + g, 0, partitions=3), PROOF) for g in (0.1, 0.1 + more))
    assert rank[lower.outcome] <= rank[higher.outcome]
    assert higher.p <= lower.p + 1e-12


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), groups=st.integers(2, 60))
def test_a_verdicts_numbers_are_in_order(seed: int, groups: int) -> None:
    units = np.random.default_rng(seed).integers(0, groups, 200)
    v = stage(noise(200, 3, seed) + 0.1, Proof(0.01, 5.0), units).early_no
    assert v is not None
    assert v.low <= v.gain <= v.high
    assert 0 <= v.p <= 1
    assert v.smallest_detectable >= 5


def test_the_same_evidence_and_seed_give_the_same_verdict() -> None:
    d = noise(300, 6) + 0.1
    assert stage(d).p0 == stage(d).p0
    assert stage(d).bbc == stage(d).bbc


# -- blocks of time ----------------------------------------------------------------------------


def series(n: int, length: float, count: int, seed: int = 0) -> np.ndarray:
    """(count, n) series with variance 1, autocorrelated over about ``length`` steps."""
    slope = np.exp(-1 / length) if length else 0.0
    e = np.random.default_rng(seed).standard_normal((count, n + int(5 * length) + 1))
    return np.asarray(lfilter([np.sqrt(1 - slope**2)], [1, -slope], e, axis=1)[:, -n:])


def in_blocks(d: np.ndarray) -> Paired:
    rows = np.arange(len(d))
    part = Split("t", Purpose.SEARCH, 0, 0, rows + len(d), rows, 0)
    return Paired((part,), rows, d, np.zeros(len(d), np.int64), rows * 32 // len(d))


@pytest.mark.parametrize(("length", "least", "most"), [(0, 16, 32), (40, 8, 8)])
def test_blocks_of_time_are_merged_while_neighbours_are_alike(
    length: float, least: int, most: int
) -> None:
    kept = [32 >> merges(in_blocks(d)) for d in series(1000, length, 200)]
    assert np.mean([least <= k <= most for k in kept]) >= 0.75
    assert set(kept) <= {8, 16, 32}


@pytest.mark.parametrize("length", [0, 5, 20])
def test_merged_blocks_are_wrong_no_more_often_than_eight(length: float) -> None:
    wrong = np.zeros(2)
    for d in series(1000, length, 3000, seed=1):
        p = in_blocks(d)
        for i, k in enumerate((merges(p), 2)):
            e = estimate(replace(p, units=p.units >> k))
            wrong[i] += stats.t.sf(e.search_t, e.units - 1) < 0.05
    assert wrong[0] <= wrong[1] + 3 * np.sqrt(wrong[1])  # three standard errors of the count


def test_the_blocks_that_the_winner_calls_for_are_those_of_the_whole_stage() -> None:
    d = np.column_stack([series(400, 40, 1)[0] + 1, noise(400, 1)[:, 0]])
    parts = splits(400, Purpose.SEARCH)
    blocks = np.arange(400) * 32 // 400

    def timed(values: np.ndarray, name: int) -> Evaluation:
        return replace(evaluation(values, parts, name, blocks), ordered=True)

    found = screen(timed(np.zeros(400), -1), [timed(d[:, c], c) for c in (0, 1)], 0, PROOF, 0)
    assert found.winner == 0
    assert found.estimate.units == 8
    assert found.values.shape == (8, 2)
    assert found.full_units == 8
