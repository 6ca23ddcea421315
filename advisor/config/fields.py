"""What single values of the config may be, beyond their type: paths, metrics, families, stages."""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from advisor.metrics.table import METRICS, metric_names
from advisor.recipes.load import families
from advisor.recipes.own import FAMILY as OWN
from advisor.recipes.recipe import is_number
from advisor.types import STAGE_ORDER, StageName
from advisor.yaml_file import number_in


def _paths(value: Any) -> Any:
    """One path or a list of them, none of them empty."""
    each = value if isinstance(value, list) else [value]
    if value is not None and not (each and all(isinstance(p, str) and p for p in each)):
        raise PydanticCustomError("not_a_path", "")
    return value


def _test(value: Any) -> Any:
    share = is_number(value) and 0 < value <= 0.5
    path = isinstance(value, str) and value.strip() and number_in(value) is None
    if not (share or path or value is False):
        raise PydanticCustomError("not_a_test", "")
    return value


def _metric(value: Any) -> Any:
    """A metric's name in its own spelling; a person may write it as reports do: AUC, RMSE."""
    if isinstance(value, str) and value not in metric_names():
        of_lower = {name.lower(): name for name in reversed(metric_names())}
        if value.lower() in of_lower:
            return of_lower[value.lower()]
        raise PydanticCustomError("not_one_of", "", {"allowed": list(METRICS)})
    return value


def _family(value: Any) -> Any:
    if isinstance(value, str) and value not in model_families():
        raise PydanticCustomError("not_one_of", "", {"allowed": model_families()})
    return value


def model_families() -> list[str]:
    """What ``model.family`` may be: the families that have a recipe, and the person's own model."""
    return [*families(), OWN]


def _stage(value: Any) -> Any:
    if value not in STAGE_ORDER:
        raise PydanticCustomError("not_one_of", "", {"allowed": [str(s) for s in STAGE_ORDER]})
    return value


def _encoding(value: Any) -> Any:
    try:
        codecs.lookup(value if isinstance(value, str) else "utf-8")
    except (LookupError, ValueError):
        raise PydanticCustomError("not_an_encoding", "") from None
    return value


def _character(value: Any) -> Any:
    if isinstance(value, str) and len(value) != 1:
        raise PydanticCustomError("not_one_character", "")
    return value


def _one(value: Any) -> Any:
    """``true`` and ``1.0`` equal 1 in Python and are no version."""
    return value if type(value) is int else str(value)


Text = Annotated[str, Field(min_length=1)]
Paths = Annotated[str | list[str] | None, BeforeValidator(_paths)]
MetricName = Annotated[Text | None, BeforeValidator(_metric)]
Amount = Annotated[float, Field(ge=0)]
TestPart = Annotated[float | str | Literal[False] | None, BeforeValidator(_test)]
Encoding = Annotated[str | None, BeforeValidator(_encoding)]
Character = Annotated[str | None, BeforeValidator(_character)]
FamilyName = Annotated[str, BeforeValidator(_family)]
OneStage = Annotated[StageName, Field(strict=False), BeforeValidator(_stage)]
Version = Annotated[Literal[1], BeforeValidator(_one)]
