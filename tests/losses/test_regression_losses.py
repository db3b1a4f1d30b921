"""Regression losses against scipy, statsmodels, scikit-learn and mpmath."""

import mpmath
import numpy as np
import pytest
import statsmodels.api as sm
import torch
from scipy import integrate, optimize, special, stats
from sklearn import metrics

from deepstat.losses.absolute import absolute
from deepstat.losses.barron import barron
from deepstat.losses.cauchy import cauchy
from deepstat.losses.charbonnier import charbonnier
from deepstat.losses.epsilon_insensitive import epsilon_insensitive
from deepstat.losses.expectile import expectile
from deepstat.losses.gamma import gamma
from deepstat.losses.geman_mcclure import geman_mcclure
from deepstat.losses.huber import huber
from deepstat.losses.log_cosh import log_cosh
from deepstat.losses.poisson import poisson
from deepstat.losses.quantile import quantile
from deepstat.losses.squared import squared
from deepstat.losses.tukey import tukey
from deepstat.losses.welsch import welsch

RESIDUALS = np.concatenate([np.linspace(-9, 9, 41), [0.0, 1e-4, -1e-4, 1e3, -1e5]])


def of(loss, residuals=RESIDUALS, **options):
    target = torch.from_numpy(np.asarray(residuals, dtype=float)).unsqueeze(1)
    return loss(torch.zeros_like(target), target, **options).numpy()


def minimiser(loss, sample, **options):
    """The constant prediction with the smallest mean loss."""

    def mean(constant):
        return of(loss, sample - constant, **options).mean()

    return optimize.minimize_scalar(mean, bounds=(sample.min(), sample.max()), options={"xatol": 1e-10}).x


@pytest.mark.parametrize("delta", [0.3, 1.345, 4.0])
def test_huber_equals_scipy_and_statsmodels(delta):
    np.testing.assert_allclose(of(huber, delta=delta), special.huber(delta, RESIDUALS), rtol=1e-13)
    np.testing.assert_allclose(
        of(huber, delta=delta), sm.robust.norms.HuberT(delta).rho(RESIDUALS), rtol=1e-13
    )


def test_huber_equals_squared_for_small_residuals_and_a_line_for_large_ones():
    np.testing.assert_array_equal(of(huber, [0.5, -1.0], delta=1.0), of(squared, [0.5, -1.0]))
    np.testing.assert_allclose(of(huber, [3.0, 4.0], delta=1.0), [2.5, 3.5])


@pytest.mark.parametrize("c", [1.0, 4.685])
def test_tukey_equals_statsmodels(c):
    expected = sm.robust.norms.TukeyBiweight(c).rho(RESIDUALS)
    np.testing.assert_allclose(of(tukey, c=c), expected, rtol=1e-12, atol=1e-14)


def test_tukey_has_no_gradient_beyond_c():
    prediction = torch.zeros(2, 1, requires_grad=True)
    tukey(prediction, torch.tensor([[4.0], [5.0]]), c=4.5).sum().backward()
    assert prediction.grad[0] != 0
    assert prediction.grad[1] == 0


@pytest.mark.parametrize("c", [0.5, 1.0, 3.0])
def test_charbonnier_equals_scipys_pseudo_huber(c):
    np.testing.assert_allclose(
        of(charbonnier, c=c), special.pseudo_huber(c, RESIDUALS), rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("c", [0.5, 1.0, 3.0])
def test_cauchy_equals_the_cost_of_scipys_least_squares(c):
    for residual, value in zip(RESIDUALS, of(cauchy, c=c), strict=True):
        fit = optimize.least_squares(
            lambda x, r=residual: r + 0 * x,
            [0.0],
            loss="cauchy",
            f_scale=c * np.sqrt(2),
            jac=lambda x: [[0.0]],
        )
        assert value == pytest.approx(fit.cost, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("c", [0.5, 1.0, 3.0])
def test_welsch_is_one_minus_a_normal_density(c):
    density = stats.norm.pdf(RESIDUALS, scale=c) / stats.norm.pdf(0, scale=c)
    np.testing.assert_allclose(of(welsch, c=c), c**2 * (1 - density), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("c", [0.5, 1.0, 3.0])
def test_geman_mcclure_is_the_integral_of_its_influence(c):
    for residual in (0.1, -0.7, 2.0, 12.0):
        area, _ = integrate.quad(lambda r: r / (1 + (r / c) ** 2 / 4) ** 2, 0, residual, epsabs=1e-13)
        assert of(geman_mcclure, [residual], c=c)[0] == pytest.approx(area, rel=1e-10)
    assert of(geman_mcclure, [1e8], c=c)[0] == pytest.approx(2 * c**2)


def test_log_cosh_equals_the_formula_in_many_digits():
    with mpmath.workdps(60):
        expected = [float(mpmath.log(mpmath.cosh(mpmath.mpf(r)))) for r in RESIDUALS]
    np.testing.assert_allclose(of(log_cosh), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("tau", [0.05, 0.5, 0.9])
def test_quantile_equals_sklearns_pinball_loss(tau):
    expected = [metrics.mean_pinball_loss([r], [0.0], alpha=tau) for r in RESIDUALS]
    np.testing.assert_allclose(of(quantile, tau=tau), expected, rtol=1e-12)


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.8])
def test_the_minimiser_of_the_quantile_loss_is_the_empirical_quantile(tau):
    sample = np.random.default_rng(0).exponential(size=101)
    best = minimiser(quantile, sample, tau=tau)
    assert best == pytest.approx(np.quantile(sample, tau, method="inverted_cdf"), abs=1e-6)


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.8])
def test_the_minimiser_of_the_expectile_loss_is_scipys_expectile(tau):
    sample = np.random.default_rng(0).exponential(size=60)
    assert minimiser(expectile, sample, tau=tau) == pytest.approx(stats.expectile(sample, tau), abs=1e-6)


