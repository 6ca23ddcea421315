"""The learning rate from step to step: warm-up, then the schedule, over all epochs of a fit.

``cosine`` falls to 0 along half a cosine (Loshchilov & Hutter 2017); ``one_cycle`` rises for the
first 30 % from a 25th of the rate and falls to a 10,000th of that along cosines (Smith & Topin
2019, with the values of ``torch.optim.lr_scheduler.OneCycleLR``); ``none`` stays.  A warm-up rises
to the rate in a straight line and comes before the schedule; one_cycle has its own.
"""

from __future__ import annotations

import numpy as np

from advisor.learners.torch.params import Setting
from advisor.types import Floats

RISE, START, END = 0.3, 25.0, 1e4


def rates(setting: Setting, steps: int, epoch: int) -> Floats:
    """(steps,) the rate at every step of an epoch.

    Args:
        setting: rate, schedule, warm-up and epochs.
        steps: of one epoch.
        epoch: counts from 0.
    """
    now = epoch * steps + np.arange(steps, dtype=np.float64)
    total = setting.epochs * steps
    if setting.schedule == "one_cycle":
        return setting.rate * _one_cycle(now, total)
    warm = min(setting.warmup, setting.epochs) * steps
    rising = (now + 1) / (warm + 1)
    left = np.maximum(now - warm, 0) / max(1, total - warm)
    later = _cosine(left) if setting.schedule == "cosine" else np.ones(steps)
    return setting.rate * np.where(now < warm, rising, later)


def _one_cycle(now: Floats, total: int) -> Floats:
    """As OneCycleLR counts; of fewer than four steps none rises."""
    top = RISE * total - 1
    rising = 1 + (1 / START - 1) * _cosine(now / top)
    end = 1 / START / END
    falling = end + (1 - end) * _cosine((now - top) / (total - 1 - top))
    return np.where(now <= top, rising, falling)


def _cosine(share: Floats) -> Floats:
    """From 1 to 0 along half a cosine, for shares from 0 to 1."""
    return np.asarray((1 + np.cos(np.pi * share)) / 2)
