"""The von Mises distribution against Bessel functions and integrals of mpmath."""

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
import scipy.integrate
import scipy.special
import scipy.stats
import torch

from deepstat.distributions.von_mises import VonMises

CONCENTRATIONS = [0.0, 1e-3, 0.7, 5.0, 60.0, 99.0, 101.0, 1e4, 1e8]


def tensor(value):
    return torch.as_tensor(np.atleast_1d(value), dtype=torch.float64)


def at(concentration, loc=0.0):
    return VonMises(tensor(loc), tensor(concentration))


def density(concentration):
    """Return SciPy's density on the circle around 0."""
    constant = 2 * np.pi * scipy.special.i0e(concentration)
    return lambda angle: np.exp(concentration * (np.cos(angle) - 1)) / constant


def integral(function, concentration, edges=()):
    """Integrate over the circle, with panels where the density is."""
    spread = np.clip(
        np.array([-12, -4, -1, 0, 1, 4, 12]) / math.sqrt(max(concentration, 1e-9)), -np.pi, np.pi
    )
    points = np.unique([-np.pi, np.pi, *spread, *edges])
    return sum(
        scipy.integrate.fixed_quad(function, low, high, n=120)[0] for low, high in itertools.pairwise(points)
    )


@pytest.mark.parametrize("concentration", CONCENTRATIONS)
def test_log_density_and_gradients_are_mpmaths(concentration):
    with mp.workdps(40):
        kappa, angle = mp.mpf(concentration), mp.mpf("0.01")
        ratio = mp.besseli(1, kappa) / mp.besseli(0, kappa)
        expected = kappa * mp.cos(angle) - mp.log(2 * mp.pi * mp.besseli(0, kappa))
        slope = mp.cos(angle) - ratio
        turn = kappa * mp.sin(angle)
    parameters = [tensor(0.5).requires_grad_(), tensor(concentration).requires_grad_()]
    value = VonMises(*parameters).log_prob(tensor(0.5) + 0.01)
    by_loc, by_concentration = torch.autograd.grad(value.sum(), parameters)
    np.testing.assert_allclose(value.item(), float(expected), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(by_concentration.item(), float(slope), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(by_loc.item(), float(turn), rtol=1e-10)


@pytest.mark.parametrize("concentration", [150.0, 1e4, 1e6])
def test_gradient_at_the_mode_is_right_in_float32(concentration):
    # Where PyTorch's own gradient, I1 / I0 - 1 as a difference, has rounded to 0.
    kappa = torch.tensor(concentration, requires_grad=True)
    value = VonMises(torch.tensor(1.0), kappa).log_prob(torch.tensor(1.0))
    with mp.workdps(40):
        expected = 1 - mp.besseli(1, concentration) / mp.besseli(0, concentration)
    np.testing.assert_allclose(torch.autograd.grad(value, kappa)[0].item(), float(expected), rtol=1e-5)


@pytest.mark.parametrize("concentration", CONCENTRATIONS)
def test_circular_variance_and_entropy_are_integrals(concentration):
    f = density(concentration)
    # 1 - cos by half angles, or nothing is left of a narrow distribution.
    variance = integral(lambda angle: 2 * np.sin(angle / 2) ** 2 * f(angle), concentration)
    entropy = integral(
        lambda angle: -f(angle) * at(concentration).log_prob(tensor(angle)).numpy(), concentration
    )
    np.testing.assert_allclose(at(concentration).variance.item(), variance, rtol=1e-9)
    np.testing.assert_allclose(at(concentration).entropy().item(), entropy, rtol=1e-9)
    assert at(concentration, 2.5).mean.item() == 2.5


@pytest.mark.parametrize("concentration", CONCENTRATIONS)
def test_cdf_is_an_integral_in_both_tails(concentration):
    f = density(concentration)
    for sd in (-8.0, -2.0, -0.3, 0.0, 0.5, 3.0):
        angle = float(np.clip(sd / math.sqrt(max(concentration, 1.0)), -3.1, 3.1))
        expected = integral(lambda u, end=angle: np.where(u <= end, f(u), 0.0), concentration, [angle])
        np.testing.assert_allclose(at(concentration).cdf(tensor(angle)).item(), expected, rtol=1e-9)


@pytest.mark.parametrize("concentration", [1e-3, 0.7, 5.0, 25.0])
def test_cdf_is_scipys(concentration):
    angles = np.linspace(-3.1, 3.1, 9)
    expected = scipy.stats.vonmises.cdf(angles, concentration)
    # SciPy sums a series whose terms cancel in the tails.
    np.testing.assert_allclose(at(concentration).cdf(tensor(angles)), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("concentration", CONCENTRATIONS)
def test_quantiles_invert_the_cdf_within_the_opened_circle(concentration):
    loc = 3.0  # so that the upper quantiles lie beyond π
    q = tensor([0.0, 1e-12, 0.025, 0.5, 0.975, 1.0])
    given = at(concentration, loc)
    angle = given.icdf(q)
    assert (angle.diff() >= 0.0).all()
    assert (angle >= loc - math.pi).all()
    assert (angle <= loc + math.pi).all()
    np.testing.assert_allclose(given.cdf(angle[1:-1]), q[1:-1], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(angle[3].item(), loc, rtol=1e-12)


def test_values_count_modulo_a_turn():
    given = at(4.0, 3.0)
    angles = tensor([2.9, 3.3, -1.0])
    for method in (given.log_prob, given.cdf, given.crps):
        torch.testing.assert_close(method(angles + 4 * math.pi), method(angles), rtol=1e-9, atol=1e-9)
    # Just beyond the place opposite to the location the cdf starts again.
    opposite = 3.0 + math.pi
    assert given.cdf(tensor(opposite - 1e-9)).item() > 0.999
    assert given.cdf(tensor(opposite + 1e-9)).item() < 0.001


@pytest.mark.parametrize("concentration", [0.0, 1e-3, 0.7, 5.0, 60.0, 400.0])
def test_angular_crps_is_its_fourier_series(concentration):
    # |θ| = π/2 - 4/π Σ cos(jθ)/j² over odd j, and E cos(jΘ) = I_j / I_0 for the von Mises distribution.
    j = np.arange(1, 20001, 2)
    moment = scipy.special.ive(j, concentration) / scipy.special.ive(0, concentration)
    for angle in (0.0, 0.02, 1.0, 3.0, math.pi, 5.0):
        series = np.sum((moment * np.cos(j * angle) - 0.5 * moment**2) / j**2)
        expected = math.pi / 4 - 4 / math.pi * series
        np.testing.assert_allclose(at(concentration).crps(tensor(angle)).item(), expected, rtol=1e-7)


@pytest.mark.parametrize("concentration", [1e5, 1e8])
def test_angular_crps_of_a_narrow_one_is_the_normals(concentration):
    sd = 1.0 / math.sqrt(concentration)
    z = np.array([0.0, 0.5, -2.0])
    normal = sd * (
        z * (2 * scipy.stats.norm.cdf(z) - 1) + 2 * scipy.stats.norm.pdf(z) - 1 / math.sqrt(math.pi)
    )
    np.testing.assert_allclose(at(concentration).crps(tensor(z * sd)), normal, rtol=5 / concentration + 1e-9)


@pytest.mark.parametrize("concentration", [0.0, 0.5, 20.0, 1e4])
def test_draws_follow_the_cdf(concentration):
    given = at(concentration, 2.0)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        drawn = given.sample((4000,))[:, 0]
    assert drawn.shape == (4000,)
    assert (drawn.abs() <= math.pi + 1e-9).all()
    assert scipy.stats.kstest(given.cdf(drawn).numpy(), "uniform").pvalue > 1e-3
