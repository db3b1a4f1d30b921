"""The Geman-McClure loss."""

from __future__ import annotations

from torch import Tensor

from deepstat.losses.options import Number, check_option


def geman_mcclure(prediction: Tensor, target: Tensor, *, c: Number = 1.0) -> Tensor:
    """Return 2 c² r² / (r² + 4 c²): bounded by 2 c², influence falls like |r|^-3.

    Half convention: r²/2 for small residuals. It is ``barron`` with alpha = -2. Not convex, so the estimators
    start it from a Huber fit.

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
    >>> geman_mcclure(torch.tensor([[0.0]]), torch.tensor([[2.0]]))
    tensor([1.])

    References
    ----------
    Geman and McClure (1985), Bayesian image analysis: an application to single photon emission tomography.
    """
    square = (target - prediction).square()
    return (2.0 * c * c) * (square / (square + 4.0 * c * c)).mean(dim=1)


def check_geman_mcclure(*, c: float = 1.0) -> None:
    """Raise ``ValueError`` unless c is positive and finite.

    Examples
    --------
    >>> check_geman_mcclure(c=3.0)
    """
    check_option("geman_mcclure: c", c, 0.0, float("inf"))
