import numpy as np
import pytest
import statsmodels.api as sm
import torch
from scipy import stats
from scipy.special import logit
from small_families import family, tensor

from deepstat.distributions.hurdle import Hurdle
from deepstat.distributions.negative_binomial import NegativeBinomial
from deepstat.distributions.poisson import Poisson
from deepstat.distributions.zero_inflated import ZeroInflated, zero_inflated

COUNTS = np.array([0, 0, 1, 2, 5, 0, 3, 12])


def test_poisson_log_likelihood_is_statsmodels():
    rng = np.random.default_rng(1)
    X = sm.add_constant(rng.normal(size=(8, 2)))
    params = np.array([-0.4, 0.3, 0.8, 0.5, -0.2])  # two of inflation, three of the rate
    model = sm.ZeroInflatedPoisson(COUNTS, X, exog_infl=X[:, :2])
    each = zero_inflated(family("poisson"))
    raw = tensor(np.column_stack([X @ params[2:], X[:, :2] @ params[:2]]))
    found = each.build(raw).log_prob(tensor(COUNTS))
    np.testing.assert_allclose(found, model.loglikeobs(params), rtol=1e-10)


def test_negative_binomial_log_likelihood_is_statsmodels():
    X = np.ones((8, 1))
    model = sm.ZeroInflatedNegativeBinomialP(COUNTS, X, exog_infl=X)
    params = np.array([-0.7, 0.9, 0.6])  # inflation, log mean, alpha
    one = torch.ones(8, dtype=torch.float64)
    found = ZeroInflated(NegativeBinomial(np.exp(0.9) * one, 0.6 * one), -0.7 * one).log_prob(tensor(COUNTS))
    np.testing.assert_allclose(found, model.loglikeobs(params), rtol=1e-9)


def inflated(rate=2.5, gate=-0.5):
    return ZeroInflated(Poisson(tensor([rate])), tensor([gate]))


def crossed(rate=2.5, gate=-0.5):
    return Hurdle(Poisson(tensor([rate])), tensor([gate]))


K = tensor(np.arange(200.0))[:, None]


@pytest.mark.parametrize("make", [inflated, crossed])
@pytest.mark.parametrize("rate", [1e-6, 0.3, 2.5, 60.0])
def test_probabilities_sum_to_one_and_give_mean_variance_cdf(make, rate):
    each = make(rate)
    p = each.log_prob(K).exp()
    assert float(p.sum()) == pytest.approx(1.0, abs=1e-12)
    mean = float((K * p).sum())
    assert float(each.mean) == pytest.approx(mean, rel=1e-9)
    assert float(each.variance) == pytest.approx(float((K.square() * p).sum()) - mean**2, rel=1e-7)
    np.testing.assert_allclose(each.cdf(K), p.cumsum(0), rtol=1e-9)
    np.testing.assert_allclose(each.cdf(K - 0.5)[1:], p.cumsum(0)[:-1], rtol=1e-9)
    assert float(each.cdf(tensor([-1.0]))) == 0.0


@pytest.mark.parametrize("make", [inflated, crossed])
def test_tails_are_logarithms_of_sums(make):
    each = make()
    below = each.log_prob(K).exp().cumsum(0)[:12]
    above = each.log_prob(K).exp().flip(0).cumsum(0).flip(0)[1:13]
    np.testing.assert_allclose(each.log_cdf(K[:12]).exp(), below, rtol=1e-9)
    np.testing.assert_allclose(each.log_survival(K[:12]).exp(), above, rtol=1e-9)


@pytest.mark.parametrize("make", [inflated, crossed])
@pytest.mark.parametrize("rate", [0.01, 2.5])
def test_quantiles_are_the_smallest_counts(make, rate):
    each = make(rate)
    q = tensor([0.001, 0.2, 0.3775, 0.5, 0.9, 0.999999])[:, None]
    found = each.icdf(q)
    assert (each.cdf(found) >= q - 1e-15).all()
    assert (each.cdf(found - 1) < q).all()


@pytest.mark.parametrize("make", [inflated, crossed])
def test_draws_have_the_probabilities(make):
    torch.manual_seed(5)
    each = make()
    draws = each.sample((5000,))[:, 0].numpy()
    observed = np.array([(draws == k).sum() for k in range(7)] + [(draws >= 7).sum()])
    expected = each.log_prob(K[:7]).exp()[:, 0].numpy()
    expected = 5000 * np.append(expected, 1 - expected.sum())
    assert stats.chisquare(observed, expected).pvalue > 0.01


def test_a_closed_gate_leaves_the_family():
    np.testing.assert_allclose(
        inflated(2.5, -800.0).log_prob(K[:20]), stats.poisson.logpmf(K[:20], 2.5), rtol=1e-12
    )


def test_the_hurdle_splits_into_logit_and_zero_truncated_poisson():
    each = crossed(2.5, logit(0.3))
    found = each.log_prob(tensor([0.0, 4.0])[:, None])[:, 0]
    truncated = stats.poisson.logpmf(4, 2.5) - np.log(-np.expm1(-2.5))
    np.testing.assert_allclose(found, [np.log(0.3), np.log(0.7) + truncated], rtol=1e-12)


def test_rare_counts_cross_the_hurdle_to_one():
    torch.manual_seed(0)
    draws = crossed(1e-18, -50.0).sample((50,))
    assert (draws == 1).all()
