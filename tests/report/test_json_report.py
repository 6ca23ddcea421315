from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_factories import BLOCKED, ENDINGS, IMPROVED, NO_GAIN
from report_schema_check import problems

from advisor.errors import UsageError
from advisor.report.json_report import plain, render_json, report_document
from advisor.report.load import parse_json
from advisor.report.report_schema import report_schema
from advisor.types import Finding, Severity, StageName

# UX.md: the keys that every reader may count on, in their order
UX_KEYS = [
    *("version", "status", "stage", "metric", "data", "naive", "baseline", "improved", "test"),
    *("audit", "diagnosis", "stages", "probes", "remaining", "change", "cost", "files"),
]
UX_STAGE = [
    *("stage", "status", "gain", "low", "high", "p", "alpha", "smallest_detectable"),
    *("candidates", "fits", "seconds", "params", "reason"),
]


@pytest.mark.parametrize("name", ENDINGS)
def test_every_ending_follows_the_schema(name: str) -> None:
    assert list(problems(json.loads(render_json(ENDINGS[name])), report_schema())) == []


@pytest.mark.parametrize("name", ENDINGS)
def test_keys_and_their_order_are_stable(name: str) -> None:
    document = json.loads(render_json(ENDINGS[name]))
    assert list(document)[: len(UX_KEYS)] == UX_KEYS
    assert set(document) == set(report_schema()["required"])
    for stage in document["stages"]:
        assert list(stage)[: len(UX_STAGE)] == UX_STAGE


@pytest.mark.parametrize("name", ENDINGS)
def test_a_report_comes_back_as_it_was(name: str) -> None:
    text = render_json(ENDINGS[name])
    assert render_json(parse_json(text)) == text


def test_values_come_back_with_their_types() -> None:
    back = parse_json(render_json(IMPROVED))
    assert back.stages == parse_json(render_json(back)).stages
    assert back.stages[1].stage is StageName.REGULARIZATION
    assert back.change == dict(IMPROVED.change)
    assert back.baseline == IMPROVED.baseline
    assert back.test == IMPROVED.test
    assert back.probes == IMPROVED.probes
    np.testing.assert_allclose(back.curves[0].train, IMPROVED.curves[0].train, rtol=1e-6)
    assert math.isnan(parse_json(render_json(BLOCKED)).naive)


def test_what_json_cannot_hold_becomes_null() -> None:
    evidence = {"a": math.nan, "b": math.inf, "c": np.float64(1.5), "d": np.int64(3)}
    finding = Finding("T00", Severity.PASSED, evidence)
    document = report_document(replace(NO_GAIN, audit=(finding,), naive=math.nan))
    assert document["naive"] is None
    assert document["audit"][0]["evidence"] == {"a": None, "b": None, "c": 1.5, "d": 3}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_any_evidence_can_be_written(value: object) -> None:
    finding = Finding("T00", Severity.PASSED, {"value": value})
    text = render_json(replace(BLOCKED, audit=(finding,)))
    assert json.loads(text)["audit"][0]["evidence"]["value"] == plain(value)


def test_uncommon_values_become_plain_ones() -> None:
    mixed = {"b": {2, 1}, "a": np.arange(2), 3: (StageName.DEPTH, PurePosixPath("x"))}
    assert plain(mixed) == {"b": [1, 2], "a": [0, 1], "3": ["depth", "x"]}
    assert type(plain(StageName.DEPTH)) is str
    assert plain(np.bool_(True)) is True


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "Expecting value"),
        ("[]", "expected 1"),
        ('{"version": 2}', "version 2, expected 1"),
        ('{"version": 1}', "is missing"),
    ],
)
def test_what_is_no_report_is_refused_with_what_was_found(text: str, found: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_json(text, "here.json")
    assert error.value.code == "report_unreadable"
    assert found in str(error.value.values["found"])


def test_the_schema_itself_notices_a_wrong_report() -> None:
    document = report_document(IMPROVED)
    wrong = {**document, "status": "better", "surplus": 1}
    found = "\n".join(problems(wrong, report_schema()))
    assert "'better' is not one of" in found
    assert "surplus is not described" in found
