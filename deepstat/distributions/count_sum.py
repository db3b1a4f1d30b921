"""Sums over very many whole numbers: the first ones one by one, the rest by quadrature."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

_EXACT, _PANELS, _ORDER, _ROWS = 512, 32, 16, 2048


def count_sum(term: Callable[[Tensor, slice], Tensor], low: Tensor, high: Tensor) -> Tensor:
    """Return the sum of ``term(k)`` over whole numbers k from `low` to `high`, for each row.

    The first 512 terms are added. The others are the integral over the rest, half a unit early, by Gauss's rule on 32
    panels whose widths grow geometrically, with the first correction of Euler and Maclaurin. Exact to about 1e-11 for
    terms that vary on the scale of their distance from `low` (or of a tenth of it) and vanish at `high`.

    Parameters
    ----------
    term : callable
        ``term(k, rows)``: the terms at k (m, 1025) for the slice `rows` of the rows.
    low, high : Tensor of shape (n,), float64
        Whole numbers.

    Returns
    -------
    Tensor of shape (n,)

    Examples
    --------
    >>> count_sum(lambda k, rows: 0.999**k, torch.zeros(1).double(), torch.full((1,), 50_000.0).double())
    tensor([1000.0000], dtype=torch.float64)

    References
    ----------
    Abramowitz and Stegun (1964), 25.4.7 and 25.4.29.
    """
    head = torch.arange(_EXACT + 1, dtype=torch.float64)  # one more: the first of the rest
    gauss, weight = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(_ORDER))
    fractions = torch.linspace(0.0, 1.0, _PANELS + 1, dtype=torch.float64)
    begin = _EXACT - 0.5
    sums = []
    for first in range(0, len(low), _ROWS):
        rows = slice(first, first + _ROWS)
        start, length = low[rows, None], (high - low)[rows, None]
        ratio = ((length + 0.5) / begin).clamp(min=1.0)  # 1: no rest, and panels of no width
        edges = begin * ratio**fractions
        half = edges.diff() / 2
        nodes = ((edges[:, :-1] + half)[..., None] + half[..., None] * gauss).flatten(1)
        terms = term(start + torch.cat([head.expand(len(start), -1), nodes], dim=1), rows)
        terms = torch.where(torch.cat([head <= length, (ratio > 1.0).expand_as(nodes)], dim=1), terms, 0.0)
        one_by_one, following, rest = terms.split([_EXACT, 1, nodes.shape[1]], dim=1)
        weighted = rest * (half[..., None] * weight).flatten(1)
        slope = torch.where(ratio > 1.0, following - one_by_one[:, -1:], 0.0)
        sums.append(torch.cat([one_by_one, weighted, slope / 24], dim=1).sum(dim=1))
    return torch.cat(sums)
