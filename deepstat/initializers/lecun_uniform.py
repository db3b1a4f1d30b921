"""LeCun's uniform initial weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from deepstat.initializers.fans import fans


def lecun_uniform(
    shape: Sequence[int],
    *,
    generator: torch.Generator,
    gain: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Draw uniform weights with mean 0 and variance gain² / inputs.

    Parameters
    ----------
    shape : sequence of int
        (outputs, inputs), and the kernel's axes for a convolution.
    generator : torch.Generator
        Where the numbers are drawn from, and the device they are on.
    gain : float
        Factor on the standard deviation.
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
    LeCun, Bottou, Orr and Müller (1998), Efficient BackProp.

    Examples
    --------
    >>> weights = lecun_uniform((50, 200), generator=torch.Generator().manual_seed(0))
    >>> round(weights.std().item(), 2)
    0.07
    """
    fan_in, _ = fans(shape)
    bound = gain * math.sqrt(3.0 / fan_in)  # a uniform number on (-b, b) has variance b² / 3
    values = torch.rand(tuple(shape), generator=generator, dtype=dtype, device=generator.device)
    return values.mul_(2.0 * bound).sub_(bound)
