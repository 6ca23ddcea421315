"""Another family's default in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from advisor.report.locale import Catalog
from advisor.results import Escalation


def family_words(catalog: Catalog, family: str) -> str:
    """What people call a family that may be offered."""
    return catalog.say(f"escalation.name.{family}")


def escalation_words(
    catalog: Catalog, found: Escalation, metric: str, score: Callable[[float], str]
) -> str:
    """What it did beside the person's own model; ``score`` writes scores as the page does."""
    values: dict[str, Any] = {"name": family_words(catalog, found.family), "metric": metric}
    verdict = found.verdict
    if verdict is None:
        return catalog.say(found.reason.code, **found.reason.evidence, **values)
    values |= {name: getattr(verdict, name) for name in ("gain", "low", "high")}
    if found.before is not None and found.after is not None:
        values |= {"before": score(found.before), "after": score(found.after)}
    code = "escalation.proven" if found.proven else "escalation.unproven"
    far = verdict.reason.evidence["delta"]
    return catalog.say(code, source=found.source, far=far, **values)
