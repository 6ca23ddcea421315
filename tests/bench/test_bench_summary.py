"""The numbers of a bench, from rows made up by hand."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.bench.faults import FAULTS
from advisor.bench.judge import told
from advisor.bench.planted import is_right
from advisor.bench.show import VIEWS
from advisor.bench.show.summary import Share, middle, summarise
from advisor.results import Status


def row(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "case": "t/rate_high/lightgbm/0",
        "table": "t",
        "fault": "rate_high",
        "family": "lightgbm",
        "kind": "skill",
        "counts": True,
        "named": "learning_rate",
        "right": True,
        "restored": 1.0,
        "promised": 0.1,
        "gain": 0.1,
        "se": 0.01,
        "worse": False,
        "claims": True,
        "fits": 20,
        "seconds": 3.0,
        "cross_validations": 2.5,
    }
    return {**whole, **changes}


HEALTHY = {"fault": "healthy", "kind": "healthy", "restored": None}
QUIET = {**HEALTHY, "named": "none", "claims": False, "promised": None, "gain": 0.0}


# -- counting --------------------------------------------------------------------------------------


def test_a_fault_that_does_not_kill_counts_for_nothing() -> None:
    found = summarise([row(), row(counts=False, right=False, restored=-1.0)], {})
    assert (found.right, found.not_counted) == (Share(1, 1), 1)
    assert found.restored is not None
    assert found.restored.of == 1


def test_a_claim_on_a_healthy_model_that_hidden_rows_bear_out_is_told_apart() -> None:
    rows = [row(**QUIET), row(**HEALTHY, right=False, gain=0.1), row(**HEALTHY, gain=0.01)]
    found = summarise(rows, {})
    assert found.claims == Share(2, 3)
    assert found.false_claims == Share(1, 3)


def test_the_matrix_holds_what_was_planted_against_what_was_named() -> None:
    rows = [row(), row(named="depth", right=False), row(**QUIET)]
    found = summarise(rows, {}).confusion
    assert found == {
        ("rate_high", "learning_rate"): 1,
        ("rate_high", "depth"): 1,
        ("healthy", "none"): 1,
    }


def test_a_model_made_worse_is_counted_also_where_the_fault_does_not_kill() -> None:
    assert summarise([row(), row(counts=False, worse=True)], {}).worse == Share(1, 2)


def test_a_share_has_its_wilson_interval() -> None:
    low, high = Share(8, 10).interval
    assert (low, high) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Wilson 1927, by hand
    assert Share(0, 0).interval == (0.0, 1.0)


def test_a_median_has_an_interval_that_holds_it() -> None:
    found = middle([1.0, 2.0, 3.0, 4.0, 100.0])
    assert found is not None
    assert found.value == 3.0
    assert found.low <= 3.0 <= found.high
    assert middle([]) is None


def test_a_bench_without_rows_has_a_summary() -> None:
    found = summarise([], {"a": "crashed"})
    assert (found.groups, found.troubles) == ((), {"crashed": 1})


# -- does it kill? ---------------------------------------------------------------------------------


def test_the_cheap_rule_asks_for_the_mean_and_one_sign() -> None:
    assert told([0.03, 0.04, 0.05], full=False).counts
    assert not told([0.02, 0.03, 0.03], full=False).counts
    assert not told([0.2, 0.2, -0.01], full=False).counts


def test_the_full_rule_asks_for_p_and_d_as_well() -> None:
    assert told([0.05, 0.06, 0.04, 0.05, 0.07], full=True).counts
    wide = told([0.9, -0.5, 0.6, -0.7, 0.4], full=True)
    assert wide.drop > 0.03
    assert not wide.counts
    assert told([0.05] * 4, full=True).counts
    assert not told([0.0] * 4, full=True).counts


# -- is it right? ----------------------------------------------------------------------------------


def right(fault: str, stage: str | None, restored: float | None = None, *codes: str) -> bool:
    claims = stage is not None
    status = Status.IMPROVED if claims else Status.NO_PROVEN_GAIN
    return is_right(FAULTS[fault], stage, codes, restored, claims=claims, status=status)


def test_the_planted_stage_is_right_and_a_later_one_is_not() -> None:
    assert right("rate_high", "learning_rate", 0.1)
    assert not right("rate_high", "regularization", 1.0)


def test_an_earlier_stage_is_right_where_it_restores_enough() -> None:
    assert right("shallow", "regularization", 0.8)
    assert not right("shallow", "regularization", 0.79)


def test_a_leak_is_answered_by_its_finding_alone() -> None:
    assert right("leak", None, None, "L02")
    assert not right("leak", "learning_rate", None, "D04")


def test_of_a_healthy_model_no_claim_and_no_block_is_right() -> None:
    assert right("healthy", None)
    assert not right("healthy", "depth")
    blocked = is_right(FAULTS["healthy"], None, ("L02",), None, claims=False, status=Status.BLOCKED)
    assert not blocked


# -- said ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_result_is_said_in_both_languages(lang: str, tmp_path: Any) -> None:
    rows = [
        row(),
        row(table="u", named="depth", right=False, restored=0.4, worse=True),
        row(**QUIET),
        row(counts=False),
    ]
    document = {
        "name": "b",
        "date": "2026-11-21",
        "asked": 5,
        "rows": rows,
        "troubles": {"u/leak/lightgbm/0": ["crashed", "no memory"]},
        "versions": {"advisor": "0.1.0"},
    }
    view = VIEWS["faults"]
    text = view.text(document, lang)
    assert "rate_high" in text
    assert {view.outcome(r, lang) for r in rows} >= {view.outcome(rows[0], lang)}
    files = view.write(document, tmp_path, lang)
    page = files[0].read_text(encoding="utf-8")
    assert "no memory" in page
    for picture in files[1:]:
        assert f"]({picture.name})" in page
        assert picture.read_text(encoding="utf-8").startswith("<svg")
