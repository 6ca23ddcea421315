"""Files become tables, and what pandas would forgive in silence is named with its line."""

import builtins
import gzip

import numpy as np
import pandas as pd
import pytest

from advisor.data import tables
from advisor.data.tables import read_table, read_whatever
from advisor.errors import DataError
from advisor.spelling import nearest


@pytest.fixture
def write(tmp_path):
    def write_(content, name="t.csv", encoding="utf-8"):
        path = tmp_path / name
        data = content if isinstance(content, bytes) else content.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write_


def refused(path, **options):
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return caught.value


@pytest.mark.parametrize("name", ["t.csv", "T.CSV", "t.csv.gz", "t.txt"])
def test_csv_plain_and_gzipped(write, name):
    table = read_table(write("a,b\n1,x\n2,y\n", name))
    assert list(table.columns) == ["a", "b"]
    assert table["a"].tolist() == [1, 2]
    assert isinstance(table.index, pd.RangeIndex)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found_in_the_header(write, separator):
    table = read_table(write(f'a{separator}"b,;|\t"\n1{separator}2\n'.replace('"b,;|\t"', "b")))
    assert list(table.columns) == ["a", "b"]


def test_separators_inside_quotes_do_not_count(write):
    table = read_table(write('"a,b,c";d\n1;2\n'))
    assert list(table.columns) == ["a,b,c", "d"]


def test_one_column_is_a_table(write):
    assert read_table(write("a\n1\n2\n")).shape == (2, 1)


def test_given_separator_wins_and_must_be_one_character(write):
    path = write("a b;c\n1 2;3\n")
    assert list(read_table(path, separator=" ").columns) == ["a", "b;c"]
    assert refused(path, separator="::").code == "separator_wrong"


def test_decimal_commas_are_read_with_semicolons_only(write):
    assert read_table(write("a;b\n1,5;x\n2,25;y\n"))["a"].tolist() == [1.5, 2.25]
    assert read_table(write("a;b\n1.5;x\n2.25;y\n"))["a"].tolist() == [1.5, 2.25]


@pytest.mark.parametrize("text", ["", "?", "NA", "NaN", "null", " ?"])
def test_missing_values(write, text):
    table = read_table(write(f"a,b\n{text},1\n2,1\n"))
    assert table["a"].isna().tolist() == [True, False]
    assert pd.api.types.is_float_dtype(table["a"])


def test_none_is_a_category_not_a_missing_value(write):
    assert read_table(write("a,b\nNone,1\nhigh,2\n"))["a"].tolist() == ["None", "high"]


def test_a_column_has_one_type_however_long_the_file(write):
    rows = "".join(f"{i},1\n" for i in range(300_000))
    table = read_table(write(f"a,b\n{rows}x,1\n"))
    assert {type(v) for v in table["a"].iloc[[0, -1]]} == {str}


def test_byte_order_mark_is_no_part_of_the_first_name(write):
    assert list(read_table(write("a,b\n1,2\n", encoding="utf-8-sig")).columns) == ["a", "b"]
    assert list(read_table(write("a,b\n1,2\n", encoding="utf-16")).columns) == ["a", "b"]


def test_japanese_tables(write):
    text = "年齢,都道府県\n31,東京\n45,大阪\n"
    assert read_table(write(text)).columns.tolist() == ["年齢", "都道府県"]
    sjis = write(text, "s.csv", "cp932")
    assert read_table(sjis, encoding="cp932")["都道府県"].tolist() == ["東京", "大阪"]
    assert read_table(sjis, encoding="Shift_JIS").shape == (2, 2)


def test_wrong_encoding_names_the_byte_and_a_likely_one(write):
    error = refused(write("a,b\n1,x\n2,東京タワー\n", encoding="cp932"))
    assert error.code == "encoding_wrong"
    assert error.values["position"] == 10
    assert error.values["line"] == 3
    assert error.values["byte"].startswith("0x93")
    assert error.hint == "cp932"
    assert refused(write("a\ncafé\n", encoding="latin-1")).hint == "latin-1"
    assert refused(write("a\n東京タワー\n"), encoding="ascii").hint == "utf-8"


def test_a_header_of_another_encoding_is_that_and_no_repeated_name(write):
    error = refused(write("年齢,年収\n31,450\n", encoding="cp932"))  # with what cannot be read
    assert (error.code, error.hint, error.values["line"]) == ("encoding_wrong", "cp932", 1)


def test_a_table_of_another_encoding_is_read_whatever_it_is(write):
    table, encoding = read_whatever(write("年齢,年収\n31,450\n", encoding="cp932"))
    assert (table.columns.tolist(), encoding) == (["年齢", "年収"], "cp932")
    assert read_whatever(write("年齢\n31\n"))[1] is None


