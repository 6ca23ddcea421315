"""Every picture of the page, in its order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from advisor.pictures import Pictures
from advisor.report.draw.carried import carried_figure
from advisor.report.draw.chart import Figure
from advisor.report.draw.classes import calibration_figure, confusion_figure, thresholds_figure
from advisor.report.draw.curves import curves_figure, metric_figure
from advisor.report.draw.paired import paired_figure
from advisor.report.draw.rate import rate_figure
from advisor.report.draw.residuals import residuals_figure
from advisor.report.draw.rows import size_figure
from advisor.report.wording import Wording

Draw = Callable[[Wording, Pictures], Figure | None]

FIGURES: tuple[Draw, ...] = (
    curves_figure,
    metric_figure,
    rate_figure,
    paired_figure,
    confusion_figure,
    thresholds_figure,
    calibration_figure,
    residuals_figure,
    size_figure,
    carried_figure,
)


def figures(words: Wording, pictures: Pictures) -> Iterator[Figure]:
    """The pictures that this run has something to show for."""
    for draw in FIGURES:
        figure = draw(words, pictures)
        if figure is not None:
            yield figure
