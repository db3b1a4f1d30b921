from __future__ import annotations

import datetime as dt
import tracemalloc
from decimal import Decimal
from fractions import Fraction

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from deepstat.data.table import check_table


def kinds(X):
    table = check_table(X)
    return [table.column(j).kind for j in range(table.n_columns)]


def test_numeric_arrays_are_not_copied_or_converted():
    for dtype in (np.float32, np.float64, np.int8, np.int64, np.uint16, bool):
        X = np.ones((4, 3), dtype)
        values = check_table(X).values
        assert values.dtype == dtype
        assert np.shares_memory(values, X)


@pytest.mark.parametrize("missing", [False, True])
def test_checking_a_large_array_allocates_almost_nothing(missing):
    X = np.zeros((200_000, 20), np.float32)
    if missing:
        X[5, 3] = np.nan
    check_table(X[:5])
    tracemalloc.start()
    check_table(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes / 20


def test_read_only_arrays_are_copied(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.arange(6.0).reshape(3, 2))
    X = np.load(path, mmap_mode="r")
    values = check_table(X).values
    assert values.flags.writeable
    np.testing.assert_array_equal(values, X)


def test_half_and_extended_precision_become_types_that_torch_can_hold():
    assert check_table(np.ones((2, 2), np.float16)).values.dtype == np.float32
    assert check_table(np.ones((2, 2), np.longdouble)).values.dtype == np.float64


def test_masked_entries_are_missing():
    X = np.ma.masked_array([[1, 2], [3, 4]], mask=[[False, True], [False, False]])
    np.testing.assert_array_equal(check_table(X).values, [[1.0, np.nan], [3.0, 4.0]])


def test_the_dtype_for_predictions_is_float32_only_for_float32():
    assert check_table(np.ones((2, 2), np.float32)).dtype == np.float32
    assert check_table(np.ones((2, 2), int)).dtype == np.float64
    frame = pd.DataFrame({"a": np.ones(2, np.float32), "b": ["x", "y"]})
    assert check_table(frame).dtype == np.float32
    assert check_table(frame.assign(c=1.5)).dtype == np.float64
    assert check_table(sparse.eye(3, dtype=np.float32).tocsr()).dtype == np.float32


def test_values_decide_the_kind_of_object_columns():
    X = np.array(
        [
            [1, True, "a", 1.5, dt.date(2020, 1, 1), None, Decimal("1.5"), dt.timedelta(1), "1"],
            [None, False, 2, np.float32(2), dt.datetime(2020, 1, 1, 3), np.nan, Fraction(1, 4), None, "2"],
        ],
        dtype=object,
    )
    assert kinds(X) == [
        "numeric",
        "boolean",
        "categorical",
        "numeric",
        "datetime",
        "empty",
        "numeric",
        "numeric",
        "categorical",
    ]
    assert kinds(X.tolist()) == kinds(X)
    np.testing.assert_array_equal(check_table(X).column(6).values, [1.5, 0.25])
    np.testing.assert_array_equal(check_table(X).column(7).values, [86400.0, np.nan])


def test_a_list_with_text_in_one_column_keeps_numbers_in_the_others():
    assert kinds([[1.5, "a"], [2.5, "b"]]) == ["numeric", "categorical"]
    assert kinds(np.array([["1.5", "a"], ["2.5", "b"]])) == ["categorical", "categorical"]


def test_numpy_dates_and_durations_are_read():
    dates = np.array([["2020-01-01T00:00"], ["NaT"]], "datetime64[ns]")
    column = check_table(dates).column(0)
    assert column.kind == "datetime"
    np.testing.assert_array_equal(column.values, [dt.datetime(2020, 1, 1, tzinfo=dt.UTC).timestamp(), np.nan])
    durations = np.array([[90], [-1]], "timedelta64[m]")
    np.testing.assert_array_equal(check_table(durations).column(0).values, [5400.0, -60.0])


def test_dates_with_time_zone_as_objects_are_instants():
    berlin = dt.timezone(dt.timedelta(hours=2))
    column = check_table(
        [[dt.datetime(2020, 7, 1, 2, tzinfo=berlin)], [dt.datetime(2020, 7, 1, tzinfo=dt.UTC)]]
    ).column(0)
    assert (column.kind, column.zone) == ("datetime", "UTC")
    assert column.values[0] == column.values[1]


def test_dtypes_of_frames_give_their_kinds():
    frame = pd.DataFrame(
        {
            "int": [1, 2],
            "nullable": pd.array([1, None], "Int64"),
            "float": pd.array([1.5, None], "Float64"),
            "flag": pd.array([True, None], "boolean"),
            "text": ["a", None],
            "string": pd.array(["a", None], "string"),
            "category": pd.Categorical(["a", None]),
            "codes": pd.Categorical([3, 4]),
            "bins": pd.cut([1.0, 9.0], 2),
            "date": pd.to_datetime(["2020-01-01", None]),
            "zoned": pd.to_datetime(["2020-01-01", None]).tz_localize("Asia/Tokyo"),
            "duration": pd.to_timedelta([1, None], unit="h"),
            "objects": pd.Series([1, 2.5], dtype=object),
            "day": pd.Series([dt.date(2020, 1, 1), None], dtype=object),
            "nothing": pd.Series([None, None], dtype=object),
            "nothing_typed": pd.array([None, None], "string"),
            "sparse": pd.arrays.SparseArray([0.0, 1.0]),
        }
    )
    table = check_table(frame)
    found = dict(zip(table.names, kinds(frame), strict=True))
    assert found == {
        "int": "numeric",
        "nullable": "numeric",
        "float": "numeric",
        "flag": "boolean",
        "text": "categorical",
        "string": "categorical",
        "category": "categorical",
        "codes": "categorical",
        "bins": "categorical",
        "date": "datetime",
        "zoned": "datetime",
        "duration": "numeric",
        "objects": "numeric",
        "day": "datetime",
        "nothing": "empty",
        "nothing_typed": "empty",
        "sparse": "numeric",
    }
    assert table.column(8).values.tolist() == ["(0.992, 5.0]", "(5.0, 9.0]"]
    assert table.column(10).zone == "Asia/Tokyo"


def test_dtypes_of_polars_give_their_kinds():
    frame = pl.DataFrame(
        {
            "enum": pl.Series(["a", None], dtype=pl.Enum(["a", "b"])),
            "category": pl.Series(["a", None], dtype=pl.Categorical),
            "decimal": pl.Series(["1.5", None]).cast(pl.Decimal(10, 2)),
            "day": [dt.date(2020, 1, 1), None],
            "nan": [float("nan"), 1.0],
            "null": [None, None],
            "small": pl.Series([1, None], dtype=pl.UInt8),
        }
    )
    expected = ["categorical", "categorical", "numeric", "datetime", "numeric", "empty", "numeric"]
    assert kinds(frame) == kinds(frame.to_arrow()) == kinds(nw.from_native(frame)) == expected


def test_names_are_kept_if_they_are_text_and_may_repeat():
    frame = pd.DataFrame([[1, 2.5, "a"]], columns=["a", "a", "b"])
    assert check_table(frame).names == ("a", "a", "b")
    assert kinds(frame) == ["numeric", "numeric", "categorical"]
    numbered = check_table(pd.DataFrame([[1, 2.5]]))
    assert numbered.names is None
    assert [numbered.name(j) for j in range(2)] == ["0", "1"]
    assert check_table(np.ones((1, 2))).name(1) == "x1"


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dia", "lil", "dok"])
@pytest.mark.parametrize("maker", [sparse.random_array, sparse.random])
def test_every_sparse_format_is_read_as_csr(form, maker):
    options = {"random_state": 0} if maker is sparse.random else {"rng": np.random.default_rng(0)}
    X = (
        maker((6, 5), density=0.4, format=form, **options)
        if maker is sparse.random_array
        else maker(6, 5, density=0.4, format=form, **options)
    )
    table = check_table(X)
    assert table.is_sparse
    assert table.values.format == "csr"
    np.testing.assert_array_equal(table.values.toarray(), X.toarray())
    np.testing.assert_array_equal(table.column(2).values, X.toarray()[:, 2])


def test_repeated_entries_of_a_sparse_matrix_are_added_without_touching_it():
    X = sparse.csr_matrix((np.ones(3), np.array([0, 0, 1]), np.array([0, 2, 3])), shape=(2, 2))
    np.testing.assert_array_equal(check_table(X).values.data, [2.0, 1.0])
    assert X.nnz == 3


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        (np.ones(3), ValueError, "Reshape your data"),
        ([1.0, 2.0], ValueError, "Reshape your data"),
        (pd.Series([1.0]), ValueError, "Reshape your data"),
        (pl.Series([1.0]), ValueError, "Reshape your data"),
        (np.ones((2, 2, 2)), ValueError, "dim 3"),
        (np.empty((0, 2)), ValueError, r"0 sample\(s\)"),
        (np.empty((2, 0)), ValueError, r"0 feature\(s\) \(shape=\(2, 0\)\) while a minimum of 1 is required"),
        (pd.DataFrame({"a": []}), ValueError, r"0 sample\(s\)"),
        (pd.DataFrame(index=[0, 1]), ValueError, r"0 feature\(s\) \(shape=\(2, 0\)\) while a minimum of 1"),
        (np.ones((2, 2)) * 1j, ValueError, "Complex data not supported"),
        ([[1j, "a"]], ValueError, "Complex data not supported"),
        (np.array([[np.inf, 1.0]]), ValueError, "Input X contains infinity or a value too large for dtype"),
        (np.array([[np.inf, 1.0]], np.float32), ValueError, "infinity or a value too large for dtype"),
        ([[float("inf"), "a"]], ValueError, "Input X contains infinity or a value too large"),
        ([[10**400, "a"]], ValueError, "Input X contains infinity or a value too large"),
        (pd.DataFrame({"a": [np.inf]}), ValueError, "Input X contains infinity or a value too large"),
        (pl.DataFrame({"a": [float("-inf"), None]}), ValueError, "Input X contains infinity"),
        (sparse.csr_matrix([[np.nan, 1.0]]), ValueError, "Input X contains NaN"),
        ([[{"foo": "bar"}, 1.0]], TypeError, "argument must be a string or a number.*'dict'"),
        ([[("a", []), 1.0]], (TypeError, ValueError), "argument must be a string or a number|no table"),
        ([[b"a", 1.0]], TypeError, "argument must be a string or a number"),
        (np.array([[b"a"]]), TypeError, "must be a string or a number"),
        ([[dt.time(1)], [None]], TypeError, "argument must be a string or a number"),
        ([[dt.date(2020, 1, 1)], ["a"]], TypeError, "mixes date .* and text .*; convert it to one kind"),
        ([[1.0, 2.0], [1.0]], ValueError, "rows differ in length"),
        (pl.DataFrame({"a": [1]}).lazy(), TypeError, "collect it first"),
        (pl.DataFrame({"a": [[1], [2]]}), TypeError, "'a' has type List"),
        (pa.table({"a": [{"b": 1}]}), TypeError, "'a' has type Struct"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(X, error, words):
    with pytest.raises(error, match=words):
        check_table(X)
