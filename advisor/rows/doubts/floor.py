"""How far probabilities can be trusted: cooling them, and the floor that wrong labels leave.

Both fit ``softmax(sum_j a_j log p_j + b)`` to the labels of rows that the models have not seen.
With one model and b = 0 this is temperature scaling (Guo et al. 2017); with a bias per class it is
Platt's (1999) calibration for any number of classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, minimize
from scipy.special import log_softmax, softmax, xlogy

from advisor.types import Floats, Ints

SMALLEST = 1e-6  # probabilities are kept as float32
COOLINGS = np.geomspace(0.03, 2.0, 25)


def log_of(p: Floats) -> Floats:
    """(n, K) logarithms of class probabilities, none below log SMALLEST."""
    return np.asarray(np.log(np.clip(p, SMALLEST, 1.0)))


def cooled_loss(y: Ints, p: Floats, seed: int) -> float:
    """Log loss after temperature scaling, learned on one half of the rows and scored on the other.

    Args:
        y: (n,) class codes; p: (n, K) probabilities.
        seed: of the halves.
    """
    z, rows = log_of(p), np.arange(len(y))
    each = np.stack([-log_softmax(a * z, axis=1)[rows, y] for a in COOLINGS])
    half = np.random.default_rng(seed).random(len(y)) < 0.5
    loss = np.empty(len(y))
    for part in (half, ~half):
        best = int(each[:, ~part].mean(axis=1).argmin()) if (~part).any() else len(COOLINGS) - 1
        loss[part] = each[best, part]
    return float(loss.mean())


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """Labels as calibrated predictions of which a share is replaced by another class.

    Attributes:
        share: of replaced labels, the most likely one.
        log_likelihood: of the n labels.
        skill: share of the class shares' log loss that is gone.
        wrong: (n,) probability that the given label is a replaced one.
        found: where the search for it ended.
    """

    share: float
    log_likelihood: float
    skill: float
    wrong: Floats
    found: Floats


LIKELY, UNCLEAR = 4.0, 9.0
"""Twice the log-likelihood that a share may lose and still be believed: two standard errors; three
where the models say so little (skill below CLEAR) that a floor and a steeper slope look alike."""
CLEAR = 0.06
STARTS = (0.02, 0.2)  # the likelihood can have two peaks
EXACT = 1e-8  # of the mean log-likelihood: a thousandth of LIKELY at 10,000 rows
RIDGE = 1e-3  # on the class biases, so that a class without rows has one
MOST_TOWARD = 0.5
"""Share of labels that name a certain other class, at most: beyond it either may be wrong."""
SURE, APART = 0.9, 0.4
"""Labels that name a certain other class are believed where, without them, this share of the rows
has a class of at least that probability ..."""
SUREST, FLAT = 5, 0.6
"""... and where at least this part of the share contradicts the surest fifth: a floor is flat.

