"""Do the folds keep apart what belongs together: groups, time, classes?"""

from __future__ import annotations

from advisor.audit.base import Check

CHECKS: tuple[Check, ...] = ()
