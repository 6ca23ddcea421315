"""One peer on one case: ``python -m advisor.bench.peers NAME FOLDER BEGAN CORE PARENT``.

FOLDER holds what ``write_case`` laid there; what is found is appended to ``NAME.jsonl`` in it.
BEGAN is ``time.time()`` when the process was started, CORE the one to stay on (-1: any), PARENT the
id of the process that started it.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from advisor.bench.parent import end_with
from advisor.bench.peers import load_peer
from advisor.bench.peers.base import Teller, read_case
from advisor.bench.peers.clock import settle, show_processor_time


def main(name: str, folder: Path, began: float, core: int, parent: int) -> None:
    """Search, and write down what is found."""
    end_with(parent)
    warnings.simplefilter("ignore")  # the libraries talk to their own users
    wall = show_processor_time(began)
    case = read_case(folder)
    settle(case.puzzle.seconds, None if core < 0 else core)
    teller = Teller(folder / f"{name}.jsonl", wall)
    teller.end(load_peer(name).search(case, teller))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), *map(int, sys.argv[4:6]))
