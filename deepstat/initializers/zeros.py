"""All zeros."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def zeros(
    shape: Sequence[int],
    *,
    generator: torch.Generator,
    gain: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Return zeros.

    Parameters
    ----------
    shape : sequence of int
        Any.
    generator : torch.Generator
        Nothing is drawn; the tensor is on its device.
    gain : float
        Not used: zero has no scale.
    dtype : torch.dtype

    Returns
    -------
    Tensor of `shape`

    Examples
    --------
    >>> zeros((2,), generator=torch.Generator())
    tensor([0., 0.])
    """
    return torch.zeros(tuple(shape), dtype=dtype, device=generator.device)
