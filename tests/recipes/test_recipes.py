"""Recipes: wrong ones do not exist, and the person's own value is always within reach."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import ConfigError, RecipeError
from advisor.recipes.load import families, load_recipe, parse_recipe, recipe_for, recipe_names
from advisor.recipes.recipe import WAYS, Knob, Preset, Published
from advisor.types import STAGE_ORDER, StageName, Task

REG, DEPTH = StageName.REGULARIZATION, StageName.DEPTH

MINI = """\
family: mini
learner: sklearn
source: nowhere
rate: eta
rounds: {name: steps, default: 10, most: 400, patience: 10, aliases: [n_steps]}
knobs:
  eta: {kind: float, default: 0.1, low: 0.01, high: 1, log: true, aliases: [rate]}
  width: {kind: int, default: 8, low: 2, high: 64}
  mode: {kind: choice, default: a, choices: [a, b]}
stages:
  learning_rate: {question: rate, knobs: [eta], grid: [0.3, 0.1]}
  regularization:
    question: regularization
    knobs: [width]
    resets: [mode]
    ranges: {width: {low: 4}}
    presets:
      - {origin: released, release: true}
      - {origin: half, scale: {width: 0.5}}
  data_size: {question: data_size}
  depth: {question: depth, applicable: false, why_not: no_depth}
