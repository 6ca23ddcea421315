"""One stuck case and every peer: each searches in its own process, all are scored alike.

The peers of a case run one after another, in an order drawn anew for each case, on one core.  What
a peer knew at any moment is refitted here on all training rows, by one learner, and scored on the
hidden ones; its own estimate is kept beside it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from advisor.bench.cases import Case, Material, material
from advisor.bench.damage import CannotPlant
from advisor.bench.faults import FAULTS
from advisor.bench.judge import SE_WORSE, Judge, inputs_of, kill
from advisor.bench.peer_process import Said, run_peer
from advisor.bench.peers import find_entry
from advisor.bench.peers.base import Puzzle, Range, RoundsLaw, StuckCase, write_case
from advisor.data.roles import Roles
from advisor.inputs import Inputs
from advisor.recipes.recipe import Recipe
from advisor.settings import Candidate, Treatment
from advisor.types import Floats

ORDER = 71  # of the seed that the order of the peers is drawn with


@dataclass(frozen=True, slots=True)
class Run:
    """One peer on one case; all scores are higher-is-better.

    Attributes:
        ended: as ``Peer.search`` says; ``killed`` at the end of the budget; ``failed``.
        detail: the last line it printed, where it failed.
        seconds: of processor time it used; wall: by the clock.
        points: (seconds, wall, own estimate, score on the hidden rows) of each incumbent, from the
            first that was measured; what was said beyond the budget is left out.
        params: of the last incumbent, where they differ from the start's.
        promised: the last own estimate minus that of the start; None where one is missing.
        gain, se: the last incumbent against the start on the hidden rows, and its standard error.
        worse: the gain lies more than two standard errors below 0.
    """

    ended: str
    detail: str
    seconds: float
    wall: float
    points: tuple[tuple[float, float, float | None, float], ...]
    params: Mapping[str, Any]
    promised: float | None
    gain: float
    se: float
    worse: bool


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One case with all its peers.

    Attributes:
        counts, drop: whether the fault kills, and the skill it costs.
        budget: seconds of processor time for each peer.
        naive, start, sane: scores on the hidden rows.
        order: in which the peers ran; load: the machine's load average before and after.
        peers: name -> its run; pairs: "a b" -> score of a minus that of b, its standard error.
    """

    case: str
    table: str
    fault: str
    family: str
    seed: int
    kind: str
    metric: str
    rows: int
    hidden: int
    counts: bool
    drop: float
    budget: float
    naive: float
    start: float
    sane: float
    order: tuple[str, ...]
    load: tuple[float, float]
    peers: Mapping[str, Run]
    pairs: Mapping[str, tuple[float, float]]


def run_peers(
    case: Case,
    folder: Path,
    *,
    tables: Path | None,
    cache: Path | None,
    names: Sequence[str],
    seconds: float,
    seeds: int,
    full: bool,
) -> PeerRow:
    """Plant the fault, let every peer search, and score them.

    Args:
        folder: for files that may be thrown away.
        tables: folder of real tables; cache: where sane models are remembered.
        names: of the peers.
        seconds: of processor time for each.
        seeds, full: how it is told that the fault kills.

    Raises:
        CannotPlant: the fault is none of the model's alone, or makes no sense on this table.
        UsageError: there is no such peer, or its extra is not installed.
    """
    for name in names:
        find_entry(name)
    if FAULTS[case.fault].damage is not None:
        raise CannotPlant("peers_rows")
    planted = material(case, tables, cache)
    roles = Roles(target=planted.target)
    judge, good = (_judge(planted, params, roles) for params in (planted.stuck, planted.sane))
    counted = kill(good, judge, FAULTS[case.fault].kind, seeds=seeds, full=full)
    inputs = judge.inputs
    data = inputs.dataset
    puzzle = _puzzle(inputs, planted.metric, seconds, case.seed)
    X = data.X.iloc[data.train].reset_index(drop=True)
    y = data.y[data.train]
    write_case(folder, StuckCase(puzzle, X, pd.Series(y)))
    rng = np.random.default_rng([case.seed, ORDER, *case.id.encode()])
    order = tuple(names[k] for k in rng.permutation(len(names)))
    before = os.getloadavg()[0]
    said = {name: run_peer(name, folder, seconds) for name in order}
    after = os.getloadavg()[0]
    values = _Scorer(judge, dict(puzzle.start))
    start = values(puzzle.start)
    last = {name: _last(values, puzzle.start, said[name]) for name in names}
    return PeerRow(
        case=case.id,
        table=case.table,
        fault=case.fault,
        family=case.family,
        seed=case.seed,
        kind=str(FAULTS[case.fault].kind),
        metric=planted.metric,
        rows=len(y),
        hidden=len(judge.y),
        counts=counted.counts,
        drop=counted.drop,
        budget=seconds,
        naive=judge.naive(),
        start=float(start.mean()),
        sane=float(values(good.inputs.person.params).mean()),
        order=order,
        load=(before, after),
        peers={name: _scored(said[name], values, start, last[name]) for name in names},
        pairs={f"{a} {b}": _paired(last[a], last[b]) for a, b in combinations(names, 2)},
    )


