"""The one way into a solver: a finite float64 tensor of the expected number of dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def double(name: str, value: object, dims: Sequence[int]) -> Tensor:
    """Return `value` as a float64 tensor, or say what is wrong with it.

    Parameters
    ----------
    name : str
        What the message calls it.
    value : Tensor, array or number
    dims : sequence of int
        Allowed numbers of dimensions.

    Raises
    ------
    ValueError
        If it has another number of dimensions, or NaN or infinite entries.

    Examples
    --------
    >>> double("X", [[1, 2]], (2,))
    tensor([[1., 2.]], dtype=torch.float64)
    """
    if isinstance(value, Tensor):
        tensor = value.detach().to(torch.float64)
    else:
        tensor = torch.tensor(
            value, dtype=torch.float64
        )  # never by way of float32, torch's default for floats
    if tensor.dim() not in dims:
        allowed = " or ".join(str(d) for d in dims)
        raise ValueError(f"{name} has {tensor.dim()} dimension(s), allowed: {allowed}; reshape it.")
    if not torch.isfinite(tensor).all():
        raise ValueError(f"{name} has NaN or infinite entries; drop or impute these rows first.")
    return tensor
