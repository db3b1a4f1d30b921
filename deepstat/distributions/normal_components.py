"""Normals and mixtures of normals, seen as one mixture of normals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal

from deepstat.distributions.mixture import Mixture


def normal_components(members: Sequence[Any]) -> tuple[Tensor, Tensor, Tensor] | None:
    """Return weights, locations and scales (n, k) of the equal-weight mixture of distributions, or None.

    Parameters
    ----------
    members : sequence of torch.distributions.Distribution of batch shape (n,)

    Returns
    -------
    tuple of three Tensors, or None
        None unless all members are normal or mixtures of normals.

    Examples
    --------
    >>> both = [Normal(torch.zeros(1), torch.ones(1)), Normal(torch.ones(1), torch.ones(1))]
    >>> normal_components(both)[0]
    tensor([[0.5000, 0.5000]])
    """
    pieces = []
    for member in members:
        mixed = isinstance(member, Mixture)
        base = member.base if mixed else member
        if not isinstance(base, Normal):
            return None
        loc, scale = (base.loc, base.scale) if mixed else (base.loc[:, None], base.scale[:, None])
        weights = member.weights if mixed else torch.ones_like(loc)
        pieces.append((weights / len(members), loc, scale))
    weights, loc, scale = (torch.cat(each, -1) for each in zip(*pieces, strict=True))
    return weights, loc, scale
