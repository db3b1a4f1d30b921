import math

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats
from trainable import check_trainable

from deepstat.distributions.ellipsoid import Ellipsoid
from deepstat.distributions.multivariate_normal import MultivariateNormal
from deepstat.distributions.normal_norm import normal_norm


def f64(values):
    return torch.tensor(values, dtype=torch.float64)


LOC = f64([[0.0, 1.0, -2.0], [3.0, 0.5, 10.0]])
TRIL = f64([[[1.0, 0, 0], [0.5, 2.0, 0], [-1.0, 0.3, 0.4]], [[0.1, 0, 0], [3.0, 0.2, 0], [5.0, 1.0, 20.0]]])
Y = f64([[0.3, 2.0, -1.0], [3.1, 4.0, -5.0]])
OURS = MultivariateNormal(LOC, TRIL)
COVARIANCE = TRIL @ TRIL.mT


def test_density_moments_and_entropy_are_scipys():
    for i in range(2):
        theirs = stats.multivariate_normal(LOC[i].numpy(), COVARIANCE[i].numpy())
        np.testing.assert_allclose(OURS.log_prob(Y)[i], theirs.logpdf(Y[i].numpy()))
        np.testing.assert_allclose(OURS.log_prob(Y.expand(4, 2, 3))[2, i], theirs.logpdf(Y[i].numpy()))
        np.testing.assert_allclose(OURS.entropy()[i], theirs.entropy())
    np.testing.assert_allclose(OURS.mean, LOC)
    np.testing.assert_allclose(OURS.variance, COVARIANCE.diagonal(dim1=1, dim2=2))


def test_marginals_and_conditionals_are_those_of_the_covariance():
    pair = OURS.marginal([2, 0])
    np.testing.assert_allclose(pair.covariance_matrix, COVARIANCE[:, [2, 0]][:, :, [2, 0]])
    np.testing.assert_allclose(OURS.marginal(1).stddev, COVARIANCE[:, 1, 1].sqrt())
    given = OURS.conditional(1, {0: Y[:, 0], 2: Y[:, 2]})
    for i in range(2):
        s = COVARIANCE[i].numpy()
        weights = np.linalg.solve(s[np.ix_([0, 2], [0, 2])], s[[0, 2], 1])
        away = (Y - LOC)[i, [0, 2]].numpy()
        np.testing.assert_allclose(given.mean[i], LOC[i, 1] + weights @ away, rtol=1e-8)
        np.testing.assert_allclose(given.variance[i], s[1, 1] - weights @ s[[0, 2], 1], rtol=1e-6)
    # Chain rule: the joint density is a marginal times a conditional, also of several columns.
    several = OURS.conditional([2, 1], {0: Y[:, 0]})
    chained = OURS.marginal(0).log_prob(Y[:, 0]) + several.log_prob(Y[:, [2, 1]])
    np.testing.assert_allclose(chained, OURS.log_prob(Y))
    np.testing.assert_allclose(OURS.conditional(0, {}).mean, LOC[:, 0])
    with pytest.raises(ValueError, match="asked for and given"):
        OURS.conditional([0, 1], {1: Y[:, 1]})


def test_regions_hold_their_level():
    torch.manual_seed(0)
    draws = OURS.sample((4_000,))
    for level in (0.5, 0.95):
        inside = OURS.region(level).contains(draws).sum(0)
        for count in inside:
            assert stats.binomtest(int(count), 4_000, level).pvalue > 1e-3
    with pytest.raises(ValueError, match=r"\(0, 1\)"):
        OURS.region(1.0)


def test_an_ellipsoids_axes_end_on_its_surface_and_span_its_volume():
    body = Ellipsoid(LOC, TRIL, 1.7)
    for j in range(3):
        axis = body.axes()[..., j]
        assert body.contains(LOC + 0.999999 * axis).all()
        assert not body.contains(LOC + 1.000001 * axis).any()
    product = body.axes().norm(dim=1).prod(dim=1) * 4 / 3 * math.pi
    np.testing.assert_allclose(body.volume(), product)


def test_draws_have_normal_projections():
    torch.manual_seed(1)
    draws = OURS.sample((20_000,)).numpy()
    generator = np.random.default_rng(0)
    for i in range(2):
        for _ in range(4):
            direction = generator.normal(size=3)
            sd = math.sqrt(direction @ COVARIANCE[i].numpy() @ direction)
            standard = (draws[:, i] - LOC[i].numpy()) @ direction / sd
            assert stats.kstest(standard, "norm").pvalue > 1e-3


@pytest.mark.parametrize("k", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("distance", [0.0, 0.01, 1.0, 30.0])
def test_mean_length_of_a_round_normal_is_laguerres(k, distance):
    mean = torch.zeros(k, dtype=torch.float64)
    mean[0] = distance
    exact = math.sqrt(2) * math.exp(math.lgamma((k + 1) / 2) - math.lgamma(k / 2))
    exact *= special.hyp1f1(-0.5, k / 2, -(distance**2) / 2)
    np.testing.assert_allclose(normal_norm(mean, torch.eye(k, dtype=torch.float64)), exact, rtol=1e-11)


def test_mean_length_of_a_flat_normal_is_its_integral():
    sd = f64([1.0, 1e-6])
    exact, _ = integrate.quad(lambda x: abs(x - 0.3) * stats.norm.pdf(x), -12, 12, points=[0.3], epsabs=1e-13)
    np.testing.assert_allclose(normal_norm(f64([-0.3, 0.0]), torch.diag(sd**2)), exact, rtol=1e-10)
    assert normal_norm(f64([0.0, 0.0]), torch.zeros(2, 2).double()) == 0.0
    np.testing.assert_allclose(normal_norm(f64([3.0, 4.0]), torch.zeros(2, 2).double()), 5.0, rtol=1e-11)


def test_energy_score_of_one_column_is_the_crps():
    one = MultivariateNormal(LOC[:, :1], TRIL[:, :1, :1])
    sd = TRIL[:, 0, 0].numpy()
    z = (Y - LOC)[:, 0].numpy() / sd
    exact = sd * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / math.sqrt(math.pi))
    np.testing.assert_allclose(one.crps(Y[:, :1]), exact, rtol=1e-10)


def test_energy_score_is_the_mean_of_distances():
    torch.manual_seed(0)
    draws, others = OURS.sample((200_000,)), OURS.sample((200_000,))
    distance = (draws - Y).norm(dim=-1) - 0.5 * (draws - others).norm(dim=-1)
    error = distance.std(0) / math.sqrt(200_000)
    assert ((OURS.crps(Y) - distance.mean(0)).abs() < 4 * error).all()


def test_likelihood_is_trainable():
    check_trainable(
        lambda y, loc, tril: MultivariateNormal(loc, tril.tril(), validate_args=False).log_prob(y),
        [LOC, TRIL[:1].expand(2, 3, 3).clone()],
        Y,
        second=True,
    )


def test_float32_gradients_are_finite():
    for raw in (-15.0, 0.0, 15.0):
        raws = torch.tensor([[raw, 0.5, -raw]], requires_grad=True)
        tril = torch.diag_embed(raws.exp()) + torch.tril(torch.ones(3, 3), -1)
        value = MultivariateNormal(torch.zeros(1, 3), tril, validate_args=False).log_prob(torch.ones(1, 3))
        (slope,) = torch.autograd.grad(value.sum(), raws)
        assert value.isfinite().all()
        assert slope.isfinite().all()
