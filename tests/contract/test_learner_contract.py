"""Every learner keeps the same promises: one set of cases, each learner through all of them.

A new learner is named in ``LEARNERS`` and gets its line in ``MADE``; nothing else is needed here.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from advisor.data.columns import encode
from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.learners import LEARNERS, Learner, ParamProblem, Settling, Trainer
from advisor.measurements import Fit
from advisor.metrics.table import METRICS, monitored
from advisor.recipes.load import load_recipe, recipe_names
from advisor.rows.splits import search_splits
from advisor.settings import AUGMENTS, Candidate, Preprocessing, Stopping, Treatment
from advisor.types import Dataset, Ints, Split, Task

ODD = ['年齢, "税込"', "a:b[c]{d}", "x y", "x_y", "x\ty"]
TASKS = tuple(Task)
METRIC = {Task.BINARY: "log_loss", Task.MULTICLASS: "log_loss", Task.REGRESSION: "rmse"}
ROUNDS = 25


@dataclass(frozen=True)
class Made:
    """What the cases need to know of one learner.

    ``wild`` lets the loss of a regression diverge; ``broken`` are (parameters, the one
    to blame); ``other`` changes the fit but not its rounds; ``smooth`` gives weights and repeated
    rows the same effect; ``idle`` leaves nothing to learn, None where that cannot be; ``small`` and
    ``large`` differ in size; ``apart`` is how far two fits of equal meaning may differ;
    ``smooth_over`` losses are averaged before the best round is chosen; ``endless`` would take for
    ever (a million rounds where there are rounds), None for what is solved in one step.
    ``inner_folds``: its probabilities come from folds within the training rows;
    ``follows_the_median`` of the targets, not the mean.  ``family`` is the name of its recipe.
    """

    family: str
    params: Mapping[str, Any]
    other: Mapping[str, Any]
    wild: Mapping[str, Any]
    broken: tuple[tuple[Mapping[str, Any], str], ...]
    misspelt: tuple[str, str]
    smooth: Mapping[str, Any]
    small: Mapping[str, Any]
    large: Mapping[str, Any]
    idle: Mapping[str, Any] | None = None
    apart: float = 1e-4
    smooth_over: int = 1
    endless: Mapping[str, Any] | None = None
    inner_folds: bool = False
    follows_the_median: bool = False

    @property
    def rounds(self) -> str | None:
        counted = load_recipe(self.family).rounds
        return None if counted is None else counted.name

    @property
    def tasks(self) -> tuple[Task, ...]:
        return load_recipe(self.family).tasks

    @property
    def a_task(self) -> Task:
        """Numbers where the family can predict them, else two classes."""
        return Task.REGRESSION if Task.REGRESSION in self.tasks else Task.BINARY


FOREST: dict[str, Any] = {
    "params": {"n_estimators": 30},
    "other": {"min_samples_leaf": 5, "max_features": 0.5},
    "wild": {},
    "broken": (
        ({"n_estimators": 0}, "n_estimators"),
        ({"n_estimators": 10.5}, "n_estimators"),
        ({"max_depth": 0}, "max_depth"),
        ({"max_features": "all"}, "max_features"),
        ({"max_features": 1.5}, "max_features"),
        ({"min_samples_leaf": 0}, "min_samples_leaf"),
        ({"criterion": "entropie"}, "criterion"),
        ({"bootstrap": "no"}, "bootstrap"),
        ({"monotonic_cst": [1]}, "monotonic_cst"),
        ({"class_weight": "balanced"}, "class_weight"),
    ),
    "misspelt": ("min_samples_leafs", "min_samples_leaf"),
    "smooth": {"bootstrap": False, "max_features": 1.0, "n_estimators": 3, "max_depth": 3},
    "small": {"n_estimators": 10},
    "large": {"n_estimators": 200},
    "idle": {"min_samples_leaf": 10_000},
    "endless": {"n_estimators": 1_000_000},
}

MADE = {
    "lightgbm": Made(
        family="lightgbm",
        params={"learning_rate": 0.2, "n_estimators": ROUNDS, "num_leaves": 7},
        other={"num_leaves": 4, "subsample": 0.7, "subsample_freq": 1, "colsample_bytree": 0.6},
        wild={"learning_rate": 1e6, "n_estimators": 80},
        broken=(
            ({"learning_rate": -1}, "learning_rate"),
            ({"learning_rate": 0}, "learning_rate"),
            ({"learning_rate": math.nan}, "learning_rate"),
            ({"learning_rate": math.inf}, "learning_rate"),
            ({"learning_rate": "0.1"}, "learning_rate"),
            ({"learning_rate": True}, "learning_rate"),
            ({"learning_rate": [0.1]}, "learning_rate"),
            ({"num_leaves": 1}, "num_leaves"),
            ({"num_leaves": 7.5}, "num_leaves"),
            ({"num_leaves": math.inf}, "num_leaves"),
            ({"num_leaves": math.nan}, "num_leaves"),
            ({"min_data": -3}, "min_data"),
            ({"max_depth": "deep"}, "max_depth"),
            ({"bagging_fraction": 1.5}, "bagging_fraction"),
            ({"lambda_l2": -0.1}, "lambda_l2"),
            ({"max_bin": 1}, "max_bin"),
            ({"boosting_type": "dart"}, "boosting_type"),
            ({"objective": "poisson", "num_leaves": 7}, "objective"),
            ({"num_leaves": 7, "max_leaves": 7}, "max_leaves"),
            ({"colsample_bynode": 0.5, "feature_fraction_bynode": 0.5}, "feature_fraction_bynode"),
        ),
        misspelt=("num_leafs", "num_leaves"),
        smooth={"n_estimators": 3, "min_child_samples": 0, "min_child_weight": 0},
        small={"num_leaves": 4},
        large={"num_leaves": 255},
        idle={"min_child_samples": 10_000},
    ),
    "hist_gradient_boosting": Made(
        family="hist_gradient_boosting",
        params={"learning_rate": 0.2, "max_iter": ROUNDS, "max_leaf_nodes": 7},
        other={"max_leaf_nodes": 4, "max_features": 0.6, "l2_regularization": 1.0},
        wild={"learning_rate": 1e6, "max_iter": 80},
        broken=(
            ({"learning_rate": 0}, "learning_rate"),
            ({"learning_rate": math.nan}, "learning_rate"),
            ({"learning_rate": "0.1"}, "learning_rate"),
            ({"learning_rate": True}, "learning_rate"),
            ({"learning_rate": [0.1]}, "learning_rate"),
            ({"max_leaf_nodes": 1}, "max_leaf_nodes"),
            ({"max_leaf_nodes": 7.5}, "max_leaf_nodes"),
            ({"max_leaf_nodes": math.inf}, "max_leaf_nodes"),
            ({"max_depth": "deep"}, "max_depth"),
            ({"max_features": 1.5}, "max_features"),
            ({"l2_regularization": -0.1}, "l2_regularization"),
            ({"max_bins": 256}, "max_bins"),
            ({"loss": "poisson"}, "loss"),
            ({"early_stopping": "yes"}, "early_stopping"),
            ({"monotonic_cst": 1}, "monotonic_cst"),
            ({"class_weight": "balanced"}, "class_weight"),
            ({"interaction_cst": "pairs"}, "interaction_cst"),
        ),
        misspelt=("max_leaf_node", "max_leaf_nodes"),
        smooth={"max_iter": 3, "min_samples_leaf": 1},
        small={"max_leaf_nodes": 4},
        large={"max_leaf_nodes": 255},
        idle={"min_samples_leaf": 10_000},
    ),
    "mlp": Made(
        family="mlp",
        params={
            "learning_rate_init": 0.03,
            "max_iter": ROUNDS,
            "hidden_layer_sizes": (12,),
            "batch_size": 48,
            "tol": 0,
            "n_iter_no_change": 1000,
        },
        other={"hidden_layer_sizes": (8, 8), "alpha": 0.1, "activation": "tanh"},
        wild={"learning_rate_init": 1e200, "max_iter": 80},
        broken=(
            ({"learning_rate_init": 0}, "learning_rate_init"),
            ({"learning_rate_init": math.nan}, "learning_rate_init"),
            ({"learning_rate_init": math.inf}, "learning_rate_init"),
            ({"learning_rate_init": "0.1"}, "learning_rate_init"),
            ({"learning_rate_init": True}, "learning_rate_init"),
            ({"hidden_layer_sizes": 0}, "hidden_layer_sizes"),
            ({"hidden_layer_sizes": [64, 0]}, "hidden_layer_sizes"),
            ({"hidden_layer_sizes": [64, 1.5]}, "hidden_layer_sizes"),
            ({"hidden_layer_sizes": []}, "hidden_layer_sizes"),
            ({"hidden_layer_sizes": "64"}, "hidden_layer_sizes"),
            ({"hidden_layer_sizes": [math.nan]}, "hidden_layer_sizes"),
            ({"alpha": -0.1}, "alpha"),
            ({"batch_size": "all"}, "batch_size"),
            ({"batch_size": 0}, "batch_size"),
            ({"batch_size": 1.5}, "batch_size"),
            ({"momentum": 1.5}, "momentum"),
            ({"activation": "gelu"}, "activation"),
            ({"solver": "lbfgs"}, "solver"),
            ({"shuffle": "no"}, "shuffle"),
            ({"learning_rate": 0.01}, "learning_rate"),
            ({"class_weight": "balanced"}, "class_weight"),
            ({"loss": "poisson"}, "loss"),
        ),
        misspelt=("hidden_layers_sizes", "hidden_layer_sizes"),
        # all rows are one batch: a row with weight two is then the same as a row that stands twice
        smooth={"batch_size": 4096, "shuffle": False},
        small={"hidden_layer_sizes": (8,)},
        large={"hidden_layer_sizes": (256,)},
        apart=1e-3,
        smooth_over=5,
    ),
    "torch": Made(
        family="torch",
        params={"learning_rate": 0.01, "epochs": ROUNDS, "hidden": (12,), "batch_size": 48},
        other={
            "hidden": (8, 8),
            "dropout": 0.2,
            "norm": "batch",
            "activation": "silu",
            "weight_decay": 0.1,
        },
        wild={"optimizer": "sgd", "learning_rate": 1e12, "epochs": 80},
        broken=(
            ({"learning_rate": 0}, "learning_rate"),
            ({"learning_rate": math.nan}, "learning_rate"),
            ({"learning_rate": math.inf}, "learning_rate"),
            ({"learning_rate": "0.1"}, "learning_rate"),
            ({"learning_rate": True}, "learning_rate"),
            ({"lr": -1}, "lr"),
            ({"hidden": 0}, "hidden"),
            ({"hidden": [64, 0]}, "hidden"),
            ({"hidden": [64, 1.5]}, "hidden"),
            ({"hidden": "64"}, "hidden"),
            ({"dropout": 1}, "dropout"),
            ({"dropout": -0.1}, "dropout"),
            ({"norm": "group"}, "norm"),
            ({"activation": "softmax"}, "activation"),
            ({"optimizer": "lbfgs"}, "optimizer"),
            ({"momentum": 1.5}, "momentum"),
            ({"weight_decay": -0.1}, "weight_decay"),
            ({"label_smoothing": 1}, "label_smoothing"),
            ({"batch_size": 0}, "batch_size"),
            ({"batch_size": 1.5}, "batch_size"),
            ({"epochs": 0}, "epochs"),
            ({"schedule": "linear"}, "schedule"),
            ({"warmup_epochs": -1}, "warmup_epochs"),
            ({"clip_norm": -1}, "clip_norm"),
            ({"early_stopping": "yes"}, "early_stopping"),
            ({"patience": 0}, "patience"),
            ({"scale_target": 1}, "scale_target"),
            ({"device": "tpu"}, "device"),
            ({"class_weight": "balanced"}, "class_weight"),
        ),
        misspelt=("droput", "dropout"),
        # all rows are one batch: a row with weight two is then the same as a row that stands twice
        smooth={"batch_size": 4096},
        small={"hidden": ()},
        large={"hidden": (256,)},
        apart=1e-3,
        smooth_over=5,
    ),
    "linear.logistic": Made(
        family="linear.logistic",
        params={"max_iter": 1000, "tol": 1e-8},
        other={"C": 0.1},
        wild={},
        broken=(
            ({"C": 0}, "C"),
            ({"C": math.nan}, "C"),
            ({"C": "1"}, "C"),
            ({"C": True}, "C"),
            ({"penalty": "l1"}, "penalty"),
            ({"solver": "adam"}, "solver"),
            ({"l1_ratio": 2}, "l1_ratio"),
            ({"class_weight": "balanced"}, "class_weight"),
            ({"estimator": "ridge"}, "estimator"),
        ),
        misspelt=("max_itre", "max_iter"),
        smooth={},
        small={"C": 0.01},
        large={"C": 1000},
        idle={"C": 1e-300},
        apart=1e-3,
    ),
    "linear.ridge": Made(
        family="linear.ridge",
        params={"alpha": 0.5},
        other={"alpha": 10.0},
        wild={},
        broken=(
            ({"alpha": -1}, "alpha"),
            ({"alpha": [1.0]}, "alpha"),
            ({"solver": "adam"}, "solver"),
            ({"estimator": "logistic"}, "estimator"),
        ),
        misspelt=("alhpa", "alpha"),
        smooth={},
        small={"alpha": 100.0},
        large={"alpha": 0.01},
    ),
    "linear.elastic_net": Made(
        family="linear.elastic_net",
        params={"alpha": 0.01, "l1_ratio": 0.05, "tol": 1e-8, "max_iter": 5000},
        other={"alpha": 0.1, "l1_ratio": 0.9},
        wild={},
        broken=(
            ({"alpha": -1}, "alpha"),
            ({"l1_ratio": 1.5}, "l1_ratio"),
            ({"precompute": True}, "precompute"),
            ({"selection": "best"}, "selection"),
        ),
        misspelt=("l1_rato", "l1_ratio"),
        smooth={},
        small={"alpha": 100.0},
        large={"alpha": 0.01},
        idle={"alpha": 1e9},
    ),
    "linear.sgd": Made(
        family="linear.sgd",
        params={"eta0": 0.1, "max_iter": ROUNDS, "tol": None, "learning_rate": "constant"},
        other={"alpha": 0.01, "penalty": "elasticnet", "eta0": 0.02},
        wild={"eta0": 1e200, "max_iter": 80, "learning_rate": "constant"},
        broken=(
            ({"eta0": 0}, "eta0"),
            ({"eta0": True}, "eta0"),
            ({"alpha": -1}, "alpha"),
            ({"loss": "hinge"}, "loss"),
            ({"learning_rate": "optimal"}, "learning_rate"),
            ({"learning_rate": 0.01}, "learning_rate"),
            ({"max_iter": 0}, "max_iter"),
            ({"estimator": "svm"}, "estimator"),
        ),
        misspelt=("eta", "eta0"),
        # a row with weight two takes one double step, a row that stands twice two single ones
        smooth={"max_iter": 400, "eta0": 1e-4, "alpha": 0, "learning_rate": "constant"},
        small={},
        large={},
        apart=1e-3,
        smooth_over=5,
    ),
    "gradient_boosting": Made(
        family="gradient_boosting",
        params={"learning_rate": 0.2, "n_estimators": ROUNDS, "max_depth": 3},
        other={"max_depth": 2, "subsample": 0.7, "max_features": 0.6},
        wild={"learning_rate": 1e6, "n_estimators": 80},
        broken=(
            ({"learning_rate": -1}, "learning_rate"),
            ({"learning_rate": "0.1"}, "learning_rate"),
            ({"max_depth": 0}, "max_depth"),
            ({"subsample": 1.5}, "subsample"),
            ({"min_samples_leaf": 0}, "min_samples_leaf"),
            ({"loss": "exponential"}, "loss"),
            ({"init": "zero"}, "init"),
            ({"class_weight": "balanced"}, "class_weight"),
        ),
        misspelt=("max_depht", "max_depth"),
        smooth={"n_estimators": 3, "max_depth": 1},
        small={"max_depth": 2},
        large={"max_depth": 7},
        idle={"min_samples_leaf": 10_000},
    ),
    "xgboost": Made(
        family="xgboost",
        params={"learning_rate": 0.2, "n_estimators": ROUNDS, "max_depth": 3},
        other={"max_depth": 2, "subsample": 0.7, "colsample_bytree": 0.6},
        wild={"learning_rate": 1e6, "n_estimators": 80},
        broken=(
            ({"learning_rate": 0}, "learning_rate"),
            ({"eta": math.nan}, "eta"),
            ({"learning_rate": "0.1"}, "learning_rate"),
            ({"learning_rate": True}, "learning_rate"),
            ({"max_depth": 2.5}, "max_depth"),
            ({"subsample": 1.5}, "subsample"),
            ({"reg_lambda": -0.1}, "reg_lambda"),
            ({"booster": "dart"}, "booster"),
            ({"tree_method": "gpu_hist"}, "tree_method"),
            ({"objective": "count:poisson"}, "objective"),
            ({"eta": 0.1, "learning_rate": 0.1}, "learning_rate"),
            ({"class_weight": "balanced"}, "class_weight"),
        ),
        misspelt=("max_depht", "max_depth"),
        smooth={"n_estimators": 3, "min_child_weight": 0, "max_bin": 4096},
        small={"max_depth": 2},
        large={"max_depth": 7},
        idle={"min_child_weight": 10_000},
    ),
    "catboost": Made(
        family="catboost",
        params={"learning_rate": 0.2, "iterations": ROUNDS, "depth": 3},
        other={"depth": 2, "rsm": 0.6, "l2_leaf_reg": 1.0},
        wild={"learning_rate": 1e6, "iterations": 80},
        broken=(
            ({"learning_rate": 0}, "learning_rate"),
            ({"eta": math.nan}, "eta"),
            ({"learning_rate": "0.1"}, "learning_rate"),
            ({"learning_rate": True}, "learning_rate"),
            ({"depth": 2.5}, "depth"),
            ({"max_depth": 17}, "max_depth"),
            ({"rsm": 1.5}, "rsm"),
            ({"l2_leaf_reg": -0.1}, "l2_leaf_reg"),
            ({"grow_policy": "Wide"}, "grow_policy"),
            ({"loss_function": "Poisson"}, "loss_function"),
            ({"eta": 0.1, "learning_rate": 0.1}, "learning_rate"),
            ({"class_weight": "balanced"}, "class_weight"),
        ),
        misspelt=("dephth", "depth"),
        # CatBoost divides the penalty by the mean weight
        smooth={
            "iterations": 3,
            "bootstrap_type": "No",
            "random_strength": 0,
            "l2_leaf_reg": 0,
            "border_count": 60000,
        },
        small={"depth": 2},
        large={"depth": 7},
    ),
    "svm": Made(
        family="svm",
        params={"C": 1.0},
        other={"C": 0.3, "gamma": 0.2},
        wild={},
        broken=(
            ({"C": 0}, "C"),
            ({"C": "1"}, "C"),
            ({"gamma": -1}, "gamma"),
            ({"gamma": "wide"}, "gamma"),
            ({"kernel": "precomputed"}, "kernel"),
            ({"probability": True}, "probability"),
            ({"class_weight": "balanced"}, "class_weight"),
        ),
        misspelt=("gama", "gamma"),
        smooth={"C": 100.0, "tol": 1e-6},
        inner_folds=True,
        follows_the_median=True,
        small={"C": 0.01},
        large={"C": 1000.0},
        apart=1e-3,
    ),
    "knn": Made(
        family="knn",
        params={"n_neighbors": 15},
        other={"n_neighbors": 30, "weights": "distance"},
        wild={},
        broken=(
            ({"n_neighbors": 0}, "n_neighbors"),
            ({"n_neighbors": 2.5}, "n_neighbors"),
            ({"n_neighbors": "all"}, "n_neighbors"),
            ({"weights": "near"}, "weights"),
            ({"metric": "precomputed"}, "metric"),
            ({"p": 0}, "p"),
        ),
        misspelt=("n_neighbours", "n_neighbors"),
        smooth={"n_neighbors": 10_000, "weights": "distance"},
        small={"n_neighbors": 2},
        large={"n_neighbors": 100},
        idle={"n_neighbors": 10_000},
    ),
    "random_forest": Made(family="random_forest", **FOREST),
    "extra_trees": Made(family="extra_trees", **FOREST),
}

NEEDS = {
    "torch": "torch",
    "catboost": "catboost",
    "xgboost": "xgboost",
}  # families whose library is an extra


def table(task: Task, n: int, seed: int = 0) -> pd.DataFrame:
    """Numbers, a category, a boolean and missing values under names that break most libraries."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    frame = pd.DataFrame(X, columns=ODD[:3])
    frame[ODD[3]] = rng.choice(["東京", "大阪", "Oslo", "rare" if seed == 0 else "new"], n)
    frame[ODD[4]] = rng.random(n) < 0.5
    score = 2 * X[:, 0] + np.sin(2 * X[:, 1]) + (frame[ODD[3]] == "東京") + rng.normal(0, 0.5, n)
    frame.loc[frame.index % 9 == 0, [ODD[0], ODD[3]]] = np.nan
    if task is Task.REGRESSION:
        return frame.assign(y=10 + score)
    cuts = [-np.inf, 0.3, np.inf] if task is Task.BINARY else [-np.inf, -0.7, 1.2, np.inf]
    return frame.assign(y=np.digitize(score, cuts[1:-1]))


