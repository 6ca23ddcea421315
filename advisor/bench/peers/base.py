"""What every peer is given, and how it says what it has found.

A peer searches from a stuck model for a better one, in a process of its own.  It knows the training
rows, the stuck model's parameters, the ranges that are searched, the metric and a budget; of the
hidden rows it knows nothing.  Nothing here imports a searching library: its import belongs to the
peer that uses it, and is part of that peer's time.
"""

from __future__ import annotations

import json
import math
import pickle
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

CASE_FILE, TABLE_FILE = "case.json", "table.pkl"
ROUNDS = "n_estimators"
FOLDS = 5
UNIT = "subsample"
# Bagging does nothing while LightGBM's subsample_freq is 0, its default.
UNIT_NEEDS = {"subsample_freq": 1}

# metric -> what LightGBM (by task), scikit-learn and FLAML call it
NAMES: dict[str, tuple[dict[str, str], str, str]] = {
    "log_loss": (
        {"binary": "binary_logloss", "multiclass": "multi_logloss"},
        "neg_log_loss",
        "log_loss",
    ),
    "roc_auc": ({"binary": "auc"}, "roc_auc", "roc_auc"),
    "rmse": ({"regression": "rmse"}, "neg_root_mean_squared_error", "rmse"),
    "mse": ({"regression": "l2"}, "neg_mean_squared_error", "mse"),
    "mae": ({"regression": "l1"}, "neg_mean_absolute_error", "mae"),
}
GREATER_IS_BETTER = ("roc_auc",)
OBJECTIVES = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}


@dataclass(frozen=True, slots=True)
class Range:
    """Where one parameter is searched; it holds the stuck model's own value.

    ``low`` and ``high`` are both in it, ``log``: equal ratios weigh the same; a choice has
    ``choices`` instead.  ``usual`` is the library's own value, which may lie outside.
    """

    name: str
    kind: str
    usual: Any = None
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    choices: tuple[Any, ...] = ()

    def held(self, value: Any) -> Any:
        """The nearest value in the range; a negative one or None means no limit: the high end."""
        if self.kind == "choice":
            return value
        if value is None or value < 0:
            value = self.high
        inside = min(max(value, self.low), self.high)
        return int(inside) if self.kind == "int" else float(inside)


@dataclass(frozen=True, slots=True)
class RoundsLaw:
    """How many rounds a rate is given at most, and the patience of early stopping.

    The recipe's own law, so that nobody who stops early lacks what advisor knows of rounds.
    """

    most: int
    times_rate: float
    patience: float

    def longest(self, rate: float) -> int:
        """Rounds that are certainly enough at this rate."""
        return min(self.most, max(20, round(self.times_rate / rate)))

    def waits(self, rate: float) -> int:
        """Rounds without gain before a fit is ended."""
        return min(max(5, round(self.patience / math.sqrt(rate))), 200)


