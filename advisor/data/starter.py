"""``advisor init``: a commented config for a table, with what could be guessed filled in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from difflib import get_close_matches

import numpy as np
import pandas as pd

from advisor.config.edit import inline
from advisor.config.fields import model_families
from advisor.data.dates import days_of_texts
from advisor.data.number_columns import counted, written_numbers
from advisor.data.number_text import numbers_in
from advisor.errors import DataError
from advisor.languages import LANGUAGES
from advisor.types import Task

# names like customer_id, customerId, ID, uuid, row_no, Invoice No., 物件番号, 注文ID
ID_NAME = re.compile(
    r"(^|[_\W]|(?<=[^\x00-\x7f]))"
    r"(id|ids|uuid|guid|key|nbr|nr\.?|no\.?|number|code|index|row|row_?no|serial)$"
    r"|(番号|連番|コード|ナンバー|識別子)$",
    re.I,
)
ID_CAMEL = re.compile(r"[a-z0-9](ID|Id|No|Nr)$")
INDEX_NAME = re.compile(r"^(Unnamed: \d+)?$")  # what pandas calls a saved index

SEEN = 1_000  # rows whose text is looked at

TEMPLATE = """\
# {about_file}  advisor tune <{about_this_file}> --dry-run
version: 1
data:
  path: {path}            # {about_path}
{encoding}  target: {target}
  task: {task}            # binary | multiclass | regression
  {drop}            # {about_drop}
  # categorical: [...]       # {about_categorical}
  # groups: {groups}      # {about_groups}
  # time: {time}        # {about_time}
  # pool: more.csv           # {about_pool}
  # test: 0.2                # {about_test}
{numbers}metric: {metric}            # {about_metric}
# kpi: {{min_gain: 0.002}}     # {about_kpi}
model:
  family: lightgbm           # {families}
  params:                    # {about_params}
    learning_rate: 0.1
    n_estimators: 100
    num_leaves: 31
search:
  stages: [learning_rate, regularization, data_size, depth]   # {about_stages}
  stop: first_improvement    # first_improvement | first_proven | never
  trials: 40                 # {about_trials}
  minutes: 15                # {about_minutes}
seed: 0
report: {report}
"""
COMMENTS = (
    "file",
    "this_file",
    "path",
    "categorical",
    "groups",
    "time",
    "pool",
    "test",
    "metric",
    "kpi",
    "params",
    "stages",
    "trials",
    "minutes",
)
"""What comments are about, beside those of ``encoding``, ``ids`` or ``drop``, and ``numbers``."""


def starter_config(
    table: pd.DataFrame,
    path: str,
    target: str,
    task: Task,
    metric: str,
    *,
    comment: Callable[[str], str],
    encoding: str | None = None,
    lang: str | None = None,
) -> str:
    """The text of a config for ``table``, read from ``path`` (relative to where it is saved).

    Columns that number the rows are dropped, and numbers that are written as text are read as
    numbers; columns that repeat an id or hold dates are suggested for ``groups`` and ``time``, as
    comments, because only the person can know.

    Args:
        table: (n, c) as read.
        path: of the table.
        target: its column.
        task: guessed.
        metric: guessed.
        comment: the words about one of COMMENTS, ``encoding``, ``ids``, ``drop`` or ``numbers``.
        encoding: of the file, where it is not UTF-8.
        lang: of the report, where the person asked for one.

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
    written = [name for name, column in features if name not in ids and _holds_numbers(column)]
    known = " | ".join(LANGUAGES)
    return TEMPLATE.format(
        path=inline(path),
        target=inline(target),
        encoding=f"  encoding: {encoding}            # {comment('encoding')}\n" if encoding else "",
        task=task,
        drop=f"drop: {inline(ids)}" if ids else "# drop: [...]",
        about_drop=comment("ids" if ids else "drop"),
        groups=inline((repeated or ["customer_id"])[0]),
        time=inline((dates or ["signup_date"])[0]),
        numbers=f"preprocessing: {{numbers: {inline(written)}}}   # {comment('numbers')}\n"
        if written
        else "",
        metric=inline(metric),
        families=" | ".join(model_families()),
        report=f"{{lang: {lang}, dir: runs}}"
        if lang
        else f"{{dir: runs}}          # lang: {known}",
        **{f"about_{about}": comment(about) for about in COMMENTS},
    )


def _named_like_id(name: str) -> bool:
    plain = unicodedata.normalize("NFKC", name).strip()
    camel = ID_CAMEL.search(plain) is not None
    return camel or ID_NAME.search(plain) is not None or INDEX_NAME.match(plain) is not None


def _holds_numbers(column: pd.Series) -> bool:
    """Text that holds numbers, as finding P07 sees them."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return False
    texts = column.dropna().astype(str).astype("category")
    return written_numbers(*counted(texts)) is not None


def _holds_dates(column: pd.Series) -> bool:
    """A column of dates, or of text that is a date throughout."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    if pd.api.types.is_numeric_dtype(column):
        return False
    known = column.dropna().head(SEEN).astype(str)
    return bool(len(known)) and not np.isnan(days_of_texts(list(known))).any()


def _numbers_rows(name: str, column: pd.Series) -> bool:
    """Unique in every row and named like an id; dates and measured values (with decimals) are none.

    Decimals are looked for in text, too.
    """
    if not _named_like_id(name) or pd.api.types.is_bool_dtype(column) or len(column) < 2:
        return False
    if pd.api.types.is_float_dtype(column) and not (column.dropna() % 1 == 0).all():
        return False
    if not pd.api.types.is_numeric_dtype(column) and (_holds_dates(column) or _decimals(column)):
        return False
    return bool(column.notna().all() and column.is_unique)


def _decimals(column: pd.Series) -> bool:
    """Text that holds numbers, some of them with decimals: 12.5 kg."""
    numbers = numbers_in(list(column.dropna().head(SEEN).astype(str)))
    known = numbers[~np.isnan(numbers)]
    return len(known) > len(numbers) / 2 and bool((known != np.floor(known)).any())
