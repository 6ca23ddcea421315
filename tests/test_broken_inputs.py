"""Whatever is broken, the command ends with exit code 2 and one message that helps; nothing runs.

A case is a config and files.  ``§`` in a config marks where the message must point; it is not part
of the file.  Every case is run in both languages.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from advisor.cli.main import main

MARK = "§"
ROWS = 60
CONFIG = """\
version: 1
data:
  path: train.csv
  target: y
metric: log_loss
model:
  family: lightgbm
  params: {learning_rate: 0.1, n_estimators: 20}
search:
  trials: 4
seed: 0
report: {dir: runs}
"""
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "age": RNG.normal(40, 10, ROWS).round(2),
        "city": RNG.choice(["Rome", "Oslo"], ROWS),
        "customer": np.arange(ROWS) % 12,
        "shop": np.arange(ROWS) % 3,
        "day": [f"2024-01-{1 + i % 28:02d}" for i in range(ROWS)],
        "w": RNG.random(ROWS).round(3) + 0.1,
        "amount": RNG.normal(0, 1, ROWS).round(3),
        "y": np.arange(ROWS) % 2,
    }
)


def swap(*pairs: tuple[str, str]) -> str:
    """The good config with some of its text replaced."""
    text = CONFIG
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def params(text: str) -> str:
    return swap(("{learning_rate: 0.1, n_estimators: 20}", text))


def data(text: str, *pairs: tuple[str, str]) -> str:
    """The good config with lines added to its data section."""
    return swap(("  target: y\n", f"  target: y\n  {text}\n"), *pairs)


def csv(**columns: object) -> bytes:
    """The good table with columns replaced or (None) left out."""
    table = TABLE.assign(**{k: v for k, v in columns.items() if v is not None})
    table = table.drop(columns=[k for k, v in columns.items() if v is None])
    return table.to_csv(index=False).encode()


def with_value(column: str, row: int, value: object) -> bytes:
    values = TABLE[column].astype(object)
    values[row] = value
    return csv(**{column: values})


@dataclass(frozen=True)
class Case:
    """What is broken, and what the message must contain in any language.

    ``place`` is for messages about another file than the config; ``hint`` the nearest spelling.
    """

    name: str
    config: str | bytes | None
    needs: tuple[str, ...] = ()
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    place: str | None = None
    hint: str | None = None
    arguments: tuple[str, ...] = ()


def train(name: str, content: bytes | None, *needs: str, config: str | None = None, **more) -> Case:
    """A case about the content of the table; it points at data.path unless it says otherwise."""
    config = swap(("path: train", f"path: {MARK}train")) if config is None else config
    return Case(name, config, needs, {"train.csv": content}, **more)


REGRESSION = ("metric: log_loss", "metric: rmse")
TARGET = ("target: y", f"target: {MARK}y")
AMOUNT = ("target: y", "target: amount")

CASES = [
    # -- the config as a file ------------------------------------------------------------------
    Case("config missing", None, ("churn.yaml",), place="churn.yaml"),
    Case(
        "config missing, near name",
        None,
        files={"churm.yaml": CONFIG.encode()},
        place="churn.yaml",
        hint="churm.yaml",
    ),
    Case(
        "config is a folder",
        None,
        ("configs",),
        {"configs/a.txt": b""},
        "configs",
        arguments=("tune", "configs"),
    ),
    Case("empty file", MARK),
    Case("only comments", MARK + "# nothing\n"),
    Case("list instead of keys", MARK + "- a\n- b\n", ("- a",)),
    Case("text instead of keys", MARK + "hello\n", ("hello",)),
    Case("not UTF-8", b"version: 1\nname: " + b"\xe9\n", ("UTF-8",), place="churn.yaml:2:7"),
    Case("unclosed brace", swap(("20}", "20"), ("search:", f"search{MARK}:"))),
    Case("tab", swap(("  trials: 4", f"{MARK}\ttrials: 4"))),
    Case("duplicate key", CONFIG + f"{MARK}seed: 1\n", ("seed",)),
    # -- keys ----------------------------------------------------------------------------------
    Case("unknown section", swap(("search:", f"{MARK}serach:")), ("serach",), hint="search"),
    Case("unknown key in data", data(f"{MARK}grups: customer"), ("grups",), hint="groups"),
    Case("unknown key in model", swap(("family:", f"{MARK}famly:")), ("famly",), hint="family"),
    Case("unknown key in search", swap(("trials", f"{MARK}trails")), ("trails",), hint="trials"),
    Case("unknown key in report", swap(("dir:", f"{MARK}dirr:")), ("dirr",), hint="dir"),
    Case(
        "unknown key in kpi", CONFIG + f"kpi: {{{MARK}mingain: 1}}\n", ("mingain",), hint="min_gain"
    ),
    Case(
        "unknown key in training",
        CONFIG + f"training:\n  {MARK}class_weigth: balanced\n",
        ("class_weigth",),
        hint="class_weight",
    ),
    Case(
        "no such estimator",
        swap(
            ("family: lightgbm", "family: linear"),
            ("{learning_rate: 0.1, n_estimators: 20}", f"{{estimator: {MARK}lasso}}"),
        ),
        ("lasso", "ridge"),
    ),
    *(
        Case(
            f"class_weight among the parameters of {family}",
            swap(
                ("family: lightgbm", f"family: {family}"),
                ("{learning_rate: 0.1, n_estimators: 20}", f"{{class_weight: {MARK}balanced}}"),
            ),
            ("class_weight", "training"),
            hint="training: {class_weight: balanced}",
        )
        for family in ("lightgbm", "random_forest", "hist_gradient_boosting", "mlp")
    ),
    Case("unknown key in audit", CONFIG + f"audit: {{{MARK}alow: []}}\n", ("alow",), hint="allow"),
    Case(
        "no model",
        swap(
            ("model:\n", ""),
            ("  family: lightgbm\n", ""),
            ("  params: {learning_rate: 0.1, n_estimators: 20}\n", ""),
        ),
        ("model",),
        place="churn.yaml:1:1",
    ),
    Case("no target", swap(("  target: y\n", ""), ("data:", f"{MARK}data:")), ("data.target",)),
    Case(
        "no data at all",
        swap(("  path: train.csv\n  target: y\n", "  drop: []\n"), ("data:", f"{MARK}data:")),
        ("path", "builtin"),
    ),
    # -- types and ranges ----------------------------------------------------------------------
    Case(
        "section is a list",
        swap(("  trials: 4", "  - 4"), ("search:", f"{MARK}search:")),
        ("search", "[4]"),
    ),
    Case(
        "trials 0", swap(("trials: 4", f"trials: {MARK}0")), ("search.trials", "0", "1 <= trials")
    ),
    Case("trials is text", swap(("trials: 4", f"trials: {MARK}many")), ("search.trials", "many")),
    Case("folds 1", swap(("trials: 4", f"folds: {MARK}1")), ("search.folds", "2 <= folds <= 20")),
    Case("minutes 0", swap(("trials: 4", f"minutes: {MARK}0")), ("search.minutes", "0 < minutes")),
    Case("minutes not a number", swap(("trials: 4", f"minutes: {MARK}.nan")), ("search.minutes",)),
    Case("seed negative", swap(("seed: 0", f"seed: {MARK}-1")), ("seed", "-1", "0 <= seed")),
    Case("seed is a fraction", swap(("seed: 0", f"seed: {MARK}0.5")), ("seed", "0.5")),
    Case("version 2", swap(("version: 1", f"version: {MARK}2")), ("version", "2", "1")),
    Case("report.dir is a number", swap(("dir: runs", f"dir: {MARK}3")), ("report.dir", "3")),
    Case(
        "report.lang unknown",
        swap(("dir: runs", f"lang: {MARK}fr")),
        ("report.lang", "fr", "en", "ja"),
    ),
    Case("drop is text", data(f"drop: {MARK}city"), ("data.drop", "city"), hint="[city]"),
    Case(
        "merge_duplicates is yes",
        CONFIG + f"training: {{merge_duplicates: {MARK}yes}}\n",
        ("training.merge_duplicates", "yes"),
        hint="true",
    ),
    Case(
        "min_gain negative", CONFIG + f"kpi: {{min_gain: {MARK}-0.1}}\n", ("kpi.min_gain", "-0.1")
    ),
    Case(
        "stages unknown",
        swap(("trials: 4", f"stages: [learning_rate, {MARK}deph]")),
        ("deph", "regularization"),
        hint="depth",
    ),
    Case("stages twice", swap(("trials: 4", f"stages: [depth, {MARK}depth]")), ("depth",)),
    Case("stages empty", swap(("trials: 4", f"stages: {MARK}[]")), ("search.stages",)),
    Case(
        "stop unknown",
        swap(("trials: 4", f"stop: {MARK}first")),
        ("first", "first_proven", "never"),
    ),
    Case("proof unknown", swap(("trials: 4", f"proof: {MARK}lax")), ("lax", "strict")),
    Case("test share 0.9", data(f"test: {MARK}0.9"), ("data.test", "0.9", "0.5")),
    Case("test share as text", data(f"test: {MARK}'0.2'"), ("data.test", "0.2"), hint="0.2"),
    Case("task unknown", data(f"task: {MARK}ranking"), ("ranking", "regression")),
    Case("encoding unknown", data(f"encoding: {MARK}utf-88"), ("utf-88",)),
    Case("separator of two signs", data(f"separator: {MARK}';;'"), (";;",)),
    # -- the model -----------------------------------------------------------------------------
    Case(
        "family unknown",
        swap(("family: lightgbm", f"family: {MARK}lightgmb")),
        ("lightgmb", "lightgbm"),
        hint="lightgbm",
    ),
    Case(
        "learning rate negative",
        params(f"{{learning_rate: {MARK}-0.1}}"),
        ("learning_rate", "-0.1", "0 < learning_rate"),
    ),
    Case("learning rate 0", params(f"{{learning_rate: {MARK}0}}"), ("0 < learning_rate",)),
    Case("learning rate NaN", params(f"{{learning_rate: {MARK}.nan}}"), ("learning_rate", "NaN")),
    Case("learning rate infinite", params(f"{{learning_rate: {MARK}.inf}}"), ("learning_rate",)),
    Case("learning rate text", params(f"{{learning_rate: {MARK}fast}}"), ("learning_rate", "fast")),
    Case("number in quotes", params(f"{{learning_rate: {MARK}'0.1'}}"), ("0.1",), hint="0.1"),
    Case("list for a number", params(f"{{learning_rate: {MARK}[0.1, 0.2]}}"), ("[0.1, 0.2]",)),
    Case("mapping for a number", params(f"{{learning_rate: {MARK}{{a: 1}}}}"), ("learning_rate",)),
    Case("bool for a number", params(f"{{learning_rate: {MARK}true}}"), ("learning_rate", "true")),
    Case("bool for a whole number", params(f"{{num_leaves: {MARK}true}}"), ("num_leaves", "true")),
    Case("fraction of a leaf", params(f"{{num_leaves: {MARK}31.5}}"), ("num_leaves", "31.5")),
    Case(
        "no rounds",
        params(f"{{n_estimators: {MARK}0}}"),
        ("n_estimators", "0", "1 <= n_estimators"),
    ),
    Case("knob unknown", params(f"{{num_leafs: {MARK}31}}"), ("num_leafs",), hint="num_leaves"),
    Case("knob unknown, nothing near", params(f"{{zzzz: {MARK}31}}"), ("zzzz",)),
    Case(
        "no space after the colon",
        params(f"{{{MARK}num_leaves:31}}"),
        ("num_leaves:31",),
        hint="num_leaves: 31",
    ),
    Case("num_leaves 1", params(f"{{num_leaves: {MARK}1}}"), ("num_leaves", "2 <= num_leaves")),
    Case(
        "min_child_samples -3",
        params(f"{{min_child_samples: {MARK}-3}}"),
        ("-3", "0 <= min_child_samples"),
    ),
    Case("subsample 1.5", params(f"{{subsample: {MARK}1.5}}"), ("1.5", "0 < subsample <= 1")),
    Case("bagging_freq negative", params(f"{{bagging_freq: {MARK}-1}}"), ("bagging_freq", "-1")),
    Case("max_bin 1", params(f"{{max_bin: {MARK}1}}"), ("max_bin", "2")),
    Case(
        "two spellings",
        params(f"{{num_leaves: 31, max_leaves: {MARK}15}}"),
        ("num_leaves", "max_leaves"),
    ),
    Case(
        "two spellings outside the recipe",
        params(f"{{feature_fraction_bynode: 0.5, colsample_bynode: {MARK}0.7}}"),
        ("feature_fraction_bynode", "colsample_bynode"),
    ),
    Case("linear trees", params(f"{{linear_tree: {MARK}true}}"), ("linear_tree", "true")),
    Case("boosting dart", params(f"{{boosting: {MARK}dart}}"), ("boosting", "dart", "gbdt")),
    Case(
        "objective of another task",
        params(f"{{objective: {MARK}regression}}"),
        ("regression", "binary"),
    ),
    Case("objective unknown", params(f"{{objective: {MARK}binry}}"), ("binry", "binary")),
    Case("depth is text", params(f"{{max_depth: {MARK}deep}}"), ("max_depth", "deep")),
    Case("own keyword of the library", params(f"{{reg_lambda: {MARK}none}}"), ("reg_lambda",)),
    # -- the metric ----------------------------------------------------------------------------
    Case(
        "metric unknown",
        swap(("metric: log_loss", f"metric: {MARK}logloss2")),
        ("logloss2", "log_loss"),
        hint="log_loss",
    ),
    Case(
        "metric of another task",
        swap(("metric: log_loss", f"metric: {MARK}f1"), AMOUNT),
        ("f1", "rmse"),
    ),
    Case(
        "regression metric for classes",
        swap(("metric: log_loss", f"metric: {MARK}mae")),
        ("mae", "roc_auc"),
    ),
    Case(
        "scorer of another task",
        swap(("metric: log_loss", f"metric: {MARK}jaccard"), AMOUNT),
        ("jaccard", "rmse"),
    ),
    # -- files ---------------------------------------------------------------------------------
    Case(
        "data missing",
        swap(("path: train", f"path: {MARK}trian")),
        ("trian.csv",),
        hint="train.csv",
    ),
    Case(
        "data folder",
        swap(("path: train.csv", f"path: {MARK}folder")),
        ("folder",),
        {"folder/a.csv": b"x"},
    ),
    Case(
        "data of unknown kind",
        swap(("path: train.csv", f"path: {MARK}train.xlsx")),
        (".xlsx", ".csv"),
        {"train.xlsx": b"PK"},
    ),
    Case(
        "second file missing",
        swap(("path: train.csv", f"path: {MARK}[train.csv, more.csv]")),
        ("more.csv",),
    ),
    Case(
        "two files differ",
        swap(("path: train.csv", f"path: {MARK}[train.csv, more.csv]")),
        ("more.csv", "age"),
        {"more.csv": csv(age=None)},
    ),
    Case(
        "builtin unknown",
        swap(("  path: train.csv\n  target: y\n", f"  builtin: {MARK}digit\n")),
        ("digit", "iris"),
        hint="digits",
    ),
    Case(
        "path and builtin", data("builtin: digits", ("data:", f"{MARK}data:")), ("path", "builtin")
    ),
    train("empty CSV", b"", "train.csv"),
    train("blank CSV", b"\n\n \n", "train.csv"),
    train("header only", b"age,y\n", "train.csv"),
    train(
        "duplicate column names",
        b"age,age,y\n" + b"1,2,0\n3,4,1\n" * 30,
        "age",
        place="train.csv:1",
    ),
    train(
        "ragged row, too long",
        b"age,y\n" + b"1,0\n" * 30 + b"1,2,3\n",
        "2",
        "3",
        place="train.csv:32",
    ),
    train(
        "ragged row, too short", b"age,city,y\n" + b"1,a,0\n" * 30 + b"1\n", place="train.csv:32"
    ),
    train(
        "wrong encoding",
        csv(city="東京").replace("東京".encode(), "東京".encode("cp932")),
        "utf-8",
        "0x",
        place="train.csv:2",
        hint="cp932",
    ),
    train(
        "binary garbage",
        bytes(np.random.default_rng(1).integers(0, 256, 4000, dtype=np.uint8)),
        "train.csv",
    ),
    train("zeros", bytes(4000), "train.csv"),
    train("an image", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "train.csv"),
    train("quote never closed", b'age,y\n"1,0\n' + b"1,0\n" * 30, "train.csv", place="train.csv:2"),
    Case(
        "gz that is none",
        swap(("path: train.csv", f"path: {MARK}train.csv.gz")),
        ("train.csv.gz",),
        {"train.csv.gz": b"not gzip"},
    ),
    Case(
        "gz cut off",
        swap(("path: train.csv", f"path: {MARK}train.csv.gz")),
        ("train.csv.gz",),
        {"train.csv.gz": gzip.compress(csv())[:-200]},
    ),
    Case(
        "parquet that is none",
        swap(("path: train.csv", f"path: {MARK}train.parquet")),
        ("train.parquet",),
        {"train.parquet": b"PAR1 nothing"},
    ),
    # -- the target ----------------------------------------------------------------------------
    Case("target misspelt", swap(("target: y", f"target: {MARK}Y")), ("Y", "age"), hint="y"),
    train("one class", csv(y=1), "y", "60", config=swap(TARGET)),
    train(
        "constant regression target",
        csv(y=1.5),
        "y",
        "1.5",
        config=swap(("target: y", f"target: {MARK}y\n  task: regression"), REGRESSION),
    ),
    train("target all missing", csv(y=""), "y", config=swap(TARGET)),
    train(
        "target infinite",
        with_value("amount", 6, "inf"),
        "amount",
        "7",
        config=swap(("target: y", f"target: {MARK}amount"), REGRESSION),
    ),
    train(
        "target is a date",
        csv(),
        "day",
        config=swap(("target: y", f"target: day\n  task: {MARK}regression"), REGRESSION),
    ),
    train(
        "regression with text target",
        csv(),
        "city",
        "Oslo",
        "60",
        config=swap(("target: y", f"target: city\n  task: {MARK}regression"), REGRESSION),
    ),
    train(
        "one text in a regression target",
        with_value("amount", 3, "n.a."),
        "n.a.",
        "4",
        config=swap(("target: y", f"target: amount\n  task: {MARK}regression"), REGRESSION),
    ),
    train(
        "three classes for binary",
        csv(y=np.arange(ROWS) % 3),
        "binary",
        "3",
        config=data(f"task: {MARK}binary"),
        hint="task: multiclass",
    ),
    train(
        "two classes for multiclass",
        csv(),
        "multiclass",
        config=data(f"task: {MARK}multiclass"),
        hint="task: binary",
    ),
    train(
        "fractions as classes",
        csv(),
        "amount",
        config=swap(("target: y", f"target: amount\n  task: {MARK}multiclass")),
        hint="task: regression",
    ),
    train(
        "a class of one row",
        csv(y=["rare", *["a", "b"] * 29, "a"]),
        "rare",
        "1",
        config=swap(TARGET),
    ),
    train("3 rows", b"age,y\n1,0\n2,1\n3,0\n", "3", "20"),
    # -- features and roles --------------------------------------------------------------------
    train("infinite feature", with_value("age", 4, "inf"), "age", "5"),
    train("no feature left", b"y\n" + b"0\n1\n" * 30, config=swap(("data:", f"{MARK}data:"))),
    train("all-missing column as only feature", b"a,y\n" + b",0\n,1\n" * 30, "a"),
    Case("groups column missing", data(f"groups: {MARK}custmer"), ("custmer",), hint="customer"),
    Case("fewer groups than folds", data(f"groups: {MARK}shop"), ("3", "5")),
    Case("time column missing", data(f"time: {MARK}date"), ("date", "age")),
    Case("time unparseable", data(f"time: {MARK}city"), ("city",)),
    train(
        "too few points in time", csv(day="2024-01-01"), "6", "1", config=data(f"time: {MARK}day")
    ),
    train("missing time", with_value("day", 8, ""), "day", "9", config=data(f"time: {MARK}day")),
    Case(
        "groups and time",
        data(f"groups: customer\n  time: {MARK}day"),
        ("data.groups", "data.time"),
    ),
    train("weight negative", with_value("w", 2, -1.0), "w", "3", config=data(f"weight: {MARK}w")),
    train("weight zero", csv(w=0), "w", config=data(f"weight: {MARK}w")),
    train("weight infinite", with_value("w", 2, "inf"), "w", "3", config=data(f"weight: {MARK}w")),
    train(
        "missing group",
        with_value("customer", 2, ""),
        "customer",
        "3",
        config=data(f"groups: {MARK}customer"),
    ),
    Case("weight is text", data(f"weight: {MARK}city"), ("city", "Oslo")),
    Case("weight is the target", data(f"weight: {MARK}y"), ("weight", "y")),
    Case("drop unknown", data(f"drop: {MARK}[customr]"), ("customr",), hint="customer"),
    Case("drop the target", data(f"drop: {MARK}[y]"), ("drop", "y")),
    Case("categorical unknown", data(f"categorical: {MARK}[ctiy]"), ("ctiy",), hint="city"),
    # -- pool and test -------------------------------------------------------------------------
    Case("pool missing", data(f"pool: {MARK}pol.csv"), ("pol.csv",)),
    Case(
        "pool lacks a column", data(f"pool: {MARK}pool.csv"), ("age",), {"pool.csv": csv(age=None)}
    ),
    Case("pool lacks the target", data(f"pool: {MARK}pool.csv"), ("y",), {"pool.csv": csv(y=None)}),
    Case(
        "pool with other classes",
        data(f"pool: {MARK}pool.csv"),
        ("yes",),
        {"pool.csv": csv(y=np.where(np.arange(ROWS) % 2, "yes", "no"))},
    ),
    Case(
        "pool with text target",
        data(f"pool: {MARK}pool.csv", AMOUNT, REGRESSION),
        ("city",),
        {"pool.csv": csv(amount="city")},
    ),
    Case(
        "pool with text in a number column",
        data(f"pool: {MARK}pool.csv"),
        ("age", "old"),
        {"pool.csv": csv(age="old")},
    ),
    Case("pool without targets", data(f"pool: {MARK}pool.csv"), ("y",), {"pool.csv": csv(y="")}),
    Case(
        "test file lacks a column",
        data(f"test: {MARK}test.csv"),
        ("age",),
        {"test.csv": csv(age=None)},
    ),
    Case(
        "test file missing",
        data(f"test: {MARK}tset.csv"),
        ("tset.csv",),
        {"test.csv": csv()},
        hint="test.csv",
    ),
    # -- where the run is kept -----------------------------------------------------------------
    Case(
        "a file in the report folder's place",
        swap(("dir: runs", f"dir: {MARK}train.csv")),
        ("train.csv",),
    ),
    Case("journal of an unknown kind", CONFIG + f"journal: {MARK}nosuch://host/db\n", ("nosuch",)),
    Case(
        "journal that cannot be opened",
        CONFIG + f"journal: {MARK}sqlite:////nowhere/at/all.db\n",
        ("/nowhere/at/all.db",),
    ),
    Case(
        "resume of no run",
        CONFIG,
        ("nosuch",),
        arguments=("tune", "churn.yaml", "--resume", "nosuch"),
    ),
]


def test_what_only_the_library_knows_to_be_wrong_is_one_message_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes up at the first fit, when the run's folder is there already."""
    monkeypatch.chdir(tmp_path)
    described(Case("", params("{monotone_constraints: '1,0'}")), tmp_path)
    for lang in ("en", "ja"):
        result = refused(Case("", ""), lang)
        assert result.exit_code == 2
        assert "monotone_constraints" in result.stderr.splitlines()[-1]
        assert "Traceback" not in result.stderr