def dataset(task: Task, n: int = 240, *, weighted: bool = False, **columns: Any) -> Dataset:
    """``n`` rows, 120 in the pool, a few of them repeated; the last third of neither is special."""
    frame = table(task, n).assign(w=1.0 + np.arange(n) % 3, **columns)
    frame = pd.concat([frame, frame.iloc[:30]], ignore_index=True)
    pool = table(task, 120, seed=1).assign(w=1.0)
    return build(
        frame,
        Roles("y", weight="w" if weighted else None, drop=() if weighted else ("w",)),
        task=task,
        pool=pool,
        test=False,
    )


@pytest.fixture(params=sorted(MADE))
def made(request: pytest.FixtureRequest) -> Made:
    if request.param in NEEDS:
        pytest.importorskip(NEEDS[request.param], reason="an extra that is not installed")
    found = MADE[request.param]
    if "task" in request.fixturenames:
        task = request.getfixturevalue("task")
        if task not in found.tasks:
            pytest.skip(f"{found.family} does not predict {task}")
    return found


@pytest.fixture
def learner(made: Made) -> Learner:
    return LEARNERS[load_recipe(made.family).learner]()


def candidate(made: Made, **changes: Any) -> Candidate:
    stopping, treatment = changes.pop("stopping", None), changes.pop("treatment", Treatment())
    rounds = changes.pop("rounds", None)
    if made.rounds is None:
        stopping = None  # nothing to stop
    elif rounds is not None:
        changes[made.rounds] = rounds
    how = changes.pop("preprocessing", Preprocessing())
    params = load_recipe(made.family).complete({**made.params, **changes})
    return Candidate(params, treatment, how, stopping=stopping)


