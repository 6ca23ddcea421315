"""A bench config is read whole, or refused with one error that says where and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor.bench.config import load_bench
from advisor.bench.jobs import list_cases, list_fixes
from advisor.cli.main import main
from advisor.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent
GOOD = """\
version: 1
mode: faults
tables: {names: [xor, friedman], rows: 1000}
families: [lightgbm]
faults: [rate_high, leak, healthy]
seeds: 1
"""


def refused(folder: Path, text: str) -> ConfigError:
    file = folder / "b.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read(file)
    return caught.value


def read(file: Path) -> None:
    config = load_bench(file)
    if config.mode == "faults":
        list_cases(config)
    else:
        list_fixes(config)


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "hint"),
    [
        ("seeds: 1", "sedes: 1", "unknown_key", 6, "seeds"),
        ("rows: 1000", "row: 1000", "unknown_key", 3, "rows"),
        ("seeds: 1", "rows: 1", "unknown_key", 6, "tables.rows"),
        ("mode: faults", "mode: fault", "not_one_of", 2, "faults"),
        ("lightgbm", "lightgmb", "not_one_of", 4, "lightgbm"),
        ("rate_high", "rate_hihg", "not_one_of", 5, "rate_high"),
        ("xor", "xorr", "bench_table_unknown", 3, "xor"),
        ("seeds: 1", "seeds: 0", "out_of_range", 6, None),
        ("seeds: 1", "jobs: many", "not_a_whole_number", 6, None),
        ("tables: {names: [xor, friedman], rows: 1000}", "", "missing_key", 1, None),
        ("mode: faults", "mode: fixes", "missing_key", 1, None),
        (", healthy]", "]", "bench_too_few_healthy", 5, None),
        ("[rate_high, leak, healthy]", "[unscaled]", "bench_no_case", 5, None),
        ("rows: 1000", "folder: '${NO_SUCH_FOLDER}'", "bench_variable", 3, None),
        ("rows: 1000", "folder: nowhere", "bench_no_manifest", 3, None),
    ],
)
def test_whatever_is_wrong_is_one_error_at_its_place(
    old: str, new: str, code: str, line: int, hint: str | None, tmp_path: Path
) -> None:
    assert GOOD.count(old) == 1
    error = refused(tmp_path, GOOD.replace(old, new))
    assert (error.code, error.hint) == (code, hint)
    assert error.place is not None
    assert error.place.line == line


def test_a_fix_that_the_family_does_not_have_is_named_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "version: 1\ndata: {builtin: wine}\nmodel: {family: lightgbm}\n"
    )
    text = "version: 1\nmode: fixes\nconfigs: [own.yaml]\nfixes: [depth, regularization/strong]\n"
    error = refused(tmp_path, text)
    assert (error.code, error.hint) == ("bench_fix_unknown", "regularization/stronger")
    assert str(error.place) == f"{tmp_path / 'b.yaml'}:4:16"


def test_two_configs_of_one_name_are_two(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for folder in (tmp_path, tmp_path / "a"):
        text = "version: 1\ndata: {builtin: wine}\nmodel: {family: lightgbm}\n"
        (folder / "own.yaml").write_text(text)
    file = tmp_path / "b.yaml"
    file.write_text("version: 1\nmode: fixes\nconfigs: [own.yaml, a/own.yaml]\nfixes: [depth]\n")
    assert list(list_fixes(load_bench(file))) == ["own/depth", "own-2/depth"]


@pytest.mark.parametrize("file", sorted((ROOT / "configs" / "bench").glob("*.yaml")))
def test_a_config_that_comes_with_advisor_is_well_formed(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_bench(file)
    if config.mode == "fixes":
        assert list_fixes(config)
    elif config.tables is not None and config.tables.folder is None:
        cases = list_cases(config)
        assert len({case.id for case in cases}) == len(cases) > 0


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_command_says_what_is_wrong_and_ends_with_two(lang: str, tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_text(GOOD.replace(", healthy]", "]"))
    found = CliRunner().invoke(main, ["bench", str(file), "--lang", lang])
    assert found.exit_code == 2
    assert "healthy_seeds" in found.output
    assert f"{file}:5:9" in found.output
