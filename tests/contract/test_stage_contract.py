"""Every stage keeps the same promises: it proposes within bounds, says who proposed, and ends.

A stage is played with made-up gains; nothing is fitted.  A new stage in ``STAGES`` goes through all
cases without a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.judge.candidates import difference
from advisor.recipes.load import load_recipe, load_treatments, recipe_names
from advisor.recipes.recipe import Knob, Recipe
from advisor.settings import AUGMENTS, Candidate, Stopping, Treatment
from advisor.stages import STAGES, Stage
from advisor.stages.base import Glance, StageContext
from advisor.stages.data_size import treated
from advisor.stages.study import as_trial, distribution
from advisor.types import STAGE_ORDER, Dataset, Finding, Severity, StageName, Task

WORTH = 0.01
MOST_BATCHES = 100
Gain = Callable[[Candidate], float]

FORESTS = {
    "healthy": {"n_estimators": 200},
    "held back": {"min_samples_leaf": 0.3},
    "held back in rows": {"min_samples_leaf": 5000, "min_samples_split": 0.5},
    "let loose": {"max_features": 5, "min_samples_leaf": 1},
    "too small": {"max_depth": 1},
    "few trees": {"n_estimators": 3},
}
PEOPLE: dict[str, dict[str, dict[str, Any]]] = {
    "lightgbm": {
        "healthy": {"learning_rate": 0.1, "n_estimators": 100, "num_leaves": 31},
        "rate too high": {"learning_rate": 1.6, "n_estimators": 300},
        "rate off every range": {"learning_rate": 40.0, "n_estimators": 10},
        "rate too low": {"learning_rate": 1e-5, "n_estimators": 20},
        "held back": {"min_child_samples": 5000, "reg_lambda": 1e6, "min_split_gain": 500.0},
        "let loose": {"min_child_samples": 0, "num_leaves": 5000, "max_depth": 40},
        "too small": {"max_depth": 1},
        "sampled": {"subsample": 0.1, "subsample_freq": 3, "colsample_bytree": 0.05},
        "other names": {"eta": 0.05, "num_iterations": 50, "lambda_l2": 3, "min_data_in_leaf": 9},
    },
    "hist_gradient_boosting": {
        "healthy": {"learning_rate": 0.1, "max_iter": 100, "max_leaf_nodes": 31},
        "rate too high": {"learning_rate": 1.6, "max_iter": 300},
        "rate too low": {"learning_rate": 1e-5, "max_iter": 20},
        "held back": {"min_samples_leaf": 5000, "l2_regularization": 1e6},
        "let loose": {"min_samples_leaf": 1, "max_leaf_nodes": None, "max_depth": 40},
        "too small": {"max_depth": 1},
    },
    "mlp": {
        "healthy": {"learning_rate_init": 0.001, "max_iter": 200},
        "rate too high": {"learning_rate_init": 0.3},
        "rate off every range": {"learning_rate_init": 40.0, "max_iter": 10},
        "rate too low": {"learning_rate_init": 1e-5, "max_iter": 20},
        "held back": {"alpha": 50},
        "let loose": {"alpha": 0, "hidden_layer_sizes": [2000, 2000], "batch_size": 16},
        "too small": {"hidden_layer_sizes": 4},
        "one unit": {"hidden_layer_sizes": [1], "max_iter": 1000},
        "deep": {"hidden_layer_sizes": [64, 48, 32, 16, 8], "activation": "tanh"},
    },
    "linear.logistic": {"healthy": {}, "held back": {"C": 1e-6}, "let loose": {"C": 1e9}},
    "linear.ridge": {"healthy": {}, "held back": {"alpha": 1e9}, "let loose": {"alpha": 0}},
    "linear.elastic_net": {
        "healthy": {"alpha": 0.01},
        "held back": {"alpha": 1000},
        "let loose": {"alpha": 0, "l1_ratio": 0},
    },
    "linear.sgd": {
        "healthy": {},
        "rate too high": {"eta0": 10.0},
        "rate too low": {"eta0": 1e-6, "max_iter": 20},
        "held back": {"alpha": 50},
    },
    "gradient_boosting": {
        "healthy": {},
        "rate too high": {"learning_rate": 2.0},
        "rate too low": {"learning_rate": 1e-5, "n_estimators": 20},
        "held back": {"min_samples_leaf": 0.4},
        "too small": {"max_depth": 1},
    },
    "xgboost": {
        "healthy": {"learning_rate": 0.1},
        "rate too high": {"learning_rate": 2.0},
        "rate too low": {"learning_rate": 1e-5, "n_estimators": 20},
        "held back": {"reg_lambda": 1e6, "min_child_weight": 5000},
        "let loose": {"max_depth": 0, "min_child_weight": 0},
        "too small": {"max_depth": 1},
        "other names": {"eta": 0.05, "lambda": 3},
    },
    "catboost": {
        "healthy": {"learning_rate": 0.1},
        "rate too high": {"learning_rate": 2.0},
        "rate too low": {"learning_rate": 1e-5, "iterations": 20},
        "held back": {"l2_leaf_reg": 1e6},
        "too small": {"depth": 1},
        "other names": {"eta": 0.05, "n_estimators": 50, "reg_lambda": 9},
    },
    "svm": {"healthy": {}, "held back": {"C": 1e-6}, "let loose": {"C": 1e6, "gamma": 100.0}},
    "knn": {"healthy": {}, "held back": {"n_neighbors": 5000}, "let loose": {"n_neighbors": 1}},
    "random_forest": FORESTS,
    "extra_trees": FORESTS,
    "torch": {
        "healthy": {"learning_rate": 0.001, "epochs": 100},
        "rate too high": {"lr": 0.3},
        "rate off every range": {"optimizer": "sgd", "learning_rate": 40.0, "epochs": 10},
        "rate too low": {"learning_rate": 1e-6, "epochs": 20},
        "held back": {"dropout": 0.8, "weight_decay": 20},
        "let loose": {"weight_decay": 0, "hidden": [2000, 2000], "batch_size": 4},
        "too small": {"hidden": 2},
        "no hidden layer": {"hidden": [], "epochs": 300},
        "deep": {"hidden": [16] * 12, "activation": "sigmoid"},
        "normed": {"norm": "batch", "label_smoothing": 0.3},
    },
}
CASES = [(family, name) for family, people in PEOPLE.items() for name in people]


def dataset(*, pool: bool = True, duplicates: bool = True, rare: bool = True) -> Dataset:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    frame["y"] = np.arange(200) % (20 if rare else 2) == 0
    if duplicates:
        frame = pd.concat([frame, frame.iloc[:40]], ignore_index=True)
    more = frame.head(30) if pool else None
    return build(frame, Roles("y"), task=Task.BINARY, pool=more, test=False)


DATA = dataset()


@pytest.fixture(params=STAGES, ids=lambda stage: str(stage.name))
def stage(request: pytest.FixtureRequest) -> Stage:
    found: Stage = request.param
    return found


@pytest.fixture(params=CASES, ids=lambda case: ": ".join(case))
def case(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def recipe(case: tuple[str, str]) -> Recipe:
    return load_recipe(case[0])


@pytest.fixture
def person(case: tuple[str, str], recipe: Recipe) -> Candidate:
    return Candidate(recipe.complete(PEOPLE[case[0]][case[1]]))


@pytest.fixture(params=recipe_names())
def family(request: pytest.FixtureRequest) -> Recipe:
    """A recipe alone, for what does not depend on the person."""
    return load_recipe(request.param)


def at_rate(recipe: Recipe, person: Candidate, rate: float) -> Candidate:
    return person if recipe.rate is None else person.with_params(**{recipe.rate: rate})


def context(
    recipe: Recipe, *starts: Candidate, data: Dataset = DATA, **changes: Any
) -> StageContext:
    values: dict[str, Any] = {"trials": 40, "patience": 1, "seed": 3}
    return StageContext(
        dataset=data,
        recipe=recipe,
        starts=starts,
        person=starts[-1],
        worth=lambda gain: WORTH,
        **{**values, **changes},
    )


def played(stage: Stage, here: StageContext, gain: Gain) -> list[list[Candidate]]:
    """The batches of a stage that is told these gains; none where it does not apply."""
    if stage.why_not(here) is not None:
        return []
    proposals = stage.propose(here)
    batches: list[list[Candidate]] = []
    batch = next(proposals, None)
    while batch:
        batches.append(batch)
        assert len(batches) < MOST_BATCHES
        try:
            batch = proposals.send([Glance(gain(c), 1e-4) for c in batch])
        except StopIteration:
            break
    return batches


def flat(batches: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    return [candidate for batch in batches for candidate in batch]


def nothing(candidate: Candidate) -> float:
    return -1.0


def endless(seed: int = 0) -> Gain:
    """Every look a little better than all before: as long as a stage goes on, it pays."""
    count = iter(range(1, 100_000))
    return lambda candidate: next(count) * 2 * WORTH


def by_chance(candidate: Candidate) -> float:
    """Some gain, the same for the same candidate."""
    return float(np.random.default_rng(sum(candidate.key.encode())).normal(0.02, 0.05))


GAINS: dict[str, Callable[[], Gain]] = {
    "nothing": lambda: nothing,
    "endless": endless,
    "chance": lambda: by_chance,
}


@pytest.fixture(params=GAINS)
def gain(request: pytest.FixtureRequest) -> Gain:
    return GAINS[request.param]()


# -- the list ----------------------------------------------------------------------------------


def test_stages_stand_in_their_fixed_order() -> None:
    assert tuple(stage.name for stage in STAGES) == STAGE_ORDER


def test_every_family_has_its_people() -> None:
    assert sorted(PEOPLE) == recipe_names()


# -- what is proposed --------------------------------------------------------------------------


def test_proposals_keep_every_promise(
    stage: Stage, recipe: Recipe, person: Candidate, gain: Gain
) -> None:
    here = context(recipe, person)
    proposed = flat(played(stage, here, gain))
    assert len(proposed) <= here.trials
    keys = [candidate.key for candidate in proposed]
    assert len(set(keys)) == len(keys)
    start = replace(person, stopping=None).key
    for candidate in proposed:
        assert candidate.stage is stage.name
        assert candidate.origin
        assert candidate.origin != "baseline"
        assert isinstance(candidate.stopping, Stopping) is (recipe.rounds is not None)
        if candidate.origin != "rounds":  # the person's own model, stopped early
            assert replace(candidate, stopping=None).key != start
            assert difference(recipe, person, candidate)
        if recipe.rounds is not None:
            most = max(recipe.rounds.most, here.rounds(person.params))
            assert 1 <= here.rounds(candidate.params) <= most


def test_a_stage_moves_its_own_lever_alone(stage: Stage, recipe: Recipe, person: Candidate) -> None:
    part = recipe.stages[stage.name]
    own = {knob.name for knob in (*part.knobs, *part.resets)}
    own |= {name for knob in part.knobs for name in knob.also}
    rounds = {recipe.rounds.name} if recipe.rounds else set()
    treatment = {part.name for part in fields(Treatment)}
    allowed = treatment if stage.name is StageName.DATA_SIZE else own
    for candidate in flat(played(stage, context(recipe, person), endless())):
        assert set(difference(recipe, person, candidate)) <= allowed | rounds


def test_a_candidate_is_what_the_library_takes(
    stage: Stage, recipe: Recipe, person: Candidate, gain: Gain
) -> None:
    for candidate in flat(played(stage, context(recipe, person), gain)):
        for knob in recipe.stages[stage.name].knobs:
            value = recipe.value(candidate.params, knob.name)
            assert knob.kind == "choice" or knob.legal(value), (knob.name, value)
            free = knob.kind != "int" or value is None or knob.is_share(value)
            assert free or value == int(value)
            assert knob.kind != "layers" or isinstance(value, tuple)


@pytest.mark.parametrize("trials", [1, 2, 5])
def test_trials_are_a_limit(stage: Stage, recipe: Recipe, person: Candidate, trials: int) -> None:
    second = at_rate(recipe, person, 0.07)
    here = context(recipe, second, person, trials=trials)
    assert len(flat(played(stage, here, endless()))) <= trials


def test_the_same_glances_lead_to_the_same_proposals(
    stage: Stage, recipe: Recipe, person: Candidate
) -> None:
    runs = [played(stage, context(recipe, person), by_chance) for _ in range(2)]
    assert [[c.key for c in batch] for batch in runs[0]] == [
        [c.key for c in batch] for batch in runs[1]
    ]


def test_more_trials_begin_with_the_same_proposals(
    stage: Stage, recipe: Recipe, person: Candidate
) -> None:
    few = flat(played(stage, context(recipe, person, trials=16), endless()))
    many = flat(played(stage, context(recipe, person, trials=40), endless()))
    assert [c.key for c in many][: len(few)] == [c.key for c in few]


def test_a_stage_ends_when_nothing_is_promising(
    stage: Stage, recipe: Recipe, person: Candidate
) -> None:
    batches = played(stage, context(recipe, person), nothing)
    assert len(batches) <= 2
    assert len(flat(batches)) <= 20


def test_nothing_fails_when_every_glance_is_not_a_number(
    stage: Stage, recipe: Recipe, person: Candidate
) -> None:
    assert len(flat(played(stage, context(recipe, person), lambda c: float("-inf")))) <= 40


# -- two starting models -----------------------------------------------------------------------


def test_both_starting_models_are_gone_on_from(
    stage: Stage, recipe: Recipe, person: Candidate
) -> None:
    """After a banked rate: proposals at that rate, and with the rate back at the person's own."""
    if recipe.rate is None:
        pytest.skip("no rate to bank")
    banked = at_rate(recipe, person, 0.0321)
    proposed = flat(played(stage, context(recipe, banked, person), nothing))
    if stage.name is StageName.LEARNING_RATE or not proposed:
        return
    rate = recipe.rate or ""
    assert {candidate.params[rate] for candidate in proposed} == {0.0321, person.params[rate]}
    starts = {replace(start, stopping=None).key for start in (banked, person)}
    assert not starts & {replace(c, stopping=None).key for c in proposed}
    keys = [c.key for c in proposed]
    assert len(set(keys)) == len(keys)


