"""The sections of a config: their keys, and what each may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from advisor.config.fields import (
    Amount,
    Character,
    Encoding,
    FamilyName,
    MetricName,
    OneStage,
    Paths,
    TestPart,
    Text,
)
from advisor.languages import LANGUAGES
from advisor.recipes.load import recipe_for
from advisor.recipes.own import FAMILY as OWN
from advisor.recipes.own import own_recipe
from advisor.recipes.recipe import Recipe
from advisor.types import STAGE_ORDER, StageName, Task

if TYPE_CHECKING:
    Language = str
else:
    Language = Literal[LANGUAGES]


class Section(BaseModel):
    """A mapping of the config: strict types, no unknown keys, a key left empty is not there."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=()
    )

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {k: v for k, v in given.items() if v is not None or k not in cls.model_fields}


class CostTable(Section):
    """``kpi.cost``: what the two errors cost."""

    false_positive: Amount = Field(description="Cost of acting on a row of class 0.")
    false_negative: Amount = Field(description="Cost of missing a row of class 1.")


class Kpi(Section):
    """``kpi``: what a gain is worth."""

    metric: MetricName = Field(
        default=None, description="What the business counts, if not the metric."
    )
    min_gain: Amount | None = Field(
        default=None, description="Smaller gains are not worth a change."
    )
    goal: float | None = Field(
        default=None, description="The score you need, by the metric; how many rows reach it?"
    )
    cost: CostTable | None = Field(
        default=None, description="Costs of the two errors, two classes only."
    )


class DataConfig(Section):
    """``data``: the table and the roles of its columns."""

    path: Paths = Field(
        default=None, description="CSV, .csv.gz or Parquet; a list is concatenated."
    )
    builtin: Literal["digits", "iris", "wine", "breast_cancer", "diabetes"] | None = Field(
        default=None, description="A table that comes with scikit-learn, instead of a path."
    )
    target: Text | None = Field(
        default=None, description="Column to predict; required with a path."
    )
    task: Annotated[Task, Field(strict=False)] | None = Field(
        default=None, description="What kind of target it is; guessed when left out."
    )
    drop: list[Text] = Field(default=[], description="Columns the model must not see.")
    categorical: list[Text] = Field(
        default=[], description="Columns of numbers that are categories."
    )
    groups: Text | None = Field(
        default=None, description="Rows of one group never straddle a split."
    )
    time: Text | None = Field(default=None, description="Split by this column, past before future.")
    pool: Paths = Field(default=None, description="Labelled rows the model does not use yet.")
    test: TestPart = Field(
        default=None,
        description="Share (up to 0.5) or file locked away; false for none; else automatic.",
    )
    weight: Text | None = Field(default=None, description="Column with positive row weights.")
    encoding: Encoding = Field(default=None, description="Encoding of the CSV, if it is not UTF-8.")
    separator: Character = Field(default=None, description="Separator of the CSV; else found out.")

    @model_validator(mode="after")
    def _roles(self) -> DataConfig:
        if (self.path is None) is (self.builtin is None):
            raise PydanticCustomError("path_or_builtin", "")
        if self.path is not None and self.target is None:
            raise PydanticCustomError("missing_key", "", {"at": "target"})
        if self.groups is not None and self.time is not None:
            raise PydanticCustomError("groups_and_time", "", {"at": "time"})
        for role in ("groups", "time", "weight", "drop", "categorical"):
            own = getattr(self, role)
            if own and self.target in (own if isinstance(own, list) else [own]):
                raise PydanticCustomError("target_twice", "", {"at": role})
        return self


