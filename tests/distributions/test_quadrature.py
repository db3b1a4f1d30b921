import numpy as np
import pytest
import torch
from scipy import stats
from small_families import tensor

from deepstat.distributions.beta import Beta
from deepstat.distributions.blend import Blend
from deepstat.distributions.gamma import Gamma
from deepstat.distributions.laplace import Laplace
from deepstat.distributions.normal import Normal
from deepstat.distributions.poisson import Poisson
from deepstat.distributions.quadrature import expectation, panels, rule
from deepstat.distributions.student_t import StudentT


def test_panels_integrate_polynomials_of_degree_23_exactly():
    points, weights = panels(tensor([[-1.0], [0.2], [2.0]]))
    np.testing.assert_allclose((points**23 * weights).sum(0), (2.0**24 - 1) / 24, rtol=1e-13)


@pytest.mark.parametrize(
    ("member", "frozen"),
    [
        (Normal(tensor([3.0]), tensor([1e-3])), stats.norm(3.0, 1e-3)),
        (Gamma(tensor([2.0]), tensor([0.3])), stats.gamma(0.3, scale=2.0 / 0.3)),
        (Beta(tensor([0.2]), tensor([2.0])), stats.beta(0.4, 1.6)),
        (StudentT(tensor([3.0]), tensor([-1.0]), tensor([2.0])), stats.t(3.0, -1.0, 2.0)),
        (Laplace(tensor([0.0]), tensor([5.0])), stats.laplace(0.0, 5.0)),
    ],
)
def test_densities_have_the_mass_mean_and_variance_of_scipys(member, frozen):
    points, weights = rule(Blend([member]))
    p = member.log_prob(points).exp() * weights
    np.testing.assert_allclose(p.sum(0), 1.0, rtol=1e-10)
    np.testing.assert_allclose((p * points).sum(0), frozen.mean(), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose((p * (points - frozen.mean()) ** 2).sum(0), frozen.var(), rtol=1e-6)


def test_a_kink_is_integrated_where_it_is_named():
    normal = Normal(tensor([0.0, 1.0]), tensor([1.0, 2.0]))
    found = expectation(normal, lambda y: (y - 0.37).clamp(min=0), (0.37,))
    z = (np.array([0.0, 1.0]) - 0.37) / [1.0, 2.0]
    expected = np.array([1.0, 2.0]) * (stats.norm.pdf(z) + z * stats.norm.cdf(z))
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_counts_are_summed():
    counts = Poisson(tensor([0.1, 200.0]))
    np.testing.assert_allclose(expectation(counts, torch.square), [0.11, 200.0 + 200.0**2], rtol=1e-11)


def test_an_ensemble_of_scales_far_apart_has_mass_one():
    members = [Normal(tensor([0.0]), tensor([1e-6])), Normal(tensor([100.0]), tensor([10.0]))]
    blend = Blend(members)
    points, weights = rule(blend)
    assert float((blend.log_prob(points).exp() * weights).sum()) == pytest.approx(1.0, abs=1e-10)
    assert float(blend.cdf(blend.quantile(tensor(0.6)))) == pytest.approx(0.6, rel=1e-9)
