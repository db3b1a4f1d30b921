"""The continuous ranked probability score of a mixture of normals."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def normal_mixture_crps(value: Tensor, weights: Tensor, loc: Tensor, scale: Tensor) -> Tensor:
    """Return E|Y - y| - E|Y - Y'| / 2 in closed form, from the mean absolute values of normals.

    Parameters
    ----------
    value : Tensor of shape (..., n)
    weights, loc, scale : Tensor of shape (n, k)

    Returns
    -------
    Tensor of shape (..., n)

    References
    ----------
    Grimit, Gneiting, Berrocal and Johnson (2006), The continuous ranked probability score for circular variables and
    its application to mesoscale forecast ensemble verification.

    Examples
    --------
    >>> one = torch.ones(1, 1, dtype=torch.float64)
    >>> normal_mixture_crps(torch.zeros(1, dtype=torch.float64), one, 0 * one, one).round(decimals=4)
    tensor([0.2337], dtype=torch.float64)
    """
    away = _mean_absolute(value[..., None] - loc, scale)
    gaps = loc[..., :, None] - loc[..., None, :]
    scales = torch.hypot(*torch.broadcast_tensors(scale[..., :, None], scale[..., None, :]))
    pairs = weights[..., :, None] * weights[..., None, :]
    return (weights * away).sum(-1) - (pairs * _mean_absolute(gaps, scales)).sum((-1, -2)) / 2


def _mean_absolute(mean: Tensor, scale: Tensor) -> Tensor:
    """Return E|X| of a normal X."""
    z = mean / scale
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    return 2 * scale * density + mean * torch.erf(z / math.sqrt(2.0))
