"""The absolute residual, smoothed by a normal kernel."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def smooth_absolute(prediction: Tensor, target: Tensor, *, bandwidth: float | Tensor = 0.5) -> Tensor:
    """Return E|r + h Z| - E|h Z| for a standard normal Z: convex, smooth, zero at r = 0, |r| - h sqrt(2/pi) far out.

    In closed form r erf(r / (h sqrt 2)) + h sqrt(2/pi) (exp(-r² / (2 h²)) - 1).

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)
    bandwidth : float > 0
        h, in units of the residuals' scale.

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> smooth_absolute(torch.tensor([[0.0], [10.0]]), torch.zeros(2, 1), bandwidth=0.5)
    tensor([0.0000, 9.6011])

    References
    ----------
    Fernandes, Guerre and Horta (2021), Smoothing quantile regressions, Journal of Business and Economic Statistics 39.
    """
    u = (target - prediction) / bandwidth
    smooth = u * torch.erf(u * math.sqrt(0.5)) + math.sqrt(2.0 / math.pi) * torch.expm1(-0.5 * u.square())
    return bandwidth * smooth.mean(dim=1)


def check_smooth_absolute(*, bandwidth: float = 0.5) -> None:
    """Raise ``ValueError`` unless the bandwidth is a positive finite number.

    Examples
    --------
    >>> check_smooth_absolute(bandwidth=0.1)
    """
    if not 0.0 < bandwidth < math.inf:
        raise ValueError(f"smooth_absolute: bandwidth={bandwidth!r} is not allowed; give a positive number.")
