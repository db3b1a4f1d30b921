from __future__ import annotations

import datetime as dt
import math
import tracemalloc
import warnings
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from deepstat.data.columns import encode
from deepstat.data.schema import learn_schema

rng = np.random.default_rng(0)

ROWS = [
    (1, 0.5, True, "a", dt.datetime(2020, 1, 5, 6, 30), dt.timedelta(hours=1)),
    (2, None, None, "b", dt.datetime(2021, 6, 1, 23, 0), None),
    (None, -3.25, False, None, None, dt.timedelta(days=2)),
    (7, 1.5, True, "a", dt.datetime(1999, 12, 31, 0, 0, 0, 250), dt.timedelta(0)),
]
NAMES = ["count", "level", "flag", "group", "when", "lasted"]
LATER = [
    (None, None, None, None, None, None),
    (3, 2.5, False, "unseen", dt.datetime(2030, 2, 28), dt.timedelta(1)),
    (3, 2.5, True, "b", dt.datetime(1969, 7, 20, 20, 17), dt.timedelta(-1)),
]


def as_pandas(rows):
    frame = pd.DataFrame(rows, columns=NAMES).astype({"flag": object})
    return frame.assign(when=pd.to_datetime(frame["when"]), lasted=pd.to_timedelta(frame["lasted"]))


def as_nullable(rows):
    frame = as_pandas(rows)
    return frame.astype({"count": "Int64", "level": "Float64", "flag": "boolean", "group": "string"})


def as_category(rows):
    frame = as_pandas(rows)
    group = pd.Categorical(frame["group"], categories=["z", "unseen", "b", "a"])
    return frame.assign(group=group, count=frame["count"].astype("Float32"))


def as_polars(rows):
    return pl.DataFrame(rows, schema=dict(zip(NAMES, POLARS, strict=True)), orient="row")


POLARS = [pl.Int16, pl.Float64, pl.Boolean, pl.Categorical, pl.Datetime("us"), pl.Duration("us")]
CONTAINERS = {
    "list": lambda rows: [list(row) for row in rows],
    "object array": lambda rows: np.array(rows, dtype=object),
    "pandas": as_pandas,
    "pandas of objects": lambda rows: pd.DataFrame(np.array(rows, dtype=object), columns=NAMES, dtype=object),
    "pandas nullable": as_nullable,
    "pandas category": as_category,
    "pandas arrow": lambda rows: (
        as_polars(rows)
        .with_columns(pl.col("group").cast(pl.String))
        .to_pandas(use_pyarrow_extension_array=True)
    ),
    "polars": as_polars,
    "arrow": lambda rows: as_polars(rows).to_arrow(),
}


@pytest.mark.parametrize("learned_on", CONTAINERS)
@pytest.mark.parametrize("given_as", CONTAINERS)
def test_the_same_table_in_every_container_gives_the_same_encoding(learned_on, given_as):
    expected = encode(learn_schema(CONTAINERS["object array"](ROWS)), np.array(LATER, dtype=object))
    schema = learn_schema(CONTAINERS[learned_on](ROWS))
    np.testing.assert_array_equal(encode(schema, CONTAINERS[given_as](LATER)), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.uint8, bool])
def test_numbers_in_every_container_give_the_same_encoding(dtype):
    X = (
        (rng.integers(0, 200, size=(40, 3)) > 100).astype(dtype)
        if dtype is bool
        else rng.integers(0, 99, (40, 3)).astype(dtype)
    )
    expected = encode(learn_schema(X), X)
    for other in (
        X.tolist(),
        X.astype(object),
        np.asfortranarray(X),
        pd.DataFrame(X),
        pl.DataFrame(X),
        X[::-1][::-1],
    ):
        np.testing.assert_array_equal(encode(learn_schema(X), other), expected)
        np.testing.assert_allclose(encode(learn_schema(other), X), expected, rtol=1e-13, atol=1e-14)


def test_large_float32_tables_are_encoded_without_a_float64_copy():
    X = rng.random((200_000, 20), dtype=np.float32)
    X[::7, 3] = np.nan
    schema = learn_schema(X)
    tracemalloc.start()
    encoded = encode(schema, X, np.float32)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert encoded.flags.c_contiguous
    assert encoded.dtype == np.float32
    assert peak < encoded.nbytes + 8 * 2**20


def test_float32_is_the_rounded_float64_encoding():
    X = rng.normal(size=(1000, 5)) * 1e3 + 1e6
    schema = learn_schema(X)
    np.testing.assert_array_equal(encode(schema, X, np.float32), encode(schema, X).astype(np.float32))


