"""A person's own scikit-learn estimator or Pipeline, fitted as it is.

It gets the table as it was read: a data frame of numbers and categories under their own names, with
its gaps, and class codes 0..K-1 as the target.  What else is to be done to the columns is the
person's Pipeline's work, within each fold.
"""

from __future__ import annotations

import difflib
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import sklearn
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier, is_regressor

from advisor.errors import UsageError
from advisor.learners.base import Model, ParamProblem
from advisor.learners.features import read_numbers
from advisor.learners.own.estimator import by_code, checked, idle_selectors, is_plain, weight_name
from advisor.learners.own.fitted import OwnFitted, has_shares, predictions
from advisor.learners.quiet import no_convergence_warnings
from advisor.learners.watch import Patience, Watch, Watches
from advisor.measurements import Fit
from advisor.metrics.table import Metric
from advisor.own_code import OwnModel
from advisor.recipes.own import Roles
from advisor.rows.splits import pool_rows
from advisor.rows.treatments import Treater
from advisor.settings import Candidate, Stopping
from advisor.types import Dataset, Finding, Floats, Ints, Params, Split, Task

FAMILY = "import"
NEEDS_PROBABILITIES = ("log_loss", "brier")
SEED = "random_state"
LADDER = 8  # looks at a fit that is stopped early, each at twice the rounds of the one before


class OwnLearner:
    """The ``import`` learner.

    Args:
        own: the person's model; None to load what was saved.
        rounds: the parameter that counts rounds; None where there is none.

    Raises:
        UsageError: it is no estimator, or cannot be cloned.
    """

    name = FAMILY

    def __init__(self, own: OwnModel | None = None, rounds: str | None = None) -> None:
        self._rounds = rounds
        self.version = sklearn.__version__
        self._source = ""
        self._model: Any = None
        if own is not None:
            self.version += f" {own.digest[:32]}"
            self._source = own.source
            self._model = checked(own.make(), own.source)

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter that can be named, as the person's code sets it."""
        return dict(self._model.get_params(deep=True))

    def params_for(self, roles: Roles) -> dict[str, Any]:
        """Those of them that have a role, and all that are one number, text or truth value."""
        named = {name for role in roles.values() for name in role}
        return {
            name: value
            for name, value in self.params.items()
            if name in named or (is_plain(value) and name.rpartition("__")[2] != SEED)
        }

    def check(self, params: Params, task: Task) -> None:
        known = self.params
        for name in params:
            if name not in known:
                values: dict[str, object] = {"param": name, "family": self._source}
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
                raise ParamProblem(name, "param_unknown", values, near[0] if near else None)
        wrong = is_regressor if task.is_classification else is_classifier
        if wrong(self._model):
            raise UsageError("own_wrong_task", {"found": self._source, "task": str(task)})

    def ignored(self, params: Params) -> list[str]:
        return [name for name in params if name.rpartition("__")[2] == SEED]

    def notices(self, dataset: Dataset, person: Candidate) -> list[Finding]:
        """See ``Noticing``: does every selector of columns find some?"""
        table = read_numbers(dataset.X.iloc[dataset.train], person.preprocessing.numbers)
        return idle_selectors(self._model, self._source, table, dataset.columns)

    def stopping(self, params: Params) -> Stopping | None:
        return None

    def stopping_names(self, params: Params) -> list[str]:
        return []

    def prepare(self, dataset: Dataset, params: Params, metric: Metric) -> OwnTrainer:
        """See ``Learner.prepare``.

        Raises:
            UsageError: the metric needs probabilities, or the rows have weights, and the model
                takes or gives none.
        """
        classes = dataset.task.is_classification
        if classes and metric.name in NEEDS_PROBABILITIES and not has_shares(self._model):
            values = {"found": self._source, "metric": metric.name}
            raise UsageError("own_no_probabilities", values)
        if dataset.weight is not None and weight_name(self._model) is None:
            raise UsageError("own_no_weights", {"found": self._source})
        model = by_code(self._model, dataset.classes)
        return OwnTrainer(model, self._source, self._rounds, dataset, metric)

    def load(self, file: Path) -> Model:
        if file.suffix == ".joblib":
            return OwnFitted(*joblib.load(file))
        from advisor.learners.own.net_model import load_net  # torch: only where a net was saved

        return load_net(file)


