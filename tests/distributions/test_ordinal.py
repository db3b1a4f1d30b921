import mpmath
import numpy as np
import pytest
import torch
from scipy import stats
from trainable import check_trainable

from deepstat.distributions.ordinal import Ordinal, check_ordinal


def f64(values):
    return torch.tensor(values, dtype=torch.float64)


LOCATION = f64([0.0, -3.0, 1.2])
THRESHOLDS = f64([-1.3, 0.2, 0.9, 2.5])
CODES = torch.arange(5, dtype=torch.float64)[:, None]
LATENT = {"logistic": stats.logistic, "normal": stats.norm}
latents = pytest.mark.parametrize("latent", LATENT)


@latents
def test_probabilities_are_differences_of_the_latent_distribution(latent):
    ours = Ordinal(LOCATION, THRESHOLDS, latent)
    below = LATENT[latent].cdf(THRESHOLDS.numpy() - LOCATION.numpy()[:, None])
    exact = np.diff(np.c_[np.zeros(3), below, np.ones(3)])
    np.testing.assert_allclose(ours.probs, exact, rtol=1e-9)
    np.testing.assert_allclose(ours.log_prob(CODES), np.log(exact).T, rtol=1e-9)
    np.testing.assert_allclose(ours.probs.sum(1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(ours.cdf(CODES + 0.5), exact.cumsum(1).T, rtol=1e-9)
    assert (ours.cdf(f64(-0.1).expand(3)) == 0).all()
    assert (ours.log_prob(f64([0.5, -1.0, 5.0])) == -torch.inf).all()


@latents
def test_moments_entropy_and_score_are_sums(latent):
    ours = Ordinal(LOCATION, THRESHOLDS, latent)
    for i, row in enumerate(ours.probs.numpy()):
        exact = stats.rv_discrete(values=(np.arange(5), row / row.sum()))
        np.testing.assert_allclose(ours.mean[i], exact.mean())
        np.testing.assert_allclose(ours.variance[i], exact.var())
        np.testing.assert_allclose(ours.entropy()[i], exact.entropy())
        for y in range(5):
            score = sum((exact.cdf(j) - (y <= j)) ** 2 for j in range(5))
            np.testing.assert_allclose(ours.crps(f64(y).expand(3))[i], score)
        np.testing.assert_array_equal(
            ours.icdf(f64([0.03, 0.5, 0.99])[:, None])[:, i], exact.ppf([0.03, 0.5, 0.99])
        )


def test_likelihood_of_the_wine_data_is_that_of_r():
    # Ratings 1 to 5 of 18 bottles each: cold or warm, without or with contact (Randall 1989). clm of R's package
    # ordinal prints coefficients 2.503 and 1.528 and the log-likelihood -86.49.
    ratings = f64([[4, 9, 5, 0, 0], [1, 7, 8, 2, 0], [0, 5, 8, 3, 2], [0, 1, 5, 7, 5]])
    ours = Ordinal(f64([0.0, 1.528, 2.503, 4.031]), f64([-1.344, 1.251, 3.467, 5.006]))
    np.testing.assert_allclose((ours.log_prob(CODES) * ratings.T).sum(), -86.4919, atol=2e-5)


@latents
@pytest.mark.parametrize(("low", "high"), [(30.0, 30.5), (-31.0, -30.0), (-0.2, 0.3), (5.0, 5.000001)])
def test_a_level_far_in_the_tail_keeps_its_digits(latent, low, high):
    with mpmath.workdps(400):
        if latent == "normal":
            exact = mpmath.log(mpmath.ncdf(mpmath.mpf(high)) - mpmath.ncdf(mpmath.mpf(low)))
        else:
            exact = mpmath.log(
                1 / (1 + mpmath.exp(-mpmath.mpf(high))) - 1 / (1 + mpmath.exp(-mpmath.mpf(low)))
            )
    ours = Ordinal(f64([0.0]), f64([[low, high]]), latent).log_prob(f64([1.0]))
    np.testing.assert_allclose(ours, float(exact), rtol=1e-9)


@latents
def test_likelihood_is_trainable(latent):
    check_trainable(
        lambda y, location, thresholds: Ordinal(location, thresholds, latent, validate_args=False).log_prob(
            y
        ),
        [LOCATION, THRESHOLDS.expand(3, 4).clone()],
        f64([0.0, 2.0, 4.0]),
        second=True,
    )


@latents
@pytest.mark.parametrize("location", [-1e4, -50.0, 0.0, 50.0, 1e4])
def test_float32_gradients_are_finite_for_every_level(latent, location):
    for step in (1e-7, 1.0, 1e4):
        where = torch.tensor([location], requires_grad=True)
        cuts = torch.tensor([[0.0, step, 2 * step]], requires_grad=True)
        value = Ordinal(where, cuts, latent, validate_args=False).log_prob(torch.arange(4.0)[:, None])
        assert value.isfinite().all()
        for slope in torch.autograd.grad(value.sum(), (where, cuts)):
            assert slope.isfinite().all()


def test_named_levels_stand_for_codes():
    levels = f64([1.0, 2.0, 5.0, 7.0, 10.0])
    coded, named = Ordinal(LOCATION, THRESHOLDS), Ordinal(LOCATION, THRESHOLDS, levels=levels)
    places = f64([3.0, 0.0, 4.0])
    values = levels[places.long()]
    for method in ("log_prob", "cdf", "crps"):
        np.testing.assert_array_equal(getattr(named, method)(values), getattr(coded, method)(places))
    np.testing.assert_array_equal(named.icdf(f64(0.5)), levels[coded.icdf(f64(0.5)).long()])
    np.testing.assert_allclose(named.mean, (coded.probs * levels).sum(1))
    np.testing.assert_array_equal(named.enumerate_support(expand=False), levels[:, None])
    assert named.support.check(values).all()
    assert not named.support.check(f64(3.0))


@latents
def test_draws_follow_the_probabilities(latent):
    torch.manual_seed(0)
    ours = Ordinal(LOCATION, THRESHOLDS, latent)
    draws = ours.sample((20_000,))
    for i in range(3):
        seen = torch.bincount(draws[:, i].long(), minlength=5).numpy()
        expected = 20_000 * ours.probs[i].numpy()
        keep = expected > 1
        assert (
            stats.chisquare(seen[keep], expected[keep] * seen[keep].sum() / expected[keep].sum()).pvalue
            > 1e-3
        )


def test_an_unknown_latent_distribution_is_refused():
    with pytest.raises(ValueError, match="give 'logistic' or 'normal'"):
        check_ordinal(latent="cauchy")
