"""Too few rows, too many, rows that contradict each other, one source that dominates."""

from __future__ import annotations

from advisor.audit.base import Check

CHECKS: tuple[Check, ...] = ()
