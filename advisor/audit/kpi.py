"""Does the metric measure what the person wants?"""

from __future__ import annotations

from advisor.audit.base import Check

CHECKS: tuple[Check, ...] = ()
