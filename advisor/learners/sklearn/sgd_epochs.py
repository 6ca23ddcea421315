"""scikit-learn's linear models by stochastic gradient descent, one epoch at a time.

``partial_fit`` is one epoch of ``fit``.  What ``fit`` does beside it is kept here: it ends when
the training loss no longer falls by ``tol``, and the adaptive rate is divided instead.  The loss
that is looked at is the one after an epoch, not the mean of the losses within it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import SGDClassifier, SGDRegressor

from advisor.learners.parts import Part
from advisor.learners.sklearn.mlp_epochs import OURS as OF_MLP
from advisor.learners.sklearn.mlp_epochs import SLOWER, SLOWEST, Diverged
from advisor.learners.sklearn.mlp_net import Net
from advisor.types import Dataset, Floats, Params, Task

OURS = {*OF_MLP, "n_jobs"}
LOSSES = {True: "log_loss", False: "squared_error"}  # what is left out means
LARGEST = 1e150  # weights beyond it are no numbers any more once they are multiplied


def estimator_of(task: Task) -> Any:
    """The class: SGDClassifier or SGDRegressor."""
    return SGDClassifier if task.is_classification else SGDRegressor


class SgdEpochs:
    """One linear model in training.

    Args:
        params: the estimator's.
        part: finite training features.
        data: for task and classes; a class may be missing from the part.
        seed: of the order of the rows.
    """

    def __init__(self, params: Params, part: Part, data: Dataset, seed: int) -> None:
        classes = data.task.is_classification
        own = {"loss": LOSSES[classes], **{k: v for k, v in params.items() if k not in OURS}}
        self._model = estimator_of(data.task)(**own, random_state=np.random.RandomState(seed))
        self._part = part
        self._n_classes = data.n_classes
        self._classes = np.arange(data.n_classes) if classes else None
        self._adaptive = own.get("learning_rate") == "adaptive"
        self._best = np.inf
        self._idle = 0
        self.loss = np.inf
        self.first_loss = np.inf
        self.first_loss = self._loss(np.zeros((len(part.y), max(1, self._columns))))

    @property
    def _columns(self) -> int:
        return self._n_classes if self._n_classes > 2 else 1

    def run(self) -> bool:
        """One epoch; whether ``fit`` would go on after it.

        Raises:
            Diverged: the weights are no numbers any more.
        """
        part, model = self._part, self._model
        more = {} if self._classes is None else {"classes": self._classes}
        try:
            model.partial_fit(part.matrix, part.y, sample_weight=part.weight, **more)
        except ValueError as error:
            if "Floating-point under-/overflow" not in str(error):
                raise
            raise Diverged from error
        if not max(np.abs(model.coef_).max(initial=0.0), np.abs(model.intercept_).max()) < LARGEST:
            raise Diverged
        self.loss = self._loss(
            part.matrix @ model.coef_.T.reshape(-1, self._columns) + model.intercept_
        )
        if model.tol is None:
            return True
        self._idle = self._idle + 1 if self.loss > self._best - model.tol else 0
        self._best = min(self._best, self.loss)
        if self._idle < model.n_iter_no_change:
            return True
        if self._adaptive and model.eta0 > SLOWEST:
            model.set_params(eta0=model.eta0 / SLOWER)
            self._idle = 0
            return True
        return False

    def _loss(self, scores: Floats) -> float:
        """Mean training loss at (n, columns) scores, as its own tolerance is meant."""
        y, weight = self._part.y, self._part.weight
        if self._classes is None:
            rows = _of_numbers(self._model.loss, np.abs(y - scores[:, 0]), self._model.epsilon)
        elif self._columns == 1:
            rows = np.logaddexp(0, np.where(y == 1, -scores[:, 0], scores[:, 0]))
        else:
            right = y[:, None] == self._classes
            rows = np.logaddexp(0, np.where(right, -scores, scores)).mean(axis=1)
        return float(np.average(rows, weights=weight))

    @property
    def net(self) -> Net:
        """As it is now: a net without hidden layers.

        Of several classes each has its own model against all others; their probabilities are
        brought to the sum 1, as scikit-learn does.
        """
        model = self._model
        weights = (model.coef_.T.reshape(-1, self._columns).copy(),)
        biases = (np.asarray(model.intercept_, dtype=np.float64).copy(),)
        if self._classes is None:
            return Net(weights, biases, "identity", "identity")
        return Net(weights, biases, "identity", "logistic" if self._columns == 1 else "each")


def _of_numbers(loss: str, off: Floats, epsilon: float) -> Floats:
    """(n,) losses of numbers that are so far off, as SGDRegressor has them."""
    beyond = np.maximum(off - epsilon, 0.0)
    if loss == "huber":
        return np.asarray(0.5 * (off**2 - beyond**2))
    if loss == "epsilon_insensitive":
        return np.asarray(beyond)
    return np.asarray(beyond**2 if loss == "squared_epsilon_insensitive" else 0.5 * off**2)
