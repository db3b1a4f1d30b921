"""Uniform numbers between given ends."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def uniform(
    shape: Sequence[int],
    *,
    generator: torch.Generator,
    gain: float = 1.0,
    dtype: torch.dtype = torch.float32,
    low: float = -0.05,
    high: float = 0.05,
) -> Tensor:
    """Draw from the uniform distribution on [low, high).

    Parameters
    ----------
    shape : sequence of int
        Any.
    generator : torch.Generator
        Where the numbers are drawn from, and the device they are on.
    gain : float
        Not used: `low` and `high` are the ends themselves.
    dtype : torch.dtype
    low, high : float
        Ends of the interval.

    Returns
    -------
    Tensor of `shape`

    Raises
    ------
    ValueError
        `low` is above `high`.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> uniform((2, 3), generator=generator).shape
    torch.Size([2, 3])
    """
    if not low <= high:
        raise ValueError(f"uniform: low={low!r} and high={high!r} are not allowed; give low <= high.")
    values = torch.rand(tuple(shape), generator=generator, dtype=dtype, device=generator.device)
    return values.mul_(high - low).add_(low)
