"""Would a learning-rate range test place the sweep of a net's rate better than the recipe's grid?

Run it as a script (the extra torch is needed):

    ADVISOR_DATA=folder python tests/rate_range.py [--sets a,b] [--rows n] [--json file]

For each table and optimizer, a net is fitted at every half decade of rates, with early stopping on
two folds.  Then the sweep of the learning-rate stage is played on that table of scores, starting
from the recipe's grid and from a grid around the rate that a range test suggests (Smith 2017: 100
steps at a rate that grows from 1e-6 to 10, two folds x two seeds as one stack, the median of the
smoothed losses, a tenth of the rate at its minimum), for a person whose rate is too high, too low
and sane.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from inside_faults import MOST_ROWS, inputs_of, skill

from advisor.inputs import Inputs
from advisor.learners.together import fit_many
from advisor.learners.torch.params import Setting
from advisor.learners.torch.rows import Lane
from advisor.learners.torch.stack import Member
from advisor.learners.torch.tabular import TorchTrainer
from advisor.learners.torch.threads import one_torch_thread
from advisor.recipes.recipe import Recipe
from advisor.rows.splits import search_splits
from advisor.settings import Candidate, Stopping
from advisor.stages.base import Glance, StageContext
from advisor.stages.sweep import LearningRateStage
from advisor.types import Floats, Split, StageName

SETS = (
    *("builtin:breast_cancer", "builtin:diabetes", "builtin:wine", "california_housing"),
    *("credit_default", "magic_gamma", "steel_plates", "bike_sharing"),
)
RATES = [10 ** (k / 2) for k in range(-12, 2)]
STEPS, LOW, HIGH, KEPT = 100, 1e-6, 10.0, 0.9
HALF_A_DECADE = 10**0.5
OWN = {"adamw": (0.3, 1e-5, 1e-3), "sgd": (3.0, 1e-4, 3e-2)}
EPOCHS, PATIENCE = 100, Stopping(10, 0.001)
NET = {"hidden": [64, 64], "batch_size": 64, "epochs": EPOCHS}
Scores = list[tuple[float, float, float]]  # rate, skill, epochs


def scores(inputs: Inputs, trainer: TorchTrainer, splits: list[Split], optimizer: str) -> Scores:
    """The skill at every rate, and the epochs that early stopping used."""
    how, work = inputs.person.preprocessing, []
    for rate in RATES:
        named = {**NET, "optimizer": optimizer, "learning_rate": rate}
        candidate = Candidate(inputs.recipe.complete(named), preprocessing=how, stopping=PATIENCE)
        work += [(candidate, split) for split in splits]
    fits = dict(fit_many(trainer, work, curve=False, threads=1))
    found = []
    for i, rate in enumerate(RATES):
        own = [fits[i * len(splits) + fold] for fold in range(len(splits))]
        skills = [skill(inputs, split, fit) for split, fit in zip(splits, own, strict=True)]
        found.append((rate, float(np.mean(skills)), float(np.mean([fit.rounds for fit in own]))))
    return found


def ranged(inputs: Inputs, trainer: TorchTrainer, splits: list[Split], optimizer: str) -> Floats:
    """(STEPS, nets) losses of mini-batches at a rate that grows from LOW to HIGH."""
    params = inputs.recipe.complete({**NET, "optimizer": optimizer})
    candidate = Candidate(params, preprocessing=inputs.person.preprocessing)
    lanes = []
    for split in splits:
        part = trainer._parts.of(split, candidate.treatment, candidate.preprocessing)
        scale = trainer._scale(part, True)
        target = part.y if part.y.dtype.kind == "i" else (part.y - scale.shift) / scale.factor
        lanes += [Lane(part, target, None, seed) for seed in (split.seed, split.seed + 7)]
    members = [Member(i, Setting.of(params)) for i in range(len(lanes))]
    losses: list[Any] = []
    with one_torch_thread():
        stack = trainer._stack(candidate, lanes, members)
        steps = min(stack._steps(lane) for lane in lanes)
        for step, rate in enumerate(np.geomspace(LOW, HIGH, STEPS)):
            if step % steps == 0:
                places, present = stack._order(steps)
                stack._epoch += 1
            at, now = step % steps, torch.full((len(lanes), 1), float(rate))
            sums = stack._step(places[:, at], present[:, at], now, set(range(len(lanes))))
            losses.append((sums / present[:, at].sum(dim=1)).numpy())
    return np.asarray(losses, dtype=np.float64)


def suggested(losses: Floats) -> float:
    """A tenth of the rate at the lowest smoothed loss."""
    mean, smooth = np.zeros(losses.shape[1]), np.empty_like(losses)
    for i, loss in enumerate(losses):
        mean = KEPT * mean + (1 - KEPT) * loss
        smooth[i] = mean / (1 - KEPT ** (i + 1))
    middle = np.median(np.where(np.isfinite(smooth), smooth, np.inf), axis=1)
    return float(np.geomspace(LOW, HIGH, STEPS)[int(middle.argmin())]) / 10


def swept(recipe: Recipe, table: Scores, own: float) -> tuple[float, int, float]:
    """(skill behind the best rate's, rates tried, epochs) of the stage's sweep."""
    rates, skills = (np.array(column) for column in list(zip(*table, strict=True))[:2])
    skills = np.nan_to_num(np.maximum(skills, -3), nan=-3)

    def at(rate: float) -> int:
        return int(np.argmin(np.abs(np.log(rates / rate))))

    base = float(skills[at(own)])
    person = Candidate(recipe.complete({**NET, "learning_rate": own}))
    context = StageContext(
        dataset=None,  # type: ignore[arg-type]  # a sweep does not look at it
        recipe=recipe,
        starts=(person,),
        person=person,
        worth=lambda gain: max(0.001, min(0.01 * (base + gain), 0.05 * (1 - base - gain))),
        trials=40,
        patience=1,
        seed=0,
    )
    proposals, tried = LearningRateStage().propose(context), []
    batch = next(proposals)
    while True:
        asked = [at(candidate.params["learning_rate"]) for candidate in batch]
        tried += asked
        try:
            batch = proposals.send([Glance(float(skills[i]) - base, 0.01) for i in asked])
        except StopIteration:
            break
    reached = max(float(skills[i]) for i in tried)
    return float(skills.max()) - reached, len(tried), sum(table[i][2] for i in tried)


def laid(recipe: Recipe, grid: tuple[float, ...]) -> Recipe:
    """The recipe with this grid for its sweep."""
    stage = replace(recipe.stages[StageName.LEARNING_RATE], grid=grid, grids={})
    return replace(recipe, stages={**recipe.stages, StageName.LEARNING_RATE: stage})


def around(middle: float) -> tuple[float, ...]:
    """Five rates, one above the middle."""
    top = min(1.0, max(middle, 1e-5) * HALF_A_DECADE)
    return tuple(top / HALF_A_DECADE**k for k in range(5))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--rows", type=int, default=MOST_ROWS)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found: dict[tuple[str, str], list[tuple[float, int, float]]] = defaultdict(list)
    raw = []
    for name in asked.sets.split(","):
        inputs = inputs_of(name, asked.rows)
        trainer = inputs.learner.prepare(inputs.dataset, inputs.person.params, inputs.metric)
        assert isinstance(trainer, TorchTrainer)
        splits = list(search_splits(inputs.dataset, 5, 0)[:2])
        for optimizer, owns in OWN.items():
            table = scores(inputs, trainer, splits, optimizer)
            started = time.process_time()
            middle = suggested(ranged(inputs, trainer, splits, optimizer))
            seconds = time.process_time() - started
            raw.append(
                {"data": name, "optimizer": optimizer, "scores": table, "middle": middle}
                | {"seconds": seconds}
            )
            stage = inputs.recipe.stages[StageName.LEARNING_RATE]
            grids = {"adamw's grid": stage.grid, "range test": around(middle)}
            grids["the optimizer's grid"] = stage.grid_of({"optimizer": optimizer})
            for own in owns:
                for how, grid in grids.items():
                    found[optimizer, how].append(swept(laid(inputs.recipe, grid), table, own))
        if asked.json:
            asked.json.write_text(json.dumps(raw))
    for (optimizer, how), rows in found.items():
        behind, tried, epochs = np.mean(rows, axis=0)
        print(  # noqa: T201
            f"{optimizer:6} {how:22} n={len(rows)} behind the best rate {behind:.4f} "
            f"(worst {max(row[0] for row in rows):.4f}), rates {tried:.2f}, epochs {epochs:.0f}"
        )


if __name__ == "__main__":
    main()
