import numpy as np
import pytest
from frozen_predictions import FrozenPredictions
from scipy import stats

from deepstat.diagnostics import decompose_crps
from deepstat.metrics import crps_quantiles

N = 300
RNG = np.random.default_rng(0)
MEAN = RNG.normal(size=N)
Y = MEAN + RNG.normal(size=N)


def normal(scale=1.0, n=N):
    return FrozenPredictions(stats.norm(loc=MEAN[:n], scale=scale), n)


def closed_form(scale):
    z = (Y - MEAN) / scale
    return scale * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))


@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
def test_the_score_is_the_closed_form_of_the_normal(scale):
    assert decompose_crps(Y, normal(scale)).score == pytest.approx(closed_form(scale).mean(), rel=5e-4)


def test_the_score_of_counts_is_the_sum_over_thresholds():
    rate = np.exp(MEAN)
    y = RNG.poisson(rate)
    counts = np.arange(200)
    expected = ((stats.poisson.cdf(counts, rate[:, None]) - (y[:, None] <= counts)) ** 2).sum(axis=1).mean()
    found = decompose_crps(y, FrozenPredictions(stats.poisson(mu=rate), N))
    assert found.score == pytest.approx(expected, rel=1e-6)


def test_the_score_of_heavy_tails_is_the_integral_of_the_pinball_loss():
    heavy = FrozenPredictions(stats.t(df=np.full(N, 3.0), loc=MEAN), N)
    levels = (np.arange(4000) + 0.5) / 4000
    expected = crps_quantiles(Y, heavy.icdf(levels), levels)
    assert decompose_crps(Y, heavy).score == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_wrong_spread_is_miscalibration(scale):
    right, wrong = decompose_crps(Y, normal()), decompose_crps(Y, normal(scale))
    assert wrong.miscalibration > 2 * right.miscalibration
    assert wrong.miscalibration - wrong.discrimination + wrong.uncertainty == pytest.approx(
        wrong.score, rel=1e-9
    )
    assert min(wrong) >= 0


def test_forecasts_that_ignore_the_rows_do_not_discriminate():
    climate = FrozenPredictions(stats.norm(loc=np.zeros(N), scale=np.sqrt(2.0)), N)
    found = decompose_crps(Y, climate)
    assert found.discrimination == pytest.approx(0, abs=1e-12)
    assert decompose_crps(Y, normal()).discrimination > 0.1


def test_a_weight_is_so_many_copies():
    weight = RNG.integers(1, 3, size=50)
    rows = np.repeat(np.arange(50), weight)
    found = decompose_crps(Y[:50], normal(n=50), sample_weight=weight)
    np.testing.assert_allclose(found, decompose_crps(Y[rows], normal(n=50)[rows]), rtol=1e-6)


def test_few_cells_are_refused():
    with pytest.raises(ValueError, match="n_cells=3"):
        decompose_crps(Y, normal(), n_cells=3)
