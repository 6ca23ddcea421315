"""Does a column, a copied row or the order of the rows give the target away?"""

from __future__ import annotations

from advisor.audit.base import Check

CHECKS: tuple[Check, ...] = ()
