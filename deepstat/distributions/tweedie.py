"""The Tweedie distribution between Poisson and gamma: zeros, and positive amounts."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, ClassVar

import torch
from scipy import special
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all

from deepstat.distributions.by_scipy import by_scipy
from deepstat.distributions.expm1 import expm1
from deepstat.distributions.inversion import invert
from deepstat.distributions.quadrature import panels
from deepstat.distributions.stirling_error import stirling_error

# Terms of the series of the density, and the part of their bump that they cover, in its standard deviations.
_TERMS, _LEFT, _RIGHT = 128, 7.5, 8.5
_PANELS = 40  # of the entropy's integral
_BLOCK = 2_000_000  # numbers of a table of the distribution function: 16 MB


class Tweedie(Distribution):
    """A sum of a Poisson number of gamma amounts: variance = dispersion mean ** power, 1 < power < 2.

    The density is the exact series over the number of amounts, of which 128 terms are taken where they matter: all of
    them from the first one on, or, where their bump is wider, every h-th with weight h (the terms are smooth in their
    number, and an even sum over a smooth bump is its integral). Relative error of the density below 1e-8 for powers
    from 1.01 to 1.99 and every mean, dispersion and y, in float64.

    Parameters
    ----------
    mean, dispersion : Tensor of shape (n,)
        Positive.
    power : float in (1, 2)

    Examples
    --------
    >>> rain = Tweedie(torch.tensor([2.0]), torch.tensor([1.0]), power=1.5)
    >>> rain.log_prob(torch.tensor([0.0])), rain.variance
    (tensor([-2.8284]), tensor([2.8284]))

    References
    ----------
    Jørgensen (1997), The Theory of Dispersion Models; Dunn and Smyth (2005), Series evaluation of Tweedie exponential
    dispersion model densities.
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "mean": constraints.positive,
        "dispersion": constraints.positive,
    }
    support = constraints.nonnegative

    def __init__(
        self, mean: Tensor, dispersion: Tensor, power: float = 1.5, validate_args: bool | None = None
    ) -> None:
        check_tweedie(power=power)
        self._mean, self.dispersion = broadcast_all(mean, dispersion)
        self.power = power
        super().__init__(self._mean.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._mean

    @property
    def variance(self) -> Tensor:
        """The variance, dispersion mean ** power."""
        return self.dispersion * self._mean**self.power

    @property
    def _rate(self) -> Tensor:
        """Mean number of amounts."""
        return self._mean ** (2 - self.power) / ((2 - self.power) * self.dispersion)

    @property
    def _shape(self) -> float:
        """Shape of the gamma amounts."""
        return (2 - self.power) / (self.power - 1)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return log P(Y = 0) for zeros, else the log density."""
        p, shape = self.power, self._shape
        y = torch.where(value > 0, value, 1.0)
        rate, log_ratio = self._rate, (y / self._mean).log()
        half_deviance = rate / (p - 1) * ((2 - p) * expm1(log_ratio) - expm1((2 - p) * log_ratio))
        # The real number of amounts at which the series has its peak.
        peak = (y ** (2 - p) / ((2 - p) * self.dispersion)).clamp(min=1e-30)
        middle = peak.detach()
        width = (middle * (p - 1)).sqrt()
        first = (middle - _LEFT * width).floor().clamp(min=1.0)
        step = ((_LEFT + _RIGHT) * width / (_TERMS - 1)).clamp(min=1.0)
        index = torch.arange(_TERMS, dtype=y.dtype, device=y.device)
        number = first.unsqueeze(-1) + step.unsqueeze(-1) * index
        # By Stirling's formula a term is exp(-(1 + shape) (j log(j / peak) - j + peak)) times remainders without
        # parameters: large parts cancel on paper, and the gradient passes through the peak alone.
        away = number - peak.unsqueeze(-1)
        fall = number * torch.log1p(away / peak.unsqueeze(-1)) - away
        remainder = stirling_error(number) + stirling_error(shape * number)
        terms = torch.logsumexp(-(1 + shape) * fall - remainder, dim=-1)
        density = (
            terms + step.log() - y.log() - half_deviance + (0.5 * math.log(shape) - math.log(2 * math.pi))
        )
        return torch.where(value > 0, density, torch.where(value == 0, -rate, -torch.inf))

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value), a Poisson mixture of gamma distribution functions."""
        p, shape = self.power, self._shape
        rate, amount = (
            self._rate.double(),
            self.dispersion.double() * (p - 1) * self._mean.double() ** (p - 1),
        )
        width = rate.sqrt()
        first = (rate - 9 * width).floor().clamp(min=1.0)
        last = rate + 9 * width + 30
        # As in the density; steps must also be small against the number of amounts over which the gamma parts rise.
        step = torch.where(first > 1, torch.minimum(width, (rate / shape).sqrt()) / 4, 1.0).clamp(min=1.0)
        size = int(((last - first) / step).max().ceil()) + 1 if rate.numel() else 0
        y = value.double().clamp(min=0.0) / amount
        total = (-rate).exp() + torch.zeros_like(y)
        block = max(1, _BLOCK // max(1, y.numel()))
        for start in range(0, size, block):
            index = torch.arange(start, min(start + block, size), dtype=torch.float64)
            number = first[..., None] + step[..., None] * index
            log_pmf = number * rate.log()[..., None] - rate[..., None] - torch.lgamma(number + 1)
            parts = by_scipy(special.gammainc, shape * number, y[..., None])
            total = total + (log_pmf.exp() * step[..., None] * parts).sum(dim=-1)
        return torch.where(value < 0, 0.0, total.clamp(max=1.0)).to(value.dtype)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the smallest y with P(Y <= y) >= value, by inversion."""
        none = value <= (-self._rate).exp()
        start = (self._mean / 2, self._mean + self.stddev)
        found = invert(self.cdf, torch.where(none, 0.5, value), start, (0.0, math.inf))
        return torch.where(value >= 0, torch.where(none, 0.0, found), torch.nan)

    def entropy(self) -> Tensor:
        """Return -E log p(Y), p the probability of zero and the density elsewhere, by quadrature over log y."""
        mean, dispersion = self._mean.double().flatten(), self.dispersion.double().flatten()
        flat = Tweedie(mean, dispersion, self.power, validate_args=False)
        amount = dispersion * (self.power - 1) * mean ** (self.power - 1)
        # From below the least likely number of amounts, by Chernoff's bound for their sum, to above twelve standard
        # deviations and large single amounts; panels are short near the upper end, where the density has its features.
        least = self._shape * (flat._rate - 9 * flat._rate.sqrt()).clamp(min=1.0)
        low = (amount * least).log() - 32 / least - 8 / least.sqrt()
        high = (mean + 12 * flat.stddev + (50 + 3 * self._shape) * amount).log()
        fractions = torch.linspace(1.0, 0.0, _PANELS + 1, dtype=torch.float64)[:, None].square()
        log_y, weights = panels(high - (high - low) * fractions)
        total = flat._rate * (-flat._rate).exp()  # of zeros
        for row in range(
            len(mean)
        ):  # one by one: a table of the series for several does not stay in the cache
            one = Tweedie(mean[row], dispersion[row], self.power, validate_args=False)
            log_density = one.log_prob(log_y[:, row].exp())
            total[row] -= (weights[:, row] * log_density * (log_density + log_y[:, row]).exp()).sum()
        return total.reshape(self.batch_shape).to(self._mean.dtype)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw the number of amounts, and their sum."""
        with torch.no_grad():
            number = torch.poisson(self._rate.expand(self._extended_shape(sample_shape)))
            amount = self.dispersion * (self.power - 1) * self._mean ** (self.power - 1)
            total = torch._standard_gamma(self._shape * number.clamp(min=1.0)) * amount
            return torch.where(number > 0, total, 0.0)


def check_tweedie(*, power: float = 1.5) -> None:
    """Raise ``ValueError`` unless the power lies between 1 and 2.

    Examples
    --------
    >>> check_tweedie(power=1.7)
    """
    if not (isinstance(power, Real) and 1 < power < 2):
        raise ValueError(
            f"tweedie: power={power!r} is not allowed; give a number in (1, 2), or take 'poisson' (1) or 'gamma' (2)."
        )
