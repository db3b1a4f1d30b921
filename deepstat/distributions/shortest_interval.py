"""The shortest interval of a discrete distribution that holds a given probability."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.distributions.blend import Blend

ROUNDING = 1e-12  # a distribution function that says 0.95 - 1e-16 has 0.95


def shortest_interval(blend: Blend, level: float) -> Tensor:
    """Return the shortest [low, high] with P(low <= Y <= high) >= level, (n, 2); of several the most probable one.

    The equal-tailed interval bounds its length, so that all candidates lie in a table of finite size.

    Parameters
    ----------
    blend : Blend
        Of whole numbers, or with a finite support, in which the length is the number of values.
    level : float in (0, 1)

    Examples
    --------
    >>> from deepstat.distributions.poisson import Poisson
    >>> shortest_interval(Blend([Poisson(torch.tensor([0.1, 3.0], dtype=torch.float64))]), 0.9)
    tensor([[0., 0.],
            [1., 6.]], dtype=torch.float64)
    """
    values = blend.values() if blend.is_finite else _candidates(blend, level)
    # (n, m + 1): nothing, P(Y <= first), ...
    reached = blend.cumulative(values)
    nothing = reached[:1] - blend.log_prob(values[:1]).exp()
    reached = torch.cat([nothing, reached]).T.contiguous()
    before = reached[:, :-1].contiguous()
    upto = torch.searchsorted(reached, before + (level - ROUNDING)).clamp(max=len(values))
    mass = reached.gather(1, upto) - before
    length = upto - torch.arange(before.shape[1])
    length = torch.where(mass >= level - ROUNDING, length, len(values) + 1)
    least = length == length.amin(1, keepdim=True)
    chosen = torch.where(least, mass, -1.0).argmax(1)
    ends = torch.stack([chosen, upto.gather(1, chosen[:, None])[:, 0] - 1])
    return values.expand(-1, blend.n_rows).gather(0, ends).T


def _candidates(blend: Blend, level: float) -> Tensor:
    """Return whole numbers (m, n) that hold the interval, which is no longer than the equal-tailed one."""
    tail, one = (torch.tensor(each, dtype=torch.float64) for each in ((1 - level) / 2, level))
    width = blend.quantile(1 - tail) - blend.quantile(tail)
    first = torch.maximum(blend.quantile(one) - width, blend.ends()[0]).expand(blend.n_rows)
    last = blend.quantile(1 - one) + width
    return first + torch.arange(int((last - first).max()) + 2, dtype=torch.float64)[:, None]
