"""Several distributions of the same rows, taken as one: each is drawn with the same probability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from deepstat.distributions.inversion import invert
from deepstat.distributions.quantile import quantile
from deepstat.distributions.support_ends import support_ends

# Between these quantiles a density has no feature that a rule of twelve points would miss.
LEVELS = (1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.06, 0.1, 0.16, 0.23, 0.3, 0.4)


def both_sides() -> Tensor:
    """Return the levels below and above one half, and one half, (b, 1)."""
    levels = torch.tensor(LEVELS, dtype=torch.float64)
    return torch.cat([levels, levels.new_tensor([0.5]), 1 - levels.flip(0)])[:, None]


def inner_breaks(distribution: Any, levels: Tensor) -> Tensor:
    """Return places (b, n) where the density may change its course: quantiles, and what the distribution knows itself.

    One that is made of others has a method ``breaks(levels)``, which gives theirs.
    """
    own = getattr(distribution, "breaks", None)
    return quantile(distribution, levels) if own is None else own(levels)


class Blend:
    """The equal-weight mixture of distributions over the same rows, as float64 tensors.

    Parameters
    ----------
    members : sequence of torch.distributions.Distribution

    Examples
    --------
    >>> rows = torch.zeros(1, dtype=torch.float64)
    >>> blend = Blend([torch.distributions.Normal(rows + mean, 1.0 + rows) for mean in (-1.0, 1.0)])
    >>> blend.cdf(rows), blend.quantile(torch.tensor(0.5, dtype=torch.float64)).abs()
    (tensor([0.5000], dtype=torch.float64), tensor([0.], dtype=torch.float64))
    """

    def __init__(self, members: Sequence[Any]) -> None:
        self.members = tuple(members)

    @property
    def is_discrete(self) -> bool:
        """Whether the values are whole numbers."""
        return bool(self.members[0].support.is_discrete)

    @property
    def is_finite(self) -> bool:
        """Whether the values are a few that can be listed, not always whole numbers."""
        return bool(self.members[0].has_enumerate_support)

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return int(self.members[0].batch_shape[0])

    def ends(self) -> tuple[Tensor, Tensor]:
        """Return the ends of the support, (n,) each."""
        ends = [support_ends(member.support) for member in self.members]
        low, high = (
            [torch.as_tensor(each, dtype=torch.float64).expand(self.n_rows) for each in side]
            for side in zip(*ends, strict=True)
        )
        return torch.stack(low).amin(0), torch.stack(high).amax(0)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density, or log probability, of places (..., n)."""
        each = torch.stack([getattr(member, "log_pmf", member.log_prob)(value) for member in self.members])
        return each.logsumexp(0) - math.log(len(self.members))

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        total = self.members[0].cdf(value)
        for member in self.members[1:]:
            total = total + member.cdf(value)
        return total / len(self.members)

    def quantile(self, q: Tensor) -> Tensor:
        """Return the quantiles of probabilities () or (m, 1): of several members between those of the members."""
        if self.is_finite and len(self.members) > 1:
            return self._lowest_value(q)
        each = torch.stack([quantile(member, q) for member in self.members])
        if len(each) == 1:
            return each[0]
        return invert(self.cdf, q, (each.amin(0), each.amax(0)), self.ends(), is_discrete=self.is_discrete)

    def _lowest_value(self, q: Tensor) -> Tensor:
        values, levels = self.values(), q.reshape(-1, 1)
        below = (self.cdf(values)[:, None] < levels).sum(0).clamp(max=len(values) - 1)
        found = torch.where((levels >= 0) & (levels <= 1), values[below, 0], math.nan)
        return found if q.ndim else found[0]

    def cumulative(self, values: Tensor) -> Tensor:
        """Return P(Y <= value) for consecutive values (m, n) or (m, 1): sums of probabilities, cheaper than ``cdf``."""
        first = values[:1].expand(1, self.n_rows)
        before = self.cdf(torch.nextafter(first, torch.full_like(first, -math.inf)))
        return before + self.log_prob(values).exp().cumsum(0)

    def breaks(self) -> Tensor:
        """Return places (b, n) in order, between which the density is smooth; the first and last may be ends."""
        places = torch.cat(
            [inner_breaks(member, both_sides()).expand(-1, self.n_rows) for member in self.members]
        )
        low, high = self.ends()
        first, last = places.amin(0), places.amax(0)
        ends = torch.stack(
            [torch.where(low.isfinite(), low, first), torch.where(high.isfinite(), high, last)]
        )
        return torch.cat([places, ends]).sort(0).values

    def values(self, tail: float = 1e-13) -> Tensor:
        """Return the values (m, 1) of a finite support, or the whole numbers (m, n) that hold all but both tails."""
        if self.is_finite:
            return self.members[0].enumerate_support(expand=False).reshape(-1, 1).double()
        tail = torch.tensor(1e-13, dtype=torch.float64)
        low, high = (torch.stack([quantile(member, q) for member in self.members]) for q in (tail, 1 - tail))
        low, high = low.amin(0) - 1, high.amax(0)
        floor = self.ends()[0]
        steps = torch.arange(int((high - low).max()) + 2, dtype=torch.float64)
        return low.clamp(min=floor) + steps[:, None]
