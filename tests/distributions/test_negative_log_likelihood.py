"""The likelihood as a loss, and beta-NLL beside it."""

import numpy as np
import pytest
import torch
from scipy import stats

from deepstat.distributions.negative_log_likelihood import NegativeLogLikelihood
from deepstat.estimators.families import family_for, resolve_distribution

NORMAL = family_for(resolve_distribution("normal", None), 1, 0)
RAW = torch.tensor([[0.5, -1.0], [2.0, 0.7]], dtype=torch.float64, requires_grad=True)
Y = torch.tensor([[1.0], [-1.0]], dtype=torch.float64)


def scale():
    return RAW[:, 1].detach().exp() + 1e-3


def test_it_is_minus_scipys_log_density():
    expected = -stats.norm.logpdf(Y[:, 0], RAW[:, 0].detach(), scale())
    np.testing.assert_allclose(NegativeLogLikelihood(NORMAL)(RAW, Y).detach(), expected)


@pytest.mark.parametrize("beta", [0.5, 1.0])
def test_beta_multiplies_each_rows_gradient_by_a_power_of_its_variance(beta):
    (plain,) = torch.autograd.grad(NegativeLogLikelihood(NORMAL)(RAW, Y).sum(), RAW)
    (weighted,) = torch.autograd.grad(NegativeLogLikelihood(NORMAL, beta)(RAW, Y).sum(), RAW)
    torch.testing.assert_close(weighted, plain * scale()[:, None] ** (2 * beta))


def test_at_beta_one_the_mean_learns_as_by_least_squares():
    (weighted,) = torch.autograd.grad(NegativeLogLikelihood(NORMAL, 1.0)(RAW, Y).sum(), RAW)
    torch.testing.assert_close(weighted[:, 0], (RAW[:, 0] - Y[:, 0]).detach())


def test_families_of_several_columns_get_all_of_them():
    family = family_for(resolve_distribution("binomial", None), 2, 0)
    loss = NegativeLogLikelihood(family)(torch.zeros(1, 1), torch.tensor([[3.0, 1.0]]))
    assert loss.item() == pytest.approx(-stats.binom.logpmf(3, 4, 0.5), rel=1e-6)


def test_options_replace_those_of_the_family_and_equal_losses_are_one():
    tobit = family_for(resolve_distribution("censored", {"family": "normal", "low": -9.0}), 1, 0)
    loss = NegativeLogLikelihood(tobit)(torch.zeros(1, 2), torch.zeros(1, 1), low=torch.tensor(0.0))
    assert loss.item() == pytest.approx(np.log(2), rel=1e-6)
    assert NegativeLogLikelihood(tobit) == NegativeLogLikelihood(tobit)
    assert hash(NegativeLogLikelihood(tobit)) != hash(NegativeLogLikelihood(tobit, 0.5))
