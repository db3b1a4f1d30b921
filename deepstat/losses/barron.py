"""Barron's general and adaptive robust loss, with a fixed shape."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.distributions.expm1 import expm1
from deepstat.losses.options import Number, check_option


def barron_rho(square: Tensor, alpha: Number, c: Number) -> Tensor:
    """Return c² rho(r, alpha, c), elementwise, for squared residuals r².

    With s = |alpha - 2| c² this is (s/alpha) ((r²/s + 1)^(alpha/2) - 1). Written with expm1 and log1p, the
    special cases are limits that rounding reaches: alpha is kept eps away from 0, s from 0, and alpha above
    -1/eps, and what this changes is below one rounding error of the result. At alpha = 2 the logarithm costs
    about 5 bits.

    Parameters
    ----------
    square : Tensor
        Squared residuals.
    alpha : float <= 2, or 0-d Tensor
        Shape; minus infinity is allowed.
    c : float > 0, or 0-d Tensor
        Where the loss leaves the parabola.

    Returns
    -------
    Tensor of the shape of `square`

    Examples
    --------
    >>> barron_rho(torch.tensor([8.0]), 1.0, 1.0).round(decimals=4)
    tensor([2.])
    """
    eps = torch.finfo(square.dtype).eps
    if not isinstance(alpha, Tensor):
        alpha = square.new_full((), alpha)  # filled on the device: no copy, no synchronisation
    alpha = alpha.clamp(min=-1.0 / eps)
    s = (2.0 - alpha).clamp(min=eps) * c**2
    power = torch.where(alpha.abs() < eps, eps, alpha)
    return (s / power) * expm1(0.5 * power * torch.log1p(square / s))


def barron(prediction: Tensor, target: Tensor, *, alpha: Number = 1.0, c: Number = 1.0) -> Tensor:
    """Return Barron's general robust loss; alpha moves from least squares to outright rejection.

    ======  ==================
    alpha   the loss
    ======  ==================
    2       ``squared``
    1       ``charbonnier``
    0       ``cauchy``
    -2      ``geman_mcclure``
    -inf    ``welsch``
    ======  ==================

    Half convention: r²/2 for small residuals whatever alpha and c, that is c² times rho(r, alpha, c) of the
    paper.

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)
    alpha : float <= 2
        Shape; the smaller, the less influence has a large residual. May be ``float("-inf")``.
    c : float > 0
        Where the loss leaves the parabola; in residual scales (``scale="mad"``).

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> zero, r = torch.zeros(1, 1), torch.full((1, 1), 2.0)
    >>> [round(barron(zero, r, alpha=alpha).item(), 4) for alpha in (2.0, 1.0, 0.0, -2.0, float("-inf"))]
    [2.0, 1.2361, 1.0986, 1.0, 0.8647]

    References
    ----------
    Barron (2019), A general and adaptive robust loss function, CVPR.
    """
    return barron_rho((target - prediction).square(), alpha, c).mean(dim=1)


def check_barron(*, alpha: float = 1.0, c: float = 1.0) -> None:
    """Raise ``ValueError`` unless alpha is at most 2 and c is positive and finite.

    Examples
    --------
    >>> check_barron(alpha=float("-inf"))
    """
    check_option("barron: alpha", alpha, float("-inf"), 2.0, closed="both")
    check_option("barron: c", c, 0.0, float("inf"))
