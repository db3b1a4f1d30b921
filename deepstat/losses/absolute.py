"""The absolute residual."""

from __future__ import annotations

from torch import Tensor


def absolute(prediction: Tensor, target: Tensor) -> Tensor:
    """Return the absolute residual, |r|, whose minimiser is the conditional median.

    It is twice the quantile loss at ``tau=0.5``. Its gradient at r = 0 is 0.

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> absolute(torch.tensor([[3.0]]), torch.tensor([[1.0]]))
    tensor([2.])

    References
    ----------
    Boscovich (1757); Bloomfield and Steiger (1983), Least Absolute Deviations.
    """
    return (target - prediction).abs().mean(dim=1)
