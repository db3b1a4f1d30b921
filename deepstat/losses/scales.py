"""Robust scales of residuals, in whose units the robust losses measure.

Both scales take the location as zero (residuals are already differences from a prediction) and divide by n,
not by degrees of freedom. They are called between epochs, on plain tensors. Weights are frequencies.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

NORMAL_MAD = 0.6744897501960817  # the upper quartile of the standard normal


def mad(residual: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return the median absolute residual divided by 0.6745, the standard deviation at the normal.

    The median is that of the sample in which each row is repeated `weight` times, the midpoint of the two
    middle values where their number is even; weights need not be whole. It is zero if half of the residuals
    are.

    Parameters
    ----------
    residual : Tensor of shape (n, k)
    weight : Tensor of shape (n,) or (n, k), optional
        Frequencies of the rows, not negative; rows of weight 0 do not count.

    Returns
    -------
    Tensor of shape (k,)

    Raises
    ------
    ValueError
        There is no row of positive weight.

    Examples
    --------
    >>> import torch
    >>> mad(torch.tensor([[-1.0], [2.0], [50.0]])) * 0.6744897501960817
    tensor([2.])
    >>> mad(torch.tensor([[-1.0], [2.0], [50.0]]), torch.tensor([2.0, 1.0, 1.0])) * 0.6744897501960817
    tensor([1.5000])

    References
    ----------
    Hampel (1974), The influence curve and its role in robust estimation, JASA 69.
    """
    size, count = _sorted(residual, weight)
    reached = count.cumsum(dim=0)
    half = 0.5 * reached[-1]
    # Weights that are not whole reach the half up to their own rounding, so ties are taken with its width.
    rounded = weight is not None and weight.is_floating_point()
    slack = max(1e-12, torch.finfo(weight.dtype).eps) if rounded else 0.0
    below, above = reached < half * (1 - slack), reached <= half * (1 + slack)
    last = size.shape[0] - 1
    lower = size.gather(0, below.sum(dim=0, keepdim=True).clamp(max=last))
    upper = size.gather(0, above.sum(dim=0, keepdim=True).clamp(max=last))
    return (0.5 * (lower + upper) / NORMAL_MAD).squeeze(0)


def huber_scale(residual: Tensor, weight: Tensor | None = None, d: float = 2.5) -> Tensor:
    """Return Huber's proposal 2 scale with the location fixed at zero.

    The root s of: the weighted mean of min((r/s)², d²) equals its expectation at the standard normal. The
    left side falls in s and is simple between the sorted |r|/d, so the root is found exactly, without
    iteration. It is what statsmodels' ``HuberScale`` converges to with ``df_resid`` equal to ``nobs``. It is
    zero if too many residuals are.

    Parameters
    ----------
    residual : Tensor of shape (n, k)
    weight : Tensor of shape (n,) or (n, k), optional
        Frequencies of the rows, not negative.
    d : float > 0
        Residuals beyond d scales count as d scales.

    Returns
    -------
    Tensor of shape (k,)

    Raises
    ------
    ValueError
        There is no row of positive weight.

    Examples
    --------
    >>> import torch
    >>> huber_scale(torch.tensor([[1.0], [-1.0], [2.0], [1000.0]]), d=1.5)
    tensor([2.6354])

    References
    ----------
    Huber (1981), Robust Statistics, sections 5.2 and 6.7.
    """
    size, count = _sorted(residual, weight)
    square = size.square().double()
    inside = (count * square).cumsum(dim=0)
    reached = count.cumsum(dim=0)
    total = reached[-1:]
    density = math.exp(-0.5 * d * d) / math.sqrt(2 * math.pi)
    tail = 0.5 * math.erfc(d / math.sqrt(2))
    expected = 1 - 2 * tail - 2 * d * density + 2 * d * d * tail
    # With m residuals inside s² = inside[m] / room[m], and m is right where |r_m| < d s <= |r_(m+1)|.
    room = expected * total - d * d * (total - reached)
    counted = (square * room < d * d * inside) | (square == 0)
    m = (counted.sum(dim=0, keepdim=True) - 1).clamp(min=0)  # below zero only where every residual is NaN
    # The first residual is always inside, or the mean would be d², which no expectation reaches.
    scale = (inside.gather(0, m) / room.gather(0, m)).sqrt()
    return scale.squeeze(0).to(residual.dtype)


def _sorted(residual: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return |residual| sorted in each column and, in float64, the weights in the same order."""
    size, order = residual.abs().sort(dim=0)
    if weight is None:
        count = torch.ones_like(size, dtype=torch.float64)
    else:
        columns = weight.double() if weight.dim() == 2 else weight.double().unsqueeze(1).expand_as(size)
        count = columns.gather(0, order)
    if not bool((count.sum(dim=0) > 0).all()):
        raise ValueError("A scale of residuals needs a row of positive weight; give one.")
    return size, count
