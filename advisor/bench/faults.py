"""The FAULTS table: what each fault does to a case, and which verdicts are right.

A fault of the model lives in ``families.py``, what is done to rows, labels and columns in
``damage.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from advisor.bench.damage import (
    Base,
    Damage,
    copy_test_rows,
    fewer,
    flip_labels,
    leak_missing,
    leak_target,
    noisier,
    rarer,
    repeat_rows,
    starve,
    stretched,
    test_elsewhere,
    thousandfold,
    unscale,
)
from advisor.types import StageName, Task

CLASSES = (Task.BINARY, Task.MULTICLASS)
EVERY = tuple(Task)


class Kind(StrEnum):
    """How it is told that a fault kills, and what a right answer is.

    skill: the stuck model is worse on hidden rows than the sane one; a stage is right.
    trust: the score that the evaluation shows is not the one on hidden rows; a finding is right.
    seen: nothing is lost, but it has to be said; a finding is right.
    healthy: nothing is wrong; no claim is right.
    """

    SKILL = "skill"
    TRUST = "trust"
    SEEN = "seen"
    HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and what a right answer to it is.

    Attributes:
        kind: how it is judged.
        stages: of these the verdict is right (an earlier stage that restores enough is, too).
        codes: findings that are right.
        base: what is done to the whole table; damage: to the stuck model's rows.
        metric: of the run, by task; the task's usual one where none is named.
        tasks: it makes sense for.
        model: whether the family must have a plant of this name.
        nets: True for nets only, False for all but nets.
        free: not on tables with groups or an order in time.
        left: the model is the one that ``--keep-going`` leaves behind, asked with another seed.
    """

    kind: Kind
    stages: tuple[StageName, ...] = ()
    codes: tuple[str, ...] = ()
    base: Base | None = None
    damage: Damage | None = None
    metric: str | None = None
    tasks: tuple[Task, ...] = EVERY
    model: bool = False
    nets: bool | None = None
    free: bool = False
    left: bool = False


RATE, REG = (StageName.LEARNING_RATE,), (StageName.REGULARIZATION,)
SIZE, DEPTH = (StageName.DATA_SIZE,), (StageName.DEPTH,)
SKILL, TRUST, SEEN, HEALTHY = Kind.SKILL, Kind.TRUST, Kind.SEEN, Kind.HEALTHY

FAULTS: dict[str, Fault] = {
    "rate_high": Fault(SKILL, RATE, model=True),
    "rate_wild": Fault(SKILL, RATE, model=True),
    "rate_low": Fault(SKILL, RATE, model=True),
    "rate_crawling": Fault(SKILL, RATE, model=True),
    "few_rounds": Fault(SKILL, RATE, model=True),
    "held_back": Fault(SKILL, REG, model=True),
    "held_back_leaf": Fault(SKILL, REG, model=True),
    "held_back_l2": Fault(SKILL, REG, model=True),
    "held_back_weak": Fault(SKILL, REG, model=True),
    "held_back_dropout": Fault(SKILL, REG, model=True),
    "held_back_gain": Fault(SKILL, REG, model=True, tasks=CLASSES),
    "memorises": Fault(SKILL, REG, model=True),
    "shallow": Fault(SKILL, DEPTH, model=True),
    "too_deep": Fault(SKILL, REG + DEPTH, model=True),
    "starved": Fault(SKILL, SIZE, damage=starve),
    "label_noise": Fault(SKILL, codes=("D07",), damage=flip_labels, tasks=CLASSES),
    "unscaled": Fault(SKILL, (StageName.FOUNDATIONS,), damage=unscale, model=True, nets=True),
    "leak": Fault(TRUST, codes=("L02",), damage=leak_target),
    "leak_missing": Fault(TRUST, codes=("L04", "L02"), damage=leak_missing, tasks=CLASSES),
    "contamination": Fault(TRUST, codes=("L01", "L03"), damage=copy_test_rows, free=True),
    "shift": Fault(TRUST, codes=("D08",), damage=test_elsewhere, free=True),
    "duplicates": Fault(SEEN, codes=("D04", "D10"), damage=repeat_rows, free=True),
    "imbalance": Fault(
        SEEN, codes=("M01",), base=rarer, metric="accuracy", tasks=(Task.BINARY,), free=True
    ),
    "healthy": Fault(HEALTHY),
    "healthy_left": Fault(HEALTHY, left=True),
    "healthy_noisy": Fault(HEALTHY, base=noisier),
    "healthy_few": Fault(HEALTHY, base=fewer, free=True),
    "healthy_auc": Fault(HEALTHY, metric="roc_auc", tasks=(Task.BINARY,)),
    "healthy_mae": Fault(HEALTHY, metric="mae", tasks=(Task.REGRESSION,)),
    "healthy_units": Fault(
        HEALTHY, base=thousandfold, metric="mse", tasks=(Task.REGRESSION,), nets=False
    ),
    "healthy_unscaled": Fault(HEALTHY, base=stretched, nets=False),
}

SUBJECTS: dict[str, str] = {
    "L01": "contamination",
    "L03": "contamination",
    "L02": "leak",
    "L04": "leak",
    "L05": "leak",
    "M01": "metric",
    "D04": "duplicates",
    "D10": "duplicates",
    "D07": "labels",
    "D08": "shift",
}
"""What a finding names, where it can be the answer."""
