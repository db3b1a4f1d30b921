"""Barron's likelihood: a density for every shape, with the right normaliser and derivatives."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, stats

from deepstat.losses.barron_likelihood import barron_likelihood, log_partition

SHAPES = [0.0, 1e-6, 1e-3, 0.05, 0.3, 0.7, 1.0, 1.4, 1.8, 1.97, 1.999, 1.999999, 2.0]


def rho(x, alpha):
    """The paper's loss in numpy, by cases."""
    if alpha == 0:
        return np.log1p(0.5 * x * x)
    if alpha == 2:
        return 0.5 * x * x
    b = abs(alpha - 2)
    return b / alpha * math.expm1(alpha / 2 * math.log1p(x * x / b))


def quadrature(alpha):
    """Z(alpha) by adaptive quadrature on x = exp(v), in pieces."""
    pieces = [(-45, -20), (-20, -5), (-5, -1), (-1, 1), (1, 3), (3, 8), (8, 20), (20, 45)]

    def density(v):
        return math.exp(v - rho(math.exp(v), alpha))

    return 2 * sum(
        integrate.quad(density, *piece, epsabs=1e-14, epsrel=1e-12, limit=200)[0] for piece in pieces
    )


@pytest.mark.parametrize("alpha", SHAPES)
def test_log_partition_equals_quadrature(alpha):
    ours = log_partition(torch.tensor(alpha, dtype=torch.float64)).item()
    assert ours == pytest.approx(math.log(quadrature(alpha)), abs=1e-10)


@pytest.mark.parametrize("alpha", [0.05, 0.5, 1.0, 1.5, 1.95])
def test_the_derivative_of_log_partition_equals_a_difference_of_quadratures(alpha):
    shape = torch.tensor(alpha, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(log_partition(shape), shape)
    h = 1e-3
    logs = [math.log(quadrature(alpha + j * h)) for j in (-2, -1, 1, 2)]
    assert slope.item() == pytest.approx((logs[0] - 8 * logs[1] + 8 * logs[2] - logs[3]) / (12 * h), rel=1e-6)


def test_log_partition_in_float32_is_right_to_a_millionth():
    for alpha in SHAPES:
        ours = log_partition(torch.tensor(alpha, dtype=torch.float32))
        assert ours.item() == pytest.approx(math.log(quadrature(alpha)), abs=3e-6)


def test_log_partition_of_many_members_equals_one_by_one():
    shapes = torch.tensor(SHAPES, dtype=torch.float64)
    together = torch.func.vmap(torch.func.grad_and_value(log_partition))(shapes)
    single = [torch.func.grad_and_value(log_partition)(shape) for shape in shapes]
    torch.testing.assert_close(together, tuple(torch.stack(part) for part in zip(*single, strict=True)))


@pytest.mark.parametrize(
    ("alpha", "reference"),
    [
        (2.0, lambda r, c: stats.norm.logpdf(r, scale=c)),
        (1.0, lambda r, c: stats.genhyperbolic.logpdf(r, p=1, a=1, b=0, scale=c)),
        (0.0, lambda r, c: stats.cauchy.logpdf(r, scale=math.sqrt(2) * c)),
    ],
)
def test_known_shapes_are_the_normal_hyperbolic_and_cauchy_likelihoods(alpha, reference):
    residual = torch.tensor([-30.0, -1.0, 0.0, 0.2, 4.0], dtype=torch.float64).unsqueeze(1)
    for c in (0.3, 1.0, 5.0):
        ours = barron_likelihood(torch.zeros_like(residual), residual, alpha=alpha, c=c)
        np.testing.assert_allclose(ours.numpy(), -reference(residual[:, 0].numpy(), c), rtol=1e-9)


@pytest.mark.parametrize(("alpha", "c"), [(0.1, 1.0), (0.6, 3.0), (1.3, 0.2), (1.9, 1.0)])
def test_the_total_mass_is_one(alpha, c):
    def density(v):
        r = torch.full((1, 1), math.exp(v), dtype=torch.float64)
        return math.exp(v - barron_likelihood(torch.zeros_like(r), r, alpha=alpha, c=c).item())

    points = [-40, -10, -2, 2, 6, 15, 45]
    mass = 2 * sum(integrate.quad(density, a, b, epsabs=1e-10)[0] for a, b in itertools.pairwise(points))
    assert mass == pytest.approx(1.0, abs=1e-8)


def test_gradients_are_right_in_prediction_shape_and_scale():
    torch.manual_seed(0)
    prediction = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    target = torch.randn(4, 2, dtype=torch.float64)
    constants = tuple(torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.8, 1.7))
    assert torch.autograd.gradcheck(
        lambda p, a, c: barron_likelihood(p, target, alpha=a, c=c), (prediction, *constants)
    )


def test_the_best_scale_is_finite_and_the_best_shape_tells_normal_from_heavy_tails():
    def fit(sample):
        y = torch.from_numpy(sample).unsqueeze(1)

        def mean(theta):
            alpha, c = 2 / (1 + math.exp(-theta[0])), math.exp(theta[1])
            return barron_likelihood(torch.zeros_like(y), y, alpha=alpha, c=c).mean().item()

        best = optimize.minimize(mean, [0.0, 0.0], method="Nelder-Mead").x
        return 2 / (1 + math.exp(-best[0])), math.exp(best[1])

    levels = (np.arange(400) + 0.5) / 400
    shape, scale = fit(3.0 * stats.norm.ppf(levels))
    assert shape > 1.8
    assert scale == pytest.approx(3.0, rel=0.1)
    assert fit(stats.t.ppf(levels, df=2))[0] < 1.0
