"""The lognormal distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all

from deepstat.distributions.log_ndtr import log_ndtr

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


class LogNormal(Distribution):
    """The distribution of a positive number whose logarithm is normal.

    Written out, where PyTorch's is a chain of transformations that costs several times as much for each step.

    Parameters
    ----------
    loc : Tensor of shape (n,)
        Mean of log Y, so the median of Y is exp(loc).
    scale : Tensor of shape (n,)
        Standard deviation of log Y, positive.
    validate_args : bool, optional

    Examples
    --------
    >>> lognormal = LogNormal(torch.tensor([0.0]), torch.tensor([1.0]))
    >>> lognormal.mean
    tensor([1.6487])
    >>> lognormal.icdf(torch.tensor(0.5))
    tensor([1.])

    References
    ----------
    Baran and Lerch (2015), Log-normal distribution based ensemble model output statistics models, Q. J. Royal
    Meteorological Society 141 (the crps).
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, loc: Tensor, scale: Tensor, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def _standard(self, value: Tensor) -> Tensor:
        return (value.clamp(min=torch.finfo(value.dtype).tiny).log() - self.loc) / self.scale

    @property
    def mean(self) -> Tensor:
        """exp(loc + scale² / 2)."""
        return (self.loc + 0.5 * self.scale.square()).exp()

    @property
    def variance(self) -> Tensor:
        """mean² (exp(scale²) - 1)."""
        square = self.scale.square()
        return square.expm1() * (2.0 * self.loc + square).exp()

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density."""
        if self._validate_args:
            self._validate_sample(value)
        log_value = value.log()
        z = (log_value - self.loc) / self.scale
        return -0.5 * z.square() - log_value - self.scale.log() - _HALF_LOG_2PI

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value), differentiable."""
        return log_ndtr(self._standard(value))

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value), differentiable."""
        return log_ndtr(-self._standard(value))

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        return torch.special.ndtr(self._standard(value)).where(value > 0.0, 0.0)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantile at the probability `value`."""
        return (self.loc + self.scale * torch.special.ndtri(value)).exp()

    def entropy(self) -> Tensor:
        """Return the differential entropy."""
        return 0.5 + _HALF_LOG_2PI + self.scale.log() + self.loc

    def crps(self, value: Tensor) -> Tensor:
        """Return the continuous ranked probability score, in closed form."""
        z = self._standard(value)
        central = torch.erf(z / math.sqrt(2.0)).where(value > 0.0, -1.0)
        inner = torch.special.ndtr(z - self.scale).where(value > 0.0, 0.0)
        # 1 - Φ(scale / sqrt 2) by its complement: nothing cancels when scale is small.
        outer = torch.special.ndtr(-self.scale / math.sqrt(2.0))
        return value * central - 2.0 * self.mean * (inner - outer)

    def rsample(self, sample_shape: torch.Size | tuple[int, ...] = ()) -> Tensor:
        """Draw from it."""
        noise = torch.randn_like(self.loc.expand(self._extended_shape(sample_shape)))
        return (self.loc + self.scale * noise).exp()
