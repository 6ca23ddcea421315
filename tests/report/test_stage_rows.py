"""The lines of the ladder: what the inputs need may be asked twice within one pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from picture_factories import FULL, folds
from report_factories import BANKED, DATA, LOSS, RATE, REG, luck, not_run, proven, words_of

from advisor.pictures import PairedGains
from advisor.report.draw.paired import paired_figure
from advisor.report.terminal import render_words
from advisor.types import Reason, StageName

INPUTS = StageName.FOUNDATIONS
ONCE = (
    luck(INPUTS, 0.0017, 0.0023),
    proven(
        RATE,
        0.0119,
        0.0037,
        Reason("stage.banked", {"share": 0.4, "lever": "depth", "headroom": 0.012}),
    ),
    proven(INPUTS, 0.0119, 0.0037, Reason("stage.sufficient", {"share": 0.96})),
)


def test_a_second_look_at_the_inputs_is_no_second_pass() -> None:
    words = words_of(replace(BANKED, stages=(*ONCE, not_run(REG), not_run(DATA))))
    assert [row.pass_number for row in words.stage_rows()] == [1] * 5
    assert "pass 2" not in render_words(words)
    again = replace(BANKED, stages=(*ONCE, luck(REG, 0.001, 0.002), luck(RATE, 0.001, 0.002)))
    assert [row.pass_number for row in words_of(again).stage_rows()] == [1, 1, 1, 1, 2]
    led = replace(BANKED, stages=(*ONCE[:2], ONCE[0], luck(RATE, 0.001, 0.002)))
    assert [row.pass_number for row in words_of(led).stage_rows()] == [1, 1, 2, 2]


@pytest.mark.parametrize(("gain", "named"), [(-12.0, False), (0.0, False), (12.0, True)])
def test_rows_that_are_too_few_are_to_blame_only_where_something_gained(
    gain: float, named: bool
) -> None:
    few = Reason("gate.too_few_rows", {"rows": 1200})
    stage = replace(luck(RATE, gain, 60.0), reason=few)
    said = next(words_of(replace(LOSS, stages=(stage,))).stage_rows()).sentence
    assert ("can be proven" in said) == named
    assert "1,200 rows" in said


def test_no_score_is_told_that_no_model_can_have() -> None:
    assert LOSS.baseline is not None
    perfect = LOSS.baseline.score  # of a loss
    stages = (
        luck(RATE, 0.5 * perfect, 1.0),
        proven(REG, 1.2 * perfect, 1.0, Reason("stage.sufficient", {"share": 1.0})),
        luck(DATA, 0.1 * perfect, 1.0),
    )
    baseline = replace(LOSS.baseline, skill=0.5)
    words = words_of(replace(LOSS, naive=2 * perfect, baseline=baseline, stages=stages))
    assert [bool(row.score) for row in words.stage_rows()] == [True, False, False]
    assert all(row.gain for row in words.stage_rows())


def test_each_look_at_the_inputs_is_drawn_with_its_own_verdict() -> None:
    twice = tuple(PairedGains(INPUTS, 1, True, folds(gain)) for gain in (0.002, 0.012))
    words = words_of(replace(BANKED, stages=ONCE))
    figure = paired_figure(words, replace(FULL, paired=twice))
    assert figure is not None
    first, second = (panel.caption for panel in figure.panels)
    assert first != second
