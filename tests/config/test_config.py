"""A config is either read whole or refused with one error that says where and what to write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from advisor.config.load import config_schema, load_config, make_config
from advisor.config.run_config import RunConfig
from advisor.data.starter import starter_config
from advisor.errors import ConfigError, DataError
from advisor.recipes.load import families
from advisor.report.locale import catalog
from advisor.types import STAGE_ORDER, StageName, Task

ROOT = Path(__file__).parents[2]

GOOD = """\
version: 1
data:
  path: train.csv
  target: churn
  drop: [customer_id]
metric: log_loss
model:
  family: lightgbm
  params: {learning_rate: 1e-1, num_leaves: 31}
search:
  trials: 40
"""


def write(folder: Path, text: str | bytes, name: str = "churn.yaml") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def swap(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def refuse(folder: Path, text: str | bytes) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, text))
    return caught.value


BROKEN: list[tuple[str, str | bytes, str, int, int, str | None]] = [
    # what, text, code, line, column, hint
    ("unknown key", swap("  drop:", "  dorp:"), "unknown_key", 5, 3, "drop"),
    ("misspelt required key", swap("  target:", "  targt:"), "unknown_key", 4, 3, "target"),
    ("misspelt section", swap("model:", "modle:"), "unknown_key", 7, 1, "model"),
    ("key in the wrong section", GOOD + "target: x\n", "unknown_key", 12, 1, "data.target"),
    ("unknown key without a value", GOOD + "zzz:\n", "unknown_key", 12, 1, None),
    ("key that is a number", GOOD + "5: x\n", "unknown_key", 12, 1, None),
    ("no version", swap("version: 1\n", ""), "missing_key", 1, 1, None),
    ("no target", swap("  target: churn\n", ""), "missing_key", 2, 1, None),
    ("empty target", swap("target: churn", "target:"), "missing_key", 4, 3, None),
    ("empty text", swap("target: churn", "target: ''"), "empty_value", 4, 11, None),
    ("no family", swap("  family: lightgbm\n", ""), "missing_key", 7, 1, None),
    ("other version", swap("version: 1", "version: 2"), "not_one_of", 1, 10, None),
    ("true as version", swap("version: 1", "version: true"), "not_one_of", 1, 10, None),
    ("family", swap("lightgbm", "lightgmb"), "not_one_of", 8, 11, "lightgbm"),
    ("metric", swap("log_loss", "logloss_"), "not_one_of", 6, 9, "log_loss"),
    ("builtin", swap("path: train.csv", "builtin: digit"), "not_one_of", 3, 12, "digits"),
    ("task", swap("drop: [customer_id]", "task: binray"), "not_one_of", 5, 9, "binary"),
    ("proof", swap("trials: 40", "proof: strickt"), "not_one_of", 11, 10, "strict"),
    ("stage", swap("trials: 40", "stages: [depth, dept]"), "not_one_of", 11, 19, "depth"),
    ("stage twice", swap("trials: 40", "stages: [depth, depth]"), "stage_twice", 11, 19, None),
    ("no stage", swap("trials: 40", "stages: []"), "empty_value", 11, 11, None),
    ("number as text", swap("trials: 40", 'trials: "40"'), "not_a_whole_number", 11, 11, "40"),
    ("decimals", swap("trials: 40", "trials: 4.5"), "not_a_whole_number", 11, 11, None),
    ("true as number", swap("trials: 40", "minutes: true"), "not_a_number", 11, 12, None),
    ("infinite", swap("trials: 40", "minutes: .inf"), "not_a_number", 11, 12, None),
    ("list for a number", swap("trials: 40", "folds: [3, 5]"), "list_for_one_value", 11, 10, None),
    ("too many", swap("trials: 40", "trials: 2000"), "out_of_range", 11, 11, None),
    ("too few", swap("trials: 40", "folds: 1"), "out_of_range", 11, 10, None),
    ("no minutes", swap("trials: 40", "minutes: 0"), "out_of_range", 11, 12, None),
    ("negative seed", GOOD + "seed: -1\n", "out_of_range", 12, 7, None),
    ("negative gain", GOOD + "kpi: {min_gain: -1}\n", "out_of_range", 12, 17, None),
    ("half a cost table", GOOD + "kpi: {cost: {false_positive: 1}}\n", "missing_key", 12, 7, None),
    ("text for a list", swap("[customer_id]", "customer_id"), "not_a_list", 5, 9, "[customer_id]"),
    ("number for text", swap("target: churn", "target: 7"), "not_text", 4, 11, '"7"'),
    ("date for text", swap("target: churn", "target: 2024-01-01"), "not_text", 4, 11, None),
    ("tag", swap("target: churn", "target: !env X"), "not_text", 4, 11, None),
    ("text for a section", GOOD + "report: runs\n", "not_a_mapping", 12, 9, None),
    ("yes", GOOD + "training: {merge_duplicates: yes}\n", "not_true_or_false", 12, 30, "true"),
    ("test too large", swap("drop: [customer_id]", "test: 0.7"), "not_a_test", 5, 9, None),
    ("test true", swap("drop: [customer_id]", "test: true"), "not_a_test", 5, 9, None),
    ("test as text", swap("drop: [customer_id]", "test: '0.2'"), "not_a_test", 5, 9, "0.2"),
    ("paths of numbers", swap("train.csv", "[a.csv, 3]"), "not_a_path", 3, 9, None),
    ("encoding", swap("drop: [customer_id]", "encoding: utf9"), "not_an_encoding", 5, 13, None),
    ("path and builtin", GOOD.replace("  drop:", "  builtin: iris\n  drop:"),
     "path_or_builtin", 2, 1, None),
    ("neither", swap("  path: train.csv\n", ""), "path_or_builtin", 2, 1, None),
    ("groups and time", swap("drop: [customer_id]", "groups: a\n  time: b"),
     "groups_and_time", 6, 9, None),
    ("target dropped", swap("[customer_id]", "[churn]"), "target_twice", 5, 9, None),
    ("param list", swap("1e-1", "[0.1, 0.3]"), "list_for_one_value", 9, 27, None),
    ("param mapping", swap("1e-1", "{low: 0.1}"), "not_a_parameter", 9, 27, None),
    ("param nan", swap("1e-1", ".nan"), "not_a_number", 9, 27, None),
    ("no space after a colon", swap("num_leaves: 31", "num_leaves:31"),
     "not_a_parameter_name", 9, 33, "num_leaves: 31"),
    ("a list as a key", "version: 1\n? {a: []}\n: 1\n", "yaml_syntax", 1, 1, None),
    ("param inf", swap("1e-1", ".inf"), "not_a_number", 9, 27, None),
    ("param text", swap("1e-1", "'0.1'"), "not_a_number", 9, 27, "0.1"),
    ("param true", swap("1e-1", "true"), "not_a_number", 9, 27, None),
    ("param null", swap("1e-1", "null"), "not_a_number", 9, 27, None),
    ("rate zero", swap("1e-1", "0"), "out_of_range", 9, 27, None),
    ("leaves with decimals", swap("num_leaves: 31", "num_leaves: 31.5"),
     "not_a_whole_number", 9, 45, None),
    ("one leaf", swap("num_leaves: 31", "num_leaf: 1"), "out_of_range", 9, 43, None),
    ("no rounds", swap("num_leaves: 31", "num_trees: 0"), "out_of_range", 9, 44, None),
    ("two spellings", swap("num_leaves: 31", "eta: 0.2"), "param_twice", 9, 38, None),
    ("tab", "version: 1\ndata:\n\tpath: a.csv\n", "yaml_tab", 3, 1, None),
    ("syntax", "version: 1\ndata: [1, 2\nmodel: x\n", "yaml_syntax", 3, 6, None),
    ("colon", "version: 1\nmetric: a: b\n", "yaml_syntax", 2, 10, None),
    ("control character", "version: 1\nmetric: a\x01\n", "yaml_syntax", 2, 10, None),
    ("two documents", GOOD + "---\na: 1\n", "yaml_syntax", 12, 1, None),
    ("impossible date", swap("churn", "2024-13-45"), "yaml_syntax", 1, 1, None),
    ("duplicate key", GOOD + "metric: rmse\n", "yaml_duplicate_key", 12, 1, None),
    ("empty", "", "file_empty", 1, 1, None),
    ("comments only", "# nothing\n", "file_empty", 1, 1, None),
    ("list", "- 1\n", "file_not_a_mapping", 1, 1, None),
    ("text", "hello\n", "file_not_a_mapping", 1, 1, None),
    ("latin-1", "version: 1\nname: caf\u00e9\n".encode("latin-1"), "config_encoding", 2, 10, None),
    ("utf-16", GOOD.encode("utf-16"), "config_encoding", 1, 1, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "hint"),
    [pytest.param(*case[1:], id=case[0]) for case in BROKEN],
)
def test_a_broken_config_is_refused_with_its_place_and_the_nearest_spelling(
    tmp_path: Path, text: str | bytes, code: str, line: int, column: int, hint: str | None
) -> None:
    error = refuse(tmp_path, text)
    assert error.place is not None
    got = (error.code, error.place.line, error.place.column, error.hint)
    assert got == (code, line, column, hint)
    assert error.place.file == str(tmp_path / "churn.yaml")


@pytest.mark.parametrize("text", [c[1] for c in BROKEN], ids=[c[0] for c in BROKEN])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_refusal_has_a_sentence_whose_placeholders_are_all_given(
    tmp_path: Path, text: str | bytes, lang: str
) -> None:
    error = refuse(tmp_path, text)
    sentence = sentences(lang)[error.code]
    assert sentence.replace(":raw}", "}").format(**error.values)
    assert all(isinstance(v, str | int | float | list) for v in error.values.values())


def sentences(lang: str) -> dict[str, str]:
    from ruamel.yaml import YAML

    file = ROOT / f"advisor/report/locale/{lang}.yaml"
    return dict(YAML(typ="safe").load(file.read_text(encoding="utf-8"))["errors"])


def test_both_languages_have_the_same_sentences() -> None:
    assert sentences("en").keys() == sentences("ja").keys()


def test_an_error_names_the_dotted_key_what_was_found_and_what_is_allowed(tmp_path: Path) -> None:
    error = refuse(tmp_path, swap("trials: 40", "trials: 2000"))
    assert error.values == {
        "key": "search.trials", "found": "2000", "allowed": "1 <= trials <= 1000", "more": 0
    }  # fmt: skip
    error = refuse(tmp_path, swap("trials: 40", "stages: [dept]"))
    assert error.values["key"] == "search.stages[1]"
    assert error.values["allowed"] == [str(s) for s in STAGE_ORDER]
    assert refuse(tmp_path, swap("1e-1", "0")).values["allowed"] == "0 < learning_rate"
    bag = refuse(tmp_path, swap("num_leaves: 31", "bagging_fraction: 1.5"))
    assert bag.values["allowed"] == "0 < bagging_fraction <= 1"
    seed = refuse(tmp_path, GOOD + "seed: -1\n")
    assert seed.values["allowed"] == "0 <= seed <= 2147483647"
    gain = refuse(tmp_path, GOOD + "kpi: {min_gain: -1}\n")
    assert gain.values["allowed"] == "0 <= min_gain"


def test_the_first_problem_in_the_file_is_told_and_the_others_are_counted(tmp_path: Path) -> None:
    text = swap("trials: 40", "trials: 0\n  folds: 0").replace("drop: [customer_id]", "drop: x")
    error = refuse(tmp_path, text)
    assert (error.values["key"], error.values["more"]) == ("data.drop", 2)


def test_a_missing_file_names_its_nearest_neighbour(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "chrn.yaml")
    assert caught.value.code == "config_missing"
    assert caught.value.hint == str(tmp_path / "churn.yaml")
    with pytest.raises(ConfigError, match="config_missing"):
        load_config(tmp_path / "no" / "such.yaml")


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="config_is_folder"):
        load_config(tmp_path)


def test_deep_nesting_is_an_error_and_no_crash(tmp_path: Path) -> None:
    assert refuse(tmp_path, "a: " + "[" * 5000).code == "yaml_syntax"


def test_a_small_config_gets_every_default(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, GOOD))
    assert config.name == "churn"
    assert config.model.params == {"learning_rate": 0.1, "num_leaves": 31}
    assert type(config.model.params["learning_rate"]) is float
    assert config.search.stages == list(STAGE_ORDER)
    assert (config.search.minutes, config.search.folds, config.search.sufficient) == (15.0, 5, 0.8)
    assert (config.data.test, config.kpi, config.report.dir) == (None, None, "runs")


def test_sections_and_keys_left_empty_count_as_left_out(tmp_path: Path) -> None:
    text = swap("  trials: 40\n", "  # trials: 40\n") + "audit:\nkpi:\njournal:\n"
    text = text.replace("drop: [customer_id]", "drop:")
    config = load_config(write(tmp_path, text))
    assert (config.search.trials, config.audit.allow, config.data.drop) == (40, [], [])


def test_stages_run_in_their_own_order_whatever_the_file_says(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, swap("trials: 40", "stages: [depth, learning_rate]")))
    assert config.search.stages == [StageName.LEARNING_RATE, StageName.DEPTH]


@pytest.mark.parametrize("test", ["0.2", "false", "later.csv", "0.5"])
def test_a_test_part_is_a_share_a_file_or_none(tmp_path: Path, test: str) -> None:
    config = load_config(write(tmp_path, swap("drop: [customer_id]", f"test: {test}")))
    assert json.dumps(config.data.test).strip('"') == test


def test_whole_numbers_are_taken_where_a_fraction_may_stand(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, swap("trials: 40", "minutes: 3\n  sufficient: 1")))
    assert (config.search.minutes, config.search.sufficient) == (3.0, 1.0)


def test_values_beyond_the_searched_range_are_the_persons_own_business(tmp_path: Path) -> None:
    text = swap("num_leaves: 31", "num_leaves: 5000, min_child_samples: 0, max_depth: 0")
    assert load_config(write(tmp_path, text)).model.params["num_leaves"] == 5000


def test_later_errors_find_their_place(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, GOOD.replace("learning_rate", "eta")))

    def spot(*keys: str | int) -> tuple[int | None, int | None]:
        place = config.place_of(*keys)
        assert place is not None
        return place.line, place.column

    assert spot("data", "target") == (4, 11)
    assert spot("data", "drop", 0) == (5, 10)
    assert spot("model", "params", "learning_rate") == (9, 17)  # written as eta
    assert spot("data", "time") == (2, 1)  # not there: the section
    assert spot("kpi", "min_gain") == (1, 1)
    assert spot("model", "params", "max_bin") == (9, 3)


def test_paths_start_at_the_folder_of_the_config(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    config = load_config(write(tmp_path / "sub", GOOD))
    assert config.resolve("train.csv") == tmp_path / "sub" / "train.csv"
    assert config.resolve("/data/x.csv") == Path("/data/x.csv")


def test_identity_follows_what_is_measured_and_nothing_else(tmp_path: Path) -> None:
    def identity(text: str) -> str:
        return load_config(write(tmp_path, text)).identity()

    base = identity(GOOD)
    same = [
        swap("trials: 40", "trials: 80\n  minutes: 99\n  stop: never\n  stages: [depth]\n"
             "  sufficient: 0.5"),
        GOOD + "name: other\nreport: {lang: ja, dir: elsewhere}\njournal: sqlite:///x.db\n",
        "# a comment\n" + swap("1e-1", "0.1"), GOOD + "audit: {allow: [L02]}\n",
        swap("{learning_rate: 1e-1, num_leaves: 31}", "{num_leaves: 31, learning_rate: 1e-1}"),
        GOOD + "kpi: {goal: 0.9}\n",
    ]  # fmt: skip
    assert {identity(text) for text in same} == {base}
    other = [
        GOOD + "seed: 1\n", swap("1e-1", "0.2"), swap("trials: 40", "folds: 10"),
        swap("log_loss", "roc_auc"), GOOD + "training: {class_weight: balanced}\n",
        GOOD + "kpi: {min_gain: 0.1}\n", swap("trials: 40", "proof: strict"),
        swap("[customer_id]", "[]"), GOOD + "preprocessing: {scale: standard}\n",
    ]  # fmt: skip
    assert len({base, *map(identity, other)}) == len(other) + 1


MAPPING: dict[str, Any] = {
    "version": 1,
    "data": {"path": Path("in/train.csv"), "target": "y", "task": Task.BINARY, "drop": ("a",)},
    "model": {"family": "lightgbm", "params": {"eta": np.float64(0.1), "num_leaves": np.int64(7)}},
}


def test_a_config_from_python_takes_python_values() -> None:
    config = make_config(MAPPING, "/there")
    assert (config.name, config.data.path, config.data.drop) == ("train", "in/train.csv", ["a"])
    assert config.data.task is Task.BINARY
    assert type(config.model.params["num_leaves"]) is int
    assert config.resolve("x.csv") == Path("/there/x.csv")
    assert config.source is None
    assert config.place_of("data") is None


def test_an_error_from_python_has_no_place_but_all_else() -> None:
    with pytest.raises(ConfigError) as caught:
        make_config({**MAPPING, "serch": {}})
    error = caught.value
    assert (error.code, error.place, error.hint) == ("unknown_key", None, "search")


def test_a_config_cannot_be_changed(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 3  # type: ignore[misc]


@pytest.mark.parametrize("name", ["run 1.yaml", "a:b.yaml", "離反.yaml", "--.yaml"])
def test_the_name_of_a_run_can_be_a_folder(tmp_path: Path, name: str) -> None:
    made = load_config(write(tmp_path, GOOD, name)).name
    assert made
    assert not set(made) & set(' /\\:*?"<>|')
    (tmp_path / made).mkdir()


def _objects(node: Any) -> Any:
    if isinstance(node, dict):
        if "properties" in node:
            yield node
        for value in node.values():
            yield from _objects(value)


def test_the_schema_describes_every_field_and_names_the_families() -> None:
    schema = config_schema()
    objects = list(_objects(schema))
    assert len(objects) >= 8
    for part in objects:
        assert part["additionalProperties"] is False
        for name, field in part["properties"].items():
            assert field.get("description"), (part["title"], name)
    assert schema["$defs"]["ModelConfig"]["properties"]["family"]["enum"] == [*families(), "import"]
    assert set(schema["properties"]) == set(RunConfig.model_fields)
    json.dumps(schema)


def test_the_quickstart_is_valid_and_wrong_on_purpose() -> None:
    config = load_config(ROOT / "configs" / "quickstart.yaml")
    assert config.data.builtin == "digits"
    assert config.data.test == 0.2
    assert config.model.params["learning_rate"] == 1.0


TABLE = pd.DataFrame(
    {
        "customerID": ["a", "b", "c", "d"],
        "Unnamed: 0": [0, 1, 2, 3],
        "row: id": [9, 8, 7, 6],
        "store_id": [1, 1, 2, 2],
        "grid": [1, 2, 3, 4],
        "amount_id": [0.5, 1.5, 2.5, 3.5],
        "day": pd.date_range("2024-01-01", periods=4),
        "y": [0, 1, 0, 1],
    }
)


def english(about: str) -> str:
    return catalog("en").say(f"starter.{about}")


def test_a_starter_config_loads_and_drops_what_numbers_the_rows(tmp_path: Path) -> None:
    text = starter_config(TABLE, "my, data.csv", "y", Task.BINARY, "roc_auc", comment=english)
    config = load_config(write(tmp_path, text))
    assert config.data.drop == ["customerID", "Unnamed: 0", "row: id"]
    assert (config.data.path, config.data.target) == ("my, data.csv", "y")
    assert (config.data.task, config.metric) == (Task.BINARY, "roc_auc")
    assert "# groups: store_id" in text
    assert "# time: day" in text


def test_no_scaling_may_be_written_as_reports_write_it(tmp_path: Path) -> None:
    text = GOOD + "preprocessing: {scale: none}\n"
    assert load_config(write(tmp_path, text)).preprocessing.scale is None


def test_a_starter_config_reads_numbers_that_are_written_as_text(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "price": [f"{1000 + 37 * i:,} 円" for i in range(40)],
            "kind": ["a", "b"] * 20,
            "size": [1.5 * i for i in range(40)],
            "y": [0, 1] * 20,
        }
    )
    text = starter_config(table, "a.csv", "y", Task.BINARY, "log_loss", comment=english)
    assert load_config(write(tmp_path, text)).preprocessing.numbers == ["price"]
    rest = table.drop(columns="price")
    text = starter_config(rest, "a.csv", "y", Task.BINARY, "log_loss", comment=english)
    assert load_config(write(tmp_path, text)).preprocessing.numbers == []


@pytest.mark.parametrize(
    ("values", "suggested"),
    [
        (["2024-01-31 10:00:00", "2024-02-01 11:00:00"], True),
        (["2024/1/31", None], True),
        (["2024-01-31", "soon"], False),
        ([20240131, 20240201], False),
        ([None, None], False),
    ],
)
def test_a_starter_config_suggests_text_dates_for_time(values: list[Any], suggested: bool) -> None:
    table = pd.DataFrame({"when": values, "y": [0, 1]})
    text = starter_config(table, "a.csv", "y", Task.BINARY, "log_loss", comment=english)
    assert ("# time: when" in text) is suggested


@pytest.mark.parametrize(
    "column", ["y", "#y", "a: b", "it's", '"q"', "yes", "7", "1e3", "離反", "{x}"]
)
def test_a_starter_config_quotes_any_column_name(tmp_path: Path, column: str) -> None:
    table = pd.DataFrame({column: [0, 1], f"{column}_id": [5, 6]})
    text = starter_config(table, "a.csv", column, Task.BINARY, "log_loss", comment=english)
    config = load_config(write(tmp_path, text))
    assert (config.data.target, config.data.drop) == (column, [f"{column}_id"])


def test_a_starter_config_without_ids_shows_the_key_as_a_comment(tmp_path: Path) -> None:
    text = starter_config(
        TABLE[["grid", "y"]], "a.csv", "y", Task.BINARY, "log_loss", comment=english
    )
    assert "# drop:" in text
    assert load_config(write(tmp_path, text)).data.drop == []


def test_a_starter_config_for_an_unknown_target_names_the_nearest_column() -> None:
    with pytest.raises(DataError) as caught:
        starter_config(TABLE, "a.csv", "gird", Task.REGRESSION, "rmse", comment=english)
    assert (caught.value.code, caught.value.hint) == ("target_missing", "grid")
    assert caught.value.values["columns"] == list(TABLE.columns)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("AUC", "auc"), ("RMSE", "rmse"), ("Log_Loss", "log_loss"), ("R2", "r2"), ("F1", "f1")],
)
def test_a_metric_may_be_written_as_reports_write_it(written: str, meant: str) -> None:
    given = {"version": 1, "metric": written, "kpi": {"metric": written}}
    config = make_config({**given, "data": {"builtin": "iris"}, "model": {"family": "lightgbm"}})
    assert config.kpi is not None
    assert (config.metric, config.kpi.metric) == (meant, meant)


@pytest.mark.parametrize(
    ("column", "values", "dropped"),
    [
        ("Invoice No.", range(536_365, 536_395), True),
        ("listing_no", [f"A-{i:04d}" for i in range(30)], True),
        ("listingNo", range(30), True),
        ("物件番号", [f"{1000 + i:,}" for i in range(30)], True),
        ("注文ID", range(30), True),
        ("Ｎｏ", range(30), True),
        ("物件番号", [i // 2 for i in range(30)], False),  # a group
        ("serial", pd.date_range("2021-04-01", periods=30).strftime("%Y年%m月%d日"), False),
        ("weight no", [f"{i}.5 kg" for i in range(30)], False),
        ("piano", range(30), False),
        ("price", range(30), False),
    ],
)
def test_a_starter_config_drops_what_only_names_rows(
    column: str, values: Any, dropped: bool
) -> None:
    table = pd.DataFrame({column: list(values), "x": np.arange(30) % 7, "y": [0, 1] * 15})
    text = starter_config(table, "a.csv", "y", Task.BINARY, "log_loss", comment=english)
    assert ("predict nothing" in text) == dropped
    assert (f"  drop: [{column}]" in text) == dropped


def test_a_starter_config_speaks_the_language_asked_for(tmp_path: Path) -> None:
    words = catalog("ja")
    text = starter_config(
        TABLE,
        "a.csv",
        "y",
        Task.BINARY,
        "log_loss",
        comment=lambda about: words.say(f"starter.{about}"),
        lang="ja",
    )
    assert "今お使いの値" in text
    assert "relative to" not in text
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    assert load_config(tmp_path / "c.yaml").report.lang == "ja"
