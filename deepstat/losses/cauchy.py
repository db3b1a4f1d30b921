"""The Cauchy (Lorentzian) loss."""

from __future__ import annotations

from torch import Tensor

from deepstat.losses.options import Number, check_option


def cauchy(prediction: Tensor, target: Tensor, *, c: Number = 1.0) -> Tensor:
    """Return c² log(1 + (r/c)²/2): grows like a logarithm; influence falls slowly beyond sqrt(2) c.

    Half convention: r²/2 for small residuals. It is ``barron`` with alpha = 0. Not convex.

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
    >>> cauchy(torch.tensor([[0.0]]), torch.tensor([[2.0]]))  # log 3
    tensor([1.0986])

    References
    ----------
    Black and Anandan (1996), The robust estimation of multiple motions, CVIU 63; Barron (2019), CVPR.
    """
    return (c * c) * ((target - prediction).square() * (0.5 / (c * c))).log1p().mean(dim=1)


def check_cauchy(*, c: float = 1.0) -> None:
    """Raise ``ValueError`` unless c is positive and finite.

    Examples
    --------
    >>> check_cauchy(c=3.0)
    """
    check_option("cauchy: c", c, 0.0, float("inf"))
