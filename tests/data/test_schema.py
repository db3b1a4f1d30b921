from __future__ import annotations

import datetime as dt
import json
import math
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.impute import MissingIndicator
from sklearn.preprocessing import StandardScaler

from deepstat.data.columns import encode
from deepstat.data.schema import Column, Schema, learn_schema


def test_a_mixed_frame_gives_named_columns_floats_first():
    frame = pd.DataFrame(
        {
            "town": ["Graz", None, "Linz"],
            "age": [30.0, None, 40.0],
            "smokes": [True, False, True],
            "seen": pd.to_datetime(["2020-01-01", "2020-06-01", "2021-01-01"]),
        }
    )
    schema = learn_schema(frame)
    assert schema.feature_names == ("town", "age", "smokes", "seen")
    assert schema.encoded_names == (
        "age",
        "age is missing",
        "smokes",
        "seen: elapsed days",
        "seen: sine of time of year",
        "seen: cosine of time of year",
        "seen: sine of day of week",
        "seen: cosine of day of week",
        "seen: sine of time of day",
        "seen: cosine of time of day",
        "town",
    )
    assert (schema.n_numeric, schema.cardinalities, schema.width) == (10, (3,), 11)
    assert schema.columns[0].levels == ("Graz", "Linz", None)
    assert not schema.is_plain


def test_only_training_rows_are_learned_from():
    frame = pd.DataFrame({"x": [1.0, 3.0, 99.0, None], "c": ["b", "a", "z", None]})
    schema = learn_schema(frame, rows=np.array([0, 1]))
    assert schema.columns == (
        Column("x", "numeric", (2.0,), (1.0,)),
        Column("c", "categorical", levels=("a", "b")),
    )


def test_weights_are_frequencies_and_rows_of_weight_zero_teach_nothing():
    frame = pd.DataFrame(
        {
            "x": [1.0, 4.0, None, 100.0],
            "flag": [True, False, True, None],
            "c": ["a", "b", None, "unseen"],
            "t": pd.to_datetime(["2020-01-01", "2020-02-01", None, "1999-01-01"]),
        }
    )
    times = np.array([2, 1, 3, 0])
    weighted = learn_schema(frame, weight=times.astype(float))
    repeated = learn_schema(frame.loc[np.repeat(np.arange(4), times)])
    for one, other in zip(weighted.columns, repeated.columns, strict=True):
        assert (one.levels, one.missing, one.kind) == (other.levels, other.missing, other.kind)
        np.testing.assert_allclose(one.center, other.center, rtol=1e-12)
        np.testing.assert_allclose(one.scale, other.scale, rtol=1e-10, atol=1e-14)


def test_rows_that_taught_something_are_counted():
    X, weight = np.eye(5), np.array([1.0, 0.0, 2.0, 0.5, 1.0])
    counts = [
        learn_schema(X, rows, own).n_rows for rows in (None, np.array([0, 1, 1])) for own in (None, weight)
    ]
    assert counts == [5, 4, 3, 1]
    schema = learn_schema(X, weight=weight)
    assert schema.inputs().n_rows == Schema.from_json(schema.to_json()).n_rows == 4


def test_standardising_and_indicators_agree_with_scikit_learn():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(80, 3)) * [1, 100, 1e-3] + [0, 50, 7]
    X[rng.random(80) < 0.3, 1] = np.nan
    schema = learn_schema(X)
    floats = StandardScaler().fit_transform(X)
    flag = MissingIndicator().fit_transform(X)[:, :1].astype(float)
    expected = np.column_stack([floats[:, :2], StandardScaler().fit_transform(flag), floats[:, 2]])
    np.testing.assert_allclose(encode(schema, X), np.nan_to_num(expected), rtol=1e-10, atol=1e-12)


def test_columns_without_values_are_warned_of_once_and_encoded_as_zero():
    frame = pd.DataFrame(
        {"a": [None, None], "b": [np.nan, np.nan], "c": [1.0, 2.0], "d": pd.array([None, None], "string")}
    )
    with pytest.warns(UserWarning, match="'a', 'b', 'd'") as caught:
        schema = learn_schema(frame)
    assert len(caught) == 1
    assert [column.kind for column in schema.columns] == ["empty", "empty", "numeric", "empty"]
    later = pd.DataFrame(
        {"a": ["text", None], "b": [5.0, np.nan], "c": [1.0, 2.0], "d": pd.to_datetime(["2020", None])}
    )
    np.testing.assert_array_equal(encode(schema, later), [[0, 0, -1, 0], [0, 0, 1, 0]])


