"""Treatments of the training rows as data: ``recipes/data.yaml``, read by ``load.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from advisor.errors import RecipeError
from advisor.settings import Treatment

TIMES = "times"  # in ``set.pool``: as many rows of the pool as make this many times today's


@dataclass(frozen=True, slots=True)
class TreatmentRecipe:
    """One treatment: what it sets, when it applies, and why it may help.

    ``set`` gives fields of ``Treatment``; ``pool: {times: 2}`` asks for so many rows of the pool
    that there are twice as many training rows.  ``when`` names conditions of ``stages/when.py``.
    """

    name: str
    set: Mapping[str, Any]
    why: str
    when: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = {"name": self.name}
        if not self.set or not self.why:
            raise RecipeError("treatment_empty", values)
        times = self.times
        if times is not None and not times > 1:
            raise RecipeError("treatment_times", {**values, "found": str(times)})
        try:
            replace(Treatment(), **self.fields(1.0))
        except (TypeError, ValueError) as e:
            raise RecipeError("treatment_wrong", {**values, "problem": str(e)}) from e

    @property
    def times(self) -> float | None:
        """How many times today's rows it asks for; None where it gives a share."""
        pool = self.set.get("pool")
        if not isinstance(pool, Mapping):
            return None
        return float(pool.get(TIMES, 0.0))

    def fields(self, pool: float) -> dict[str, Any]:
        """The fields of ``Treatment`` it sets; ``pool`` is the share that ``times`` comes to."""
        return dict(self.set) if self.times is None else {**self.set, "pool": pool}


@dataclass(frozen=True, slots=True)
class Combination:
    """Treatments that go together, tried where each of them applies."""

    name: str
    of: tuple[str, ...]
    why: str

    def __post_init__(self) -> None:
        if len(self.of) < 2 or not self.why:
            raise RecipeError("treatment_empty", {"name": self.name})


@dataclass(frozen=True, slots=True)
class RowRecipe:
    """All treatments by name, in the order they are tried, and their combinations."""

    source: str
    treatments: Mapping[str, TreatmentRecipe] = field(default_factory=dict)
    combinations: Mapping[str, Combination] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for made in self.combinations.values():
            for name in made.of:
                if name not in self.treatments:
                    values = {"name": name, "allowed": list(self.treatments)}
                    raise RecipeError("treatment_unknown", values)