def test_huge_offsets_are_encoded_accurately():
    small = rng.normal(size=2000)
    X = (1e9 + small)[:, None]
    exact = X[:, 0] - 1e9
    np.testing.assert_allclose(
        encode(learn_schema(X), X)[:, 0], (exact - exact.mean()) / exact.std(), atol=1e-6
    )
    stamps = pd.DataFrame(
        {"t": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 1000, 500), unit="ms")}
    )
    days = (stamps["t"] - stamps["t"].min()).dt.total_seconds().to_numpy()
    encoded = encode(learn_schema(stamps), stamps)[:, 0]
    np.testing.assert_allclose(encoded, (days - days.mean()) / days.std(), atol=1e-5)


values = st.tuples(
    st.none() | st.floats(-1e9, 1e9),
    st.none() | st.sampled_from(["a", "b", "new", 1, 2.0]),
    st.none() | st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(values, min_size=1, max_size=8), st.randoms())
def test_the_encoding_of_a_row_does_not_depend_on_other_rows(rows, random):
    schema = learn_schema([[0.5, "a", True], [None, 1, False], [9.0, None, None]])
    together = encode(schema, [list(row) for row in rows])
    alone = np.vstack([encode(schema, [list(row)]) for row in rows])
    np.testing.assert_array_equal(together, alone)
    order = random.sample(range(len(rows)), len(rows))
    np.testing.assert_array_equal(encode(schema, [list(rows[i]) for i in order]), together[order])


def test_blocks_do_not_change_the_encoding_of_a_row():
    X = rng.normal(size=(30_000, 13))
    X[rng.random(X.shape) < 0.01] = np.nan
    schema = learn_schema(X)
    encoded = encode(schema, X)
    for i in (0, 10_081, 10_082, 10_083, 29_999):
        np.testing.assert_array_equal(encode(schema, X[i : i + 1])[0], encoded[i])


def test_missing_values_of_each_kind_are_the_mean_and_flagged():
    schema = learn_schema(as_polars(ROWS))
    encoded = encode(schema, as_polars(LATER))[0]
    names = dict(zip(schema.encoded_names, encoded, strict=True))
    assert names["group"] == schema.columns[3].levels.index(None) + 1
    for name, value in names.items():
        if name.endswith("is missing"):
            np.testing.assert_allclose(value, math.sqrt(3))  # one of four missing: (1 - 1/4) / sqrt(3/16)
        elif name != "group":
            assert value == 0.0


def test_missing_values_that_training_did_not_have_are_the_mean_or_code_zero():
    schema = learn_schema([[1.0, "a", True], [2.0, "b", False]])
    np.testing.assert_array_equal(encode(schema, [[None, None, None]]), [[0.0, 0.0, 0.0]])


def test_levels_match_by_value_and_not_by_text():
    schema = learn_schema(pd.DataFrame({"c": pd.Categorical([1, 2, 3])}))
    for column in ([1, 2, 9], [1.0, 2.0, 9.0], np.array([1, 2, 9], np.int8), pd.Categorical([1, 2, 9])):
        np.testing.assert_array_equal(encode(schema, pd.DataFrame({"c": column})).ravel(), [1, 2, 0])
    np.testing.assert_array_equal(encode(schema, [["1"], ["2"]]).ravel(), [0, 0])
    np.testing.assert_array_equal(encode(schema, np.array([[2.0], [np.nan]])).ravel(), [2, 0])


def test_columns_are_matched_by_position():
    schema = learn_schema(pd.DataFrame({"a": [0.0, 2.0], "b": ["x", "y"]}))
    np.testing.assert_array_equal(encode(schema, pd.DataFrame({"p": [2.0], "q": ["y"]})), [[1.0, 2.0]])
    repeated = pd.DataFrame([[0.0, "x"], [2.0, "y"]], columns=["a", "a"])
    np.testing.assert_array_equal(encode(schema, repeated.astype({})), encode(schema, repeated.to_numpy()))


def test_numbers_may_be_stored_in_any_way():
    schema = learn_schema(np.array([[0.0], [2.0]]))
    for X in ([[2]], np.array([[2]], object), pd.DataFrame({"x": pd.array([2], "Int8")}), [[np.float32(2)]]):
        np.testing.assert_array_equal(encode(schema, X), [[1.0]])
    np.testing.assert_array_equal(encode(schema, [[True], [None]]), [[0.0], [0.0]])


