from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from statsmodels.stats.weightstats import DescrStatsW

from deepstat.data.moments import moments

rng = np.random.default_rng(0)


def test_moments_are_those_of_numpy_over_several_blocks():
    X = rng.normal(size=(20_000, 11)) * 10.0 ** np.arange(-5, 6) + 3
    learned = moments(X)
    np.testing.assert_allclose(learned.mean, [math.fsum(column) / 20_000 for column in X.T], rtol=1e-10)
    np.testing.assert_allclose(learned.deviation, X.std(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(learned.missing, 0.0)


def test_weighted_moments_with_missing_values_are_those_of_statsmodels():
    X, weight = rng.normal(size=(300, 4)) ** 3, rng.uniform(0, 3, size=300)
    X[rng.random(X.shape) < 0.2] = np.nan
    learned = moments(X, weight=weight)
    for j in range(4):
        seen = ~np.isnan(X[:, j])
        reference = DescrStatsW(X[seen, j], weight[seen])
        np.testing.assert_allclose(learned.mean[j], reference.mean, rtol=1e-12)
        np.testing.assert_allclose(learned.deviation[j], reference.std, rtol=1e-12)
        np.testing.assert_allclose(learned.missing[j], weight[~seen].sum() / weight.sum(), rtol=1e-12)


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix, sparse.csr_array])
def test_weights_are_frequencies(make):
    X = rng.integers(-2, 3, size=(50, 3)).astype(float)
    times = rng.integers(0, 4, size=50)
    weighted = moments(make(X), weight=times.astype(float))
    repeated = moments(make(np.repeat(X, times, axis=0)))
    for one, other in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_rows_select_and_may_repeat():
    X, rows = rng.normal(size=(30, 2)), np.array([3, 3, 7, 11])
    np.testing.assert_allclose(moments(X, rows).deviation, X[rows].std(axis=0), rtol=1e-12)
    weight = rng.uniform(size=30)
    reference = DescrStatsW(X[rows, 0], weight[rows])
    np.testing.assert_allclose(moments(X, rows, weight).deviation[0], reference.std, rtol=1e-12)


def test_a_huge_offset_costs_no_accuracy():
    small = rng.normal(size=5000)
    X = (1e9 + small)[:, None]
    exact = X[:, 0] - 1e9  # what remains of the noise in float64, without further error
    learned = moments(X, weight=np.ones(5000))
    np.testing.assert_allclose(learned.deviation[0], exact.std(), rtol=1e-7)
    np.testing.assert_allclose(learned.mean[0] - 1e9, exact.mean(), atol=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.floats(-1e100, 1e100), st.integers(1, 40), st.lists(st.floats(0.01, 100), min_size=40, max_size=40))
def test_constants_have_a_deviation_of_exactly_zero(value, n, weight):
    X = np.full((n, 1), value)
    w = np.array(weight[:n])
    assert moments(X, weight=w).deviation[0] == 0.0
    assert moments(X).mean[0] == value
    assert moments(sparse.csr_matrix(X), weight=w).deviation[0] == 0.0


def test_values_equal_up_to_rounding_are_constant():
    X = np.array([[0.3, 1e9], [0.1 + 0.2, np.nextafter(1e9, 2e9)], [0.3, 1e9]])
    np.testing.assert_array_equal(moments(X).deviation, 0.0)
    np.testing.assert_array_equal(moments(sparse.csr_matrix(X)).deviation, 0.0)


def test_sparse_moments_are_those_of_the_dense_table():
    X = sparse.random(400, 6, density=0.2, random_state=1, format="csr", dtype=np.float32)
    rows, weight = np.arange(0, 400, 3), rng.uniform(0.0, 2.0, size=400)
    dense = moments(X.toarray(), rows, weight)
    for one, other in zip(moments(X, rows, weight), dense, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-12)


def test_integers_booleans_and_float32_are_summed_in_float64():
    X = np.full((100_000, 1), 16_777_217, np.int64)
    assert moments(X).mean[0] == 16_777_217
    flags = rng.random((1000, 2)) < 0.3
    np.testing.assert_allclose(moments(flags).deviation, flags.std(axis=0), rtol=1e-12)
    single = (rng.normal(size=(100_000, 1)) + 1000).astype(np.float32)
    np.testing.assert_allclose(moments(single).deviation, single.astype(float).std(axis=0), rtol=1e-10)


def test_columns_without_values_have_mean_and_deviation_zero_and_all_weight_missing():
    X = np.full((7, 2), np.nan)
    X[0, 1] = 1.0
    learned = moments(X, weight=np.array([0, 0.1, 0.7, 0.3, 0.1, 0.9, 1e-9]))
    assert [float(part[0]) for part in learned] == [0.0, 0.0, 1.0]
    assert learned.missing[1] == 1.0


def test_large_tables_are_not_copied():
    X = rng.random((200_000, 20), dtype=np.float32)
    rows = np.arange(1, 200_000, dtype=np.int32)
    moments(X[:10])
    tracemalloc.start()
    moments(X)
    moments(X, rows, np.ones(200_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20 < X.nbytes


def test_nothing_to_learn_from_and_overflow_are_refused():
    with pytest.raises(ValueError, match="No row with a positive weight"):
        moments(np.ones((3, 1)), weight=np.zeros(3))
    with pytest.raises(ValueError, match="No row with a positive weight"):
        moments(np.ones((3, 1)), np.array([], dtype=int))
    with pytest.raises(ValueError, match="Column 1 holds values so large"):
        moments(np.array([[1.0, 1e300], [2.0, -1e300]]))
