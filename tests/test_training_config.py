"""``training:`` says what is done to the training rows; the impossible is refused by place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from advisor.config.load import make_config
from advisor.config.sections import TrainingConfig
from advisor.errors import ConfigError
from advisor.inputs import Inputs, read_inputs
from advisor.settings import Treatment

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({"a": RNG.normal(size=200), "b": RNG.normal(size=200)})
FRAME["y"] = np.where(FRAME["a"] > 0, "yes", "no")
FRAME["value"] = FRAME["a"] * 3 + RNG.normal(size=200)


def read(training: dict[str, Any], tmp_path: Any, **changes: Any) -> Inputs:
    FRAME.to_csv(tmp_path / "train.csv", index=False)
    data = {"path": "train.csv", "target": "y", "drop": ["value"], "test": False}
    data |= changes.pop("data", {})
    given = {"version": 1, "data": data, "model": {"family": changes.pop("family", "lightgbm")}}
    return read_inputs(make_config({**given, "training": training}, tmp_path), None)


def test_the_section_has_a_key_for_every_part_of_a_treatment() -> None:
    assert set(TrainingConfig.model_fields) == set(Treatment.__slots__)
    assert Treatment(**TrainingConfig().model_dump()) == Treatment()


def test_what_is_done_today_is_the_baselines_treatment(tmp_path: Any) -> None:
    done = {"fraction": 0.5, "class_weight": "sqrt", "suspects": "drop", "merge_duplicates": True}
    assert read(done, tmp_path).person.treatment == Treatment(**done)
    made = read({"augment": "noise"}, tmp_path, family="mlp").person.treatment
    assert made == Treatment(augment="noise")


def test_a_share_of_the_pool_is_understood_where_there_is_one(tmp_path: Any) -> None:
    FRAME.to_csv(tmp_path / "pool.csv", index=False)
    found = read({"pool": 0.25}, tmp_path, data={"pool": "pool.csv"})
    assert found.person.treatment == Treatment(pool=0.25)


NUMBER = {"data": {"target": "value", "drop": ["y"]}}


@pytest.mark.parametrize(
    ("training", "changes", "code", "key"),
    [
        ({"pool": 0.5}, {}, "pool_without_rows", "training.pool"),
        ({"resample": "under"}, NUMBER, "balance_needs_classes", "training.resample"),
        ({"augment": "mixup"}, {}, "augment_unknown", "training.augment"),
        ({"augment": "paint"}, {"family": "mlp"}, "not_one_of", "training.augment"),
        ({"fraction": 0}, {}, "out_of_range", "training.fraction"),
        ({"suspects": "hide"}, {}, "not_one_of", "training.suspects"),
    ],
)
def test_what_is_not_possible_is_refused(
    training: dict[str, Any], changes: dict[str, Any], code: str, key: str, tmp_path: Any
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(training, tmp_path, **changes)
    assert caught.value.code == code
    assert caught.value.values["key"] == key


def test_classes_are_balanced_in_one_way_at_a_time(tmp_path: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        read({"class_weight": "sqrt", "resample": "under"}, tmp_path)
    assert caught.value.code == "two_balances"
