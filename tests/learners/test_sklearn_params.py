"""What scikit-learn declares it takes is what we say it takes."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor

from advisor.learners.base import ParamProblem
from advisor.learners.sklearn.params import check_estimator, names_of

ALL: tuple[Any, ...] = (
    MLPClassifier,
    MLPRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)


def problem(estimator: Any, **params: Any) -> ParamProblem:
    with pytest.raises(ParamProblem) as caught:
        check_estimator(estimator, params, family="f", limits={"solver": ("adam", "sgd")})
    return caught.value


@pytest.mark.parametrize("estimator", ALL)
def test_every_default_is_taken(estimator: Any) -> None:
    given = dict(estimator().get_params())
    given.pop("class_weight", None)
    check_estimator(estimator, given, family="f", limits={})
    assert set(given) == set(names_of(estimator))


@pytest.mark.parametrize(
    ("params", "code", "values"),
    [
        ({"alpha": -1}, "param_range", {"found": -1, "allowed": "0 <= alpha"}),
        ({"momentum": 2}, "param_range", {"found": 2, "allowed": "0 <= momentum <= 1"}),
        ({"beta_1": 1}, "param_range", {"found": 1, "allowed": "0 <= beta_1 < 1"}),
        ({"learning_rate_init": 0}, "param_range", {"allowed": "0 < learning_rate_init"}),
        ({"alpha": "a"}, "param_number", {"found": "a"}),
        ({"alpha": True}, "param_number", {"found": True}),
        ({"max_iter": 1.5}, "param_integer", {"found": 1.5}),
        ({"activation": "gelu"}, "param_choice",
         {"found": "gelu", "allowed": ["identity", "logistic", "relu", "tanh"]}),
        ({"shuffle": "no"}, "param_choice", {"found": "no", "allowed": ["true", "false"]}),
        ({"solver": "lbfgs"}, "param_choice", {"found": "lbfgs", "allowed": ["adam", "sgd"]}),
        ({"batch_size": "all"}, "param_choice", {"allowed": ["auto", "1 <= batch_size"]}),
        ({"batch_size": 0}, "param_range", {"allowed": "1 <= batch_size"}),
    ],
)  # fmt: skip
def test_a_problem_says_rule_and_value(
    params: dict[str, Any], code: str, values: dict[str, Any]
) -> None:
    found = problem(MLPClassifier, **params)
    assert found.code == code
    assert found.values == {**found.values, **values}


def test_a_near_miss_gets_a_hint() -> None:
    assert problem(MLPClassifier, activation="rely").hint == "relu"
    assert problem(MLPClassifier, learnin_rate_init=1).hint == "learning_rate_init"
    assert problem(MLPClassifier, class_weight="balanced").hint == (
        "training: {class_weight: balanced}"
    )


def test_none_is_taken_only_where_it_means_something() -> None:
    limits: dict[str, Any] = {}
    check_estimator(HistGradientBoostingClassifier, {"max_depth": None}, family="f", limits=limits)
    assert problem(HistGradientBoostingClassifier, l2_regularization=None).code == "param_number"
    assert problem(HistGradientBoostingClassifier, early_stopping=None).values["allowed"] == [
        "auto", "true", "false"
    ]  # fmt: skip
