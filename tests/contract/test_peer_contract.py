"""Every peer keeps one contract: from the stuck model, better by its own measure, all refittable.

Each runs as it does in a bench, in a process of its own and for a few seconds of processor time.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.bench.cases import make_case
from advisor.bench.peered import run_peers
from advisor.bench.peers import PEERS

SECONDS = 5.0


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize(
    "table", ["breast_cancer", pytest.param("friedman", marks=pytest.mark.slow)]
)
def test_a_peer_starts_at_the_stuck_model_and_tells_ever_better_ones(
    name: str, table: str, tmp_path: Path
) -> None:
    if not PEERS[name].there:
        pytest.skip(f"{PEERS[name].library} is not installed; it comes with advisor[peers]")
    row = run_peers(
        make_case(table, "rate_high", "lightgbm", 0, 300),
        tmp_path,
        tables=None,
        cache=None,
        names=[name],
        seconds=SECONDS,
        seeds=1,
        full=False,
    )
    run = row.peers[name]
    assert run.ended in ("finished", "killed", "keep", "late"), run.detail
    assert run.seconds <= SECONDS
    if not run.points:
        pytest.skip("nothing was said within the budget: this machine is too slow for it")
    times = [seconds for seconds, _, _, _ in run.points]
    assert times == sorted(times)
    assert times[-1] <= SECONDS
    own = [estimate for _, _, estimate, _ in run.points if estimate is not None]
    assert own == sorted(own)
    assert run.points[0][3] == pytest.approx(row.start)
    if len(run.points) == 1:
        assert run.params == {}
        assert run.gain == 0.0
    else:
        assert run.gain == pytest.approx(run.points[-1][3] - row.start)
        assert run.promised is not None
        assert run.promised > 0
