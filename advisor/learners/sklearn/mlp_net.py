"""The forward pass of a fitted net, and a net with its features as a model that can be saved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax

from advisor.learners.features import Features
from advisor.types import Floats

ROWS_AT_A_TIME = 8192  # of a forward pass; a hidden layer of 1,000 units then takes 64 MiB
TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Weights (in, out) and biases (out,) of each layer, as scikit-learn learns them.

    Attributes:
        weights, biases: one each a layer, the output layer last.
        activation: of the hidden layers: identity, logistic, tanh or relu.
        output: of the last layer: identity, logistic (one column), softmax, exp, or each (a column
            for each class against all others, brought to the sum 1).
    """

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    activation: str
    output: str

    @property
    def finite(self) -> bool:
        return all(np.isfinite(part).all() for part in (*self.weights, *self.biases))

    def predict(self, matrix: Floats) -> NDArray[Any]:
        """(n,) values or probabilities of class 1, or (n, K) class probabilities."""
        starts = range(0, max(1, len(matrix)), ROWS_AT_A_TIME)
        with np.errstate(all="ignore"):
            out = np.concatenate([self._forward(matrix[i : i + ROWS_AT_A_TIME]) for i in starts])
        return out if self.output in ("softmax", "each") else out[:, 0]

    def _forward(self, values: Floats) -> Floats:
        last = len(self.weights) - 1
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = values @ weight
            values += bias
            if i < last:
                activate(values, self.activation)
        if self.output == "logistic":
            return np.asarray(expit(values))
        if self.output == "softmax":
            return np.asarray(softmax(values, axis=1))
        if self.output == "each":
            return each_against_the_rest(values)
        return np.exp(values) if self.output == "exp" else values


def each_against_the_rest(scores: Floats) -> Floats:
    """(n, K) probabilities from the scores of K models, each of one class against all others."""
    shares = expit(scores)
    total = shares.sum(axis=1, keepdims=True)
    even = 1 / shares.shape[1]
    return np.asarray(np.where(total > TINY, shares / np.maximum(total, TINY), even))


def activate(values: Floats, activation: str) -> None:
    """The hidden layers' function, in place."""
    if activation == "relu":
        np.maximum(values, 0.0, out=values)
    elif activation == "tanh":
        np.tanh(values, out=values)
    elif activation == "logistic":
        expit(values, out=values)


def constant_net(width: int, naive: NDArray[Any], output: str) -> Net:
    """A net without hidden layers that predicts ``naive`` for every row: what a diverged fit is."""
    guess = np.atleast_1d(np.asarray(naive, dtype=np.float64))
    if output == "logistic":
        bias = np.log(np.maximum(guess, TINY)) - np.log(np.maximum(1 - guess, TINY))
    elif output in ("softmax", "exp"):
        bias = np.log(np.maximum(guess, TINY))
    elif output == "each":
        bias = logit(np.clip(guess, TINY, 1 - np.finfo(np.float64).eps))
    else:
        bias = guess
    return Net((np.zeros((width, len(bias))),), (bias,), "identity", output)


class MlpModel:
    """A net and what turns a table into its input."""

    def __init__(self, features: Features, net: Net) -> None:
        self._features = features
        self._net = net

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        return self._net.predict(self._features.matrix(X))

    def save(self, folder: Path) -> Path:
        """One ``.npz``: every layer's weights and biases, all else as JSON; no pickle."""
        file, net = folder / "model.npz", self._net
        about = {
            "activation": net.activation,
            "output": net.output,
            "layers": len(net.weights),
            "features": self._features.to_json(),
        }
        arrays: dict[str, Any] = {f"weight{i}": w for i, w in enumerate(net.weights)}
        arrays |= {f"bias{i}": b for i, b in enumerate(net.biases)}
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
        return file


def load_net(file: Path) -> MlpModel:
    """What ``MlpModel.save`` wrote."""
    with np.load(file, allow_pickle=False) as saved:
        about = json.loads(str(saved["about"]))
        layers = range(about["layers"])
        net = Net(
            tuple(saved[f"weight{i}"] for i in layers),
            tuple(saved[f"bias{i}"] for i in layers),
            about["activation"],
            about["output"],
        )
    return MlpModel(Features.from_json(about["features"]), net)
