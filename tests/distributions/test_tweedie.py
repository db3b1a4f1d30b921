import mpmath
import numpy as np
import pytest
import torch
from scipy import integrate, special, stats
from trainable import check_trainable

from deepstat.distributions.tweedie import Tweedie, check_tweedie


def f64(values):
    return torch.tensor(values, dtype=torch.float64)


def exact_log_density(y, mean, dispersion, power):
    """The compound Poisson-gamma density in 40 digits: every number of amounts."""
    with mpmath.workdps(40):
        y, mean, dispersion, power = (mpmath.mpf(each) for each in (y, mean, dispersion, power))
        rate = mean ** (2 - power) / (dispersion * (2 - power))
        shape, scale = (2 - power) / (power - 1), dispersion * (power - 1) * mean ** (power - 1)
        peak = y ** (2 - power) / ((2 - power) * dispersion)
        spread = mpmath.sqrt(peak * (power - 1))
        first, last = max(1, int(peak - 12 * spread) - 3), int(peak + 14 * spread) + 120
        total = mpmath.fsum(
            mpmath.exp(
                j * mpmath.log(rate)
                - rate
                - mpmath.loggamma(j + 1)
                + j * shape * mpmath.log(y / scale)
                - y / scale
                - mpmath.loggamma(j * shape)
            )
            for j in range(first, last)
        )
        return float(mpmath.log(total / y))


@pytest.mark.parametrize("power", [1.01, 1.2, 1.5, 1.8, 1.99])
@pytest.mark.parametrize(
    ("y", "mean", "dispersion"),
    [
        (1.0, 2.0, 1.0),
        (1e-6, 3.0, 0.5),
        (60.0, 3.0, 0.5),
        (2.0, 2.1, 1e-3),
        (150.0, 100.0, 40.0),
        (0.3, 0.01, 0.002),
    ],
)
def test_density_is_the_whole_series(y, mean, dispersion, power):
    exact = exact_log_density(y, mean, dispersion, power)
    ours = Tweedie(f64([mean]), f64([dispersion]), power).log_prob(f64([y]))
    np.testing.assert_allclose(ours, exact, rtol=1e-12, atol=1e-10)
    single = Tweedie(torch.tensor([mean]), torch.tensor([dispersion]), power).log_prob(torch.tensor([y]))
    np.testing.assert_allclose(single, exact, rtol=1e-4, atol=2e-3)


def test_zeros_have_the_probability_of_no_amount():
    ours = Tweedie(f64([2.0, 0.1]), f64([0.7, 3.0]), 1.3)
    rate = np.array([2.0, 0.1]) ** 0.7 / (0.7 * np.array([0.7, 3.0]))
    np.testing.assert_allclose(ours.log_prob(f64([0.0, 0.0])), -rate)
    np.testing.assert_allclose(ours.cdf(f64([0.0, 0.0])), np.exp(-rate))
    assert (ours.log_prob(f64([-1.0, -1.0])) == -torch.inf).all()


@pytest.mark.parametrize("power", [1.2, 1.5, 1.9])
@pytest.mark.parametrize("dispersion", [0.01, 1.0, 20.0])
def test_mass_is_one_and_moments_are_integrals(power, dispersion):
    ours = Tweedie(f64([2.0]), f64([dispersion]), power)
    nodes, weights = np.polynomial.legendre.leggauss(20)
    # On the axis log y the density times y is smooth.
    edges = np.linspace(-330.0 if power == 1.9 else -60.0, np.log(2.0 + 60 * max(1.0, dispersion)), 400)
    x = ((edges[1:] + edges[:-1]) / 2)[:, None] + np.diff(edges)[:, None] / 2 * nodes
    weights = (np.diff(edges)[:, None] / 2 * weights).ravel()
    y = torch.from_numpy(np.exp(x.ravel()))
    mass = weights * (ours.log_prob(y).exp() * y).numpy()
    zero = ours.log_prob(f64([0.0])).exp().numpy()
    np.testing.assert_allclose(zero + mass.sum(), 1.0, rtol=1e-8)
    np.testing.assert_allclose((mass * y.numpy()).sum(), ours.mean, rtol=1e-7)
    entropy = special.entr(zero) - (mass * ours.log_prob(y).numpy()).sum()
    np.testing.assert_allclose(ours.entropy(), entropy, atol=1e-7)
    np.testing.assert_allclose((mass * y.numpy() ** 2).sum() - 4.0, ours.variance, rtol=1e-6)


