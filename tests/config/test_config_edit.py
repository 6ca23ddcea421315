"""The improved config is the person's own text with the change in it, and nothing else moved."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from advisor.config.edit import improved_config, inline
from advisor.config.load import load_config, make_config
from advisor.config.run_config import RunConfig

OWN = """\
# churn, spring
version: 1
data:
    path: "train.csv"     # from the warehouse
    target: churn
    drop:
      - id      # a number
      - token

# what we promised
metric: log_loss
model:
    family: lightgbm
    params:
        eta: 1e-1         # since 2023
        num_leaves: 31    # default

        # subsample: 0.8  (did not help)

search: {trials: 10}      # enough
report: {dir: ../out}
# end
"""


def load(folder: Path, text: str) -> RunConfig:
    file = folder / "churn.yaml"
    file.write_bytes(text.encode())
    return load_config(file)


def edit(folder: Path, text: str, **changes: Any) -> tuple[str, RunConfig]:
    """The improved text, and the config that it gives when it is loaded from its new folder."""
    dest = folder / "runs" / "churn-01" / "improved.yaml"
    dest.parent.mkdir(parents=True, exist_ok=True)
    made = improved_config(load(folder, text), **{"params": {}, "dest": dest, **changes})
    dest.write_bytes(made.encode())
    return made, load_config(dest)


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_only_the_changed_values_change(tmp_path: Path) -> None:
    made, config = edit(tmp_path, OWN, params={"learning_rate": 0.03, "reg_lambda": 6.3})
    assert changed_lines(OWN, made) == [
        '-     path: "train.csv"     # from the warehouse',
        '+     path: "../../train.csv"     # from the warehouse',
        "-         eta: 1e-1         # since 2023",
        "+         eta: 0.03         # since 2023",
        "+         reg_lambda: 6.3",
    ]
    assert config.model.params == {"eta": 0.03, "num_leaves": 31, "reg_lambda": 6.3}
    assert config.resolve("../../train.csv").resolve() == tmp_path / "train.csv"


def test_a_knob_is_removed_under_the_persons_spelling(tmp_path: Path) -> None:
    made, config = edit(tmp_path, OWN, removed=["learning_rate", "max_depth"])
    assert config.model.params == {"num_leaves": 31}
    assert "# subsample: 0.8  (did not help)" in made
    assert "# end" in made


def test_all_knobs_can_be_removed_and_others_added(tmp_path: Path) -> None:
    gone = ["learning_rate", "num_leaves"]
    made, config = edit(tmp_path, OWN, removed=gone)
    assert config.model.params == {}
    assert "# subsample: 0.8" in made
    _, config = edit(tmp_path, OWN, removed=gone, params={"reg_lambda": 1.0})
    assert config.model.params == {"reg_lambda": 1.0}


def test_data_and_training_change_and_comments_around_them_stay(tmp_path: Path) -> None:
    made, config = edit(
        tmp_path,
        OWN,
        sections={
            "data": {"drop": ["id", "a, b"], "path": ["train.csv", "more.csv"], "pool": None},
            "training": {"class_weight": "balanced", "merge_duplicates": True},
        },
    )
    assert config.data.drop == ["id", "a, b"]
    assert config.data.path == ["../../train.csv", "../../more.csv"]
    assert config.training.class_weight == "balanced"
    assert config.training.merge_duplicates
    assert "# what we promised" in made
    assert "# from the warehouse" in made


def test_flow_style_stays_flow_style(tmp_path: Path) -> None:
    text = (
        "version: 1\n"
        "data: {path: [a.csv, /abs/b.csv, 's3://x/y.csv'], target: y, test: t.csv, pool: p.csv}\n"
        "model: {family: lightgbm, params: {learning_rate: 0.1}}  # m\n"
        "# tail\n"
    )
    made, config = edit(
        tmp_path,
        text,
        params={"learning_rate": 0.2, "reg_lambda": 1.5},
        sections={"data": {"pool": None}},
    )
    assert made == (
        "version: 1\n"
        "data: {path: [../../a.csv, /abs/b.csv, 's3://x/y.csv'], target: y, test: ../../t.csv}\n"
        "model: {family: lightgbm, params: {learning_rate: 0.2, reg_lambda: 1.5}}  # m\n"
        "# tail\n"
    )
    assert config.data.test == "../../t.csv"


BASE = "version: 1\ndata: {builtin: iris}\n"


@pytest.mark.parametrize(
    "model",
    [
        "model:\n  family: lightgbm\n",
        "model:\n  family: lightgbm  # f\n\n# c\nseed: 1\n",
        "model:\n  family: lightgbm\n  params:\n",
        "model:\n  params:   # none\n  # yet\n  family: lightgbm\n",
        "model:\n  params: {}  # none\n  family: lightgbm\n",
        "model: {family: lightgbm}\n",
        "model: {family: lightgbm, params: {}}\n",
        "model: {family: lightgbm, params: }\n",
        "model:\n  family: lightgbm\n  params:\n    num_leaves: 7",
        "model:\n  family: lightgbm\n  params:\n    num_leaves: 7  # no line break at the end",
        "model:\n  params:\n    num_leaves: |-\n      7\n    eta: 0.5\n  family: lightgbm\n",
        "model:\n  params:\n    eta: 0.5\n    num_leaves: |-\n      7\n  family: lightgbm\n",
        "model:\n  params: &p\n    eta: 0.5\n  family: lightgbm\n",
        "seed: &s 3\nmodel:\n  family: lightgbm\n  params: {max_bin: *s, eta: *s}\n",
    ],
)
def test_a_knob_can_be_added_wherever_params_stand(tmp_path: Path, model: str) -> None:
    if "|-" in model:  # a text where a number belongs is refused on reading
        model = model.replace("num_leaves: |-\n      7", "boosting: |-\n      dart")
    before = load(tmp_path, BASE + model).model.params
    made, config = edit(tmp_path, BASE + model, params={"learning_rate": 0.25, "reg_alpha": 2})
    rate = "eta" if "eta" in before else "learning_rate"
    assert config.model.params == {**before, rate: 0.25, "reg_alpha": 2}
    comments = [line[line.index("#") :] for line in model.splitlines() if "#" in line]
    assert all(comment in made for comment in comments)


@pytest.mark.parametrize(
    "params",
    ["{num_leaves: 7,}", "{\n    num_leaves: 7,  # few\n  }", "{num_leaves: 7, # few\n  }"],
)
def test_the_only_knob_of_a_flow_mapping_leaves_with_its_comma(tmp_path: Path, params: str) -> None:
    text = f"{BASE}model:\n  family: lightgbm\n  params: {params}\n"
    made, config = edit(tmp_path, text, removed=["num_leaves"])
    assert config.model.params == {}
    assert made.count("# few") == text.count("# few")


def test_windows_line_ends_stay_windows_line_ends(tmp_path: Path) -> None:
    text = OWN.replace("\n", "\r\n")
    made, config = edit(tmp_path, text, params={"eta": 0.3, "reg_alpha": 1})
    assert made.count("\r\n") == made.count("\n") == OWN.count("\n") + 1
    assert config.model.params == {"eta": 0.3, "num_leaves": 31, "reg_alpha": 1}


def test_the_report_folder_and_absolute_paths_are_left_alone(tmp_path: Path) -> None:
    text = OWN.replace('"train.csv"', str(tmp_path / "train.csv"))
    made, config = edit(tmp_path, text)
    assert made == text
    assert config.report.dir == "../out"


def test_a_share_as_test_is_no_path(tmp_path: Path) -> None:
    made, _ = edit(tmp_path, OWN.replace("    target:", "    test: 0.2\n    target:"))
    assert "    test: 0.2\n" in made


def test_quotes_of_a_path_are_kept_and_added_where_needed(tmp_path: Path) -> None:
    odd = tmp_path / "it's: here"
    odd.mkdir()
    config = load(odd, OWN)
    made = improved_config(config, params={}, dest=tmp_path / "improved.yaml")
    assert YAML(typ="safe").load(made)["data"]["path"] == "it's: here/train.csv"


def test_numbers_are_readable_and_the_persons_own_digits_stay(tmp_path: Path) -> None:
    text = OWN.replace("num_leaves: 31 ", "reg_alpha: 0.123456789 ")
    made, _ = edit(tmp_path, text, params={"learning_rate": np.float64(0.01234567891)})
    assert "eta: 0.0123457 " in made
    assert "reg_alpha: 0.123456789 " in made


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.1, "0.1"), (1e-5, "1e-05"), (5.0, "5.0"), (np.int64(3), "3"), (True, "true"),
        (None, "null"), ("a, b", "'a, b'"), ("yes", "yes"), ("7", "'7'"), (["a", 1], "[a, 1]"),
        (1234567.8, "1234570.0"), ({"a": 1, "b": [2]}, "{a: 1, b: [2]}"), ("x\ny", '"x\\ny"'),
    ],
)  # fmt: skip
def test_a_value_is_written_on_one_line_and_reads_back(value: Any, shown: str) -> None:
    assert inline(value) == shown


def test_a_config_without_a_file_is_written_fresh(tmp_path: Path) -> None:
    mapping = {
        "version": 1,
        "data": {"path": "a.csv", "target": "y"},
        "model": {"family": "lightgbm", "params": {"eta": 0.1}},
        "search": {"trials": 7},
    }
    dest = tmp_path / "runs" / "improved.yaml"
    made = improved_config(make_config(mapping, tmp_path), params={"learning_rate": 0.5}, dest=dest)
    assert made == (
        "version: 1\nname: a\ndata:\n  path: ../a.csv\n  target: y\n"
        "model:\n  family: lightgbm\n  params: {eta: 0.5}\nsearch:\n  trials: 7\n"
    )


def test_no_change_and_the_same_folder_give_the_same_text(tmp_path: Path) -> None:
    config = load(tmp_path, OWN)
    assert improved_config(config, params={}, dest=tmp_path / "improved.yaml") == OWN


KNOBS = {
    "learning_rate": st.floats(0.01, 0.5),
    "num_leaves": st.integers(2, 100),
    "reg_lambda": st.floats(0, 100),
    "max_depth": st.integers(-1, 12),
}


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(
    params=st.fixed_dictionaries({}, optional=KNOBS),
    removed=st.lists(st.sampled_from([*KNOBS, "subsample"]), unique=True),
)
def test_any_change_loads_as_exactly_that_change(
    tmp_path: Path, params: dict[str, Any], removed: list[str]
) -> None:
    removed = [name for name in removed if name not in params]
    made, config = edit(tmp_path, OWN, params=params, removed=removed)
    own = {"learning_rate": 0.1, "num_leaves": 31} | params
    wanted = {k: v for k, v in own.items() if k not in removed}
    got = {"learning_rate" if k == "eta" else k: v for k, v in config.model.params.items()}
    assert got == pytest.approx(wanted, rel=1e-5)
    for comment in ("# churn, spring", "# what we promised", "# subsample: 0.8", "# end"):
        assert comment in made
