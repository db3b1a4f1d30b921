"""The Laplace distribution."""

from __future__ import annotations

import math

import torch
from torch import Tensor


class Laplace(torch.distributions.Laplace):
    """The Laplace (double exponential) distribution, with both tails exact.

    Parameters
    ----------
    loc : Tensor of shape (n,)
    scale : Tensor of shape (n,)
        Positive; the mean absolute deviation.
    validate_args : bool, optional

    Examples
    --------
    >>> laplace = Laplace(torch.tensor([0.0]), torch.tensor([1.0]))
    >>> laplace.log_survival(torch.tensor([100.0]))
    tensor([-100.6931])
    >>> laplace.crps(torch.tensor([0.0]))
    tensor([0.2500])

    References
    ----------
    Jordan, Krüger and Lerch (2019), Evaluating probabilistic forecasts with scoringRules, J. Statistical Software 90
    (the crps).
    """

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value), differentiable."""
        return _log_cdf((value - self.loc) / self.scale)

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value), differentiable."""
        return _log_cdf((self.loc - value) / self.scale)

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        return self.log_cdf(value).exp()

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantile at the probability `value`."""
        outer = torch.log(2.0 * torch.minimum(value, 1.0 - value))
        return self.loc + self.scale * torch.where(value < 0.5, outer, -outer)

    def crps(self, value: Tensor) -> Tensor:
        """Return the continuous ranked probability score, in closed form."""
        z = ((value - self.loc) / self.scale).abs()
        return self.scale * (z + (-z).exp() - 0.75)


def _log_cdf(z: Tensor) -> Tensor:
    left = z.clamp(max=0.0) - math.log(2.0)
    right = torch.log1p(-0.5 * torch.exp(-z.clamp(min=0.0)))
    return torch.where(z < 0.0, left, right)
