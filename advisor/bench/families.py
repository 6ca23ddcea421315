"""What the bench knows of each model family: where its sane model is looked for, and its plants.

A fault of the model is planted as parameters on top of the sane model's; a family that lacks a
fault's plant is not given that fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Plant:
    """Parameters that are planted: absolute values, and shares of the training rows."""

    params: Mapping[str, Any] = field(default_factory=dict)
    share: Mapping[str, float] = field(default_factory=dict)

    def over(self, sane: Mapping[str, Any], rows: int) -> dict[str, Any]:
        """The sane parameters with the plant in them."""
        shares = {name: max(1, round(share * rows)) for name, share in self.share.items()}
        return {**sane, **self.params, **shares}


@dataclass(frozen=True, slots=True)
class Family:
    """One model family.

    Attributes:
        grid: the candidates the sane model is chosen from; rounds follow by early stopping.
        plants: fault -> how it is planted.
        net: inputs are scaled and a numeric target is brought to variance 1, as users of nets do.
        few: rows that a net is left with where it is to memorise them; None leaves all.
    """

    grid: tuple[Mapping[str, Any], ...]
    plants: Mapping[str, Plant]
    net: bool = False
    few: int | None = None


def _paces(rounds: str) -> dict[str, Plant]:
    """How a booster of trees learns too fast, too slowly or too briefly."""
    return {
        "rate_high": Plant({"learning_rate": 1.6}),
        "rate_wild": Plant({"learning_rate": 2.5}),
        "rate_low": Plant({"learning_rate": 5e-4, rounds: 150}),
        "rate_crawling": Plant({"learning_rate": 1e-4, rounds: 150}),
        "few_rounds": Plant({rounds: 5}),
    }


def _brakes(leaf: str, l2: str) -> dict[str, Plant]:
    """How trees are held back: by leaves of a third of the rows, by their penalty, by both."""
    return {
        "held_back": Plant({l2: 1e4}, share={leaf: 0.35}),
        "held_back_leaf": Plant(share={leaf: 0.35}),
        "held_back_l2": Plant({l2: 1e4}),
    }


LIGHTGBM = Family(
    grid=(
        {"learning_rate": 0.05, "num_leaves": 7},
        {"learning_rate": 0.05, "num_leaves": 31},
        {"learning_rate": 0.05, "num_leaves": 15, "reg_lambda": 5.0, "colsample_bytree": 0.7},
        {"learning_rate": 0.03, "num_leaves": 7, "min_child_samples": 60, "reg_lambda": 20.0},
        {"learning_rate": 0.05, "num_leaves": 63, "min_child_samples": 10, "colsample_bytree": 0.7},
        {"learning_rate": 0.03, "num_leaves": 4, "colsample_bytree": 0.7, "reg_lambda": 5.0},
    ),
    plants={
        **_paces("n_estimators"),
        **_brakes("min_child_samples", "reg_lambda"),
        "held_back_gain": Plant({"min_split_gain": 50.0}),
        "memorises": Plant(
            {
                "learning_rate": 0.1,
                "n_estimators": 400,
                "num_leaves": 511,
                "min_child_samples": 1,
                "reg_lambda": 0.0,
                "colsample_bytree": 1.0,
            }
        ),
        "shallow": Plant({"max_depth": 1}),
    },
)

HIST_GRADIENT_BOOSTING = Family(
    grid=(
        {"learning_rate": 0.05, "max_leaf_nodes": 7},
        {"learning_rate": 0.05, "max_leaf_nodes": 31},
        {"learning_rate": 0.05, "max_leaf_nodes": 15, "l2_regularization": 5.0},
        {"learning_rate": 0.03, "max_leaf_nodes": 7, "min_samples_leaf": 60},
        {"learning_rate": 0.05, "max_leaf_nodes": 15, "max_features": 0.7},
        {"learning_rate": 0.03, "max_leaf_nodes": 4, "max_features": 0.7},
    ),
    plants={
        **_paces("max_iter"),
        **_brakes("min_samples_leaf", "l2_regularization"),
        "memorises": Plant(
            {
                "learning_rate": 0.1,
                "max_iter": 400,
                "max_leaf_nodes": 255,
                "min_samples_leaf": 1,
                "l2_regularization": 0.0,
                "max_features": 1.0,
            }
        ),
        "shallow": Plant({"max_depth": 1}),
    },
)

MLP = Family(
    grid=(
        {"learning_rate_init": 0.001, "hidden_layer_sizes": [64]},
        {"learning_rate_init": 0.003, "hidden_layer_sizes": [64], "alpha": 0.3},
        {"learning_rate_init": 0.001, "hidden_layer_sizes": [64, 64], "alpha": 1.0},
        {"learning_rate_init": 0.001, "hidden_layer_sizes": [32], "alpha": 3.0},
        {"learning_rate_init": 0.003, "hidden_layer_sizes": [16], "alpha": 1.0},
    ),
    plants={
        "rate_high": Plant({"learning_rate_init": 0.1}),
        "rate_wild": Plant({"learning_rate_init": 0.3}),
        "rate_low": Plant({"learning_rate_init": 1e-5, "max_iter": 60}),
        "rate_crawling": Plant({"learning_rate_init": 1e-6, "max_iter": 60}),
        "few_rounds": Plant({"max_iter": 1}),
        "held_back_l2": Plant({"alpha": 100.0}),
        "held_back_weak": Plant({"alpha": 30.0}),
        "memorises": Plant({"alpha": 0.0, "hidden_layer_sizes": [256], "max_iter": 300}),
        "shallow": Plant({"hidden_layer_sizes": [2]}),
        "too_deep": Plant({"activation": "logistic", "hidden_layer_sizes": [32] * 8}),
        "unscaled": Plant(),
    },
    net=True,
    few=500,
)

TORCH = Family(
    grid=(
        {"learning_rate": 0.003, "hidden": [64]},
        {"learning_rate": 0.001, "hidden": [64, 64], "dropout": 0.1},
        {"learning_rate": 0.003, "hidden": [64, 64], "dropout": 0.3, "weight_decay": 0.1},
        {"learning_rate": 0.003, "hidden": [16], "weight_decay": 0.1},
    ),
    plants={
        "rate_high": Plant({"learning_rate": 0.3}),
        "rate_wild": Plant({"learning_rate": 1.0}),
        "rate_low": Plant({"learning_rate": 1e-5, "epochs": 60}),
        "rate_crawling": Plant({"learning_rate": 1e-6, "epochs": 60}),
        "few_rounds": Plant({"epochs": 1}),
        "held_back_l2": Plant({"weight_decay": 100.0}),
        "held_back_dropout": Plant({"dropout": 0.9}),
        "memorises": Plant(
            {"dropout": 0.0, "weight_decay": 0.0, "hidden": [256, 256], "epochs": 300}
        ),
        "shallow": Plant({"hidden": [2]}),
        "too_deep": Plant({"activation": "sigmoid", "hidden": [32] * 10}),
        "unscaled": Plant(),
    },
    net=True,
    few=500,
)

XGBOOST = Family(
    grid=(
        {"learning_rate": 0.05, "max_depth": 3},
        {"learning_rate": 0.05, "max_depth": 6},
        {"learning_rate": 0.05, "max_depth": 5, "reg_lambda": 5.0, "colsample_bytree": 0.7},
        {"learning_rate": 0.03, "max_depth": 3, "min_child_weight": 20, "reg_lambda": 20.0},
    ),
    plants={
        **_paces("n_estimators"),
        **_brakes("min_child_weight", "reg_lambda"),
        "memorises": Plant(
            {
                "learning_rate": 0.1,
                "n_estimators": 400,
                "max_depth": 12,
                "min_child_weight": 0,
                "reg_lambda": 0.0,
                "colsample_bytree": 1.0,
            }
        ),
        "shallow": Plant({"max_depth": 1}),
    },
)

CATBOOST = Family(
    grid=(
        {"learning_rate": 0.05, "depth": 4},
        {"learning_rate": 0.05, "depth": 6},
        {"learning_rate": 0.05, "depth": 6, "l2_leaf_reg": 10.0, "rsm": 0.7},
    ),
    plants={
        **_paces("iterations"),
        "held_back_l2": Plant({"l2_leaf_reg": 1e5}),
        "memorises": Plant(
            {"learning_rate": 0.3, "iterations": 400, "depth": 10, "l2_leaf_reg": 0.0}
        ),
        "shallow": Plant({"depth": 1}),
    },
)

# By stochastic gradient descent: the linear model that has a rate.
LINEAR = Family(
    grid=(
        {"estimator": "sgd", "eta0": 1.0},
        {"estimator": "sgd", "eta0": 0.3, "alpha": 1e-3},
        {"estimator": "sgd", "eta0": 0.1},
        {"estimator": "sgd", "eta0": 0.01},
        {"estimator": "sgd", "eta0": 0.03, "alpha": 1e-3},
        {"estimator": "sgd", "eta0": 0.003, "alpha": 1e-2},
    ),
    plants={
        "rate_high": Plant({"eta0": 3.0, "learning_rate": "constant"}),
        "rate_wild": Plant({"eta0": 10.0, "learning_rate": "constant"}),
        "rate_low": Plant({"eta0": 1e-6, "max_iter": 60}),
        "rate_crawling": Plant({"eta0": 1e-7, "max_iter": 60}),
        "few_rounds": Plant({"max_iter": 1, "eta0": 1e-4}),
        "held_back_l2": Plant({"alpha": 10.0}),
        "held_back_weak": Plant({"alpha": 1.0}),
        "unscaled": Plant(),
    },
    net=True,
)

RANDOM_FOREST = Family(
    grid=(
        {"n_estimators": 200},
        {"n_estimators": 200, "min_samples_leaf": 3},
        {"n_estimators": 200, "min_samples_leaf": 5, "max_features": 0.4},
    ),
    plants={
        "held_back_leaf": Plant(share={"min_samples_leaf": 0.35}),
        "held_back_weak": Plant({"max_leaf_nodes": 3}),
        "memorises": Plant({"n_estimators": 3, "min_samples_leaf": 1, "max_features": 1.0}),
        "shallow": Plant({"max_depth": 1}),
    },
)

FAMILIES: dict[str, Family] = {
    "lightgbm": LIGHTGBM,
    "hist_gradient_boosting": HIST_GRADIENT_BOOSTING,
    "mlp": MLP,
    "torch": TORCH,
    "xgboost": XGBOOST,
    "catboost": CATBOOST,
    "linear": LINEAR,
    "random_forest": RANDOM_FOREST,
}
