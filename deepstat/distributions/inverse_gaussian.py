"""The inverse Gaussian distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import scipy.special
import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all

from deepstat.distributions.bisect import bisect
from deepstat.distributions.by_scipy import by_scipy
from deepstat.distributions.log_complement import log_complement
from deepstat.distributions.tail_integral import log_tail_integral

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


class InverseGaussian(Distribution):
    """The inverse Gaussian (Wald) distribution: first passage times of a Brownian motion with drift.

    Parameters
    ----------
    mean : Tensor of shape (n,)
        Positive.
    concentration : Tensor of shape (n,)
        λ, positive, in units of the target: the variance is mean³ / λ, and the dispersion of a generalised linear model
        is 1 / λ.
    validate_args : bool, optional

    Notes
    -----
    In z = sqrt(λ / y) (y / mean - 1) the density is φ(z) (1 - z / sqrt(z² + 4 λ / mean)), so that both tails are a
    normal density times a tame integral. Tails in training are right to 1e-9 for λ / mean from 1e-2 upwards.

    Examples
    --------
    >>> inverse_gaussian = InverseGaussian(torch.tensor([1.0]), torch.tensor([2.0]))
    >>> inverse_gaussian.variance
    tensor([0.5000])
    >>> inverse_gaussian.log_survival(torch.tensor([100.0]))
    tensor([-105.5048])

    References
    ----------
    Chhikara and Folks (1989), The inverse Gaussian distribution.
    Michael, Schucany and Haas (1976), Generating random variates using transformations with multiple roots, American
    Statistician 30.
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "mean": constraints.positive,
        "concentration": constraints.positive,
    }
    support = constraints.positive

    def __init__(self, mean: Tensor, concentration: Tensor, validate_args: bool | None = None) -> None:
        self._mean, self.concentration = broadcast_all(mean, concentration)
        super().__init__(self._mean.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._mean

    @property
    def variance(self) -> Tensor:
        """mean³ / concentration."""
        return self._mean.square() * (self._mean / self.concentration)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density."""
        if self._validate_args:
            self._validate_sample(value)
        half_log = 0.5 * self.concentration.log() - 1.5 * value.log() - _HALF_LOG_2PI
        return half_log - 0.5 * self.concentration * ((value - self._mean) / self._mean).square() / value

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value), differentiable."""
        return _log_tails(*self._standard(value))[0]

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value), differentiable."""
        return _log_tails(*self._standard(value))[1]

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        return by_scipy(_lower, *self._standard(value)).where(value > 0.0, 0.0)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantile at the probability `value`."""
        q, mean, ratio = torch.broadcast_tensors(value, self._mean, self.concentration / self._mean)

        def is_below(z: Tensor) -> Tensor:
            return torch.where(q < 0.5, by_scipy(_lower, z, ratio) < q, by_scipy(_upper, z, ratio) > 1.0 - q)

        # The density is between 0 and 2 times the normal one, hence the bracket.
        z = bisect(is_below, torch.special.ndtri(0.5 * q), torch.special.ndtri(q).clamp(max=40.0))
        return (mean * (2.0 * torch.asinh(0.5 * z / ratio.sqrt())).exp()).where(q < 1.0, math.inf)

    def entropy(self) -> Tensor:
        """Return the differential entropy."""
        log_mean = self._mean.log() - by_scipy(_scaled_integral, 2.0 * self.concentration / self._mean)
        return 0.5 + _HALF_LOG_2PI - 0.5 * self.concentration.log() + 1.5 * log_mean

    def sample(self, sample_shape: torch.Size | tuple[int, ...] = ()) -> Tensor:
        """Draw from it: the smaller root of the transformation, or mean² over it."""
        mean = self._mean.expand(self._extended_shape(sample_shape))
        r = 0.5 * (mean / self.concentration) * torch.randn_like(mean).square()
        share = (1.0 + r + (r * (r + 2.0)).sqrt()).reciprocal()  # the smaller root; no difference is formed
        drawn = mean * torch.where(torch.rand_like(mean) * (1.0 + share) <= 1.0, share, share.reciprocal())
        return drawn.clamp(min=torch.finfo(drawn.dtype).tiny).detach()

    def _standard(self, value: Tensor) -> tuple[Tensor, Tensor]:
        """Return z and λ / mean."""
        value = value.clamp(min=torch.finfo(value.dtype).tiny)
        z = (self.concentration / value).sqrt() * ((value - self._mean) / self._mean)
        return torch.broadcast_tensors(z, self.concentration / self._mean)  # type: ignore[return-value]


def _log_tails(z: Tensor, ratio: Tensor) -> tuple[Tensor, Tensor]:
    is_upper = z > 0.0
    far, four = z.abs(), 4.0 * ratio
    far_, four_, is_upper_ = far.unsqueeze(-1), four.unsqueeze(-1), is_upper.unsqueeze(-1)

    def exponent(w: Tensor) -> Tensor:
        place = far_ + w
        reach = (place.square() + four_).sqrt()
        # 1 - |z| / reach above and 1 + |z| / reach below, the first without a difference.
        share = torch.where(is_upper_, four_ / (reach * (reach + place)), 1.0 + place / reach)
        return share.log() - w * (far_ + 0.5 * w)

    log_tail = log_tail_integral(exponent, far + math.sqrt(0.5)) - 0.5 * far.square() - _HALF_LOG_2PI
    log_tail = log_tail.clamp(max=0.0)
    log_other = log_complement(log_tail)
    return torch.where(is_upper, log_other, log_tail), torch.where(is_upper, log_tail, log_other)


def _lower(z: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    return scipy.special.ndtr(z) + 0.5 * np.exp(-0.5 * z * z) * _mills(np.sqrt(z * z + 4.0 * ratio))


def _upper(z: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    return scipy.special.ndtr(-z) - 0.5 * np.exp(-0.5 * z * z) * _mills(np.sqrt(z * z + 4.0 * ratio))


def _mills(x: np.ndarray) -> np.ndarray:
    return scipy.special.erfcx(x / math.sqrt(2.0))


def _scaled_integral(x: np.ndarray) -> np.ndarray:
    """Return exp(x) E1(x), E1 the exponential integral."""
    few, many = np.minimum(x, 50.0), np.maximum(x, 50.0)
    series = np.ones_like(many)
    for k in range(20, 0, -1):  # the asymptotic series, summed from its end
        series = 1.0 - k / many * series
    return np.where(x < 50.0, np.exp(few) * scipy.special.exp1(few), series / many)
