"""What is found in every real table as it is, with all its columns: a table of codes.

    ADVISOR_DATA=folder python tests/audited_tables.py [--sets a,b] [--rows 30000]

Columns that give groups, an order in time or the target away are kept and not declared; the model
is a sane LightGBM.  A line a table: issues and warnings with the column they name, and what the
checks cost in cross-validations of the model.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from pathlib import Path

import numpy as np
from real_tables import manifest

import advisor
from advisor.data.tables import read_table
from advisor.types import Finding, Severity

SANE = {"learning_rate": 0.1, "n_estimators": 100}
TOLD = (Severity.ISSUE, Severity.WARNING)


def findings(name: str, rows: int) -> list[Finding]:
    """Issues and warnings of the table, those that need a fitted model included."""
    entry = manifest()[name]
    frame = read_table(Path(os.environ["ADVISOR_DATA"]) / entry["file"], None, None)
    if len(frame) > rows:
        kept = np.sort(np.random.default_rng(0).choice(len(frame), rows, replace=False))
        frame = frame.iloc[kept].reset_index(drop=True)
    config = {
        "version": 1,
        "data": {"target": entry["target"]},
        "model": {"family": "lightgbm", "params": SANE},
    }
    issues = advisor.tune(config, data=frame, until="audit").audit
    blocks = [f for f in issues if f.status is Severity.ISSUE]
    allowed = {"allow": [f"{f.code}:{f.evidence['column']}" for f in blocks]}
    rest = advisor.tune(config | {"audit": allowed}, data=frame, until="diagnosis").audit
    return [*blocks, *(f for f in rest if f.status in TOLD)]


def named(finding: Finding) -> str:
    """Code, status and what it is about, in a few words."""
    about = finding.evidence.get("column") or finding.evidence.get("columns") or ""
    columns = ", ".join(map(str, about[:3])) if isinstance(about, list | tuple) else str(about)
    status = str(finding.status) if finding.status is Severity.ISSUE else ""
    return " ".join(filter(None, (finding.code, status, columns)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join(manifest()))
    parser.add_argument("--rows", type=int, default=30_000, help="of each table at most")
    args = parser.parse_args()
    tables: dict[str, list[str]] = defaultdict(list)
    for name in args.sets.split(","):
        told = findings(name, args.rows)
        for finding in told:
            tables[finding.code].append(name)
        print(f"{name}: {'; '.join(map(named, told))}", flush=True)  # noqa: T201
    for code in sorted(tables):
        print(f"{code} ({len(tables[code])}): {', '.join(tables[code])}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