def test_time_of_day_is_that_of_the_time_zone_learned():
    zone = ZoneInfo("America/New_York")
    times = [dt.datetime(2023, month, 1, hour, tzinfo=zone) for month in range(1, 13) for hour in (3, 15)]
    schema = learn_schema(pl.DataFrame({"t": times}))
    local = pd.DataFrame({"t": pd.DatetimeIndex(times)})
    encoded = encode(schema, local)
    sine = encoded[:, schema.encoded_names.index("t: sine of time of day")]
    np.testing.assert_allclose(sine, [1.0, -1.0] * 12, rtol=1e-9)  # summer and winter alike
    for other in ("Asia/Tokyo", "UTC"):
        moved = local.assign(t=local["t"].dt.tz_convert(other))
        np.testing.assert_array_equal(encode(schema, moved), encoded)


SPARSE = sparse.random(300, 8, density=0.2, random_state=3, format="csr")


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_sparse_tables_are_scaled_and_stay_sparse(form):
    X = SPARSE.asformat(form)
    schema = learn_schema(X)
    encoded = encode(schema, X, np.float32)
    assert sparse.issparse(encoded)
    assert encoded.format == "csr"
    assert encoded.dtype == np.float32
    expected = SPARSE.toarray() / SPARSE.toarray().std(axis=0)
    np.testing.assert_allclose(encoded.toarray(), expected, rtol=1e-6)
    assert X.nnz == SPARSE.nnz


def test_a_row_is_encoded_alike_sparse_or_dense():
    schema = learn_schema(SPARSE)
    np.testing.assert_array_equal(encode(schema, SPARSE.toarray()), encode(schema, SPARSE).toarray())
    np.testing.assert_array_equal(
        encode(schema, pd.DataFrame(SPARSE.toarray())), encode(schema, SPARSE).toarray()
    )
    centred = learn_schema(SPARSE.toarray())
    assert isinstance(encode(centred, SPARSE), np.ndarray)
    np.testing.assert_array_equal(encode(centred, SPARSE), encode(centred, SPARSE.toarray()))


def test_a_wide_sparse_table_is_never_dense():
    X = sparse.random(2000, 20_000, density=1e-4, random_state=0, format="csr")
    tracemalloc.start()
    encode(learn_schema(X), X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2000 * 20_000 * 8 / 10


MIXED = learn_schema(
    pd.DataFrame(
        {
            "x": [1.0, 2.0],
            "c": ["a", "b"],
            "t": pd.to_datetime(["2020-01-01", "2021-05-05"]),
            "z": pd.to_datetime(["2020-01-01", "2021-05-05"]).tz_localize("UTC"),
        }
    )
)
NOW, ZONED = dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([1.0, "a", NOW], "X has 3 features, but 4 features were learned"),
        (
            ["one", "a", NOW, ZONED],
            "'x' was learned with numbers and now holds text or categories such as 'one'",
        ),
        ([NOW, "a", NOW, ZONED], "'x' was learned with numbers and now holds dates"),
        ([1.0, 3.0, NOW, ZONED], "'c' was learned with categories such as 'a' and now holds numbers"),
        ([1.0, NOW, NOW, ZONED], "'c' was learned with categories such as 'a' and now holds dates"),
        ([1.0, "a", 5.0, ZONED], "'t' was learned with dates and now holds numbers"),
        (
            [1.0, "a", "2020-01-01", ZONED],
            "'t' was learned with dates and now holds text .* such as '2020-01-01'",
        ),
        ([1.0, "a", ZONED, ZONED], "'t' was learned with dates and now holds dates in time zone 'UTC'"),
        ([1.0, "a", NOW, NOW], "'z' was learned with dates in time zone 'UTC' and now holds dates;"),
    ],
)
def test_columns_of_another_kind_are_refused_in_a_sentence(row, words):
    with pytest.raises(ValueError, match=words):
        encode(MIXED, [row])


def test_numbers_too_large_for_the_dtype_are_refused():
    schema = learn_schema(np.array([[0.0], [1.0]]))
    assert encode(schema, [[1e100]])[0, 0] == pytest.approx(2e100)
    with pytest.raises(ValueError, match=r"too large for dtype\('float32'\)"):
        encode(schema, [[1e100]], np.float32)


def test_nothing_is_warned_about_in_ordinary_tables():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for make in CONTAINERS.values():
            encode(learn_schema(make(ROWS)), make(LATER), np.float32)
