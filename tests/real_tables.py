"""The real tables of the scripts in this folder: ``ADVISOR_DATA`` names their folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from advisor.data.tables import read_table


def manifest() -> dict[str, dict[str, Any]]:
    """What is known of each table, by name."""
    folder = Path(os.environ["ADVISOR_DATA"])
    return {e["name"]: e for e in json.loads((folder / "manifest.json").read_text())}


def table(entry: dict[str, Any]) -> pd.DataFrame:
    """The set's rows without the columns that must not be features."""
    frame = read_table(Path(os.environ["ADVISOR_DATA"]) / entry["file"], None, None)
    return frame.drop(columns=entry["exclude_from_features"])


def most_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Four fifths of the rows, always the same; copies of a row stay together."""
    hide = np.random.default_rng(12).random(len(frame)) < 0.2
    copies = frame.groupby(list(frame.columns), dropna=False, sort=False).ngroup()
    return frame[~hide[np.unique(copies, return_index=True)[1]][copies]]
