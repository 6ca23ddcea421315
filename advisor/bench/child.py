"""One piece of a bench in a process of its own: ``python -m advisor.bench.child JOB_FILE``.

The job file names the config, the job and where to write the row; everything that is printed goes
to the log beside it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from advisor.bench.config import make_bench
from advisor.bench.damage import CannotPlant
from advisor.bench.modes import MODES
from advisor.bench.parent import end_with
from advisor.errors import AdvisorError


def do(file: Path) -> None:
    """Run the job that ``file`` describes and write its row, whole or not at all."""
    job = json.loads(file.read_text(encoding="utf-8"))
    end_with(job["parent"])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, job["cores"])
    config = make_bench(job["config"], Path(job["base"]))
    with tempfile.TemporaryDirectory(prefix="advisor-bench-") as folder:
        try:
            work = MODES[config.mode].work
            outcome: dict[str, Any] = {
                "row": work(config, job["job"], Path(folder), Path(job["cache"]))
            }
        except CannotPlant as reason:
            outcome = {"trouble": "cannot_plant", "detail": str(reason)}
        except AdvisorError as error:
            outcome = {"trouble": "refused", "detail": str(error)}
    target = Path(job["out"])
    draft = target.with_suffix(".part")
    draft.write_text(json.dumps(outcome, ensure_ascii=False, default=str), encoding="utf-8")
    draft.replace(target)


if __name__ == "__main__":
    do(Path(sys.argv[1]))
