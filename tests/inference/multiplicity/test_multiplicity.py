import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from deepstat.inference.multiplicity.holm import holm
from deepstat.inference.multiplicity.max_t import max_t


@pytest.mark.parametrize("seed", range(5))
def test_holm_equals_statsmodels(seed):
    p = np.random.default_rng(seed).uniform(size=12) ** 3
    p[3] = p[4]
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


@pytest.mark.parametrize("p", [[0.1, 1.2], [[0.1, 0.2]], [np.nan]])
def test_what_is_no_p_value_is_refused(p):
    with pytest.raises(ValueError, match="from 0 to 1"):
        holm(p)


def brute_force(observed, null, step_down):
    """Westfall and Young's algorithm in words: hypothesis by hypothesis, permutation by permutation."""
    order = sorted(range(len(observed)), key=lambda j: -observed[j])
    found, largest_so_far = {}, 0.0
    for place, j in enumerate(order):
        left = order[place:] if step_down else order
        count = sum(max(row[k] for k in left) >= observed[j] for row in null)
        largest_so_far = max(largest_so_far, (1 + count) / (len(null) + 1))
        found[j] = largest_so_far
    return [found[j] for j in range(len(observed))]


@pytest.mark.parametrize("step_down", [True, False])
def test_max_t_equals_the_algorithm_in_words(step_down):
    rng = np.random.default_rng(0)
    observed, null = rng.normal(size=6) + [2, 0, 1, 0, 3, 0], rng.normal(size=(40, 6))
    np.testing.assert_allclose(
        max_t(observed, null, step_down=step_down), brute_force(observed, null, step_down)
    )


def family_wise_errors(adjust):
    """Return how often any of five true hypotheses, dependent on each other, is rejected at 10%."""
    rng = np.random.default_rng(1)
    mix = np.linalg.cholesky(0.7 * np.ones((5, 5)) + 0.3 * np.eye(5))
    wrong = 0
    for _ in range(600):
        values = np.abs(rng.normal(size=(100, 5)) @ mix.T)
        wrong += (adjust(values[0], values[1:]) <= 0.1).any()
    return wrong / 600


def test_max_t_keeps_the_family_wise_size():
    assert 0.06 < family_wise_errors(max_t) < 0.14


def test_plain_p_values_do_not_and_are_found_out():
    assert family_wise_errors(lambda t, null: (1 + (null >= t).sum(axis=0)) / (len(null) + 1)) > 0.17


def test_step_down_is_never_worse_than_single_step():
    rng = np.random.default_rng(2)
    observed, null = rng.normal(size=8) + 1, rng.normal(size=(99, 8))
    assert (max_t(observed, null) <= max_t(observed, null, step_down=False)).all()


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="a column for each"):
        max_t([1.0, 2.0], [[1.0], [2.0]])
