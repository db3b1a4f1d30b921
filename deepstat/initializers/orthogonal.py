"""Orthogonal initial weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def orthogonal(
    shape: Sequence[int],
    *,
    generator: torch.Generator,
    gain: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Draw a random matrix with orthonormal rows or columns (whichever are fewer), times `gain`.

    Parameters
    ----------
    shape : sequence of int
        (outputs, inputs, ...): the matrix has the product of all but the first axis as columns.
    generator : torch.Generator
        Where the numbers are drawn from, and the device they are on.
    gain : float
        Factor on the matrix, so that W W' or W'W is gain² I.
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
    Saxe, McClelland and Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep linear
    networks.

    Examples
    --------
    >>> weights = orthogonal((2, 5), generator=torch.Generator().manual_seed(0), gain=2.0)
    >>> torch.allclose(weights @ weights.T, 4.0 * torch.eye(2), atol=1e-5)
    True
    """
    if len(shape) < 2:
        raise ValueError(
            f"orthogonal: shape {tuple(shape)} is not allowed; give a weight of two or more axes."
        )
    rows, columns = shape[0], math.prod(shape[1:])
    tall = torch.randn(
        max(rows, columns), min(rows, columns), generator=generator, dtype=dtype, device=generator.device
    )
    q, r = torch.linalg.qr(tall)
    q = q * r.diagonal().sign()  # with these signs Q is uniform over all such matrices (Mezzadri 2007)
    return (q if rows >= columns else q.T).reshape(tuple(shape)).mul_(gain)
