"""The model that a run left behind, on new rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from advisor.data.columns import encode
from advisor.data.columns_file import columns_from_json
from advisor.data.new_rows import Unfamiliar, unfamiliar, widened
from advisor.errors import UsageError
from advisor.learners import LEARNERS
from advisor.metrics.contributions import labels as predicted_codes
from advisor.metrics.table import at_threshold
from advisor.outcome.folder import REPORTS, find_run, report_file
from advisor.own_code import reachable
from advisor.recipes.own import FAMILY as OWN
from advisor.report.error_words import in_words
from advisor.results import Status
from advisor.types import Severity, Task


def unread(run: Path | str, frame: pd.DataFrame) -> list[Unfamiliar]:
    """Texts of new rows that a run's improved model predicts as missing, column by column.

    Raises:
        UsageError: the run left no model.
    """
    described = _saved_model(run)[1]
    columns = columns_from_json(described["columns"])
    return unfamiliar(frame, columns, described.get("numbers", ()))


def _saved_model(run: Path | str) -> tuple[Path, dict[str, Any]]:
    """The folder of a run and what is written beside its model; why there is none."""
    folder = find_run(str(run))
    card = folder / "model.json"
    if card.exists():
        described: dict[str, Any] = json.loads(card.read_text(encoding="utf-8"))
        return folder, described
    file = report_file(folder)
    if not file.exists():
        raise UsageError("run_not_ended", {"run": folder.name})
    report = json.loads(file.read_text(encoding="utf-8"))
    if report["status"] == Status.BLOCKED:
        codes = sorted({f["code"] for f in report["audit"] if f["status"] == Severity.ISSUE})
        raise UsageError("run_blocked", {"run": folder.name, "codes": codes})
    ended = file.stem == REPORTS[0] and report["status"] != Status.INTERRUPTED
    raise UsageError("run_without_model" if ended else "run_not_ended", {"run": folder.name})


@in_words()
def predict(run: Path | str, frame: pd.DataFrame, *, allow_code: bool = False) -> pd.DataFrame:
    """Predictions of a run's improved model for new rows.

    Args:
        run: the run's folder or name.
        frame: rows with the training table's feature columns; others are ignored.
        allow_code: the model is a person's own, and reading it runs their code.

    Returns:
        Column ``prediction`` (a label or a value), and ``p_<class>`` for classification, in the
        rows' order and under their index.

    Raises:
        UsageError: the run left no model (nothing was proven), or a column is missing.
    """
    folder, described = _saved_model(run)
    if described["learner"] == OWN:
        if not allow_code:
            raise UsageError("saved_code_not_allowed", {"run": folder.name})
        reachable(Path(described["folder"]))
    model = LEARNERS[described["learner"]]().load(folder / described["file"])
    known = columns_from_json(described["columns"])
    table = encode(frame, widened(frame, known, described.get("numbers", ())))
    pred = np.asarray(model.predict(table))
    if described["task"] == Task.REGRESSION:
        return pd.DataFrame({"prediction": pred}, index=frame.index)
    classes = described["classes"]
    shares = np.column_stack([1 - pred, pred]) if pred.ndim == 1 else pred
    decided = at_threshold(pred, described.get("threshold"))
    labels = np.asarray(classes, dtype=object)[predicted_codes(decided)]
    columns = {f"p_{name}": shares[:, k] for k, name in enumerate(classes)}
    return pd.DataFrame({"prediction": labels, **columns}, index=frame.index)
