"""On a large table the first look at candidates trains on a sample; a proof takes all rows."""

from __future__ import annotations

from math import log10
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_learner import FakeLearner, session, table
from scipy import stats

from advisor import sampling
from advisor.results import Outcome
from advisor.sampling import sampled
from advisor.search import Search
from advisor.settings import Candidate, Treatment
from advisor.splits import search_splits
from advisor.types import StageName

LR = StageName.LEARNING_RATE
SOUND = {"learning_rate": 0.1, "n_estimators": 100}
OWN = Candidate({})


@pytest.fixture
def large_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that a test can afford count as large."""
    monkeypatch.setattr(sampling, "LARGE", 300)
    monkeypatch.setattr(sampling, "LEAST", 100)


def bad_rate(candidate: Candidate) -> float:
    return 0.6 * log10(candidate.params["learning_rate"] / 0.1) ** 2


def none(candidate: Candidate) -> float:
    return 0.0


def searched(
    penalty: Any,
    params: dict[str, Any],
    folder: Path,
    rows: int,
    seed: int = 0,
    spread: float = 0.1,
) -> tuple[Search, FakeLearner]:
    learner = FakeLearner(penalty, spread=spread)
    search = Search(session(learner, table(rows, seed + 1), folder, params, seed=seed))
    list(search.run())
    return search, learner


@pytest.mark.usefixtures("large_is_small")
def test_a_sample_thins_the_training_rows_and_scores_the_same_ones() -> None:
    data = table(1_000, 0)
    splits = search_splits(data, 5, 0)[:2]
    thin = sampled(data, splits, LR, OWN)
    for whole, few in zip(splits, thin, strict=True):
        assert len(few.train) == 100
        assert np.isin(few.train, whole.train).all()
        assert np.array_equal(few.valid, whole.valid)
        assert few.digest != whole.digest


@pytest.mark.usefixtures("large_is_small")
def test_all_rows_are_looked_at_where_a_sample_would_not_pay_or_not_be_the_question() -> None:
    data = table(1_000, 0)
    splits = search_splits(data, 5, 0)[:1]
    assert sampled(data, splits, LR, OWN)
    assert sampled(data, splits, StageName.DATA_SIZE, OWN) == ()
    assert sampled(data, splits, LR, Candidate({}, treatment=Treatment(fraction=0.5))) == ()
    few = table(300, 0)
    assert sampled(few, search_splits(few, 5, 0)[:1], LR, OWN) == ()


def test_a_very_large_table_is_seen_on_a_share_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "LARGE", 300)
    monkeypatch.setattr(sampling, "LEAST", 50)
    data = table(4_000, 0)
    (thin,) = sampled(data, search_splits(data, 5, 0)[:1], LR, OWN)
    assert len(thin.train) == 400


@pytest.mark.usefixtures("large_is_small")
def test_a_fault_is_proven_on_all_rows_after_few_fits_of_them(tmp_path: Path) -> None:
    wrong = {"learning_rate": 0.001, "n_estimators": 100}
    search, learner = searched(bad_rate, wrong, tmp_path, 4_000)
    (outcome,) = [o for o in search.result.stages if o.stage is LR]
    assert outcome.status is Outcome.PROVEN
    assert 0.03 <= search.result.current.params["learning_rate"] <= 0.3
    looked = [(c, s) for c, s in learner.fitted if s.id.endswith("-sample")]
    seen = {c.key for c, _ in looked}
    assert len(seen) >= 4
    on_all = {
        c.key for c, s in learner.fitted if not s.id.endswith("-sample") and c.stage is LR
    } & seen
    assert len(on_all) <= 3
    assert outcome.verdict is not None
    assert outcome.verdict.reason.evidence["candidates"] == outcome.candidates > len(on_all)
    (note,) = [n for n in outcome.notes if n.code == "rows.first_look"]
    assert note.evidence["rows"] < note.evidence["of"] == 3_200


@pytest.mark.parametrize("runs", [6, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.usefixtures("large_is_small")
def test_searches_that_look_at_samples_claim_within_alpha_where_nothing_helps(
    runs: int, tmp_path: Path
) -> None:
    claims = 0
    for seed in range(runs):
        search, _ = searched(none, SOUND, tmp_path / str(seed), 600, seed, spread=0.5)
        claims += search.result.improved
    assert stats.binom.sf(claims - 1, runs, 0.05) > 0.01, f"{claims} claims in {runs} searches"
