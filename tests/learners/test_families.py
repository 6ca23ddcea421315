"""The families of scikit-learn from a config to a saved model and an improved config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_wine

import advisor
from advisor.config.edit import improved_config
from advisor.config.load import load_config, make_config
from advisor.errors import ConfigError
from advisor.types import StageName

CONFIG = """\
version: 1
data: {builtin: iris}
model:
  family: mlp
  params:
    hidden_layer_sizes: [16, 8]   # two layers
    learning_rate_init: 1e-5
    max_iter: 30
preprocessing: {scale: standard}
search: {stages: [learning_rate], minutes: 2}
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "net.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "params",
    [
        {"family": "mlp", "params": {"learning_rate_init": 1e-5, "max_iter": 30}},
        {
            "family": "hist_gradient_boosting",
            "params": {"learning_rate": 1e-4, "max_iter": 30, "max_leaf_nodes": 4},
        },
    ],
    ids=["mlp", "hist_gradient_boosting"],
)
def test_a_rate_that_is_too_low_is_proven_and_the_model_can_be_used(
    params: dict[str, Any], tmp_path: Path
) -> None:
    config = {
        "version": 1,
        "data": {"builtin": "wine"},
        "model": params,
        "preprocessing": {"scale": "standard"},
        "search": {"stages": ["learning_rate"], "minutes": 2},
        "report": {"dir": str(tmp_path)},
    }
    report = advisor.tune(config)
    assert report.status == "improved"
    assert report.stage == StageName.LEARNING_RATE
    wine = load_wine(as_frame=True)
    found = advisor.predict(Path(report.files["model"]).parent, wine.data)
    assert np.mean(found["prediction"] == wine.target_names[wine.target]) > 0.95
    again = load_config(report.files["config"])
    assert again.model.family == params["family"]


def test_a_list_of_widths_is_read_and_written_back(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, CONFIG))
    assert config.model.params["hidden_layer_sizes"] == [16, 8]
    text = improved_config(
        config, params={"hidden_layer_sizes": (16, 8, 8)}, dest=tmp_path / "improved.yaml"
    )
    assert "    hidden_layer_sizes: [16, 8, 8] # two layers\n" in text
    assert load_config(write(tmp_path, text)).model.params["hidden_layer_sizes"] == [16, 8, 8]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("[64, 0]", "not_layers"),
        ("[64, 1.5]", "not_layers"),
        ("[]", "not_layers"),
        ("[64, a]", "not_layers"),
        ("wide", "not_layers"),
        ("-3", "not_layers"),
        ("{a: 1}", "not_layers"),
        ("true", "not_layers"),
    ],
)
def test_wrong_widths_are_one_error_with_its_place(tmp_path: Path, value: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, CONFIG.replace("[16, 8]", value)))
    assert caught.value.code == code
    assert caught.value.place is not None
    assert caught.value.place.line == 6


@pytest.mark.parametrize("family", ["mlp", "hist_gradient_boosting", "lightgbm"])
def test_every_other_list_is_still_refused(family: str) -> None:
    name = {"mlp": "alpha", "hist_gradient_boosting": "max_leaf_nodes"}.get(family, "num_leaves")
    config = {
        "version": 1,
        "data": {"builtin": "iris"},
        "model": {"family": family, "params": {name: [1, 2]}},
    }
    with pytest.raises(ConfigError) as caught:
        make_config(config)
    assert caught.value.code == "list_for_one_value"
