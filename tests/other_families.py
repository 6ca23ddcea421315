"""Sane models of six families: is another family offered, and do hidden rows bear it out?

Run it as a script; each line is one model, leads in shares of the naive loss:

    ADVISOR_DATA=folder python tests/other_families.py --sets adult,sick [--families knn,mlp]
        [--rows 2000] [--hidden 6000]

The stages are not run: the models are as a person might have set them, not at the end of a search,
so they are offered more than healthy ones would be.  What is measured is whether an offer is right.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real_tables import manifest, table

from advisor.config.load import make_config
from advisor.data.columns import encode
from advisor.inputs import Inputs, evaluator_for, read_inputs
from advisor.measure.journal import Journal
from advisor.search.escalation import Other, escalate, far_ahead
from advisor.search.session import Session
from advisor.types import Floats

MODELS: dict[str, dict[str, Any]] = {
    "linear": {},
    "knn": {"n_neighbors": 25},
    "svm": {},
    "lightgbm": {"learning_rate": 0.05, "n_estimators": 120, "num_leaves": 15},
    "random_forest": {"min_samples_leaf": 3},
    "mlp": {"max_iter": 40, "learning_rate_init": 0.003, "hidden_layer_sizes": [64]},
}
SCALED = ("linear", "knn", "svm", "mlp")
ALPHA = 0.005  # what a run of all stages keeps for it
SMALLEST_CLASS = 10


def cut(entry: dict[str, Any], rows: int, hidden: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rows of the run, hidden rows), without classes too rare for the folds."""
    target = entry["target"]
    frame = table(entry).dropna(subset=[target])
    order = np.random.default_rng(5).permutation(len(frame))
    parts = [np.sort(order[:rows]), np.sort(order[rows : rows + hidden])]
    run, rest = (frame.iloc[part] for part in parts)
    if run[target].nunique() < 30:
        counts = run[target].value_counts()
        known = counts[counts >= SMALLEST_CLASS].index
        run, rest = run[run[target].isin(known)], rest[rest[target].isin(known)]
    return run, rest


def hidden_lead(made: Session, other: Other, inputs: Inputs, rest: pd.DataFrame) -> Floats:
    """(n,) what each hidden row gains, both models fitted on all rows of the run."""
    data, target = inputs.dataset, inputs.dataset.target
    X = encode(rest.drop(columns=[target]), data.columns)
    codes = {str(name): code for code, name in enumerate(data.classes)}
    y = rest[target].astype(str).map(codes) if codes else rest[target].astype(float)
    assert not y.isna().any(), "a class that the run does not know"
    y = y.to_numpy(dtype=np.int64 if codes else np.float64)
    own = made.evaluator.trainer.refit(made.person, data.train, made.seed)
    theirs = made.beside(other.recipe).trainer.refit(other.candidate, data.train, made.seed)
    before, after = (inputs.metric.rows(y, np.asarray(m.predict(X)), None) for m in (own, theirs))
    return after - before


def case(name: str, family: str, rows: int, hidden: int) -> str:
    entry = manifest()[name]
    run, rest = cut(entry, rows, hidden)
    asked: dict[str, Any] = {
        "version": 1,
        "data": {"path": "<DataFrame>", "target": entry["target"]},
        "model": {"family": family, "params": MODELS[family]},
    }
    if family in SCALED:
        asked["preprocessing"] = {"scale": "standard"}
    config = make_config(asked)
    inputs = read_inputs(config, run)
    with tempfile.TemporaryDirectory() as folder:
        evaluator = evaluator_for(inputs, Journal(Path(folder) / "journal.db"))
        made = Session(
            evaluator, inputs.recipe, inputs.person, config.search, None, 1, float("inf")
        )
        steps = escalate(made, ALPHA)
        while True:
            try:
                next(steps)
            except StopIteration as stop:
                other: Other = stop.value
                break
        naive = abs(inputs.metric.loss(evaluator.naive(made.glance)))
        gains = hidden_lead(made, other, inputs, rest) / naive
        far = far_ahead(made) / naive
    found = other.found
    lead = found.reason.evidence["gain"] if found.verdict is None else found.verdict.gain
    error = gains.std(ddof=1) / len(gains) ** 0.5
    return (
        f"{name:20} {family:14} -> {found.family:9} "
        f"{'offered' if found.proven else found.reason.code:22} lead {lead / naive:+.3f} "
        f"(far: {far:.3f})  hidden {gains.mean():+.3f} +/- {error:.3f} ({len(gains)} rows)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", required=True)
    parser.add_argument("--families", default=",".join(MODELS))
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--hidden", type=int, default=6000)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in given.sets.split(","):
        for family in given.families.split(","):
            print(case(name, family, given.rows, given.hidden), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