# -- probes ------------------------------------------------------------------------------------


def test_probes_are_few_and_change_something(
    stage: Stage, recipe: Recipe, person: Candidate
) -> None:
    if stage.why_not(context(recipe, person)) is not None:
        pytest.skip("does not apply")
    probes = stage.probes(context(recipe, person))
    assert len(probes) <= 2
    assert len({probe.key for probe in probes}) == len(probes)
    for probe in probes:
        assert probe.stage is stage.name
        assert probe.origin != "baseline"
        assert difference(recipe, person, probe)


def test_a_faulty_model_is_probed_at_its_fault(family: Recipe) -> None:
    name_of = next(name for name in recipe_names() if load_recipe(name) is family)
    recipe, people = family, PEOPLE[name_of]
    by_name = {stage.name: stage for stage in STAGES}
    for fault, name in (
        ("rate too high", StageName.LEARNING_RATE),
        ("rate too low", StageName.LEARNING_RATE),
        ("held back", StageName.REGULARIZATION),
        ("too small", StageName.DEPTH),
    ):
        if not recipe.stages[name].applicable:
            continue
        person = Candidate(recipe.complete(people[fault]))
        rounds = set() if recipe.rounds is None else {recipe.rounds.name}
        wrong = set(recipe.canonical(people[fault])) - rounds
        probes = by_name[name].probes(context(recipe, person))
        assert any(wrong <= set(difference(recipe, person, probe)) for probe in probes), fault


