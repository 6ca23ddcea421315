"""One thing, one word: the Japanese terms are the same in every file."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from advisor.report.locale import sentences

HERE = Path(__file__).parent
GLOSSARY: dict[str, list[str]] = YAML(typ="safe", pure=True).load(
    (HERE / "glossary.ja.yaml").read_text(encoding="utf-8")
)
README = (HERE.parents[1] / "README.ja.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("term", GLOSSARY)
def test_a_term_is_written_in_one_way(term: str) -> None:
    written = {**sentences("ja"), "README.ja.md": README}
    found = [
        f"{code}: {variant}, not {term}"
        for code, text in written.items()
        for variant in GLOSSARY[term]
        if variant in text
    ]
    assert found == []


def test_no_variant_is_a_part_of_a_term() -> None:
    variants = {v for listed in GLOSSARY.values() for v in listed}
    assert not [(v, term) for v in variants for term in GLOSSARY if v in term]


def test_the_terms_of_the_stages_are_the_glossarys() -> None:
    for stage in ("learning_rate", "regularization"):
        assert sentences("ja")[f"stage.{stage}.name"] in GLOSSARY
