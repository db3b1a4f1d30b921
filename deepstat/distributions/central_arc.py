"""The arc around the mean direction that holds a given probability."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepstat.distributions.inversion import invert


def central_arc(coefficients: Tensor, level: float) -> Tensor:
    """Return [low, high] around the mean direction, (n, 2): low in [-pi, pi), high up to 2 pi further.

    Parameters
    ----------
    coefficients : complex Tensor of shape (k, n)
        E exp(i k Y), as :func:`deepstat.distributions.characteristic.on_circle` returns them.
    level : float in (0, 1)

    References
    ----------
    Fisher (1993), Statistical Analysis of Circular Data.

    Examples
    --------
    >>> uniform = torch.zeros(4, 1, dtype=torch.complex128)
    >>> uniform[0] = 1
    >>> central_arc(uniform, 0.5)  # half of the circle
    tensor([[-1.5708,  1.5708]], dtype=torch.float64)
    """
    mean = coefficients[1].angle()
    k = torch.arange(1, len(coefficients), dtype=torch.float64)[:, None]
    turned = (coefficients[1:] * torch.exp(-1j * k * mean)).real / k

    def within(half: Tensor) -> Tensor:
        return (half + 2 * (turned * torch.sin(k * half)).sum(0)) / math.pi

    zero = torch.zeros_like(mean)
    half = invert(within, zero + level, (zero, zero + math.pi), (0.0, math.pi))
    low = mean - half
    low = torch.where(low < -math.pi, low + 2 * math.pi, low)
    return torch.stack([low, low + 2 * half], 1)
