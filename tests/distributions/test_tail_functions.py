"""The functions that tails and densities are made of, against mpmath."""

import math
from functools import partial

import mpmath as mp
import numpy as np
import pytest
import scipy.special
import torch

from deepstat.distributions.beta_kernel import log_beta_kernel
from deepstat.distributions.bisect import bisect
from deepstat.distributions.by_scipy import by_scipy
from deepstat.distributions.exponential import Exponential
from deepstat.distributions.gamma import Gamma
from deepstat.distributions.gamma_kernel import log_gamma_kernel
from deepstat.distributions.generalized_pareto import GeneralizedPareto
from deepstat.distributions.incomplete_beta import log_incomplete_beta
from deepstat.distributions.incomplete_gamma import log_incomplete_gamma
from deepstat.distributions.inverse_gaussian import InverseGaussian
from deepstat.distributions.log_complement import log_complement
from deepstat.distributions.log_gamma_half_step import log_gamma_half_step
from deepstat.distributions.lognormal import LogNormal
from deepstat.distributions.normal import Normal
from deepstat.distributions.stirling_error import stirling_error
from deepstat.distributions.student_t import StudentT
from deepstat.distributions.tail_integral import log_tail_integral
from deepstat.distributions.weibull import Weibull


def tensor(*values, grad=False):
    return torch.tensor(values, dtype=torch.float64, requires_grad=grad)


def slope(function, place):
    """Return mpmath's derivative."""
    place = mp.mpf(place)
    return float(mp.diff(function, place, h=abs(place) * mp.mpf(10) ** -15))


def log_of(tail, other):
    """Return mpmath's logarithm of a tail, from the other one where that is the small one."""
    small = other()
    return mp.log1p(-small) if small < 0.5 else mp.log(tail())


def checked(ours, theirs, places, *, rtol, slope_rtol):
    """Compare values and derivatives of a function of one number with mpmath's."""
    given = tensor(*places, grad=True)
    value = ours(given)
    gradient = torch.autograd.grad(value.sum(), given)[0]
    with mp.workdps(50):
        np.testing.assert_allclose(
            value.detach(), [float(theirs(mp.mpf(x))) for x in places], rtol=rtol, atol=1e-13
        )
        np.testing.assert_allclose(gradient, [slope(theirs, x) for x in places], rtol=slope_rtol)


@pytest.mark.parametrize("switch", [30.0])
def test_stirling_error_is_mpmaths(switch):
    def theirs(x):
        return mp.loggamma(x) - (x - mp.mpf(1) / 2) * mp.log(x) + x - mp.log(2 * mp.pi) / 2

    places = [1e-6, 0.3, 2.0, switch - 0.01, switch + 0.01, 1e3, 1e6]
    checked(stirling_error, theirs, places, rtol=1e-9, slope_rtol=1e-7)


def test_half_step_of_log_gamma_is_mpmaths():
    places = [1e-6, 0.3, 2.0, 19.99, 20.01, 1e3, 1e6]
    checked(
        log_gamma_half_step,
        lambda x: mp.loggamma(x + mp.mpf(1) / 2) - mp.loggamma(x),
        places,
        rtol=1e-11,
        slope_rtol=1e-10,
    )


def test_log_complement_is_mpmaths():
    places = [-1e-300, -1e-10, -0.1, -math.log(2.0), -0.7, -30.0, -700.0]
    checked(log_complement, lambda x: mp.log1p(-mp.exp(x)), places[1:], rtol=1e-14, slope_rtol=1e-12)
    np.testing.assert_allclose(log_complement(tensor(places[0])), [-300 * math.log(10)], rtol=1e-12)
    certain = tensor(0.0, grad=True)
    assert torch.autograd.grad(log_complement(certain).sum(), certain)[0].isfinite().all()


