"""Made-up rows keep to what they are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from advisor.learners.made_up import joined, swapped, with_mixtures, with_noise

N = 400
RNG = np.random.default_rng(0)
MATRIX = np.column_stack([RNG.normal(5, 3, N), RNG.integers(0, 2, N)]).astype(np.float64)
Y = (MATRIX[:, 0] > 5).astype(np.int64)


def test_swapped_values_stay_in_their_column_and_most_stay_in_their_row() -> None:
    table = pd.DataFrame({"x": MATRIX[:, 0], "c": pd.Categorical(np.where(Y, "a", "b"))})
    made = swapped(table, 0)
    assert set(made["x"]) <= set(table["x"])
    assert made.dtypes.equals(table.dtypes)
    changed = (made["x"] != table["x"]).mean()
    assert 0.05 < changed < 0.15
    pd.testing.assert_frame_equal(made, swapped(table, 0))


def test_noise_moves_numbers_a_little_and_indicators_not_at_all() -> None:
    matrix, y, weight = with_noise((MATRIX, Y, None), 0)
    assert weight is None
    np.testing.assert_array_equal(matrix[:N], MATRIX)
    np.testing.assert_array_equal(matrix[N:, 1], MATRIX[:, 1])
    off = matrix[N:, 0] - MATRIX[:, 0]
    assert 0.2 < off.std() < 0.4
    np.testing.assert_array_equal(y, np.tile(Y, 2))


def test_mixtures_weigh_as_much_as_the_rows_they_are_made_of() -> None:
    own = RNG.uniform(1, 2, N)
    matrix, y, weight = with_mixtures((MATRIX, Y, own), 0, classes=True)
    assert weight is not None
    assert len(matrix) == len(y) == len(weight)
    assert (weight > 0).all()
    apart = len(y) - 2 * N
    assert 0 < apart < N
    # a mixture of two classes stands twice, and both parts weigh as much as one row
    assert abs(weight[N:].sum() - own.sum()) < 0.1 * own.sum()
    assert matrix[:, 0].min() >= MATRIX[:, 0].min()
    assert matrix[:, 0].max() <= MATRIX[:, 0].max()


def test_mixed_values_have_mixed_targets() -> None:
    target = 2 * MATRIX[:, 0]
    matrix, y, weight = with_mixtures((MATRIX, target, None), 0, classes=False)
    np.testing.assert_allclose(y, 2 * matrix[:, 0])
    assert weight is None or np.allclose(weight, 1)


def test_codes_of_categories_are_neither_moved_nor_mixed() -> None:
    codes = np.where(np.arange(N) % 50 == 0, np.nan, RNG.integers(0, 40, N))
    matrix = np.column_stack([MATRIX, codes])
    which = np.array([False, False, True])
    rows = (matrix, Y, None)
    for made in (with_noise(rows, 0, which), with_mixtures(rows, 0, which, classes=True)):
        np.testing.assert_array_equal(made[0][N : 2 * N, 2], codes)
        assert not np.array_equal(made[0][N : 2 * N, 0], matrix[:, 0])


def test_weights_are_kept_where_either_part_has_them() -> None:
    one = (MATRIX, Y, None)
    assert joined(one, one)[2] is None
    other = (MATRIX, Y, np.full(N, 2.0))
    weight = joined(one, other)[2]
    assert weight is not None
    np.testing.assert_array_equal(np.unique(weight), [1.0, 2.0])
