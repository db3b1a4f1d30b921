"""The Welsch (Leclerc, correntropy) loss."""

from __future__ import annotations

from torch import Tensor

from deepstat.distributions.expm1 import expm1
from deepstat.losses.options import Number, check_option


def welsch(prediction: Tensor, target: Tensor, *, c: Number = 1.0) -> Tensor:
    """Return c² (1 - exp(-(r/c)²/2)): bounded by c², influence falls like a normal density.

    Half convention: r²/2 for small residuals. It is ``barron`` with alpha = -inf. Not convex, and the
    gradient far out is zero, so the estimators start it from a Huber fit.

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)
    c : float > 0
        Where the loss leaves the parabola; in residual scales (``scale="mad"``).

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> welsch(torch.tensor([[0.0]]), torch.tensor([[2.0]]))  # 1 - exp(-2)
    tensor([0.8647])

    References
    ----------
    Dennis and Welsch (1978), Techniques for nonlinear least squares and robust regression, Communications in
    Statistics B 7; Leclerc (1989).
    """
    return (-c * c) * expm1((target - prediction).square() * (-0.5 / (c * c))).mean(dim=1)


def check_welsch(*, c: float = 1.0) -> None:
    """Raise ``ValueError`` unless c is positive and finite.

    Examples
    --------
    >>> check_welsch(c=3.0)
    """
    check_option("welsch: c", c, 0.0, float("inf"))
