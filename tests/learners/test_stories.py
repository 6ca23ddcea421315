"""What people say of a net that is stuck, each as a config, and how its run ends."""

from __future__ import annotations

from pathlib import Path

import pytest

import advisor
from advisor.results import Report

STORIES = Path(__file__).parents[2] / "configs" / "stories"
# the stage that ends the run, and what has to change in it
ENDINGS = {
    "adam_rate_too_high": ("learning_rate", "learning_rate"),
    "dropout_too_high": ("regularization", "dropout"),
    "rate_too_low": ("learning_rate", "learning_rate"),
    "twelve_sigmoid_layers": ("depth", "hidden"),
    "unscaled_inputs": ("foundations", "scale"),
    "xor_without_hidden_layer": ("depth", "hidden"),
}
# what the report says of those whose fault lies inside of the net
SAID = {
    "dropout_too_high": "cause.layers.dropout.less",
    "twelve_sigmoid_layers": "cause.layers.depth.vanishing",
}


def told(name: str, folder: Path) -> Report:
    """The report of a story; on a busy machine it may take as long as it needs."""
    text = (STORIES / f"{name}.yaml").read_text(encoding="utf-8")
    for table in STORIES.glob("*.csv"):
        text = text.replace(f"path: {table.name}", f"path: {table}")
    file = folder / f"{name}.yaml"
    file.write_text(
        text.replace("minutes: 10", "minutes: 120") + f"report: {{dir: {folder}}}\n",
        encoding="utf-8",
    )
    return advisor.tune(file)


def test_every_story_has_its_ending() -> None:
    assert sorted(file.stem for file in STORIES.glob("*.yaml")) == sorted(ENDINGS)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ENDINGS))
def test_a_story_ends_where_its_fault_is(name: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra torch is not installed")
    report = told(name, tmp_path)
    stage, changed = ENDINGS[name]
    assert (report.status, report.stage) == ("improved", stage)
    assert changed in report.change
    assert report.diagnosis is not None
    assert report.diagnosis.points_to == stage
    assert report.diagnosis.confirmed
    if name in SAID:
        assert report.cause is not None
        assert report.cause.code == SAID[name]
    before, after = report.change[changed]
    if name == "dropout_too_high":
        assert after < before
    if name == "twelve_sigmoid_layers":
        assert len(after) < len(before)
        assert report.diagnosis.state == "not_learning"
        assert report.diagnosis.evidence["inside"] == "vanishing"
        assert "health.gradient.vanishing" in [answer.code for answer in report.diagnosis.health]