Neighbours that overlap, targets of five real tables cut into 3 to 12 classes, reach .37 of APART
where a share is found, those of two tables that it was not chosen on .20
(``tests/rows_measured.py neighbours``).
"""


class FloorModel:
    """Predictions of several models for the same n rows, and the labels these were given.

    Wrong labels that have nothing to do with the features leave a floor: however sure calibrated
    predictions are, a constant share of the labels contradicts them.  Classes that merely overlap
    leave none, as there the contradictions vanish where predictions are sure.  This is the model
    of class-conditional noise of Natarajan et al. (2013) and Patrini et al. (2017), its rate found
    by maximum likelihood.

    Args:
        y: (n,) class codes.
        parts: of each model, (n, K) out-of-fold class probabilities.
        toward: (K, K) rows of probabilities, 0 on the diagonal: which class a wrong label of each
            class names.  None is any other class.
    """

    def __init__(self, y: Ints, parts: Sequence[Floats], toward: Floats | None = None) -> None:
        self._y = y
        self._z = np.stack([log_of(p) for p in parts])
        self._j, self._n, self._k = self._z.shape
        self._rows = np.arange(self._n)
        counts = np.bincount(y, minlength=self._k)
        self._naive = float(xlogy(counts, counts / self._n).sum())
        self.toward = toward
        anywhere = (1 - np.eye(self._k)) / max(1, self._k - 1)
        self._most = MOST_TOWARD if toward is not None else 0.95 * (self._k - 1) / self._k
        self._kept = np.eye(self._k)[:, y].T
        self._moved = (anywhere if toward is None else toward)[:, y].T

    def fit(self) -> Floor:
        """The most likely floor, looked for from a low and from a high one."""
        return max((self._fitted(self._start(s)) for s in STARTS), key=lambda f: f.log_likelihood)

    def lowest(self, best: Floor) -> float:
        """The smallest share that is still believed, to half a per cent."""
        low, high, x = 0.0, best.share, best.found
        most = LIKELY if best.skill >= CLEAR else UNCLEAR
        while high - low > 0.005:
            middle = (low + high) / 2
            near = self.given(middle, x)
            if 2 * (best.log_likelihood - near.log_likelihood) > most:
                low = middle
            else:
                high, x = middle, near.found
        return low

    def given(self, share: float, near: Floats) -> Floor:
        """The best calibration with this share; looked for from ``near`` and from the start.

        From steep slopes alone the way back to gentle ones is not always found.
        """
        starts = (np.append(near[:-1], share), self._start(share))
        return max((self._fitted(x, fixed=True) for x in starts), key=lambda f: f.log_likelihood)

    def _start(self, share: float) -> Floats:
        return np.concatenate([np.full(self._j, 1 / self._j), np.zeros(self._k), [share]])

    def _fitted(self, x0: Floats, *, fixed: bool = False) -> Floor:
        """The best from ``x0`` on: slopes, biases and the share (which may be fixed)."""
        lowest = [0.0] * self._j + [-np.inf] * self._k + [float(x0[-1]) if fixed else 0.0]
        highest = [np.inf] * (self._j + self._k) + [float(x0[-1]) if fixed else self._most]
        x = minimize(
            self._loss,
            x0,
            jac=True,
            method="L-BFGS-B",
            bounds=Bounds(lowest, highest),
            options={"ftol": EXACT},
        ).x
        return self.under(x)

    def under(self, x: Floats) -> Floor:
        """The labels under given slopes, biases and share (``Floor.found`` of other rows)."""
        joint, label = self._joint(x, self.clean(x))
        likelihood = float(np.log(label).sum())
        right = joint[self._rows, self._y] / label
        return Floor(float(x[-1]), likelihood, 1 - likelihood / self._naive, 1 - right, x)

    def clean(self, x: Floats) -> Floats:
        """(n, K) class probabilities with the wrong labels taken out (``Floor.found``)."""
        score = np.tensordot(x[: self._j], self._z, axes=1) + x[self._j : -1]
        return np.asarray(softmax(score, axis=1), dtype=np.float64)

    def _joint(self, x: Floats, clean: Floats) -> tuple[Floats, Floats]:
        """(n, K) probability of each class together with the given label; (n,) their sum."""
        share = float(x[-1])
        joint = ((1 - share) * self._kept + share * self._moved) * clean
        return joint, np.maximum(joint.sum(axis=1), SMALLEST**2)

    def _loss(self, x: Floats) -> tuple[float, Floats]:
        clean = self.clean(x)
        joint, label = self._joint(x, clean)
        pull = joint / label[:, None] - clean  # the class, knowing the label, less not knowing it
        by_slope = [float((pull * z).sum()) for z in self._z]
        by_share = (((self._moved - self._kept) * clean).sum(axis=1) / label).sum()
        bias = x[self._j : -1]
        value = -np.log(label).sum() + RIDGE * bias @ bias
        by_bias = pull.sum(axis=0) - 2 * RIDGE * bias
        gradient = -np.concatenate([by_slope, by_bias, [by_share]])
        return float(value) / self._n, gradient / self._n


def likeliest(y: Ints, parts: Sequence[Floats]) -> tuple[FloorModel, Floor]:
    """The floor that explains the labels best: to any other class, or to a certain one.

    That one class is taken for a certain other one looks like two classes that overlap, and is
    believed only where it says clearly more and most classes are told apart without it.
    """
    anywhere = FloorModel(y, parts)
    best = anywhere.fit()
    if parts[0].shape[1] < 3:
        return anywhere, best
    directed = FloorModel(y, parts, confused(y, parts))
    other = directed.fit()
    if 2 * (other.log_likelihood - best.log_likelihood) <= LIKELY:
        return anywhere, best
    clean = directed.clean(other.found)
    sure = clean.max(axis=1)
    surest = np.argsort(-sure, kind="stable")[: max(1, len(y) // SUREST)]
    contradicted = float((clean[surest].argmax(axis=1) != y[surest]).mean())
    apart = float((sure > SURE).mean()) >= APART
    return (directed, other) if apart and contradicted >= FLAT * other.share else (anywhere, best)


def confused(y: Ints, parts: Sequence[Floats]) -> Floats:
    """(K, K) for each class that the models name together, which other labels its rows bear.

    Every other class has one row more than was counted, shared out: none is impossible.
    """
    k = parts[0].shape[1]
    said = np.sum([log_of(p) for p in parts], axis=0).argmax(axis=1)
    counts = np.zeros((k, k))
    np.add.at(counts, (said, y), 1.0)
    counts = counts * (1 - np.eye(k)) + (1 - np.eye(k)) / max(1, k - 1)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))
