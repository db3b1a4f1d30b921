"""The von Mises distribution of directions."""

from __future__ import annotations

import itertools
import math
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all

from deepstat.distributions.bisect import bisect

_SWITCH = 100.0
# log(I0(k) exp(-k) sqrt(2 π k)) in powers of 1/k, from the first on.
_LOG_SERIES = (1.0 / 8.0, 1.0 / 16.0, 25.0 / 384.0, 13.0 / 128.0, 1073.0 / 5120.0, 103.0 / 192.0)
_PLACES, _WEIGHTS = (torch.from_numpy(each) for each in np.polynomial.legendre.leggauss(80))
# Beyond this fall of the log density nothing is left in float64.
_FALL = 40.0


class VonMises(Distribution):
    """The von Mises distribution on the circle, in radians.

    Values may be any real number and are taken modulo 2π. The circle is opened opposite to the location: ``cdf`` runs
    from 0 just above loc - π to 1 at loc + π, and ``icdf`` returns an angle between those two, so that two quantiles
    are the ends of an arc around the location; they may leave (-π, π].

    Parameters
    ----------
    loc : Tensor of shape (n,)
        The mean direction.
    concentration : Tensor of shape (n,)
        κ, not negative: 0 is uniform, and 1 / sqrt(κ) is the standard deviation of a narrow one. Values and gradients
        are right from 0 to 1e8.
    validate_args : bool, optional

    Notes
    -----
    ``mean`` is the mean direction and ``variance`` the circular variance, 1 - I1(κ) / I0(κ), between 0 and 1. The crps
    is the angular one: distances are measured along the circle.

    Examples
    --------
    >>> directions = VonMises(torch.tensor([3.0]), torch.tensor([4.0]))
    >>> directions.variance
    tensor([0.1365])
    >>> directions.log_prob(torch.tensor([3.0 - 2 * torch.pi]))
    tensor([-0.2628])
    >>> directions.icdf(torch.tensor([0.95]))
    tensor([3.8867])

    References
    ----------
    Mardia and Jupp (2000), Directional statistics.
    Grimit, Gneiting, Berrocal and Johnson (2006), The continuous ranked probability score for circular variables,
    Q. J. Royal Meteorological Society 132.
    Best and Fisher (1979), Efficient simulation of the von Mises distribution, Applied Statistics 28.
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "loc": constraints.real,
        "concentration": constraints.nonnegative,
    }
    support = constraints.real

    def __init__(self, loc: Tensor, concentration: Tensor, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean direction."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The circular variance."""
        return _circular_variance(self.concentration)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density on a circle of length 2π."""
        if self._validate_args:
            self._validate_sample(value)
        fall = 2.0 * self.concentration * (0.5 * (value - self.loc)).sin().square()
        return -fall - _log_constant(self.concentration)

    def cdf(self, value: Tensor) -> Tensor:
        """Return the probability of the arc from loc - π to `value`."""
        angle = self._relative(value)
        angle, concentration = torch.broadcast_tensors(angle, self.concentration)
        upper = _upper(angle.abs(), concentration)
        return torch.where(angle > 0.0, 1.0 - upper, upper)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the angle up to which the arc from loc - π has the probability `value`."""
        q, concentration = torch.broadcast_tensors(value, self.concentration)
        smaller = torch.minimum(q, 1.0 - q)
        zero = torch.zeros_like(smaller)
        angle = bisect(lambda each: _upper(each, concentration) > smaller, zero, zero + math.pi)
        return self.loc + torch.where(q < 0.5, -angle, angle)

    def entropy(self) -> Tensor:
        """Return the differential entropy."""
        return _log_constant(self.concentration) + self.concentration * self.variance

    def crps(self, value: Tensor) -> Tensor:
        """Return the angular continuous ranked probability score, in radians, by quadrature."""
        angle, concentration = torch.broadcast_tensors(self._relative(value).abs(), self.concentration)
        return _mean_distance(angle, concentration) - 0.5 * _mean_spread(concentration)

    def sample(self, sample_shape: torch.Size | tuple[int, ...] = ()) -> Tensor:
        """Draw angles in [-π, π)."""
        shape = self._extended_shape(sample_shape)
        # PyTorch's rejection never ends at 0; nobody can tell 1e-6 from it.
        concentration = self.concentration.clamp(min=1e-6)
        source = torch.distributions.VonMises(self.loc, concentration, validate_args=False)
        return source.sample(sample_shape).reshape(shape)

    def _relative(self, value: Tensor) -> Tensor:
        """Return the angle from the location, in (-π, π]."""
        return math.pi - (math.pi - (value - self.loc)).remainder(2.0 * math.pi)


