"""Diagnostics of the predicted distributions of the package: families with jumps, limits, ends, directions."""

import numpy as np
import pytest
import torch
from scipy import stats
from small_families import predicted

from deepstat.diagnostics import (
    PITHistogramDisplay,
    calibration_test,
    decompose_crps,
    pit_limits,
    quantile_residuals,
)
from deepstat.distributions.censored import censored
from deepstat.distributions.family import Family
from deepstat.distributions.hurdle import hurdle
from deepstat.distributions.ordinal import Ordinal
from deepstat.distributions.predicted import PredictedDistribution
from deepstat.metrics import ranked_probability_score
from deepstat.records import Distribution, Parameter

N = 1500
RNG = np.random.default_rng(4)
A = RNG.uniform(0.5, 3.0, size=N)
FAMILIES = {
    "normal": {"loc": A, "scale": A},
    "student_t": {"df": A + 3, "loc": A, "scale": A},
    "gamma": {"mean": A, "concentration": A},
    "poisson": {"rate": A},
    "negative_binomial": {"mean": A, "dispersion": A},
    "tweedie": {"mean": A, "dispersion": A},
}


@pytest.mark.parametrize("name", FAMILIES)
def test_residuals_of_a_family_are_standard_normal_under_it(name):
    distribution = predicted(name, FAMILIES[name])
    y = distribution.sample(random_state=1)
    assert stats.kstest(quantile_residuals(y, distribution), "norm").pvalue > 0.01
    lower, upper = pit_limits(y, distribution)
    jumps = distribution.pmf(y) if "poisson" in name or "binomial" in name else np.where(y == 0, upper, 0.0)
    np.testing.assert_allclose(upper - lower, jumps, atol=1e-10)


@pytest.mark.parametrize("name", ["normal", "gamma", "poisson"])
def test_the_score_that_is_decomposed_is_the_mean_crps(name):
    distribution = predicted(name, FAMILIES[name])[:300]
    y = distribution.sample(random_state=2)
    assert decompose_crps(y, distribution).score == pytest.approx(distribution.crps(y).mean(), rel=2e-3)


def test_of_ordered_levels_the_ranked_probability_score_is_decomposed_whatever_their_numbers():
    parameters = (Parameter("location"), Parameter("thresholds", "increasing", size=3))
    record = Distribution(name="ordinal", target=Ordinal, parameters=parameters, domain="levels")
    values = {"location": A, "thresholds": np.tile([0.5, 1.5, 2.5], (N, 1))}
    found = []
    for levels in (None, torch.tensor([1.0, 2.0, 5.0, 50.0], dtype=torch.float64)):
        ordinal = PredictedDistribution(Family(record, Ordinal, parameters), [values], {"levels": levels})
        y = ordinal.sample(random_state=3)
        assert stats.kstest(quantile_residuals(y, ordinal), "norm").pvalue > 0.01
        found.append(decompose_crps(y, ordinal))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9)
    codes = np.searchsorted([1.0, 2.0, 5.0, 50.0], y)
    probabilities = np.stack([np.exp(ordinal.log_prob(np.full(N, level))) for level in (1, 2, 5, 50)], axis=1)
    assert found[0].score == pytest.approx(ranked_probability_score(codes, probabilities), rel=1e-9)


def test_a_mixture_of_members_is_judged_as_one_distribution():
    both = predicted("normal", {"loc": A - 2, "scale": A}, {"loc": A + 2, "scale": A})
    y = both.sample(random_state=1)
    assert calibration_test(y, both).p_value > 0.01
    assert calibration_test(y, predicted("normal", {"loc": A, "scale": A})).p_value < 1e-6


def test_limits_of_censoring_are_jumps():
    tobit = predicted(
        "normal", FAMILIES["normal"], wrapper=lambda family: censored(family, low=0.5, high=3.0)
    )
    y = np.clip(tobit.sample(random_state=1), 0.5, 3.0)
    lower, upper = pit_limits(y, tobit)
    assert (lower[y == 0.5] == 0).all()
    assert (upper[y == 3.0] == 1).all()
    assert (lower[y == 3.0] < 1).all()
    assert stats.kstest(quantile_residuals(y, tobit), "norm").pvalue > 0.01
    with pytest.raises(ValueError, match="atom or is censored"):
        calibration_test(y, tobit)
    display = PITHistogramDisplay.from_predictions(y, tobit, n_simulations=100)
    assert ((display.low <= display.heights) & (display.heights <= display.high)).all()


def test_ends_of_their_own_are_spread_over_what_is_known():
    latent = predicted("normal", FAMILIES["normal"], wrapper=censored)
    values, end = latent.sample(random_state=1), A + RNG.normal(size=N)
    y = np.column_stack([np.minimum(values, end), np.where(values <= end, values, np.inf)])
    assert stats.kstest(quantile_residuals(y, latent), "norm").pvalue > 0.01
    display = PITHistogramDisplay.from_predictions(y, latent, n_simulations=100)
    assert ((display.low <= display.heights) & (display.heights <= display.high)).all()


def test_zeros_of_a_hurdle_are_a_jump():
    semi = predicted("gamma", {**FAMILIES["gamma"], "gate": A - 2}, wrapper=hurdle)
    y = semi.sample(random_state=1)
    assert 0.2 < (y == 0).mean() < 0.8
    assert stats.kstest(quantile_residuals(y, semi), "norm").pvalue > 0.01


def test_directions_have_residuals_and_no_decomposition_on_the_line():
    directions = predicted("von_mises", {"loc": A, "concentration": A})
    y = directions.sample(random_state=1)
    assert stats.kstest(quantile_residuals(y, directions), "norm").pvalue > 0.01
    with pytest.raises(ValueError, match="of directions"):
        decompose_crps(y, directions)
