"""One case: a table, a fault planted in it, a model family; and everything a run of it needs.

A case is made the same by whoever asks: all randomness comes from its seed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from ruamel.yaml import YAML

from advisor.bench.damage import Parts
from advisor.bench.families import FAMILIES, Family, Plant
from advisor.bench.faults import FAULTS, Fault, Kind
from advisor.bench.sane import Question, sane_params
from advisor.bench.tables import Entry, Table, read
from advisor.config.load import make_config
from advisor.config.run_config import RunConfig
from advisor.metrics.table import DEFAULT_METRIC
from advisor.types import Task

HIDDEN = 0.2
CONFIG = "config.yaml"
SCALED: dict[str, Any] = {"scale": "standard"}


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked: a fault on a table under a family.

    Attributes:
        id: stable text, e.g. ``magic_gamma/rate_high/lightgbm/0``.
        metric: the run's, None for the task's usual one.
        seed: decides which rows are sampled and hidden, and everything random in the fault.
        rows: rows of the table that are used at most; None for all.
    """

    id: str
    table: str
    fault: str
    family: str
    metric: str | None
    seed: int
    rows: int | None = None

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong with it."""
        return FAULTS[self.fault].kind is Kind.HEALTHY


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """The rows and models of a case.

    Attributes:
        train: what the stuck model is trained on; hidden: rows that no run ever sees (copies of a
            row stay on one side, groups and time are kept as they are declared); pool: labelled
            rows that it does not use; test: a test table that the config names.
        target, task, metric: of the run.
        stuck, sane: parameters of the two models.
        data: further keys of the config's data section; preprocessing, training: those sections of
            the stuck model's config.
        sane_train, sane_preprocessing: of the sane model.
        threshold: of the stuck model.
    """

    case: Case
    train: pd.DataFrame
    hidden: pd.DataFrame
    pool: pd.DataFrame | None
    test: pd.DataFrame | None
    target: str
    task: Task
    metric: str
    stuck: dict[str, Any]
    sane: dict[str, Any]
    data: dict[str, Any]
    preprocessing: dict[str, Any]
    training: dict[str, Any]
    sane_train: pd.DataFrame
    sane_preprocessing: dict[str, Any]
    threshold: float | None = None

    def config(self) -> dict[str, Any]:
        """The stuck model's config, its files beside it."""
        given = self._config("train.csv", self.stuck, self.preprocessing, self._beside())
        return given | {"model": {**given["model"], "threshold": self.threshold}}

    def sane_config(self) -> dict[str, Any]:
        """The sane model's, for its own rows."""
        return self._config("sane.csv", self.sane, self.sane_preprocessing, {"test": False})

    def _beside(self) -> dict[str, Any]:
        pool = {} if self.pool is None else {"pool": "pool.csv"}
        return {**pool, "test": False if self.test is None else "test.csv"}

    def _config(
        self, path: str, params: dict[str, Any], preprocessing: dict[str, Any], beside: Any
    ) -> dict[str, Any]:
        data = {"path": path, "target": self.target, "task": str(self.task), **self.data}
        return {
            "version": 1,
            "name": self.case.id.replace("/", "-"),
            "data": {**data, **beside},
            "metric": self.metric,
            "model": {"family": self.case.family, "params": params},
            "preprocessing": preprocessing,
            "training": self.training,
            "seed": self.case.seed,
        }


def applies(fault: str, family: str, entry: Entry) -> bool:
    """Whether the fault makes sense for the family on the table, as far as that is known."""
    what, own = FAULTS[fault], FAMILIES[family]
    nets_too = what.nets is None or what.nets is own.net
    structured = entry.groups is not None or entry.time is not None
    return (
        entry.task in what.tasks
        and nets_too
        and (entry.learnable or what.kind is Kind.HEALTHY)
        and not (what.model and fault not in own.plants)
        and not (what.free and structured)
    )


def make_case(table: str, fault: str, family: str, seed: int, rows: int | None = None) -> Case:
    """The case of these parts, its id spelled from them."""
    name = f"{table}/{fault}/{family}/{seed}"
    return Case(name, table, fault, family, FAULTS[fault].metric, seed, rows)


