"""Planted faults inside of nets: what do the readings say, and how often of healthy nets?

Run it as a script (the extra torch is needed):

    ADVISOR_DATA=folder python tests/inside_faults.py [--sets a,b] [--json file]

Every net is trained as it stands on the first folds of a table, with its curve.  A planted net
counts where it kills: its validation skill lies at least .03 below that of the best healthy one.  A
healthy net counts where it is as good as the best one, to .05.  The constants of
``advisor/diagnose/inside.py`` were chosen on CALIBRATION; what is quoted of them is of SCORING.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from real_tables import manifest, table

from advisor.config.load import make_config
from advisor.diagnose.inside import inner_of
from advisor.inputs import Inputs, read_inputs
from advisor.learners.together import fit_many
from advisor.measurements import Fit, Inside
from advisor.metrics.table import naive_prediction
from advisor.rows.splits import search_splits
from advisor.settings import Candidate
from advisor.types import Split

CALIBRATION = (
    *("builtin:breast_cancer", "builtin:diabetes", "adult", "credit_default", "german_credit"),
    *("california_housing", "steel_plates"),
)
SCORING = ("builtin:iris", "builtin:wine", "bike_sharing", "diamonds", "wine_quality")
MOST_ROWS, FOLDS, EPOCHS = 700, 2, 30
KILLS, AS_GOOD = 0.03, 0.05
HEALTHY = "healthy"


@dataclass(frozen=True)
class Plant:
    """Parameters on top of the sane ones, and what is wrong with them."""

    cause: str
    params: dict[str, Any] = field(default_factory=dict)
    scaled: bool = True


SANE = {"hidden": [64, 64], "batch_size": 32, "epochs": EPOCHS}
NETS: dict[str, Plant] = {
    **{
        f"{activation}_{len(hidden)}": Plant(
            HEALTHY, {"activation": activation, "hidden": list(hidden)}
        )
        for activation in ("relu", "tanh", "sigmoid", "gelu")
        for hidden in ((64,), (64, 64), (64, 64, 64))
    },
    "relu_4": Plant(HEALTHY, {"hidden": [128, 64, 32, 16]}),
    "relu_6": Plant(HEALTHY, {"hidden": [32] * 6}),
    "tanh_5": Plant(HEALTHY, {"hidden": [32] * 5, "activation": "tanh"}),
    "small": Plant(HEALTHY, {"hidden": [8]}),
    "wide": Plant(HEALTHY, {"hidden": [256]}),
    "batch_norm": Plant(HEALTHY, {"norm": "batch"}),
    "layer_norm": Plant(HEALTHY, {"norm": "layer", "hidden": [64] * 4}),
    "dropout": Plant(HEALTHY, {"dropout": 0.2}),
    "slow": Plant(HEALTHY, {"learning_rate": 0.0003}),
    "fast": Plant(HEALTHY, {"learning_rate": 0.01}),
    "sgd": Plant(HEALTHY, {"optimizer": "sgd", "learning_rate": 0.03}),
    "cycle": Plant(HEALTHY, {"schedule": "one_cycle", "learning_rate": 0.01}),
    "cosine": Plant(HEALTHY, {"schedule": "cosine", "learning_rate": 0.003}),
    "long": Plant(HEALTHY, {"epochs": 60}),
    **{
        f"{activation}_deep_{depth}": Plant(
            "too_deep", {"activation": activation, "hidden": [width] * depth}
        )
        for activation, width, depths in (
            ("sigmoid", 32, (4, 6, 8, 12)),
            ("tanh", 16, (12, 20)),
            ("relu", 16, (12, 20)),
        )
        for depth in depths
    },
    **{
        f"{optimizer}_{rate:g}_{activation}": Plant(
            "rate_high",
            {"optimizer": optimizer, "learning_rate": rate, "activation": activation},
        )
        for optimizer, rate in (("adamw", 0.1), ("adamw", 0.5), ("sgd", 1.0), ("sgd", 5.0))
        for activation in ("relu", "tanh", "sigmoid")
    },
    **{
        f"adamw_{rate:g}": Plant("rate_low", {"learning_rate": rate})
        for rate in (1e-4, 1e-5, 1e-6, 1e-7)
    },
    "sgd_1e-5": Plant("rate_low", {"optimizer": "sgd", "learning_rate": 1e-5}),
    **{
        f"unscaled_{activation}": Plant("unscaled", {"activation": activation}, scaled=False)
        for activation in ("relu", "tanh", "sigmoid")
    },
}


def inputs_of(name: str, most: int = MOST_ROWS) -> Inputs:
    """A table, its rows capped at ``most``, with the sane net."""
    model = {"family": "torch", "params": SANE}
    tree: dict[str, Any] = {
        "version": 1,
        "model": model,
        "preprocessing": {"scale": "standard"},
    }
    if name.startswith("builtin:"):
        data = {"builtin": name.removeprefix("builtin:"), "test": False}
        return read_inputs(make_config({**tree, "data": data}), None)
    entry = manifest()[name]
    frame = table(entry)
    frame = frame[frame[entry["target"]].notna()]
    if entry["task"] == "multiclass":
        counts = frame[entry["target"]].value_counts()
        frame = frame[frame[entry["target"]].isin(counts.index[counts >= 60])]
    frame = frame.sample(min(most, len(frame)), random_state=7).reset_index(drop=True)
    data = {"path": "<DataFrame>", "target": entry["target"], "test": False}
    return read_inputs(make_config({**tree, "data": {**data, "task": entry["task"]}}), frame)


def skill(inputs: Inputs, split: Split, fit: Fit) -> float:
    """Of the rows that are scored."""
    data, metric = inputs.dataset, inputs.metric
    y = data.y[split.valid]
    guess = naive_prediction(metric, data.y[split.train], None, data.task, n_classes=data.n_classes)
    naive = np.broadcast_to(guess, (len(y), *guess.shape))
    own, base = (metric.loss(metric.score(y, p, None)) for p in (fit.pred, naive))
    return float(1 - own / base)


def measured(name: str) -> Iterator[dict[str, Any]]:
    """One row for each net."""
    inputs = inputs_of(name)
    trainer = inputs.learner.prepare(inputs.dataset, inputs.person.params, inputs.metric)
    splits = search_splits(inputs.dataset, 5, 0)[:FOLDS]
    work: list[tuple[Candidate, Split]] = []
    for plant in NETS.values():
        params = inputs.recipe.complete({**inputs.person.params, **plant.params})
        candidate = Candidate(params)
        if plant.scaled:
            candidate = Candidate(params, preprocessing=inputs.person.preprocessing)
        work += [(candidate, split) for split in splits]
    fits = dict(fit_many(trainer, work, curve=True, threads=1))
    for i, (net, plant) in enumerate(NETS.items()):
        own = [fits[i * FOLDS + fold] for fold in range(FOLDS)]
        skills = [skill(inputs, split, fit) for split, fit in zip(splits, own, strict=True)]
        inner = inner_of([fit.inside for fit in own])
        yield {
            "alarm": None if inner is None else inner.alarm,
            "data": name,
            "net": net,
            "cause": plant.cause,
            "failed": any(fit.failure for fit in own),
            "skill": float(np.mean(skills)),
            "inside": [as_lists(fit.inside) for fit in own if fit.inside is not None],
        }


def as_lists(inside: Inside) -> dict[str, Any]:
    names = ("epochs", "gradients", "moves", "dead", "saturated")
    return {name: getattr(inside, name).tolist() for name in names}


def counted(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The nets that count."""
    best: dict[str, float] = defaultdict(lambda: -np.inf)
    for row in rows:
        if row["cause"] == HEALTHY and not row["failed"]:
            best[row["data"]] = max(best[row["data"]], row["skill"])
    for row in rows:
        behind = best[row["data"]] - row["skill"]
        if behind <= AS_GOOD if row["cause"] == HEALTHY else behind >= KILLS:
            yield row


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join((*CALIBRATION, *SCORING)))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows = []
    for name in asked.sets.split(","):
        rows += list(measured(name))
        print(name, len(rows), flush=True)  # noqa: T201
        if asked.json:
            asked.json.write_text(json.dumps(rows))
    for half, sets in (("calibration", CALIBRATION), ("scoring", SCORING)):
        alarms: dict[str, Counter[str]] = defaultdict(Counter)
        for row in counted([row for row in rows if row["data"] in sets]):
            alarms[row["cause"]][str(row["alarm"])] += 1
        for cause, found in alarms.items():
            print(half, cause, found.total(), dict(found))  # noqa: T201


if __name__ == "__main__":
    main()