@dataclass(frozen=True, slots=True)
class Puzzle:
    """One stuck case as a peer sees it, apart from its rows.

    Attributes:
        task: binary, multiclass or regression.
        metric: a key of NAMES.
        classes: K, 0 for regression.
        start: the stuck model's LightGBM parameters, ``n_estimators`` among them.
        space: the joint space: every knob of the recipe's stages.
        rounds: how many rounds a rate needs.
        seconds: the budget, of processor time; its clock starts with the peer's process.
        seed: of folds, samplers and fits.
    """

    task: str
    metric: str
    classes: int
    start: Mapping[str, Any]
    space: tuple[Range, ...]
    rounds: RoundsLaw
    seconds: float
    seed: int

    @property
    def greater_is_better(self) -> bool:
        return self.metric in GREATER_IS_BETTER

    @property
    def lightgbm_metric(self) -> str:
        return NAMES[self.metric][0][self.task]

    @property
    def sklearn_scoring(self) -> str:
        return NAMES[self.metric][1]

    @property
    def flaml_metric(self) -> str:
        return NAMES[self.metric][2]

    def turned(self, value: float) -> float:
        """A score in the metric's own unit as higher-is-better."""
        return value if self.greater_is_better else -value

    def params(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The start with what was found in it, and what a bagging fraction needs to work."""
        after = {**self.start, **found}
        return {**after, **UNIT_NEEDS} if after.get(UNIT, 1.0) < 1.0 else after


@dataclass(frozen=True, slots=True, eq=False)
class StuckCase:
    """A puzzle and its training rows: (n, p) float64 or ``category`` columns, (n,) targets."""

    puzzle: Puzzle
    X: pd.DataFrame
    y: pd.Series


def write_case(folder: Path, case: StuckCase) -> None:
    """Lay a case where a peer's process finds it."""
    text = json.dumps(asdict(case.puzzle), default=_plain)
    (folder / CASE_FILE).write_text(text, encoding="utf-8")
    (folder / TABLE_FILE).write_bytes(pickle.dumps((case.X, case.y)))


def read_case(folder: Path) -> StuckCase:
    """What ``write_case`` wrote."""
    given = json.loads((folder / CASE_FILE).read_text(encoding="utf-8"))
    space = tuple(Range(**{**r, "choices": tuple(r["choices"])}) for r in given.pop("space"))
    law = RoundsLaw(**given.pop("rounds"))
    X, y = pickle.loads((folder / TABLE_FILE).read_bytes())
    return StuckCase(Puzzle(**given, space=space, rounds=law), X, y)


@dataclass(frozen=True, slots=True)
class Incumbent:
    """The best model a peer knows at one moment.

    Attributes:
        seconds: of processor time since the peer's process was started; wall: by the clock.
        params: LightGBM parameters, rounds included.
        score: the peer's own estimate, higher is better; None where it has none.
        class_weight, merge_duplicates: what is done to the training rows besides.
    """

    seconds: float
    wall: float
    params: Mapping[str, Any]
    score: float | None
    class_weight: str | None = None
    merge_duplicates: bool = False


@dataclass(slots=True)
class Teller:
    """Writes a peer's incumbents as JSON lines, each at once, so that a killed peer keeps them.

    Args:
        file: where to.
        wall: seconds by the clock since the peer's process was started.
    """

    file: Path
    wall: Callable[[], float]
    best: float = -math.inf

    @property
    def elapsed(self) -> float:
        """Seconds of the budget that are used: processor time of this process."""
        return time.process_time()

    def tell(
        self,
        params: Mapping[str, Any],
        score: float | None,
        *,
        class_weight: str | None = None,
        merge_duplicates: bool = False,
    ) -> None:
        """A new incumbent; one whose score is no better than the last one's is left out."""
        if score is not None:
            if not score > self.best:
                return
            self.best = score
        used, wall = self.elapsed, self.wall()
        point = Incumbent(used, wall, dict(params), score, class_weight, merge_duplicates)
        self._write(asdict(point))

    def start(self, params: Mapping[str, Any], score: float) -> None:
        """The stuck model by the peer's own measure: its first incumbent, however bad."""
        self.tell(params, score if math.isfinite(score) else None)

    def end(self, how: str) -> None:
        """The search is over; ``how`` as for ``Peer.search``."""
        self._write({"end": how, "seconds": self.elapsed, "wall": self.wall()})

    def _write(self, line: Mapping[str, Any]) -> None:
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    """A numpy number as Python's own."""
    return value.item()


class Peer(Protocol):
    """One way to search for a better model."""

    def search(self, case: StuckCase, teller: Teller) -> str:
        """Search until nothing is left to try or the budget is used up.

        Args:
            case: what to improve.
            teller: is told the start as the peer measures it, then every better model at once.

        Returns:
            How it ended: ``finished``, or, where nothing is recommended, ``keep`` (nothing is
            proven to be better), ``late`` (time was over before that was known) or ``blocked``.
        """
        ...
