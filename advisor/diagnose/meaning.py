"""The sentence that says what a number means for one task, chosen by metric and situation.

A Reason: its code names the sentence (``meaning.log_loss.guess``), its evidence the numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log
from typing import Any

import numpy as np

from advisor.diagnose.loss import Number, always_positive_f1, score_skill
from advisor.types import Reason, Task

NOTHING = 0.02
"""A skill below it, or below two standard errors, is what guessing gives.  Advisor's own.  Of 60
tuned boosters on the ten sets of the calibration half none falls below it; the least skills are
.058 (accuracy, german_credit) and .093 (log loss, 900 rows of credit_default)."""
BALANCED = (
    1.25  # the largest class over the smallest, up to which classes count as equally frequent
)
RARE = 0.2  # naive log loss below which a small number is small by itself
LARGE = 1.0  # a log loss above it frightens people
EXACT = 0.02  # a log loss this close (as a share) to ln K is ln K


def meaning(number: Number) -> Reason:
    """What this number means here."""
    make = _SENTENCES.get(number.metric, _other)
    code, evidence = make(number)
    shared = {"score": number.score, "naive": number.naive, "skill": number.skill}
    return Reason(f"meaning.{code}", {**shared, **evidence})


Said = tuple[str, dict[str, Any]]


def guesses(number: Number) -> bool:
    """Whether the model does no better than one that looks at no column."""
    return number.skill < max(NOTHING, 2 * number.se)


def _worse(number: Number) -> bool:
    return number.skill < -max(NOTHING, 2 * number.se)


def _off(number: Number) -> str:
    """How far off values are, held against always answering the same."""
    if _worse(number):
        return "worse"
    return "guess" if guesses(number) else "learned"


def _log_loss(n: Number) -> Said:
    classes = len(n.shares)
    even = log(classes)
    evidence = {
        "classes": classes,
        "even": even,
        "share": float(n.shares.max()),
        "probability": exp(-n.score),
    }
    balanced = n.shares.min() > 0 and n.shares.max() / n.shares.min() <= BALANCED
    if _worse(n):
        return "log_loss.worse", evidence
    if guesses(n):
        exact = balanced and abs(n.score - even) <= EXACT * even
        return ("log_loss.guess_even" if exact else "log_loss.guess"), evidence
    if n.score > LARGE:
        return "log_loss.large", evidence
    return ("log_loss.rare" if n.naive < RARE else "log_loss.learned"), evidence


def _spread(n: Number) -> dict[str, Any]:
    y = np.asarray(n.y, dtype=np.float64)
    low, high = (float(v) for v in np.quantile(y, [0.05, 0.95]))
    return {"spread": float(y.std()), "low": low, "high": high}


def _rmse(n: Number) -> Said:
    return f"rmse.{_off(n)}", _spread(n)


def _mse(n: Number) -> Said:
    roots = {"root": max(n.score, 0.0) ** 0.5, "naive_root": max(n.naive, 0.0) ** 0.5}
    return f"mse.{_off(n)}", {**roots, **_spread(n)}


def _mae(n: Number) -> Said:
    return f"mae.{_off(n)}", _spread(n)


def _r2(n: Number) -> Said:
    return ("r2.guess" if guesses(n) else "r2.learned"), {"share": n.score}


def _accuracy(n: Number) -> Said:
    evidence = {"share": float(n.shares.max()), "errors": 1 - n.score, "naive_errors": 1 - n.naive}
    return ("accuracy.guess" if guesses(n) else "accuracy.learned"), evidence


def _balanced_accuracy(n: Number) -> Said:
    evidence = {"classes": len(n.shares)}
    return ("balanced_accuracy.guess" if guesses(n) else "balanced_accuracy.learned"), evidence


def _f1(n: Number) -> Said:
    """Held against calling every row positive, which takes no model at all."""
    share = float((np.asarray(n.y) == 1).mean())
    base = always_positive_f1(share)
    own = score_skill(n.score, base)
    evidence = {"naive": base, "share": share, "skill": own}
    if n.flagged is not None and n.flagged == 0:
        return "f1.none_called", evidence
    return ("f1.guess" if own < max(NOTHING, 2 * n.se) else "f1.learned"), evidence


def _recall(n: Number) -> Said:
    """Held against calling as many rows positive at random."""
    called = 0.0 if n.flagged is None else n.flagged
    evidence = {"flagged": called, "skill": score_skill(n.score, called)}
    if called == 0:
        return "recall.none_called", evidence
    few = evidence["skill"] < max(NOTHING, 2 * n.se)
    return ("recall.guess" if few else "recall.learned"), evidence


def _precision(n: Number) -> Said:
    share = float((np.asarray(n.y) == 1).mean())
    evidence = {"naive": share, "share": share, "skill": score_skill(n.score, share)}
    if n.flagged is not None and n.flagged == 0:
        return "precision.none_called", evidence
    few = evidence["skill"] < max(NOTHING, 2 * n.se)
    return ("precision.guess" if few else "precision.learned"), evidence


def _auc(n: Number) -> Said:
    many = n.task is Task.MULTICLASS
    if guesses(n):
        return "roc_auc.guess", {}
    return ("roc_auc.learned_many" if many else "roc_auc.learned"), {"classes": len(n.shares)}


def _average_precision(n: Number) -> Said:
    share = float((np.asarray(n.y) == 1).mean())
    evidence = {"naive": share, "share": share, "skill": score_skill(n.score, share)}
    few = evidence["skill"] < max(NOTHING, 2 * n.se)
    return ("average_precision.guess" if few else "average_precision.learned"), evidence


def _other(n: Number) -> Said:
    return ("other.guess" if guesses(n) else "other.learned"), {"metric": n.metric}


_SENTENCES: dict[str, Callable[[Number], Said]] = {
    "log_loss": _log_loss,
    "rmse": _rmse,
    "mse": _mse,
    "mae": _mae,
    "r2": _r2,
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "recall": _recall,
    "precision": _precision,
    "roc_auc": _auc,
    "average_precision": _average_precision,
}