# -- ranges ------------------------------------------------------------------------------------


def test_the_persons_value_is_inside_every_range(recipe: Recipe, person: Candidate) -> None:
    for part in recipe.stages.values():
        for knob in part.knobs:
            value = recipe.value(person.params, knob.name)
            assert knob.widened_to(value).contains(value)
            space = {knob.name: distribution(knob, [value, knob.default])}
            trial = as_trial([knob], space, {knob.name: value}, 0.0, "baseline")
            held = trial.params[knob.name]
            if knob.kind == "layers":
                assert held == "-".join(map(str, value))
            elif value is None:
                assert held == knob.high
            elif knob.kind == "choice":
                assert held == value
            elif isinstance(value, str):
                assert held == knob.low
            elif knob.low <= value:
                assert held == (value if knob.kind == "float" or value % 1 == 0 else knob.low)


# -- when a stage does not apply ---------------------------------------------------------------


def test_a_stage_that_does_not_apply_says_why(stage: Stage, family: Recipe) -> None:
    recipe = family
    person = Candidate(recipe.complete({}))
    own = recipe.stages[stage.name]
    reason = stage.why_not(context(recipe, person))
    assert (reason and reason.code) == own.why_not
    if stage.name is StageName.DATA_SIZE:
        return
    part = replace(recipe.stages[stage.name], applicable=False, why_not="stage.no_depth")
    without = replace(recipe, rate=None, stages={**recipe.stages, stage.name: part})
    reason = stage.why_not(context(without, person))
    assert reason is not None
    assert reason.code.startswith("stage.")
    assert reason.evidence["family"] == recipe.family


