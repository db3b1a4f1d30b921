"""Fourier coefficients of densities on the circle."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepstat.distributions.blend import Blend

LARGEST = 2**17  # points on the circle: enough for a concentration of 1e8


def on_circle(blend: Blend) -> tuple[Tensor, Tensor]:
    """Return log densities (m, n) at m angles 2 pi j / m and the coefficients E exp(i k Y), (m/2, n), k = 0, 1, ...

    By the trapezoidal rule, whose error falls exponentially for smooth periodic functions; m doubles until the last
    coefficients vanish.

    Examples
    --------
    >>> rows = torch.zeros(1, dtype=torch.float64)
    >>> _, coefficients = on_circle(Blend([torch.distributions.VonMises(rows, rows + 2.0)]))
    >>> coefficients[1].real.round(decimals=4)  # I1(2) / I0(2)
    tensor([0.6978], dtype=torch.float64)
    """
    m = 256
    while True:
        angles = 2 * math.pi / m * torch.arange(m, dtype=torch.float64)
        log_density = blend.log_prob(angles[:, None].expand(-1, blend.n_rows))
        coefficients = torch.fft.fft(log_density.exp(), dim=0)[: m // 2].conj() * (2 * math.pi / m)
        if float(coefficients[-m // 8 :].abs().max()) < 1e-13 or m >= LARGEST:
            return log_density, coefficients
        m *= 2
