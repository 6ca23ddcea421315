"""Each column is read the way it was decided, today and tomorrow."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.data.columns import (
    as_days,
    decide,
    encode,
)
from advisor.data.columns_file import columns_from_json, columns_to_json
from advisor.data.content import fingerprint, row_keys
from advisor.errors import DataError
from advisor.types import Column, ColumnKind

NUMBER, CATEGORY = ColumnKind.NUMBER, ColumnKind.CATEGORY
DATETIME, BOOLEAN = ColumnKind.DATETIME, ColumnKind.BOOLEAN


def read(values, *, categorical=False, name="x"):
    """The decided column and the encoded values of a one-column table."""
    frame = pd.DataFrame({name: values})
    columns = decide(frame, categorical=[name] if categorical else [])
    return columns[0], encode(frame, columns)[name]


def refused(call, *args, **kwargs):
    with pytest.raises(DataError) as caught:
        call(*args, **kwargs)
    return caught.value


@pytest.mark.parametrize(
    ("values", "kind", "encoded"),
    [
        ([1, 2, 3], NUMBER, [1, 2, 3]),
        ([1.5, np.nan], NUMBER, [1.5, np.nan]),
        (pd.array([1, None, 3], dtype="Int64"), NUMBER, [1, np.nan, 3]),
        (pd.array([1.5, None], dtype="Float64"), NUMBER, [1.5, np.nan]),
        (pd.Series([1, 2.5, None], dtype=object), NUMBER, [1, 2.5, np.nan]),
        ([Decimal("1.5"), Decimal("2")], NUMBER, [1.5, 2]),
        (pd.to_timedelta(["1D", "36h"]), NUMBER, [1, 1.5]),
        ([None, None], NUMBER, [np.nan, np.nan]),
        (["", None], NUMBER, [np.nan, np.nan]),
        ([True, False], BOOLEAN, [1, 0]),
        (pd.array([True, None], dtype="boolean"), BOOLEAN, [1, np.nan]),
        (pd.Series([True, None, False], dtype=object), BOOLEAN, [1, np.nan, 0]),
        (pd.to_datetime(["1970-01-02", None]), DATETIME, [1, np.nan]),
        (pd.to_datetime(["1970-01-02T09:00+09:00"]), DATETIME, [1]),
        (pd.period_range("1970-01", periods=2, freq="M"), DATETIME, [0, 31]),
        ([dt.date(1970, 1, 3), None], DATETIME, [2, np.nan]),
        (["1970-01-02", "1970-01-03 12:00"], DATETIME, [1, 2.5]),
        (["1970-01-02T00:00:00Z", None], DATETIME, [1, np.nan]),
        (["1970/1/2", "1970/1/3 6:00"], DATETIME, [1, 2.25]),
        (["1970-01", "1970-02"], DATETIME, [0, 31]),
        ([1, 2, 1, 2] * 3, NUMBER, [1, 2, 1, 2] * 3),
    ],
)
def test_kinds_that_become_numbers(values, kind, encoded):
    column, got = read(values)
    assert column == Column("x", kind)
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, encoded)


@pytest.mark.parametrize(
    ("values", "categories", "codes"),
    [
        (["b", "a", None, "b"], ("a", "b"), [1, 0, -1, 1]),
        (["yes", "no"], ("no", "yes"), [1, 0]),
        (["東京", "大阪"], ("大阪", "東京"), [1, 0]),
        (pd.Categorical(["b", "a"], categories=["z", "b", "a"]), ("a", "b"), [1, 0]),
        (pd.Series([1, "1", "x"], dtype=object), ("1", "x"), [0, 0, 1]),
        (["2024-01-01", "soon"], ("2024-01-01", "soon"), [0, 1]),
        (["2024-13-01", "2024-01-01"], ("2024-01-01", "2024-13-01"), [1, 0]),
        (["1-2-3", "4"], ("1-2-3", "4"), [0, 1]),
    ],
)
def test_text_becomes_categories_in_the_order_of_their_text(values, categories, codes):
    column, got = read(values)
    assert (column.kind, column.categories) == (CATEGORY, categories)
    assert got.cat.categories.tolist() == list(categories)
    assert got.cat.codes.tolist() == codes


def test_numbers_named_as_categories_have_one_text_with_and_without_missing_values():
    column, _ = read([3, 10, 3], categorical=True)
    assert column.categories == ("10", "3")
    later = encode(pd.DataFrame({"x": [3.0, np.nan, 10.0]}), [column])
    assert later["x"].cat.codes.tolist() == [1, -1, 0]
    assert read([True, False], categorical=True)[0].categories == ("False", "True")


def test_an_all_missing_column_named_as_category_stays_a_number():
    assert read([np.nan, np.nan], categorical=True)[0].kind is NUMBER


def test_categories_are_those_of_the_given_rows_and_of_more_tables():
    frame = pd.DataFrame({"x": ["a", "b", "c"]})
    more = pd.DataFrame({"x": ["d", None]})
    (column,) = decide(frame, rows=np.array([0, 1]), more=[more])
    assert column.categories == ("a", "b", "d")
    assert encode(frame, [column])["x"].isna().tolist() == [False, False, True]


def test_new_rows_are_read_as_they_were_decided():
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "b": [True, False],
            "d": ["2024-01-01", "2024-01-02"],
            "c": ["u", "v"],
        }
    )
    columns = decide(frame)
    new = pd.DataFrame(
        {
            "c": ["never seen", "v"],
            "d": pd.to_datetime(["2024-01-01", None]),
            "extra": [1, 2],
            "b": ["true", None],
            "n": ["7", None],
        },
        index=[10, 20],
    )
    X = encode(new, columns)
    assert X.columns.tolist() == ["n", "b", "d", "c"]
    assert X.index.tolist() == [0, 1]
    assert X["n"].tolist()[0] == 7
    assert X["b"].tolist()[0] == 1
    assert X["d"].tolist()[0] == encode(frame, columns)["d"].tolist()[0]
    assert X.iloc[1].isna().tolist() == [True, True, True, False]
    assert X["c"].cat.codes.tolist() == [-1, 1]


def test_all_missing_new_rows_fit_every_kind():
    frame = pd.DataFrame({"n": [1], "b": [True], "d": ["2024-01-01"], "c": ["u"]})
    new = pd.DataFrame({name: [np.nan] for name in frame})
    assert encode(new, decide(frame)).isna().all(axis=None)


def test_missing_column_is_named_with_the_nearest():
    error = refused(encode, pd.DataFrame({"Age": [1]}), [Column("age", NUMBER)])
    assert (error.code, error.hint) == ("column_missing", "Age")


def test_repeated_column_is_refused():
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert refused(encode, frame, [Column("a", NUMBER)]).code == "column_duplicate"


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        (NUMBER, ["1", "about 2"], "column_not_number"),
        (NUMBER, pd.to_datetime(["2024-01-01", "2024-01-01"]), "column_not_number"),
        (BOOLEAN, ["true", "maybe"], "column_not_boolean"),
        (DATETIME, ["2024-01-01", "tomorrow"], "column_not_date"),
    ],
)
def test_values_that_do_not_fit_are_named_with_their_row(kind, values, code):
    error = refused(encode, pd.DataFrame({"x": values}), [Column("x", kind)])
    assert error.code == code
    assert error.values["row"] == (1 if error.values["count"] == 2 else 2)


def test_infinite_values_are_named_with_column_count_and_first_row():
    error = refused(read, [1.0, np.inf, -np.inf], name="rate")
    assert error.code == "column_infinite"
    assert error.values == {"column": "rate", "count": 2, "row": 2}


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}, {}], np.array([1j, 2j])])
def test_what_no_model_can_use_is_refused(values):
    assert refused(read, values).code == "column_unreadable"


def test_odd_names_stay_as_they_are():
    names = ["売上 (円)", "a:b,[c]", " x ", "0"]
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=names)
    assert encode(frame, decide(frame)).columns.tolist() == names


def test_days_keep_the_time_of_day():
    days = as_days(pd.Series(["2024-01-01 06:00:00.5", "2024-01-01T06:00+0900"]), "x")
    np.testing.assert_allclose(days, [19723.25 + 0.5 / 86400, 19722.875], rtol=0, atol=1e-9)


def test_days_reach_beyond_what_nanoseconds_hold():
    days = as_days(pd.Series(["9999-12-31", "0001-01-01", "1969-12-31 00:00-05:00"]), "x")
    np.testing.assert_allclose(days, [2932896, -719162, -1 + 5 / 24])


@pytest.mark.parametrize(
    "text",
    ["2024-02-30", "2024-01-01 12:0012", "2024/01-01", "13/13/2024", "24:00"],
)
def test_what_is_no_date(text):
    assert read([text, "2024-02-28"])[0].kind is CATEGORY


def test_nanoseconds_are_cut():
    assert as_days(pd.Series(["1970-01-01 00:00:01.123456789"]), "x") * 86400 == 1.123456


def test_columns_survive_json():
    columns = (
        Column("年齢", NUMBER),
        Column("c", CATEGORY, ("a", "ü", "東京")),
        Column("d", DATETIME),
        Column("b", BOOLEAN),
    )
    assert columns_from_json(json.loads(json.dumps(columns_to_json(columns)))) == columns


@pytest.mark.parametrize("data", [[{"name": "x"}], [{"name": "x", "kind": "colour"}], [3]])
def test_damaged_columns_are_refused(data):
    assert refused(columns_from_json, data).code == "columns_broken"


VALUES = st.one_of(
    st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=8),
    st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1, max_size=8),
    st.lists(
        st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=False)),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.one_of(st.none(), st.booleans()), min_size=1, max_size=8),
    st.lists(st.one_of(st.none(), st.datetimes(dt.datetime(1700, 1, 1))), min_size=1, max_size=8),
)


@given(VALUES, st.booleans())
def test_every_table_is_encoded_alike_row_by_row_and_after_json(values, categorical):
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    columns = decide(frame, categorical=["x"] if categorical else [])
    columns = columns_from_json(json.loads(json.dumps(columns_to_json(columns))))
    whole = encode(frame, columns)["x"]
    assert whole.isna().tolist() == [pd.isna(v) or v == "" for v in values]
    for i in range(len(values)):
        alone = encode(frame.iloc[[i]], columns)["x"]
        pd.testing.assert_series_equal(alone, whole.iloc[[i]].reset_index(drop=True))


def test_equal_rows_have_equal_keys():
    frame = pd.DataFrame({"a": [1.0, 1.0, np.nan, np.nan, -0.0, 0.0], "b": list("xyxxzz")})
    keys = row_keys(encode(frame, decide(frame)))
    assert len(np.unique(keys)) == 4
    assert keys[2] == keys[3]
    assert keys[4] == keys[5]
    y = np.array([0, 0, 0, 1, 0, 0])
    assert len(np.unique(row_keys(encode(frame, decide(frame)), y))) == 5


def test_columns_swapped_within_a_row_change_its_key():
    assert len(np.unique(row_keys(pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, 1.0]})))) == 2


def test_fingerprint_tells_absent_empty_and_shape_apart():
    one = np.arange(4.0)
    several = [
        fingerprint([], [one]),
        fingerprint([], [one.reshape(2, 2)]),
        fingerprint([], [one, None]),
        fingerprint([], [one, one[:0]]),
        fingerprint(["x"], [one]),
        fingerprint([], [one.view(np.int64)]),
    ]
    assert len(set(several)) == len(several)


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["2021年4月1日", "2021年12月31日"], "2021-04-01"),
        (["2021年4月1日(木)", "2021年12月31日(金) 9時05分"], "2021-04-01"),
        (["２０２１年４月１日", "不明"], "2021-04-01"),
        (["2021/4/1", "2021/12/31"], "2021-04-01"),
        (["2021.04.01", "2021.12.31"], "2021-04-01"),
        (["1/4/2021", "31/12/2021"], "2021-04-01"),  # no month has the number 31
        (["4/1/2021", "12/31/2021"], "2021-04-01"),
        (["4/1/2021 18:00", "4/2/2021 6:00"], "2021-04-01 18:00"),  # left open: as pandas does
        (["1.4.2021", "2.4.2021"], "2021-04-01"),
        (["2023/01/05 03:15 PM", "2023/01/06 11:00 AM"], "2023-01-05 15:15"),
        (["2023/01/05 12:15 am", "2023/01/06 12:00 p.m."], "2023-01-05 00:15"),
        (["1/5/2023 3:15:20PM", "1/31/2023 3:15:20PM"], "2023-01-05 15:15:20"),
        (["2023/1/5 午後3:15", "2023/1/6 午前0:15"], "2023-01-05 15:15"),
        (["2023年1月5日 午後12時15分"], "2023-01-05 12:15"),
        (["1/5/23", "12/31/22"], "2023-01-05"),  # no month has the number 31, and no year is first
        (["1/5/23 3:15 PM", "1/31/23 3:15 PM"], "2023-01-05 15:15"),
        (["5/1/98", "31/1/98"], "1998-01-05"),  # 98 is no day
        (["05.01.23", "04.02.23"], "2023-01-05"),
        (["5 Jan 2023", "14 September 2023"], "2023-01-05"),
        (["05-Jan-23", "14-Sep-69"], "2023-01-05"),
        (["January 5, 2023 3:15 PM", "Sept. 14 2023"], "2023-01-05 15:15"),
    ],
)
def test_dates_as_people_write_them_are_read(values, first):
    column, got = read(values)
    assert column.kind is DATETIME
    assert got[0] == pytest.approx(pd.Timestamp(first).timestamp() / 86_400)


def test_text_that_only_sometimes_is_a_date_stays_text():
    assert read(["1/13/2021", "13/1/2021"])[0].kind is CATEGORY  # neither order reads both
    assert read(["1/2/2021", "soon"])[0].kind is CATEGORY
    assert read(["2021.04", "2021.05"])[0].kind is CATEGORY
    assert read(["2023/01/05 13:15 PM"])[0].kind is CATEGORY
    assert read(["2023/01/05 0:15 AM"])[0].kind is CATEGORY
    assert read(["May", "June"])[0].kind is CATEGORY
    assert read(["31 Feb 2023"])[0].kind is CATEGORY


@pytest.mark.parametrize(
    "values",
    [
        ["01/02/23", "03/04/23"],  # the month, the day or the year first
        ["13/02/23", "14/04/23"],  # the day or the year first
        ["23/01/31", "22/12/31"],
        ["98/01/31", "98/12/31"],
        ["1.2.23", "4.12.2"],  # versions
    ],
)
def test_short_years_whose_order_is_left_open_stay_text(values):
    assert read(values)[0].kind is CATEGORY


def test_new_short_years_are_read_as_the_old_ones_were():
    column, _ = read(["1/5/23", "12/31/22"])
    (kept,) = columns_from_json(json.loads(json.dumps(columns_to_json([column]))))
    new = encode(pd.DataFrame({"x": ["3/4/23"]}), [kept])["x"]
    assert new[0] == pd.Timestamp("2023-03-04").timestamp() / 86_400
    long, _ = read(["1/5/2023", "12/31/2022"])
    assert refused(encode, pd.DataFrame({"x": ["3/4/23"]}), [long]).code == "column_not_date"


def test_new_dates_are_read_in_the_order_of_the_old_ones():
    column, _ = read(["1/4/2021", "31/12/2021"])
    (kept,) = columns_from_json(json.loads(json.dumps(columns_to_json([column]))))
    new = encode(pd.DataFrame({"x": ["1/4/2021"]}), [kept])["x"]
    assert new[0] == pd.Timestamp("2021-04-01").timestamp() / 86_400