# -- the treatments of the data stage ----------------------------------------------------------

PLAIN = Candidate({"learning_rate": 0.1, "n_estimators": 100})


WARNED = Finding("D07", Severity.WARNING)


def at(data: Dataset, family: str = "lightgbm", **changes: Any) -> StageContext:
    return context(load_recipe(family), PLAIN, data=data, **changes)


def after(
    name: str, data: Dataset = DATA, now: Treatment = Treatment(), **changes: Any
) -> Treatment | None:
    """What a treatment of ``recipes/data.yaml`` makes of ``now``."""
    return treated(at(data, **changes), load_treatments().treatments[name], now)


def test_the_pool_is_proposed_once_and_only_where_there_is_one() -> None:
    assert after("pool") == Treatment(pool=1.0)
    assert after("pool", now=Treatment(pool=1.0)) is None
    assert after("pool", dataset(pool=False)) is None


def test_a_part_of_the_pool_makes_so_many_times_the_rows() -> None:
    few = replace(DATA, train=DATA.train[:40], pool=DATA.train[40:240])
    assert after("pool_double", few) == Treatment(pool=0.2)
    assert after("pool_fourfold", few) == Treatment(pool=0.6)
    twice = after("pool_double", few, Treatment(pool=0.2))
    assert twice is not None
    assert twice.pool == pytest.approx(0.6)
    assert after("pool_double") is None  # all of the pool is less than that
    assert after("pool_fourfold", few, Treatment(pool=0.2)) is None


