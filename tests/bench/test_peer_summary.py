"""What a bench of peers says of its rows, on rows whose answer is known."""

from __future__ import annotations

import pytest
from peer_rows import row, run

from advisor.bench.show.peer_summary import (
    Standing,
    better,
    difference,
    rank,
    summarise_peers,
    time_to_reach,
)

OURS = run((2.0, -1.0), (4.0, -0.3))


def standing(rows: list[dict[str, object]], name: str) -> Standing:
    return next(s for s in summarise_peers(rows, {}).standings if s.name == name)


def test_two_models_within_two_standard_errors_share_a_rank() -> None:
    found = row({"advisor": OURS, "near": run((1.0, -1.0), (9.0, -0.27)), "far": run((1.0, -1.0))})
    assert [rank(found, name) for name in ("advisor", "near", "far")] == [1, 1, 3]


def test_a_lead_beyond_two_standard_errors_is_a_better_rank() -> None:
    found = row({"advisor": OURS, "ahead": run((1.0, -1.0), (9.0, -0.25))}, se=0.02)
    assert better(found, "ahead", "advisor")
    assert [rank(found, name) for name in ("advisor", "ahead")] == [2, 1]


def test_models_that_are_one_and_the_same_are_tied_though_their_error_is_zero() -> None:
    found = row({"advisor": OURS, "same": OURS}, se=0.0)
    assert not better(found, "same", "advisor")
    assert not better(found, "advisor", "same")


def test_a_pair_is_read_from_either_side() -> None:
    found = row({"advisor": OURS, "other": run((1.0, -1.0), (2.0, -0.5))})
    mean, se = difference(found, "other", "advisor")
    assert (mean, se) == pytest.approx((-0.2, 0.02))
    assert difference(found, "advisor", "other") == pytest.approx((0.2, 0.02))


def test_the_time_to_reach_is_that_of_the_first_incumbent_as_good_as_advisors() -> None:
    steps = run((1.0, -1.0), (6.0, -0.5), (12.0, -0.305), (20.0, -0.2))
    assert time_to_reach(row({"advisor": OURS, "other": steps}), "other") == 12.0


def test_what_was_never_reached_is_never_and_no_ratio() -> None:
    found = row({"advisor": OURS, "other": run((1.0, -1.0), (25.0, -0.4))})
    reach = standing([found], "other").reach
    assert reach is not None
    assert (reach.asked, reach.reached, reach.ratio, reach.sooner) == (1, 0, None, 0)


def test_the_ratio_is_over_the_cases_where_the_score_was_reached() -> None:
    slow = row({"advisor": OURS, "other": run((1.0, -1.0), (16.0, -0.3))})
    fast = row({"advisor": OURS, "other": run((1.0, -1.0), (2.0, -0.3))})
    never = row({"advisor": OURS, "other": run((1.0, -1.0))})
    reach = standing([slow, fast, never], "other").reach
    assert reach is not None
    assert reach.ratio is not None
    assert (reach.asked, reach.reached, reach.sooner) == (3, 2, 1)
    assert reach.ratio.value == pytest.approx((4.0 + 0.5) / 2)


def test_where_advisor_kept_the_model_there_is_nothing_to_reach() -> None:
    kept = run((3.0, -1.0), ended="keep")
    reach = standing([row({"advisor": kept, "other": OURS})], "other").reach
    assert reach is not None
    assert reach.asked == 0


def test_a_gain_of_advisors_that_hidden_rows_do_not_bear_out_is_nothing_to_reach() -> None:
    claimed = run((2.0, -1.0), (4.0, -0.99), own=(-1.0, -0.3))
    reach = standing([row({"advisor": claimed, "other": OURS})], "other").reach
    assert reach is not None
    assert reach.asked == 0


def test_a_case_lost_by_advisor_is_listed_with_its_lead_in_shares_of_the_lost_skill() -> None:
    found = row({"advisor": run((3.0, -1.0), ended="keep"), "other": run((1.0, -1.0), (9.0, -0.2))})
    (loss,) = summarise_peers([found], {}).losses
    assert (loss.peer, loss.ours) == ("other", "keep")
    assert (loss.lead, loss.our_restored, loss.their_restored) == pytest.approx((1.0, 0.0, 1.0))


def test_a_duel_is_counted_from_the_peers_side() -> None:
    rows = [
        row({"advisor": OURS, "other": run((1.0, -1.0), (9.0, score))})
        for score in (-0.2, -0.3, -0.31, -0.6)
    ]
    other = standing(rows, "other")
    assert (other.wins, other.ties, other.losses) == (1, 2, 1)


def test_a_model_made_worse_and_a_promise_not_kept_are_counted() -> None:
    found = row({"advisor": OURS, "other": run((1.0, -1.0), (9.0, -1.2), own=(-1.0, -0.6))})
    other = standing([found], "other")
    assert other.kept is not None
    assert (other.worse.hits, other.worse.of) == (1, 1)
    assert other.kept.value == pytest.approx(-0.2 / 0.4)


def test_a_fault_that_does_not_kill_is_left_out_of_everything_but_its_count() -> None:
    found = summarise_peers(
        [row({"advisor": OURS}), row({"advisor": OURS}, counts=False)], {"x": "crashed"}
    )
    assert (found.counted, found.not_counted, found.troubles) == (1, 1, 1)
    assert found.standings[0].cases == 1


def test_a_healthy_case_has_no_lost_skill_to_restore() -> None:
    found = row({"advisor": run((3.0, -1.0), ended="keep")}, kind="healthy")
    assert standing([found], "advisor").restored is None
