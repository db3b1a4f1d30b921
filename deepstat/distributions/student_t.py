"""Student's t distribution with location and scale."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import scipy.special
import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all

from deepstat.distributions.by_scipy import by_scipy
from deepstat.distributions.expm1 import expm1
from deepstat.distributions.log_complement import log_complement
from deepstat.distributions.log_gamma_half_step import log_gamma_half_step
from deepstat.distributions.tail_integral import log_tail_integral


class StudentT(Distribution):
    """Student's t distribution.

    Parameters
    ----------
    df : Tensor of shape (n,)
        Degrees of freedom, positive. Right up to 1e8, where it is the normal; tails to 1e-9 from 0.01.
    loc : Tensor of shape (n,)
    scale : Tensor of shape (n,)
        Positive; not the standard deviation.
    validate_args : bool, optional

    Notes
    -----
    The mean is nan for df <= 1; the variance is infinite for df <= 2 and nan for df <= 1. The crps is infinite for
    df <= 1/2.

    Examples
    --------
    >>> t = StudentT(torch.tensor([4.0]), torch.tensor([0.0]), torch.tensor([1.0]))
    >>> t.variance
    tensor([2.])
    >>> t.log_survival(torch.tensor([1e6]))
    tensor([-54.1634])

    References
    ----------
    Jordan, Krüger and Lerch (2019), Evaluating probabilistic forecasts with scoringRules, J. Statistical Software 90
    (the crps).
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample = True

    def __init__(self, df: Tensor, loc: Tensor, scale: Tensor, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        super().__init__(self.df.shape, validate_args=validate_args)

    def _standard(self, value: Tensor) -> Tensor:
        return (value - self.loc) / self.scale

    @property
    def mean(self) -> Tensor:
        """The location; nan for df <= 1."""
        return self.loc.where(self.df > 1.0, math.nan)

    @property
    def variance(self) -> Tensor:
        """The variance; infinite for df <= 2, nan for df <= 1."""
        finite = self.scale.square() * self.df / (self.df - 2.0)
        return finite.where(self.df > 2.0, math.inf).where(self.df > 1.0, math.nan)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density."""
        if self._validate_args:
            self._validate_sample(value)
        return _log_density(self.df, self._standard(value)) - self.scale.log()

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value), differentiable."""
        return _log_survival(self.df, -self._standard(value))

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value), differentiable."""
        return _log_survival(self.df, self._standard(value))

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        return by_scipy(_cdf, self._standard(value), self.df)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantile at the probability `value`."""
        z = by_scipy(scipy.special.stdtrit, self.df, value)
        return self.loc + self.scale * z.where(value > 0.0, -math.inf)  # SciPy's own is +inf at 0

    def entropy(self) -> Tensor:
        """Return the differential entropy."""
        half = 0.5 * self.df
        difference = torch.digamma(half + 0.5) - torch.digamma(half)
        log_beta = 0.5 * math.log(math.pi) - log_gamma_half_step(half)
        return (half + 0.5) * difference + 0.5 * self.df.log() + log_beta + self.scale.log()

    def crps(self, value: Tensor) -> Tensor:
        """Return the continuous ranked probability score, in closed form; infinite for df <= 1/2."""
        return self.scale * by_scipy(_crps, self._standard(value), self.df)

    def rsample(self, sample_shape: torch.Size | tuple[int, ...] = ()) -> Tensor:
        """Draw from it: a normal over the root of a chi-square."""
        half = (0.5 * self.df).expand(self._extended_shape(sample_shape))
        chi_square = 2.0 * torch._standard_gamma(half).clamp(min=torch.finfo(half.dtype).tiny)
        return self.loc + self.scale * torch.randn_like(half) * (self.df / chi_square).sqrt()


def _log_density(df: Tensor, z: Tensor) -> Tensor:
    alone = log_gamma_half_step(0.5 * df) - 0.5 * (math.pi * df).log()
    return alone - 0.5 * (df + 1.0) * torch.log1p(z.square() / df)


def _log_survival(df: Tensor, z: Tensor) -> Tensor:
    # With z = sqrt(df) sinh(v) the density of v is cosh(v)^-df: log-concave for every df, with exponential tails.
    far = z.abs()
    reach = (df + far.square()).sqrt()
    slant = far / reach  # tanh(v)
    df_, slant_, rest_ = df.unsqueeze(-1), slant.unsqueeze(-1), (df / (reach * (reach + far))).unsqueeze(-1)

    def exponent(w: Tensor) -> Tensor:
        short = w.clamp(max=1.0)
        near = torch.log1p(slant_ * short.sinh() + 2.0 * (0.5 * short).sinh().square())
        return -df_ * torch.where(w < 1.0, near, w + torch.log1p(0.5 * rest_ * expm1(-2.0 * w)))

    rate = df * slant + df / (1.0 + (2.0 * df).sqrt())
    log_tail = _log_density(df, far) + reach.log() + log_tail_integral(exponent, rate)
    log_tail = log_tail.clamp(max=-math.log(2.0))
    return torch.where(z < 0.0, log_complement(log_tail), log_tail)


def _cdf(z: np.ndarray, df: np.ndarray) -> np.ndarray:
    return scipy.special.stdtr(df, z)


def _crps(z: np.ndarray, df: np.ndarray) -> np.ndarray:
    # The formula is 0/0 at df = 1, where the score is finite: interpolated between two points close by.
    z, df = np.broadcast_arrays(z, df)
    low, high = 1.0 - 1e-4, 1.0 + 1e-4
    weight = np.clip((df - low) / (high - low), 0.0, 1.0)
    is_near = (df > low) & (df < high)
    below = _crps_off_one(z, np.where(is_near, low, np.maximum(df, 0.5 + 1e-12)))
    above = _crps_off_one(z, np.where(is_near, high, np.maximum(df, 0.5 + 1e-12)))
    return np.where(df > 0.5, (1.0 - weight) * below + weight * above, np.inf)


def _crps_off_one(z: np.ndarray, df: np.ndarray) -> np.ndarray:
    log_root = scipy.special.betaln(0.5, 0.5 * df)
    spread = np.exp(0.5 * np.log(df) + scipy.special.betaln(0.5, df - 0.5) - 2.0 * log_root)
    # The standard density times (df + z²).
    mass = np.exp(0.5 * np.log(df) - log_root - 0.5 * (df - 1.0) * np.log1p(z * z / df))
    return z * (2.0 * scipy.special.stdtr(df, z) - 1.0) + 2.0 * (mass - spread) / (df - 1.0)
