"""The logarithm of the hyperbolic cosine of the residual."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def log_cosh(prediction: Tensor, target: Tensor) -> Tensor:
    """Return log cosh r: r²/2 for small residuals, |r| - log 2 for large ones.

    Half convention. The sum of exponentials is never formed, so residuals of any size are safe. The residual
    is in residual scales (``scale="mad"``); a larger scale moves the linear tails out.

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
    >>> log_cosh(torch.tensor([[0.0], [0.0]]), torch.tensor([[1.0], [100.0]]))
    tensor([ 0.4338, 99.3069])

    References
    ----------
    Green (1990), Bayesian reconstructions from emission tomography data, IEEE Transactions on Medical Imaging
    9.
    """
    residual = target - prediction
    return torch.logaddexp(residual, -residual).mean(dim=1) - math.log(2.0)