def as_read(learner: Learner, data: Dataset, who: Candidate) -> Candidate:
    """The candidate with what its library chose when the person's model was read."""
    if not isinstance(learner, Settling):
        return who
    return replace(who, params={**who.params, **learner.settled(data, who.params)})


def prepared(learner: Learner, made: Made, data: Dataset, metric: str | None = None) -> Trainer:
    name = METRIC[data.task] if metric is None else metric
    params = load_recipe(made.family).complete(made.params)
    return learner.prepare(data, params, METRICS[name])


def first_split(data: Dataset) -> Split:
    return search_splits(data, 4, 0)[0]


def fit(
    trainer: Trainer, who: Candidate, split: Split, *, curve: bool = False, threads: int = 1
) -> Fit:
    (found,) = trainer.fit([who], split, curve=curve, threads=threads)
    return found


def same(a: Fit, b: Fit) -> None:
    np.testing.assert_array_equal(a.pred, b.pred)
    assert (a.rounds, a.failure) == (b.rounds, b.failure)


def loss(data: Dataset, split: Split, pred: NDArray[Any]) -> float:
    metric = METRICS[METRIC[data.task]]
    return metric.loss(metric.score(data.y[split.valid], pred))


def test_every_learner_is_under_contract() -> None:
    assert sorted(MADE) == sorted(made.family for made in MADE.values()) == recipe_names()
    assert {load_recipe(name).learner for name in recipe_names()} == set(LEARNERS) - {"import"}