@pytest.mark.parametrize(("power", "dispersion"), [(1.05, 0.3), (1.5, 1.0), (1.5, 1e-3), (1.9, 0.5)])
def test_cdf_is_the_integral_of_the_density_and_quantiles_invert_it(power, dispersion):
    ours = Tweedie(f64([2.0]), f64([dispersion]), power)
    centre = ours.icdf(f64([0.5]))
    for low, high in ((centre * 0.9, centre), (centre, centre * 1.2)):
        exact, _ = integrate.quad(
            lambda y: float(ours.log_prob(f64([y])).exp()), float(low), float(high), epsabs=1e-12, limit=200
        )
        np.testing.assert_allclose(ours.cdf(high) - ours.cdf(low), exact, atol=1e-9)
    levels = f64([[0.6], [0.9], [0.999]])
    np.testing.assert_allclose(ours.cdf(ours.icdf(levels)), levels, rtol=1e-10)
    none = float(ours.log_prob(f64([0.0])).exp())
    assert (ours.icdf(f64([[0.0], [0.9 * none]])) == 0).all()


def test_cdf_of_many_amounts_skips_terms_without_loss():
    mean, dispersion, power = 50.0, 1e-3, 1.6
    ours = Tweedie(f64([mean]), f64([dispersion]), power)
    rate, scale = mean**0.4 / (0.4 * dispersion), dispersion * 0.6 * mean**0.6
    number = np.arange(int(rate - 12 * rate**0.5), int(rate + 12 * rate**0.5))
    for place in (ours.mean + ours.stddev * f64([[-3.0], [0.0], [4.0]])).numpy()[:, 0]:
        parts = stats.poisson(rate).pmf(number) * stats.gamma(number * 0.4 / 0.6, scale=scale).cdf(place)
        np.testing.assert_allclose(ours.cdf(f64([place])), parts.sum(), rtol=1e-9)


def test_entropy_of_many_amounts_is_nearly_that_of_a_gamma_distribution():
    ours = Tweedie(f64([2.0]), f64([1e-6]), 1.5)
    variance = float(ours.variance)
    np.testing.assert_allclose(
        ours.entropy(), stats.gamma(4 / variance, scale=variance / 2).entropy(), atol=1e-6
    )


def test_likelihood_is_trainable():
    for power in (1.15, 1.8):
        check_trainable(
            lambda y, mean, dispersion, power=power: Tweedie(
                mean, dispersion, power, validate_args=False
            ).log_prob(y),
            [f64([0.5, 2.0, 9.0, 3.0]), f64([1.0, 0.3, 2.0, 0.2])],
            f64([0.0, 1.0, 20.0, 3.5]),
            second=power == 1.8,
        )


@pytest.mark.parametrize("power", [1.05, 1.5, 1.95])
def test_float32_gradients_are_finite(power):
    for raw_mean in (-30.0, 0.0, 20.0):
        for raw_dispersion in (-15.0, 0.0, 15.0):
            raws = torch.tensor([[raw_mean], [raw_dispersion]], requires_grad=True)
            y = torch.tensor([0.0, 1e-6, 1.0, 1e5])
            value = Tweedie(*raws.exp().unbind(), power, validate_args=False).log_prob(y)
            (slope,) = torch.autograd.grad(value.sum(), raws)
            assert value.isfinite().all()
            assert slope.isfinite().all()


def test_draws_follow_the_cdf():
    torch.manual_seed(1)
    ours = Tweedie(f64([2.0, 0.5]), f64([1.0, 2.0]), 1.6)
    draws = ours.sample((5_000,))
    shares = ours.cdf(ours.icdf(torch.linspace(0.75, 0.99, 8, dtype=torch.float64)[:, None]))
    for i in range(2):
        edges = ours.icdf(shares)[:, i].numpy()
        seen = np.bincount(np.searchsorted(edges, draws[:, i].numpy()), minlength=9)
        assert stats.chisquare(seen, 5_000 * np.diff([0.0, *shares[:, i], 1.0])).pvalue > 1e-3
        zeros = int((draws[:, i] == 0).sum())
        assert stats.binomtest(zeros, 5_000, float(ours.cdf(f64(0.0).expand(2))[i])).pvalue > 1e-3


@pytest.mark.parametrize("power", [1, 2.0, 0, 3, "1.5"])
def test_powers_outside_one_to_two_are_refused(power):
    with pytest.raises(ValueError, match=r"give a number in \(1, 2\)"):
        check_tweedie(power=power)
