"""The continuous ranked probability score where there is no closed form."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.distributions.blend import Blend
from deepstat.distributions.quadrature import panels

ELEMENTS = 2_000_000  # of a table of distribution functions: about 50 MB at work


def numeric_crps(blend: Blend, y: Tensor) -> Tensor:
    """Return the integral of (F(x) - 1{x >= y})² over x: by quadrature, or by summation for whole numbers.

    For a finite support (levels of an ordinal target) the steps between values count as one: the ranked probability
    score.

    Parameters
    ----------
    blend : Blend
    y : Tensor of shape (n,)

    References
    ----------
    Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation, JASA 102. Epstein (1969), A
    scoring system for probability forecasts of ranked categories.

    Examples
    --------
    >>> exponential = torch.distributions.Exponential(torch.ones(1, dtype=torch.float64))
    >>> numeric_crps(Blend([exponential]), torch.ones(1, dtype=torch.float64))  # y - 3/2 + 2 exp(-y)
    tensor([0.2358], dtype=torch.float64)
    """
    if blend.is_discrete:
        return _by_summation(blend, y)
    points, weights = panels(torch.cat([blend.breaks(), y[None]]).sort(0).values)
    above = (points >= y).to(points.dtype)
    return ((blend.cdf(points) - above).square() * weights).sum(0)


def _by_summation(blend: Blend, y: Tensor) -> Tensor:
    values = blend.values()
    if blend.is_finite:
        return (blend.cumulative(values) - (values >= y).to(y.dtype)).square().sum(0)
    low, high = torch.minimum(values[0], y), torch.maximum(values[-1], y)
    n_values = int((high - low).max()) + 1
    total = torch.zeros_like(y)
    rows = max(1, ELEMENTS // len(y))
    for first in range(0, n_values, rows):
        here = low + torch.arange(first, min(first + rows, n_values), dtype=y.dtype)[:, None]
        away = blend.cumulative(here) - (here >= y).to(y.dtype)
        total += (away.square() * (here <= high)).sum(0)
    return total
