from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from string import Formatter

import pytest
from ruamel.yaml import YAML

from advisor.config.run_config import RunConfig
from advisor.languages import LANGUAGES, languages_of
from advisor.report.locale import (
    Catalog,
    catalog,
    files_of,
    flatten,
    placeholders,
    sentences,
)
from advisor.results import Outcome, Status
from advisor.types import Severity, StageName, Task

REASONS = [
    *(f"gate.{c}" for c in ("proven", "overwhelming", "too_small", "luck", "not_confirmed")),
    *("gate.likely", "gate.too_few_rows", "gate.worse"),
    *(f"stage.{c}" for c in ("sufficient", "banked", "not_asked", "after_stop", "no_candidates")),
    *("stage.out_of_time", "stage.interrupted", "stage.no_pool"),
    *(f"data.{c}" for c in ("starved", "rising", "enough", "no_skill", "not_extrapolated")),
]
CAUSES = {
    "learning_rate": ("lower", "higher"),
    "rounds": ("fewer", "more"),
    "regularization": ("weaker", "stronger", "sampling"),
    "data_size": ("pool", "duplicates", "class_weight", "suspects", "augment"),
    "depth": ("deeper", "shallower"),
}
NEXT = ("keep_going", "more_rows", "nothing_left", "keep_settings", "collect_rows", "likely")
STATES = ("not_learning", "diverging", "underfit", "overfit", "not_converged", "flat", "healthy")


OTHERS = LANGUAGES[1:]


@pytest.mark.parametrize("lang", OTHERS)
def test_all_languages_have_the_same_codes(lang: str) -> None:
    assert set(sentences("en")) == set(sentences(lang))


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("code", sorted(sentences("en")))
def test_all_languages_have_the_same_placeholders(code: str, lang: str) -> None:
    assert placeholders(sentences("en")[code]) == placeholders(sentences(lang).get(code, ""))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_finding_says_names_a_metric_as_people_do(lang: str) -> None:
    named = 0
    for code, sentence in sentences(lang).items():
        if not code.startswith("finding.") or code.endswith(".fix"):  # a fix is typed as it is
            continue
        for _, name, spec, _ in Formatter().parse(sentence):
            if name in ("metric", "kpi"):
                assert spec == "metric", code
                named += 1
    assert named > 10
    own = replace(catalog(lang), sentences={**sentences(lang), "x": "{a:metric}, {b:metric}"})
    said = own.say("x", a="roc_auc", b="neg_log_loss")
    assert said == f"{sentences(lang)['metric.roc_auc']}, neg_log_loss"


def test_a_language_is_a_locale_file_and_nothing_else() -> None:
    files = ["ja.html.yaml", "de.yaml", "en.yaml", "ja.yaml", "README.md"]
    assert languages_of(files) == ("en", "de", "ja")
    assert set(LANGUAGES) >= {"en", "ja"}
    lang = RunConfig.model_json_schema()["$defs"]["ReportConfig"]["properties"]["lang"]
    assert lang["anyOf"][0]["enum"] == list(LANGUAGES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_is_empty_or_left_in_the_other_language(lang: str) -> None:
    for code, sentence in sentences(lang).items():
        assert sentence.strip(), code
        words = re.sub(r"\{[^}]*\}", "", sentence)
        japanese = re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", words)
        if lang == "en":
            assert not japanese, code
        elif len(re.findall(r"[A-Za-z]{3,}", words)) > 3:
            assert japanese, code


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_quick_reader_reads_what_yaml_1_2_means(lang: str) -> None:
    yaml = YAML(typ="safe", pure=True)
    read: dict[str, str] = {}
    for file in files_of(lang):
        read |= flatten(yaml.load(file.read_text(encoding="utf-8")))
    assert sentences(lang) == read


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_code_stands_in_two_files(lang: str) -> None:
    yaml = YAML(typ="safe", pure=True)
    count: Counter[str] = Counter()
    for file in files_of(lang):
        tree = yaml.load(file.read_text(encoding="utf-8"))
        count.update(c if "." in c else f"errors.{c}" for c, _ in flatten(tree))
    assert [code for code, n in count.items() if n > 1] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_agreed_code_has_its_sentence(lang: str) -> None:
    known = sentences(lang)
    wanted = [f"reason.{code}" for code in REASONS] + [f"verdict.{code}" for code in REASONS]
    wanted += [f"cause.{stage}.{way}" for stage, ways in CAUSES.items() for way in ways]
    wanted += ["cause.mixed", *(f"next.{n}" for n in NEXT)]
    wanted += [f"next.{n}" for n in ("test_unopened", "asked_before", "test_contradicts")]
    wanted += [f"diagnosis.{s}.{p}" for s in (*STATES, "unknown") for p in ("name", "sentence")]
    wanted += [f"outcome.{o}" for o in Outcome] + [f"status.{s}" for s in Status]
    wanted += [f"severity.{s}" for s in Severity] + [f"task.{t}" for t in Task]
    wanted += [f"stage.{s}.{p}" for s in (*StageName, "foundations") for p in ("name", "question")]
    assert [code for code in wanted if code not in known] == []


def test_signed_numbers_of_a_sentence_have_equal_decimals() -> None:
    said = catalog("en").say("reason.gate.proven", gain=0.0119, low=0.00821, high=0.01564)
    assert "+0.0119, 95 % interval [+0.0082, +0.0156]" in said


def test_placeholder_formats() -> None:
    words = Catalog(
        "en",
        {**sentences("en"), "x": "{a} {a:raw} {b:%} {c:time} {d:stage} {e:~} {f} {g}"},
        strict=True,
    )
    values = {"a": 12000, "b": 0.5, "c": 192, "d": "depth", "e": 0.00123, "f": None, "g": [1, 2]}
    assert words.say("x", **values) == "12,000 12000 50 % 3 min 12 s depth 0.0012 n/a 1, 2"


def test_further_evidence_is_ignored() -> None:
    assert catalog("en").say("stage.depth.name", surplus=1) == "depth"


def test_a_missing_sentence_or_number_raises_in_tests() -> None:
    with pytest.raises(KeyError, match="no sentence for 'reason"):
        catalog("en").say("reason.none")
    with pytest.raises(KeyError, match="rows"):
        catalog("en").say("reason.gate.too_few_rows")


def test_a_person_sees_the_code_and_its_numbers_rather_than_a_crash() -> None:
    words = catalog("ja", strict=False)
    assert words.say("reason.none", rows=3) == "reason.none (rows=3)"
    assert "なし" in words.say("reason.gate.too_few_rows")


def test_durations_and_shares_are_said_in_the_language() -> None:
    assert catalog("en").duration(192) == "3 min 12 s"
    assert catalog("ja").duration(192) == "3分12秒"
    assert (catalog("en").percent(0.8), catalog("ja").percent(0.8)) == ("80 %", "80%")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="languages are en, ja, got 'de'"):
        catalog("de")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_said_of_nets_stands_for_a_sentence_with_the_same_numbers(lang: str) -> None:
    known = sentences(lang)
    own = {code: said for code, said in known.items() if code.startswith("epochs.")}
    assert own
    spoken = catalog(lang).in_epochs()
    for code, said in own.items():
        usual = code.removeprefix("epochs.")
        assert placeholders(said) == placeholders(known[usual]), code
        assert spoken.sentences[usual] == said != known[usual]
