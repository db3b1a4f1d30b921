from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import DataConversionWarning
from sklearn.preprocessing import StandardScaler

from deepstat.data.regression_target import RegressionTarget, learn_regression_target

rng = np.random.default_rng(0)


def test_targets_are_standardised_by_the_weighted_moments_of_their_rows():
    y, weight, rows = rng.normal(size=(50, 2)) * [3, 100] + 7, rng.uniform(0.5, 2, 50), np.arange(5, 45)
    target = learn_regression_target(y, rows, weight)
    reference = StandardScaler().fit(y[rows], sample_weight=weight[rows])
    np.testing.assert_allclose(target.encode(y), reference.transform(y), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(target.decode(target.encode(y)), y, rtol=1e-12)
    assert target.n_outputs == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_decoding_undoes_encoding_and_json_keeps_every_bit(y):
    target = learn_regression_target(y)
    assert target.encode(y).shape == (len(y), 1)
    np.testing.assert_allclose(target.decode(target.encode(y)), y, rtol=1e-9, atol=1e-9)
    assert RegressionTarget.from_json(json.loads(json.dumps(target.to_json()))) == target


def test_weights_are_frequencies():
    y, times = rng.normal(size=20), rng.integers(0, 3, 20)
    weighted = learn_regression_target(y, weight=times.astype(float))
    repeated = learn_regression_target(np.repeat(y, times))
    np.testing.assert_allclose(
        [weighted.center, weighted.scale], [repeated.center, repeated.scale], rtol=1e-12
    )


def test_without_rescaling_and_for_constants_the_scale_is_one():
    target = learn_regression_target([1.0, 2.0], rescale=False)
    assert (target.center, target.scale) == ((0.0,), (1.0,))
    target = learn_regression_target([4.2, 4.2, 4.2])
    assert (target.center, target.scale) == ((4.2,), (1.0,))
    np.testing.assert_array_equal(target.encode([4.2]), [[0.0]])


def test_predictions_have_the_shape_of_y():
    assert learn_regression_target([1.0, 2.0]).decode(np.zeros((5, 1))).shape == (5,)
    assert learn_regression_target(np.ones((3, 2))).decode(np.zeros((5, 2))).shape == (5, 2)


def test_a_single_column_is_a_vector_with_a_warning():
    y = rng.normal(size=(5, 1))
    with pytest.warns(
        DataConversionWarning, match="A column-vector y was passed when a 1d array was expected"
    ):
        target = learn_regression_target(y)
    assert target == learn_regression_target(y.ravel())
    np.testing.assert_array_equal(target.encode(y), target.encode(y.ravel()))


@pytest.mark.parametrize(
    "make",
    [
        list,
        lambda y: np.array(y, dtype=object),
        lambda y: np.array(y, dtype=np.float32),
        pd.Series,
        lambda y: pd.Series(y, index=[7, 7, 9], dtype="Float64"),
        pl.Series,
    ],
)
def test_every_container_gives_the_same_target(make):
    assert learn_regression_target(make([1.0, 2.0, 4.5])) == learn_regression_target(
        np.array([1.0, 2.0, 4.5])
    )


def test_frames_are_several_targets():
    y = np.array([[1.0, 2.0], [3.0, 5.0]])
    for frame in (pd.DataFrame(y), pl.DataFrame(y)):
        assert learn_regression_target(frame) == learn_regression_target(y)


@pytest.mark.parametrize(
    ("domain", "inside", "outside"),
    [
        ("nonnegative", [0, 0.5], [-0.5]),
        ("positive", [1e-9, 3], [0, -1]),
        ("count", [0, 3, 1e9], [0.5, -1]),
        ("unit_interval", [0, 0.3, 1], [1.001, -0.1]),
    ],
)
def test_values_outside_the_domain_are_counted_and_shown(domain, inside, outside):
    target = learn_regression_target(inside, domain=domain, rescale=False)
    y = inside + outside
    for check in (lambda y: learn_regression_target(y, domain=domain), target.encode):
        with pytest.raises(
            ValueError, match=rf"{len(outside)} of {len(y)} values of y, such as {outside[0]:g}, lie"
        ):
            check(y)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (None, "requires y to be passed, but the target y is None"),
        (3.0, "y should be a 1d array"),
        ([1.0, np.nan], "Input y contains NaN"),
        ([1.0, np.inf], r"Input y contains infinity or a value too large for dtype\('float64'\)"),
        (pd.Series([1.0, None], dtype="Float64"), "Input y contains NaN"),
        (["a", "b"], "y holds text such as 'a', but lasso predicts numbers"),
        (["1", "2"], "y holds text such as '1'"),
        (np.array([1.0, "b"], dtype=object), "y holds text such as 'b'"),
        (np.array([1j, 2]), "Complex data not supported"),
        (np.array(["2020-01-01"], "datetime64[D]"), "y has dtype datetime64"),
        (np.ones((2, 2, 2)), "dim 3"),
        ([1.0, 2.0, 3.0], r"inconsistent numbers of samples: \[2, 3\]"),
    ],
)
def test_what_is_no_target_is_refused_in_a_sentence(y, words):
    with pytest.raises(ValueError, match=words):
        learn_regression_target(y, estimator_name="lasso", n_rows=2)


def test_another_number_of_columns_is_refused():
    with pytest.raises(ValueError, match="y has 2 columns, but 1 were learned"):
        learn_regression_target([1.0, 2.0]).encode(np.ones((3, 2)))
