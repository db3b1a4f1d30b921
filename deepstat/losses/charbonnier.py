"""Charbonnier's loss, the smooth Huber (pseudo-Huber)."""

from __future__ import annotations

from torch import Tensor

from deepstat.losses.options import Number, check_option


def charbonnier(prediction: Tensor, target: Tensor, *, c: Number = 1.0) -> Tensor:
    """Return c² (sqrt(1 + (r/c)²) - 1), also known as pseudo-Huber: smooth, convex, linear in the tails.

    Half convention: r²/2 for small residuals. It is ``barron`` with alpha = 1.

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)
    c : float > 0
        Where the loss leaves the parabola, and its slope in the tails; in residual scales (``scale="mad"``).

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> charbonnier(torch.tensor([[0.0]]), torch.tensor([[4.0]]), c=3.0)
    tensor([6.])

    References
    ----------
    Charbonnier, Blanc-Féraud, Aubert and Barlaud (1994), Two deterministic half-quadratic regularization
    algorithms for computed imaging, ICIP.
    """
    return c * (((target - prediction).square() + c * c).sqrt().mean(dim=1) - c)


def check_charbonnier(*, c: float = 1.0) -> None:
    """Raise ``ValueError`` unless c is positive and finite.

    Examples
    --------
    >>> check_charbonnier(c=3.0)
    """
    check_option("charbonnier: c", c, 0.0, float("inf"))
