import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from small_families import family, tensor

from deepstat.distributions.gamma import Gamma
from deepstat.distributions.mixture import mixture
from deepstat.distributions.normal import Normal
from deepstat.distributions.poisson import Poisson
from deepstat.distributions.student_t import StudentT
from deepstat.distributions.truncated import Truncated, truncated

LIMITS = [(-1.0, 2.0), (0.5, None), (None, 0.0), (8.0, None), (None, -9.0), (30.0, 31.0), (-40.0, -39.9)]
Q = np.array([1e-8, 0.01, 0.5, 0.9, 0.9999])


def normal(low, high):
    frozen = stats.truncnorm(-math.inf if low is None else low, math.inf if high is None else high)
    return Truncated(Normal(tensor([0.0]), tensor([1.0])), low, high), frozen


@pytest.mark.parametrize(("low", "high"), LIMITS)
def test_normals_are_scipys_truncnorm_in_all_tails(low, high):
    each, frozen = normal(low, high)
    y = frozen.ppf(Q)
    np.testing.assert_allclose(each.log_prob(tensor(y)), frozen.logpdf(y), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(each.cdf(tensor(y)), Q, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(each.icdf(tensor(Q)), y, rtol=1e-9, atol=1e-9)
    assert float(each.mean) == pytest.approx(frozen.mean(), rel=1e-9, abs=1e-12)
    variance = integrate.quad(
        lambda x: (x - frozen.mean()) ** 2 * frozen.pdf(x), *frozen.ppf([0, 1 - 1e-15])
    )[0]
    if abs(low or 0) < 5:
        assert float(each.variance) == pytest.approx(variance, rel=1e-6)


def test_probability_outside_is_zero():
    each, _ = normal(-1.0, 2.0)
    y = tensor([-1.1, 2.1])
    np.testing.assert_array_equal(each.log_prob(y), [-math.inf, -math.inf])
    np.testing.assert_array_equal(each.cdf(y), [0, 1])
    np.testing.assert_allclose(each.cdf(tensor([-1.0, 2.0])), [0, 1], atol=1e-12)


def test_zero_truncated_poisson_is_the_hand_formula():
    each = Truncated(Poisson(tensor([1.3])), low=1)
    k = np.arange(1, 60)
    p = stats.poisson.pmf(k, 1.3) / -np.expm1(-1.3)
    np.testing.assert_allclose(each.log_prob(tensor(k)[:, None])[:, 0].exp(), p, rtol=1e-9)
    np.testing.assert_allclose(each.cdf(tensor(k)[:9, None])[:, 0], p.cumsum()[:9], rtol=1e-9)
    assert float(each.mean) == pytest.approx((k * p).sum(), rel=1e-9)
    assert float(each.variance) == pytest.approx((k**2 * p).sum() - (k * p).sum() ** 2, rel=1e-9)
    q = tensor([0.01, 0.4, 0.6, 0.999])
    found = each.icdf(q)
    assert (each.cdf(found) >= q).all()
    assert (each.cdf(found - 1) < q).all()
    assert float(found[0]) == 1.0


def test_both_ends_of_counts_are_included():
    each = Truncated(Poisson(tensor([3.0])), low=2, high=4)
    p = stats.poisson.pmf([2, 3, 4], 3.0)
    np.testing.assert_allclose(each.log_prob(tensor([2, 3, 4])).exp(), p / p.sum(), rtol=1e-9)
    survival = each.log_survival(tensor([2, 3])).exp()
    np.testing.assert_allclose(survival, [p[1:].sum() / p.sum(), p[2] / p.sum()], rtol=1e-9)


@pytest.mark.parametrize(
    ("base", "frozen", "low", "high"),
    [
        (lambda: Gamma(tensor([1.5]), tensor([0.5])), stats.gamma(0.5, scale=3.0), None, 2.0),
        (lambda: Gamma(tensor([1.5]), tensor([2.0])), stats.gamma(2.0, scale=0.75), 1.0, None),
        (lambda: StudentT(tensor([2.3]), tensor([0.0]), tensor([1.0])), stats.t(2.3), 1.0, None),
    ],
)
def test_moments_equal_quadrature_also_with_heavy_tails(base, frozen, low, high):
    each = Truncated(base(), low, high)
    a, b = -math.inf if low is None else low, math.inf if high is None else high
    mass = frozen.cdf(b) - frozen.cdf(a)

    def moment(k):
        support = max(a, frozen.support()[0])
        if b == math.inf:  # on a logarithmic axis, for algebraic tails
            value = integrate.quad(
                lambda t: (support + math.exp(t)) ** k * frozen.pdf(support + math.exp(t)) * math.exp(t),
                -40,
                300,
                limit=800,
            )[0]
        else:
            value = integrate.quad(
                lambda t: t**k * 2 * t ** (k + 1) * frozen.pdf(t * t), 0, math.sqrt(b), limit=400
            )[0]
        return value / mass

    assert float(each.mean) == pytest.approx(moment(1), rel=1e-6)
    assert float(each.variance) == pytest.approx(moment(2) - moment(1) ** 2, rel=1e-5)


def test_a_mixture_of_far_components_keeps_its_mean():
    each = truncated(mixture(family("normal")), low=-1.0)
    values = {"loc": tensor([[0.0, 50.0]]), "scale": tensor([[1e-3, 1e-2]]), "weights": tensor([[0.5, 0.5]])}
    both = each.at(values)
    assert float(both.mean) == pytest.approx(25.0, rel=1e-9)
    assert float(both.variance) == pytest.approx(625.0 + (1e-6 + 1e-4) / 2, rel=1e-9)


def test_draws_follow_scipys_truncnorm():
    torch.manual_seed(2)
    each, frozen = normal(3.0, None)
    assert stats.kstest(each.sample((3000,))[:, 0].numpy(), frozen.cdf).pvalue > 0.01
