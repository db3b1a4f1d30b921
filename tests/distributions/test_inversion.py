import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch

from deepstat.distributions.inversion import invert
from deepstat.distributions.quantile import quantile

Q = torch.tensor([1e-300, 1e-10, 0.001, 0.25, 0.5, 0.9, 0.999999], dtype=torch.float64)


def by_numpy(function):
    return lambda x: torch.as_tensor(function(x.numpy()))


def counted(function):
    def call(x):
        call.n += 1
        return function(x)

    call.n = 0
    return call


@pytest.mark.parametrize("start", [(-1.0, 1.0), (50.0, 60.0), (-1e6, -1e6), (0.0, 0.0)])
def test_normal_quantiles_are_scipys_from_any_start(start):
    cdf = by_numpy(scipy.stats.norm.cdf)
    found = invert(cdf, Q, tuple(torch.tensor(each) for each in start))
    np.testing.assert_allclose(found, scipy.stats.norm.ppf(Q), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", [0.02, 1.0, 300.0])
def test_gamma_quantiles_keep_relative_precision_down_to_1e_300(shape):
    expected = scipy.stats.gamma.ppf(Q, shape)
    found = invert(
        by_numpy(scipy.stats.gamma(shape).cdf), Q, (torch.tensor(0.5), torch.tensor(2.0)), (0.0, math.inf)
    )
    inside = expected > 1e-300
    np.testing.assert_allclose(found[inside], expected[inside], rtol=1e-8)


def test_heavy_tails_are_reached():
    found = invert(by_numpy(scipy.stats.cauchy.cdf), Q[1:], (torch.tensor(-1.0), torch.tensor(1.0)))
    np.testing.assert_allclose(found, scipy.stats.cauchy.ppf(Q[1:]), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("rate", [0.01, 3.0, 1e5])
def test_count_quantiles_are_the_smallest_counts(rate):
    frozen = scipy.stats.poisson(rate)
    q = torch.cat([Q[1:], torch.as_tensor(frozen.cdf([int(rate), int(rate) + 2]))])  # exactly at a step too
    found = invert(
        by_numpy(frozen.cdf), q, (torch.tensor(0.0), torch.tensor(1.0)), (0.0, math.inf), is_discrete=True
    )
    np.testing.assert_array_equal(frozen.cdf(found) >= q.numpy(), True)
    np.testing.assert_array_equal(frozen.cdf(found - 1) < q.numpy(), True)


def test_a_point_mass_at_the_lower_end_is_that_end_exactly():
    def cdf(x):
        return torch.where(x < 0, 0.0, 0.3 + 0.7 * (1 - torch.exp(-x.clamp(min=0))))

    found = invert(
        cdf,
        torch.tensor([0.1, 0.3, 0.65], dtype=torch.float64),
        (torch.tensor(0.0), torch.tensor(1.0)),
        (0.0, math.inf),
    )
    np.testing.assert_allclose(found, [0.0, 0.0, math.log(2)], atol=1e-12)


def test_a_jump_gives_the_value_at_which_it_is_reached():
    def cdf(x):
        return torch.where(x < 2.5, 0.2, 0.8) * torch.sigmoid(x * 50)

    found = invert(cdf, torch.tensor([0.5]).double(), (torch.tensor(0.0), torch.tensor(9.0)))
    assert abs(float(found) - 2.5) < 1e-12
    assert float(cdf(found)) >= 0.5


def test_the_ends_and_what_is_no_probability():
    q = torch.tensor([0.0, 1.0, -0.1, 1.1, math.nan], dtype=torch.float64)
    found = invert(torch.special.ndtr, q, (torch.tensor(-1.0), torch.tensor(1.0)))
    np.testing.assert_array_equal(found, [-math.inf, math.inf, math.nan, math.nan, math.nan])


def test_smooth_functions_take_few_evaluations():
    cdf = counted(torch.special.ndtr)
    invert(cdf, torch.linspace(0.01, 0.99, 99).double(), (torch.tensor(-1.0), torch.tensor(1.0)))
    assert cdf.n < 30


def test_quantiles_of_torch_classes_without_icdf_are_scipys():
    q = torch.tensor([[0.01], [0.5], [0.99]], dtype=torch.float64)
    shape = torch.tensor([0.5, 4.0], dtype=torch.float64)
    found = quantile(torch.distributions.Gamma(shape, torch.ones(2).double()), q)
    np.testing.assert_allclose(found, scipy.stats.gamma.ppf(q, shape), rtol=1e-9)


def test_a_distribution_without_cdf_raises():
    with pytest.raises(NotImplementedError):
        quantile(torch.distributions.VonMises(torch.zeros(1), torch.ones(1)), torch.tensor(0.5))
