"""The entropy where there is no closed form."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepstat.distributions.blend import Blend, both_sides
from deepstat.distributions.quadrature import panels
from deepstat.distributions.quantile import quantile


def numeric_entropy(blend: Blend) -> Tensor:
    """Return -E log p(Y): by summation for whole numbers, else by quadrature over the probabilities of each member.

    Substituting a member's quantile for y leaves an integrand with nothing worse than logarithms at the ends, also for
    densities that are infinite there. Of a distribution with point masses at the ends of its support, p is the mass
    there.

    Examples
    --------
    >>> normal = torch.distributions.Normal(*torch.tensor([[0.0], [1.0]], dtype=torch.float64))
    >>> numeric_entropy(Blend([normal])), normal.entropy()
    (tensor([1.4189], dtype=torch.float64), tensor([1.4189], dtype=torch.float64))
    """
    if blend.is_discrete:
        log_prob = blend.log_prob(blend.values())
        return -torch.where(log_prob > -math.inf, log_prob.exp() * log_prob, 0.0).sum(0)
    inner = both_sides()
    levels = torch.cat([inner.new_zeros(1, 1), inner, inner.new_ones(1, 1)]).expand(-1, blend.n_rows)
    low, high = blend.ends()
    total = torch.zeros(blend.n_rows, dtype=torch.float64)
    for member in blend.members:
        # A point mass at an end is a stretch of probabilities on which the quantile stands still: a panel of its own.
        at_low = torch.where(low.isfinite(), member.cdf(torch.where(low.isfinite(), low, 0.0)), 0.0)
        before = torch.nextafter(high, torch.full_like(high, -math.inf))
        at_high = torch.where(high.isfinite(), member.cdf(torch.where(high.isfinite(), before, 0.0)), 1.0)
        places = [levels, at_low[None], at_high[None]]
        by_part = hasattr(member, "nodes")
        if hasattr(member, "breaks") and not by_part:
            places.append(member.cdf(member.breaks(inner)))
        u, weights = panels(torch.cat(places).clamp(0, 1).sort(0).values)
        points, weights = member.nodes(u, weights) if by_part else (quantile(member, u), weights)
        log_prob = blend.log_prob(points)
        total -= torch.where(weights > 0, log_prob * weights, 0.0).sum(0)
    return total / len(blend.members)
