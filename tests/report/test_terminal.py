from __future__ import annotations

import re
from dataclasses import replace

import pytest
from report_factories import (
    BANKED,
    BLOCKED,
    CONTRADICTED,
    ENDINGS,
    IMPROVED,
    INTERRUPTED,
    LOSS,
    NO_GAIN,
    words_of,
)
from rich.cells import cell_len

from advisor.report.phrases import stage_words
from advisor.report.terminal import pad, render_words, wrap
from advisor.results import Outcome, Report, Status
from advisor.types import Reason


def shown(report: Report, lang: str = "en", width: int = 100, color: bool = False) -> str:
    return render_words(words_of(report, lang), width, color)


def test_an_improved_run_reads_as_promised() -> None:
    assert shown(IMPROVED) == (
        "advisor 0.1.0  churn-01  8,000 rows x 20 features  AUC, higher is better\n"
        "\n"
        "Audit       ok      4 checks, 1 warning, 1 skipped\n"
        "            T00 214 duplicate rows\n"
        "Baseline    0.8312  +/- 0.0021, 10 folds      skill 0.66 of 1 (naive 0.5000)\n"
        "Diagnosis   overfitting: train 0.998, valid 0.831 on the first folds;"
        " best at round 41 of 1000\n"
        "Probes      first folds: regularization (stronger) +0.0102; learning rate (lower)"
        " +0.0021\n"
        "\n"
        "  1 learning rate   0.8329  +0.0017  [-0.0006, +0.0040]  could be luck\n"
        "  2 regularization  0.8431  +0.0119  [+0.0082, +0.0156]  proven, stop\n"
        "  3 data size       not run\n"
        "  4 depth           not run\n"
        "\n"
        "Fresh folds 0.8312 -> 0.8431, both on the same folds\n"
        "Test set    0.8287 -> 0.8402  (+0.0115, 95 % [+0.0041, +0.0189]), opened once\n"
        "\n"
        "Why         Trees were memorising small groups of rows; stronger limits stop that.\n"
        "Change      min_child_samples 20 -> 112   reg_lambda 0 -> 6.3\n"
        "Saved       runs/churn-01/  report.json  improved.yaml  model.txt  (3 min 12 s)\n"
        "Next        Use the improved settings. A quick look at what was not searched showed"
        " nothing more\n"
        "            worth having; --keep-going searches it all.\n"
    )


def test_gains_that_lead_to_no_score_are_told() -> None:
    """A first stage that gains more than lies between the baseline and a perfect score."""
    large = replace(IMPROVED.stages[1].verdict, gain=10.3, low=9.6, high=11.2)
    row = replace(IMPROVED.stages[1], verdict=large)
    text = shown(replace(IMPROVED, stages=(row, *IMPROVED.stages[2:])))
    assert "+10.3000  [+9.6000, +11.2000]  proven, stop" in text


def test_no_gain_says_what_would_have_been_seen_and_to_keep_the_settings() -> None:
    text = shown(NO_GAIN)
    assert (
        "No proven improvement in 90 trials; a gain above 0.0039 would have been seen. "
        "Keep your settings."
    ) in text
    assert "3 data size       still rising: about +0.0060 for each doubling" in text
    assert "Next        More rows: twice as many should gain about +0.0060" in text
    assert "Test set left unopened." in text
    assert "4 depth           0.8309  -0.0003  [-0.0024, +0.0018]  no\n" in text


def test_a_blocked_run_names_the_finding_why_and_the_way_out() -> None:
    text = shown(BLOCKED)
    assert "error[T00]: 3 duplicate rows\n  why: they were found twice\n  fix: drop them\n" in text
    assert text.endswith("Blocked: nothing was tuned. A better score here would not be real.\n")
    assert "Baseline" not in text


def test_a_banked_stage_is_kept_and_the_later_scores_start_from_it() -> None:
    text = shown(BANKED)
    assert "0.8352  +0.0040  [+0.0030, +0.0050]  proven, banked, going on" in text
    assert "4 depth           0.8431  +0.0079" in text
    assert "training rows as they are -> pool 100 %, class weight balanced" in " ".join(
        text.split()
    )
    assert "go on with: advisor tune churn.yaml --keep-going" in " ".join(text.split())
    assert "Earlier runs on these data: 2." in text


def test_an_interrupted_run_says_that_the_same_command_goes_on() -> None:
    text = " ".join(shown(INTERRUPTED).split())
    assert "What was measured is kept; the same command goes on from there." in text
    assert "not run, interrupted" in text


