"""What a bench of peers shows: every peer, won or lost, in both languages."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from peer_rows import row, run

from advisor.bench.peers import PEERS
from advisor.bench.show import VIEWS
from advisor.bench.show.peer_pictures import share_at
from advisor.languages import LANGUAGES
from advisor.report.locale import sentences

OURS = run((2.0, -1.0), (4.0, -0.3))
AHEAD = run((1.0, -1.0), (9.0, -0.2))


def document(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": "peers",
        "mode": "peers",
        "date": "2026-11-21",
        "versions": {"lightgbm": "4.7.0"},
        "config": {},
        "asked": 4,
        "rows": rows,
        "troubles": {"adult/rate_low/lightgbm/0": ["crashed", "no memory"]},
    }


ROWS = [
    row({"advisor": OURS, "flaml": AHEAD, "halving": run(ended="killed")}),
    row(
        {
            "advisor": run((3.0, -1.0), ended="keep"),
            "flaml": run((2.0, -1.0)),
            "halving": run(ended="failed"),
        },
        case="sick/healthy/lightgbm/0",
        kind="healthy",
    ),
    row({"advisor": OURS, "flaml": OURS, "halving": OURS}, case="a/b/lightgbm/0", counts=False),
]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_terminal_and_the_page_name_every_peer_and_every_loss(
    lang: str, tmp_path: Path
) -> None:
    view = VIEWS["peers"]
    files = view.write(document(ROWS), tmp_path, lang)
    page = files[0].read_text(encoding="utf-8")
    for text in (view.text(document(ROWS), lang), page):
        assert all(name in text for name in ("advisor", "FLAML", "HalvingRandomSearchCV"))
        assert "table/rate_high" in text  # FLAML ended ahead there
    assert "adult/rate_low/lightgbm/0" in page
    assert "no memory" in page
    for picture in files[1:]:
        assert f"({picture.name})" in page
        ET.parse(picture)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_peer_has_a_name(lang: str) -> None:
    assert [name for name in PEERS if f"peers.name.{name}" not in sentences(lang)] == []


@pytest.mark.parametrize("rows", [[], ROWS[2:]])
def test_a_bench_without_a_case_that_counts_is_shown_all_the_same(
    rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    view = VIEWS["peers"]
    assert "peers" in view.text(document(rows), "en")
    assert view.write(document(rows), tmp_path, "en")


def test_the_progress_says_how_many_ended_ahead_of_advisor() -> None:
    assert "1 ended ahead" in VIEWS["peers"].outcome(ROWS[0], "en")
    assert "(nothing yet)" in VIEWS["peers"].outcome(ROWS[0], "en")
    assert "does not kill" in VIEWS["peers"].outcome(ROWS[2], "en")


def test_an_incumbent_holds_from_when_it_is_known_until_the_next_one() -> None:
    found = row({"advisor": run((2.0, -1.0), (4.0, -0.6), (8.0, -0.2))})
    shares = [share_at(found, "advisor", t) for t in (1.0, 3.0, 4.0, 7.9, 8.0, 30.0)]
    assert shares == pytest.approx([0.0, 0.0, 0.5, 0.5, 1.0, 1.0])
