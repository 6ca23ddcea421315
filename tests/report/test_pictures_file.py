from __future__ import annotations

import json

import pytest
from picture_factories import FULL, NUMBERS, ONE_MODEL

from advisor.errors import UsageError
from advisor.pictures import Pictures
from advisor.report.pictures_file import parse_pictures, render_pictures


@pytest.mark.parametrize("pictures", [FULL, NUMBERS, ONE_MODEL, Pictures()])
def test_pictures_come_back_as_they_were(pictures: Pictures) -> None:
    text = render_pictures(pictures)
    assert parse_pictures(text) == pictures
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"sweep": {"knob": "x"}}, "sweep.folds"),
        ({"folds": "many"}, "folds"),
        ({"carried": [{"name": "x", "lost": None, "se": 0}]}, "carried.0.lost"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_place(
    change: dict[str, object], found: str
) -> None:
    text = json.dumps(json.loads(render_pictures(FULL)) | change)
    with pytest.raises(UsageError) as error:
        parse_pictures(text, "here.json")
    assert error.value.code == "report_unreadable"
    assert error.value.values["path"] == "here.json"
    assert str(error.value.values["found"]).startswith(found)


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        parse_pictures("{", "here.json")
    assert error.value.code == "report_unreadable"
