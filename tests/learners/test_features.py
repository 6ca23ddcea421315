"""What a table becomes as plain numbers: learned on training rows, the same for every other row."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.data.columns import decide, encode
from advisor.learners.features import (
    MOST_LEVELS,
    Features,
    coded_features,
    dense_features,
    read_numbers,
)
from advisor.settings import Preprocessing
from advisor.types import Column

STANDARD = Preprocessing(scale="standard")
TABLE = pd.DataFrame(
    {
        "size": [1.0, 2.0, np.nan, 5.0],
        "day": ["2024-01-01", "2024-01-03", "2024-01-05", None],
        "yes": [True, False, True, True],
        "town": ["Oslo", "Bern", "Oslo", None],
        "price": ["1,000 kg", "2,000 kg", "unknown", "3,000 kg"],
    }
)


def encoded(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Column, ...]]:
    columns = decide(table)
    return encode(table, columns), columns


def test_numbers_dates_and_booleans_stay_and_categories_get_a_column_a_level() -> None:
    X, columns = encoded(TABLE.drop(columns="price"))
    features = dense_features(X, columns, Preprocessing())
    first = 19723.0  # days from 1970-01-01 to 2024-01-01
    expected = [
        [1, first, 1, 1, 0],
        [2, first + 2, 0, 0, 1],
        [8 / 3, first + 4, 1, 1, 0],  # the mean of 1, 2 and 5
        [5, first + 2, 1, 0, 0],  # a missing category is 0 everywhere
    ]
    np.testing.assert_allclose(features.matrix(X), expected)


def test_scaling_touches_numbers_and_dates_and_no_column_of_zeros_and_ones() -> None:
    X, columns = encoded(TABLE)
    how = Preprocessing(scale="standard", numbers=("price",))
    matrix = dense_features(X, columns, how).matrix(X)
    scaled, kept = matrix[:, [0, 1, 5]], matrix[:, [2, 3, 4]]
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), 1)
    assert set(kept.ravel()) == {0.0, 1.0}


def test_a_gap_is_marked_only_where_training_has_one() -> None:
    X, columns = encoded(TABLE[["size", "yes"]])
    how = Preprocessing(missing="indicator")
    features = dense_features(X, columns, how)
    assert features.matrix(X)[:, 1].tolist() == [0, 0, 1, 0]
    assert features.width == 3
    full = dense_features(X.iloc[:2], columns, how)
    assert full.matrix(X).shape == (4, 2)
    assert full.matrix(X)[2, 0] == 1.5


def test_rare_levels_share_a_column_and_unknown_ones_have_none() -> None:
    names = [f"t{i:03d}" for i in range(70)]
    table = pd.DataFrame({"town": [*names, *names[:MOST_LEVELS], "only here"]})
    X, columns = encoded(table)
    train = X.iloc[:-1]
    features = dense_features(train, columns, Preprocessing())
    matrix = features.matrix(X)
    assert features.width == MOST_LEVELS + 1
    assert matrix[:70].sum(axis=1).tolist() == [1.0] * 70
    assert matrix[:70, -1].sum() == 70 - MOST_LEVELS
    assert matrix[-1].sum() == 0
    codes = coded_features(train, columns, (), most_levels=30).matrix(X)[:, 0]
    assert set(codes[:-1]) == set(range(31))
    assert np.isnan(codes[-1])


def test_codes_come_first_and_numbers_keep_their_gaps() -> None:
    X, columns = encoded(TABLE)
    matrix = coded_features(X, columns, ("price",), 254).matrix(X)
    np.testing.assert_array_equal(matrix[:, 0], [0, 1, 0, np.nan])  # Oslo is the most frequent
    np.testing.assert_array_equal(matrix[:, -1], [1000, 2000, np.nan, 3000])
    assert np.isnan(matrix[2, 1])


def test_only_texts_that_are_named_are_read_as_numbers() -> None:
    X, _ = encoded(TABLE)
    read = read_numbers(X, ("price", "size", "gone"))
    np.testing.assert_array_equal(read["price"], [1000, 2000, np.nan, 3000])
    assert read["size"].equals(X["size"])
    assert isinstance(X["price"].dtype, pd.CategoricalDtype)
    assert read_numbers(X, ()) is X
    assert list(read.columns) == list(X.columns)


def test_a_row_is_read_alike_whatever_stands_beside_it() -> None:
    X, columns = encoded(TABLE)
    features = dense_features(X, columns, Preprocessing("standard", "indicator", ("price",)))
    whole = features.matrix(X)
    for i in range(len(X)):
        np.testing.assert_array_equal(features.matrix(X.iloc[[i]])[0], whole[i])


def test_columns_without_spread_or_values_are_harmless() -> None:
    table = pd.DataFrame(
        {"same": [1e9, 1e9, 1e9], "none": [np.nan] * 3, "huge": [-1e308, 1e308, 1e308]}
    )
    X, columns = encoded(table)
    for how in (STANDARD, Preprocessing("standard", "indicator")):
        assert np.isfinite(dense_features(X, columns, how).matrix(X)).all()


@pytest.mark.parametrize(
    "how", [Preprocessing(), Preprocessing("standard", "indicator", ("price",))]
)
def test_features_can_be_written_as_json(how: Preprocessing) -> None:
    X, columns = encoded(TABLE)
    for features in (
        dense_features(X, columns, how),
        coded_features(X, columns, how.numbers, 254),
    ):
        again = Features.from_json(json.loads(json.dumps(features.to_json())))
        assert again == features
        np.testing.assert_array_equal(again.matrix(X), features.matrix(X))


@settings(deadline=None, max_examples=60)
@given(
    values=st.lists(st.none() | st.floats(-1e12, 1e12), min_size=2, max_size=20),
    texts=st.lists(st.sampled_from(["a", "b", "c", None]), min_size=2, max_size=20),
    scale=st.sampled_from([None, "standard"]),
    missing=st.sampled_from(["mean", "indicator"]),
    seed=st.integers(0, 99),
)
def test_any_table_becomes_finite_numbers_learned_on_the_training_rows(
    values: list[float | None], texts: list[str | None], scale: str | None, missing: str, seed: int
) -> None:
    n = min(len(values), len(texts))
    table = pd.DataFrame({"x": np.array(values[:n], dtype=float), "c": texts[:n]})
    X, columns = encoded(table)
    rows = np.random.default_rng(seed).permutation(n)[: max(1, n // 2)]
    features = dense_features(X.iloc[rows], columns, Preprocessing(scale, missing))
    matrix = features.matrix(X)
    assert matrix.shape == (n, features.width)
    assert np.isfinite(matrix).all()
    other = X.copy()
    unseen = np.setdiff1d(np.arange(n), rows)
    other.loc[unseen, "x"] = 7e11
    assert dense_features(other.iloc[rows], columns, Preprocessing(scale, missing)) == features
    np.testing.assert_array_equal(features.matrix(other)[rows], matrix[rows])
