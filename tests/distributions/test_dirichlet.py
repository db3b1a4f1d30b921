import numpy as np
import torch
from scipy import stats
from trainable import check_trainable

from deepstat.distributions.dirichlet import Dirichlet


def f64(values):
    return torch.tensor(values, dtype=torch.float64)


CONCENTRATION = f64([[1.0, 2.0, 0.5], [30.0, 4.0, 9.0], [0.1, 0.2, 0.3], [4e4, 5e4, 1e4]])
SHARES = f64([[0.2, 0.7, 0.1], [0.7, 0.1, 0.2], [1e-9, 0.5, 0.5 - 1e-9], [0.401, 0.5, 0.099]])


def test_density_moments_and_entropy_are_scipys():
    ours = Dirichlet(CONCENTRATION)
    for i in range(4):
        theirs = stats.dirichlet(CONCENTRATION[i].numpy())
        np.testing.assert_allclose(ours.log_prob(SHARES)[i], theirs.logpdf(SHARES[i].numpy()), rtol=1e-9)
        np.testing.assert_allclose(ours.mean[i], theirs.mean())
        np.testing.assert_allclose(ours.variance[i], theirs.var())
        np.testing.assert_allclose(ours.entropy()[i], theirs.entropy(), rtol=1e-8)


def test_mass_is_one():
    nodes, weights = np.polynomial.legendre.leggauss(60)
    half, weights = torch.from_numpy((nodes + 1) / 2), torch.from_numpy(weights / 2)
    first, of_rest = torch.meshgrid(half, half, indexing="ij")
    shares = torch.stack([first, (1 - first) * of_rest, (1 - first) * (1 - of_rest)], dim=-1).reshape(-1, 3)
    density = Dirichlet(f64([[3.0, 2.0, 4.5]])).log_prob(shares).exp()
    mass = (density * (1 - shares[:, 0]) * torch.outer(weights, weights).ravel()).sum()
    np.testing.assert_allclose(mass, 1.0, rtol=1e-7)


def test_large_concentrations_keep_their_digits_in_float32():
    single = Dirichlet(CONCENTRATION[3:].float()).log_prob(SHARES[3:].float())
    exact = Dirichlet(CONCENTRATION[3:].float().double()).log_prob(SHARES[3:].float().double())
    torch.testing.assert_close(single.double(), exact, rtol=0, atol=2e-3)


def test_draws_and_marginals_agree():
    torch.manual_seed(0)
    ours = Dirichlet(CONCENTRATION[:2])
    draws = ours.sample((3_000,)).numpy()
    for column in range(3):
        for row in range(2):
            places = ours.marginal(column).cdf(torch.from_numpy(draws[:, :, column])).numpy()[:, row]
            assert stats.kstest(places, "uniform").pvalue > 1e-3
    assert np.allclose(draws.sum(-1), 1.0)


def test_likelihood_is_trainable():
    check_trainable(
        lambda y, concentration: Dirichlet(concentration, validate_args=False).log_prob(y),
        [CONCENTRATION[:3]],
        f64([[0.2, 0.7, 0.1], [0.7, 0.1, 0.2], [0.3, 0.3, 0.4]]),
        second=True,
    )


def test_float32_gradients_are_finite_also_for_shares_of_zero():
    for raw in (-80.0, 0.0, 15.0):
        raws = torch.tensor([[raw, 0.0, 1.0]], requires_grad=True)
        value = Dirichlet(raws.exp(), validate_args=False).log_prob(
            torch.tensor([[0.0, 0.5, 0.5], [0.2, 0.3, 0.5]])
        )
        (slope,) = torch.autograd.grad(value.sum(), raws)
        assert value.isfinite().all()
        assert slope.isfinite().all()
