import numpy as np
import pytest
import torch
from deepstat_template import plugin
from deepstat_template.smooth_absolute import check_smooth_absolute, smooth_absolute
from scipy.integrate import quad
from scipy.stats import norm

from deepstat.testing import check_plugin


def test_everything_registered_passes_the_conformance_checks():
    report = check_plugin(plugin, "template")
    assert [result.name for result in report.results] == ["smooth_absolute", "gated"]


@pytest.mark.parametrize("residual", [-3.0, -0.2, 0.0, 0.7, 2.5])
def test_smooth_absolute_is_the_convolution_of_the_absolute_value_with_a_normal_density(residual):
    h = 0.4
    smoothed, at_zero = (
        quad(lambda z, r: abs(r + h * z) * norm.pdf(z), -12, 12, args=(r,), points=[-r / h], epsabs=1e-12)[0]
        for r in (residual, 0.0)
    )
    target = torch.tensor([[residual]], dtype=torch.float64)
    loss = smooth_absolute(torch.zeros_like(target), target, bandwidth=h)
    np.testing.assert_allclose(loss.item(), smoothed - at_zero, atol=1e-9)


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, float("nan"), float("inf")])
def test_a_bandwidth_that_is_not_positive_is_refused(bandwidth):
    with pytest.raises(ValueError, match="bandwidth"):
        check_smooth_absolute(bandwidth=bandwidth)
