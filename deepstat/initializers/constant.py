"""All the same number."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def constant(
    shape: Sequence[int],
    *,
    generator: torch.Generator,
    gain: float = 1.0,
    dtype: torch.dtype = torch.float32,
    value: float = 0.0,
) -> Tensor:
    """Return `value` throughout.

    Parameters
    ----------
    shape : sequence of int
        Any.
    generator : torch.Generator
        Nothing is drawn; the tensor is on its device.
    gain : float
        Not used: `value` is the number itself.
    dtype : torch.dtype
    value : float

    Returns
    -------
    Tensor of `shape`

    Examples
    --------
    >>> constant((2,), generator=torch.Generator(), value=0.5)
    tensor([0.5000, 0.5000])
    """
    return torch.full(tuple(shape), value, dtype=dtype, device=generator.device)
