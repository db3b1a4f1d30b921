import numpy as np
import pytest
from scipy import integrate, stats
from small_families import family, tensor

from deepstat.distributions.marginal_fit import marginal_fit
from deepstat.distributions.mixture import Mixture, mixture
from deepstat.distributions.normal import Normal
from deepstat.distributions.normal_mixture_crps import normal_mixture_crps
from deepstat.distributions.poisson import Poisson

WEIGHTS, LOC, SCALE = [0.2, 0.5, 0.3], [-3.0, 0.5, 4.0], [0.5, 1.0, 0.2]
Y = np.array([-3.0, 0.0, 1.0, 4.1, 30.0])


def normals():
    return Mixture(Normal(tensor([LOC]), tensor([SCALE])), tensor([WEIGHTS]))


def by_scipy(method, y):
    parts = zip(WEIGHTS, LOC, SCALE, strict=True)
    return sum(w * getattr(stats.norm, method)(y, loc, scale) for w, loc, scale in parts)


def test_density_and_distribution_function_are_sums_of_scipys():
    y = tensor(Y)[:, None]
    np.testing.assert_allclose(normals().log_prob(y)[:4, 0], np.log(by_scipy("pdf", Y[:4])), rtol=1e-12)
    np.testing.assert_allclose(normals().cdf(y)[:, 0], by_scipy("cdf", Y), rtol=1e-12)
    far = stats.norm.logpdf(30.0, 0.5, 1.0) + np.log(0.5)  # one component is left, and nothing underflows
    np.testing.assert_allclose(normals().log_prob(y)[4, 0], far, rtol=1e-12)


def test_mean_and_variance_equal_quadrature():
    moments = [integrate.quad(lambda y, k=k: y**k * by_scipy("pdf", y), -9, 9, points=LOC)[0] for k in (1, 2)]
    np.testing.assert_allclose(normals().mean, moments[0], rtol=1e-8)
    np.testing.assert_allclose(normals().variance, moments[1] - moments[0] ** 2, rtol=1e-8)


def test_quantiles_invert_the_distribution_function():
    q = tensor([1e-6, 0.1, 0.2, 0.5, 0.7, 0.999])[:, None]
    found = normals().icdf(q)
    np.testing.assert_allclose(by_scipy("cdf", found.numpy()), q, rtol=1e-10)


def test_quantiles_of_counts_are_the_smallest_counts():
    counts = Mixture(Poisson(tensor([[1.0, 30.0]])), tensor([[0.6, 0.4]]))
    q = np.linspace(0.01, 0.99, 50)
    found = counts.icdf(tensor(q)[:, None]).numpy()[:, 0]

    def cdf(k):
        return 0.6 * stats.poisson.cdf(k, 1.0) + 0.4 * stats.poisson.cdf(k, 30.0)

    assert (cdf(found) >= q).all()
    assert (cdf(found - 1) < q).all()


@pytest.mark.parametrize("y", [-3.0, 0.7, 8.0])
def test_crps_of_normals_equals_quadrature(y):
    below, _ = integrate.quad(lambda x: by_scipy("cdf", x) ** 2, -20, y, points=[-3, 0.5, 4], limit=200)
    above, _ = integrate.quad(lambda x: (1 - by_scipy("cdf", x)) ** 2, y, 20, points=[-3, 0.5, 4], limit=200)
    assert float(normals().crps(tensor([y]))) == pytest.approx(below + above, rel=1e-7)


def test_crps_of_one_normal_is_gneitings_formula():
    y = tensor([-1.0, 0.3])
    z = y.numpy() / 2.0
    expected = 2.0 * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    one = tensor([[1.0], [1.0]])
    np.testing.assert_allclose(normal_mixture_crps(y, one, 0 * one, 2 * one), expected, rtol=1e-12)


def test_draws_follow_the_distribution_function():
    import torch

    torch.manual_seed(3)
    draws = normals().sample((4000,))[:, 0].numpy()
    assert stats.kstest(draws, lambda y: by_scipy("cdf", y)).pvalue > 0.01


def test_the_marginal_fit_finds_separate_components():
    rng = np.random.default_rng(0)
    y = np.concatenate([rng.normal(-4, 0.5, 300), rng.normal(3, 1.0, 700)])
    two = mixture(family("normal"))
    values = two.values(tensor(marginal_fit(two, tensor(y)[:, None]))[None])
    order = values["loc"][0].argsort()
    np.testing.assert_allclose(values["loc"][0, order], [-4, 3], atol=0.1)
    np.testing.assert_allclose(values["weights"][0, order], [0.3, 0.7], atol=0.02)
    np.testing.assert_allclose(values["scale"][0, order], [0.5, 1.0], atol=0.08)


def test_tied_groups_start_finite():
    counts = mixture(family("poisson"), n_components=3)
    y = tensor([0.0] * 80 + [1.0] * 10 + [7.0] * 10)[:, None]
    assert np.isfinite(counts.distribution.start(counts, y)).all()
