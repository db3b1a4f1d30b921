"""The Poisson distribution."""

from __future__ import annotations

import math

import torch
from scipy import special
from torch import Tensor

from deepstat.distributions.by_scipy import by_scipy
from deepstat.distributions.count_sum import count_sum
from deepstat.distributions.incomplete_gamma import log_incomplete_gamma
from deepstat.distributions.inversion import invert


class Poisson(torch.distributions.Poisson):
    """Counts of events that come independently, at a rate that is also their mean and variance.

    Parameters
    ----------
    rate : Tensor of shape (n,)
        Positive; below 1e-30 the likelihood is that of 1e-30.

    Examples
    --------
    >>> poisson = Poisson(torch.tensor([2.0]))
    >>> poisson.cdf(torch.tensor([1.0])), poisson.icdf(torch.tensor(0.5))
    (tensor([0.4060]), tensor([2.]))

    References
    ----------
    Johnson, Kemp and Kotz (2005), Univariate Discrete Distributions, chapter 4.
    """

    def log_prob(self, value: Tensor) -> Tensor:
        """Return log P(Y = value)."""
        rate = self.rate.clamp(min=1e-30)  # keeps value / rate, the gradient, finite in float32
        return value * rate.log() - rate - torch.lgamma(value + 1)

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value), differentiable in the rate."""
        return torch.where(value < 0, -math.inf, self._log_tails(value)[1])

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value), differentiable in the rate."""
        return torch.where(value < 0, 0.0, self._log_tails(value)[0])

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        return log_incomplete_gamma(torch.floor(value).clamp(min=0.0) + 1, self.rate.clamp(min=1e-30))

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        below = by_scipy(special.gammaincc, torch.floor(value).clamp(min=0.0) + 1, self.rate)
        return torch.where(value < 0, 0.0, below)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the smallest count with P(Y <= count) >= value."""
        spread = self.rate.sqrt()
        start = (self.rate - spread, self.rate + spread)
        return invert(self.cdf, value, start, (0.0, math.inf), is_discrete=True)

    def entropy(self) -> Tensor:
        """Return the entropy, by summation."""
        rate = self.rate.double().flatten()
        spread = 10 * rate.sqrt()
        low, high = (rate - spread).clamp(min=0.0).floor(), (rate + spread + 50).ceil()

        def term(count: Tensor, rows: slice) -> Tensor:
            log_pmf = Poisson(rate[rows, None], validate_args=False).log_prob(count)
            return -log_pmf * log_pmf.exp()

        return count_sum(term, low, high).reshape(self.batch_shape).to(self.rate.dtype)

    def crps(self, value: Tensor) -> Tensor:
        """Return the continuous ranked probability score of Wei and Held (2014)."""
        rate = self.rate
        spread = rate * (torch.special.i0e(2 * rate) + torch.special.i1e(2 * rate))
        return (value - rate) * (2 * self.cdf(value) - 1) + 2 * rate * self.log_prob(value).exp() - spread
