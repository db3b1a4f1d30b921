"""The hurdle of positive numbers; that of counts is tested beside the zero-inflated families."""

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from small_families import tensor

from deepstat.distributions.gamma import Gamma
from deepstat.distributions.hurdle import Hurdle

GAMMA = stats.gamma(2.0, scale=0.75)  # mean 1.5, shape 2


def semicontinuous():
    return Hurdle(Gamma(tensor([1.5]), tensor([2.0])), tensor([-1.0]))


ZERO = 1 / (1 + np.e)


def test_zero_has_its_probability_and_positive_values_their_density():
    found = semicontinuous().log_prob(tensor([0.0, 0.4, 3.0])[:, None])[:, 0]
    expected = [np.log(ZERO), *(np.log(1 - ZERO) + GAMMA.logpdf([0.4, 3.0]))]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_mean_and_variance_equal_quadrature_with_the_point_mass():
    first, second = (
        integrate.quad(lambda y, k=k: y**k * GAMMA.pdf(y), 0, np.inf)[0] * (1 - ZERO) for k in (1, 2)
    )
    assert float(semicontinuous().mean) == pytest.approx(first, rel=1e-8)
    assert float(semicontinuous().variance) == pytest.approx(second - first**2, rel=1e-8)


def test_distribution_function_jumps_at_zero_and_quantiles_invert_it():
    each = semicontinuous()
    y = tensor([-1.0, 0.0, 0.4, 3.0])
    np.testing.assert_allclose(
        each.cdf(y), [0, ZERO, *(ZERO + (1 - ZERO) * GAMMA.cdf([0.4, 3.0]))], rtol=1e-12
    )
    q = tensor([0.0, 0.1, ZERO, 0.5, 0.99])
    positive = GAMMA.ppf((q[3:].numpy() - ZERO) / (1 - ZERO))
    np.testing.assert_allclose(each.icdf(q), [0, 0, 0, *positive], rtol=1e-10)


def test_gradients_are_finite_at_zero():
    raw = torch.zeros(3, requires_grad=True)
    each = Hurdle(Gamma(raw[:1].exp(), raw[1:2].exp()), raw[2:])
    (gradient,) = torch.autograd.grad(each.log_prob(torch.zeros(1)).sum(), raw)
    np.testing.assert_allclose(gradient, [0.0, 0.0, 0.5])


def test_draws_follow_the_mixed_distribution():
    torch.manual_seed(1)
    draws = semicontinuous().sample((4000,))[:, 0].numpy()
    zeros = (draws == 0).sum()
    assert stats.binomtest(int(zeros), 4000, ZERO).pvalue > 0.01
    assert stats.kstest(draws[draws > 0], GAMMA.cdf).pvalue > 0.01
