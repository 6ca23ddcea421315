"""Pool rows count as evidence only where nothing speaks against their being of the same source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fake_learner import FakeLearner, session, table

from advisor.audit.alike import pool_alike
from advisor.audit.base import Kpi, Material
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.metrics.table import METRICS
from advisor.rows.splits import confirm_splits, pool_rows, search_splits, with_pool_scored
from advisor.search.arena import arena_for, disagree, own_arena
from advisor.search.contest import hold
from advisor.search.session import Session
from advisor.settings import Candidate, Treatment
from advisor.stages import STAGES
from advisor.stages.data_size import DataSizeStage
from advisor.types import Dataset, StageName, Task

pytestmark = pytest.mark.usefixtures("one_thread")
OWN, POOL = 300, 900


def world(*, moved: float = 0.0, lied: float = 0.0, seed: int = 0, own: int = OWN) -> Dataset:
    """Own rows and a pool whose features are ``moved``, or whose targets differ by ``lied``."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(own + POOL, 3))
    x[own:, 0] += moved
    y = x @ [1.0, 0.5, 0.0] + rng.normal(0, 0.5, own + POOL)
    y[own:] += lied
    frame = pd.DataFrame(x, columns=list("abc")).assign(y=y)
    more = frame.iloc[own:]
    return build(frame.iloc[:own], Roles("y"), task=Task.REGRESSION, pool=more, test=False)


def alike(data: Dataset) -> Any:
    return pool_alike(Material(data, METRICS["mse"], Kpi(), search_splits(data, 5, 0)))


def test_every_pool_row_is_scored_once_and_trained_on_by_nobody_who_scores_it() -> None:
    data = world()
    splits = with_pool_scored(data, search_splits(data, 5, 0), data.pool)
    scored = np.concatenate([split.valid for split in splits])
    np.testing.assert_array_equal(np.sort(scored), np.sort([*data.train, *data.pool]))
    for split in splits:
        assert not np.isin(pool_rows(data, split), split.valid).any()
        assert np.isin(split.train, data.train).all()
        left = len(data.pool) - np.isin(split.valid, data.pool).sum()
        assert len(pool_rows(data, split)) == left


def test_rows_that_belong_together_stay_on_one_side_also_across_the_pool() -> None:
    data = world()
    who = np.arange(len(data.y)) % 60
    grouped = replace(data, groups=who)
    for split in with_pool_scored(grouped, search_splits(grouped, 5, 0), grouped.pool):
        trained = np.concatenate([split.train, pool_rows(grouped, split)])
        assert not np.intersect1d(who[trained], who[split.valid]).size


@pytest.mark.parametrize("partition", [0, 1, 2])
def test_with_time_a_pool_row_is_scored_with_its_time_and_nobody_trains_on_the_future(
    partition: int,
) -> None:
    data = world()
    when = np.random.default_rng(0).permutation(len(data.y)) // 2  # pairs of equal times
    timed = replace(data, time=when)
    own = confirm_splits(timed, 5, 0, partition) if partition else search_splits(timed, 5, 0)
    splits = with_pool_scored(timed, own, timed.pool)
    for before, split in zip(own, splits, strict=True):
        trained = np.concatenate([split.train, pool_rows(timed, split)])
        assert when[trained].max() < when[split.valid].min()
        assert np.isin(before.valid, split.valid).all()
        assert not np.isin(split.train, timed.pool).any()
    scored = np.concatenate([split.valid for split in splits])
    assert len(scored) == len(np.unique(scored))
    first = min(when[split.valid].min() for split in own)
    last = max(when[split.valid].max() for split in own)
    inside = (when[timed.pool] >= first) & (when[timed.pool] <= last)
    assert set(timed.pool[inside]) == set(scored) & set(timed.pool)


def test_fresh_partitions_deal_the_pool_anew() -> None:
    data = world()
    one, two = (with_pool_scored(data, confirm_splits(data, 5, 0, p), data.pool) for p in (1, 2))
    assert set(one[0].valid) != set(two[0].valid)
    again = with_pool_scored(data, confirm_splits(data, 5, 0, 1), data.pool)
    assert [s.digest for s in one] == [s.digest for s in again]


