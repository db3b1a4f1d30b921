"""Coverage, quantile calibration and their bands: other libraries, brute force, and size by simulation."""

from itertools import product

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from deepstat.metrics import coverage, ecdf_band, histogram_band, quantile_calibration, wilson_interval

LEVELS = np.linspace(0.05, 0.95, 19)
# 99% Wilson interval of a 95% band that holds exactly, over 4,000 data sets: 94.0 to 95.8%.
N_SETS = 4000
SIZE = wilson_interval(0.95, N_SETS, confidence=0.99)


def inside(values, low, high):
    return ((values >= low - 1e-12) & (values <= high + 1e-12)).all(axis=1).mean()


@pytest.mark.parametrize(("share", "n"), [(0.0, 10), (0.95, 200), (1.0, 3), (0.5, 1)])
def test_wilson_interval_equals_statsmodels(share, n):
    expected = proportion_confint(share * n, n, alpha=0.1, method="wilson")
    assert wilson_interval(share, n, confidence=0.9) == pytest.approx(expected, abs=1e-12)


def test_coverage_counts_ends_and_weights():
    found = coverage([0.0, 1.0, 2.0], [0.0, -np.inf, 0.0], [1.0, 1.0, 1.0], sample_weight=[2, 1, 5])
    repeated = coverage([0.0, 0.0, 1.0, *[2.0] * 5], [0.0] * 8, [1.0] * 8)
    assert found == pytest.approx(repeated)
    assert found.share == 3 / 8


def test_the_band_of_one_level_is_the_binomial_interval():
    low, high = ecdf_band([0.3], 50, confidence=0.9)
    assert (low * 50, high * 50) == stats.binom(50, 0.3).interval(0.9)


def test_the_probability_of_an_ecdf_band_is_that_of_all_counts_enumerated():
    levels, n = np.array([0.2, 0.5, 0.6]), 12
    low, high = ecdf_band(levels, n, confidence=0.8)
    cells = np.diff(levels, prepend=0, append=1)
    probability = 0.0
    for a, b, c in product(range(n + 1), repeat=3):
        if a + b + c <= n:
            shares = np.cumsum([a, b, c]) / n
            if ((shares >= low - 1e-12) & (shares <= high + 1e-12)).all():
                probability += stats.multinomial.pmf([a, b, c, n - a - b - c], n, cells)
    assert 0.8 <= probability < 0.95


def test_the_probability_of_a_histogram_band_is_that_of_all_counts_enumerated():
    low, high = histogram_band(3, 15, confidence=0.8)
    probability = sum(
        stats.multinomial.pmf([a, b, 15 - a - b], 15, [1 / 3] * 3)
        for a, b in product(range(16), repeat=2)
        if a + b <= 15
        and min(a, b, 15 - a - b) >= 15 * low - 1e-9
        and max(a, b, 15 - a - b) <= 15 * high + 1e-9
    )
    assert 0.8 <= probability < 0.95


@pytest.mark.parametrize("n", [60, 600, 30_000])
def test_the_ecdf_band_has_its_level(n):
    counts = np.random.default_rng(n).multinomial(n, np.diff(LEVELS, prepend=0, append=1), size=N_SETS)
    share = inside(counts.cumsum(axis=1)[:, :-1] / n, *ecdf_band(LEVELS, n))
    assert SIZE[0] < share < SIZE[1] + 0.01  # counts are whole: a little more


@pytest.mark.parametrize("n", [60, 600, 30_000])
def test_the_histogram_band_has_its_level(n):
    counts = np.random.default_rng(n).multinomial(n, np.full(10, 0.1), size=N_SETS)
    share = inside(counts / n, *histogram_band(10, n))
    assert SIZE[0] < share < (SIZE[1] + 0.01 if n > 60 else 1)


def test_right_quantiles_are_in_the_band_and_overconfident_ones_are_not():
    rng = np.random.default_rng(0)
    mean, y = rng.normal(size=(2, 500))
    y = y + mean
    for scale, calibrated in ((1.0, True), (0.7, False), (1.4, False)):
        found = quantile_calibration(y, mean[:, None] + scale * stats.norm.ppf(LEVELS), LEVELS)
        assert ((found.low <= found.share) & (found.share <= found.high)).all() == calibrated


def test_shares_and_band_count_a_weight_as_copies():
    rng = np.random.default_rng(1)
    y, weight = rng.normal(size=40), rng.integers(0, 3, size=40)
    quantiles = np.tile(stats.norm.ppf(LEVELS), (40, 1))
    found = quantile_calibration(y, quantiles, LEVELS, sample_weight=weight)
    repeated = quantile_calibration(np.repeat(y, weight), quantiles[np.repeat(np.arange(40), weight)], LEVELS)
    np.testing.assert_allclose(found, repeated, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wilson_interval(1.2, 10), "share between 0 and 1"),
        (lambda: wilson_interval(0.5, 0), "positive number"),
        (lambda: coverage([1.0], [2.0], [0.0]), "low at or below high"),
        (lambda: ecdf_band([0.5, 0.5], 10), "out of order"),
        (lambda: ecdf_band([0.5], 0), "n=0 is no number of rows"),
        (lambda: ecdf_band([0.5], 10, confidence=1.0), "confidence=1.0 is out of range"),
        (lambda: histogram_band(1, 10), "whole number from 2 on"),
        (lambda: quantile_calibration([1.0], [[1.0, 2.0]], [0.5]), "quantiles has shape"),
    ],
)
def test_bad_input_is_told_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
