import numpy as np
import pytest
from scipy.stats import expectile

from deepstat.data.sample_level import sample_level


@pytest.mark.parametrize("level", [0.05, 0.5, 0.8])
def test_the_expectile_agrees_with_scipy(level):
    rng = np.random.default_rng(0)
    y, weight = rng.gamma(2.0, size=40), rng.integers(1, 5, size=40).astype(float)
    assert sample_level(y, weight, level, "expectile") == pytest.approx(
        expectile(y, level, weights=weight), abs=1e-10
    )


@pytest.mark.parametrize("level", [0.05, 0.5, 0.8])
def test_the_quantile_agrees_with_numpys_inverted_cdf_and_weights_repeat(level):
    rng = np.random.default_rng(1)
    y, weight = rng.normal(size=41), rng.integers(0, 4, size=41)
    repeated = np.repeat(y, weight)
    expected = np.quantile(repeated, level, method="inverted_cdf")
    assert sample_level(y, weight.astype(float), level, "quantile") == expected
    assert sample_level(repeated, np.full(len(repeated), 0.1), level, "quantile") == expected
