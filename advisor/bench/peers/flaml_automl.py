"""FLAML's cost-frugal search, LightGBM alone, from the stuck model."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from advisor.bench.peers.base import FOLDS, ROUNDS, StuckCase, Teller

LOOKS = 0.05  # seconds between two looks at FLAML's log
BINS = "log_max_bin"
USUAL_BINS = 8  # 2 ** 8 - 1, LightGBM's default


def _domain(low: float, high: float, *, whole: bool, log: bool) -> Any:
    """A range as FLAML takes it; both ends are in it."""
    tune = import_module("flaml.tune")
    if whole:
        return (tune.lograndint if log else tune.randint)(lower=int(low), upper=int(high) + 1)
    return (tune.loguniform if log else tune.uniform)(lower=low, upper=high)


class Flaml:
    """``AutoML.fit`` with five folds and ``starting_points``.

    Its own space, widened to hold the start; parameters that the start sets and FLAML would not
    search (``max_depth``) are searched in the recipe's range.  ``auto_augment`` is off: with it
    rare classes are copied into the scored rows and the estimates are worth nothing.
    """

    def search(self, case: StuckCase, teller: Teller) -> str:
        """One call of ``fit`` with the time that is left."""
        puzzle = case.puzzle
        automl = import_module("flaml").AutoML()
        custom, point = self._space(case)
        log = teller.file.with_suffix(".flaml.log")
        over = threading.Event()
        reader = threading.Thread(target=self._read, args=(log, case, teller, over))
        reader.start()
        try:
            automl.fit(
                X_train=case.X.set_axis([f"c{k}" for k in range(case.X.shape[1])], axis=1),
                y_train=case.y,
                task="regression" if puzzle.task == "regression" else "classification",
                metric=puzzle.flaml_metric,
                estimator_list=["lgbm"],
                time_budget=puzzle.seconds - teller.elapsed,
                eval_method="cv",
                n_splits=FOLDS,
                n_jobs=1,
                seed=puzzle.seed,
                auto_augment=False,
                retrain_full=False,
                ensemble=False,
                early_stop=False,
                starting_points={"lgbm": point},
                custom_hp={"lgbm": custom},
                log_file_name=str(log),
                log_type="better",
                verbose=0,
            )
        finally:
            over.set()
            reader.join()
        return "finished"

    def _space(self, case: StuckCase) -> tuple[dict[str, Any], dict[str, Any]]:
        """(changes of FLAML's space, the start in it)."""
        puzzle = case.puzzle
        estimator = import_module("flaml.automl.model").LGBMEstimator
        own = estimator.search_space(data_size=case.X.shape, task=puzzle.task)
        custom: dict[str, Any] = {}
        point: dict[str, Any] = {BINS: USUAL_BINS}
        for name, place in own.items():
            if name not in puzzle.start:
                continue
            value, domain = puzzle.start[name], place["domain"]
            low, high = domain.lower, domain.upper
            whole = isinstance(domain.lower, int) and name != "reg_lambda"
            point[name] = value if value > 0 else low  # no penalty is the low end
            if not low <= point[name] <= high - whole:  # of whole numbers FLAML leaves out the last
                wide = _domain(min(low, value), max(high, value), whole=whole, log=True)
                custom[name] = {"domain": wide, "init_value": value}
        for place in puzzle.space:
            value = puzzle.start[place.name]
            if place.name in own or place.kind == "choice" or value == place.usual:
                continue
            point[place.name] = place.held(value)
            domain = _domain(place.low, place.high, whole=place.kind == "int", log=place.log)
            custom[place.name] = {"domain": domain, "init_value": point[place.name]}
        return custom, point

    def _read(self, log: Path, case: StuckCase, teller: Teller, over: threading.Event) -> None:
        """Pass on what FLAML writes down, as it writes it."""
        seen, first, last = 0, True, False
        while not last:
            last = over.wait(LOOKS)  # one more look after the end
            lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
            for line in lines[seen:]:
                try:
                    record = json.loads(line)
                except ValueError:
                    break  # half a line: the next look has it whole
                seen += 1
                if "config" not in record:
                    continue
                score = -float(record["validation_loss"])
                if case.puzzle.greater_is_better:
                    score += 1.0  # FLAML minimises 1 - AUC
                if first:
                    teller.start(case.puzzle.start, score)
                    first = False
                    continue
                teller.tell(self._params(record["config"], case), score)

    @staticmethod
    def _params(config: Mapping[str, Any], case: StuckCase) -> dict[str, Any]:
        found = {n: v for n, v in config.items() if n not in (BINS, "FLAML_sample_size")}
        if BINS in config:
            found["max_bin"] = (1 << round(config[BINS])) - 1
        found[ROUNDS] = round(found[ROUNDS])
        return case.puzzle.params(found)


PEER = Flaml()