# -- parameters --------------------------------------------------------------------------------


def test_every_name_of_the_recipes_is_known(made: Made, learner: Learner) -> None:
    recipe = load_recipe(made.family)
    chosen = {} if recipe.chosen_by is None else {recipe.chosen_by: recipe.choice}
    for task in recipe.tasks:
        learner.check(recipe.defaults, task)
        for alias, name in recipe.aliases.items():
            learner.check({**chosen, alias: recipe.defaults[name]}, task)
        for knob in recipe.knobs.values():
            for value in (knob.choices or (knob.low, knob.high, *knob.special)) * knob.serves(task):
                whole = knob.kind in ("int", "layers") and isinstance(value, float)
                given = int(value) if whole else value
                learner.check({**chosen, knob.name: given}, task)


def test_every_preset_of_the_recipes_is_taken(made: Made, learner: Learner) -> None:
    recipe = load_recipe(made.family)
    for stage, part in recipe.stages.items():
        for preset in part.presets:
            named = [recipe.knobs[name] for name in (*preset.set, *preset.scale)]
            task = next(t for t in recipe.tasks if all(knob.serves(t) for knob in named))
            learner.check(recipe.complete(recipe.apply(preset, stage, made.params)), task)


def chosen(made: Made) -> dict[str, Any]:
    """What chooses the estimator, where the family has several."""
    recipe = load_recipe(made.family)
    return {} if recipe.chosen_by is None else {recipe.chosen_by: recipe.choice}


