"""Huber's loss: squared for small residuals, absolute for large ones."""

from __future__ import annotations

from torch import Tensor

from deepstat.losses.options import Number, check_option


def huber(prediction: Tensor, target: Tensor, *, delta: Number = 1.345) -> Tensor:
    """Return r²/2 where |r| <= delta, and delta (|r| - delta/2) beyond.

    Half convention: it equals ``squared`` for small residuals. The default gives 95% efficiency at the normal
    when residuals are in units of their standard deviation, which is how the estimators call it
    (``scale="mad"``).

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)
    delta : float > 0
        Where the loss turns from squared to linear.

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> huber(torch.tensor([[0.0], [0.0]]), torch.tensor([[1.0], [3.0]]), delta=2.0)
    tensor([0.5000, 4.0000])

    References
    ----------
    Huber (1964), Robust estimation of a location parameter, Annals of Mathematical Statistics 35.
    """
    residual = target - prediction
    clipped = residual.clamp(
        -delta, delta
    )  # also the gradient (Huber's psi), so no branch is ever computed twice
    return (clipped * (residual - 0.5 * clipped)).mean(dim=1)


def check_huber(*, delta: float = 1.345) -> None:
    """Raise ``ValueError`` unless delta is positive and finite.

    Examples
    --------
    >>> check_huber(delta=0.5)
    """
    check_option("huber: delta", delta, 0.0, float("inf"))