def test_columns_empty_only_in_the_training_rows_are_empty():
    frame = pd.DataFrame({"x": [np.nan, 1.0], "c": [None, "a"], "y": [1.0, 2.0]})
    with pytest.warns(UserWarning, match="'x', 'c'"):
        schema = learn_schema(frame, rows=np.array([0]))
    np.testing.assert_array_equal(encode(schema, frame), np.zeros((2, 3)))
    with pytest.warns(UserWarning, match="'x0'"):
        schema = learn_schema(np.array([[np.nan, 1.0], [np.nan, 2.0]]))
    np.testing.assert_array_equal(encode(schema, [[5.0, 1.0]]), [[0.0, -1.0]])


@pytest.mark.parametrize(
    "column",
    [[7.3] * 5, [0] * 5, [True] * 5, [dt.datetime(2020, 1, 1)] * 5, [1e9 + 0.1] * 5],
)
def test_constant_columns_are_encoded_as_zero(column):
    schema = learn_schema(pd.DataFrame({"x": column}), weight=np.array([0.1, 0.7, 0.2, 3.3, 1.0]))
    assert not np.any(encode(schema, pd.DataFrame({"x": column})))


def test_one_row_can_be_learned_from():
    schema = learn_schema(pd.DataFrame({"x": [1.5], "c": ["a"], "t": pd.to_datetime(["2020-01-01"])}))
    assert schema.width == 9
    assert set(schema.affine()[1][:-1]) == {0.0}


def test_levels_of_mixed_type_are_sorted_by_type_then_value():
    schema = learn_schema([["b"], [2], ["a"], [1.5], [True], [None]])
    assert schema.columns[0].levels == (True, 1.5, 2, "a", "b", None)


def test_unused_categories_are_no_levels():
    frame = pd.DataFrame({"c": pd.Categorical(["y", "x"], categories=["z", "y", "x"])})
    assert learn_schema(frame).columns[0].levels == ("x", "y")
    enum = pl.DataFrame({"c": pl.Series(["y", "x"], dtype=pl.Enum(["z", "y", "x"]))})
    assert learn_schema(enum).columns[0].levels == ("x", "y")


def test_plain_means_numeric_and_complete():
    assert learn_schema(np.ones((3, 2))).is_plain
    assert not learn_schema(np.ones((3, 2), bool)).is_plain
    assert not learn_schema(np.array([[1.0], [np.nan]])).is_plain
    assert not learn_schema([["a"], ["b"]]).is_plain


def test_affine_is_the_encoding_of_a_plain_table():
    X = np.random.default_rng(0).normal(size=(50, 4)) * [1, 2, 3, 0]
    schema = learn_schema(X)
    center, inverse_scale = schema.affine()
    np.testing.assert_array_equal((X - center) * inverse_scale, encode(schema, X))
    mixed = learn_schema([[1.0, "a"], [3.0, "b"]])
    np.testing.assert_array_equal(mixed.affine(), [[2.0, 0.0], [1.0, 1.0]])


numbers = st.floats(-1e6, 1e6) | st.just(math.nan) | st.integers(-(2**40), 2**40)
labels = st.none() | st.text(max_size=3) | st.integers(-5, 5) | st.floats(-5, 5) | st.booleans()
dates = st.none() | st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2050, 1, 1))
tables = st.lists(st.tuples(numbers, st.just("text") | labels, dates, st.booleans()), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_a_schema_survives_json_exactly(rows):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        schema = learn_schema(np.array([[*row, "x"] for row in rows], dtype=object))
    again = Schema.from_json(json.loads(json.dumps(schema.to_json(), allow_nan=False)))
    assert again == schema
    for one, other in zip(schema.columns, again.columns, strict=True):
        assert [type(level) for level in one.levels] == [type(level) for level in other.levels]
        assert [x.hex() for x in one.center + one.scale] == [x.hex() for x in other.center + other.scale]
    X = np.array([[*row, "x"] for row in rows], dtype=object)
    np.testing.assert_array_equal(encode(schema, X), encode(again, X))


def test_a_saved_schema_keeps_names_zones_and_sparsity():
    frame = pd.DataFrame({"t": pd.to_datetime(["2020-01-01", "2020-07-05"]).tz_localize("Europe/Berlin")})
    for schema in (
        learn_schema(frame),
        Schema(None, (Column("x", "numeric", (0.0,), (1.0,)),), is_sparse=True),
    ):
        assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema
    assert learn_schema(frame).columns[0].zone == "Europe/Berlin"


def test_many_levels_are_learned():
    levels = [f"id{i:06d}" for i in range(20_000)]
    schema = learn_schema(pd.DataFrame({"id": levels[::-1]}))
    assert schema.cardinalities == (20_000,)
    np.testing.assert_array_equal(encode(schema, pd.DataFrame({"id": levels})).ravel(), np.arange(1, 20_001))
