"""scikit-learn's linear models: solved at once, or by stochastic gradient descent.

Which one it is says the parameter ``estimator``.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge

from advisor.learners.base import ParamProblem, Trainer
from advisor.learners.features import Features
from advisor.learners.parts import Part
from advisor.learners.sklearn.mlp import MlpTrainer
from advisor.learners.sklearn.mlp_net import MlpModel, Net, constant_net, load_net
from advisor.learners.sklearn.params import check_estimator, given_to
from advisor.learners.sklearn.sgd_epochs import SgdEpochs
from advisor.learners.sklearn.sgd_epochs import estimator_of as sgd_of
from advisor.learners.sklearn.whole import WholeTrainer
from advisor.metrics.table import Metric
from advisor.settings import Stopping
from advisor.types import Dataset, Params, Task

FAMILY = "linear"
CHOICE = "estimator"
PENALTY = "alpha"
LOGISTIC, RIDGE, ELASTIC_NET, SGD = "logistic", "ridge", "elastic_net", "sgd"
OF_TASK = {
    Task.BINARY: (LOGISTIC, SGD),
    Task.MULTICLASS: (LOGISTIC, SGD),
    Task.REGRESSION: (RIDGE, ELASTIC_NET, SGD),
}
SOLVED: dict[str, Any] = {LOGISTIC: LogisticRegression, RIDGE: Ridge, ELASTIC_NET: ElasticNet}
IGNORED = ("random_state", "warm_start", "n_jobs", "verbose", "validation_fraction", "copy_X")
LIMITS: dict[str, dict[str, tuple[Any, ...]]] = {
    LOGISTIC: {"penalty": ("deprecated",), "dual": (False,)},  # C: .inf is none, l1_ratio: 1 is L1
    RIDGE: {},
    ELASTIC_NET: {"precompute": (False,)},
    # a loss that gives probabilities; a schedule that has a rate
    SGD: {"learning_rate": ("constant", "invscaling", "adaptive")},
}
SMOOTH = {True: ("log_loss",), False: ("squared_error", "huber", "epsilon_insensitive",
          "squared_epsilon_insensitive")}  # fmt: skip


def choice_of(params: Params, task: Task) -> str:
    """The estimator these parameters mean."""
    return str(params.get(CHOICE, OF_TASK[task][0]))


def _class_of(choice: str, task: Task) -> Any:
    return sgd_of(task) if choice == SGD else SOLVED[choice]


class Linear:
    """The ``linear`` learner: LogisticRegression, Ridge, ElasticNet and the two SGD estimators."""

    name = FAMILY
    version = sklearn.__version__

    def check(self, params: Params, task: Task) -> None:
        choice = choice_of(params, task)
        if choice not in OF_TASK[task]:
            allowed = list(OF_TASK[task])
            near = difflib.get_close_matches(choice, allowed, n=1)
            values: dict[str, object] = {"found": choice, "task": str(task), "allowed": allowed}
            raise ParamProblem(CHOICE, "estimator_task", values, near[0] if near else None)
        limits = LIMITS[choice]
        if choice == SGD:
            limits = {**limits, "loss": SMOOTH[task.is_classification]}
        if isinstance(
            params.get(PENALTY), list | tuple
        ):  # Ridge takes one for each of many targets
            raise ParamProblem(
                PENALTY, "param_number", {"param": PENALTY, "found": params[PENALTY]}
            )
        own = {k: v for k, v in params.items() if k != CHOICE}
        check_estimator(_class_of(choice, task), own, family=f"{FAMILY} ({choice})", limits=limits)

    def ignored(self, params: Params) -> list[str]:
        return [name for name in params if name in IGNORED]

    def stopping(self, params: Params) -> Stopping | None:
        if params.get(CHOICE) != SGD or params.get("early_stopping") is not True:
            return None
        patience = params.get("n_iter_no_change", 5)
        return Stopping(int(min(patience, params.get("max_iter", 1000))))

    def stopping_names(self, params: Params) -> list[str]:
        return [name for name in params if name == "early_stopping"]

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> Trainer:
        if choice_of(params, dataset.task) == SGD:
            return MlpTrainer(dataset, metric, _epochs)
        return WholeTrainer(dataset, metric, LinearMethod())

    def load(self, file: Path) -> MlpModel:
        return load_net(file)


def _epochs(params: Params, part: Part, data: Dataset, seed: int) -> SgdEpochs:
    return SgdEpochs(given_to(sgd_of(data.task), params), part, data, seed)


class LinearMethod:
    """How linear models are solved: on plain numbers, scaled only where the person says so."""

    feels_scale = True

    def start(self, params: Params, part: Part, data: Dataset, seed: int) -> Solving:
        choice = choice_of(params, data.task)
        own = given_to(SOLVED[choice], params, without=IGNORED)
        return Solving(SOLVED[choice](**own, random_state=seed), part, data)

    def weight(self, params: Params, data: Dataset) -> float:
        """A weaker penalty takes the solver more steps."""
        strength = params["C"] if "C" in params else 1 / max(params.get("alpha", 1.0), 1e-9)
        return 1.0 + float(np.log1p(min(strength, 1e9)))


class Solving:
    """A linear model, solved in one go; see ``Growing``."""

    done = 1

    def __init__(self, model: Any, part: Part, data: Dataset) -> None:
        self._model = model
        self._part = part
        self._data = data

    def grow(self, looked_at: bool) -> bool:
        """Solve it; with one class in training there is nothing to solve."""
        part = self._part
        if not self._data.task.is_classification or len(np.unique(part.y)) > 1:
            self._model.fit(part.matrix, part.y, sample_weight=part.weight)
        return False

    def valid(self) -> NDArray[Any]:
        return self._net().predict(self._part.valid)

    def train(self) -> NDArray[Any]:
        return self._net().predict(self._part.matrix)

    def model(self, features: Features) -> MlpModel:
        return MlpModel(features, self._net())

    def _net(self) -> Net:
        """The model as a net without hidden layers."""
        data, width = self._data, self._part.matrix.shape[1]
        if not data.task.is_classification:
            bias = np.atleast_1d(self._model.intercept_)
            weights = np.reshape(self._model.coef_, (width, 1))
            return Net((weights,), (bias,), "identity", "identity")
        output = "softmax" if data.n_classes > 2 else "logistic"
        present = getattr(self._model, "classes_", np.unique(self._part.y))
        if len(present) == 1:
            guess = np.eye(data.n_classes)[present[0]]
            return constant_net(width, guess if data.n_classes > 2 else guess[1:], output)
        weights, bias = self._model.coef_.T, np.asarray(self._model.intercept_)
        if data.n_classes == 2:
            return Net((weights,), (bias,), "identity", output)
        if len(present) == 2:  # one column: the second class against the first
            weights = np.hstack([np.zeros((width, 1)), weights])
            bias = np.array([0.0, bias[0]])
        all_weights, all_bias = np.zeros((width, data.n_classes)), np.full(data.n_classes, -1e9)
        all_weights[:, present], all_bias[present] = weights, bias
        return Net((all_weights,), (all_bias,), "identity", output)
