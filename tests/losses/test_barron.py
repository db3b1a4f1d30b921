"""Barron's general loss: right at its special cases, and between them."""

import mpmath
import pytest
import torch

from deepstat.losses.barron import barron, barron_rho
from deepstat.losses.cauchy import cauchy
from deepstat.losses.charbonnier import charbonnier
from deepstat.losses.geman_mcclure import geman_mcclure
from deepstat.losses.squared import squared
from deepstat.losses.welsch import welsch

SPECIAL = {2.0: squared, 1.0: charbonnier, 0.0: cauchy, -2.0: geman_mcclure, float("-inf"): welsch}
RESIDUAL = torch.tensor([0.0, 1e-3, -0.5, 1.0, 3.0, -40.0, 1e4], dtype=torch.float64).unsqueeze(1)


def published(r, alpha, c):
    """Equation 8 of the paper, times c², in 80 digits (generic alpha only)."""
    with mpmath.workdps(80):
        alpha, square = mpmath.mpf(alpha), (mpmath.mpf(r) / c) ** 2
        b = abs(alpha - 2)
        return float(c**2 * b / alpha * ((square / b + 1) ** (alpha / 2) - 1))


def closed_form(loss, c):
    zero = torch.zeros_like(RESIDUAL)
    return loss(zero, RESIDUAL) if loss is squared else loss(zero, RESIDUAL, c=c)


@pytest.mark.parametrize("c", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("alpha", SPECIAL)
def test_special_cases_are_the_closed_forms(alpha, c):
    ours = barron(torch.zeros_like(RESIDUAL), RESIDUAL, alpha=alpha, c=c)
    torch.testing.assert_close(ours, closed_form(SPECIAL[alpha], c), rtol=2e-14, atol=1e-15 * max(1, c * c))


@pytest.mark.parametrize("c", [0.5, 4.0])
@pytest.mark.parametrize(
    "alpha", [1.999999999, 1.9, 1.5, 1.0, 0.3, 1e-3, 1e-9, -1e-9, -0.7, -2.0, -10.0, -1e6, -1e12]
)
def test_general_case_equals_the_published_formula(alpha, c):
    ours = barron(torch.zeros_like(RESIDUAL), RESIDUAL, alpha=alpha, c=c)
    expected = torch.tensor([published(r, alpha, c) for r in RESIDUAL[:, 0].tolist()], dtype=torch.float64)
    torch.testing.assert_close(ours, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("alpha", "near"), [(2.0, 2 - 1e-10), (0.0, 1e-10), (0.0, -1e-10), (-2.0, -2 + 1e-10)]
)
def test_values_and_gradients_are_continuous_at_special_cases(alpha, near):
    def value_and_slope(shape):
        r = RESIDUAL.clone().requires_grad_()
        value = barron(torch.zeros_like(r), r, alpha=shape)
        value.sum().backward()
        return value.detach(), r.grad

    torch.testing.assert_close(value_and_slope(alpha), value_and_slope(near), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("alpha", [2.0, 1.0, 0.0, -2.0, float("-inf"), 0.37])
def test_gradients_in_the_residual_are_right_at_and_between_special_cases(alpha):
    r = torch.tensor([0.0, 0.3, -2.0, 5.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda r: barron_rho(r.square(), alpha, 1.3), (r,))


@pytest.mark.parametrize("alpha", [1.7, 1.0, 0.2, -3.0])
def test_gradients_in_shape_and_width_are_right(alpha):
    square = torch.tensor([0.1, 2.0, 30.0], dtype=torch.float64)
    options = tuple(torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (alpha, 1.3))
    assert torch.autograd.gradcheck(lambda a, c: barron_rho(square, a, c), options)


def test_members_may_have_different_special_shapes():
    shapes = torch.tensor(list(SPECIAL), dtype=torch.float64)
    zero = torch.zeros_like(RESIDUAL)
    together = torch.func.vmap(lambda a: barron(zero, RESIDUAL, alpha=a))(shapes)
    torch.testing.assert_close(
        together, torch.stack([closed_form(f, 1.0) for f in SPECIAL.values()]), rtol=2e-14, atol=1e-15
    )


@pytest.mark.parametrize("alpha", SPECIAL)
def test_float32_is_right_to_its_own_rounding(alpha):
    r = RESIDUAL.float()
    ours = barron(torch.zeros_like(r), r, alpha=alpha)
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours.double(), closed_form(SPECIAL[alpha], 1.0), rtol=1e-5, atol=1e-7)