class OwnTrainer:
    """Fits clones of the person's model on the splits of one Dataset."""

    def __init__(
        self, model: Any, source: str, rounds: str | None, dataset: Dataset, metric: Metric
    ) -> None:
        self._model = model
        self._rounds = rounds
        self._source = source
        self._data = dataset
        self._watches = Watches(dataset, metric)
        # see ``MayDrawNone``: probabilities that are none draw no curve
        self.draws_curves = not dataset.task.is_classification or has_shares(model)
        self._seeds = [n for n in model.get_params() if n.rpartition("__")[2] == SEED]
        self._known = set(model.get_params())
        self._treater = Treater(dataset)
        self._stopped = threading.Event()

    # -- measuring -----------------------------------------------------------------------------

    def fit(
        self, candidates: Sequence[Candidate], split: Split, *, curve: bool, threads: int
    ) -> Iterator[Fit]:
        """See ``Trainer.fit``; threads are what the person's model says."""
        for candidate in candidates:
            if candidate.treatment.augment is not None:
                raise TypeError(
                    f"this family takes no made-up rows, got {candidate.treatment.augment}"
                )
            if self._stopped.is_set():
                raise CancelledError
            with no_convergence_warnings(), np.errstate(all="ignore"):
                try:
                    fit = self._fit(candidate, split, curve and self.draws_curves)
                except Exception as error:  # a person's code may raise anything
                    if candidate.stage is None:  # their own model: they have to know
                        raise self._refused(error) from error
                    fit = self._watches.refused(split, None if self._rounds is None else 1)
            yield fit

    def _refused(self, error: Exception) -> Exception:
        if isinstance(error, UsageError | CancelledError):
            return error
        reason = f"{type(error).__name__}: {error}".strip().split("\n")[0]
        return UsageError("own_refuses", {"found": self._source, "reason": reason})

    def _fit(self, candidate: Candidate, split: Split, curve: bool) -> Fit:
        started = time.perf_counter()
        watch = self._watches.of(split)
        pool = pool_rows(self._data, split)
        X, y, weight = self._rows(candidate, split.train, pool, split.seed)
        valid = self._table(candidate, np.sort(split.valid))
        if candidate.stopping is None or self._rounds is None:
            model = self._fitted(candidate.params, X, y, weight, split.seed)
            pred = self._predict(model, valid)
            rounds = None if self._rounds is None else int(candidate.params[self._rounds])
            if curve:
                watch.mark(rounds or 1, pred, (self._predict(model, X), y, weight))
            else:
                watch.look(pred)
            watch.keep()
        else:
            rounds = self._stop_early(candidate, (X, y, weight), valid, split.seed, watch, curve)
        return watch.fit(rounds, time.perf_counter() - started, curve=curve)

    def _stop_early(
        self,
        candidate: Candidate,
        rows: tuple[pd.DataFrame, NDArray[Any], Floats | None],
        valid: pd.DataFrame,
        seed: int,
        watch: Watch,
        curve: bool,
    ) -> int:
        """Fits at 1, 2, 4, ... rounds until one is no better; keeps the best.

        Nobody can look into a model that somebody else wrote: all of them together cost at most
        twice the last one.
        """
        assert self._rounds is not None
        limit = int(candidate.params[self._rounds])
        ladder = sorted({max(1, limit >> i) for i in range(LADDER)})
        patience = Patience(Stopping(1), watch.naive_loss)
        before = np.inf
        for number in ladder:
            if self._stopped.is_set():
                raise CancelledError
            params = {**candidate.params, self._rounds: number}
            model = self._fitted(params, *rows, seed)
            pred = self._predict(model, valid)
            if curve:
                loss = watch.mark(number, pred, (self._predict(model, rows[0]), *rows[1:]))
            else:
                loss = watch.look(pred)
            if patience.see(number, loss):
                watch.keep()
            elif loss >= before:
                break
            before = loss
        return patience.best_round

    def _rows(
        self, candidate: Candidate, train: Ints, pool: Ints, seed: int
    ) -> tuple[pd.DataFrame, NDArray[Any], Floats | None]:
        kept, weight = self._treater.treat(train, pool, candidate.treatment, seed)
        order = np.argsort(kept)
        kept, weight = kept[order], None if weight is None else weight[order]
        return self._table(candidate, kept), self._data.y[kept], weight

    def _table(self, candidate: Candidate, rows: Ints) -> pd.DataFrame:
        return read_numbers(self._data.X.iloc[rows], candidate.preprocessing.numbers)

    def _fitted(
        self, params: Params, X: pd.DataFrame, y: NDArray[Any], weight: Floats | None, seed: int
    ) -> Any:
        model = clone(self._model)
        model.set_params(**{name: value for name, value in params.items() if name in self._known})
        model.set_params(**dict.fromkeys(self._seeds, seed))
        more: dict[str, Any] = {}
        if weight is not None:
            name = weight_name(model)
            if name is None:
                raise ValueError("this model takes no row weights")
            more[name] = weight
        model.fit(X, y, **more)  # some people's fit returns nothing
        return model

    def _predict(self, model: Any, X: pd.DataFrame) -> NDArray[Any]:
        return predictions(model, X, self._data.n_classes)

    def stop(self) -> None:
        """A fit of somebody else's code cannot be stopped; no further one is begun."""
        self._stopped.set()

    def weight(self, candidate: Candidate) -> float:
        """Nobody knows what a parameter of somebody else's model costs."""
        return 1.0

    # -- a model for use -----------------------------------------------------------------------

    def refit(self, candidate: Candidate, rows: Ints, seed: int) -> OwnFitted:
        X, y, weight = self._rows(candidate, rows, self._data.pool, seed)
        with no_convergence_warnings(), np.errstate(all="ignore"):
            try:
                model = self._fitted(candidate.params, X, y, weight, seed)
            except Exception as error:
                raise self._refused(error) from error
        return OwnFitted(model, candidate.preprocessing.numbers, self._data.n_classes)
