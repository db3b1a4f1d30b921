import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from deepstat.distributions.laplace import Laplace
from deepstat.distributions.log_between import log_between
from deepstat.distributions.normal import Normal

LINE = (-math.inf, math.inf)


def tensor(*values, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype)


def by_quadrature(low, high):
    """log of the integral of the normal density, taken out its largest value."""
    peak = max(stats.norm.logpdf(low), stats.norm.logpdf(high)) if low * high > 0 else 0.0
    value, _ = integrate.quad(
        lambda x: math.exp(stats.norm.logpdf(x) - peak), low, high, epsabs=0, epsrel=1e-12
    )
    return peak + math.log(value)


@pytest.mark.parametrize(
    ("low", "high"),
    [(-1.0, 1.0), (30.0, 30.5), (-30.5, -30.0), (2.0, 2.0 + 1e-6), (-9.0, 9.0), (-1e-3, 1e-3)],
)
def test_normal_intervals_equal_quadrature_in_both_tails(low, high):
    found = log_between(Normal(tensor(0.0), tensor(1.0)), tensor(low), tensor(high), ends=LINE)
    assert float(found) == pytest.approx(by_quadrature(low, high), rel=1e-9, abs=1e-9)


def test_missing_and_infinite_ends_are_open():
    normal, one = Normal(tensor(0.0), tensor(1.0)), tensor(1.0)
    assert float(log_between(normal, None, one, ends=LINE)) == pytest.approx(stats.norm.logcdf(1.0))
    assert float(log_between(normal, one, None, ends=LINE)) == pytest.approx(stats.norm.logsf(1.0))
    assert float(log_between(normal, -tensor(math.inf), one, ends=LINE)) == pytest.approx(
        stats.norm.logcdf(1.0)
    )
    assert float(log_between(normal, one, tensor(math.inf), ends=LINE)) == pytest.approx(
        stats.norm.logsf(1.0)
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("family", [Normal, Laplace])
def test_gradients_are_finite_for_every_kind_of_end(family, dtype):
    low = tensor(-math.inf, -math.inf, 0.0, 1.0, 8.0, -8.1, 1.0, 0.0, dtype=dtype)
    high = tensor(math.inf, 0.0, math.inf, 1.1, 8.1, -8.0, 1.0, 1e4, dtype=dtype)
    loc, scale = torch.zeros(8, dtype=dtype).requires_grad_(), torch.ones(8, dtype=dtype).requires_grad_()
    value = log_between(family(loc, scale), low, high, ends=LINE)
    assert value.isfinite().all()
    for gradient in torch.autograd.grad(value.sum(), (loc, scale)):
        assert gradient.isfinite().all()
    np.testing.assert_allclose(value[0].item(), 0.0)
