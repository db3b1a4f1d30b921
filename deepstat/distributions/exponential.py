"""The exponential distribution."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all

from deepstat.distributions.log_complement import log_complement


class Exponential(Distribution):
    """The exponential distribution.

    Parameters
    ----------
    scale : Tensor of shape (n,)
        The mean, positive; PyTorch's ``rate`` is its inverse.
    validate_args : bool, optional

    Examples
    --------
    >>> exponential = Exponential(torch.tensor([2.0]))
    >>> exponential.log_survival(torch.tensor([6.0]))
    tensor([-3.])

    References
    ----------
    Jordan, Krüger and Lerch (2019), Evaluating probabilistic forecasts with scoringRules, J. Statistical Software 90
    (the crps).
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, scale: Tensor, validate_args: bool | None = None) -> None:
        (self.scale,) = broadcast_all(scale)
        super().__init__(self.scale.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The scale."""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """The scale squared."""
        return self.scale.square()

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density."""
        if self._validate_args:
            self._validate_sample(value)
        return -value / self.scale - self.scale.log()

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value), differentiable."""
        return log_complement(self.log_survival(value))

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value), differentiable."""
        return -value.clamp(min=0.0) / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        return -self.log_survival(value).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantile at the probability `value`."""
        return -self.scale * torch.log1p(-value)

    def entropy(self) -> Tensor:
        """Return the differential entropy."""
        return 1.0 + self.scale.log()

    def crps(self, value: Tensor) -> Tensor:
        """Return the continuous ranked probability score, in closed form."""
        return value.abs() + self.scale * (0.5 - 2.0 * self.cdf(value))

    def rsample(self, sample_shape: torch.Size | tuple[int, ...] = ()) -> Tensor:
        """Draw from it."""
        return (
            self.scale
            * torch.empty_like(self.scale.expand(self._extended_shape(sample_shape))).exponential_()
        )
