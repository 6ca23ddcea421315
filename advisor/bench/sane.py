"""The sane model of a table: the best of a small grid by cross-validation, found without a search.

It is what a case's fault is measured against and, with no fault planted, what a healthy model is.
Nothing of advisor's own search or gate takes part: candidates and folds are fixed, rounds follow
by early stopping, the best mean wins.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from advisor.config.load import make_config
from advisor.inputs import evaluator_for, read_inputs
from advisor.measure.journal import Journal
from advisor.rows.splits import search_splits
from advisor.settings import Candidate, Preprocessing, Stopping
from advisor.types import Task

FOLDS = 3
SEED = 41
MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """What the sane model is looked for: a family, a target and how it is scored."""

    family: str
    target: str
    task: Task
    metric: str
    data: Mapping[str, Any]
    preprocessing: Mapping[str, Any]

    def config(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """A config for a table that is handed over."""
        data = {"path": "<DataFrame>", "target": self.target, "task": str(self.task)}
        return {
            "version": 1,
            "data": {**data, **self.data, "test": False},
            "metric": self.metric,
            "model": {"family": self.family, "params": dict(params)},
            "preprocessing": dict(self.preprocessing),
        }


def sane_params(
    question: Question, train: pd.DataFrame, grid: Sequence[Mapping[str, Any]], cache: Path | None
) -> dict[str, Any]:
    """Parameters of the best candidate of the grid, its rounds fixed.

    Args:
        question: what is fitted and scored.
        train: the rows.
        grid: candidates, on top of the family's defaults.
        cache: folder where the answer is kept; None forgets it.
    """
    first = read_inputs(make_config(question.config(grid[0])), train)
    asked = [question.config(params) for params in grid] + [FOLDS, SEED, MOST_ROUNDS]
    text = json.dumps([first.dataset.fingerprint, first.learner.version, asked], default=str)
    key = hashlib.sha256(text.encode()).hexdigest()[:24]
    file = None if cache is None else cache / f"sane-{key}.json"
    if file is not None and file.exists():
        known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return known
    evaluator = evaluator_for(first, Journal("sqlite://"))
    splits = search_splits(first.dataset, FOLDS, SEED)
    rounds = first.recipe.rounds
    best: tuple[float, dict[str, Any]] | None = None
    for given in grid:
        params = dict(first.recipe.complete({**first.settled, **given}))
        stopping = None
        if rounds is not None:
            rate = None if first.recipe.rate is None else params[first.recipe.rate]
            params[rounds.name] = min(MOST_ROUNDS, rounds.longest(rate))
            stopping = Stopping(rounds.waits(rate))
        candidate = Candidate(
            params, preprocessing=Preprocessing(**question.preprocessing), stopping=stopping
        )
        measured = evaluator.evaluation(candidate, splits)
        fixed = evaluator.fixed(candidate, measured).params
        names = [*first.settled, *given, *([rounds.name] if rounds else [])]
        kept = {name: fixed[name] for name in names}
        if best is None or measured.score > best[0]:
            best = measured.score, kept
    assert best is not None
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{id(file)}.part")
        draft.write_text(json.dumps(best[1]), encoding="utf-8")
        draft.replace(file)
    return best[1]
