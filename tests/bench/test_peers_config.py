"""What is wrong with a bench of peers is said before anything is measured, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor.bench.config import load_bench
from advisor.cli.main import main

CONFIGS = Path(__file__).parents[2] / "configs" / "bench"
GOOD = """\
version: 1
mode: peers
tables: {names: [friedman], rows: 300}
families: [lightgbm]
faults: [rate_high]
peers:
  names: [advisor]
  seconds: 5
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("[advisor]", "[advisor, flamel]", "7:20", "flaml"),
        ("seconds: 5", "seconds: 0", "8:12", "seconds"),
        ("seconds: 5", "second: 5", "8:3", "seconds"),
        ("[lightgbm]", "[mlp]", "4:11", "lightgbm"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_mistake_is_one_message_with_its_place(
    tmp_path: Path, old: str, new: str, place: str, said: str, lang: str
) -> None:
    file = tmp_path / "peers.yaml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    result = CliRunner().invoke(main, ["bench", str(file), "--lang", lang])
    assert result.exit_code == 2
    assert f"peers.yaml:{place}" in result.stderr
    assert said in result.stderr


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setattr("advisor.bench.peers.find_spec", lambda name: None)
    file = tmp_path / "peers.yaml"
    file.write_text(GOOD.replace("[advisor]", "[advisor, flaml]"), encoding="utf-8")
    result = CliRunner().invoke(main, ["bench", str(file), "--lang", lang])
    assert result.exit_code == 2
    assert 'python -m pip install "advisor[peers]"' in result.stderr
    assert "peers.yaml:7:20" in result.stderr


@pytest.mark.parametrize("name", ["peers", "peers_small"])
def test_the_configs_that_come_with_advisor_are_well_formed(name: str) -> None:
    config = load_bench(CONFIGS / f"{name}.yaml")
    assert config.mode == "peers"


def test_the_full_bench_asks_ten_sets_and_four_faults_with_thirty_seconds() -> None:
    config = load_bench(CONFIGS / "peers.yaml")
    assert len(config.tables.names) >= 10
    assert len([fault for fault in config.faults if fault != "healthy"]) >= 4
    assert config.peers.seconds == 30
