"""A bench's config: which cases, how they are run and how they are judged."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from advisor.bench.families import FAMILIES
from advisor.bench.faults import FAULTS
from advisor.bench.peers import PEERS
from advisor.config.fields import Text, Version
from advisor.config.load import first_problem, read_config
from advisor.config.sections import SearchConfig, Section
from advisor.errors import ConfigError, Place
from advisor.types import STAGE_ORDER
from advisor.yaml_file import YamlFile, plain

VARIABLE = re.compile(r"\$\{(\w+)\}")


def _among(known: Mapping[str, Any]) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, str) and value not in known:
            raise PydanticCustomError("not_one_of", "", {"allowed": sorted(known)})
        return value

    return BeforeValidator(check)


class TablesConfig(Section):
    """``tables``: what faults are planted in."""

    names: list[Text] = Field(
        min_length=1, description="Worlds, scikit-learn's own tables, and those of the folder."
    )
    folder: Text | None = Field(
        default=None, description="With a manifest.json; ${NAME} is an environment variable."
    )
    rows: int | None = Field(
        default=None, ge=200, description="Rows of each table that are used at most."
    )


class JudgeConfig(Section):
    """``judge``: when a fault counts."""

    rule: Literal["cheap", "full"] = Field(
        default="cheap",
        description="cheap: skill down .03 in the mean, down with every seed; full: p and d too.",
    )
    seeds: int = Field(default=3, ge=1, le=100, description="Paired seeds that tell it.")


class PeersConfig(Section):
    """``peers``: who searches, and for how long."""

    names: list[Annotated[Text, _among(PEERS)]] = Field(
        default=list(PEERS), min_length=1, description="Who searches; else everybody."
    )
    seconds: float = Field(
        default=30.0, ge=2, le=36000, description="Processor time of each peer on each case."
    )


class BenchConfig(Section):
    """One bench. Relative paths start at the folder of the config file."""

    version: Version = Field(description="Of this format.")
    name: Text | None = Field(
        default=None, description="Of the result files; else the config file's name."
    )
    mode: Literal["faults", "fixes", "peers"] = Field(description="What is measured.")
    tables: TablesConfig | None = Field(default=None, description="What faults are planted in.")
    families: list[Annotated[Text, _among(FAMILIES)]] = Field(
        default=["lightgbm"], min_length=1, description="Model families."
    )
    faults: list[Annotated[Text, _among(FAULTS)]] = Field(
        default=list(FAULTS), min_length=1, description="Faults and healthy kinds; else all."
    )
    seeds: int = Field(default=1, ge=1, le=100, description="Draws of each faulty case.")
    healthy_seeds: int = Field(default=1, ge=1, le=100, description="Draws of each healthy case.")
    configs: list[Text] = Field(
        default=[], description="Of mode fixes: configs of your own, as for advisor tune."
    )
    fixes: list[Text] = Field(
        default=[str(stage) for stage in STAGE_ORDER],
        min_length=1,
        description="Stages, presets such as regularization/stronger, treatments, preprocessings.",
    )
    judge: JudgeConfig = Field(default=JudgeConfig(), description="When a fault counts.")
    search: SearchConfig = Field(default=SearchConfig(), description="Of every run.")
    peers: PeersConfig = Field(default=PeersConfig(), description="Of the mode peers.")
    jobs: int | None = Field(
        default=None, ge=1, le=1024, description="Cases at a time; else one a core."
    )
    minutes: float = Field(default=15.0, gt=0, description="For one case, a cap.")
    dir: Text = Field(
        default="runs/bench", description="Folder of the journal; from where advisor is called."
    )
    _source: YamlFile | None = PrivateAttr(None)
    _folder: Path = PrivateAttr(Path())

    @model_validator(mode="after")
    def _what_the_mode_needs(self) -> BenchConfig:
        needed = "configs" if self.mode == "fixes" else "tables"
        if not getattr(self, needed):
            raise PydanticCustomError("missing_key", "", {"at": needed})
        return self

    def read_from(self, source: YamlFile | None, folder: Path) -> None:
        """Say where the config comes from; once, right after it was made."""
        self._source, self._folder = source, folder

    @property
    def folder(self) -> Path:
        """Where relative paths start; absolute."""
        return self._folder

    def place_of(self, *keys: str | int) -> Place | None:
        """Where a value stands in the file."""
        return None if self._source is None else self._source.place(*keys)

    def tables_folder(self) -> Path | None:
        """The folder of real tables.

        Raises:
            ConfigError: ``bench_variable`` when it names an environment variable that is not set.
        """
        given = None if self.tables is None else self.tables.folder
        if given is None:
            return None
        for name in VARIABLE.findall(given):
            if not os.environ.get(name):
                place = self.place_of("tables", "folder")
                raise ConfigError("bench_variable", {"name": name}, place=place)
        expanded = VARIABLE.sub(lambda found: os.environ[found.group(1)], given)
        return self._folder / Path(expanded).expanduser()

    def written(self) -> dict[str, Any]:
        """As a plain mapping, every default written out."""
        return self.model_dump(mode="json")


def load_bench(path: str | Path) -> BenchConfig:
    """The bench config in a file; one ConfigError for whatever is wrong with it."""
    source, file = read_config(path), Path(path)
    return _checked(plain(source.tree), source, file.absolute().parent, file.stem)


def make_bench(mapping: Mapping[str, Any], folder: Path = Path()) -> BenchConfig:
    """A bench config from Python values; relative paths start at ``folder``."""
    return _checked(plain(mapping), None, folder.absolute(), "bench")


def _checked(
    given: dict[str, Any], source: YamlFile | None, folder: Path, stem: str
) -> BenchConfig:
    named = given if given.get("name") is not None else {**given, "name": stem}
    try:
        config = BenchConfig.model_validate(named)
    except ValidationError as problems:
        raise first_problem(problems, given, source, BenchConfig) from None
    config.read_from(source, folder)
    return config
