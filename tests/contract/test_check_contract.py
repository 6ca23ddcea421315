"""Every check of the audit through one contract."""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from advisor.audit import CHECKS, Check
from advisor.audit.base import Material
from advisor.config.load import make_config
from advisor.inputs import evaluator_for, read_inputs
from advisor.languages import LANGUAGES
from advisor.measure.journal import Journal
from advisor.report.findings import CHAPTERS, finding_words
from advisor.report.json_report import plain
from advisor.report.locale import catalog, placeholders, sentences
from advisor.search.auditing import check_model, material_of
from advisor.search.session import Session
from advisor.stages.foundations import REMEDIES
from advisor.types import Finding, Severity, StageName

pytestmark = pytest.mark.usefixtures("one_thread")
POINTS = {None, "data", "metric", "splits", "preprocessing", *map(str, StageName)}
NAMES_SHOWN = 20


def frame(rows: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=rows), rng.lognormal(size=rows) * 1000
    table = pd.DataFrame(
        {
            "a": a,
            "b": np.where(rng.random(rows) < 0.1, np.nan, b),
            "city": rng.choice(["x", "y", "z"], rows, p=[0.6, 0.3, 0.1]),
            "amount": [f"{v:,.0f} JPY" for v in b * 10],
            "seen": pd.date_range("2024-01-01", periods=rows, freq="h").astype(str),
            "who": rng.integers(0, max(2, rows // 4), rows),
            "yes": rng.random(rows) < 0.5,
        }
    )
    score = a + (table["city"] == "x") + rng.normal(size=rows)
    table["two"] = np.where(score > 1.5, "bad", "good")
    table["many"] = pd.cut(score, [-np.inf, -0.5, 0.5, 1.5, np.inf], labels=list("abcd"))
    table["many"] = table["many"].astype(str)
    table["value"] = score * 100
    return table


OTHERS = {"two": ["many", "value"], "many": ["two", "value"], "value": ["two", "many"]}
# name: (target, further keys of the config)
WORLDS: dict[str, tuple[str, dict[str, Any]]] = {
    "binary": ("two", {"data": {"test": 0.2}}),
    "accuracy": ("two", {"metric": "accuracy", "kpi": {"min_gain": 0.01}}),
    "cost": ("two", {"kpi": {"cost": {"false_positive": 1, "false_negative": 10}}}),
    "multiclass": ("many", {"data": {"groups": "who"}, "metric": "f1_macro"}),
    "regression": ("value", {"data": {"test": 0.2}, "kpi": {"metric": "mae"}}),
    "over time": ("value", {"data": {"time": "seen"}}),
    "weighted": ("two", {"data": {"weight": "b2"}}),
    "small": ("two", {"rows": 60}),
}


@cache
def material(name: str) -> Material:
    """A world's material with its baseline measured."""
    target, more = WORLDS[name]
    more = {k: dict(v) if isinstance(v, dict) else v for k, v in more.items()}
    table = frame(more.pop("rows", 700))
    data = {"path": "<DataFrame>", "target": target, "drop": OTHERS[target], "test": False}
    data |= more.pop("data", {})
    if data.get("weight"):
        table["b2"] = 1.0 + np.arange(len(table)) % 3
    config = make_config(
        {
            "version": 1,
            "data": data,
            "model": {"family": "lightgbm", "params": {"n_estimators": 15, "num_leaves": 7}},
            **more,
        }
    )
    inputs = read_inputs(config, table)
    session = Session(
        evaluator=evaluator_for(inputs, Journal("sqlite://")),
        recipe=inputs.recipe,
        person=inputs.person,
        config=config.search,
        min_gain=None,
        seed=0,
        deadline=time.monotonic() + 600,
        kpi=inputs.kpi,
    )
    seen: list[Material] = []

    def keep(session: Session, audit: Any, found: Material, *, after_baseline: bool) -> None:
        seen.append(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("advisor.search.auditing._run", keep)
        for _ in check_model(session, None, session.splits):  # type: ignore[arg-type]
            pass
    assert material_of(session, None).dataset is seen[0].dataset
    return seen[0]


@cache
def findings(check: Check, world: str) -> tuple[Finding, ...]:
    return tuple(check.run(material(world)))


CASES = [pytest.param(c, w, id=f"{'+'.join(c.codes)}-{w}") for c in CHECKS for w in WORLDS]


@pytest.mark.parametrize(("check", "world"), CASES)
def test_a_check_answers_for_each_of_its_codes(check: Check, world: str) -> None:
    found = findings(check, world)
    assert {f.code for f in found} == set(check.codes)
    assert all(isinstance(f.status, Severity) for f in found)
    assert all(f.points_to in POINTS for f in found)
    assert all(f.remedy is None or f.remedy in REMEDIES for f in found)


@pytest.mark.parametrize(("check", "world"), CASES)
def test_its_evidence_is_plain_and_short(check: Check, world: str) -> None:
    for finding in findings(check, world):
        evidence = dict(finding.evidence)
        assert json.loads(json.dumps(plain(evidence), allow_nan=False)) is not None
        assert all(len(v) <= NAMES_SHOWN for v in evidence.values() if isinstance(v, (list, tuple)))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("check", "world"), CASES)
def test_it_can_be_said_in_every_language(check: Check, world: str, lang: str) -> None:
    words = catalog(lang, strict=True)
    for finding in findings(check, world):
        said = finding_words(words, finding)
        assert said.title
        assert said.text
        assert "{" not in said.text
        if finding.status in (Severity.ISSUE, Severity.WARNING):
            assert said.why
            assert said.fix


@pytest.mark.parametrize(("check", "world"), CASES)
def test_it_says_the_same_twice(check: Check, world: str) -> None:
    assert tuple(check.run(material(world))) == findings(check, world)


@pytest.mark.parametrize("check", [c for c in CHECKS if not c.after_baseline])
def test_a_check_of_the_data_needs_no_baseline(check: Check, tmp_path: Path) -> None:
    known = material("binary")
    parts = {s: getattr(known, s) for s in known.__slots__ if s != "baseline"}
    assert {f.code for f in check.run(Material(**parts))} == set(check.codes)


def test_no_code_belongs_to_two_checks() -> None:
    codes = [code for check in CHECKS for code in check.codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_is_explained(lang: str) -> None:
    known = sentences(lang)
    codes = {code for check in CHECKS for code in check.codes}
    codes |= {"D01", "D02", "D03", "D04", "D05", "P01", "P02", "P03", "P04", "P14", "P15"}
    wanted = [f"finding.{c}.title" for c in codes]
    wanted += [f"finding.{c}.explain.{chapter}" for c in codes for chapter in CHAPTERS]
    assert [code for code in wanted if not known.get(code, "").strip()] == []
    assert [c for c in known if ".explain." in c and placeholders(known[c])] == []
