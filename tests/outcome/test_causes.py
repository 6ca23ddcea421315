"""What changed, and the cause that is named for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from advisor.outcome.causes import (
    TREATMENT_CAUSES,
    cause_of,
    lost_gradient,
    one_setting,
    rounds_explain,
)
from advisor.recipes.load import load_recipe
from advisor.report.locale import sentences
from advisor.results import Outcome, StageOutcome
from advisor.settings import Candidate
from advisor.types import STAGE_ORDER, Reason, StageName

RATE, REGULARIZATION, DATA, DEPTH = STAGE_ORDER
Change = Mapping[str, tuple[Any, Any]]


def code(
    stage: StageName, change: Change, origin: str = "proposed", rounds: str | None = None
) -> str:
    winner = Candidate({}, stage=stage, origin=origin)
    return cause_of(stage, winner, change, load_recipe("lightgbm"), rounds).code


@pytest.mark.parametrize(
    ("stage", "change", "cause"),
    [
        (RATE, {"learning_rate": (1.0, 0.1)}, "cause.learning_rate.lower"),
        (
            RATE,
            {"learning_rate": (0.01, 0.1), "n_estimators": (9, 90)},
            "cause.learning_rate.higher",
        ),
        (RATE, {"n_estimators": (2000, 90)}, "cause.rounds.fewer"),
        (RATE, {"n_estimators": (20, 90)}, "cause.rounds.more"),
        (REGULARIZATION, {"reg_lambda": (0, 10.0)}, "cause.regularization.stronger"),
        (REGULARIZATION, {"min_child_samples": (500, 20)}, "cause.regularization.weaker"),
        (REGULARIZATION, {"reg_lambda": (0, 3.0), "reg_alpha": (1.0, 0)}, "cause.mixed"),
        (REGULARIZATION, {"subsample": (1.0, 0.7)}, "cause.regularization.sampling"),
        (
            REGULARIZATION,
            {"subsample": (1.0, 0.7), "reg_lambda": (0, 3.0)},
            "cause.regularization.stronger",
        ),
        (REGULARIZATION, {"n_estimators": (100, 60)}, "cause.mixed"),
        (DEPTH, {"num_leaves": (2, 63)}, "cause.depth.deeper"),
        (DEPTH, {"num_leaves": (255, 15)}, "cause.depth.shallower"),
        (DEPTH, {"max_depth": (1, -1)}, "cause.depth.deeper"),
        (DEPTH, {"max_depth": (-1, 5)}, "cause.depth.shallower"),
        (DEPTH, {"max_depth": (-1, 5), "num_leaves": (15, 31)}, "cause.mixed"),
    ],
)
def test_a_change_has_its_cause(stage: StageName, change: Change, cause: str) -> None:
    assert code(stage, change) == cause
    assert cause in sentences("en")


@pytest.mark.parametrize(("origin", "cause"), TREATMENT_CAUSES.items())
def test_a_treatment_is_named_by_its_origin(origin: str, cause: str) -> None:
    assert code(DATA, {}, origin) == f"cause.{cause}"
    assert f"cause.{cause}" in sentences("en")
    assert code(DATA, {}, "unheard_of") == "cause.mixed"


def test_the_rates_cause_carries_its_numbers() -> None:
    winner = Candidate({}, stage=RATE)
    reason = cause_of(RATE, winner, {"learning_rate": (1.0, 0.1)}, load_recipe("lightgbm"), None)
    assert reason.evidence == {"before": 1.0, "after": 0.1}


def trials(**gains: float) -> StageOutcome:
    listed = tuple({"origin": origin, "change": {}, "gain": gain} for origin, gain in gains.items())
    return StageOutcome(RATE, Outcome.PROVEN, None, Reason("x"), trials=listed)


@pytest.mark.parametrize(
    ("outcome", "lost_after_best", "ways"),
    [
        (trials(rate=0.30), 0.28, "fewer"),  # stopping at the best round gives nearly all of it
        (trials(rate=0.30), 0.10, None),  # it gives a third: the rate matters
        (trials(rate=0.30, rounds=0.29), 0.0, "more"),  # more rounds at the same rate do
        (trials(rate=0.30, rounds=0.10), 0.0, None),
        (trials(rate=-0.1), 0.28, None),  # nothing was gained
        (StageOutcome(RATE, Outcome.NOT_RUN, None, Reason("x")), 0.28, None),
    ],
)
def test_the_rounds_are_the_cause_when_they_alone_would_do(
    outcome: StageOutcome, lost_after_best: float, ways: str | None
) -> None:
    curve = {"valid_loss": 0.6, "lost_after_best": lost_after_best}
    assert rounds_explain(outcome, curve, naive=0.7) == ways


def test_rounds_that_ended_worse_on_their_own_rows_than_a_guess_memorised_nothing() -> None:
    curve = {"valid_loss": 8.9, "lost_after_best": 8.29, "train_skill": -13.0}
    assert rounds_explain(trials(rate=8.3), curve, naive=0.7) == "overshot"
    fewer = {"n_estimators": (60, 3)}
    assert code(RATE, fewer, rounds="overshot") == "cause.rounds.overshot"
    both = {"learning_rate": (1.0, 0.3), **fewer}
    assert code(RATE, both, rounds="overshot") == "cause.learning_rate.lower"


def test_gains_are_not_held_against_a_curve_of_another_unit() -> None:
    """Gains in F1, a curve in log loss: whatever is small beside the other says nothing."""
    curve = {"valid_loss": 1.2, "lost_after_best": 0.2, "train_skill": 0.9}
    assert rounds_explain(trials(rate=0.02), curve, naive=1.5) == "fewer"
    assert rounds_explain(trials(rate=0.02), {**curve, "metric": "log_loss"}, naive=1.5) is None
    longer = trials(rate=0.02, rounds=0.019)
    assert rounds_explain(longer, {**curve, "metric": "log_loss"}, naive=1.5) == "more"


def test_without_a_curve_the_rounds_explain_nothing() -> None:
    assert rounds_explain(trials(rate=0.3), {}, naive=0.7) is None


def test_the_rounds_are_named_instead_of_the_rate_when_they_explain_it() -> None:
    change = {"learning_rate": (0.01, 0.1), "n_estimators": (900, 90)}
    assert code(RATE, change, rounds="fewer") == "cause.rounds.fewer"
    assert (
        code(RATE, {"learning_rate": (0.01, 0.1)}, rounds="fewer") == "cause.learning_rate.higher"
    )
    hardly = {"learning_rate": (0.05, 0.3), "n_estimators": (157, 167)}
    assert code(RATE, hardly, rounds="more") == "cause.learning_rate.higher"


NET = load_recipe("torch")


def tried(stage: StageName, *trials: tuple[dict[str, Any], float]) -> StageOutcome:
    listed = tuple({"origin": "x", "change": change, "gain": gain} for change, gain in trials)
    return StageOutcome(stage, Outcome.PROVEN, None, Reason("x"), trials=listed)


def test_one_setting_is_the_cause_where_it_brings_nearly_all_by_itself() -> None:
    both = ({"dropout": 0.2, "weight_decay": 0.1, "epochs": 30}, 0.32)
    alone = ({"dropout": 0.0, "epochs": 30, "learning_rate": 0.001}, 0.30)
    assert one_setting(tried(REGULARIZATION, both, alone), NET) == "dropout"
    assert one_setting(tried(REGULARIZATION, both, ({"dropout": 0.0}, 0.1)), NET) is None
    assert one_setting(tried(REGULARIZATION, both), NET) is None
    assert one_setting(tried(REGULARIZATION, ({"dropout": 0.0}, -0.1)), NET) is None


@pytest.mark.parametrize(("change", "way"), [((0.8, 0.2), "less"), ((0.0, 0.3), "more")])
def test_dropout_is_named_with_its_values(change: tuple[float, float], way: str) -> None:
    winner = Candidate({}, stage=REGULARIZATION)
    cause = cause_of(REGULARIZATION, winner, {"dropout": change}, NET, None)
    assert cause.code == f"cause.layers.dropout.{way}"
    assert cause.evidence == {"name": "dropout", "before": change[0], "after": change[1]}
    assert cause.code in sentences("en")


def test_fewer_layers_are_explained_by_a_gradient_that_did_not_arrive() -> None:
    change = {"hidden": ((16,) * 12, (16, 16))}
    sick = {"inside": "vanishing", "power": -8}
    cause = lost_gradient(DEPTH, change, NET, sick)
    assert cause == Reason("cause.layers.depth.vanishing", {"before": 12, "after": 2, "power": -8})
    assert cause.code in sentences("en")
    assert lost_gradient(DEPTH, change, NET, {}) is None
    assert lost_gradient(DEPTH, {"hidden": ((16,), (16, 16))}, NET, sick) is None
    assert lost_gradient(REGULARIZATION, {"dropout": (0.8, 0.0)}, NET, sick) is None
