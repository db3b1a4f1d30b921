"""The quantile of one distribution: its own, or the inverse of its distribution function."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from deepstat.distributions.inversion import invert
from deepstat.distributions.support_ends import support_ends


def quantile(distribution: Any, q: Tensor) -> Tensor:
    """Return ``distribution.icdf(q)``, or the smallest place at which its ``cdf`` reaches q.

    Parameters
    ----------
    distribution : torch.distributions.Distribution
    q : Tensor
        Probabilities that broadcast with the rows.

    Raises
    ------
    NotImplementedError
        The distribution has neither.

    Examples
    --------
    >>> gamma = torch.distributions.Gamma(torch.tensor([2.0]), torch.tensor([1.0]))  # torch has no icdf
    >>> quantile(gamma, torch.tensor(0.5)).round(decimals=4)
    tensor([1.6783])
    """
    try:
        return distribution.icdf(q)
    except NotImplementedError:
        pass
    try:
        middle, spread = distribution.mean, distribution.stddev
    except NotImplementedError:
        middle, spread = torch.zeros(distribution.batch_shape), torch.ones(distribution.batch_shape)
    middle = torch.where(middle.isfinite(), middle, 0.0)
    spread = torch.where(spread.isfinite(), spread, 1.0)
    is_discrete = distribution.support.is_discrete
    ends = support_ends(distribution.support)
    start = (middle - spread, middle + spread)
    dtype = distribution.cdf(middle).dtype
    shape = torch.broadcast_shapes(q.shape, distribution.batch_shape)
    found = invert(
        lambda x: distribution.cdf(x.to(dtype)).double(),
        q.double().expand(shape),
        start,
        ends,
        is_discrete=is_discrete,
    )
    return found.to(dtype)