def described(case: Case, folder: Path) -> str:
    """Write the case's files; the place its message must name."""
    (folder / "train.csv").write_bytes(TABLE.to_csv(index=False).encode())
    for name, content in case.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content or b"")
    if case.config is None:
        return case.place or ""
    if isinstance(case.config, bytes):
        (folder / "churn.yaml").write_bytes(case.config)
        return case.place or ""
    before = case.config.partition(MARK)[0]
    (folder / "churn.yaml").write_text(case.config.replace(MARK, "", 1), encoding="utf-8")
    if case.place is not None or MARK not in case.config:
        return case.place or ""
    return f"churn.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def refused(case: Case, lang: str) -> Result:
    arguments = [*(case.arguments or ("tune", "churn.yaml")), "--lang", lang]
    return CliRunner().invoke(main, arguments)


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_message_and_nothing_written(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = described(case, tmp_path)
    there = listing(tmp_path)
    said = {}
    for lang in ("en", "ja"):
        result = refused(case, lang)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        lines = result.stderr.splitlines()
        prefix = {"en": "error: ", "ja": "エラー: "}[lang]
        assert lines[0].startswith(prefix), result.stderr
        assert len(lines) <= 4
        assert sum(line.startswith(prefix) for line in lines) == 1
        for sign in ("Traceback", "{", "errors.", "None"):
            assert sign not in lines[0] or sign in str(case.config), result.stderr
        for needed in case.needs:
            assert needed in lines[0], (needed, lines[0])
        if place:
            shown = rf"  --> (/.*/)?{re.escape(place)}(\n|$)"
            assert re.search(shown, result.stderr), (place, result.stderr)
        if case.hint is not None:
            assert re.search(rf"(?<!\w){re.escape(case.hint)}(?!\w)", lines[-1]), result.stderr
            assert len(lines) == 2 + bool(place)
        said[lang] = lines[0]
    assert said["en"] != said["ja"]
    assert re.search(r"[\u3041-\u30ff\u4e00-\u9fff]", said["ja"])
    assert said["en"].isascii() or not str(case.config).isascii() or "train.csv" in case.files
    assert listing(tmp_path) == there


def test_a_family_whose_library_is_missing_is_named_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "xgboost", None)
    monkeypatch.delitem(sys.modules, "advisor.learners.boosters.xgboost", raising=False)
    Path("train.csv").write_bytes(csv())
    Path("churn.yaml").write_text(swap(("family: lightgbm", "family: xgboost")), encoding="utf-8")
    result = CliRunner().invoke(main, ["audit", "churn.yaml"])
    assert result.exit_code == 2
    assert "--> churn.yaml:7:11" in result.stderr