def task_of(made: Made) -> Task:
    """Two classes where the family can tell them apart, else numbers."""
    return Task.BINARY if Task.BINARY in made.tasks else Task.REGRESSION


def test_a_wrong_parameter_is_refused_by_name(made: Made, learner: Learner) -> None:
    for params, to_blame in made.broken:
        with pytest.raises(ParamProblem) as caught:
            learner.check({**chosen(made), **params}, task_of(made))
        assert caught.value.param == to_blame, params
        assert str(caught.value.values)


def test_an_unknown_parameter_gets_the_nearest_name(made: Made, learner: Learner) -> None:
    wrong, right = made.misspelt
    with pytest.raises(ParamProblem) as caught:
        learner.check({**chosen(made), wrong: 1}, task_of(made))
    assert (caught.value.code, caught.value.hint) == ("param_unknown", right)
    with pytest.raises(ParamProblem) as caught:
        learner.check({**chosen(made), "qqqqqqqq": 1}, task_of(made))
    assert caught.value.hint is None


# -- fits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", TASKS)
def test_a_fit_is_a_function_of_its_arguments(made: Made, learner: Learner, task: Task) -> None:
    data = dataset(task)
    split, who = first_split(data), candidate(made, **made.other)
    trainer = prepared(learner, made, data)
    first = fit(trainer, who, split)
    same(first, fit(trainer, who, split))
    same(first, fit(trainer, who, split, curve=True))
    same(first, fit(trainer, who, split, threads=2))
    same(first, fit(prepared(learner, made, data), who, split))
    found: list[Fit] = []
    thread = threading.Thread(target=lambda: found.append(fit(trainer, who, split)))
    thread.start()
    thread.join()
    same(first, found[0])


@pytest.mark.parametrize("task", TASKS)
def test_fits_side_by_side_do_not_disturb_each_other(
    made: Made, learner: Learner, task: Task
) -> None:
    data = dataset(task)
    split = first_split(data)
    everyone = [
        candidate(made),
        candidate(made, **made.other),
        candidate(made, stopping=Stopping(5)),
        candidate(made, treatment=Treatment(fraction=0.5)),
        candidate(made, treatment=Treatment(pool=1.0)),
        candidate(made, treatment=Treatment(merge_duplicates=True)),
    ] * 2
    trainer = prepared(learner, made, data)
    alone = [fit(prepared(learner, made, data), who, split, curve=True) for who in everyone]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda who: fit(trainer, who, split, curve=True), everyone))
    for one, other in zip(alone, together, strict=True):
        same(one, other)
        assert one.curve is not None
        assert other.curve is not None
        np.testing.assert_array_equal(one.curve.train, other.curve.train)
        np.testing.assert_array_equal(one.curve.valid, other.curve.valid)
    same(trainer_batch(trainer, everyone, split)[0], alone[0])


def trainer_batch(trainer: Trainer, everyone: list[Candidate], split: Split) -> list[Fit]:
    fits = list(trainer.fit(everyone, split, curve=False, threads=1))
    assert len(fits) == len(everyone)
    return fits


@pytest.mark.parametrize("task", TASKS)
def test_predictions_are_those_of_the_validation_rows_in_their_order(
    made: Made, learner: Learner, task: Task
) -> None:
    data = dataset(task)
    split = first_split(data)
    turned = replace(split, valid=split.valid[::-1].copy(), seed=split.seed)
    mixed = replace(split, valid=np.random.default_rng(0).permutation(split.valid))
    trainer, who = prepared(learner, made, data), candidate(made)
    pred = fit(trainer, who, split).pred
    assert pred.dtype == np.float32
    shape = (len(split.valid), 3) if task is Task.MULTICLASS else (len(split.valid),)
    assert pred.shape == shape
    np.testing.assert_array_equal(fit(trainer, who, turned).pred, pred[::-1])
    place = {row: i for i, row in enumerate(split.valid)}
    np.testing.assert_array_equal(
        fit(trainer, who, mixed).pred, pred[[place[row] for row in mixed.valid]]
    )
    naive = {Task.BINARY: 0.693, Task.MULTICLASS: 1.099, Task.REGRESSION: float(data.y.std())}[task]
    assert loss(data, split, pred) < 0.8 * naive


