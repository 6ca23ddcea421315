"""The smoke bench: what was named rightly in the committed result is still named rightly.

Verdicts are compared, never timings.  Measured anew: advisor bench configs/bench/smoke.yaml
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor.bench.config import load_bench
from advisor.bench.jobs import HEALTHY_SHARE, list_cases
from advisor.bench.run import Bench

BENCH = Path(__file__).parent.parent.parent / "configs" / "bench"
CONFIG = load_bench(BENCH / "smoke.yaml")


def committed() -> dict[str, dict[str, object]]:
    whole = json.loads((BENCH / "results" / "smoke.json").read_text(encoding="utf-8"))
    assert not whole["troubles"]
    return {row["case"]: row for row in whole["rows"]}


def test_the_committed_result_is_one_of_this_config() -> None:
    rows = committed()
    assert sorted(rows) == sorted(case.id for case in list_cases(CONFIG))
    healthy = [row for row in rows.values() if row["kind"] == "healthy"]
    assert len(healthy) >= HEALTHY_SHARE * len(rows)
    assert sum(bool(row["right"]) for row in rows.values()) >= 0.8 * len(rows)


@pytest.mark.slow
def test_no_verdict_has_become_worse(tmp_path: Path) -> None:
    bench = Bench(CONFIG.model_copy(update={"dir": str(tmp_path)}))
    for _ in bench.run():
        pass
    assert bench.troubles == {}
    before = committed()
    worse = {
        case: (row["named"], before[case]["named"])
        for case, row in bench.rows.items()
        if before[case]["counts"] and row["counts"] and before[case]["right"] and not row["right"]
    }
    assert worse == {}