def test_duplicates_are_merged_only_where_there_are_enough() -> None:
    assert after("merge_duplicates") == Treatment(merge_duplicates=True)
    assert after("merge_duplicates", now=Treatment(merge_duplicates=True)) is None
    assert after("merge_duplicates", dataset(duplicates=False)) is None


def test_rows_that_must_repeat_are_no_copies() -> None:
    often = replace(DATA, X=pd.concat([DATA.X.iloc[:20]] * 14)[: len(DATA.y)])
    assert after("merge_duplicates", often) is None
    small = {name: np.arange(len(DATA.y)) % 4 for name in "abc"}
    assert after("merge_duplicates", replace(DATA, X=pd.DataFrame(small))) is None


def test_classes_are_balanced_only_where_one_is_rare() -> None:
    numbers = replace(DATA, y=DATA.y.astype(np.float64), task=Task.REGRESSION, classes=())
    for name, value in (("class_weight", "balanced"), ("class_weight_root", "sqrt")):
        assert after(name) == Treatment(class_weight=value)
        assert after(name, now=Treatment(class_weight="balanced")) is None
        assert after(name, now=Treatment(resample="under")) is None
        assert after(name, dataset(rare=False)) is None
        assert after(name, numbers) is None
    assert after("undersample") is None  # ten rows of the rare class fill no table


def test_suspects_are_touched_only_where_a_check_has_warned() -> None:
    assert after("suspects_drop") is None
    warned = {"findings": (WARNED,)}
    assert after("suspects_drop", **warned) == Treatment(suspects="drop")
    assert after("suspects_down_weight", **warned) == Treatment(suspects="down_weight")
    silent = {"findings": (replace(WARNED, status=Severity.PASSED),)}
    assert after("suspects_drop", **silent) is None


def test_rows_are_made_up_only_for_families_that_take_them(family: Recipe) -> None:
    proposed = {
        name
        for name in AUGMENTS
        if treated(
            replace(at(DATA), recipe=family), load_treatments().treatments[name], Treatment()
        )
    }
    assert proposed == set(family.augments)


def test_a_treatment_is_added_to_what_is_done_already() -> None:
    now = Treatment(class_weight="balanced")
    for name in load_treatments().treatments:
        found = after(name, now=now, findings=(WARNED,), family="mlp")
        assert found is None or found.class_weight == "balanced"


def test_combinations_are_tried_where_all_their_parts_apply() -> None:
    (data_size,) = (stage for stage in STAGES if stage.name is StageName.DATA_SIZE)
    proposed = {c.origin: c for c in flat(played(data_size, at(DATA), nothing))}
    assert proposed["pool_merged"].treatment == Treatment(pool=1.0, merge_duplicates=True)
    assert "pool_without_suspects" not in proposed
    warned = flat(played(data_size, at(DATA, findings=(WARNED,)), nothing))
    (found,) = (c for c in warned if c.origin == "pool_without_suspects")
    assert found.treatment == Treatment(pool=1.0, suspects="down_weight")


def test_more_rows_may_take_more_rounds_and_nothing_else_may() -> None:
    (data_size,) = (stage for stage in STAGES if stage.name is StageName.DATA_SIZE)
    proposed = {c.origin: c for c in flat(played(data_size, at(DATA), nothing))}
    rounds = {origin: c.params["n_estimators"] for origin, c in proposed.items()}
    assert rounds["pool"] > 100
    assert rounds["class_weight"] == rounds["merge_duplicates"] == 100


