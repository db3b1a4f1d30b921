import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from small_families import family, tensor

from deepstat.distributions.censored import Censored, censored
from deepstat.distributions.gamma import Gamma
from deepstat.distributions.normal import Normal
from deepstat.distributions.poisson import Poisson

INF = math.inf


def normal(n=1, loc=0.5, scale=1.5):
    one = torch.ones(n, dtype=torch.float64)
    return Normal(loc * one, scale * one)


def test_tobit_is_the_hand_formula():
    y = np.array([-1.0, 0.0, 0.3, 1.9, 2.0, 5.0])
    found = Censored(normal(6), low=0.0, high=2.0).log_prob(tensor(y))
    frozen = stats.norm(0.5, 1.5)
    expected = [*[frozen.logcdf(0.0)] * 2, *frozen.logpdf([0.3, 1.9]), *[frozen.logsf(2.0)] * 2]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_tobit_estimates_minimise_the_hand_formula():
    """The fit of a constant Tobit model, against a search on scipy's functions only."""
    from scipy.optimize import minimize

    from deepstat.distributions.marginal_fit import marginal_fit

    y = np.maximum(np.random.default_rng(2).normal(0.3, 1.2, 400), 0.0)
    tobit = censored(family("normal"), low=0.0)
    raw = marginal_fit(tobit, tensor(y)[:, None])
    values = tobit.values(tensor(raw)[None])

    def loss(point):
        frozen = stats.norm(point[0], np.exp(point[1]))
        return -np.where(y <= 0, frozen.logcdf(0.0), frozen.logpdf(y)).mean()

    best = minimize(loss, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12})
    assert float(values["loc"]) == pytest.approx(best.x[0], abs=1e-4)
    assert float(values["scale"]) == pytest.approx(np.exp(best.x[1]), abs=1e-4)


def test_ends_of_rows_give_densities_tails_and_intervals():
    frozen = stats.norm(0.5, 1.5)
    y = [[0.2, 0.2], [-INF, 1.0], [1.0, INF], [0.1, 0.9], [20.0, 21.0], [-INF, INF]]
    tail = frozen.logsf(20.0) + np.log1p(-np.exp(frozen.logsf(21.0) - frozen.logsf(20.0)))
    expected = [frozen.logpdf(0.2), frozen.logcdf(1.0), frozen.logsf(1.0)]
    expected += [np.log(frozen.cdf(0.9) - frozen.cdf(0.1)), tail, 0.0]
    np.testing.assert_allclose(Censored(normal(6)).log_prob(tensor(y)), expected, rtol=1e-10, atol=1e-15)


def test_counts_hold_both_ends():
    y = [[2, 2], [0, 2], [3, INF], [1, 4], [-INF, 0]]
    p = stats.poisson(2.0)
    expected = [p.logpmf(2), p.logcdf(2), p.logsf(2), np.log(p.pmf([1, 2, 3, 4]).sum()), p.logpmf(0)]
    found = Censored(Poisson(2.0 * torch.ones(5).double())).log_prob(tensor(y))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    top = Censored(Poisson(2.0 * torch.ones(3).double()), high=3).log_prob(tensor([2, 3, 7]))
    np.testing.assert_allclose(top, [p.logpmf(2), p.logsf(2), p.logsf(2)], rtol=1e-9)


@pytest.mark.parametrize("name", ["normal", "laplace", "lognormal", "gamma", "student_t"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_finite_for_every_kind_of_row(name, dtype):
    each = censored(family(name))
    y = torch.tensor([[0.0, 1.0], [0.0, INF], [1.0, 1.0], [2.0, 2.5], [0.3, INF], [-INF, 0.7]], dtype=dtype)
    raw = torch.zeros(6, each.n_row + each.n_constant, dtype=dtype, requires_grad=True)
    value = each.build(raw).log_prob(y)
    (gradient,) = torch.autograd.grad(value.sum(), raw)
    assert value.isfinite().all()
    assert gradient.isfinite().all()


def test_gamma_intervals_are_scipys():
    frozen = stats.gamma(2.0, scale=0.75)
    base = Gamma(1.5 * torch.ones(4).double(), 2.0 * torch.ones(4).double())
    found = Censored(base).log_prob(tensor([[0.0, 1.0], [0.0, INF], [2.0, 3.0], [40.0, INF]]))
    expected = [frozen.logcdf(1.0), 0.0, np.log(frozen.sf(2) - frozen.sf(3)), frozen.logsf(40.0)]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-15)


def test_predictions_are_of_the_latent_variable():
    each = Censored(normal(), low=0.0)
    assert (float(each.mean), float(each.variance)) == (0.5, 2.25)
    assert float(each.cdf(tensor([-1.0]))) == pytest.approx(stats.norm.cdf(-1.0, 0.5, 1.5))
    assert float(each.icdf(tensor([0.01]))) == pytest.approx(stats.norm.ppf(0.01, 0.5, 1.5))
    torch.manual_seed(0)
    assert (each.sample((200,)) < 0).any()


def test_what_is_seen_has_point_masses_at_the_limits():
    seen = Censored(normal(), low=0.0, high=2.0).observed()
    frozen = stats.norm(0.5, 1.5)
    np.testing.assert_allclose(seen.cdf(tensor([-0.1, 0.0, 1.0, 2.0])), [0, frozen.cdf(0), frozen.cdf(1), 1])
    np.testing.assert_allclose(seen.icdf(tensor([0.1, 0.5, 0.99])), [0, 0.5, 2])
    moments = [
        integrate.quad(lambda y, k=k: y**k * frozen.pdf(y), 0, 2, epsabs=1e-13)[0] + 2**k * frozen.sf(2)
        for k in (1, 2)
    ]
    assert float(seen.mean) == pytest.approx(moments[0], rel=1e-10)
    assert float(seen.variance) == pytest.approx(moments[1] - moments[0] ** 2, rel=1e-10)
    torch.manual_seed(0)
    draws = seen.sample((2000,))
    assert stats.binomtest(int((draws == 0).sum()), 2000, frozen.cdf(0)).pvalue > 0.01


def test_counts_seen_below_a_limit():
    seen = Censored(Poisson(tensor([3.0])), high=4).observed()
    k = np.arange(5)
    p = stats.poisson.pmf(k, 3.0)
    p[4] = stats.poisson.sf(3, 3.0)
    assert float(seen.mean) == pytest.approx((k * p).sum(), rel=1e-10)
    np.testing.assert_allclose(seen.log_prob(tensor(k)[:, None])[:, 0].exp(), p, rtol=1e-9)


def test_rows_with_their_own_ends_say_what_they_lack():
    with pytest.raises(NotImplementedError, match="limits only"):
        Censored(normal()).observed()
