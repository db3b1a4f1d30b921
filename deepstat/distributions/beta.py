"""The beta distribution, by its mean and its precision."""

from __future__ import annotations

from typing import Any, ClassVar

import scipy.special
import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all

from deepstat.distributions.beta_kernel import log_beta_kernel
from deepstat.distributions.by_scipy import by_scipy
from deepstat.distributions.incomplete_beta import log_incomplete_beta


class Beta(Distribution):
    """The beta distribution, as in beta regression.

    Parameters
    ----------
    mean : Tensor of shape (n,)
        In (0, 1); what rounds to 0 or 1 is moved inside by one unit of rounding.
    precision : Tensor of shape (n,)
        Positive: the variance is mean (1 - mean) / (1 + precision). In the usual shapes α = mean · precision and
        β = (1 - mean) · precision.
    validate_args : bool, optional

    Examples
    --------
    >>> beta = Beta(torch.tensor([0.25]), torch.tensor([4.0]))
    >>> beta.variance
    tensor([0.0375])
    >>> beta.cdf(torch.tensor([0.5]))
    tensor([0.8750])

    References
    ----------
    Ferrari and Cribari-Neto (2004), Beta regression for modelling rates and proportions, J. Applied Statistics 31.
    Jordan, Krüger and Lerch (2019), Evaluating probabilistic forecasts with scoringRules, J. Statistical Software 90
    (the crps).
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "mean": constraints.unit_interval,
        "precision": constraints.positive,
    }
    support = constraints.unit_interval

    def __init__(self, mean: Tensor, precision: Tensor, validate_args: bool | None = None) -> None:
        mean, self.precision = broadcast_all(mean, precision)
        margin = torch.finfo(mean.dtype).eps
        self._mean = mean.clamp(margin, 1.0 - margin)
        super().__init__(self._mean.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._mean

    @property
    def variance(self) -> Tensor:
        """Mean (1 - mean) / (1 + precision)."""
        return self._mean * (1.0 - self._mean) / (1.0 + self.precision)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density."""
        if self._validate_args:
            self._validate_sample(value)
        return log_beta_kernel(self._mean, self.precision, value) - value.log() - (-value).log1p()

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value), differentiable."""
        return log_incomplete_beta(*self._shapes(), value)[0]

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value), differentiable."""
        return log_incomplete_beta(*self._shapes(), value)[1]

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        return by_scipy(scipy.special.betainc, *self._shapes(), value.clamp(0.0, 1.0))

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantile at the probability `value`."""
        return by_scipy(scipy.special.betaincinv, *self._shapes(), value)

    def entropy(self) -> Tensor:
        """Return the differential entropy."""
        alpha, beta = self._shapes()
        weighed = (alpha - 1.0) * alpha.digamma() + (beta - 1.0) * beta.digamma()
        log_constant = by_scipy(scipy.special.betaln, alpha, beta)
        return log_constant - weighed + (self.precision - 2.0) * self.precision.digamma()

    def crps(self, value: Tensor) -> Tensor:
        """Return the continuous ranked probability score, in closed form."""
        alpha, beta = self._shapes()
        inside = value.clamp(0.0, 1.0)
        below = by_scipy(scipy.special.betainc, alpha, beta, inside)
        weighed = by_scipy(scipy.special.betainc, alpha + 1.0, beta, inside)
        whole = by_scipy(scipy.special.betaln, 2.0 * alpha, 2.0 * beta)
        half_spread = 2.0 * (whole - 2.0 * by_scipy(scipy.special.betaln, alpha, beta)).exp() / self.precision
        return value * (2.0 * below - 1.0) + self._mean * (1.0 - 2.0 * weighed) - half_spread

    def sample(self, sample_shape: torch.Size | tuple[int, ...] = ()) -> Tensor:
        """Draw from it."""
        shape = self._extended_shape(sample_shape)
        both = torch.stack([each.expand(shape) for each in self._shapes()], dim=-1)
        margin = torch.finfo(both.dtype).eps
        return torch._sample_dirichlet(both)[..., 0].clamp(margin, 1.0 - margin).detach()

    def _shapes(self) -> tuple[Tensor, Tensor]:
        return self._mean * self.precision, (1.0 - self._mean) * self.precision
