"""The shortest interval of whole numbers that holds a given probability."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.distributions.blend import Blend

ELEMENTS = 2_000_000
ROUNDING = 1e-12  # a distribution function that says 0.95 - 1e-16 has 0.95


def shortest_interval(blend: Blend, level: float) -> Tensor:
    """Return the shortest [low, high] with P(low <= Y <= high) >= level, (n, 2); of several the most probable one.

    The equal-tailed interval bounds its length, so that all candidates lie in a table of finite size.

    Parameters
    ----------
    blend : Blend
        Of whole numbers.
    level : float in (0, 1)

    Examples
    --------
    >>> from deepstat.distributions.poisson import Poisson
    >>> shortest_interval(Blend([Poisson(torch.tensor([0.1, 3.0], dtype=torch.float64))]), 0.9)
    tensor([[0., 0.],
            [1., 6.]], dtype=torch.float64)
    """
    tail = torch.tensor((1 - level) / 2, dtype=torch.float64)
    one = torch.tensor(level, dtype=torch.float64)
    width = blend.quantile(1 - tail) - blend.quantile(tail)
    first = torch.maximum(blend.quantile(one) - width, blend.ends()[0]).expand(blend.n_rows)
    last = blend.quantile(1 - one) + width
    steps = torch.arange(int((last - first).max()) + 2, dtype=torch.float64)
    # (n, m): P(Y <= first - 1), P(Y <= first), ...
    reached = blend.cdf(first + steps[:, None] - 1).T.contiguous()
    before = reached[:, :-1].contiguous()
    upto = torch.searchsorted(reached, before + (level - ROUNDING)).clamp(max=len(steps) - 1)
    mass = reached.gather(1, upto) - before
    length = upto - torch.arange(before.shape[1])
    length = torch.where(mass >= level - ROUNDING, length, len(steps) + 1)
    least = length == length.amin(1, keepdim=True)
    chosen = torch.where(least, mass, -1.0).argmax(1)
    low = first + chosen
    high = first - 1 + upto.gather(1, chosen[:, None])[:, 0]
    return torch.stack([low, high], 1)