def test_minimisers_of_squared_and_absolute_are_mean_and_median():
    sample = np.random.default_rng(0).exponential(size=61)
    assert minimiser(squared, sample) == pytest.approx(sample.mean(), abs=1e-6)
    assert minimiser(absolute, sample) == pytest.approx(np.median(sample), abs=1e-6)


def test_squared_and_absolute_equal_sklearns_errors():
    expected = [metrics.mean_squared_error([r], [0.0]) / 2 for r in RESIDUALS]
    np.testing.assert_allclose(of(squared), expected, rtol=1e-14)
    np.testing.assert_allclose(of(absolute), [metrics.mean_absolute_error([r], [0.0]) for r in RESIDUALS])


def test_epsilon_insensitive_is_flat_in_the_tube_and_linear_outside():
    np.testing.assert_allclose(
        of(epsilon_insensitive, [-0.3, 0.5, 0.75, -2.0], epsilon=0.5), [0, 0, 0.25, 1.5]
    )
    np.testing.assert_array_equal(of(epsilon_insensitive, epsilon=0.0), of(absolute))


def test_the_minimum_of_epsilon_insensitive_is_that_of_a_linear_program():
    y, n = np.random.default_rng(3).normal(size=30), 30
    best = minimiser(epsilon_insensitive, y, epsilon=0.4)
    # Unknowns: the constant b, then n excesses t >= |y - b| - epsilon, t >= 0.
    above = np.column_stack([-np.ones(n), -np.eye(n)])
    below = np.column_stack([np.ones(n), -np.eye(n)])
    program = optimize.linprog(
        np.append(0.0, np.ones(n) / n),
        A_ub=np.vstack([above, below]),
        b_ub=np.concatenate([0.4 - y, 0.4 + y]),
        bounds=[(None, None)] + [(0, None)] * n,
    )
    assert of(epsilon_insensitive, y - best, epsilon=0.4).mean() == pytest.approx(program.fun, rel=1e-9)


@pytest.mark.parametrize(
    ("loss", "deviance", "counts"),
    [
        (poisson, metrics.mean_poisson_deviance, [0.0, 1.0, 2.5, 40.0]),
        (gamma, metrics.mean_gamma_deviance, [1e-3, 1.0, 2.5, 40.0]),
    ],
)
def test_exp_link_losses_are_half_of_sklearns_deviances(loss, deviance, counts):
    raw = np.array([-1.5, 0.2, 1.0, 3.5])
    ours = loss(torch.from_numpy(raw).unsqueeze(1), torch.tensor(counts, dtype=torch.float64).unsqueeze(1))
    expected = [deviance([y], [np.exp(f)]) / 2 for y, f in zip(counts, raw, strict=True)]
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("loss", [poisson, gamma])
def test_exp_link_losses_are_zero_where_the_mean_is_the_target(loss):
    target = torch.tensor([[0.5], [7.0], [300.0]], dtype=torch.float64)
    torch.testing.assert_close(loss(target.log(), target), torch.zeros(3, dtype=torch.float64))


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        (huber, {"delta": 0.2}),
        (tukey, {"c": 3.0}),
        (barron, {"alpha": -5.0, "c": 2.0}),
        (charbonnier, {"c": 0.7}),
        (cauchy, {"c": 0.7}),
        (geman_mcclure, {"c": 0.7}),
        (welsch, {"c": 0.7}),
        (log_cosh, {}),
        (expectile, {"tau": 0.5}),
        (squared, {}),
    ],
)
def test_losses_of_the_half_convention_are_half_the_square_near_zero(loss, options):
    np.testing.assert_allclose(of(loss, [1e-3, -2e-3], **options), [5e-7, 2e-6], rtol=1e-4)
