"""The expectile loss: asymmetric least squares."""

from __future__ import annotations

from torch import Tensor

from deepstat.losses.options import Number, check_option


def expectile(prediction: Tensor, target: Tensor, *, tau: Number = 0.5) -> Tensor:
    """Return |tau - 1(r < 0)| r² with r = target - prediction; the minimiser is the tau-expectile.

    No further factor: at ``tau=0.5`` this is r²/2, the ``squared`` loss.

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)
    tau : float in (0, 1)
        Level of the expectile; 0.5 is the mean.

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> expectile(torch.tensor([[0.0], [0.0]]), torch.tensor([[2.0], [-2.0]]), tau=0.75)
    tensor([3., 1.])

    References
    ----------
    Newey and Powell (1987), Asymmetric least squares estimation and testing, Econometrica 55.
    """
    residual = target - prediction
    side = (residual < 0).to(residual.dtype)  # no gradient flows through the side, only through the square
    return ((tau - side).abs() * residual.square()).mean(dim=1)


def check_expectile(*, tau: float = 0.5) -> None:
    """Raise ``ValueError`` unless tau lies strictly between 0 and 1.

    Examples
    --------
    >>> check_expectile(tau=0.9)
    """
    check_option("expectile: tau", tau, 0.0, 1.0)
