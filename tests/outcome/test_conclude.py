"""What a search found, drawn together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.outcome.conclude import brought_more, diagnosis_of
from advisor.outcome.next_step import next_step
from advisor.report.locale import catalog, sentences
from advisor.report.phrases import diagnosis_words, reason_words
from advisor.report.wording import UNDECIDED
from advisor.results import Diagnosis, Outcome, Probe, SizeCurve, StageOutcome, Verdict
from advisor.search.staged import SearchResult
from advisor.settings import Candidate, Treatment
from advisor.types import Finding, Reason, Severity, StageName

NUMBERS = {"train": 0.1, "valid": 0.2}


def result(state: str, *outcomes: Outcome) -> SearchResult:
    stages = [
        StageOutcome(stage, outcome, None, Reason("stage.x"))
        for stage, outcome in zip(StageName, outcomes, strict=False)
    ]
    found = Diagnosis(state, NUMBERS, None, True)
    return SearchResult(Candidate({}), diagnosis=found, stages=stages)


def test_a_model_that_the_search_improved_is_not_called_healthy() -> None:
    found = diagnosis_of(result("healthy", Outcome.NO_GAIN, Outcome.PROVEN))
    assert found is not None
    assert not found.confirmed
    assert found.points_to == "learning_rate"
    english = diagnosis_words(catalog("en"), found)
    assert "healthy" not in english
    assert english.endswith("yet learning rate has a proven gain")
    assert "学習率" in diagnosis_words(catalog("ja"), found)


def test_a_net_that_squashes_its_answer_is_held_back_by_nothing_else_first() -> None:
    asked = result("underfit", Outcome.NO_GAIN)
    probe = {"lever": "depth", "probe": "deeper", "gain": 0.1}
    asked.diagnosis = Diagnosis("underfit", NUMBERS | probe, "depth", True)
    assert diagnosis_of(asked) is asked.diagnosis
    end = Finding("P11", Severity.WARNING, {"found": "Net", "ends": "softmax"})
    found = diagnosis_of(asked, [end])
    assert found is not None
    assert (found.state, found.points_to, found.confirmed) == ("underfit", None, False)
    for lang, word in (("en", "depth"), ("ja", "深さ")):
        said = diagnosis_words(catalog(lang, strict=True), found)
        assert "softmax" in said
        assert word not in said


def verdict(outcome: Outcome, gain: float, p: float, times: float) -> Verdict:
    reason = Reason("gate.likely", {"times": times})
    return Verdict(outcome, gain, 0.0, 1.0, p, 0.01, 2 * gain, 2, reason)


@pytest.mark.parametrize(("first", "told"), [(10.3, True), (0.1, False)])
def test_a_stage_that_gained_more_than_the_last_is_named_beside_the_cause(
    first: float, told: bool
) -> None:
    found = result("healthy")
    for stage, gain in ((StageName.FOUNDATIONS, first), (StageName.LEARNING_RATE, 0.2)):
        made = verdict(Outcome.BANKED, gain, 0.001, 1.0)
        found.stages.append(StageOutcome(stage, Outcome.BANKED, made, made.reason))
    no = verdict(Outcome.LIKELY, 99.0, 0.1, 2.0)
    found.stages.append(StageOutcome(StageName.DEPTH, Outcome.LIKELY, no, no.reason))
    last = found.last_proven
    assert last is not None
    more = brought_more(found, last)
    assert more == ({"more_by": "foundations", "more": 10.3} if told else {})


def test_a_likely_gain_is_not_passed_over_and_says_what_it_would_take() -> None:
    found = result("flat", Outcome.NOT_APPLICABLE)
    for stage, p, times in ((StageName.LEARNING_RATE, 0.02, 4.01), (StageName.DEPTH, 0.03, 3.0)):
        made = verdict(Outcome.LIKELY, 0.6, p, times)
        found.stages.append(StageOutcome(stage, Outcome.LIKELY, made, made.reason))
    step = next_step(found, contradicted=False)
    assert step is not None
    assert step.code == "next.likely"
    assert step.evidence["lever"] == "learning_rate"
    assert step.evidence["times"] == 4.0
    for lang in ("en", "ja"):
        assert "4" in reason_words(catalog(lang, strict=True), step)
    found.improved = True
    also = next_step(found, contradicted=False)
    assert also is not None
    assert (also.code, also.evidence) == ("next.improved_likely", step.evidence)


def test_an_improved_run_that_left_nothing_out_says_so() -> None:
    found = result("flat", Outcome.BANKED, Outcome.NO_GAIN)
    found.improved = True
    step = next_step(found, contradicted=False)
    assert step is not None
    assert step.code == "next.all_searched"
    found.stages.append(StageOutcome(StageName.DEPTH, Outcome.NOT_RUN, None, Reason("x")))
    step = next_step(found, contradicted=False)
    assert step is not None
    assert step.code == "next.nothing_left"


@pytest.mark.parametrize(
    ("state", "outcome"), [("healthy", Outcome.NO_GAIN), ("flat", Outcome.PROVEN)]
)
def test_any_other_reading_stands(state: str, outcome: Outcome) -> None:
    asked = result(state, Outcome.NOT_APPLICABLE, outcome)
    assert diagnosis_of(asked) is asked.diagnosis


def test_a_run_that_had_no_time_is_not_told_to_keep_its_settings() -> None:
    found = result("not_learning", Outcome.NOT_APPLICABLE)
    found.out_of_time = True
    for stage in (StageName.DATA_SIZE, StageName.DEPTH):
        found.stages.append(StageOutcome(stage, Outcome.SKIPPED, None, Reason("stage.out_of_time")))
    step = next_step(found, contradicted=False)
    assert step is not None
    assert (step.code, step.evidence["stages"]) == ("next.unfinished", 2)
    found.probes = (
        Probe(StageName.LEARNING_RATE, "higher", {}, 9.0, 0.1),  # was searched
        Probe(StageName.DATA_SIZE, "pool", {}, 3.7, 0.4),
        Probe(StageName.DEPTH, "deeper", {}, 5.0, 6.0),  # may be luck
    )
    step = next_step(found, contradicted=False)
    assert step is not None
    assert step.code == "next.unfinished_likely"
    assert (step.evidence["lever"], step.evidence["gain"]) == ("data_size", 3.7)
    for lang in ("en", "ja"):
        assert "3.7" in reason_words(catalog(lang, strict=True), step)


def test_probes_of_the_model_before_a_proven_gain_do_not_say_what_is_left() -> None:
    found = result("not_learning", Outcome.PROVEN)
    found.out_of_time = found.improved = True
    missed = StageOutcome(StageName.DEPTH, Outcome.SKIPPED, None, Reason("stage.out_of_time"))
    found.stages.append(missed)
    found.probes = (Probe(StageName.DEPTH, "deeper", {}, 9.0, 0.1),)
    step = next_step(found, contradicted=False)
    assert step is not None
    assert step.code == "next.unfinished"


@pytest.mark.parametrize(("share", "code"), [(0.86, "next.groups"), (0.1, "next.keep_settings")])
def test_a_score_that_torn_groups_make_is_settled_before_anything_else(
    share: float, code: str
) -> None:
    found = result("healthy", Outcome.NO_GAIN)
    numbers = {"column": "customer", "metric": "roc_auc", "random": 0.9996, "apart": 0.57}
    found.audit.findings = [
        Finding("S01", Severity.WARNING, {**numbers, "of_skill": share}, points_to="splits")
    ]
    step = next_step(found, contradicted=False)
    assert step is not None
    assert step.code == code


def test_more_rows_for_a_model_that_knows_nothing_do_not_keep_its_settings() -> None:
    found = result("underfit", Outcome.NO_GAIN)
    curve = SizeCurve((50, 100), (-0.8, -0.7), "rising", 0.05, 0.02, 0.07)
    found.stages[0] = replace(found.stages[0], size_curve=curve)
    steps = [next_step(found, contradicted=False, skill=skill) for skill in (0.4, -0.7)]
    assert [step.code for step in steps if step] == ["next.more_rows", "next.rows_to_learn"]
    assert UNDECIDED["next.rows_to_learn"] == UNDECIDED["next.no_better"]


def test_an_improved_model_that_knows_nothing_is_only_a_start() -> None:
    found = result("flat", Outcome.BANKED)
    found.improved = True
    known = [next_step(found, contradicted=False, skill=skill) for skill in (0.01, 0.4)]
    assert [step.code for step in known if step] == ["next.still_naive", "next.all_searched"]


def test_settings_of_a_model_that_knows_nothing_are_nothing_to_keep() -> None:
    found = result("healthy", Outcome.NO_GAIN)
    steps = [next_step(found, contradicted=False, skill=skill) for skill in (None, 0.4, -1e-5)]
    codes = [step.code for step in steps if step]
    assert codes == ["next.keep_settings", "next.keep_settings", "next.no_better"]
    codes = ["headline.no_proven_gain", UNDECIDED["next.no_better"]]
    for lang, keep in (("en", "Keep your settings"), ("ja", "今の設定のまま")):
        say = catalog(lang, strict=True).say
        assert [keep in say(code, trials=3, smallest=0.1) for code in codes] == [True, False]


@pytest.mark.parametrize("said", ["log_loss.guess", "f1.none_called", "roc_auc.learned"])
def test_a_model_that_scores_like_a_guess_is_not_called_healthy(said: str) -> None:
    meaning = Reason(f"meaning.{said}", {})
    found = Diagnosis("healthy", {"train": 0.6, "valid": 0.6}, None, True, meaning)
    told = diagnosis_words(catalog("en"), found)
    assert told.startswith("healthy") == said.endswith("learned")


def test_training_that_fails_says_what_is_scored_in_its_place() -> None:
    numbers = {"train": float("nan"), "valid": float("nan"), "failed": 2, "rounds": 9}
    told = diagnosis_words(catalog("en"), Diagnosis("diverging", numbers, None, False))
    assert "n/a" not in told
    assert "fails on 2 of the first folds" in told


def test_a_model_that_never_gives_a_number_is_looked_into_first() -> None:
    found = result("diverging", Outcome.NO_GAIN)
    numbers = {"failed": 2, "train_loss": float("nan")}
    found.diagnosis = Diagnosis("diverging", numbers, None, False)
    step = next_step(found, contradicted=False, skill=0.0)
    assert step is not None
    assert step.code == "next.no_number"
    assert UNDECIDED[step.code] in sentences("ja")
    found.diagnosis = Diagnosis("diverging", {**numbers, "train_loss": 3.0}, None, False)
    step = next_step(found, contradicted=False, skill=0.0)
    assert step is not None
    assert step.code == "next.no_better"


def test_a_net_that_squashes_its_answer_is_mended_first() -> None:
    found = result("healthy", Outcome.NO_GAIN)
    numbers = {"found": "my_net:Net", "ends": "softmax", "because": "logits"}
    found.audit.findings = [Finding("P11", Severity.WARNING, numbers)]
    step = next_step(found, contradicted=False)
    assert step is not None
    assert step.code == "next.net_end"
    for lang in ("en", "ja"):
        assert "softmax" in reason_words(catalog(lang, strict=True), step)


@pytest.mark.parametrize(
    ("metric", "share", "treatment", "said"),
    [
        ("log_loss", 0.2, Treatment(), True),
        ("log_loss", 0.04, Treatment(), False),
        ("log_loss", 0.2, Treatment(suspects="drop"), False),
        ("accuracy", 0.2, Treatment(), False),
    ],
)
def test_a_gain_of_probabilities_on_wrong_labels_is_said_to_be_one(
    metric: str, share: float, treatment: Treatment, said: bool
) -> None:
    found = result("overfit", Outcome.PROVEN)
    found.improved, found.current = True, Candidate({}, treatment)
    found.audit.findings = [Finding("D07", Severity.WARNING, {"share": share})]
    step = next_step(found, contradicted=False, metric=metric)
    assert step is not None
    assert (step.code == "next.noisy_labels") is said


def test_a_model_that_knows_nearly_everything_is_told_to_doubt_it() -> None:
    found = result("healthy", Outcome.NO_GAIN)
    step = next_step(found, contradicted=False, skill=0.99)
    assert step is not None
    assert step.code == "next.too_good"
    for lang in ("en", "ja"):
        assert "0.99" in reason_words(catalog(lang, strict=True), step)
    ordinary = next_step(found, contradicted=False, skill=0.9)
    assert ordinary is not None
    assert ordinary.code == "next.keep_settings"
