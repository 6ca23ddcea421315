"""A fitted booster under the Dataset's own column names, and its file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.learners.features import read_numbers
from advisor.learners.lightgbm.params import safe_names

NUMBERS = "advisor_numbers:"
CATEGORIES = "pandas_categorical:"  # LightGBM's own last line; it reads nothing before it


class LightGBMModel:
    """A booster that takes the Dataset's columns under their original names.

    ``numbers`` are the text columns that it reads as numbers.
    """

    def __init__(self, booster: lgb.Booster, numbers: tuple[str, ...] = ()) -> None:
        self._booster = booster
        self._numbers = numbers

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        table = read_numbers(X, self._numbers)
        table = table.set_axis(safe_names(list(X.columns)), axis=1)
        return np.asarray(self._booster.predict(table))

    def save(self, folder: Path) -> Path:
        """LightGBM's text format; a line that LightGBM passes over names the ``numbers``."""
        file = folder / "model.txt"
        self._booster.save_model(str(file))
        if self._numbers:
            head, mark, last = file.read_text(encoding="utf-8").rpartition(CATEGORIES)
            line = f"{NUMBERS}{json.dumps(self._numbers)}\n"
            file.write_text(f"{head}{line}{mark}{last}", encoding="utf-8")
        return file


def load_model(file: Path) -> LightGBMModel:
    """What ``LightGBMModel.save`` wrote, or any model file of LightGBM."""
    line = re.search(rf"^{NUMBERS}(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    numbers = tuple(json.loads(line[1])) if line else ()
    return LightGBMModel(lgb.Booster(model_file=str(file)), numbers)
