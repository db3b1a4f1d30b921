"""Normal numbers of a given standard deviation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def normal(
    shape: Sequence[int],
    *,
    generator: torch.Generator,
    gain: float = 1.0,
    dtype: torch.dtype = torch.float32,
    std: float = 0.01,
) -> Tensor:
    """Draw from the normal distribution with mean 0.

    Parameters
    ----------
    shape : sequence of int
        Any.
    generator : torch.Generator
        Where the numbers are drawn from, and the device they are on.
    gain : float
        Not used: `std` is the standard deviation itself.
    dtype : torch.dtype
    std : float >= 0
        Standard deviation.

    Returns
    -------
    Tensor of `shape`

    Raises
    ------
    ValueError
        `std` is negative.

    Examples
    --------
    >>> weights = normal((100, 100), generator=torch.Generator().manual_seed(0), std=0.05)
    >>> round(weights.std().item(), 3)
    0.05
    """
    if not std >= 0:
        raise ValueError(f"normal: std={std!r} is not allowed; give a number that is not negative.")
    return torch.randn(tuple(shape), generator=generator, dtype=dtype, device=generator.device).mul_(std)
