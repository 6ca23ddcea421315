"""``advisor init``: a commented config for a table, with what could be guessed filled in."""

from __future__ import annotations

import re
from difflib import get_close_matches

import numpy as np
import pandas as pd

from advisor.config_edit import inline
from advisor.config_fields import model_families
from advisor.dates import days_of_texts
from advisor.errors import DataError
from advisor.types import Task

# names like customer_id, customerId, ID, uuid, row_no; and what pandas calls a saved index
ID_NAME = re.compile(r"(^|[_\W])(id|ids|uuid|guid|key|nbr|index|row|row_?no|serial)$", re.I)
ID_CAMEL = re.compile(r"[a-z0-9](ID|Id)$")
INDEX_NAME = re.compile(r"^(Unnamed: \d+)?$")

SEEN = 1_000  # rows whose text is looked at

TEMPLATE = """\
# A config for `advisor tune`. What it would cost:  advisor tune <this file> --dry-run
version: 1
data:
  path: {path}            # CSV or Parquet, relative to this file; or a list of files
  target: {target}
  task: {task}            # binary | multiclass | regression
{drop}
  # categorical: [...]       # numbers that are categories
  {groups}
  {time}
  # pool: more.csv           # labelled rows the model does not use yet
  # test: 0.2                # locked away, opened once after a proven gain (or a path); \
automatic from 5,000 rows
metric: {metric}            # any scikit-learn scorer, or one of ours
# kpi: {{min_gain: 0.002}}     # smaller gains are not worth a change; or a cost table; \
goal: the score you need
model:
  family: lightgbm           # {families}
  params:                    # put in what you use today: it is the baseline
    learning_rate: 0.1
    n_estimators: 100
    num_leaves: 31
search:
  stages: [learning_rate, regularization, data_size, depth]   # the order is fixed; \
leaving one out is said in the report
  stop: first_improvement    # first_improvement | first_proven | never
  trials: 40                 # per stage, at most
  minutes: 15                # for the whole run, a cap
seed: 0
report: {{dir: runs}}          # lang: en | ja
"""


def starter_config(table: pd.DataFrame, path: str, target: str, task: Task, metric: str) -> str:
    """The text of a config for ``table``, read from ``path`` (relative to where it is saved).

    Columns that number the rows are dropped; columns that repeat an id or hold dates are
    suggested for ``groups`` and ``time``, as comments, because only the person can know.

    Raises:
        DataError: ``target_missing``, with the nearest column as the hint.
    """
    columns = [str(c) for c in table.columns]
    if target not in columns:
        near = get_close_matches(target, columns, n=1)
        values = {"target": target, "columns": columns}
        raise DataError("target_missing", values, hint=near[0] if near else None)
    features = [(str(c), table[c]) for c in table.columns if str(c) != target]
    ids = [name for name, column in features if _numbers_rows(name, column)]
    repeated = [name for name, _ in features if _named_like_id(name) and name not in ids]
    dates = [name for name, column in features if _holds_dates(column)]
    drop = f"  drop: {inline(ids)}" if ids else "  # drop: [...]"
    about = "unique in every row: they name rows and predict nothing" if ids else "columns to leave"
    return TEMPLATE.format(
        path=inline(path),
        target=inline(target),
        task=task,
        drop=f"{drop}            # {about}",
        groups=f"# groups: {inline((repeated or ['customer_id'])[0])}      "
        "# rows of one group never straddle a split",
        time=f"# time: {inline((dates or ['signup_date'])[0])}        "
        "# split by time instead of at random",
        metric=inline(metric),
        families=" | ".join(model_families()),
    )


def _named_like_id(name: str) -> bool:
    camel = ID_CAMEL.search(name) is not None
    return camel or ID_NAME.search(name) is not None or INDEX_NAME.match(name) is not None


def _holds_dates(column: pd.Series) -> bool:
    """A column of dates, or of text that is a date throughout."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    if pd.api.types.is_numeric_dtype(column):
        return False
    known = column.dropna().head(SEEN).astype(str)
    return bool(len(known)) and not np.isnan(days_of_texts(list(known))).any()


def _numbers_rows(name: str, column: pd.Series) -> bool:
    """Unique in every row and named like an id; measured values (with decimals) are none."""
    if not _named_like_id(name) or pd.api.types.is_bool_dtype(column) or len(column) < 2:
        return False
    if pd.api.types.is_float_dtype(column) and not (column.dropna() % 1 == 0).all():
        return False
    return bool(column.notna().all() and column.is_unique)
