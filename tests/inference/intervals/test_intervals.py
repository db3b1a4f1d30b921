"""Intervals against scipy with the same index matrix, closed forms and published figures."""

import numpy as np
import pytest
from scipy import stats

from deepstat.inference.intervals.basic import basic
from deepstat.inference.intervals.bca import acceleration, bca
from deepstat.inference.intervals.jackknife_error import jackknife_error
from deepstat.inference.intervals.normal import normal
from deepstat.inference.intervals.percentile import percentile
from deepstat.inference.intervals.studentised import studentised
from deepstat.inference.intervals.sup_t import sup_t

# Fifteen law schools: mean LSAT score and grade point average (Efron and Tibshirani 1993, table 3.1).
LSAT = np.array([576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594.0])
GPA = np.array([3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96])


def correlation(rows):
    return np.corrcoef(LSAT[rows], GPA[rows])[0, 1]


@pytest.fixture(scope="module")
def law():
    index = np.random.default_rng(1).integers(0, 15, (4000, 15))
    draws = np.array([correlation(rows) for rows in index])
    without = np.array([correlation(np.delete(np.arange(15), i)) for i in range(15)])
    return draws, correlation(np.arange(15)), without


@pytest.mark.parametrize("method", ["percentile", "basic", "bca"])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_intervals_equal_scipys_with_the_same_index_matrix(law, method, level):
    draws, estimate, without = law
    ours = {
        "percentile": lambda: percentile(draws, level),
        "basic": lambda: basic(draws, estimate, level),
        "bca": lambda: bca(draws, estimate, without, level),
    }[method]()
    theirs = stats.bootstrap(
        (LSAT, GPA),
        lambda x, y: np.corrcoef(x, y)[0, 1],
        paired=True,
        vectorized=False,
        n_resamples=4000,
        confidence_level=level,
        method=method,
        rng=np.random.default_rng(1),
    )
    np.testing.assert_allclose(ours, theirs.confidence_interval, rtol=1e-12)


def test_law_school_figures_are_those_published(law):
    draws, estimate, without = law
    assert estimate == pytest.approx(0.776, abs=5e-4)
    assert draws.std(ddof=1) == pytest.approx(0.132, abs=0.006)  # 0.132 with 3200 draws
    assert jackknife_error(without) == pytest.approx(0.1425, abs=5e-5)
    np.testing.assert_allclose(bca(draws, estimate, without, 0.9), [0.43, 0.92], atol=0.03)


def test_entries_of_a_vector_are_treated_one_by_one(law):
    draws, estimate, without = law
    two = bca(np.stack([draws, -draws], 1), [estimate, -estimate], np.stack([without, -without], 1), 0.9)
    one = bca(draws, estimate, without, 0.9)
    np.testing.assert_allclose(two, np.stack([one, -one[::-1]], 1), rtol=1e-12)
    shaped = np.tile(draws[:, None, None], (1, 2, 3))
    assert (
        percentile(shaped).shape
        == basic(shaped, np.zeros((2, 3))).shape
        == sup_t(shaped, np.zeros((2, 3))).shape
        == (2, 2, 3)
    )


def test_bca_takes_ties_as_half_below():
    draws = np.repeat([0.0, 1.0, 2.0], [30, 40, 30])
    np.testing.assert_allclose(bca(draws, 1.0, [1.0, 2.0, 3.0], 0.5), percentile(draws, 0.5))


def test_bca_is_nan_with_a_warning_where_all_draws_lie_on_one_side():
    draws = np.column_stack([np.arange(1.0, 11), np.arange(10.0)])
    with pytest.warns(RuntimeWarning, match="one side"):
        found = bca(draws, [0.0, 4.5], np.zeros((3, 2)), 0.9)
    assert np.isnan(found[:, 0]).all()
    np.testing.assert_allclose(found[:, 1], percentile(draws[:, 1], 0.9))


def test_grouped_acceleration_estimates_that_of_single_rows():
    x = np.random.default_rng(0).exponential(size=2000)  # the mean's acceleration is skewness / (6 sqrt n)
    groups = np.arange(2000) % 50
    grouped = [
        acceleration([np.mean(x[np.roll(groups, s) != g]) for g in range(50)]) for s in range(0, 50, 5)
    ]
    single = acceleration((x.sum() - x) / 1999)
    assert single == pytest.approx(stats.skew(x) / (6 * np.sqrt(2000)), rel=1e-6)
    assert np.mean(grouped) == pytest.approx(single, abs=0.03)


def test_normal_interval_is_estimate_and_quantiles_of_the_normal():
    draws = np.random.default_rng(0).normal(size=100)
    expected = stats.norm.interval(0.9, loc=3.0, scale=draws.std(ddof=1))
    np.testing.assert_allclose(normal(draws, 3.0, 0.9), expected)


def test_studentised_interval_of_a_mean_is_students_where_errors_are_normal():
    rng = np.random.default_rng(0)
    t = rng.standard_t(7, size=200_000)
    error = rng.uniform(1, 2, size=200_000)
    found = studentised(5.0 + t * error, error, 5.0, 0.5, 0.9)
    np.testing.assert_allclose(found, stats.t.interval(0.9, 7, loc=5.0, scale=0.5), atol=0.01)


def test_studentised_interval_needs_positive_errors():
    with pytest.raises(ValueError, match="positive"):
        studentised([1.0, 2.0], [1.0, 0.0], 1.0, 1.0)


def test_band_of_independent_entries_is_sidaks():
    draws = np.random.default_rng(0).normal(size=(40_000, 10))
    low, high = sup_t(draws, np.zeros(10), 0.9)
    critical = stats.norm.ppf((1 + 0.9 ** (1 / 10)) / 2)
    np.testing.assert_allclose(high, critical, rtol=0.02)
    inside = ((draws >= low) & (draws <= high)).all(axis=1).mean()
    assert inside == pytest.approx(0.9, abs=1e-3)


def test_pointwise_intervals_are_no_band():
    draws = np.random.default_rng(0).normal(size=(4000, 10))
    low, high = normal(draws, np.zeros(10), 0.9)
    assert ((draws >= low) & (draws <= high)).all(axis=1).mean() < 0.45


def test_band_of_equal_entries_is_the_pointwise_interval():
    draws = np.random.default_rng(0).normal(size=(5000, 1))
    wide = sup_t(np.tile(draws, (1, 7)), np.zeros(7), 0.9)
    np.testing.assert_allclose(wide[1], np.quantile(np.abs(draws), 0.9))


def test_band_ignores_an_entry_that_never_varies():
    draws = np.random.default_rng(0).normal(size=(500, 2)) * [1.0, 0.0] + [0.0, 5.0]
    found = sup_t(draws, [0.0, 5.0])
    np.testing.assert_array_equal(found[:, 1], [5.0, 5.0])
    np.testing.assert_allclose(found[:, :1], sup_t(draws[:, :1], [0.0]))


def test_jackknife_error_of_a_mean_is_its_standard_error():
    x = np.random.default_rng(0).normal(size=30)
    assert jackknife_error((x.sum() - x) / 29) == pytest.approx(stats.sem(x))


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_a_level_outside_zero_and_one_is_refused(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentile([1.0, 2.0], level)


def test_one_draw_is_refused():
    with pytest.raises(ValueError, match="at least two"):
        percentile([1.0])
