"""scikit-learn's MLP, one epoch at a time.

``partial_fit`` is one epoch of ``fit``: the same optimizer, the same mini-batches, and a random
state that goes on from epoch to epoch.  ``fit``'s own end, a training loss that no longer falls by
``tol``, is kept here, because ``partial_fit`` does not tell of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier, MLPRegressor

from advisor.learners.sklearn.mlp_net import Net
from advisor.types import Floats, Params, Task

SLOWEST = 1e-6  # scikit-learn's adaptive rate is not divided any further
SLOWER = 5.0
# Parameters that advisor decides itself, or that ``partial_fit`` has no use for.
OURS = {
    "random_state",
    "warm_start",
    "verbose",
    "early_stopping",
    "validation_fraction",
    "max_iter",
}


def estimator_of(task: Task) -> Any:
    """The class: MLPClassifier or MLPRegressor."""
    return MLPClassifier if task.is_classification else MLPRegressor


class Diverged(Exception):
    """The weights are no numbers any more."""


class Epochs:
    """One net in training.

    Args:
        params: of the candidate, complete; some may be the library's defaults.
        matrix: (n, d) finite training features.
        y: (n,) class codes or targets.
        weight: (n,) row weights or None.
        task: of the targets.
        n_classes: K; a class may be missing from ``y``.
        seed: of the first weights and the mini-batches.
    """

    def __init__(
        self,
        params: Params,
        matrix: Floats,
        y: NDArray[Any],
        weight: Floats | None,
        task: Task,
        n_classes: int,
        seed: int,
    ) -> None:
        estimator = estimator_of(task)
        own = {k: v for k, v in params.items() if k not in OURS}
        if isinstance(own.get("batch_size"), int):  # scikit-learn warns of a batch of all rows
            own["batch_size"] = min(own["batch_size"], len(y))
        # a RandomState goes on from call to call; a seed would shuffle every epoch alike
        self._model = estimator(**own, random_state=np.random.RandomState(seed))
        self._rows = (matrix, y)
        self._weight = weight
        self._classes = np.arange(n_classes) if task.is_classification else None
        self._adaptive = own.get("solver") == "sgd" and own.get("learning_rate") == "adaptive"
        self._rate = float(self._model.learning_rate_init)
        self._best = np.inf
        self._idle = 0
        self.first_loss = np.inf
        self.loss = np.inf

    def run(self) -> bool:
        """One epoch; whether ``fit`` would go on after it.

        Raises:
            Diverged: the weights are no numbers any more.
        """
        more = {} if self._classes is None else {"classes": self._classes}
        try:
            self._model.partial_fit(*self._rows, sample_weight=self._weight, **more)
        except ValueError as error:
            if not hasattr(self._model, "coefs_") or self.net.finite:
                raise
            raise Diverged from error
        self.loss = float(self._model.loss_curve_[-1])
        if not np.isfinite(self.first_loss):
            self.first_loss = self.loss
        self._idle = self._idle + 1 if self.loss > self._best - self._model.tol else 0
        self._best = min(self._best, self.loss)
        if self._idle <= self._model.n_iter_no_change:
            return True
        if self._adaptive and self._rate > SLOWEST:
            self._rate /= SLOWER
            self._idle = 0
            return True
        return False

    @property
    def net(self) -> Net:
        """As it is now; the arrays are still trained on."""
        model = self._model
        return Net(
            tuple(model.coefs_), tuple(model.intercepts_), model.activation, model.out_activation_
        )
