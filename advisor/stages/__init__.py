"""The stages, in their fixed order."""

from __future__ import annotations

from advisor.stages.base import Stage
from advisor.stages.data_size import DataSizeStage
from advisor.stages.knobs import KnobStage
from advisor.stages.sweep import LearningRateStage
from advisor.types import StageName

STAGES: tuple[Stage, ...] = (
    LearningRateStage(),
    KnobStage(StageName.REGULARIZATION, (("released", "weaker"), ("stronger",))),
    DataSizeStage(),
    KnobStage(StageName.DEPTH, (("shallower",), ("released", "deeper"))),
)

__all__ = ["STAGES", "Stage"]
