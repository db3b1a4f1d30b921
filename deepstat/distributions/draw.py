"""Draws from the equal-weight mixture of distributions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor


def draw(members: Sequence[Any], size: int | None, random_state: Any) -> Tensor:
    """Draw for each row, without touching torch's global generator.

    Parameters
    ----------
    members : sequence of torch.distributions.Distribution of batch shape (n,)
    size : int or None
        None: one draw, (n, ...); else (size, n, ...).
    random_state : int, numpy Generator, RandomState or None
        None draws a new seed.

    Examples
    --------
    >>> normals = [torch.distributions.Normal(torch.zeros(3), 1.0)] * 2
    >>> draw(normals, 5, 0).shape, torch.equal(draw(normals, 5, 0), draw(normals, 5, 0))
    (torch.Size([5, 3]), True)
    """
    if isinstance(random_state, np.random.RandomState):
        seed = int(random_state.randint(2**31 - 1))
    else:
        seed = int(np.random.default_rng(random_state).integers(2**63 - 1))
    shape = torch.Size([1 if size is None else size])
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        draws = torch.stack([member.sample(shape) for member in members])
        chosen = torch.randint(len(members), (1, *draws.shape[1:3]))
    chosen = chosen.reshape(*chosen.shape, *[1] * (draws.ndim - 3)).expand(1, *draws.shape[1:])
    drawn = draws.gather(0, chosen)[0]
    return drawn[0] if size is None else drawn