def test_a_contradicting_test_set_is_said_before_anything_else() -> None:
    lines = shown(CONTRADICTED).splitlines()
    assert lines[2].startswith("The locked test rows contradict the claim.")
    assert sum("contradict" in line for line in lines) == 1


def test_a_loss_falls_while_its_gain_is_positive() -> None:
    text = shown(LOSS)
    assert "RMSE, lower is better" in text
    assert "2 regularization  45,120  +3,112  [+2,412, +3,812]" in text


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [40, 72, 100])
@pytest.mark.parametrize("name", ENDINGS)
def test_lines_keep_to_the_width(name: str, width: int, lang: str) -> None:
    for line in shown(ENDINGS[name], lang, width).splitlines():
        longest = max(map(cell_len, re.split(r"\s+", line.strip())), default=0)
        assert cell_len(line) <= max(width, 12 + longest, 55), line


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("name", ENDINGS)
def test_colour_adds_nothing_but_colour(name: str, lang: str) -> None:
    plain, coloured = (shown(ENDINGS[name], lang, 100, color) for color in (False, True))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    assert coloured != plain


def test_japanese_columns_align_in_cells() -> None:
    lines = [line for line in shown(NO_GAIN, "ja").splitlines() if re.match(r"  \d ", line)]
    starts = {cell_len(line[: re.search(r"0\.8|まだ", line).start()]) for line in lines}  # type: ignore[union-attr]
    assert len(lines) == 4
    assert len(starts) == 1


def test_a_second_pass_is_marked() -> None:
    again = replace(INTERRUPTED, stages=INTERRUPTED.stages + NO_GAIN.stages[:1])
    assert "  pass 2\n  1 learning rate" in shown(again)


def test_an_untested_run_promises_nothing() -> None:
    stages = tuple(replace(s, verdict=None, status=Outcome.SKIPPED) for s in IMPROVED.stages)
    text = shown(replace(NO_GAIN, stages=stages))
    assert "No proven improvement. Keep your settings." in text


def test_wrap_never_starts_a_line_with_a_closing_mark() -> None:
    lines = wrap("学習率を下げると、検証損失が下がります。" * 5, 21)
    assert all(cell_len(line) <= 22 for line in lines)
    assert not any(line[0] in "、。" for line in lines)
    assert "".join(lines) == "学習率を下げると、検証損失が下がります。" * 5


def test_pad_counts_cells() -> None:
    assert pad("学習率", 8) == "学習率  "
    assert pad("abc", 5, right=True) == "  abc"


def test_a_gain_the_test_set_refutes_is_not_shipped() -> None:
    refuted = replace(
        CONTRADICTED, status=Status.NO_PROVEN_GAIN, improved=None, change={}, cause=None
    )
    text = shown(refuted)
    assert "The gain did not hold on the locked test rows. Keep your settings." in text
    assert "would have been seen" not in text
    assert "Change" not in text


def test_japanese_sentences_follow_without_a_blank() -> None:
    cause = Reason("cause.depth.deeper", {"not_the_cause": "learning_rate"})
    line = words_of(replace(IMPROVED, cause=cause), "ja").why()
    assert line is not None
    assert line.count("。") >= 2
    assert "。 " not in line


def test_an_earlier_stage_that_was_not_the_cause_is_named() -> None:
    cause = Reason("cause.depth.deeper", {"not_the_cause": "learning_rate"})
    text = " ".join(shown(replace(BANKED, cause=cause)).split())
    assert "The gain remains with learning rate back at your own value" in text


@pytest.mark.parametrize(("lang", "place"), [("en", "at foundations (+10.3"), ("ja", "(+10.3")])
def test_an_earlier_stage_that_gained_more_is_named(lang: str, place: str) -> None:
    cause = Reason("cause.learning_rate.lower", {"more_by": "foundations", "more": 10.3})
    line = words_of(replace(BANKED, cause=cause), lang).why()
    assert line is not None
    assert place in line


def test_a_proven_stage_of_a_run_that_goes_on_is_called_banked() -> None:
    stage = replace(IMPROVED.stages[1], status=Outcome.BANKED, reason=Reason("gate.proven"))
    assert "proven, banked, going on" in stage_words(words_of(IMPROVED).catalog, stage)


def test_a_change_of_the_training_rows_is_said_once_and_in_words() -> None:
    changed = replace(BANKED, change={"class_weight": (None, "balanced"), "pool": (0.0, 1.0)})
    assert words_of(changed).changes() == [
        ("training rows", "as they are", "pool 100 %, class weight balanced")
    ]
