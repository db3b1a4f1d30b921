"""Rank inversion: the path against linear programmes at single values."""

import numpy as np
import pytest
from scipy.optimize import linprog

from deepstat.classical.rank_inversion import rank_path


def statistic(X, y, quantile, j, value):
    """Return the rank statistic of b_j = value from the dual of the restricted linear programme."""
    others = np.delete(X, j, axis=1)
    solved = linprog(
        -(y - X[:, j] * value), A_eq=others.T, b_eq=(1 - quantile) * others.sum(0), bounds=(0, 1)
    )
    x = X[:, j] - others @ np.linalg.lstsq(others, X[:, j], rcond=None)[0]
    return x @ (solved.x - (1 - quantile)) / np.sqrt(quantile * (1 - quantile) * x @ x)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(70), rng.normal(size=(70, 2)), rng.integers(0, 3, 70)])
    return X, X @ [1.0, 2.0, 0.0, -1.0] + rng.standard_t(3, 70)


@pytest.mark.parametrize("quantile", [0.2, 0.5])
@pytest.mark.parametrize("j", [0, 1, 3])
def test_steps_are_the_duals_of_the_restricted_programmes(rows, quantile, j):
    X, y = rows
    path = rank_path(X, y, quantile, j)
    assert (np.diff(path.points) >= 0).all()
    assert (np.diff(path.statistics) <= 0).all()
    for k in range(0, len(path.points) - 1, 5):
        here, there = path.points[k], path.points[k + 1]
        if here == there or here < path.estimate < there:
            continue
        # Between two points the statistic is that of the point nearer to the estimate.
        expected = path.statistics[k] if here >= path.estimate else path.statistics[k + 1]
        assert statistic(X, y, quantile, j, 0.5 * (here + there)) == pytest.approx(expected, abs=1e-7)


def test_tied_data_are_followed_to_the_end():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(60), rng.integers(0, 2, (60, 2))]).astype(float)
    y = rng.integers(0, 4, 60).astype(float)
    for j in range(3):
        path, again = rank_path(X, y, 0.5, j), rank_path(X, y, 0.5, j)
        low, high = path.interval(0.95)
        assert -np.inf < low <= path.estimate <= high < np.inf
        np.testing.assert_array_equal(path.points, again.points)


def test_interval_is_infinite_where_the_test_never_rejects():
    X = np.column_stack([np.ones(4), np.arange(4.0)])
    low, high = rank_path(X, np.array([0.0, 1.0, 5.0, 2.0]), 0.5, 1).interval(0.999)
    assert (low, high) == (-np.inf, np.inf)


def test_p_value_is_one_at_the_estimate_and_falls_from_it(rows):
    path = rank_path(*rows, 0.5, 1)
    p = [path.p_value(path.estimate + d) for d in (0.0, 0.2, 0.5, 50.0)]
    assert p[0] > 0.5
    assert (np.diff(p) < 0).all()
    assert p[-1] == pytest.approx(1e-5)


def test_rejection_of_a_true_value_has_the_nominal_rate():
    rng = np.random.default_rng(1)
    rejected = 0
    for _ in range(120):
        x = rng.normal(size=50)
        path = rank_path(np.column_stack([np.ones(50), x]), x + rng.standard_cauchy(50), 0.5, 1)
        low, high = path.interval(0.9)
        rejected += not low <= 1.0 <= high
    assert 4 <= rejected <= 22  # 99.5% of the time at a true rate of 0.1
