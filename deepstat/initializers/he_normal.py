"""He's normal initial weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from deepstat.initializers.fans import fans


def he_normal(
    shape: Sequence[int],
    *,
    generator: torch.Generator,
    gain: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Draw normal weights with mean 0 and variance 2 / inputs.

    Parameters
    ----------
    shape : sequence of int
        (outputs, inputs), and the kernel's axes for a convolution.
    generator : torch.Generator
        Where the numbers are drawn from, and the device they are on.
    gain : float
        Not used: the 2 is the square of the rectifier's gain. For another activation's, see ``lecun_normal``.
    dtype : torch.dtype

    Returns
    -------
    Tensor of `shape`

    Raises
    ------
    ValueError
        The shape has fewer than two axes.

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers.

    Examples
    --------
    >>> weights = he_normal((50, 200), generator=torch.Generator().manual_seed(0))
    >>> round(weights.std().item(), 2)
    0.1
    """
    fan_in, _ = fans(shape)
    std = math.sqrt(2.0 / fan_in)
    return torch.randn(tuple(shape), generator=generator, dtype=dtype, device=generator.device).mul_(std)
