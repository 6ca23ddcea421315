"""The sentence about a number fits the number, in both languages."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pytest

from advisor.diagnose.loss import Number
from advisor.diagnose.meaning import meaning
from advisor.languages import LANGUAGES
from advisor.metrics.table import METRICS
from advisor.report.locale import catalog, sentences
from advisor.report.reading import meaning_words
from advisor.results import Diagnosis
from advisor.types import Floats, Task

EVEN4 = np.full(4, 0.25)
RARE = np.array([0.95, 0.05])


def number(metric: str, score: float, naive: float, **more: Any) -> Number:
    own = METRICS[metric]
    turned = (score, naive) if own.greater_is_better else (-score, -naive)
    skill = 1 - own.loss(turned[0]) / (abs(own.loss(turned[1])) or 1)
    shares: Floats = more.pop("shares", np.array([0.5, 0.5]))
    classes = len(shares)
    y = more.pop("y", np.arange(400) % max(classes, 1))
    task = Task.BINARY if classes == 2 else Task.MULTICLASS if classes else Task.REGRESSION
    values = {"metric": metric, "score": score, "naive": naive, "skill": skill, "se": 0.005}
    return Number(**{**values, "task": task, "y": y, "shares": shares, **more})


HOUSES = np.random.default_rng(0).gamma(4, 50_000, size=2000)
NONE = np.empty(0)
TENTH = (np.arange(1000) < 100).astype(np.int64)
CASES = [
    (number("log_loss", log(4) + 0.003, log(4), shares=EVEN4), "log_loss.guess_even"),
    (number("log_loss", 1.2, 1.2, shares=np.array([0.6, 0.2, 0.1, 0.1])), "log_loss.guess"),
    (number("log_loss", 2.1, 0.69), "log_loss.worse"),
    (number("log_loss", 1.4, log(10), shares=np.full(10, 0.1)), "log_loss.large"),
    (number("log_loss", 0.15, 0.1985, shares=RARE), "log_loss.rare"),
    (number("log_loss", 0.3, 0.69), "log_loss.learned"),
    (number("rmse", 115_000, 115_500, shares=NONE, y=HOUSES), "rmse.guess"),
    (number("rmse", 54_000, 115_000, shares=NONE, y=HOUSES), "rmse.learned"),
    (number("rmse", 654_000, 115_000, shares=NONE, y=HOUSES), "rmse.worse"),
    (number("mse", 9e11, 1e10, shares=NONE, y=HOUSES), "mse.worse"),
    (number("mae", 200_000, 50_000, shares=NONE, y=HOUSES), "mae.worse"),
    (number("mse", 1e10, 1e10, shares=NONE, y=HOUSES), "mse.guess"),
    (number("mse", 54_000.0**2, 115_000.0**2, shares=NONE, y=HOUSES), "mse.learned"),
    (number("mae", 80_000, 80_100, shares=NONE, y=HOUSES), "mae.guess"),
    (number("mae", 1.0, 7.5, shares=NONE, y=HOUSES), "mae.learned"),
    (number("r2", 0.001, 0.0, shares=NONE, y=HOUSES), "r2.guess"),
    (number("r2", 0.7, 0.0, shares=NONE, y=HOUSES), "r2.learned"),
    (number("rmsle", 0.2, 0.9, shares=NONE, y=HOUSES), "other.learned"),
    (number("mape", 0.9, 0.9, shares=NONE, y=HOUSES), "other.guess"),
    (number("accuracy", 0.95, 0.95, shares=RARE), "accuracy.guess"),
    (number("accuracy", 0.98, 0.95, shares=RARE), "accuracy.learned"),
    (number("balanced_accuracy", 0.5, 0.5, shares=RARE), "balanced_accuracy.guess"),
    (number("balanced_accuracy", 0.8, 0.5, shares=RARE), "balanced_accuracy.learned"),
    (number("f1", 0.0, 0.0, y=TENTH, flagged=0.0), "f1.none_called"),
    (number("f1", 0.18, 0.0, y=TENTH, flagged=0.9), "f1.guess"),
    (number("f1", 0.6, 0.0, y=TENTH, flagged=0.1), "f1.learned"),
    (number("recall", 0.0, 0.0, y=TENTH, flagged=0.0), "recall.none_called"),
    (number("recall", 0.9, 0.0, y=TENTH, flagged=0.9), "recall.guess"),
    (number("recall", 0.8, 0.0, y=TENTH, flagged=0.15), "recall.learned"),
    (number("precision", 0.0, 0.0, y=TENTH, flagged=0.0), "precision.none_called"),
    (number("precision", 0.1, 0.0, y=TENTH, flagged=0.5), "precision.guess"),
    (number("precision", 0.7, 0.0, y=TENTH, flagged=0.1), "precision.learned"),
    (number("roc_auc", 0.505, 0.5), "roc_auc.guess"),
    (number("roc_auc", 0.83, 0.5), "roc_auc.learned"),
    (number("roc_auc", 0.9, 0.5, shares=EVEN4), "roc_auc.learned_many"),
    (number("average_precision", 0.1, 0.1, y=TENTH), "average_precision.guess"),
    (number("average_precision", 0.5, 0.1, y=TENTH), "average_precision.learned"),
]


@pytest.mark.parametrize(("case", "code"), CASES, ids=[code for _, code in CASES])
def test_the_situation_chooses_the_sentence(case: Number, code: str) -> None:
    assert meaning(case).code == f"meaning.{code}"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("case", "code"), CASES, ids=[code for _, code in CASES])
def test_every_sentence_finds_its_numbers(case: Number, code: str, lang: str) -> None:
    said = meaning_words(catalog(lang, strict=True), Diagnosis("x", {}, None, True, meaning(case)))
    assert said
    assert "{" not in said


def test_every_sentence_is_reached_by_a_case() -> None:
    written = {code for code in sentences("en") if code.startswith("meaning.")}
    assert written == {f"meaning.{code}" for _, code in CASES}


def said(case: Number) -> str:
    return meaning_words(catalog("en"), Diagnosis("x", {}, None, True, meaning(case))) or ""


def test_a_log_loss_of_ln_4_is_called_guessing_with_4_classes() -> None:
    text = said(number("log_loss", 1.386, log(4), shares=EVEN4))
    assert "guessing gives with 4 equally frequent classes (ln 4 = 1.386)" in text


def test_a_log_loss_above_1_is_called_ordinary_with_ten_classes() -> None:
    text = said(number("log_loss", 1.4, log(10), shares=np.full(10, 0.1)))
    assert "above 1 is ordinary with 10 classes" in text
    assert "ln 10 = 2.303" in text


def test_an_error_in_the_targets_unit_stands_beside_the_spread_of_the_target() -> None:
    text = said(number("rmse", 54_000, 115_000, shares=NONE, y=HOUSES))
    assert "An RMSE of 54,000 where always answering the mean gives 115,000" in text


def test_the_root_of_an_mse_is_shown() -> None:
    text = said(number("mse", 54_000.0**2, 115_000.0**2, shares=NONE, y=HOUSES))
    assert "squared units" in text
    assert "is 54,000, where always answering the mean gives 115,000" in text


def test_a_noisy_score_is_not_said_to_have_learned() -> None:
    sure = number("log_loss", 0.64, 0.69)
    assert meaning(sure).code == "meaning.log_loss.learned"
    assert meaning(replace(sure, se=0.05)).code == "meaning.log_loss.guess"
