"""What is wrong, and what to move: curves suggest, probes decide.

In a booster a rate far too low and a penalty far too strong leave the same curves, so a state that
has several causes is put down to the lever whose probe brings the model forward; where none does,
the diagnosis stays a suspicion.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from advisor.diagnose.state import (
    DATA,
    DEPTH,
    FALLS_P,
    FROZEN,
    LR,
    REG,
    WORTH,
    Found,
    Reading,
    Seen,
    by_curves,
    too_sure,
    unfinished,
)
from advisor.types import StageName

CLOSE_TO_REFERENCE = 0.02  # training skill may lie this far above the reference's validation skill
ROUNDS_SLACK = 1.5  # times the person's rounds that a sane rate may need and the rate be to blame
RATE_OVER_ROUNDS = 3.0  # times further off than the rounds, and the rate is to blame all the same
OF_THE_BEST = 0.8  # of the best gain: a probe that brings as much would do as well
TWO_ERRORS = 2.0  # of the threshold's gain: one test, not the best of seven
EXPLAINED = 0.5  # of a gain: more of it must be left once early stopping has its share
FLAT = 0.005  # c of a curve that does not zigzag at all


def needs_reference(r: Reading) -> bool:
    """Whether only a reference can tell: nothing the probes tried brings the model forward."""
    suggested = by_curves(r).state
    if suggested not in ("not_learning", "frozen", "not_converged", "healthy"):
        return False
    return not any(p.share >= WORTH for p in r.sure)


def judge(r: Reading) -> Found:
    """What curves and probes say together; the curves alone before there are probes."""
    suggested = by_curves(r)
    if r.probes is None:
        return suggested
    scaled = _scaled(r, suggested.state)
    if scaled is not None:
        return scaled
    if suggested.state in ("diverging", "jagged"):
        return _too_fast(r, suggested.state)
    if suggested.state in ("overfit", "overconfident"):
        return _memorises(r, suggested.state)
    return _held_back(r, suggested.state)


def _scaled(r: Reading, state: str) -> Found | None:
    """Columns on very different scales look exactly like a rate too high: they are judged first."""
    able = [p for p in r.sure if p.lever is StageName.FOUNDATIONS and p.share >= WORTH]
    best, scaled = _best(r.sure), _best(able)
    if best is None or scaled is None or scaled.gain < OF_THE_BEST * best.gain:
        return None
    known = "underfit" if state == "healthy" else state
    return Found(known, StageName.FOUNDATIONS, True, _shown(scaled))


def _too_fast(r: Reading, state: str) -> Found:
    """Steps too large; or a penalty pulls the weights back, which lets the loss rise as well."""
    best = _pick(r.sure)
    if best is not None and best.lever is not LR:
        return _held_back(r, "healthy") if _frees(best) else _memorises(r, "overfit")
    rate = _best(p for p in r.sure if p.lever is LR)
    lower = [p for p in r.probes or () if p.lever is LR and p.origin == "lower"]
    if state == "jagged" and lower and (rate is None or rate.share < WORTH):
        return _harmless(r)  # a zigzag that costs nothing
    return Found(state, LR, rate is not None, _shown(rate))


def _harmless(r: Reading) -> Found:
    if r.shape.turned:
        return _memorises(r, "overconfident" if too_sure(r) else "overfit")
    return _held_back(r, "not_converged" if unfinished(r) else "healthy")


def _memorises(r: Reading, state: str) -> Found:
    """What holds it in check; unless more room brings more than stopping at the best round."""
    s = r.shape
    best = _pick(r.sure)
    if best is None:
        return Found(state, REG)
    early = s.lost / (abs(s.naive) or 1.0) if r.metric_is_loss else 0.0
    if _frees(best) and best.share - early > max(EXPLAINED * best.share, WORTH / 2):
        return _held_back(r, "healthy")
    able = [p for p in r.sure if not _frees(p)]
    restraining = _pick(able)
    if restraining is None:
        return Found(state, REG)
    if restraining.lever is LR and not restraining.outside:
        # a usual rate is not to blame for what limits cure as well
        level = _best(p for p in able if p.tied and p.lever is not LR)
        restraining = level or restraining
    return Found(state, restraining.lever, True, _shown(restraining))


def _held_back(r: Reading, suggested: str) -> Found:
    """Everything that leaves both losses high: what brings the model forward names the cause."""
    s = r.shape
    best = _pick([p for p in r.sure if p.share >= WORTH])
    threshold = _threshold(r, best)
    if threshold is not None:
        return threshold
    if best is not None:
        best = _or_rounds(r, suggested, best)
        return Found(_kind(r, suggested, best), best.lever, True, _shown(best))
    reference = r.reference
    if (
        reference is not None
        and reference.sure
        and reference.same_family
        and s.train_skill <= reference.skill + CLOSE_TO_REFERENCE
    ):
        known = suggested in ("not_learning", "frozen", "not_converged")
        return Found(suggested if known else "underfit", LR if suggested != "frozen" else REG)
    if suggested == "not_learning":
        return Found(suggested, DEPTH if r.unreached else None)
    faster = _best(p for p in r.probes or () if p.lever is LR and _frees(p))
    if suggested == "not_converged" and faster is not None and faster.share >= WORTH:
        return Found(suggested, LR)
    return Found("healthy", None, True)


def _kind(r: Reading, suggested: str, best: Seen) -> str:
    """The state's name, now that its cause is known."""
    s = r.shape
    if best.lever is LR and best.origin == "lower" and _only_longer(r, suggested, best):
        return "not_converged"
    if _restrains(best):
        memorised = s.train_skill > s.valid_skill + best.share + CLOSE_TO_REFERENCE
        if suggested == "not_learning" and not memorised and best.lever is not LR:
            return suggested  # a net so deep that nothing reaches its first layers, for one
        return "overfit" if memorised or best.lever is not LR else "diverging"
    if best.lever is LR and not _rate_would_do(r, best):
        return "not_converged"
    if suggested == "not_learning":
        return suggested
    if best.lever is REG and s.frozen > FROZEN:
        return "frozen"
    slow = s.falls_p < FALLS_P and s.jagged < FLAT and unfinished(r)
    if slow and best.lever is not DEPTH:
        return "flat"
    return "underfit"