# -- the sweep of the learning rate ------------------------------------------------------------


def rates(recipe: Recipe, person: Candidate, best: float) -> list[float]:
    """The rates a sweep tries when the gain peaks at ``best``."""
    (sweep,) = (stage for stage in STAGES if stage.name is StageName.LEARNING_RATE)
    here, rate = context(recipe, person), recipe.rate or ""

    def peak(candidate: Candidate) -> float:
        return 10 - float(abs(np.log10(candidate.params[rate] / best)))

    return [c.params[rate] for c in flat(played(sweep, here, peak))]


@pytest.mark.parametrize("own", [3.0, 0.1, 0.001, 0.00001])
@pytest.mark.parametrize("best", [0.9, 0.3, 0.1, 0.03, 0.01, 0.005, 0.001, 0.0003, 0.0001])
def test_the_sweep_comes_near_the_best_rate(family: Recipe, own: float, best: float) -> None:
    if family.rate is None:
        pytest.skip("no rate to sweep")
    if best < family.knobs[family.rate or ""].low:
        return
    tried = rates(family, at_rate(family, Candidate(family.complete({})), own), best)
    assert min(abs(np.log10(rate / best)) for rate in tried) <= 0.3
    assert len(tried) <= 8
    assert max(tried) <= max(1.0, own)


def test_the_rounds_of_a_booster_follow_its_rate_and_epochs_do_not() -> None:
    here = {name: context(load_recipe(name), PLAIN) for name in recipe_names()}
    assert [here["lightgbm"].longest(rate) for rate in (0.3, 0.1, 0.001)] == [200, 600, 6000]
    assert [here["mlp"].longest(rate) for rate in (0.3, 0.1, 0.001)] == [400] * 3
    waits = [here["lightgbm"].stopping({"learning_rate": rate}) for rate in (0.3, 0.1, 0.01)]
    assert [s and s.patience for s in waits] == [16, 28, 90]
    waits = [here["mlp"].stopping({"learning_rate_init": rate}) for rate in (0.3, 0.1, 0.01)]
    assert [s and s.patience for s in waits] == [10] * 3


def test_a_net_is_proposed_in_shapes_around_the_persons_own() -> None:
    recipe = load_recipe("mlp")
    (depth,) = (stage for stage in STAGES if stage.name is StageName.DEPTH)
    person = Candidate(recipe.complete({"hidden_layer_sizes": [64, 32]}))
    proposed = flat(played(depth, context(recipe, person), endless()))
    shapes = {c.params["hidden_layer_sizes"] for c in proposed}
    assert {(64, 32, 32), (100,), (19,), (192, 96)} <= shapes
    assert {len(shape) for shape in shapes} == {1, 2, 3, 4}
    assert all(c.params["hidden_layer_sizes"] != (64, 32) for c in proposed)
    assert len([c for c in proposed if c.origin == "proposed"]) >= 8


def test_a_dear_rate_is_not_tried_when_the_last_step_down_paid_too_little() -> None:
    (sweep,) = (stage for stage in STAGES if stage.name is StageName.LEARNING_RATE)
    here = context(load_recipe("lightgbm"), PLAIN)
    little = flat(played(sweep, here, lambda c: 1 - WORTH * c.params["learning_rate"]))
    assert min(c.params["learning_rate"] for c in little) == 0.1


def test_a_knob_with_special_values_can_be_proposed_from_them() -> None:
    knob = Knob("k", "float", 0, low=0.1, high=10, log=True, special=(0,))
    space = distribution(knob, [0, 100.0])
    assert (space.low, space.high) == (0.1, 100.0)  # type: ignore[attr-defined]


def test_a_chosen_threshold_moves_with_the_weights_of_the_classes() -> None:
    """Weights that make class 1 count 19 times as much move the odds at which to decide as far."""
    (data_size,) = (stage for stage in STAGES if stage.name is StageName.DATA_SIZE)
    chosen = replace(PLAIN, threshold=0.2)
    share = float(np.mean(DATA.y[DATA.train] == 1))
    here = context(load_recipe("lightgbm"), chosen)
    proposed = {c.origin: c for c in flat(played(data_size, here, nothing))}
    odds = 0.25 * (1 - share) / share
    assert proposed["class_weight"].threshold == pytest.approx(odds / (1 + odds))
    assert proposed["merge_duplicates"].threshold == pytest.approx(0.2)
    plain = flat(played(data_size, at(DATA), nothing))
    assert {c.threshold for c in plain} == {None}
