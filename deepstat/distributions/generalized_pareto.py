"""The generalised Pareto distribution of exceedances."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all

from deepstat.distributions.expm1 import expm1
from deepstat.distributions.log_complement import log_complement

# Below this distance from the upper end (as a share of it) the likelihood goes on as a steep line.
_MARGIN = 1e-6


class GeneralizedPareto(Distribution):
    """The generalised Pareto distribution: what lies above a high threshold, less the threshold.

    Parameters
    ----------
    scale : Tensor of shape (n,)
        σ, positive.
    concentration : Tensor of shape (n,)
        ξ: 0 is the exponential distribution, above 0 the tail is a power -1/ξ, below 0 values end at -σ/ξ.
    validate_args : bool, optional

    Notes
    -----
    The mean is infinite for ξ >= 1, the variance for ξ >= 1/2, the crps for ξ >= 2. Beyond the end, where the density
    is 0, ``log_prob`` and ``log_survival`` fall along a line of slope 1e6, so that training finds its way back; the cdf
    is exact. For ξ < -1 the density grows without bound towards the end (there is no maximum likelihood estimate), for
    ξ < -1/2 standard errors are not the usual ones (Smith 1985).

    Examples
    --------
    >>> pareto = GeneralizedPareto(torch.tensor([1.0]), torch.tensor([0.5]))
    >>> pareto.mean
    tensor([2.])
    >>> pareto.log_survival(torch.tensor([2e4]))
    tensor([-18.4209])

    References
    ----------
    Coles (2001), An introduction to statistical modeling of extreme values, chapter 4.
    Friederichs and Thorarinsdottir (2012), Forecast verification for extreme value distributions, Environmetrics 23
    (the crps).
    Smith (1985), Maximum likelihood estimation in a class of nonregular cases, Biometrika 72.
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(self, scale: Tensor, concentration: Tensor, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        super().__init__(self.scale.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> constraints.Constraint:
        """From 0 to the upper end."""
        return constraints.interval(0.0, self.upper_end)

    @property
    def upper_end(self) -> Tensor:
        """Where values end: infinity unless the concentration is negative."""
        return (-self.scale / self.concentration).where(self.concentration < 0.0, math.inf)

    @property
    def mean(self) -> Tensor:
        """The mean; infinite for a concentration of 1 and more."""
        return (self.scale / (1.0 - self.concentration)).where(self.concentration < 1.0, math.inf)

    @property
    def variance(self) -> Tensor:
        """The variance; infinite for a concentration of 1/2 and more."""
        rest = 1.0 - self.concentration
        finite = (self.scale / rest).square() / (1.0 - 2.0 * self.concentration)
        return finite.where(self.concentration < 0.5, math.inf)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density."""
        if self._validate_args:
            self._validate_sample(value)
        hazard, barrier = self._hazard(value)
        return -self.scale.log() - (1.0 + self.concentration) * hazard - barrier

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value), differentiable."""
        return log_complement(self.log_survival(value))

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value), differentiable."""
        hazard, barrier = self._hazard(value.clamp(min=0.0))
        return -hazard - barrier

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        return -self._exact_hazard(value).neg().expm1()

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantile at the probability `value`."""
        inside = self._at_hazard(-torch.log1p(-value.clamp(max=1.0 - torch.finfo(value.dtype).eps)))
        return torch.where(value < 1.0, inside, self.upper_end)

    def entropy(self) -> Tensor:
        """Return the differential entropy."""
        return self.scale.log() + self.concentration + 1.0

    def crps(self, value: Tensor) -> Tensor:
        """Return the continuous ranked probability score, in closed form; infinite for ξ >= 2."""
        # E|Y - y| and E|Y - Y'| are infinite from 1 on, but what is left of their difference is not.
        hazard = self._exact_hazard(value)
        inner = _expm1_ratio((self.concentration - 1.0) * hazard) * hazard
        inner = (1.0 / (1.0 - self.concentration)).where(hazard.isinf(), inner)
        score = value - 2.0 * self.scale * inner + self.scale / (2.0 - self.concentration)
        beyond = value.clamp(max=0.0)  # below 0 the score grows by the distance
        return (score - 2.0 * beyond).where(self.concentration < 2.0, math.inf)

    def rsample(self, sample_shape: torch.Size | tuple[int, ...] = ()) -> Tensor:
        """Draw from it."""
        return self._at_hazard(
            torch.empty_like(self.scale.expand(self._extended_shape(sample_shape))).exponential_()
        )

    def _hazard(self, value: Tensor) -> tuple[Tensor, Tensor]:
        """Return the cumulative hazard log(1 + ξ z) / ξ, and what is taken off beyond the end."""
        z = value / self.scale
        place = self.concentration * z
        # The barrier by a clamp of its own: inside, no large gradients are left to cancel.
        barrier = (_MARGIN - 1.0 - place).clamp(min=0.0) / _MARGIN
        return z * _log1p_ratio(place.clamp(min=_MARGIN - 1.0)), barrier

    def _exact_hazard(self, value: Tensor) -> Tensor:
        z = value.clamp(min=0.0) / self.scale
        place = self.concentration * z
        return (z * _log1p_ratio(place.clamp(min=-1.0))).where(place > -1.0, math.inf)

    def _at_hazard(self, hazard: Tensor) -> Tensor:
        return self.scale * hazard * _expm1_ratio(self.concentration * hazard)


def _log1p_ratio(t: Tensor) -> Tensor:
    """Return log(1 + t) / t, smooth through t = 0."""
    near, is_near = t.clamp(-0.1, 0.1), t.abs() < 0.1
    # log(1 + t) = 2 artanh(u) with u = t / (2 + t): six terms give 1e-16.
    u = near / (2.0 + near)
    square = u * u
    series = 1.0 / 13.0
    for odd in (11.0, 9.0, 7.0, 5.0, 3.0, 1.0):
        series = 1.0 / odd + square * series
    far = t.where(~is_near, 1.0)
    return torch.where(is_near, 2.0 * series / (2.0 + near), far.log1p() / far)


def _expm1_ratio(t: Tensor) -> Tensor:
    """Return (exp(t) - 1) / t, 1 at t = 0."""
    is_near = t.abs() < 1e-9
    far = t.where(~is_near, 1.0)
    return torch.where(is_near, 1.0 + 0.5 * t, expm1(far) / far)
