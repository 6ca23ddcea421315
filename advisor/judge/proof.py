"""What one stage has to show before it is called an improvement: alpha, delta and kappa."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Chance of a false claim that a whole run may take, by ``search.proof``.
RUN_ALPHA = {"standard": 0.05, "sensitive": 0.10, "strict": 0.05}


@dataclass(frozen=True, slots=True)
class Proof:
    """What one stage has to show.

    Attributes:
        alpha: for this stage, already split.
        delta: smallest gain worth having, >= 0.
        kappa: every t is divided by it.
        few_rows: kappa is there because the rows are few, not because the person is strict.
    """

    alpha: float
    delta: float
    kappa: float = 1.0
    few_rows: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha lies in (0, 1), got {self.alpha}")
        if not self.delta >= 0:
            raise ValueError(f"the smallest gain worth having is at least 0, got {self.delta}")
        if not self.kappa >= 1:
            raise ValueError(f"kappa is at least 1, got {self.kappa}")


def make_proof(
    *,
    mode: Literal["standard", "sensitive", "strict"],
    tests: int,
    delta: float,
    rows: int,
    units: int,
    minority: int | None,
) -> Proof:
    """The proof each of ``tests`` tests of a run must give; GATE.md, "Evidence" and kappa.

    Args:
        minority: rows of the rarest class; None for regression.
    """
    if tests < 1:
        raise ValueError(f"a run makes at least one test, got {tests}")
    if mode not in RUN_ALPHA:
        raise ValueError(f"proof is standard, sensitive or strict, got {mode!r}")
    kappa = 1.0
    if rows < 300 or units < 50 or (minority is not None and minority < 50):
        kappa = 1.3
    elif units < 300:  # large groups with skewed sums: 8 % false runs at 100 groups without it
        kappa = 1.15
    alpha = RUN_ALPHA[mode] / tests
    return Proof(alpha, delta, 1.3 if mode == "strict" else kappa, few_rows=kappa > 1)
