"""PIT and quantile residuals: closed forms, uniformity by simulation, jumps, censoring."""

from types import SimpleNamespace

import numpy as np
import pytest
from frozen_predictions import FrozenPredictions, HurdlePredictions
from scipy import stats

from deepstat.diagnostics import pit, pit_curve, pit_limits, quantile_residuals

# What a family says whose targets are the two ends of what is known.
CENSORED = SimpleNamespace(record=SimpleNamespace(domain="interval"))
N = 4000
RNG = np.random.default_rng(5)
RATE = RNG.gamma(2.0, 1.0, size=N)
POISSON = FrozenPredictions(stats.poisson(mu=RATE), N)
COUNTS = RNG.poisson(RATE)


def test_residuals_of_the_normal_are_standardised_errors():
    y = np.array([1.0, -2.0, 7.0])
    normal = FrozenPredictions(stats.norm(loc=np.array([0.0, 1.0, 5.0]), scale=2.0), 3)
    np.testing.assert_allclose(quantile_residuals(y, normal), [0.5, -1.5, 1.0], rtol=1e-9)


def test_residuals_stay_finite_and_symmetric_where_float64_ends():
    normal = FrozenPredictions(stats.norm(loc=0, scale=1), 4)
    found = quantile_residuals([-100.0, -8.0, 8.0, 100.0], normal)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, -found[::-1], rtol=2e-3)


def test_residuals_of_counts_lie_within_their_jump():
    lower, upper = pit_limits(COUNTS, POISSON)
    np.testing.assert_allclose(upper - lower, stats.poisson.pmf(COUNTS, RATE), atol=1e-12)
    found = stats.norm.cdf(quantile_residuals(COUNTS, POISSON))
    assert ((lower - 1e-12 <= found) & (found <= upper + 1e-12)).all()


def test_the_seed_decides_the_residuals_of_counts_and_nothing_else_does():
    first = quantile_residuals(COUNTS, POISSON, random_state=1)
    np.testing.assert_array_equal(first, quantile_residuals(COUNTS, POISSON, random_state=1))
    assert (first != quantile_residuals(COUNTS, POISSON, random_state=2)).all()
    assert (quantile_residuals(COUNTS, POISSON, random_state=None) != first).all()


@pytest.mark.parametrize("seed", range(3))
def test_residuals_of_right_counts_are_standard_normal_and_of_wrong_ones_not(seed):
    assert stats.kstest(quantile_residuals(COUNTS, POISSON, random_state=seed), "norm").pvalue > 0.01
    wider = RNG.negative_binomial(2, 2 / (2 + RATE))
    assert stats.kstest(quantile_residuals(wider, POISSON, random_state=seed), "norm").pvalue < 1e-6


def test_zeros_of_a_hurdle_are_spread_over_their_jump_and_the_rest_is_exact():
    hurdle = HurdlePredictions(stats.expon(scale=2.0), N, 0.3)
    y = hurdle.sample(1, random_state=0)[0]
    lower, upper = pit_limits(y, hurdle)
    np.testing.assert_allclose(lower[y == 0], 0.0)
    np.testing.assert_allclose(upper[y == 0], 0.3)
    np.testing.assert_allclose(lower[y > 0], upper[y > 0], atol=1e-12)
    assert stats.kstest(pit(y, hurdle), "uniform").pvalue > 0.01


def test_censored_rows_are_uniform_on_what_is_known():
    latent = FrozenPredictions(stats.expon(scale=1 + np.arange(N) % 3), N)
    latent.family = CENSORED
    time, end = latent.sample(1, random_state=1)[0], RNG.exponential(2.0, size=N)
    seen = time <= end
    y = np.column_stack([np.minimum(time, end), np.where(seen, time, np.inf)])
    lower, upper = pit_limits(y, latent)
    np.testing.assert_allclose(lower, latent.cdf(np.minimum(time, end)), atol=1e-12)
    np.testing.assert_array_equal(upper[~seen], 1.0)
    assert 0.3 < seen.mean() < 0.7
    assert stats.kstest(pit(y, latent), "uniform").pvalue > 0.01
    as_if_seen = pit(np.minimum(time, end), latent)
    assert stats.kstest(as_if_seen, "uniform").pvalue < 1e-6


def test_left_and_interval_censored_rows_take_the_cdf_at_their_ends():
    latent = FrozenPredictions(stats.norm(loc=np.zeros(3), scale=1.0), 3)
    latent.family = CENSORED
    lower, upper = pit_limits([[-np.inf, 1.0], [0.0, 1.0], [1.0, 1.0]], latent)
    np.testing.assert_allclose(lower, stats.norm.cdf([-np.inf, 0.0, 1.0]), atol=1e-12)
    np.testing.assert_allclose(upper, stats.norm.cdf([1.0, 1.0, 1.0]), atol=1e-12)


def test_the_curve_of_counts_is_the_mean_over_randomisations():
    lower, upper = pit_limits(COUNTS[:200], POISSON[:200])
    levels = [0.1, 0.37, 0.9]
    draws = np.stack([pit(COUNTS[:200], POISSON[:200], random_state=seed) for seed in range(400)])
    expected = [(draws <= level).mean() for level in levels]
    np.testing.assert_allclose(pit_curve(lower, upper, levels), expected, atol=5e-3)


def test_the_curve_of_a_right_distribution_is_expected_on_the_diagonal():
    # The mean over all values, by their probabilities: exact for any jumps.
    values = np.arange(60)
    counts = FrozenPredictions(stats.poisson(mu=np.full(60, 1.3)), 60)
    levels = np.linspace(0, 1, 11)
    curve = pit_curve(*pit_limits(values, counts), levels, sample_weight=stats.poisson.pmf(values, 1.3))
    np.testing.assert_allclose(curve, levels, atol=1e-12)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(3), r"y has shape \(3,\)"),
        (np.zeros((2, 2)), "one number a row"),
        ([0.0, np.nan], "missing"),
    ],
)
def test_bad_input_is_told_in_one_sentence(y, message):
    with pytest.raises(ValueError, match=message):
        quantile_residuals(y, FrozenPredictions(stats.norm(loc=0, scale=1), 2))


def test_ends_in_the_wrong_order_are_refused():
    latent = FrozenPredictions(stats.norm(loc=0, scale=1), 1)
    latent.family = CENSORED
    with pytest.raises(ValueError, match="lower end lies above"):
        pit_limits([[1.0, 0.0]], latent)
