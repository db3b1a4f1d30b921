"""Integrals over a distribution: rules of Gauss between its quantiles, double exponential rules beyond them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deepstat.distributions.blend import Blend
from deepstat.distributions.support_ends import End

POINTS = 12  # of each panel
STEEP = 4.0  # ratio of the distances of a panel's ends from an end of the support: from here on logarithmic


def panels(breaks: Tensor) -> tuple[Tensor, Tensor]:
    """Return points (p, n) and weights of the Gauss-Legendre rule with 12 points between neighbouring breaks (b, n).

    Examples
    --------
    >>> points, weights = panels(torch.tensor([[0.0], [1.0], [3.0]], dtype=torch.float64))
    >>> (points**5 * weights).sum(0)  # 3**6 / 6
    tensor([121.5000], dtype=torch.float64)
    """
    nodes, weights = (torch.from_numpy(each) for each in np.polynomial.legendre.leggauss(POINTS))
    half = (breaks[1:] - breaks[:-1]) / 2
    points = breaks[:-1, None] + half[:, None] * (1 + nodes[:, None])
    return points.flatten(0, 1), (half[:, None] * weights[:, None]).flatten(0, 1)


def _panels_from(breaks: Tensor, end: Tensor, sign: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return points and weights even in the logarithm of the distance from an end, and where that is called for."""
    distance = (sign * (breaks - end)).clamp(min=torch.finfo(torch.float64).tiny)
    steep = (distance[1:] / distance[:-1]).log().abs() > math.log(STEEP)
    steep = (steep & end.isfinite() & (breaks[1:] != end) & (breaks[:-1] != end)).repeat_interleave(POINTS, 0)
    places, weights = panels(distance.log())
    reach = places.exp()
    return end + sign * reach, sign * reach * weights, steep


def rule(blend: Blend, extra: tuple[End, ...] = ()) -> tuple[Tensor, Tensor]:
    """Return points (p, n) and weights with which functions like the density are integrated over the support.

    Between quantiles of the members, whose density is smooth there, by Gauss-Legendre rules; from the outermost ones to
    infinity by the exp-sinh rule, which takes algebraic tails.

    Parameters
    ----------
    blend : Blend
        Continuous.
    extra : tuple of float or Tensor
        Places where the integrand has a kink.

    References
    ----------
    Takahasi and Mori (1974), Double exponential formulas for numerical integration.

    Examples
    --------
    >>> heavy = torch.distributions.Pareto(torch.ones(1).double(), 2.5 * torch.ones(1).double())
    >>> points, weights = rule(Blend([heavy]))
    >>> (heavy.log_prob(points).exp() * points**2 * weights).sum(0).round(decimals=6)  # alpha / (alpha - 2)
    tensor([5.], dtype=torch.float64)
    """
    breaks = blend.breaks()
    if extra:
        places = torch.stack(
            [torch.as_tensor(each, dtype=torch.float64).expand(blend.n_rows) for each in extra]
        )
        breaks = torch.cat([breaks, places.clamp(breaks[0], breaks[-1])]).sort(0).values
    points, weights = panels(breaks)
    low, high = blend.ends()
    for end, sign in ((low, 1.0), (high, -1.0)):  # densities may grow like a power towards an end
        own, its, steep = _panels_from(breaks, end, sign)
        points, weights = torch.where(steep, own, points), torch.where(steep, its, weights)
    points = points.clamp(
        torch.nextafter(low, high), torch.nextafter(high, low)
    )  # rounding must not reach an end
    t = torch.arange(-3.9, 5.8, 0.08, dtype=torch.float64)[:, None]
    reach = torch.exp(math.pi / 2 * t.sinh())
    slope = reach * math.pi / 2 * t.cosh() * 0.08
    spread = ((breaks[-1] - breaks[0]) / 10).clamp(min=torch.finfo(torch.float64).tiny)
    ends = [(low, breaks[0], -1.0), (high, breaks[-1], 1.0)]
    for end, first, sign in ends:
        # A finite end has no tail: its points are put into the middle, without weight.
        points = torch.cat(
            [points, torch.where(end.isfinite(), breaks[len(breaks) // 2], first + sign * spread * reach)]
        )
        weights = torch.cat([weights, torch.where(end.isfinite(), 0.0, spread * slope)])
    return points, weights


def expectation(
    distribution: Any, function: Callable[[Tensor], Tensor], extra: tuple[End, ...] = ()
) -> Tensor:
    """Return E[function(Y)] for each row: by summation for counts, else by quadrature.

    Parameters
    ----------
    distribution : torch.distributions.Distribution of batch shape (n,)
    function : callable
        Elementwise.
    extra : tuple of float or Tensor
        Kinks of the function.

    Examples
    --------
    >>> normal = torch.distributions.Normal(torch.zeros(1), torch.ones(1))
    >>> expectation(normal, torch.abs, (0.0,)).round(decimals=6)  # sqrt(2 / pi)
    tensor([0.7979], dtype=torch.float64)
    """
    blend = Blend([distribution])
    if blend.is_discrete:
        points = blend.values()
        weights = torch.ones_like(points)
    else:
        points, weights = rule(blend, extra)
    probability = distribution.log_prob(points).exp() * weights
    # Far out the function may overflow where the probability has long vanished.
    return torch.where(probability > 0, probability * function(points), 0.0).sum(0)
