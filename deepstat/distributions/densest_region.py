"""Regions of highest density."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepstat.distributions.blend import Blend, inner_breaks
from deepstat.distributions.inversion import invert

OUTER = 1e-3  # of the probability outside: the share of the tails whose counts are not looked at
GRID = 1_000  # points at even distances, and as many at even probabilities


def densest_region(blend: Blend, level: float) -> list[NDArray[np.float64]]:
    """Return for each row the intervals (j, 2) of the smallest region with probability `level`.

    There are several intervals for several modes. Continuous: the places with a density above a bound, found on a grid
    and refined by bisection, in the ends as in the bound. Whole numbers: the most probable ones, in runs; their
    probability is at least `level`.

    Parameters
    ----------
    blend : Blend
    level : float in (0, 1)

    Raises
    ------
    NotImplementedError
        The distribution has point masses beside a density.

    References
    ----------
    Hyndman (1996), Computing and graphing highest density regions, The American Statistician 50.

    Examples
    --------
    >>> rows = torch.zeros(1, dtype=torch.float64)
    >>> blend = Blend([torch.distributions.Normal(rows + mean, 1.0 + rows) for mean in (-9.0, 9.0)])
    >>> densest_region(blend, 0.95)[0].round(2)
    array([[-10.96,  -7.04],
           [  7.04,  10.96]])
    """
    return _runs(blend, level) if blend.is_discrete else _above(blend, level)


def _runs(blend: Blend, level: float) -> list[NDArray[np.float64]]:
    values = blend.values(OUTER * (1 - level))
    probability = blend.log_prob(values).exp()
    ordered, order = probability.sort(0, descending=True)
    needed = (ordered.cumsum(0) - ordered) < level - 1e-12
    chosen = torch.zeros_like(needed).scatter(0, order, needed)
    regions = []
    for row in range(blend.n_rows):
        kept = values[chosen[:, row], min(row, values.shape[1] - 1)].numpy()
        where = np.flatnonzero(chosen[:, row].numpy())
        pieces = np.split(kept, np.flatnonzero(np.diff(where) > 1) + 1)
        regions.append(np.array([(piece[0], piece[-1]) for piece in pieces]))
    return regions


def _above(blend: Blend, level: float) -> list[NDArray[np.float64]]:
    if _has_point_mass(blend):
        raise NotImplementedError("A point mass has no density that could be compared with others.")
    x = _grid(blend)
    density = blend.log_prob(x)

    def outside(bound: Tensor) -> Tensor:
        start, end, _ = _intervals(blend, x, density, bound)
        return 1 - (blend.cdf(end) - blend.cdf(start)).sum(0)

    guess = _bound_on_grid(blend, x, density, level)
    q = torch.full_like(guess, 1 - level)
    bound = invert(outside, q, (guess - 0.01, guess + 0.01), (-math.inf, density.amax(0)))
    start, end, used = _intervals(blend, x, density, bound)
    both = torch.stack([start, end], -1)
    return [both[used[:, row], row].numpy() for row in range(x.shape[1])]


def _has_point_mass(blend: Blend) -> bool:
    low, high = blend.ends()
    at_low = torch.where(low.isfinite(), blend.cdf(low.nan_to_num(neginf=0.0)), 0.0)
    before = torch.nextafter(high, torch.full_like(high, -math.inf))
    above = torch.where(high.isfinite(), 1 - blend.cdf(before), 0.0)
    # A density may be so steep at its upper end that float64 cannot come nearer than a small probability.
    return bool((at_low > 1e-9).any() or (above > 1e-3).any())


def _bound_on_grid(blend: Blend, x: Tensor, density: Tensor, level: float) -> Tensor:
    """Return the log density above which cells of the grid, taken whole, have the probability asked for."""
    mass = blend.cdf(x).diff(dim=0)
    height, order = ((density[1:] + density[:-1]) / 2).sort(0, descending=True)
    reached = mass.gather(0, order).cumsum(0)
    cell = (reached < level).sum(0, keepdim=True).clamp(max=len(mass) - 1)
    return height.gather(0, cell)[0].clamp(-1e3, 1e3)


def _grid(blend: Blend) -> Tensor:
    """Return places at even probabilities of each member, where the features are, and at even distances."""
    compound = 4 if hasattr(blend.members[0], "breaks") else 1  # gives places for each of its parts
    u = torch.linspace(0, 1, GRID // (compound * len(blend.members)) + 1, dtype=torch.float64)[1:-1]
    u = torch.cat([u.new_tensor([1e-7]), u, u.new_tensor([1 - 1e-7])])[:, None]
    inner = torch.cat([inner_breaks(member, u).expand(-1, blend.n_rows) for member in blend.members])
    first, last = inner.amin(0), inner.amax(0)
    share = torch.linspace(0, 1, GRID, dtype=torch.float64)[:, None]
    return torch.cat([inner, first + share * (last - first)]).sort(0).values


def _intervals(blend: Blend, x: Tensor, density: Tensor, bound: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return starts and ends (j, n) of the intervals with a log density above the bound, and which of them are used."""
    above = density >= bound
    edge = above.new_zeros(1, x.shape[1])
    padded = torch.cat([edge, above, edge])
    rising, falling = padded[1:] & ~padded[:-1], padded[:-1] & ~padded[1:]
    first, used = _slots(rising)
    last, _ = _slots(falling)
    start = _refine(blend, x, bound, first - 1, first)
    end = _refine(blend, x, bound, last, last - 1)
    return start, torch.where(used, end, start), used


def _slots(marks: Tensor) -> tuple[Tensor, Tensor]:
    """Return the positions (j, n) of the marks in each column, in order, and which of the j places a column uses."""
    position, column = marks.nonzero(as_tuple=True)
    slot = (marks.cumsum(0) - 1)[position, column]
    table = torch.ones(int(marks.sum(0).max()), marks.shape[1], dtype=torch.int64)
    used = torch.zeros_like(table, dtype=torch.bool)
    table[slot, column], used[slot, column] = position, True
    return table, used


def _refine(blend: Blend, x: Tensor, bound: Tensor, outside: Tensor, inside: Tensor) -> Tensor:
    """Return where the density meets the bound between two neighbours of the grid; beyond the grid, its end."""
    last = len(x) - 1
    out, into = x.gather(0, outside.clamp(0, last)), x.gather(0, inside.clamp(0, last))
    size = into - out

    def risen(share: Tensor) -> Tensor:  # from 0 to 1, and 1/2 at the bound, as what `invert` takes
        return torch.sigmoid(blend.log_prob(out + share * size) - bound)

    zero = torch.zeros_like(out)
    share = invert(risen, zero + 0.5, (zero, zero + 1), (0.0, 1.0))
    return out + share * size