def _judge(planted: Material, params: Mapping[str, Any], roles: Roles) -> Judge:
    config = planted.config()
    model = {**config["model"], "params": dict(params)}
    inputs = inputs_of({**config, "model": model}, planted.train)
    return Judge.of(inputs, planted.hidden, roles)


# -- what a peer is given --------------------------------------------------------------------------


def joint_space(recipe: Recipe, start: Mapping[str, Any]) -> tuple[Range, ...]:
    """Every knob of the recipe's stages once, its range widened to hold the start."""
    found: dict[str, Range] = {}
    for part in recipe.stages.values():
        for knob in part.knobs:
            if knob.name not in found:
                wide = knob.widened_to(start[knob.name])
                found[knob.name] = Range(
                    knob.name, knob.kind, knob.default, wide.low, wide.high, wide.log, wide.choices
                )
    return tuple(found.values())


def _puzzle(inputs: Inputs, metric: str, seconds: float, seed: int) -> Puzzle:
    recipe, data = inputs.recipe, inputs.dataset
    rounds = recipe.rounds
    assert rounds is not None
    assert rounds.times_rate is not None
    start = inputs.person.params
    return Puzzle(
        task=str(data.task),
        metric=metric,
        classes=data.n_classes,
        start=dict(start),
        space=joint_space(recipe, start),
        rounds=RoundsLaw(rounds.most, rounds.times_rate, rounds.patience),
        seconds=seconds,
        seed=seed,
    )


# -- its score -------------------------------------------------------------------------------------


class _Scorer:
    """(n,) contributions of the hidden rows under parameters, each model fitted once."""

    def __init__(self, judge: Judge, start: Mapping[str, Any]) -> None:
        self._judge, self._start = judge, start
        self._known: dict[str, Floats] = {}

    def __call__(self, params: Mapping[str, Any], treatment: Treatment = Treatment()) -> Floats:
        candidate = Candidate(params=dict(params), treatment=treatment)
        if candidate.key not in self._known:
            inputs = self._judge.inputs
            data = inputs.dataset
            trainer = inputs.learner.prepare(data, params, inputs.metric)
            model = trainer.refit(candidate, data.train, 0)
            pred = np.asarray(model.predict(self._judge.X))
            self._known[candidate.key] = inputs.metric.rows(self._judge.y, pred, None)
        return self._known[candidate.key]

    def of(self, said: Mapping[str, Any]) -> Floats:
        """Of an incumbent as it was written."""
        treatment = Treatment(
            class_weight=said["class_weight"], merge_duplicates=said["merge_duplicates"]
        )
        return self(said["params"], treatment)


def _last(values: _Scorer, start: Mapping[str, Any], said: Said) -> Floats:
    """Contributions under the last incumbent; the start's where there is none."""
    return values.of(said.incumbents[-1]) if said.incumbents else values(start)


def _paired(a: Floats, b: Floats) -> tuple[float, float]:
    d = a - b
    return float(d.mean()), float(d.std(ddof=1)) / sqrt(len(d))


def _scored(said: Said, values: _Scorer, start: Floats, last: Floats) -> Run:
    points = tuple(
        (x["seconds"], x["wall"], x["score"], float(values.of(x).mean())) for x in said.incumbents
    )
    own = [x["score"] for x in said.incumbents]
    gain, se = _paired(last, start)
    known = bool(own) and own[0] is not None and own[-1] is not None
    changed: dict[str, Any] = {}
    if said.incumbents:
        first, final = said.incumbents[0]["params"], said.incumbents[-1]["params"]
        changed = {n: v for n, v in final.items() if n not in first or first[n] != v}
    return Run(
        ended=said.ended,
        detail=said.detail,
        seconds=said.seconds,
        wall=said.wall,
        points=points,
        params=changed,
        promised=own[-1] - own[0] if known else None,
        gain=gain,
        se=se,
        worse=gain < -SE_WORSE * se,
    )
