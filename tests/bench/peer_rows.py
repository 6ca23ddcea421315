"""Rows of a bench of peers that were never measured: what the summary and the pages are made of."""

from __future__ import annotations

from typing import Any


def run(
    *points: tuple[float, float],
    ended: str = "finished",
    own: tuple[float, float] | None = None,
    start: float = -1.0,
    se: float = 0.02,
) -> dict[str, Any]:
    """A run with incumbents (seconds, score on hidden rows); the first is the stuck model."""
    final = points[-1][1] if points else start
    gain = final - start
    first, last = own or (start, final)
    estimates = [first, *[last] * (len(points) - 1)][: len(points)]
    return {
        "ended": ended,
        "detail": "",
        "seconds": points[-1][0] if points else 30.0,
        "wall": 60.0,
        "points": [[t, 2 * t, e, s] for (t, s), e in zip(points, estimates, strict=True)],
        "params": {},
        "promised": last - first if points else None,
        "gain": gain,
        "se": se,
        "worse": gain < -2 * se,
    }


def row(
    peers: dict[str, dict[str, Any]],
    *,
    case: str = "table/rate_high/lightgbm/0",
    se: float = 0.02,
    counts: bool = True,
    kind: str = "skill",
) -> dict[str, Any]:
    """A case whose stuck model scores -1, its sane one -0.2; all pairs have the same error."""
    names = list(peers)
    pairs = {
        f"{a} {b}": [peers[a]["gain"] - peers[b]["gain"], se]
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    }
    table, fault, family, seed = case.split("/")
    return {
        "case": case,
        "table": table,
        "fault": fault,
        "family": family,
        "seed": int(seed),
        "kind": kind,
        "metric": "log_loss",
        "rows": 800,
        "hidden": 200,
        "counts": counts,
        "drop": 0.5,
        "budget": 30.0,
        "naive": -1.2,
        "start": -1.0,
        "sane": -0.2,
        "order": names,
        "load": [0.5, 1.5],
        "peers": peers,
        "pairs": pairs,
    }