def _or_rounds(r: Reading, suggested: str, best: Seen) -> Seen:
    """A probe of another lever that was given more rounds may have gained by these alone."""
    longer = best.rounds is not None and best.rounds > ROUNDS_SLACK * r.shape.rounds
    if best.lever is LR or not longer or suggested not in ("not_converged", "not_learning"):
        return best
    rate = _best(p for p in r.sure if p.lever is LR)
    return rate if rate is not None and rate.gain >= OF_THE_BEST * best.gain else best


def _only_longer(r: Reading, suggested: str, best: Seen) -> bool:
    """A lower rate gained because its fit was given more rounds."""
    if best.rounds is None or suggested not in ("not_converged", "not_learning"):
        return False
    longer = best.rounds / r.shape.rounds
    return longer > ROUNDS_SLACK and 1 / best.ratio < RATE_OVER_ROUNDS * longer


def _rate_would_do(r: Reading, best: Seen) -> bool:
    """Whether a higher rate gets there within about the person's own rounds.

    Where it needs more of both, what is further off is to blame, and in doubt the rounds.
    """
    used = [
        p.rounds
        for p in r.sure
        if p.lever is LR and p.rounds is not None and p.gain >= OF_THE_BEST * best.gain
    ]
    if not used or min(used) <= ROUNDS_SLACK * r.shape.rounds:
        return True
    return best.ratio >= RATE_OVER_ROUNDS * (min(used) / r.shape.rounds)


def _threshold(r: Reading, best: Seen | None) -> Found | None:
    if r.threshold is None:
        return None
    share, error, threshold = r.threshold
    if share <= max(WORTH, TWO_ERRORS * error) or (best is not None and best.share > share):
        return None
    evidence = (("threshold", threshold), ("threshold_gain", share))
    return Found("threshold", StageName.FOUNDATIONS, True, evidence)


def _frees(p: Seen) -> bool:
    """More room for the model: a higher rate, more rounds, weaker limits, a larger model."""
    if p.lever is LR:
        return p.origin != "lower"
    return p.frees > 0


def _restrains(p: Seen) -> bool:
    """Less room, smaller steps, or more rows."""
    if p.lever is LR:
        return p.origin == "lower"
    return p.frees < 0 or p.lever is DATA


def _pick(probes: Iterable[Seen]) -> Seen | None:
    """The probe that gains most; of those that do as well, one whose setting is out of range."""
    able = list(probes)
    best = _best(able)
    if best is None:
        return None
    level = [p for p in able if p.tied or p is best]
    return _best(p for p in level if p.outside) or best


def _best(probes: Iterable[Seen]) -> Seen | None:
    return max(probes, key=lambda p: p.gain, default=None)


def _shown(best: Seen | None) -> tuple[tuple[str, Any], ...]:
    if best is None:
        return ()
    return (
        ("probe", best.origin),
        ("lever", str(best.lever)),
        ("gain", best.gain),
        ("se", best.se),
    )