@pytest.mark.parametrize("a", [0.01, 0.1, 0.5, 1.0, 3.3, 40.0, 2e3])
@pytest.mark.parametrize("share", [1e-4, 0.3, 0.9, 1.0, 1.1, 4.0])
def test_incomplete_gamma_and_its_derivative_in_the_shape_are_mpmaths(a, share):
    x = a * share
    given = tensor(a, grad=True)
    tails = log_incomplete_gamma(given, tensor(x))
    with mp.workdps(40):

        def lower(a):
            return mp.gammainc(a, 0, mp.mpf(x), regularized=True)

        def upper(a):
            return mp.gammainc(a, mp.mpf(x), mp.inf, regularized=True)

        for ours, pair in zip(tails, ((lower, upper), (upper, lower)), strict=True):

            def theirs(a, pair=pair):
                return log_of(*(partial(each, a) for each in pair))

            np.testing.assert_allclose(ours.item(), float(theirs(mp.mpf(a))), rtol=1e-9)
            gradient = torch.autograd.grad(ours.sum(), given, retain_graph=True)[0].item()
            np.testing.assert_allclose(gradient, slope(theirs, a), rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("a", [1e5, 1e7])
def test_incomplete_gamma_holds_for_large_shapes(a):
    for z in (-4.0, -1.0, 0.0, 2.0, 7.0):  # SciPy has lost its digits at -6
        x = a + z * math.sqrt(a)
        lower, upper = log_incomplete_gamma(tensor(a), tensor(x))
        np.testing.assert_allclose(lower.exp(), scipy.special.gammainc(a, x), rtol=1e-9)
        np.testing.assert_allclose(upper.exp(), scipy.special.gammaincc(a, x), rtol=1e-9)


@pytest.mark.parametrize("alpha", [0.05, 0.5, 1.0, 3.0, 80.0])
@pytest.mark.parametrize("beta", [0.05, 0.5, 1.0, 3.0, 80.0])
def test_incomplete_beta_and_its_derivatives_are_mpmaths(alpha, beta):
    for y in (1e-6, 0.2, 0.5, 0.95):
        given = [tensor(alpha, grad=True), tensor(beta, grad=True)]
        tails = log_incomplete_beta(*given, tensor(y))
        # The complement by exchanged parameters; 1 - y in full precision.
        with mp.workdps(40):

            def lower(a, b, y=y):
                return mp.betainc(a, b, 0, mp.mpf(y), regularized=True)

            def upper(a, b, y=y):
                return mp.betainc(b, a, 0, 1 - mp.mpf(y), regularized=True)

            for ours, pair in zip(tails, ((lower, upper), (upper, lower)), strict=True):

                def theirs(a, b, pair=pair):
                    return log_of(*(partial(each, a, b) for each in pair))

                np.testing.assert_allclose(ours.item(), float(theirs(alpha, beta)), rtol=1e-8)
                by_alpha, by_beta = torch.autograd.grad(ours.sum(), given, retain_graph=True)
                np.testing.assert_allclose(
                    by_alpha.item(),
                    slope(lambda a, f=theirs: f(a, mp.mpf(beta)), alpha),
                    rtol=1e-7,
                    atol=1e-11,
                )
                np.testing.assert_allclose(
                    by_beta.item(),
                    slope(lambda b, f=theirs: f(mp.mpf(alpha), b), beta),
                    rtol=1e-7,
                    atol=1e-11,
                )


def test_kernels_keep_their_digits_where_numbers_are_large():
    with mp.workdps(40):
        a, ratio = mp.mpf(1e6), mp.mpf(1.001)
        gamma = a * mp.log(a * ratio) - a * ratio - mp.loggamma(a)
        mean, precision, y = mp.mpf(0.3), mp.mpf(1e6), mp.mpf(0.3005)
        one, other = mean * precision, (1 - mean) * precision
        beta = one * mp.log(y) + other * mp.log(1 - y) - mp.log(mp.beta(one, other))
    np.testing.assert_allclose(log_gamma_kernel(tensor(1e6), tensor(1.001)).item(), float(gamma), rtol=1e-8)
    np.testing.assert_allclose(
        log_beta_kernel(tensor(0.3), tensor(1e6), tensor(0.3005)).item(), float(beta), rtol=1e-8
    )


def test_tail_integral_is_exact_for_known_tails_whatever_the_rate():
    for factor in (0.6, 1.0, 1.8):
        rate = factor * tensor(1e-3, 1.0, 1e3)
        own = rate[:, None] / factor
        exponential = log_tail_integral(lambda w, own=own: -own * w, rate)
        np.testing.assert_allclose(exponential.exp() * own[:, 0], 1.0, rtol=1e-9)
        normal = log_tail_integral(lambda w, own=own: -0.5 * (own * w).square(), rate)
        np.testing.assert_allclose(normal.exp() * own[:, 0], math.sqrt(math.pi / 2), rtol=1e-8)


def far_cases():
    """Return distributions of one parameter vector, a place far out, and the exact log survival as a function."""
    half = mp.mpf(1) / 2

    def t_survival(df, loc, scale):
        z = (mp.mpf("1e9") - loc) / scale
        return mp.log(mp.betainc(df / 2, half, 0, df / (df + z * z), regularized=True) / 2)

    def inverse_gaussian_survival(mean, ratio):
        y, root = mp.mpf(200), mp.sqrt(ratio / 200)
        return mp.log(
            mp.ncdf(root * (1 - y / mean)) - mp.exp(2 * ratio / mean) * mp.ncdf(-root * (1 + y / mean))
        )

    return [
        (Normal, (1.0, 2.0), 81.0, lambda loc, scale: mp.log(mp.ncdf(-(81 - loc) / scale))),
        (LogNormal, (0.5, 0.3), 1e6, lambda loc, scale: mp.log(mp.ncdf(-(mp.log(1e6) - loc) / scale))),
        (StudentT, (3.5, 0.5, 2.0), 1e9, t_survival),
        (Exponential, (0.5,), 1e4, lambda scale: -mp.mpf(1e4) / scale),
        (
            Gamma,
            (2.0, 1.7),
            900.0,
            lambda m, a: mp.log(mp.gammainc(a, 900 * a / m, mp.inf, regularized=True)),
        ),
        (Weibull, (2.0, 1.7), 300.0, lambda scale, k: -((300 / scale) ** k)),
        (InverseGaussian, (1.5, 4.0), 200.0, inverse_gaussian_survival),
        (GeneralizedPareto, (2.0, 0.4), 1e9, lambda scale, xi: -mp.log(1 + xi * 1e9 / scale) / xi),
    ]


@pytest.mark.parametrize("case", far_cases(), ids=lambda case: case[0].__name__)
def test_log_survival_and_gradients_hold_far_in_the_tail(case):
    family, parameters, place, theirs = case
    given = [tensor(each, grad=True) for each in parameters]
    value = family(*given).log_survival(tensor(place))
    with mp.workdps(80):
        exact = [mp.mpf(each) for each in parameters]
        np.testing.assert_allclose(value.item(), float(theirs(*exact)), rtol=1e-10)
        for i, gradient in enumerate(torch.autograd.grad(value.sum(), given)):

            def moved(x, i=i):
                return theirs(*exact[:i], x, *exact[i + 1 :])

            np.testing.assert_allclose(gradient.item(), slope(moved, parameters[i]), rtol=1e-7)


@pytest.mark.parametrize("ratio", [1e-2, 0.3, 5.0, 300.0])
def test_inverse_gaussian_tails_are_mpmaths_for_all_shapes(ratio):
    for y in (0.01, 0.3, 0.95, 1.0, 1.2, 8.0):
        given = InverseGaussian(tensor(1.0), tensor(ratio))
        with mp.workdps(600):
            root, exact = mp.sqrt(mp.mpf(ratio) / y), mp.mpf(ratio)
            below = mp.ncdf(root * (y - 1)) + mp.exp(2 * exact) * mp.ncdf(-root * (y + 1))
            log_below, log_above = float(mp.log(below)), float(mp.log(1 - below))
        np.testing.assert_allclose(given.log_cdf(tensor(y)).item(), log_below, rtol=2e-9)
        np.testing.assert_allclose(given.log_survival(tensor(y)).item(), log_above, rtol=2e-9)
        np.testing.assert_allclose(given.cdf(tensor(y)).item(), math.exp(log_below), rtol=1e-11)


@pytest.mark.parametrize("ratio", [1e-2, 1.0, 1e4, 1e8])
def test_inverse_gaussian_quantiles_invert_the_cdf(ratio):
    given = InverseGaussian(tensor(3.0), tensor(3.0 * ratio))
    q = tensor(1e-12, 0.01, 0.5, 0.99, 1 - 1e-9)
    np.testing.assert_allclose(given.cdf(given.icdf(q)), q, rtol=1e-6)
    assert given.icdf(tensor(1.0)).item() == math.inf


def test_inverse_gaussian_entropy_joins_its_two_formulas():
    # At 2 λ / mean = 50 the exponential integral gives way to its asymptotic series.
    below, above = (
        InverseGaussian(tensor(1.0), tensor(25.0 * side)).entropy() for side in (1 - 1e-9, 1 + 1e-9)
    )
    assert abs(below - above).item() < 1e-8


def test_generalized_pareto_is_smooth_through_the_exponential():
    place = tensor(2.5)
    values, gradients = [], []
    for xi in (-1e-6, 0.0, 1e-6):
        given = tensor(xi, grad=True)
        value = GeneralizedPareto(tensor(1.0), given).log_prob(place)
        values.append(value.item())
        gradients.append(torch.autograd.grad(value.sum(), given)[0].item())
    np.testing.assert_allclose(values, -2.5, atol=1e-5)
    np.testing.assert_allclose(gradients, 0.5 * 2.5**2 - 2.5, atol=1e-4)  # by hand: y²/2 - y


def test_generalized_pareto_ends_where_it_should_and_leads_back():
    scale, xi = tensor(1.0, grad=True), tensor(-0.5)
    given = GeneralizedPareto(scale, xi, validate_args=False)
    assert given.upper_end.item() == 2.0
    beyond = given.log_prob(tensor(2.1))
    assert beyond.item() < -1e4
    assert torch.autograd.grad(beyond.sum(), scale)[0].item() > 1e4  # a larger scale brings the end nearer
    assert given.cdf(tensor(2.1)).item() == 1.0
    assert GeneralizedPareto(tensor(1.0), xi).icdf(tensor(1.0)).item() == 2.0


def test_weibull_keeps_a_direction_where_its_hazard_overflows():
    scale = torch.tensor([1.0], requires_grad=True)
    value = Weibull(scale, torch.tensor([50.0])).log_prob(torch.tensor([1e3]))
    assert value.isfinite().all()
    gradient = torch.autograd.grad(value.sum(), scale)[0].item()
    assert 0.0 < gradient < math.inf


def test_by_scipy_keeps_dtype_and_detaches():
    given = torch.tensor([0.5], requires_grad=True)
    result = by_scipy(scipy.special.erf, given)
    assert result.dtype == torch.float32
    assert not result.requires_grad
    np.testing.assert_allclose(result, [math.erf(0.5)], rtol=1e-6)


def test_bisect_finds_a_root_to_the_last_bits():
    found = bisect(lambda x: x.cos() > x, tensor(0.0, 0.5), tensor(1.0, 3.0))
    np.testing.assert_allclose(found, 0.7390851332151607, rtol=1e-15)
