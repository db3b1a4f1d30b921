"""Tests of predicted distributions: published critical values, other implementations, size and power by simulation."""

import numpy as np
import pytest
from frozen_predictions import FrozenPredictions, HurdlePredictions
from scipy import stats
from scipy.integrate import quad

from deepstat.diagnostics import calibration_test
from deepstat.diagnostics.anderson_darling import anderson_darling, limit_survival
from deepstat.metrics import wilson_interval

N, N_SETS = 60, 1000
NORMAL = FrozenPredictions(stats.norm(loc=np.linspace(-2, 2, N), scale=np.linspace(1, 3, N)), N)
POISSON = FrozenPredictions(stats.poisson(mu=np.linspace(0.2, 5, N)), N)


@pytest.mark.parametrize(("point", "tail"), [(1.9330, 0.10), (2.4924, 0.05), (3.878125, 0.01)])
def test_the_anderson_darling_tail_equals_published_points(point, tail):
    # Marsaglia and Marsaglia (2004), Evaluating the Anderson-Darling distribution, JSS 9.
    assert limit_survival(point) == pytest.approx(tail, abs=1e-5)


def test_the_anderson_darling_limit_has_its_moments():
    # Mean sum 1/(j(j+1)) = 1, variance 2 sum 1/(j(j+1))² = 2 (pi² - 9) / 3: integrals of the tail.
    mean = 0.02 + quad(limit_survival, 0.02, 60)[0]
    square = 0.02**2 + 2 * quad(lambda x: x * limit_survival(x), 0.02, 60)[0]
    assert mean == pytest.approx(1, abs=1e-8)
    assert square - mean**2 == pytest.approx(2 * (np.pi**2 - 9) / 3, abs=1e-8)


def test_the_anderson_darling_statistic_equals_scipy():
    u = np.random.default_rng(0).random(40)
    reference = stats.goodness_of_fit(
        stats.uniform, u, known_params={"loc": 0, "scale": 1}, statistic="ad", n_mc_samples=200, rng=0
    )
    statistic, p_value = anderson_darling(u)
    assert statistic == pytest.approx(reference.statistic, rel=1e-10)
    assert p_value == pytest.approx(reference.pvalue, abs=0.12)


def test_kolmogorov_smirnov_is_that_of_the_standardised_errors():
    y = NORMAL.sample(1, random_state=3)[0]
    found = calibration_test(y, NORMAL, test="kolmogorov_smirnov")
    reference = stats.kstest((y - NORMAL.frozen.kwds["loc"]) / NORMAL.frozen.kwds["scale"], "norm")
    assert found[:2] == pytest.approx((reference.statistic, reference.pvalue), rel=1e-9)


@pytest.mark.parametrize(
    ("predicted", "test"),
    [
        (NORMAL, "kolmogorov_smirnov"),
        (NORMAL, "anderson_darling"),
        (NORMAL, "chi_square"),
        (POISSON, "chi_square"),
    ],
    ids=["normal-ks", "normal-ad", "normal-chi2", "poisson-chi2"],
)
def test_a_test_at_5_percent_rejects_right_predictions_that_often(predicted, test):
    ys = predicted.sample(N_SETS, random_state=7)
    rejected = np.mean([
        calibration_test(y, predicted, test=test, random_state=i).p_value < 0.05 for i, y in enumerate(ys)
    ])  # fmt: skip
    low, high = wilson_interval(rejected, N_SETS, confidence=0.99)
    assert low < 0.05 < high


@pytest.mark.parametrize("test", ["kolmogorov_smirnov", "anderson_darling", "chi_square"])
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_wrong_spread_is_rejected(test, factor):
    y = stats.norm(loc=np.zeros(400), scale=1.0).rvs(random_state=1)
    wrong = FrozenPredictions(stats.norm(loc=np.zeros(400), scale=factor), 400)
    assert calibration_test(y, wrong, test=test).p_value < 1e-4


@pytest.mark.parametrize("test", ["kolmogorov_smirnov", "anderson_darling"])
def test_tests_for_continuous_distributions_refuse_jumps(test):
    with pytest.raises(ValueError, match="use test='chi_square'"):
        calibration_test(np.ones(N), POISSON, test=test)
    hurdle = HurdlePredictions(stats.expon(scale=1.0), N, 0.3)
    with pytest.raises(ValueError, match="for continuous distributions"):
        calibration_test(hurdle.sample(1, random_state=0)[0], hurdle, test=test)


def test_bad_input_is_told_in_one_sentence():
    with pytest.raises(ValueError, match="test='ks' is unknown"):
        calibration_test(np.zeros(N), NORMAL, test="ks")
    with pytest.raises(ValueError, match="at least 5 rows a bin"):
        calibration_test(np.zeros(N), NORMAL, test="chi_square", bins=20)