def test_a_pool_of_the_same_source_is_alike_at_the_promised_rate() -> None:
    sure = [alike(world(seed=seed)).sure for seed in range(12)]
    assert sum(sure) >= 9


@pytest.mark.parametrize("seed", range(3))
def test_a_pool_with_other_features_or_other_targets_is_not_alike(seed: int) -> None:
    assert not alike(world(moved=1.0, seed=seed)).sure
    assert not alike(world(lied=1.5, seed=seed)).sure


def test_few_rows_are_never_alike() -> None:
    assert not alike(world(own=60)).sure


def played(s: Session, stage: StageName = StageName.DATA_SIZE) -> Any:
    steps = arena_for(s, stage, s.person)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def made(tmp_path: Path, data: Dataset, learner: FakeLearner | None = None) -> Session:
    return session(learner or FakeLearner(lambda c: 1.0), data, tmp_path, {"n_estimators": 50})


def test_pool_rows_are_scored_by_the_data_stage_alone_and_only_where_own_rows_are_few(
    tmp_path: Path,
) -> None:
    s = made(tmp_path / "few", table(300, 0, pool=900))
    arena = played(s)
    assert arena.alike is not None
    assert len(arena.scored) == 1200
    assert len(s.with_pool) == 15
    depth = played(s, StageName.DEPTH)
    assert depth.alike is None
    assert depth.splits == own_arena(s).splits
    many = made(tmp_path / "many", table(3_000, 0, pool=900))
    assert played(many).alike is None


def test_a_model_that_is_worse_on_the_pool_makes_it_no_evidence(tmp_path: Path) -> None:
    data = table(300, 0, pool=900)

    class Partial(FakeLearner):
        """Errs much more on pool rows."""

        def prepare(self, dataset: Dataset, params: Any, metric: Any) -> Any:
            trainer = super().prepare(dataset, params, metric)
            trainer._noise[:, dataset.pool] *= 3
            return trainer

    assert played(made(tmp_path, data, Partial(lambda c: 1.0))).alike is None


@pytest.mark.slow
@pytest.mark.parametrize(("gain", "least", "most"), [(0.0, 0, 6), (0.25, 28, 40)])
def test_pool_rows_prove_gains_that_are_there_and_none_that_are_not(
    gain: float, least: int, most: int, tmp_path: Path
) -> None:
    """40 worlds: more than 6 claims where nothing is there have p = .003 at alpha = .05."""
    claims = 0
    for seed in range(40):
        learner = FakeLearner(lambda c: 1.0 - gain * c.treatment.pool)
        data = table(250, seed, pool=1_000)
        s = session(learner, data, tmp_path / str(seed), {"n_estimators": 50}, seed=seed)
        steps = hold(s, DataSizeStage(), (s.person,), 0.05, 1)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                claims += end.value.winner is not None
                break
    assert least <= claims <= most


def test_a_gain_that_only_pool_rows_show_is_named(tmp_path: Path) -> None:
    data = table(300, 0, pool=900)
    s = made(tmp_path, data)
    arena = played(s)
    base = s.evaluator.evaluation(s.person, arena.splits)
    better = Candidate(s.person.params, Treatment(pool=1.0))
    cand = s.evaluator.evaluation(better, arena.splits)
    assert disagree(data, base, base) is None
    flattered = cand.values + np.where(np.isin(cand.rows, data.pool), 5.0, 0.0)
    found = disagree(data, base, replace(cand, values=flattered))
    assert found is not None
    assert found["pool_gain"] > found["own_gain"] + 3


def test_with_time_the_smallest_gain_that_would_be_seen_is_that_of_its_blocks(
    tmp_path: Path,
) -> None:
    plain = table(800, 3)
    timed = replace(plain, time=np.arange(800))
    seen = []
    for number, data in enumerate((plain, timed)):
        asked = session(FakeLearner(lambda candidate: 0.0), data, tmp_path / str(number), {})
        steps = hold(asked, STAGES[1], (asked.person,), 0.01, 1)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                seen.append(end.value.outcome.verdict.reason.evidence)
                break
    assert seen[0]["units"] == 800
    assert seen[1]["units"] in (8, 16, 32)
    assert seen[1]["smallest_detectable"] > 2 * seen[1]["se"]