def _log_constant(concentration: Tensor) -> Tensor:
    """Return log(2π I0(κ) exp(-κ)), with a right derivative where I1(κ) / I0(κ) rounds to 1."""
    few, many = concentration.clamp(max=_SWITCH) + 1e-30, concentration.clamp(min=_SWITCH)
    # At 0 itself PyTorch's derivative of i0e is 0 instead of -1.
    direct = torch.special.i0e(few).log() + math.log(2.0 * math.pi)
    series = _powers(many.reciprocal(), _LOG_SERIES) + 0.5 * (2.0 * math.pi / many).log()
    return torch.where(concentration < _SWITCH, direct, series)


def _circular_variance(concentration: Tensor) -> Tensor:
    few, inverse = concentration.clamp(max=_SWITCH), concentration.clamp(min=_SWITCH).reciprocal()
    direct = 1.0 - torch.special.i1e(few) / torch.special.i0e(few)
    # 1 + d/dκ of the constant: the series of the logarithm, term by term.
    derivative = tuple(power * term for power, term in enumerate(_LOG_SERIES, 1))
    series = inverse * (0.5 + _powers(inverse, derivative))
    return torch.where(concentration < _SWITCH, direct, series)


def _powers(x: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    total = x * coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = x * (total + coefficient)
    return total


def _reach(start: Tensor | float, concentration: Tensor) -> Tensor:
    """Return the angle at which the log density has fallen by 40 more than at the sine² of half an angle, `start`."""
    return 2.0 * (start + 0.5 * _FALL / concentration).clamp(max=1.0).sqrt().asin()


def _panel(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Return nodes and weights of Gauss and Legendre between `low` and `high`, on a new last axis."""
    half, middle = 0.5 * (high - low).unsqueeze(-1), 0.5 * (high + low).unsqueeze(-1)
    return middle + half * _PLACES.to(low), half * _WEIGHTS.to(low)


def _density(angle: Tensor, concentration: Tensor) -> Tensor:
    concentration = concentration.unsqueeze(-1)
    return torch.exp(-2.0 * concentration * (0.5 * angle).sin().square() - _log_constant(concentration))


def _upper(angle: Tensor, concentration: Tensor) -> Tensor:
    """Return the probability between an angle in [0, π] and π."""
    nodes, weights = _panel(angle, _reach((0.5 * angle).sin().square(), concentration).maximum(angle))
    return (weights * _density(nodes, concentration)).sum(dim=-1)


def _mean_distance(angle: Tensor, concentration: Tensor) -> Tensor:
    """Return the mean distance along the circle from an angle in [0, π]."""
    end = _reach(0.0, concentration)
    # The distance bends at the angle itself and opposite to it.
    bends = (-end, (angle - math.pi).clamp(min=-end), angle.minimum(end), end)
    total = torch.zeros_like(angle)
    for low, high in itertools.pairwise(bends):
        nodes, weights = _panel(low, high)
        apart = (nodes - angle.unsqueeze(-1)).abs()
        distance = torch.minimum(apart, 2.0 * math.pi - apart)
        total = total + (weights * distance * _density(nodes, concentration)).sum(dim=-1)
    return total


def _mean_spread(concentration: Tensor) -> Tensor:
    """Return the mean distance of two draws, from the density I0(2κ cos(φ/2)) / (2π I0(κ)²) of their difference."""
    end = 4.0 * (0.25 * _FALL / concentration).sqrt().clamp(max=math.sqrt(0.5)).asin()
    nodes, weights = _panel(torch.zeros_like(end), end)
    concentration = concentration.unsqueeze(-1)
    bessel = torch.special.i0e(2.0 * concentration * (0.5 * nodes).cos())
    fall = 4.0 * concentration * (0.25 * nodes).sin().square()
    log_density = math.log(2.0 * math.pi) + bessel.log() - fall - 2.0 * _log_constant(concentration)
    return 2.0 * (weights * nodes * log_density.exp()).sum(dim=-1)
