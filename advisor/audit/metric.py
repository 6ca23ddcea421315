"""Can this metric tell a good model from a useless one?"""

from __future__ import annotations

from advisor.audit.base import Check

CHECKS: tuple[Check, ...] = ()
