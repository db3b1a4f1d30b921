"""He's uniform initial weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from deepstat.initializers.fans import fans


def he_uniform(
    shape: Sequence[int],
    *,
    generator: torch.Generator,
    gain: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Draw uniform weights with mean 0 and variance 2 / inputs.

    Parameters
    ----------
    shape : sequence of int
        (outputs, inputs), and the kernel's axes for a convolution.
    generator : torch.Generator
        Where the numbers are drawn from, and the device they are on.
    gain : float
        Not used: the 2 is the square of the rectifier's gain. For another activation's, see ``lecun_uniform``.
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
    >>> weights = he_uniform((50, 200), generator=torch.Generator().manual_seed(0))
    >>> round(weights.std().item(), 2)
    0.1
    """
    fan_in, _ = fans(shape)
    bound = math.sqrt(6.0 / fan_in)  # a uniform number on (-b, b) has variance b² / 3
    values = torch.rand(tuple(shape), generator=generator, dtype=dtype, device=generator.device)
    return values.mul_(2.0 * bound).sub_(bound)
