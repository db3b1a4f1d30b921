"""The continuous ranked probability score of directions."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def angular_crps(coefficients: Tensor, y: Tensor) -> Tensor:
    """Return E d(Y, y) - E d(Y, Y') / 2 with the angular distance d, in radians, (n,).

    d has the Fourier series pi/2 - 4/pi (cos t + cos 3t / 9 + cos 5t / 25 + ...), so that both expectations are sums
    over the coefficients of the distribution.

    Parameters
    ----------
    coefficients : complex Tensor of shape (k, n)
        E exp(i k Y), as :func:`deepstat.distributions.characteristic.on_circle` returns them.
    y : Tensor of shape (n,)

    References
    ----------
    Grimit, Gneiting, Berrocal and Johnson (2006), The continuous ranked probability score for circular variables and
    its application to mesoscale forecast ensemble verification.

    Examples
    --------
    >>> uniform = torch.zeros(4, 1, dtype=torch.complex128)
    >>> uniform[0] = 1
    >>> angular_crps(uniform, torch.zeros(1, dtype=torch.float64))  # pi / 4
    tensor([0.7854], dtype=torch.float64)
    """
    k = torch.arange(1, len(coefficients), 2, dtype=torch.float64)[:, None]
    odd = coefficients[1::2]
    to_value = (odd * torch.exp(-1j * k * y)).real
    between = odd.abs().square()
    return math.pi / 4 + ((2 * between - 4 * to_value) / k.square()).sum(0) / math.pi
