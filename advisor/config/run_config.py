"""The whole config: its sections together.  ``load.py`` reads it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import (
    Field,
    PrivateAttr,
)

from advisor.config.fields import (
    MetricName,
    Text,
    Version,
)
from advisor.config.sections import (
    AuditConfig,
    DataConfig,
    Kpi,
    ModelConfig,
    PreprocessingConfig,
    ReportConfig,
    SearchConfig,
    Section,
    TrainingConfig,
)
from advisor.errors import Place
from advisor.yaml_file import YamlFile

UNMEASURED: dict[str, Any] = {  # what changes nothing about any single measurement
    "name": True,
    "search": {"trials", "minutes", "stop", "stages", "sufficient"},
    "report": True,
    "journal": True,
    "audit": True,
    "kpi": {"goal"},
}


class RunConfig(Section):
    """One run of advisor. Every relative path starts at the folder of the config file."""

    version: Version = Field(description="Of this format.")
    name: Text | None = Field(
        default=None, description="Of the run's folder; else the file's name."
    )
    data: DataConfig = Field(description="The table, and what its columns are for.")
    metric: MetricName = Field(
        default=None, description="What is measured; else chosen by the task."
    )
    kpi: Kpi | None = Field(default=None, description="What a gain is worth.")
    model: ModelConfig = Field(description="The model as it is today: the baseline.")
    preprocessing: PreprocessingConfig = Field(
        default=PreprocessingConfig(), description="What is done to the features today."
    )
    training: TrainingConfig = Field(
        default=TrainingConfig(), description="What is done to the training rows today."
    )
    search: SearchConfig = Field(default=SearchConfig(), description="How far to go.")
    audit: AuditConfig = Field(default=AuditConfig(), description="Findings that were accepted.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Of everything random.")
    report: ReportConfig = Field(
        default=ReportConfig(), description="Language and place of the report."
    )
    journal: Text | None = Field(
        default=None,
        description="SQLAlchemy URL for what was measured; else SQLite in the run's folder.",
    )
    _source: YamlFile | None = PrivateAttr(None)
    _folder: Path = PrivateAttr(Path())

    @property
    def source(self) -> YamlFile | None:
        """The file it was read from, with its text; None for ``make_config``."""
        return self._source

    def read_from(self, source: YamlFile | None, folder: Path) -> None:
        """Say where the config comes from; once, right after it was made."""
        self._source, self._folder = source, folder

    @property
    def folder(self) -> Path:
        """Where relative paths start; absolute."""
        return self._folder

    def place_of(self, *keys: str | int) -> Place | None:
        """Where a value stands in the file, or its nearest existing ancestor's key."""
        if keys[:2] == ("model", "params") and len(keys) > 2:
            keys = ("model", "params", self.spelled(str(keys[2])), *keys[3:])
        return None if self._source is None else self._source.place(*keys)

    @property
    def code_folder(self) -> Path:
        """Where the module of the person's own model is looked for first; absolute."""
        return (self._folder / Path(self.model.code or ".").expanduser()).resolve()

    def resolve(self, path: str) -> Path:
        """A path of the config as one that can be opened."""
        return self._folder / Path(path).expanduser()

    def spelled(self, name: str) -> str:
        """The key under which the person wrote the parameter that the recipe calls ``name``."""
        if name in self.model.params:  # also where the parameters name no recipe there is
            return name
        aliases = self.model.recipe().aliases
        wanted = aliases.get(name, name)
        return next((k for k in self.model.params if aliases.get(k, k) == wanted), name)

    def written(self) -> dict[str, Any]:
        """As a plain mapping of what differs from the defaults."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def identity(self) -> str:
        """sha256 of all that decides what is measured, hex."""
        measured = self.model_dump(mode="json", exclude=UNMEASURED)
        if self.kpi is not None and self.kpi == Kpi(goal=self.kpi.goal):
            measured["kpi"] = None
        return hashlib.sha256(json.dumps(measured, sort_keys=True).encode()).hexdigest()
