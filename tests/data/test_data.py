"""Files and roles become one Dataset, or one error that says what and where."""

import ast
import json
import os
import string
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from advisor.data.columns import encode
from advisor.data.dataset import BUILTIN, build, builtin_table, load
from advisor.data.locking import LOCK_FROM
from advisor.data.noticed import NAMES_SHOWN
from advisor.data.roles import Roles
from advisor.data.tables import read_table
from advisor.errors import DataError, Place
from advisor.learners.features import read_numbers
from advisor.report import locale
from advisor.rows import splits
from advisor.types import ColumnKind, Severity, Task

CODES = ("D01", "D02", "D03", "D04", "D05", "D13", "P01", "P02", "P03", "P13")


def table(n=60, **columns):
    rng = np.random.default_rng(0)
    data = {
        "age": rng.normal(40, 10, n),
        "city": rng.choice(["東京", "大阪", "京都"], n),
        "member": rng.random(n) < 0.5,
        "churn": np.where(np.arange(n) % 3 == 0, "yes", "no"),
    }
    return pd.DataFrame(data | columns)


def made(frame=None, target="churn", roles=None, **options):
    frame = table() if frame is None else frame
    return build(frame, Roles(target, **(roles or {})), place_of=place_of, **options)


def place_of(key):
    return Place(f"config:{key}")


def refused(*args, **kwargs):
    with pytest.raises(DataError) as caught:
        made(*args, **kwargs)
    return caught.value


def finding(data, code):
    return next(f for f in data.findings if f.code == code)


# -- what a Dataset is -------------------------------------------------------------------------


def test_a_plain_table():
    data = made()
    assert data.X.columns.tolist() == ["age", "city", "member"]
    assert [str(d) for d in data.X.dtypes] == ["float64", "category", "float64"]
    assert (data.task, data.classes, data.target) == (Task.BINARY, ("no", "yes"), "churn")
    assert data.y[:4].tolist() == [1, 0, 0, 1]
    assert data.train.tolist() == list(range(60))
    assert data.pool.size == data.test.size == 0
    assert data.groups is data.time is data.weight is None
    assert len(data.fingerprint) == 64


def test_the_frame_given_is_left_as_it_was():
    frame = table()
    frame.index = frame.index[::-1] + 7
    before = frame.copy()
    assert made(frame).X["age"].tolist() == before["age"].tolist()
    pd.testing.assert_frame_equal(frame, before)


def test_roles_are_no_features():
    frame = table(
        who=np.arange(60) // 2, w=np.arange(60.0) + 1, when=np.arange(60), note=["x"] * 60
    )
    roles = {"groups": "who", "weight": "w", "drop": ("note", "when")}
    data = made(frame, roles=roles)
    assert data.X.columns.tolist() == ["age", "city", "member"]
    assert len(np.unique(data.groups)) == 30
    assert (data.groups[0], data.groups[2]) == (data.groups[1], data.groups[3])
    assert data.weight[data.train].mean() == pytest.approx(1)
    assert data.weight[1] / data.weight[0] == pytest.approx(2)