def test_position_counts_the_byte_order_mark(write):
    error = refused(write(b"\xef\xbb\xbfa\n\xff\n"), encoding="utf-8")
    assert (error.values["position"], error.values["encoding"]) == (5, "utf-8")


def test_a_late_wrong_byte_is_found_too(write):
    error = refused(write(b"a\n" + b"1\n" * 300_000 + b"\xe9\n"))
    assert error.values["position"] == 600_002


def test_unknown_encoding(write):
    error = refused(write("a\n1\n"), encoding="shift_jiss")
    assert (error.code, error.hint) == ("encoding_unknown", "shift_jis")


def test_missing_file_suggests_a_near_name(write, tmp_path):
    write("a\n1\n", "train.csv")
    error = refused(tmp_path / "trian.csv")
    assert (error.code, error.hint) == ("table_missing", "train.csv")
    assert refused(tmp_path / "no" / "x.csv").hint is None


def test_folder_and_unknown_ending(write, tmp_path):
    assert refused(tmp_path).code == "table_is_folder"
    error = refused(write("a\n1\n", "t.xlsx"))
    assert (error.code, error.values["found"]) == ("table_unknown", ".xlsx")


@pytest.mark.parametrize("content", ["", "\n\n", "  \n", "\ufeff"])
def test_empty_file(write, content):
    assert refused(write(content)).code == "table_empty"


def test_header_only(write):
    error = refused(write("a,b\n"))
    assert (error.code, error.values["columns"]) == ("table_no_rows", 2)


def test_repeated_names_are_not_renamed_in_silence(write):
    error = refused(write("a,b,a,c,c\n1,2,3,4,5\n"))
    assert (error.code, error.values["columns"]) == ("column_duplicate", "a, c")


def test_a_nameless_index_column_is_kept(write):
    assert read_table(write(",a\n0,5\n1,6\n")).shape == (2, 2)


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        ("a,b\n1,2,3\n1,2\n", 2, 3),  # pandas would take the first column for an index
        ("a,b\n1,2\n1,2,3\n", 3, 3),
        ("a,b,c\n1,2,3\n1,2\n4,5,6\n", 3, 2),  # pandas would fill the last field
        ('a,b\n"x,\ny",2\n1\n', 4, 1),
    ],
)
def test_ragged_rows_are_named_by_line(write, content, line, found):
    error = refused(write(content))
    assert (error.code, error.values["line"], error.values["found"]) == ("row_ragged", line, found)
    assert error.place.line == line


def test_empty_last_fields_and_blank_lines_are_not_ragged(write):
    assert read_table(write('a,b\n1,\n\n"x,y",\n,2\n')).shape == (3, 2)


def test_a_header_longer_than_the_first_look(write):
    names = ",".join(f"column_number_{i}" for i in range(6000))
    assert read_table(write(f"{names}\n{',' * 5999}\n")).shape == (1, 6000)


def test_damaged_gzip(write, tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(b"a,b\n1,2\n")
    assert refused(path).code == "table_unreadable"
    path.write_bytes(
        gzip.compress(b"a,b\n" + np.random.default_rng(0).bytes(99_999).hex().encode())[:-5000]
    )
    assert refused(path).code == "table_unreadable"


def test_parquet_round_trip(tmp_path):
    pytest.importorskip("pyarrow", reason="Parquet needs the parquet extra")
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame({"a": [1, 2], "日付": pd.to_datetime(["2024-01-01", "2024-01-02"])})
    frame.to_parquet(path)
    assert read_table(path).equals(frame)
    frame.set_index("a").to_parquet(path)
    assert read_table(path).columns.tolist() == ["a", "日付"]
    path.write_bytes(b"no parquet at all")
    assert refused(path).code == "table_unreadable"
    path.write_bytes(b"")
    assert refused(path).code == "table_empty"


def test_parquet_without_pyarrow_names_the_extra(write, monkeypatch):
    def unavailable(path):
        raise ImportError("no pyarrow")

    monkeypatch.setattr(tables.pd, "read_parquet", unavailable)
    error = refused(write(b"PAR1", "t.parquet"))
    assert error.code == "parquet_needs_pyarrow"
    assert error.values["command"] == 'pip install "advisor[parquet]"'


def test_a_file_that_may_not_be_read(write, monkeypatch):
    path = write("a\n1\n")

    def forbidden(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(builtins, "open", forbidden)
    monkeypatch.setattr(tables.Path, "open", forbidden)
    assert refused(path).values["reason"] == "Permission denied"


def test_nearest_ignores_case():
    assert nearest("CHURN", ["churn", "age"]) == "churn"
    assert nearest("xyz", ["churn", "age"]) is None
