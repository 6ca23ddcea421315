"""The stages, in their fixed order, and what comes before them."""

from __future__ import annotations

from advisor.stages.base import Stage
from advisor.stages.data_size import DataSizeStage
from advisor.stages.foundations import FoundationsStage
from advisor.stages.knobs import KnobStage
from advisor.stages.sweep import LearningRateStage
from advisor.types import StageName

FOUNDATIONS: Stage = FoundationsStage()
STAGES: tuple[Stage, ...] = (
    LearningRateStage(),
    KnobStage(StageName.REGULARIZATION, (("released", "weaker"), ("stronger",))),
    DataSizeStage(),
    KnobStage(StageName.DEPTH, (("few_layers", "shallower"), ("released", "deeper"))),
)

__all__ = ["FOUNDATIONS", "STAGES", "Stage"]