def material(case: Case, tables: Path | None, cache: Path | None = None) -> Material:
    """Everything a run of the case needs, and the rows to judge it on.

    Args:
        case: what is asked.
        tables: folder of real tables; None for the worlds and scikit-learn's own only.
        cache: folder in which the sane model of a table is remembered.

    Raises:
        CannotPlant: the fault makes no sense on this table.
        DataError: there is no such table, or it cannot be read.
    """
    fault, family = FAULTS[case.fault], FAMILIES[case.family]
    plant = family.plants.get(case.fault, Plant())
    table = read(case.table, tables, case.rows, case.seed)
    rng = np.random.default_rng([case.seed, sum(map(ord, case.fault))])
    parts = _parts(table, case, fault, family, rng)
    entry = parts.entry
    data: dict[str, Any] = {}
    if entry.groups is not None:
        data["groups"] = entry.groups
    if entry.time is not None:
        data["time"] = entry.time
    usual: dict[str, Any] = dict(SCALED) if family.net else {}
    metric = case.metric or DEFAULT_METRIC[entry.task]
    question = Question(case.family, entry.target, entry.task, metric, data, usual)
    sane = sane_params(question, parts.sane, family.grid, cache)
    if fault.damage is not None:
        parts = fault.damage(parts, rng)
    return Material(
        case=case,
        train=parts.train.reset_index(drop=True),
        hidden=parts.hidden.reset_index(drop=True),
        pool=None if parts.pool is None else parts.pool.reset_index(drop=True),
        test=None if parts.test is None else parts.test.reset_index(drop=True),
        target=entry.target,
        task=entry.task,
        metric=metric,
        stuck=plant.over(sane, len(parts.train)) if fault.model else dict(sane),
        sane=sane,
        data=data,
        preprocessing={} if case.fault == "unscaled" else usual,
        training={},
        sane_train=parts.sane.reset_index(drop=True),
        sane_preprocessing=usual,
    )


def _parts(
    table: Table, case: Case, fault: Fault, family: Family, rng: np.random.Generator
) -> Parts:
    """Sane rows and hidden rows of the table, before any damage."""
    entry, frame = table.entry, table.frame
    if fault.base is not None:
        frame = fault.base(frame, entry, rng).reset_index(drop=True)
    split = np.random.default_rng([case.seed, 12])
    hide = _hidden(frame, entry, split)
    train, hidden = frame[~hide], frame[hide]
    if family.few is not None and case.fault == "memorises" and len(train) > family.few:
        train = train.iloc[np.sort(split.permutation(len(train))[: family.few])]
    if entry.task.is_classification:
        hidden = hidden[hidden[entry.target].isin(train[entry.target].unique())]
    if family.net and entry.task is Task.REGRESSION:
        mean, spread = float(train[entry.target].mean()), float(train[entry.target].std())
        train, hidden = (
            part.assign(**{entry.target: (part[entry.target].astype(float) - mean) / spread})
            for part in (train, hidden)
        )
    return Parts(entry, train, hidden, train)


def _hidden(frame: pd.DataFrame, entry: Entry, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(n,) which rows are hidden: the last in time, whole groups, else with all their copies."""
    if entry.time is not None:
        order = frame[entry.time].rank(method="min", pct=True).to_numpy()
        return np.asarray(order > 1 - HIDDEN)
    alike = list(frame.columns) if entry.groups is None else [entry.groups]
    codes = frame.groupby(alike, dropna=False, sort=False).ngroup().to_numpy()
    return np.asarray((rng.random(int(codes.max()) + 1) < HIDDEN)[codes])


def write_case(material: Material, folder: Path, search: Mapping[str, Any] | None = None) -> Path:
    """The stuck model's tables and a config that ``advisor tune`` runs, in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"train": material.train, "pool": material.pool, "test": material.test}
    for name, table in tables.items():
        if table is not None:
            table.to_csv(folder / f"{name}.csv", index=False)
    text = io.StringIO()
    config = material.config() | ({"search": dict(search)} if search else {})
    YAML().dump(config | {"report": {"dir": str(folder / "runs")}}, text)
    path = folder / CONFIG
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def run_config(material: Material, folder: Path, search: Mapping[str, Any]) -> RunConfig:
    """The config of ``write_case``, its files written."""
    write_case(material, folder, search)
    given = material.config() | {"search": dict(search)}
    return make_config(given | {"report": {"dir": str(folder / "runs")}}, folder)
