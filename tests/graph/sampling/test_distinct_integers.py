from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from deepstat.graph.sampling import distinct_integers as module
from deepstat.graph.sampling.distinct_integers import distinct_integers

METHODS = {"floyd": 0.0, "keys": np.inf}


def p_value_of_subsets(drawn, below):
    """Return the p-value of the hypothesis that all subsets are equally likely."""
    subsets = dict.fromkeys(combinations(range(below), drawn.shape[1]), 0)
    for row in np.sort(drawn, axis=1):
        subsets[tuple(row.tolist())] += 1
    return stats.chisquare(list(subsets.values())).pvalue


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("below", "size"), [(6, 3), (5, 1), (7, 5)])
def test_all_subsets_are_equally_likely(monkeypatch, method, below, size):
    monkeypatch.setattr(module, "KEYS_ARE_FASTER_BELOW", METHODS[method])
    drawn = distinct_integers(np.full(20_000, below), size, np.random.default_rng(1))
    assert p_value_of_subsets(drawn, below) > 1e-3


def test_equal_inclusion_without_equal_subsets_is_caught():
    start = np.random.default_rng(0).integers(6, size=20_000)
    runs = (start[:, None] + np.arange(3)) % 6
    assert stats.chisquare(np.bincount(runs.ravel())).pvalue > 1e-3
    assert p_value_of_subsets(runs, 6) < 1e-10


def test_ranges_of_all_lengths_are_drawn_from_together():
    below = np.array([200, 10**9, 260, 100_000])  # the first and third by keys
    drawn = distinct_integers(below, 200, np.random.default_rng(0))
    assert all(len(np.unique(row)) == 200 for row in drawn)
    assert (drawn >= 0).all()
    assert (drawn < below[:, None]).all()
    np.testing.assert_array_equal(np.sort(drawn[0]), np.arange(200))
    assert drawn[1].max() > 10**8


def test_a_range_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="3 distinct integers do not fit in a range of 2"):
        distinct_integers(np.array([5, 2]), 3, np.random.default_rng(0))
