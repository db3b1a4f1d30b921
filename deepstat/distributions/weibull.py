"""The Weibull distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import scipy.special
import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all

from deepstat.distributions.by_scipy import by_scipy
from deepstat.distributions.log_complement import log_complement


class Weibull(Distribution):
    """The Weibull distribution.

    Parameters
    ----------
    scale : Tensor of shape (n,)
        Positive: 63% of values lie below it.
    concentration : Tensor of shape (n,)
        The shape k, positive: the hazard grows as value**(k - 1).
    validate_args : bool, optional

    Notes
    -----
    Where the cumulative hazard (value / scale)**k exceeds the square root of the largest number, it goes on linearly in
    its logarithm: likelihoods that are 0 in any precision keep a finite gradient that points back.

    Examples
    --------
    >>> weibull = Weibull(torch.tensor([2.0]), torch.tensor([3.0]))
    >>> weibull.log_survival(torch.tensor([4.0]))
    tensor([-8.])

    References
    ----------
    Rinne (2008), The Weibull distribution: a handbook. The crps is E|Y - y| - E|Y - Y'|/2, of which the second is a
    multiple of the mean because a minimum of two is Weibull again.
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "scale": constraints.positive,
        "concentration": constraints.positive,
    }
    support = constraints.positive
    has_rsample = True

    def __init__(self, scale: Tensor, concentration: Tensor, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        super().__init__(self.scale.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """Γ(1 + 1/k) times the scale."""
        return self.scale * (1.0 + self.concentration.reciprocal()).lgamma().exp()

    @property
    def variance(self) -> Tensor:
        """(Γ(1 + 2/k) - Γ(1 + 1/k)²) times the scale squared."""
        inverse = self.concentration.reciprocal()
        twice = (1.0 + 2.0 * inverse).lgamma() - 2.0 * (1.0 + inverse).lgamma()
        return self.mean.square() * twice.expm1()

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density."""
        if self._validate_args:
            self._validate_sample(value)
        log_value = value.log()
        log_hazard = self.concentration * (log_value - self.scale.log())
        return self.concentration.log() + log_hazard - log_value - _exp(log_hazard)

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value), differentiable."""
        return log_complement(self.log_survival(value))

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value), differentiable."""
        log_value = value.clamp(min=torch.finfo(value.dtype).tiny).log()
        return -_exp(self.concentration * (log_value - self.scale.log()))

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        return -self._hazard(value).neg().expm1()

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantile at the probability `value`."""
        return self.scale * (-torch.log1p(-value)) ** self.concentration.reciprocal()

    def entropy(self) -> Tensor:
        """Return the differential entropy."""
        euler = -scipy.special.digamma(1.0)
        return euler * (1.0 - self.concentration.reciprocal()) + (self.scale / self.concentration).log() + 1.0

    def crps(self, value: Tensor) -> Tensor:
        """Return the continuous ranked probability score, in closed form."""
        inverse = self.concentration.reciprocal()
        weighed = by_scipy(scipy.special.gammainc, 1.0 + inverse, self._hazard(value))
        # 2**(-1/k) is the mean of the smaller of two values, as a share of the mean of one.
        smaller = (-math.log(2.0) * inverse).exp()
        return value * (2.0 * self.cdf(value) - 1.0) - self.mean * (2.0 * weighed - smaller)

    def rsample(self, sample_shape: torch.Size | tuple[int, ...] = ()) -> Tensor:
        """Draw from it."""
        hazard = torch.empty_like(self.scale.expand(self._extended_shape(sample_shape))).exponential_()
        drawn = self.scale * hazard ** self.concentration.reciprocal()
        return drawn.clamp(min=torch.finfo(drawn.dtype).tiny)

    def _hazard(self, value: Tensor) -> Tensor:
        return (value.clamp(min=0.0) / self.scale) ** self.concentration


def _exp(x: Tensor) -> Tensor:
    """Return exp(x), and its tangent from where its square would overflow."""
    limit = 0.5 * math.log(torch.finfo(x.dtype).max)
    known = x.clamp(max=limit)
    return known.exp() * (1.0 + (x - known))