class ModelConfig(Section):
    """``model``: today's."""

    family: FamilyName = Field(description="Model family: one that has a recipe.")
    params: dict[str, Any] = Field(
        default={}, description="What you use today, under the library's names."
    )
    threshold: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="Probability from which a row counts as class 1; else 0.5."
    )

    factory: Text | None = Field(
        default=None,
        description="Of family import: module:function that makes your own model, not fitted.",
    )
    code: Text | None = Field(
        default=None,
        description="Of family import: folder of that module; else the folder of this file.",
    )
    roles: dict[str, dict[str, Any]] = Field(
        default={},
        description="Of family import: stage by stage, parameters and where to look for values.",
    )

    @model_validator(mode="after")
    def _own(self) -> ModelConfig:
        own = {"factory": self.factory, "code": self.code, "roles": self.roles or None}
        at = next((name for name, value in own.items() if value is not None), None)
        if self.family != OWN and at is not None:
            raise PydanticCustomError("only_of_import", "", {"at": at})
        if self.family == OWN and self.factory is None:
            raise PydanticCustomError("missing_key", "", {"at": "factory"})
        return self

    def recipe(self, task: Task | None = None) -> Recipe:
        """The recipe for this model; of a family of several estimators, the one it means.

        Of a person's own model what it is by default is known only once it is made.
        """
        if self.family == OWN:
            return own_recipe(self.roles, {})
        return recipe_for(self.family, self.params, task)


def _none(value: object) -> object:
    """``none`` as reports write it."""
    return None if value == "none" else value


class PreprocessingConfig(Section):
    """``preprocessing``: what is done to the features today."""

    scale: Annotated[Literal["standard"] | None, BeforeValidator(_none)] = Field(
        default=None,
        description="standard: number columns get mean 0 and variance 1; none: they stay as are.",
    )
    missing: Literal["mean", "indicator"] = Field(
        default="mean",
        description="For a model that takes no missing values: fill them, or also mark them.",
    )
    numbers: list[Text] = Field(
        default=[], description="Text columns whose numbers are to be read as numbers."
    )


class TrainingConfig(Section):
    """``training``: what is done to the training rows today."""

    fraction: float = Field(
        default=1.0, gt=0, le=1, description="Share of the training rows that is used."
    )
    pool: float = Field(
        default=0.0, ge=0, le=1, description="Share of data.pool that the model uses today."
    )
    class_weight: Literal["balanced", "sqrt"] | None = Field(
        default=None,
        description="balanced: every class weighs the same in training; sqrt: half of the way.",
    )
    merge_duplicates: bool = Field(
        default=False, description="Exact duplicates become one weighted row."
    )
    resample: Literal["under", "over"] | None = Field(
        default=None,
        description="under: as many rows of each class as of the rarest; over: as of the largest.",
    )
    suspects: Literal["drop", "down_weight"] | None = Field(
        default=None, description="Rows whose target two families of models contradict."
    )
    augment: Literal["mixup", "noise", "swap"] | None = Field(
        default=None, description="Made-up rows beside the real ones, for nets."
    )

    @model_validator(mode="after")
    def _one_balance(self) -> TrainingConfig:
        if self.class_weight is not None and self.resample is not None:
            raise PydanticCustomError("two_balances", "", {"at": "resample"})
        return self


class SearchConfig(Section):
    """``search``: how far to go."""

    stages: list[OneStage] = Field(
        default=list(STAGE_ORDER), min_length=1, description="Stages to run; their order is fixed."
    )
    stop: Literal["first_improvement", "first_proven", "never"] = Field(
        default="first_improvement", description="When a proven gain ends the run."
    )
    trials: int = Field(default=40, ge=1, le=1000, description="Candidates per stage, at most.")
    minutes: float = Field(default=15.0, gt=0, description="For the whole run, a cap.")
    folds: int = Field(
        default=5, ge=2, le=20, description="Parts the training rows are split into."
    )
    proof: Literal["standard", "sensitive", "strict"] = Field(
        default="standard", description="How much evidence a gain needs."
    )
    sufficient: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Share of the gain in sight that a stage must bring to stop.",
    )

    @field_validator("stages")
    @classmethod
    def _in_order(cls, stages: list[StageName]) -> list[StageName]:
        for i, stage in enumerate(stages):
            if stage in stages[:i]:
                raise PydanticCustomError("stage_twice", "", {"at": i})
        return [stage for stage in STAGE_ORDER if stage in stages]


class AuditConfig(Section):
    """``audit``: what was accepted."""

    allow: list[Text] = Field(
        default=[], description="Findings that do not block, e.g. L02:cancel_date."
    )


class ReportConfig(Section):
    """``report``: its language and place."""

    lang: Language | None = Field(default=None, description="Language; else ADVISOR_LANG.")
    dir: Text = Field(default="runs", description="Folder for the folders of the runs.")
