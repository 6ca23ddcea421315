"""scikit-learn's support vector machines, with probabilities that are measured, not assumed.

An SVC has no probabilities.  Its decision values are turned into some by a logistic regression on
decision values that a machine gave to rows it was not fitted on (Platt 1999): the training rows are
split in three, so a fit for classes costs four.  Nothing of the scored rows takes part; equal rows
stay together, groups of the person's are not known there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import SVC, SVR

from advisor.learners.features import Features
from advisor.learners.parts import Part
from advisor.learners.sklearn.family import SklearnFamily
from advisor.learners.sklearn.mlp_net import Net, constant_net
from advisor.learners.sklearn.params import given_to
from advisor.learners.sklearn.whole import WholeTrainer
from advisor.types import Dataset, Floats, Params, Task

FOLDS = 3
DECIDED = ("random_state", "verbose", "break_ties", "decision_function_shape", "cache_size")
LIMITS: dict[str, tuple[Any, ...]] = {
    "kernel": ("rbf", "linear", "poly", "sigmoid"),
    "probability": ("deprecated",),
}
SCALARS = (int, float, str, bool, type(None))


def estimator_of(task: Task) -> Any:
    """The class: SVC or SVR."""
    return SVC if task.is_classification else SVR


def support_vectors() -> SklearnFamily:
    """The ``svm`` learner."""
    return SklearnFamily(
        name="svm",
        estimator_of=estimator_of,
        trainer=lambda data, params, metric: WholeTrainer(data, metric, SvmMethod()),
        reader=load_machine,
        decided=DECIDED,
        limits=LIMITS,
    )


class SvmMethod:
    """How machines are fitted: on plain numbers, scaled only where the person says so."""

    feels_scale = True

    def start(self, params: Params, part: Part, data: Dataset, seed: int) -> Fitting:
        own = given_to(estimator_of(data.task), params, without=DECIDED)
        return Fitting(own, part, data, seed)

    def weight(self, params: Params, data: Dataset) -> float:
        """A weaker penalty takes the solver longer."""
        return 3.0 + float(np.log10(1.0 + params.get("C", 1.0)))


class Fitting:
    """One machine; see ``Growing``."""

    done = 1

    def __init__(self, params: Params, part: Part, data: Dataset, seed: int) -> None:
        self._params = params
        self._part = part
        self._data = data
        self._seed = seed
        self._fitted = Fitted(None, None)

    def grow(self, looked_at: bool) -> bool:
        part, data = self._part, self._data
        if not data.task.is_classification:
            machine = SVR(**self._params).fit(part.matrix, part.y, sample_weight=part.weight)
            self._fitted = Fitted(machine, None)
            return False
        present = np.unique(part.y)
        if len(present) == 1:  # one class in training: nothing to tell apart
            guess = np.eye(data.n_classes)[present[0]]
            output = "softmax" if data.n_classes > 2 else "logistic"
            guess = guess if data.n_classes > 2 else guess[1:]
            self._fitted = Fitted(None, constant_net(part.matrix.shape[1], guess, output))
            return False
        machine = self._machine(np.arange(len(part.y)))
        self._fitted = Fitted(machine, self._link(present, machine))
        return False

    def _machine(self, rows: NDArray[Any]) -> Any:
        part = self._part
        weight = None if part.weight is None else part.weight[rows]
        return SVC(**self._params).fit(part.matrix[rows], part.y[rows], sample_weight=weight)

    def _link(self, present: NDArray[Any], machine: Any) -> Net:
        """Decision values to probabilities, from values for rows that were held out."""
        part, n_classes = self._part, self._data.n_classes
        folds = min(FOLDS, int(np.bincount(part.y)[present].min()))
        values = scores_of(machine, part.matrix)
        if folds > 1:
            inner = StratifiedGroupKFold(folds, shuffle=True, random_state=self._seed)
            _, twins = np.unique(part.matrix, axis=0, return_inverse=True)  # copies stay together
            for rest, out in inner.split(part.matrix, part.y, twins.ravel()):
                if len(np.unique(part.y[rest])) < len(present):
                    continue  # a class stands in copies of one row only
                values[out] = scores_of(self._machine(rest), part.matrix[out])
        link = LogisticRegression(C=1e6).fit(values, part.y, sample_weight=part.weight)
        weights, bias = link.coef_.T, np.asarray(link.intercept_)
        if n_classes == 2:
            return Net((weights,), (bias,), "identity", "logistic")
        if len(present) == 2:  # one column: the second class against the first
            weights, bias = np.hstack([0 * weights, weights]), np.array([0.0, bias[0]])
        every = np.zeros((values.shape[1], n_classes))
        base = np.full(n_classes, -1e9)
        every[:, present], base[present] = weights, bias
        return Net((every,), (base,), "identity", "softmax")

    def valid(self) -> NDArray[Any]:
        return self._fitted.predict(self._part.valid)

    def train(self) -> NDArray[Any]:
        return self._fitted.predict(self._part.matrix)

    def model(self, features: Features) -> SvmModel:
        return SvmModel(features, self._fitted)


def scores_of(machine: Any, matrix: Floats) -> Floats:
    """(n, 1) decision values, or (n, classes in training)."""
    return np.asarray(machine.decision_function(matrix)).reshape(len(matrix), -1)


class Fitted:
    """A machine and, for classes, what makes probabilities of its decision values.

    Without a machine the link is of the columns themselves: it answers the same for every row.
    """

    def __init__(self, machine: Any, link: Net | None) -> None:
        self.machine = machine
        self.link = link

    def predict(self, matrix: Floats) -> NDArray[Any]:
        if self.machine is None and self.link is not None:
            return self.link.predict(matrix)
        if not len(matrix):
            return np.zeros(0)
        if self.link is None:
            return np.asarray(self.machine.predict(matrix))
        return self.link.predict(scores_of(self.machine, matrix))


class SvmModel:
    """A machine and what turns a table into its input."""

    def __init__(self, features: Features, fitted: Fitted) -> None:
        self._features = features
        self._fitted = fitted

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        return self._fitted.predict(self._features.matrix(X))

    def save(self, folder: Path) -> Path:
        """One ``.npz``: the machine's arrays, all else as JSON; no pickle."""
        file, link = folder / "model.npz", self._fitted.link
        state = {} if self._fitted.machine is None else dict(vars(self._fitted.machine))
        plain = {k: _plain(v) for k, v in state.items() if not isinstance(v, np.ndarray)}
        arrays: dict[str, Any] = {
            f"m_{k}": v for k, v in state.items() if isinstance(v, np.ndarray)
        }
        if link is not None:
            arrays |= {"weight": link.weights[0], "bias": link.biases[0]}
        about = {
            "machine": plain if state else None,
            "link": None if link is None else link.output,
            "features": self._features.to_json(),
        }
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
        return file


def load_machine(file: Path) -> SvmModel:
    """What ``SvmModel.save`` wrote."""
    with np.load(file, allow_pickle=False) as saved:
        about = json.loads(str(saved["about"]))
        arrays = {name: saved[name] for name in saved.files if name != "about"}
    machine = None
    if about["machine"] is not None:
        machine = (SVC if about["link"] else SVR)()
        machine.__dict__.update(about["machine"])
        machine.__dict__.update({k[2:]: v for k, v in arrays.items() if k.startswith("m_")})
    link = None
    if about["link"]:
        link = Net((arrays["weight"],), (arrays["bias"],), "identity", about["link"])
    return SvmModel(Features.from_json(about["features"]), Fitted(machine, link))


def _plain(value: Any) -> Any:
    """A part of a fitted machine that is no array."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, dict) and not value:
        return {}
    if not isinstance(value, SCALARS):
        raise TypeError(f"a machine should hold arrays and plain values, found {type(value)}")
    return value