def test_a_dropped_column_may_still_have_a_role():
    frame = table(who=np.arange(60) // 2)
    assert made(frame, roles={"groups": "who", "drop": ("who",)}).groups is not None


@pytest.mark.parametrize(
    "when",
    [
        pd.date_range("2024-01-01", periods=60).astype(str),
        pd.date_range("2024-01-01", periods=60, freq="h"),
        np.arange(60),
        np.arange(60) + 0.5,
        pd.date_range("2024-01", periods=60, freq="MS").strftime("%Y-%m"),
    ],
)
def test_time_sorts_whatever_it_is_written_in(when):
    data = made(table(when=when), roles={"time": "when"})
    assert data.time.dtype == np.int64
    assert (np.diff(data.time) > 0).all()
    assert "when" not in data.X


def test_numbers_named_as_categories():
    data = made(table(zone=np.arange(60) % 4), roles={"categorical": ("zone",)})
    assert data.columns[-1].kind is ColumnKind.CATEGORY
    assert data.columns[-1].categories == ("0", "1", "2", "3")


def test_names_that_are_no_text_become_text():
    frame = table().set_axis([0, 1, 2, "churn"], axis=1)
    assert made(frame).X.columns.tolist() == ["0", "1", "2"]


# -- pool and test -----------------------------------------------------------------------------


def test_pool_rows_follow_and_bring_their_categories():
    pool = table(20, city=["札幌"] * 20, extra=range(20))
    data = made(pool=pool)
    assert data.pool.tolist() == list(range(60, 80))
    assert data.X["city"].iloc[60] == "札幌"
    assert finding(data, "P03").evidence["columns"] == ["extra"]
    assert len(data.train) == 60


def test_pool_columns_must_be_there_but_dropped_ones_need_not():
    pool = table(20).drop(columns="city")
    error = refused(pool=pool)
    assert (error.code, error.values["columns"]) == ("column_missing", "city")
    assert error.place == place_of("pool")
    assert made(pool=pool, roles={"drop": ("city",)}).pool.size == 20


def test_pool_values_must_fit_the_columns():
    error = refused(pool=table(20, age=["old"] * 20))
    assert (error.code, error.place) == ("column_not_number", place_of("pool"))
    error = refused(pool=table(20, churn=["maybe"] * 20))
    assert (error.code, error.place) == ("target_unknown_class", place_of("pool"))


def test_groups_are_the_same_in_every_table():
    frame, pool = table(who=np.arange(60) // 2), table(20, who=[str(i) for i in range(20)])
    data = made(frame, pool=pool, roles={"groups": "who"})
    assert data.groups[60:].tolist() == [data.groups[2 * i] for i in range(20)]


def test_a_test_table_is_locked_and_its_new_categories_are_missing():
    data = made(test=table(30, city=["札幌"] * 30))
    assert data.test.tolist() == list(range(60, 90))
    assert data.X["city"].iloc[60:].isna().all()
    assert "札幌" not in data.columns[1].categories


def test_categories_seen_only_in_locked_rows_are_missing():
    frame = table(100, city=["x"] * 95 + ["late"] * 5, when=range(100))
    data = made(frame, roles={"time": "when"}, test=0.1)
    assert data.columns[1].categories == ("x",)
    assert data.X["city"].iloc[-5:].isna().all()


def test_a_share_is_locked_by_class():
    data = made(table(300), test=0.2)
    assert (len(data.test), data.y[data.test].sum()) == (60, 20)
    assert sorted([*data.train, *data.test]) == list(range(300))


def test_rows_are_locked_unasked_from_5000_rows():
    assert made(table(LOCK_FROM - 1)).test.size == 0
    assert made(table(LOCK_FROM)).test.size == pytest.approx(LOCK_FROM * 0.2, abs=1)
    assert made(table(LOCK_FROM), test=False).test.size == 0
    assert made(table(LOCK_FROM), test=table(30)).test.size == 30


def test_at_most_20000_rows_are_locked_unasked():
    assert len(made(table(120_000)).test) == pytest.approx(20_000, abs=1)


def test_the_same_rows_are_locked_every_time():
    first = made(table(300), test=0.2)
    assert first.test.tolist() == made(table(300), test=0.2).test.tolist()


def test_nothing_is_locked_unasked_that_training_needs():
    groups = np.minimum(np.arange(LOCK_FROM) // 900, 4)  # five groups, five folds
    data = made(table(LOCK_FROM, who=groups), roles={"groups": "who"})
    assert data.test.size == 0
    error = refused(table(LOCK_FROM, who=groups), roles={"groups": "who"}, test=0.2)
    assert (error.code, error.place) == ("groups_too_few", place_of("test"))


@pytest.mark.parametrize("share", [0.0, 0.6, -1.0, True])
def test_shares_that_make_no_sense(share):
    assert refused(test=share).code == "test_share"


# -- refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "roles"),
    [
        ("drop", {"drop": ("agee",)}),
        ("categorical", {"categorical": ("agee",)}),
        ("groups", {"groups": "agee"}),
        ("time", {"time": "agee"}),
        ("weight", {"weight": "agee"}),
    ],
)
def test_columns_that_do_not_exist(key, roles):
    error = refused(roles=roles)
    assert (error.code, error.hint, error.place) == ("column_missing", "age", place_of(key))


def test_a_target_that_does_not_exist():
    error = refused(target="Churn")
    assert (error.hint, error.place) == ("churn", place_of("target"))


@pytest.mark.parametrize(
    ("change", "roles", "code"),
    [
        ({}, {"drop": ("churn",)}, "target_has_role"),
        ({}, {"groups": "churn"}, "target_has_role"),
        ({}, {"drop": ("age", "city", "member")}, "no_features"),
        ({"g": range(60)}, {"groups": "g", "time": "age"}, "groups_with_time"),
        ({"g": np.arange(60) % 4}, {"groups": "g"}, "groups_too_few"),
        ({"g": [None] + ["a", "b", "c"] * 19 + ["d", "e"]}, {"groups": "g"}, "role_missing_value"),
        ({"t": np.arange(60) % 5}, {"time": "t"}, "time_too_few"),
        ({"t": ["yesterday"] * 60}, {"time": "t"}, "column_not_date"),
        ({"w": [-1.0] + [1.0] * 59}, {"weight": "w"}, "weight_negative"),
        ({"w": [np.nan] + [1.0] * 59}, {"weight": "w"}, "role_missing_value"),
        ({"w": [0.0] * 60}, {"weight": "w"}, "weight_zero"),
        ({"w": ["heavy"] * 60}, {"weight": "w"}, "column_not_number"),
        ({"age": [np.inf] + [1.0] * 59}, {}, "column_infinite"),
        ({"churn": [None] * 60}, {}, "target_all_missing"),
        ({"churn": ["yes"] * 19 + [None] * 41}, {}, "target_constant"),
        ({"churn": ["yes", "no"] * 9 + [None] * 42}, {}, "too_few_rows"),
        ({"churn": ["yes", "no"] * 29 + ["no", "maybe"]}, {}, "class_too_rare"),
    ],
)
def test_content_that_cannot_be_used(change, roles, code):
    error = refused(table(**change), roles=roles)
    assert error.code == code
    assert error.place is not None


def test_repeated_column_names():
    frame = table().set_axis(["age", "age", "member", "churn"], axis=1)
    assert refused(frame).code == "column_duplicate"


def test_rows_are_counted_in_the_table_not_among_usable_rows():
    churn = [None] * 10 + ["yes", "no"] * 25
    w = [1.0] * 12 + [-1.0] + [1.0] * 47
    error = refused(table(churn=churn, w=w), roles={"weight": "w"})
    assert error.values["row"] == 13
    error = refused(table(churn=churn, w=[np.nan] * 11 + [1.0] * 49), roles={"weight": "w"})
    assert error.values["row"] == 11


# -- findings ----------------------------------------------------------------------------------


def test_every_check_ends_with_a_result():
    data = made(table())
    assert tuple(f.code for f in data.findings) == CODES
    assert {f.status for f in data.findings} == {Severity.PASSED, Severity.NOT_APPLICABLE}
    json.dumps([f.evidence for f in data.findings])


def test_rows_without_a_target_are_left_out_and_said():
    data = made(table(churn=["", None] + ["yes", "no"] * 29))
    assert len(data.X) == len(data.y) == 58
    d01 = finding(data, "D01")
    assert (d01.status, d01.evidence["count"], d01.evidence["rows"]) == ("warning", 2, 60)


@pytest.mark.parametrize(
    ("code", "column"),
    [
        ("D02", [None] * 60),
        ("D03", ["same"] * 60),
        ("D03", [7] * 60),
        ("P02", [f"customer {i}" for i in range(60)]),
    ],
)
def test_columns_worth_a_warning_are_kept(code, column):
    data = made(table(odd=column))
    found = finding(data, code)
    assert (found.status, found.evidence["columns"]) == (Severity.WARNING, ["odd"])
    assert "odd" in data.X


def test_a_constant_with_gaps_is_no_constant():
    assert finding(made(table(odd=[7, None] * 30)), "D03").status is Severity.PASSED


def test_dates_read_as_days_are_told():
    data = made(table(day=pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")))
    assert finding(data, "P01").evidence["columns"] == ["day"]
    assert data.X["day"].iloc[0] == 19723.0


def test_repeated_rows_are_counted():
    frame = table()
    data = made(pd.concat([frame, frame.head(3)]))
    assert finding(data, "D04").evidence["count"] == 3
    assert finding(data, "D04").status is Severity.WARNING
    other = frame.head(3).assign(churn=["no", "yes", "yes"])
    assert finding(made(pd.concat([frame, other])), "D04").evidence["count"] == 0


def test_classes_rarer_than_the_folds_are_told():
    data = made(table(churn=["a"] * 40 + ["b"] * 17 + ["c"] * 3))
    found = finding(data, "D05")
    assert found.status is Severity.WARNING
    assert (found.evidence["classes"], found.evidence["rows"]) == (["c"], 3)


@pytest.mark.parametrize(
    ("cities", "told"),
    [
        (["Oslo", "OSLO", "Bergen"], ("Oslo", "OSLO")),
        (["ＡＢＣ", "ABC", "D"], ("ABC", "ＡＢＣ")),
        (["New  York", "New York", "Oslo"], ("New  York", "New York")),
        (["Oslo", "Oslo 2", "Bergen"], None),
    ],
)
def test_texts_that_a_reader_takes_for_one_are_told(cities, told):
    found = finding(made(table(city=np.array(cities)[np.arange(60) % 3])), "D13")
    assert found.status is (Severity.PASSED if told is None else Severity.WARNING)
    if told is not None:
        assert {found.evidence["first"], found.evidence["second"]} == set(told)
        assert (found.evidence["columns"], found.evidence["count"]) == (["city"], 1)


def test_classes_that_a_reader_takes_for_one_are_told_and_numbers_are_none():
    data = made(table(churn=["no", "yes", "Yes"] * 20))
    assert finding(data, "D13").evidence["column"] == "churn"
    plain = table(churn=np.arange(60) % 3)[["age", "churn"]]
    assert finding(made(plain), "D13").status is Severity.NOT_APPLICABLE


def test_a_thousand_odd_columns_do_not_flood_the_report():
    frame = table().assign(**{f"c{i}": 1 for i in range(50)})
    evidence = finding(made(frame), "D03").evidence
    assert (evidence["count"], len(evidence["columns"])) == (50, NAMES_SHOWN)


# -- fingerprint -------------------------------------------------------------------------------


def test_the_fingerprint_changes_with_every_cell_name_and_role():
    frame = table(who=np.arange(60) // 2, w=np.ones(60), when=np.arange(60))

    def changed(column, value, row=5):
        other = frame.copy()
        other.loc[row, column] = value
        return other

    several = [
        made(frame),
        made(changed("age", 1.0)),
        made(changed("age", np.nan)),
        made(changed("city", None)),
        made(changed("city", "札幌")),
        made(changed("churn", "yes", row=1)),
        made(frame.rename(columns={"age": "Age"})),
        made(frame.iloc[::-1]),
        made(frame.iloc[:-1]),
        made(frame, roles={"drop": ("age",)}),
        made(frame, roles={"groups": "who"}),
        made(frame, roles={"time": "when"}),
        made(frame, roles={"weight": "w"}),
        made(frame, roles={"categorical": ("when",)}),
        made(frame, target="age"),
        made(frame, test=0.2),
        made(frame.iloc[:40], pool=frame.iloc[40:]),
        made(frame.iloc[:40], test=frame.iloc[40:]),
    ]
    assert len({d.fingerprint for d in several}) == len(several)
    weights = frame.assign(w=np.arange(60.0) + 1)
    again = made(weights, roles={"weight": "w"}).fingerprint
    assert made(changed("w", 2.0), roles={"weight": "w"}).fingerprint != again


def test_the_fingerprint_is_that_of_the_content_not_of_the_file(tmp_path):
    fingerprints = set()
    for name in ("a.csv", "b.csv.gz"):
        path = tmp_path / name
        table().to_csv(path, index=False)
        fingerprints.add(made(read_table(path)).fingerprint)
    assert len(fingerprints) == 1


def test_the_fingerprint_is_the_same_in_another_process(tmp_path):
    path = tmp_path / "t.csv"
    table().to_csv(path, index=False)
    code = (
        "import sys; from advisor.data.dataset import build; from advisor.data.roles import Roles;"
        "from advisor.data.tables import read_table;"
        "print(build(read_table(sys.argv[1]), Roles('churn')).fingerprint)"
    )
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    said = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == made(read_table(path)).fingerprint


# -- load --------------------------------------------------------------------------------------


NOTHING = ("path", "builtin", "target", "task", "groups", "time", "pool", "test", "weight")
NOTHING += ("encoding", "separator")


@dataclass
class Config:
    """As much of a RunConfig as ``load`` asks for."""

    folder: Path
    given: dict = field(default_factory=dict)
    seed: int = 0

    @property
    def data(self):
        nothing = dict.fromkeys(NOTHING)
        return SimpleNamespace(**(nothing | {"drop": [], "categorical": []} | self.given))

    @property
    def search(self):
        return SimpleNamespace(folds=5)

    def resolve(self, path):
        return self.folder / path

    def place_of(self, *keys):
        return Place(f"config:{'.'.join(keys)}")


def test_load_reads_what_the_config_names(tmp_path):
    table().to_csv(tmp_path / "t.csv", index=False, sep=";", encoding="cp932")
    table(20).to_csv(tmp_path / "p.csv", index=False, sep=";", encoding="cp932")
    table(30).to_csv(tmp_path / "q.csv", index=False, sep=";", encoding="cp932")
    given = {
        "path": ["t.csv", "p.csv"],
        "pool": "p.csv",
        "test": "q.csv",
        "target": "churn",
        "drop": ["age"],
        "encoding": "cp932",
    }
    data = load(Config(tmp_path, given))
    assert (len(data.train), len(data.pool), len(data.test)) == (80, 20, 30)
    assert data.X.columns.tolist() == ["city", "member"]


def test_load_takes_a_frame_instead_of_a_path(tmp_path):
    config = Config(tmp_path, {"path": "not there.csv", "target": "churn"})
    assert load(config, table()).fingerprint == made().fingerprint


@pytest.mark.parametrize("name", BUILTIN)
def test_builtin_tables(tmp_path, name):
    data = load(Config(tmp_path, {"builtin": name}))
    expected = {"breast_cancer": Task.BINARY, "diabetes": Task.REGRESSION}
    assert data.task is expected.get(name, Task.MULTICLASS)
    assert data.target == "target"


def test_builtin_classes_have_their_names():
    assert set(builtin_table("iris")["target"]) == {"setosa", "versicolor", "virginica"}
    with pytest.raises(DataError, match="builtin_unknown"):
        builtin_table("titanic")


@pytest.mark.parametrize(
    ("given", "code", "key"),
    [
        ({}, "data_missing", "path"),
        ({"path": "t.csv"}, "target_not_named", "target"),
        ({"path": "tt.csv", "target": "churn"}, "table_missing", "path"),
        ({"path": "t.csv", "target": "churn", "pool": "no.csv"}, "table_missing", "pool"),
        ({"path": "t.csv", "target": "churn", "test": "no.csv"}, "table_missing", "test"),
        ({"path": ["t.csv", "u.csv"], "target": "churn"}, "tables_differ", "path"),
        (
            {"path": "t.csv", "target": "churn", "task": Task.REGRESSION},
            "target_not_numeric",
            "task",
        ),
    ],
)
def test_load_blames_the_line_of_the_config(tmp_path, given, code, key):
    table().to_csv(tmp_path / "t.csv", index=False)
    table(more=1).to_csv(tmp_path / "u.csv", index=False)
    with pytest.raises(DataError) as caught:
        load(Config(tmp_path, given))
    assert (caught.value.code, caught.value.place) == (code, Place(f"config:data.{key}"))


def test_a_saved_description_reads_new_rows_as_the_dataset_did():
    frame = table(day=pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d"))
    data = made(frame)
    pd.testing.assert_frame_equal(
        encode(frame.iloc[::2], data.columns), (data.X.iloc[::2].reset_index(drop=True))
    )


# -- sentences ---------------------------------------------------------------------------------

FILES = sorted((Path(__file__).parents[2] / "advisor" / "data").glob("*.py"))
EXPANDED = {
    "column_not_*": ("column_not_number", "column_not_boolean", "column_not_date"),
    "*_too_few": ("groups_too_few", "time_too_few"),
}


def sentences(lang: str) -> Mapping[str, str]:
    return locale.sentences(lang)


def codes_raised() -> Iterable[str]:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DataError":
                code = node.args[0]
                if isinstance(code, ast.JoinedStr):
                    parts = [p.value if isinstance(p, ast.Constant) else "*" for p in code.values]
                    yield from EXPANDED["".join(parts)]
                else:
                    yield code.value


@pytest.mark.parametrize("lang", locale.LANGUAGES)
def test_every_error_and_finding_has_its_sentence(lang: str) -> None:
    wanted = {f"errors.{code}" for code in codes_raised()}
    wanted |= {f"finding.{code}.text" for code in CODES}
    assert wanted <= set(sentences(lang))


def test_findings_carry_what_their_sentences_ask_for():
    for data in (made(), made(target="age"), made(pool=table(20, extra=range(20)))):
        for found in data.findings:
            text = sentences("en")[f"finding.{found.code}.text"]
            asked = {n for _, n, _, _ in string.Formatter().parse(text) if n}
            assert asked <= set(found.evidence)


# -- the real tables ---------------------------------------------------------------------------

FOLDER = os.environ.get("ADVISOR_DATA", "")
MANIFEST = Path(FOLDER) / "manifest.json"
REAL = json.loads(MANIFEST.read_text(encoding="utf-8")) if FOLDER and MANIFEST.exists() else []


@pytest.mark.skipif(not REAL, reason="ADVISOR_DATA does not name the folder of real tables")
@pytest.mark.parametrize("about", REAL, ids=lambda about: about["name"])
def test_real_tables(about):
    if about["file"].endswith(".parquet"):
        pytest.importorskip("pyarrow", reason="Parquet needs the parquet extra")
    frame = read_table(Path(FOLDER) / about["file"])
    beside = {"groups": about["group_column"], "time": about["time_column"]}
    roles = Roles(
        about["target"],
        drop=tuple(c for c in about["exclude_from_features"] if c not in beside.values()),
        categorical=tuple(
            c for c in about["categorical_columns"] if c not in about["exclude_from_features"]
        ),
        **beside,
    )
    data = build(frame, roles, task=Task(about["task"]))
    assert len(data.X) == about["rows"]
    assert data.n_classes == (about["n_classes"] or 0)
    kinds = {c.name: c.kind for c in data.columns}
    assert all(kinds[c] is ColumnKind.CATEGORY for c in roles.categorical)
    for part in (splits.search_splits(data, 5, 0), splits.confirm_splits(data, 5, 0, 1)):
        assert len(part) == 5


# -- copies ------------------------------------------------------------------------------------


def test_copies_of_a_row_stay_together_in_every_split_and_on_one_side_of_the_test_part() -> None:
    rows = table(300)
    copied = pd.concat([rows, rows.iloc[:100]], ignore_index=True)
    data = made(copied, test=0.2)
    assert data.twins is not None
    assert not set(data.twins[data.test]) & set(data.twins[data.train])
    for split in splits.search_splits(data, 5, 0):
        assert not set(data.twins[split.train]) & set(data.twins[split.valid])
    found = next(f for f in data.findings if f.code == "D04")
    assert (found.evidence["count"], found.evidence["kept"]) == (100, 100)


def test_rows_that_are_mostly_equal_are_no_copies() -> None:
    rows = table(40)
    data = made(pd.concat([rows] * 5, ignore_index=True))
    assert data.twins is None


@pytest.mark.parametrize("apart", [False, True])
def test_numbers_as_text_are_known_in_test_rows_too(apart: bool) -> None:
    prices = [f"${10_000 + 37 * i:,}" for i in range(60)]
    frame = table(price=prices, name=[f"house {i}" for i in range(60)])
    data = made(frame.iloc[:40], test=frame.iloc[40:]) if apart else made(frame, test=0.2)
    read = read_numbers(data.X, ("price",))["price"]
    assert sorted(read) == [10_000 + 37 * i for i in range(60)]
    assert data.X["name"].iloc[data.test].isna().all()  # other texts must have been seen
