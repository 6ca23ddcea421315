"""The best of many by luck alone: the max-T null distribution, and what the best is really worth.

Max-T: Z = the largest of C correlated Gaussians over sqrt(chi2_df / df); White 2000, Hansen 2005.
BBC-CV: the best candidate of a bootstrap of the units is scored on the units it left out;
Tsamardinos, Greasidou & Borboudakis 2018.  Neither fits a model nor grows with the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from advisor.types import Floats

DRAWS = 20_000
BOOTSTRAPS = 500
BINS = 1_000  # BBC-CV resamples at most so many bins of units: its cost must not grow with rows


@dataclass(frozen=True, slots=True, eq=False)
class MaxT:
    """The largest t of ``columns`` candidates when none of them is any better.

    Attributes:
        draws: (B,) sorted.
        columns: candidates that count, correlated or independent.
        df: degrees of freedom of the search evidence.
        kappa: every t is divided by it first (a guard where the rows are few).
    """

    draws: Floats
    columns: int
    df: int
    kappa: float

    def p_value(self, t: float, df: float | None = None) -> float:
        """P(Z >= t / kappa).

        The share of draws lies between the tail of one column and C times it (Bonferroni); the
        bounds resolve the tiny p that 20,000 draws cannot.  A t with fewer degrees of freedom than
        the search's is first turned into the one with the same tail at the search's.
        """
        t = t / self.kappa
        one = float(stats.t.sf(t, self.df if df is None else min(df, self.df)))
        if df is not None and df < self.df:
            t = float(stats.t.isf(one, self.df))
        above = len(self.draws) - int(np.searchsorted(self.draws, t))
        by_draws = (1 + above) / (1 + len(self.draws))
        return max(one, min(by_draws, self.columns * one, 1.0))

    def critical(self, alpha: float) -> float:
        """The smallest t (kappa included) whose p is at most ``alpha``."""
        allowed = int(alpha * (1 + len(self.draws))) - 1
        by_draws = self.draws[len(self.draws) - 1 - allowed] if allowed >= 0 else np.inf
        one = stats.t.isf(alpha, self.df)
        most = stats.t.isf(alpha / self.columns, self.df)
        return float(self.kappa * max(one, min(by_draws, most)))


def max_t(values: Floats, *, independent: int, df: int, kappa: float, seed: int) -> MaxT:
    """The null distribution for correlated columns and some more that are independent.

    Args:
        values: (G, C) unit values of the candidates that share their rows.
        independent: candidates without enough rows to know their correlation.
    """
    rng = np.random.default_rng(seed)
    root = _root(correlation(values))
    largest = (rng.standard_normal((DRAWS, root.shape[1])) @ root.T).max(axis=1)
    if independent:
        # the largest of m independent Gaussians at once: the quantile of the m-th root of U
        alone = special.ndtri(rng.random(DRAWS) ** (1 / independent))
        largest = np.maximum(largest, alone)
    draws = np.sort(largest / np.sqrt(rng.chisquare(df, DRAWS) / df))
    return MaxT(draws, values.shape[1] + independent, df, kappa)


def correlation(values: Floats) -> Floats:
    """(C, C); a column without variance correlates with nothing."""
    centred = values - values.mean(axis=0)
    norm = np.sqrt(np.einsum("ij,ij->j", centred, centred))
    c = (centred.T @ centred) / np.outer(*(2 * [np.where(norm > 0, norm, 1.0)]))
    np.fill_diagonal(c, 1.0)
    return np.asarray(c)


def _root(c: Floats) -> Floats:
    """L with L L' = c; eigenvalues below zero by rounding are zero."""
    value, vector = np.linalg.eigh(c)
    return np.asarray(vector * np.sqrt(np.clip(value, 0.0, None)))


def bbc_gain(values: Floats, seed: int) -> float:
    """What choosing the best of (G, C) unit values gains on units that did not choose it.

    More than 1,000 units are resampled as 1,000 random bins of them.
    """
    rng = np.random.default_rng(seed)
    units, n = values, len(values)
    sizes = np.ones(n)
    if n > BINS:
        order = rng.permutation(n)
        starts = np.arange(BINS) * n // BINS
        units = np.add.reduceat(values[order], starts, axis=0)
        sizes = np.diff(np.append(starts, n)).astype(np.float64)
        n = BINS
    picked = rng.integers(0, n, (BOOTSTRAPS, n)) + n * np.arange(BOOTSTRAPS)[:, None]
    counts = np.bincount(picked.ravel(), minlength=n * BOOTSTRAPS).reshape(BOOTSTRAPS, n)
    best = (counts.astype(np.float64) @ units).argmax(axis=1)
    out = (counts == 0).astype(np.float64)
    left = out @ sizes
    ok = left > 0
    if not ok.any():
        return float(values.mean(axis=0).max())
    gains = (out @ units)[np.arange(BOOTSTRAPS), best]
    return float(np.mean(gains[ok] / left[ok]))
