"""The fresh looks of one proof: as many partitions as it takes, and no more.

Overwhelming evidence, or none, ends it after two folds; else one whole partition is measured, and
three where that does not decide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from advisor.judge import gate
from advisor.measurements import Evaluation
from advisor.results import Verdict
from advisor.search.session import Steps
from advisor.types import Split

INTERIM_FOLDS = 2

Pair: TypeAlias = tuple[Evaluation, Evaluation]
Both: TypeAlias = Callable[[Sequence[Split]], Steps[Pair]]


def confirm(
    screen: gate.Screen,
    proof: gate.Proof,
    both: Both,
    partitions: Sequence[Sequence[Split]],
    rounds_names: Collection[str],
) -> Steps[tuple[Verdict, Pair]]:
    """The verdict, and the evaluations it rests on.

    Args:
        screen: the search evidence; nothing in it says no already.
        proof: that it was screened with.
        both: measures both models, rounds fixed, on splits.
        partitions: fresh ones.
        rounds_names: parameters that hold a number of rounds.
    """
    first = partitions[0]
    interim = int(len(first) > INTERIM_FOLDS)
    verdict = None
    if interim:
        pair = yield from both(first[:INTERIM_FOLDS])
        verdict = gate.early_look(screen, *pair, proof, rounds_names=rounds_names)
    if verdict is None:
        pair = yield from both(first)
        verdict = gate.look1(screen, *pair, proof, rounds_names=rounds_names, interim=interim)
    if verdict is None:
        pair = yield from both([split for partition in partitions for split in partition])
        verdict = gate.look2(screen, *pair, proof, rounds_names=rounds_names)
    return verdict, pair
