"""The gamma distribution, by its mean and its shape."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import scipy.special
import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all

from deepstat.distributions.by_scipy import by_scipy
from deepstat.distributions.gamma_kernel import log_gamma_kernel
from deepstat.distributions.incomplete_gamma import log_incomplete_gamma
from deepstat.distributions.log_gamma_half_step import log_gamma_half_step


class Gamma(Distribution):
    """The gamma distribution, as in generalised linear models.

    Parameters
    ----------
    mean : Tensor of shape (n,)
        Positive.
    concentration : Tensor of shape (n,)
        The shape a, positive: the variance is mean² / a, and the dispersion of a generalised linear model is 1 / a.
    validate_args : bool, optional

    Examples
    --------
    >>> gamma = Gamma(torch.tensor([3.0]), torch.tensor([2.0]))
    >>> gamma.variance
    tensor([4.5000])
    >>> gamma.log_survival(torch.tensor([300.0]))
    tensor([-194.6967])

    References
    ----------
    McCullagh and Nelder (1989), Generalized linear models, chapter 8.
    Jordan, Krüger and Lerch (2019), Evaluating probabilistic forecasts with scoringRules, J. Statistical Software 90
    (the crps).
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "mean": constraints.positive,
        "concentration": constraints.positive,
    }
    support = constraints.positive
    has_rsample = True

    def __init__(self, mean: Tensor, concentration: Tensor, validate_args: bool | None = None) -> None:
        self._mean, self.concentration = broadcast_all(mean, concentration)
        super().__init__(self._mean.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._mean

    @property
    def variance(self) -> Tensor:
        """mean² / concentration."""
        return self._mean.square() / self.concentration

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density."""
        if self._validate_args:
            self._validate_sample(value)
        return log_gamma_kernel(self.concentration, value / self._mean) - value.log()

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value), differentiable."""
        return log_incomplete_gamma(self.concentration, self._scaled(value))[0]

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value), differentiable."""
        return log_incomplete_gamma(self.concentration, self._scaled(value))[1]

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        return by_scipy(scipy.special.gammainc, self.concentration, self._scaled(value).clamp(min=0.0))

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantile at the probability `value`."""
        quantile = by_scipy(scipy.special.gammaincinv, self.concentration, value)
        return self._mean * quantile / self.concentration

    def entropy(self) -> Tensor:
        """Return the differential entropy."""
        a = self.concentration
        return a - (a / self._mean).log() + a.lgamma() + (1.0 - a) * a.digamma()

    def crps(self, value: Tensor) -> Tensor:
        """Return the continuous ranked probability score, in closed form."""
        a, x = self.concentration, self._scaled(value).clamp(min=0.0)
        below, weighed = by_scipy(scipy.special.gammainc, a, x), by_scipy(scipy.special.gammainc, a + 1.0, x)
        half_spread = log_gamma_half_step(a).exp() / (a * math.sqrt(math.pi))
        return value * (2.0 * below - 1.0) - self._mean * (2.0 * weighed - 1.0 + half_spread)

    def rsample(self, sample_shape: torch.Size | tuple[int, ...] = ()) -> Tensor:
        """Draw from it."""
        a = self.concentration.expand(self._extended_shape(sample_shape))
        drawn = self._mean * torch._standard_gamma(a) / a
        return drawn.clamp(min=torch.finfo(a.dtype).tiny)

    def _scaled(self, value: Tensor) -> Tensor:
        return value * (self.concentration / self._mean)
