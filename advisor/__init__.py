"""advisor: the tuning advisor for stuck machine-learning models.

``advisor.tune("config.yaml")`` runs what the command ``advisor tune config.yaml`` runs and returns
the Report; ``advisor.predict`` uses the model a run left behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.api import predict, start, tune
    from advisor.results import Report

__all__ = ["Report", "__version__", "predict", "start", "tune"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load the library when it is first used: ``advisor --help`` should not wait for it."""
    if name in ("predict", "start", "tune"):
        from advisor import api

        return getattr(api, name)
    if name == "Report":
        from advisor import results

        return results.Report
    raise AttributeError(f"module 'advisor' has no attribute {name!r}")