@pytest.mark.parametrize("task", TASKS)
def test_a_probability_is_one(made: Made, learner: Learner, task: Task) -> None:
    data = dataset(task)
    pred = fit(prepared(learner, made, data), candidate(made), first_split(data)).pred
    if task is Task.REGRESSION:
        return
    assert ((pred >= 0) & (pred <= 1)).all()
    if task is Task.MULTICLASS:
        np.testing.assert_allclose(pred.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("stopping", [None, Stopping(6), Stopping(40, 0.001)])
@pytest.mark.parametrize("task", TASKS)
def test_a_curve_is_measured_in_eval_mode(
    made: Made, learner: Learner, task: Task, stopping: Stopping | None
) -> None:
    data = dataset(task)
    split = first_split(data)
    if stopping is not None and made.rounds is None:
        pytest.skip("no rounds to stop")
    who = candidate(made, **made.other, stopping=stopping, rounds=120)
    trainer = prepared(learner, made, data)
    found = fit(trainer, who, split, curve=True)
    curve = found.curve
    assert curve is not None
    assert len(curve.rounds) == len(curve.train) == len(curve.valid) > 0
    assert (np.diff(curve.rounds) > 0).all()
    assert curve.rounds[0] >= 1
    assert np.isfinite([*curve.train, *curve.valid]).all()
    monitor = monitored(METRICS[METRIC[task]], task)
    last = curve.valid[-1 if found.rounds is None else list(curve.rounds).index(found.rounds)]
    assert monitor.loss(monitor.score(data.y[split.valid], found.pred)) == pytest.approx(
        last, rel=1e-5
    )
    model = trainer.refit(replace(who, stopping=None), split.train, split.seed)
    if stopping is None:
        own = monitor.loss(
            monitor.score(data.y[split.train], model.predict(data.X.iloc[split.train]))
        )
        assert curve.train[-1] == pytest.approx(own, rel=1e-6)
        assert made.rounds is None or curve.rounds[-1] == found.rounds == 120
    assert fit(trainer, who, split).curve is None


@pytest.mark.parametrize("task", TASKS)
def test_stopping_keeps_its_best_round(made: Made, learner: Learner, task: Task) -> None:
    if made.rounds is None:
        pytest.skip("no rounds to stop")
    data = dataset(task)
    split = first_split(data)
    trainer = prepared(learner, made, data)
    who = as_read(learner, data, candidate(made, rounds=300, stopping=Stopping(8)))
    stopped = fit(trainer, who, split, curve=True)
    assert stopped.rounds is not None
    assert stopped.curve is not None
    assert 1 <= stopped.rounds < 300
    assert stopped.curve.rounds[-1] < 300
    losses = pd.Series(stopped.curve.valid).rolling(made.smooth_over).mean()
    assert stopped.rounds == stopped.curve.rounds[losses.argmin()]
    params = {**who.params, made.rounds: stopped.rounds}
    fixed = fit(trainer, replace(who, params=params, stopping=None), split)
    np.testing.assert_array_equal(fixed.pred, stopped.pred)
    assert fixed.rounds == stopped.rounds


@pytest.mark.parametrize("rounds", [50, 250])
@pytest.mark.parametrize("task", TASKS)
def test_what_the_library_chooses_itself_can_be_fixed(
    made: Made, learner: Learner, task: Task, rounds: int
) -> None:
    if not isinstance(learner, Settling) or made.rounds is None:
        pytest.skip("its library chooses nothing by rows and rounds")
    data = dataset(task)
    split = first_split(data)
    trainer = prepared(learner, made, data)
    given = {made.rounds: rounds}
    chosen = learner.settled(replace(data, train=split.train), given)
    assert chosen
    assert not chosen.keys() & given.keys()
    assert chosen != learner.settled(replace(data, train=split.train), {made.rounds: 20 * rounds})
    free = fit(trainer, Candidate(given), split)
    same(free, fit(trainer, Candidate({**given, **chosen}), split))
    assert learner.settled(data, {**given, **chosen}) == {}


@pytest.mark.parametrize(
    "treatment",
    [
        Treatment(),
        Treatment(merge_duplicates=True),
        Treatment(fraction=0.4),
        Treatment(class_weight="balanced"),
        Treatment(suspects="drop"),
        Treatment(resample="over"),
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_a_refit_predicts_as_the_fit_did(
    made: Made, learner: Learner, task: Task, weighted: bool, treatment: Treatment
) -> None:
    data = dataset(task, weighted=weighted)
    split, who = first_split(data), candidate(made, **made.other, treatment=treatment)
    trainer = prepared(learner, made, data)
    model = trainer.refit(who, split.train, split.seed)
    pred = np.asarray(model.predict(data.X.iloc[split.valid]), dtype=np.float32)
    np.testing.assert_allclose(pred, fit(trainer, who, split).pred, rtol=1e-5, atol=1e-6)


def test_a_refit_runs_all_rounds_where_a_fit_would_stop(made: Made, learner: Learner) -> None:
    data = dataset(made.a_task)
    trainer, who = prepared(learner, made, data), candidate(made)
    stopping = replace(who, stopping=Stopping(2))
    one, other = (trainer.refit(c, data.train, 0).predict(data.X) for c in (who, stopping))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("task", TASKS)
def test_a_saved_model_predicts_the_same(
    made: Made, learner: Learner, task: Task, tmp_path: Path
) -> None:
    data = dataset(task)
    model = prepared(learner, made, data).refit(candidate(made), data.train, 0)
    file = model.save(tmp_path)
    assert file.parent == tmp_path
    loaded = learner.load(file)
    new = encode(table(task, 90, seed=2), data.columns)  # with an unseen category and gaps
    assert new.isna().any().sum() >= 2
    np.testing.assert_array_equal(loaded.predict(new), model.predict(new))
    np.testing.assert_array_equal(loaded.predict(data.X), model.predict(data.X))
    assert np.isfinite(model.predict(new)).all()
    assert list(tmp_path.iterdir()) == [file]


# -- preprocessing -----------------------------------------------------------------------------


def with_texts(task: Task) -> Dataset:
    """The column that matters most as text: ``1,234.5 kg``, and ``unknown`` in between."""
    frame = table(task, 300).rename(columns={ODD[0]: "size"})
    size = 1000 * frame["size"]
    texts = pd.Series([f"{value:,.1f} kg" for value in size], index=frame.index)
    frame["size"] = texts.where(size.notna(), "unknown")
    return build(frame, Roles("y"), task=task, test=False)


@pytest.mark.parametrize("task", TASKS)
def test_numbers_in_texts_can_be_read(
    made: Made, learner: Learner, task: Task, tmp_path: Path
) -> None:
    data = with_texts(task)
    split = first_split(data)
    trainer = prepared(learner, made, data)
    how = Preprocessing("standard", "mean", ("size",))
    as_text = fit(trainer, candidate(made), split)
    who = candidate(made, preprocessing=how)
    read = fit(trainer, who, split, curve=True)
    assert loss(data, split, read.pred) < 0.9 * loss(data, split, as_text.pred)
    same(as_text, fit(trainer, candidate(made), split))  # one does not change the other
    model = trainer.refit(who, split.train, split.seed)
    valid = data.X.iloc[split.valid]
    np.testing.assert_allclose(model.predict(valid), read.pred, rtol=1e-5, atol=1e-5)
    loaded = learner.load(model.save(tmp_path))
    np.testing.assert_array_equal(loaded.predict(valid), model.predict(valid))
    few = data.X.iloc[split.valid[:3]]  # read as they were read in training, however few
    np.testing.assert_allclose(loaded.predict(few), model.predict(valid)[:3], rtol=1e-9)


def test_preprocessing_changes_a_fit_only_where_the_family_feels_it(
    made: Made, learner: Learner
) -> None:
    data = dataset(made.a_task)
    recipe = load_recipe(made.family)
    split, trainer = first_split(data), prepared(learner, made, data)
    plain = fit(trainer, candidate(made), split).pred
    scaled = candidate(made, preprocessing=Preprocessing(scale="standard"))
    marked = candidate(made, preprocessing=Preprocessing(missing="indicator"))
    assert np.array_equal(fit(trainer, scaled, split).pred, plain) is not recipe.scale_sensitive
    assert np.array_equal(fit(trainer, marked, split).pred, plain) is recipe.takes_missing


@pytest.mark.parametrize("how", [Preprocessing(), Preprocessing("standard", "indicator")])
def test_features_are_learned_on_training_rows_alone(
    made: Made, learner: Learner, how: Preprocessing
) -> None:
    data = dataset(made.a_task)
    split, who = first_split(data), candidate(made, preprocessing=how)
    X = data.X.copy()
    X.iloc[split.valid[1:], :3] = 1e6
    moved = replace(data, X=X)
    a = fit(prepared(learner, made, data), who, split).pred
    b = fit(prepared(learner, made, moved), who, split).pred
    if recipe_bins_all_rows(made):
        assert np.isfinite(b).all()
    else:
        assert a[0] == b[0]
        assert not np.array_equal(a, b)


def recipe_bins_all_rows(made: Made) -> bool:
    """LightGBM bins all rows in use together, as its own documentation does; targets aside."""
    return made.family == "lightgbm"


# -- weights and treatments --------------------------------------------------------------------


@pytest.mark.parametrize("task", TASKS)
def test_weights_are_heard(made: Made, learner: Learner, task: Task) -> None:
    plain, weighted = dataset(task), dataset(task, weighted=True)
    split, who = first_split(plain), candidate(made)
    a = fit(prepared(learner, made, plain), who, split)
    b = fit(prepared(learner, made, weighted), who, split)
    assert not np.array_equal(a.pred, b.pred)
    even = replace(weighted, weight=np.ones(len(weighted.y)))
    c = fit(prepared(learner, made, even), who, split)
    np.testing.assert_allclose(c.pred, a.pred, rtol=made.apart, atol=made.apart / 10)


@pytest.mark.parametrize("task", TASKS)
def test_every_treatment_changes_the_fit_and_only_where_it_should(
    made: Made, learner: Learner, task: Task
) -> None:
    data = dataset(task)
    split, trainer = first_split(data), prepared(learner, made, data)
    plain = fit(trainer, candidate(made), split).pred
    for treatment in (Treatment(fraction=0.4), Treatment(pool=1.0), Treatment(pool=0.3)):
        treated = fit(trainer, candidate(made, treatment=treatment), split)
        assert treated.pred.shape == plain.shape
        assert not np.array_equal(treated.pred, plain), treatment
    balanced = fit(trainer, candidate(made, treatment=Treatment(class_weight="balanced")), split)
    if task is Task.REGRESSION:
        np.testing.assert_array_equal(balanced.pred, plain)
    else:
        assert not np.array_equal(balanced.pred, plain)


@pytest.mark.parametrize("task", TASKS)
def test_merged_duplicates_weigh_what_they_were(made: Made, learner: Learner, task: Task) -> None:
    """Rows that stand twice, merged: the same as the distinct rows with weight two."""
    if made.inner_folds and task.is_classification:
        pytest.skip("other rows make other folds within the training rows")
    frame = table(task, 200).drop(columns=ODD[3])  # limits on categories count rows
    twice = build(pd.concat([frame, frame], ignore_index=True), Roles("y"), task=task, test=False)
    rows: Ints = np.arange(200)
    valid = rows[rows % 4 == 0]
    train = np.setdiff1d(np.arange(400), np.concatenate([valid, valid + 200]))
    split = replace(first_split(twice), train=train, valid=valid)
    smooth = dict(made.smooth)
    treatment = Treatment(merge_duplicates=True)
    trainer = prepared(learner, made, twice)
    merged = fit(trainer, candidate(made, **smooth, treatment=treatment), split)
    plain = fit(trainer, candidate(made, **smooth), split)
    np.testing.assert_allclose(merged.pred, plain.pred, rtol=1e-3, atol=1e-4)


EVERYTHING = (
    Treatment(),
    Treatment(merge_duplicates=True),
    Treatment(pool=1.0, class_weight="balanced"),
    Treatment(fraction=0.5, suspects="drop"),
    Treatment(pool=0.5, suspects="down_weight", class_weight="sqrt"),
    Treatment(resample="under"),
    Treatment(resample="over"),
)


@pytest.mark.parametrize("treatment", EVERYTHING, ids=lambda t: str(t.changes))
@pytest.mark.parametrize("task", TASKS)
def test_no_content_of_a_scored_row_reaches_training(
    made: Made, learner: Learner, task: Task, treatment: Treatment
) -> None:
    """Scored rows change places, and get each other's targets: every row is predicted as before.

    They change places instead of getting new values because LightGBM bins all rows at once: where a
    bin ends follows from the features of the whole table (and from no target).
    """
    data = dataset(task)
    split = first_split(data)
    rng = np.random.default_rng(0)
    order, targets = (rng.permutation(len(split.valid)) for _ in range(2))
    X, y = data.X.copy(), data.y.copy()
    X.iloc[split.valid] = data.X.iloc[split.valid[order]].to_numpy(dtype=object)
    X = X.astype(data.X.dtypes)
    y[split.valid] = data.y[split.valid[targets]]
    assert not np.array_equal(y, data.y)
    lied = replace(data, X=X, y=y)
    for augment in (None, *load_recipe(made.family).augments):
        who = candidate(made, **made.other, treatment=replace(treatment, augment=augment))
        before = fit(prepared(learner, made, data), who, split)
        after = fit(prepared(learner, made, lied), who, split)
        # a row at another place of a matrix may be summed in another order: float32's last digits
        np.testing.assert_allclose(after.pred, before.pred[order], rtol=2e-6, atol=1e-7)


def test_made_up_rows_change_the_model_or_are_refused(made: Made, learner: Learner) -> None:
    data = dataset(task_of(made))
    split, trainer = first_split(data), prepared(learner, made, data)
    plain = fit(trainer, candidate(made), split).pred
    for augment in AUGMENTS:
        who = candidate(made, treatment=Treatment(augment=augment))
        if augment in load_recipe(made.family).augments:
            assert not np.array_equal(fit(trainer, who, split).pred, plain)
        else:
            with pytest.raises(TypeError, match="takes no made-up rows"):
                fit(trainer, who, split)


def test_the_locked_rows_reach_nothing(made: Made, learner: Learner) -> None:
    data = dataset(made.a_task)
    test, train = data.train[::5], np.setdiff1d(data.train, data.train[::5])
    locked = replace(data, train=train, test=test)
    X, y = data.X.copy(), data.y.copy()
    X.iloc[test, :3] = 1e6
    y[test] = y[test][::-1] if made.a_task is Task.BINARY else -1e6
    split = first_split(locked)
    same(
        fit(prepared(learner, made, locked), candidate(made), split),
        fit(prepared(learner, made, replace(locked, X=X, y=y)), candidate(made), split),
    )


def test_a_row_of_the_pool_is_never_scored(made: Made, learner: Learner) -> None:
    if Task.REGRESSION not in made.tasks or made.follows_the_median:
        pytest.skip("classes, and the median, do not tell where a row comes from")
    data = dataset(Task.REGRESSION)
    y = data.y.copy()
    y[data.pool] += 30
    moved = replace(data, y=y)
    trainer = prepared(learner, made, moved)
    for split in search_splits(data, 4, 0):
        assert not np.isin(split.valid, data.pool).any()
    split = first_split(data)
    with_pool = fit(trainer, candidate(made, treatment=Treatment(pool=1.0)), split)
    without = fit(trainer, candidate(made), split)
    assert with_pool.pred.shape == without.pred.shape == (len(split.valid),)
    assert with_pool.pred.mean() > 15 > without.pred.mean()


# -- trouble -----------------------------------------------------------------------------------


def test_a_fit_that_is_stopped_ends_soon(made: Made, learner: Learner) -> None:
    if made.rounds is None and made.endless is None:
        pytest.skip("solved in one step")
    data = dataset(task_of(made))
    trainer = prepared(learner, made, data)
    who = candidate(made, rounds=1_000_000, **(made.endless or {}))
    timer = threading.Timer(0.3, trainer.stop)
    timer.start()
    with pytest.raises(CancelledError):
        fit(trainer, who, first_split(data))
    timer.join()


@pytest.mark.parametrize("stopping", [None, Stopping(20)])
@pytest.mark.parametrize("task", TASKS)
def test_a_fit_that_diverges_says_so_and_predicts_finite_numbers(
    made: Made, learner: Learner, task: Task, stopping: Stopping | None
) -> None:
    if not made.wild:
        pytest.skip("this family cannot diverge")
    data = dataset(task)
    split = first_split(data)
    trainer = prepared(learner, made, data)
    found = fit(trainer, candidate(made, **made.wild, stopping=stopping), split, curve=True)
    assert np.isfinite(found.pred).all()
    assert found.failure in (None, "diverged")
    assert np.isfinite(loss(data, split, found.pred))
    if task is Task.REGRESSION and stopping is None:
        assert found.failure == "diverged"


@pytest.mark.parametrize("task", TASKS)
def test_nothing_to_split_is_a_fit_like_any_other(made: Made, learner: Learner, task: Task) -> None:
    data = dataset(task)
    split = first_split(data)
    if made.idle is None:
        pytest.skip("this family always moves")
    idle = candidate(made, **made.idle)
    stopped = idle if made.rounds is None else replace(idle, stopping=Stopping(5))
    for who in (idle, stopped):
        found = fit(prepared(learner, made, data), who, split, curve=True)
        assert (found.rounds is None) is (made.rounds is None)
        assert found.rounds is None or found.rounds >= 1
        assert np.isfinite(found.pred).all()
        assert np.ptp(found.pred, axis=0).max() == 0


def test_every_smooth_metric_can_be_followed(made: Made, learner: Learner) -> None:
    for task in made.tasks:
        data = dataset(task)
        for metric in METRICS.values():
            if task in metric.tasks:
                who = candidate(made, rounds=60, stopping=Stopping(10))
                found = fit(prepared(learner, made, data, metric.name), who, first_split(data))
                assert (found.rounds is None) is (made.rounds is None), metric.name
                assert np.isfinite(found.pred).all()


def test_a_rare_class_may_be_missing_from_a_fold(made: Made, learner: Learner) -> None:
    if Task.MULTICLASS not in made.tasks:
        pytest.skip("no classes")
    data = dataset(Task.MULTICLASS)
    split = first_split(data)
    without = replace(split, train=split.train[data.y[split.train] != 2])
    pred = fit(prepared(learner, made, data), candidate(made), without).pred
    assert pred.shape == (len(split.valid), 3)
    assert np.isfinite(pred).all()


@pytest.mark.parametrize("task", TASKS)
def test_a_column_may_hold_nothing_where_a_fold_trains(
    made: Made, learner: Learner, task: Task
) -> None:
    frame = table(task, 240)
    split = first_split(build(frame, Roles("y"), task=task, test=False))
    there = np.isin(np.arange(240), split.train)
    texts = pd.Series(np.where(frame.index % 2, "Bergen", "Oslo"), dtype=object)
    columns = {
        "seen": pd.Series(np.arange(240.0)).where(~there),
        "level": texts.where(~there, None),
        "nothing": np.full(240, np.nan),
    }
    data = build(frame.assign(**columns), Roles("y"), task=task, test=False)
    assert data.X["seen"].iloc[split.train].isna().all()
    trainer = prepared(learner, made, data)
    assert np.isfinite(fit(trainer, candidate(made), split).pred).all()
    model = trainer.refit(candidate(made), split.train, 0)
    assert np.isfinite(model.predict(data.X.iloc[split.valid])).all()


def test_a_larger_candidate_weighs_more(made: Made, learner: Learner) -> None:
    if made.small == made.large:
        pytest.skip("all candidates of this family cost the same")
    trainer = prepared(learner, made, dataset(task_of(made)))
    small, large = candidate(made, **made.small), candidate(made, **made.large)
    assert 0 < trainer.weight(small) < trainer.weight(large) < math.inf