"""


def swap(old: str, new: str) -> str:
    assert MINI.count(old) == 1, old
    return MINI.replace(old, new)


BROKEN = [
    ("low above high", swap("low: 2, high: 64", "low: 64, high: 2"), "knob_range", 8),
    ("low equals high", swap("low: 2, high: 64", "low: 8, high: 8"), "knob_range", 8),
    ("infinite", swap("high: 64", "high: .inf"), "knob_range", 8),
    ("log from zero", swap("low: 0.01", "low: 0"), "knob_log", 7),
    ("halves in an int range", swap("low: 2,", "low: 2.5,"), "knob_whole", 8),
    ("kind", swap("kind: int", "kind: whole"), "knob_kind", 8),
    ("one choice", swap("[a, b]", "[a]"), "knob_choices", 9),
    ("default outside", swap("default: 8", "default: 99"), "knob_default", 8),
    ("default no choice", swap("default: a", "default: c"), "knob_default", 9),
    ("text as range", swap("low: 0.01", "low: small"), "recipe_malformed", 7),
    ("no default", swap("default: 8, ", ""), "recipe_malformed", 8),
    ("no patience", swap(", patience: 10", ""), "recipe_malformed", 5),
    ("more rounds than most", swap("default: 10,", "default: 500,"), "recipe_malformed", 5),
    ("rounds without a law", swap("patience: 10", "patience: 10, times_rate: 0"),
     "recipe_malformed", 5),
    ("layers of a half", swap("kind: int, default: 8, low: 2,",
                              "kind: layers, default: [8], low: 2.5,"), "knob_whole", 8),
    ("layers out of range", swap("kind: int, default: 8,", "kind: layers, default: [8, 1],"),
     "knob_default", 8),
    ("unknown key of a knob", swap("kind: int,", "kind: int, step: 2,"), "unknown_key", 8),
    ("range of another stage", swap("ranges: {width: {low: 4}}", "ranges: {width: {low: 90}}"),
     "knob_range", 16),
    ("knob that is not described", swap("knobs: [width]", "knobs: [depth]"), "recipe_knob", 12),
    ("preset of another stage's knob", swap("scale: {width: 0.5}", "set: {eta: 0.5}"),
     "preset_knob", 12),
    ("preset out of range", swap("scale: {width: 0.5}", "set: {width: 500}"), "preset_knob", 12),
    ("preset that does nothing", swap(", scale: {width: 0.5}", ""), "preset_empty", 19),
    ("stage left out", swap("  data_size: {question: data_size}\n", ""), "recipe_stage", 10),
    ("unknown stage", MINI + "  width: {question: x}\n", "unknown_key", 22),
    ("not applicable without why", swap(", why_not: no_depth", ""), "stage_why_not", 21),
    ("unknown key", MINI + "colour: red\n", "unknown_key", 22),
    ("rate is no knob", swap("rate: eta", "rate: speed"), "recipe_rate", 1),
    ("alias twice", swap("aliases: [n_steps]", "aliases: [rate]"), "recipe_alias", 1),
    ("alias of a name", swap("aliases: [rate]", "aliases: [width]"), "recipe_alias", 1),
    ("not YAML", MINI + "x: [\n", "yaml_syntax", 23),
    ("duplicate key", MINI + "family: b\n", "yaml_duplicate_key", 22),
    ("empty", "", "file_empty", 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line"), [pytest.param(*case[1:], id=case[0]) for case in BROKEN]
)
def test_a_malformed_recipe_is_refused_with_its_place(text: str, code: str, line: int) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe("mini.yaml", text)
    error = caught.value
    assert error.place is not None
    assert (error.code, error.place.file, error.place.line) == (code, "mini.yaml", line)


def test_a_recipe_reads_as_written() -> None:
    recipe = parse_recipe("mini.yaml", MINI)
    stage = recipe.stages[REG]
    assert [k.name for k in stage.knobs] == ["width"]
    assert stage.knobs[0].low == 4
    assert recipe.knobs["width"].low == 2
    assert recipe.defaults == {"eta": 0.1, "width": 8, "mode": "a", "steps": 10}
    assert recipe.aliases == {"rate": "eta", "n_steps": "steps"}
    assert recipe.stages[DEPTH].why_not == "no_depth"
    assert recipe.stages[StageName.LEARNING_RATE].grid == (0.3, 0.1)


def test_a_sweep_starts_where_the_optimizer_wants_its_rates() -> None:
    stage = load_recipe("torch").stages[StageName.LEARNING_RATE]
    assert stage.grid_of({"optimizer": "adamw"}) == stage.grid == stage.grid_of({})
    assert min(stage.grid_of({"optimizer": "sgd"})) < 0.1 < max(stage.grid_of({"optimizer": "sgd"}))


@pytest.mark.parametrize("grids", ["{speed: {a: [0.1]}}", "{mode: {a: [x]}}", "{mode: {a: []}}"])
def test_a_grid_of_an_unknown_parameter_or_of_no_rates_is_refused(grids: str) -> None:
    text = MINI.replace("grid: [0.3, 0.1]}", f"grid: [0.3, 0.1], grids: {grids}}}")
    assert grids in text
    with pytest.raises(RecipeError, match=r"recipe_knob|recipe_malformed"):
        parse_recipe("mini.yaml", text)


def test_there_is_no_recipe_for_an_unknown_family() -> None:
    with pytest.raises(RecipeError, match="recipe_unknown"):
        load_recipe("lightgmb")


def test_a_family_has_one_recipe_or_a_parameter_that_chooses_among_them() -> None:
    for family in families():
        found = [load_recipe(name) for name in recipe_names(family)]
        assert len({recipe.choice for recipe in found}) == len(found)
        assert len({recipe.chosen_by for recipe in found}) == 1
        for recipe in found:
            if recipe.chosen_by is not None:
                assert recipe_for(family, {recipe.chosen_by: recipe.choice}) is recipe
        for task in Task:
            first = [r for r in found if r.first_choice and task in r.tasks]
            assert recipe_for(family, {}, task) is (first or found)[0]


def test_an_estimator_that_a_family_does_not_have_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        recipe_for("linear", {"estimator": "rigde"})
    assert caught.value.code == "not_one_of"
    assert caught.value.hint == "ridge"


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_loads_and_answers_for_every_stage(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.family == name.partition(".")[0]
    assert recipe.source
    assert list(recipe.stages) == list(STAGE_ORDER)
    for stage in recipe.stages.values():
        for task in recipe.tasks:
            origins = [p.origin for p in stage.presets_for(task)]
            assert len(set(origins)) == len(origins)
        for preset in stage.presets:
            after = recipe.complete(recipe.apply(preset, stage.stage, {}))
            for knob in (*stage.knobs, *stage.resets):
                assert knob.widened_to(knob.default).contains(after[knob.name])


def knobs() -> st.SearchStrategy[Knob]:
    def numeric(low: int, width: int, log: bool, kind: Any) -> Knob:
        bottom = abs(low) + 1 if log else low
        return Knob("k", kind, default=bottom, low=bottom, high=bottom + width, log=log)

    return st.one_of(
        st.builds(
            numeric, st.integers(-50, 50), st.integers(1, 100), st.booleans(),
            st.sampled_from(["float", "int"]),
        ),
        st.just(Knob("k", "choice", default="a", choices=("a", "b", False))),
        st.just(Knob("k", "layers", default=(8, 4), low=2, high=64, log=True)),
        st.just(Knob("k", "int", default=None, low=1, high=9, special=(None, "auto"))),
    )  # fmt: skip


values = st.one_of(
    st.integers(-(10**6), 10**6), st.floats(allow_nan=False), st.text(max_size=3),
    st.none(), st.booleans(), st.lists(st.integers(-3, 5000), max_size=4),
)  # fmt: skip


@given(knob=knobs(), value=values)
def test_a_widened_knob_contains_the_value_and_all_it_had(knob: Knob, value: Any) -> None:
    wide = knob.widened_to(value)
    assert wide.contains(value)
    assert wide.contains(knob.default)
    assert wide.low <= knob.low
    assert wide.high >= knob.high
    assert set(map(repr, knob.choices)) <= set(map(repr, wide.choices))
    assert wide.widened_to(value) == wide
    assert wide.default == knob.default
    assert wide.log == knob.log
    if knob.contains(value):
        assert wide == knob


@given(knob=knobs(), value=values)
def test_a_clipped_value_is_contained_and_a_contained_one_stays(knob: Knob, value: Any) -> None:
    clipped = knob.clip(value)
    assert knob.contains(clipped)
    if knob.contains(value):
        assert clipped == knob.read(value)
    if knob.kind == "int" and isinstance(clipped, (int, float)):
        assert isinstance(clipped, int)


def test_nan_is_no_value() -> None:
    knob = load_recipe("lightgbm").knobs["reg_lambda"]
    assert not knob.contains(math.nan)
    assert knob.clip(math.nan) == knob.default
    with pytest.raises(ValueError, match="nan"):
        knob.widened_to(math.nan)


def test_zero_is_allowed_besides_a_log_range() -> None:
    knob = load_recipe("lightgbm").knobs["reg_lambda"]
    assert knob.zero
    assert knob.contains(0)
    assert knob.contains(0.0)
    assert not knob.contains(1e-6)
    assert not knob.contains(False)
    assert not load_recipe("lightgbm").knobs["learning_rate"].zero


def test_true_is_not_one() -> None:
    knob = load_recipe("lightgbm").knobs["max_depth"]
    assert knob.contains(1)
    assert not knob.contains(True)


def test_a_preset_changes_something_and_nothing_twice() -> None:
    with pytest.raises(RecipeError, match="preset_empty"):
        Preset("nothing")
    with pytest.raises(RecipeError, match="preset_empty"):
        Preset("both", set={"a": 1}, scale={"a": 2})


LGB = load_recipe("lightgbm")


def preset(stage: StageName, origin: str) -> Preset:
    return next(p for p in LGB.stages[stage].presets if p.origin == origin)


def test_each_stage_tries_its_part_of_the_published_default_for_its_tasks() -> None:
    by_task = {
        task: {
            stage: preset.set
            for stage, part in LGB.stages.items()
            for preset in part.presets_for(task)
            if preset.origin == "published"
        }
        for task in Task
    }
    told = LGB.published_for(Task.BINARY)
    assert told is not None
    assert by_task[Task.BINARY] == by_task[Task.MULTICLASS]
    assert by_task[Task.REGRESSION] == {}  # LightGBM's own values, which a release tries
    tried = by_task[Task.BINARY]
    assert set(tried) == {REG, DEPTH}
    assert tried[REG]["subsample"] == told.params["subsample"]
    assert tried[DEPTH] == {"num_leaves": told.params["num_leaves"]}
    params = LGB.apply(preset(REG, "published"), REG, {"learning_rate": 0.3})
    assert (params["learning_rate"], params["subsample_freq"]) == (0.3, 1)


def test_a_published_value_outside_a_range_is_tried_at_its_end() -> None:
    knob = Knob("k", "float", default=1.0, low=0.1, high=10.0)
    start = Published({"k": 1e-7, "other": 3}, "a paper")
    part = start.part_of([knob])
    assert part is not None
    assert part.set == {"k": 0.1}
    assert Published({"k": 1.0}, "a paper").part_of([knob]) is None
    assert Published({"other": 3}, "a paper").part_of([knob]) is None


def test_lightgbm_knows_every_alias_of_its_knobs_that_lightgbm_knows() -> None:
    basic = pytest.importorskip("lightgbm.basic")
    table = basic._ConfigAliases._get_all_param_aliases()
    groups = [{name, *aliases} for name, aliases in table.items()]
    names = [*LGB.knobs, "n_estimators", "subsample_freq"]
    for name in names:
        theirs = next(group for group in groups if name in group)
        ours = {a for a, n in LGB.aliases.items() if n == name} | {name}
        assert ours == theirs, name


def test_lightgbm_defaults_are_the_librarys_own() -> None:
    lgb = pytest.importorskip("lightgbm")
    theirs = lgb.LGBMClassifier().get_params()
    ours = {k: v for k, v in LGB.defaults.items() if k in theirs}
    assert len(ours) >= 10
    assert ours == {k: theirs[k] for k in ours}


def test_params_are_renamed_and_two_spellings_refused() -> None:
    assert LGB.canonical({"eta": 0.2, "lambda": 1, "max_bin": 63}) == {
        "learning_rate": 0.2, "reg_lambda": 1, "max_bin": 63
    }  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        LGB.canonical({"eta": 0.2, "learning_rate": 0.1})
    assert caught.value.code == "param_twice"
    assert caught.value.values == {"first": "eta", "second": "learning_rate"}


def test_a_value_is_the_persons_or_the_librarys() -> None:
    assert LGB.value({"eta": 0.2}, "learning_rate") == 0.2
    assert LGB.value({}, "n_estimators") == 100
    assert LGB.value({}, "num_leaves") == 31


def test_release_puts_the_whole_stage_back_and_nothing_else() -> None:
    start = {"eta": 0.2, "reg_lambda": 9, "extra_trees": True, "path_smooth": 3, "max_depth": 5}
    after = LGB.complete(LGB.apply(preset(REG, "released"), REG, start))
    assert after == LGB.complete({"eta": 0.2, "max_depth": 5})


def test_a_release_of_the_defaults_changes_nothing() -> None:
    assert LGB.apply(preset(REG, "released"), REG, {"eta": 0.2}) == {"learning_rate": 0.2}


def test_a_scaled_int_stays_an_int_within_the_widened_range() -> None:
    after = LGB.apply(preset(DEPTH, "deepest"), DEPTH, {"num_leaves": 300})
    assert after == {"num_leaves": 511, "max_depth": -1}
    assert LGB.apply(preset(DEPTH, "deepest"), DEPTH, {"num_leaves": 1000})["num_leaves"] == 1000
    half = LGB.apply(preset(REG, "fewer_leaves"), REG, {"num_leaves": 300})["num_leaves"]
    assert half == 150
    assert isinstance(half, int)
    assert LGB.apply(preset(REG, "fewer_leaves"), REG, {"num_leaves": 5})["num_leaves"] == 4


def test_sampling_switches_bagging_on_and_keeps_the_persons_frequency() -> None:
    sampling = preset(REG, "sampling")
    assert LGB.apply(sampling, REG, {})["subsample_freq"] == 1
    assert LGB.apply(sampling, REG, {"bagging_freq": 5})["subsample_freq"] == 5
    assert LGB.apply(sampling, REG, {"subsample_freq": 0})["subsample_freq"] == 1
    # a fraction that does nothing today stays so where the preset does not speak of it
    assert "subsample_freq" not in LGB.apply(preset(REG, "stronger"), REG, {"subsample": 0.5})


# -- layers ------------------------------------------------------------------------------------

NET = load_recipe("mlp")
SHAPE = NET.knobs["hidden_layer_sizes"]
widths = st.lists(st.integers(1, 3000), min_size=1, max_size=4).map(tuple)


def test_layers_have_one_form_however_they_were_written() -> None:
    for written in ([64, 32], (64, 32), [64.0, 32.0]):
        assert NET.complete({"hidden_layer_sizes": written})["hidden_layer_sizes"] == (64, 32)
    for written in (100, [100], (100,), 100.0):
        assert NET.complete({"hidden_layer_sizes": written}) == NET.complete({})


@pytest.mark.parametrize(
    "wrong", [[], "64", None, True, [64, "a"], [64, 1.5], [[64]], {}, math.nan]
)
def test_what_is_no_list_of_widths_is_no_value(wrong: Any) -> None:
    assert not SHAPE.contains(wrong)
    assert not SHAPE.legal(wrong)
    assert SHAPE.read(wrong) is wrong


def test_only_widths_of_one_and_more_are_legal() -> None:
    assert SHAPE.legal([1])
    assert SHAPE.legal((5000, 1))
    assert not SHAPE.legal([64, 0])
    assert not SHAPE.legal(-3)


def test_presets_scale_all_widths_and_add_or_drop_a_layer() -> None:
    def shaped(own: Any, **preset: Any) -> Any:
        after = NET.apply(Preset("p", **preset), DEPTH, {"hidden_layer_sizes": own})
        return after["hidden_layer_sizes"]

    half = {"hidden_layer_sizes": 0.5}
    assert shaped([64, 32], scale=half) == (32, 16)
    assert shaped([64, 32], layers=1) == (64, 32, 32)
    assert shaped([64, 32], layers=-1) == (64,)
    assert shaped([64, 32], layers=-1, scale=half) == (32,)
    assert shaped([64], layers=-1) == (64,)
    assert shaped([4], scale=half) == (4,)
    assert shaped([2], scale=half) == (2,)  # the person's own is never out of range
    assert shaped([900], scale={"hidden_layer_sizes": 3}) == (1024,)
    assert shaped([64], set={"hidden_layer_sizes": [8, 8]}) == (8, 8)


@given(own=widths, factor=st.floats(0.01, 100), more=st.integers(-3, 3))
def test_a_reshaped_net_is_legal_and_within_the_widened_range(
    own: tuple[int, ...], factor: float, more: int
) -> None:
    shape = SHAPE.reshaped(own, factor, more)
    assert SHAPE.legal(shape)
    assert SHAPE.widened_to(own).contains(shape)
    assert len(shape) == max(1, len(own) + more)
    assert SHAPE.reshaped(own, 1.0, 0) == own


def test_the_nets_defaults_are_the_librarys_own() -> None:
    neural = pytest.importorskip("sklearn.neural_network")
    theirs = neural.MLPClassifier().get_params()
    assert NET.defaults == {k: NET.knobs[k].read(theirs[k]) if k in NET.knobs else theirs[k]
                            for k in NET.defaults}  # fmt: skip


def test_the_histogram_boosters_defaults_are_the_librarys_own() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    recipe = load_recipe("hist_gradient_boosting")
    theirs = ensemble.HistGradientBoostingClassifier().get_params()
    assert recipe.defaults == {k: theirs[k] for k in recipe.defaults}


# -- rounds ------------------------------------------------------------------------------------


@given(rate=st.floats(1e-6, 10), lower=st.floats(0.1, 1))
def test_a_lower_rate_is_never_given_fewer_rounds_or_less_patience(
    rate: float, lower: float
) -> None:
    for name in recipe_names():
        rounds = load_recipe(name).rounds
        if rounds is None:
            continue
        assert rounds.longest(rate) <= rounds.longest(rate * lower) <= rounds.most
        assert rounds.waits(rate) <= rounds.waits(rate * lower)


def test_a_family_without_a_rate_has_its_rounds_all_the_same() -> None:
    rounds = load_recipe("lightgbm").rounds
    assert rounds is not None
    assert rounds.longest(None) == 6000
    assert rounds.waits(None) == rounds.waits(0.1) == 28


# -- what a preset's name promises -------------------------------------------------------------

TORCH = load_recipe("torch")


def test_stronger_is_never_weaker_than_what_the_person_has() -> None:
    def of(origin: str, params: dict[str, Any], stage: StageName = REG) -> dict[str, Any]:
        own = next(p for p in TORCH.stages[stage].presets if p.origin == origin)
        return TORCH.complete(TORCH.apply(own, stage, params))

    heavy = {"dropout": 0.8, "weight_decay": 0.01}
    assert (of("stronger", heavy)["dropout"], of("stronger", heavy)["weight_decay"]) == (0.8, 0.1)
    assert (of("strongest", heavy)["dropout"], of("strongest", heavy)["weight_decay"]) == (0.8, 1.0)
    assert of("weaker", heavy)["dropout"] == 0
    assert of("stronger", {"dropout": 0.1})["dropout"] == 0.2
    deep = {"hidden": [16] * 12}
    assert of("few_layers", deep, DEPTH)["hidden"] == (16, 16)
    assert of("few_layers", {"hidden": [16, 8]}, DEPTH)["hidden"] == (16, 8)


@pytest.mark.parametrize("name", recipe_names())
def test_no_preset_goes_against_its_name(name: str) -> None:
    recipe = load_recipe(name)
    for stage in recipe.stages.values():
        for preset in stage.presets:
            way = WAYS.get(preset.origin, 0)
            for knob in stage.knobs:
                if not knob.log and knob.kind in ("float", "int"):
                    values = [knob.low, knob.high, knob.default]
                elif knob.kind in ("float", "int"):
                    values = [knob.low, knob.high, (knob.low * knob.high) ** 0.5]
                else:
                    continue
                for value in values:
                    own = knob.clip(value) if knob.contains(knob.clip(value)) else knob.default
                    before = recipe.complete({knob.name: own})
                    after = recipe.complete(recipe.apply(preset, stage.stage, before))
                    assert way * knob.room(before[knob.name], after[knob.name]) >= 0
