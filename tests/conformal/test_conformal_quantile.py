from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepstat.conformal.conformal_quantile import conformal_quantile, exact_rank, rows_needed


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=40), st.integers(1, 99))
def test_it_is_the_smallest_value_with_enough_at_or_below_it(values, percent):
    found = conformal_quantile(np.array(values, dtype=float), percent / 100)
    enough = [v for v in values if 100 * sum(w <= v for w in values) >= percent * (len(values) + 1)]
    assert found == min(enough, default=np.inf)


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 4)), min_size=1, max_size=20), st.integers(1, 99)
)
def test_whole_masses_are_repeated_values(pairs, percent):
    values, mass = np.array(pairs, dtype=float).T
    repeated = conformal_quantile(np.repeat(values, mass.astype(int)), percent / 100)
    assert conformal_quantile(values, percent / 100, mass) == repeated


def test_ranks_are_those_of_the_decimal_that_was_typed():
    # 0.55 * 100 is 55.00000000000001 in floating point, whose ceiling would be one too many
    assert conformal_quantile(np.arange(1.0, 100.0), 0.55) == 55.0
    assert exact_rank(0.9, 9) == 9
    assert exact_rank(np.float64(0.7), 9) == Fraction(7)


def test_thirds_add_up_to_whole_clusters():
    values, mass = np.repeat(np.arange(1.0, 10.0), 3), np.full(27, 1 / 3)
    assert conformal_quantile(values, 0.9, mass) == 9.0  # rank 9 of 9 clusters
    assert conformal_quantile(values, 0.91, mass) == np.inf


@pytest.mark.parametrize(("level", "n"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99), (0.55, 2)])
def test_so_many_rows_are_needed_and_no_fewer(level, n):
    assert rows_needed(level) == n
    assert np.isfinite(conformal_quantile(np.zeros(n), level))
    assert conformal_quantile(np.zeros(n - 1), level) == np.inf


def test_quantiles_are_taken_along_the_last_axis():
    values = np.random.default_rng(0).normal(size=(3, 4, 25))
    one_by_one = [[conformal_quantile(row, 0.8) for row in block] for block in values]
    np.testing.assert_array_equal(conformal_quantile(values, 0.8), one_by_one)
    np.testing.assert_array_equal(conformal_quantile(values, 0.8, np.ones(25)), one_by_one)


def test_infinite_scores_count_among_the_largest():
    values = np.r_[np.arange(8.0), np.inf, np.inf]
    assert conformal_quantile(values, 0.7) == 7.0  # rank 7.7 of 10
    assert conformal_quantile(values, 0.75) == np.inf
