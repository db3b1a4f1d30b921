"""Families of which only values between two limits are ever seen."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from torch import Size, Tensor
from torch.distributions import Distribution

from deepstat.distributions.blend import inner_breaks
from deepstat.distributions.censored import check_limits
from deepstat.distributions.family import Family
from deepstat.distributions.inversion import invert
from deepstat.distributions.log_between import log_between
from deepstat.distributions.quadrature import expectation
from deepstat.distributions.quantile import quantile
from deepstat.distributions.support_between import support_between
from deepstat.distributions.support_ends import End, support_ends
from deepstat.distributions.wrapping import wrap

# Below this probability between the limits, quantiles of the base have lost too many digits.
RARE = 1e-6


def truncated(family: Family, *, low: float | None = None, high: float | None = None) -> Family:
    """Return the family given that its values lie from `low` to `high`: rows outside never entered the data.

    The density is the family's, divided by the probability between the limits, both included. Predictions are of values
    between the limits, not of the family before truncation; its parameters are in ``parameters``. A target outside the
    limits has no likelihood.

    Parameters
    ----------
    family : Family
        On the line, with ``log_cdf`` and ``log_survival``.
    low, high : float or None
        In units of the target; at least one.

    References
    ----------
    Cohen (1991), Truncated and Censored Samples.

    Examples
    --------
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.distributions.normal import Normal
    >>> from deepstat.records import Distribution, Parameter
    >>> record = Distribution(name="normal", target=Normal, parameters=(Parameter("loc"), Parameter("scale", "exp")))
    >>> truncated(family_of(record, Normal), low=0.0).name
    'truncated(normal)'
    """
    if low is None and high is None:
        raise ValueError("truncated needs a limit: give low, high or both, in units of the target.")
    check_limits("truncated", family, low, high)
    lacks = family.record.lacks
    if low is not None and high is not None:
        lacks = tuple(each for each in lacks if each not in ("mean", "variance"))
    return wrap("truncated", Truncated, family, limits={"low": low, "high": high}, lacks=lacks)


class Truncated(Distribution):
    """`base`, given that it lies from `low` to `high`.

    Parameters
    ----------
    base : torch.distributions.Distribution of batch shape (n,)
    low, high : float, Tensor of shape () or None
        At least one.

    References
    ----------
    Cohen (1991), Truncated and Censored Samples.

    Examples
    --------
    >>> from deepstat.distributions.normal import Normal
    >>> half = Truncated(Normal(torch.zeros(1), torch.ones(1)), low=0.0)
    >>> half.log_prob(torch.ones(1)), half.cdf(torch.ones(1))
    (tensor([-0.7258]), tensor([0.6827]))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(self, base: Any, low: End | None = None, high: End | None = None) -> None:
        self.base, self.low, self.high = base, low, high
        self._kept: Tensor | None = None
        super().__init__(base.batch_shape, validate_args=False)

    @property
    def support(self) -> Any:
        """What the base's support has between the limits."""
        low, high = support_ends(self.base.support)
        low = low if self.low is None else _stricter(torch.maximum, max, low, self.low)
        high = high if self.high is None else _stricter(torch.minimum, min, high, self.high)
        return support_between(low, high, is_discrete=self.base.support.is_discrete)

    def _within(self, low: Tensor | None, high: Tensor | None) -> Tensor:
        """Return the base's log probability of what lies from `low` to `high`, both included."""
        start, end = support_ends(self.base.support)
        step = int(self.base.support.is_discrete)
        return log_between(self.base, None if low is None else low - step, high, ends=(start - step, end))

    def _log_left(self, like: Tensor) -> Tensor:
        """Return the log probability between the limits, which is computed once."""
        if self._kept is None:
            self._kept = self._within(*self._limits(like))
        return self._kept

    def _limits(self, like: Tensor) -> tuple[Tensor | None, Tensor | None]:
        zero = like.new_zeros(())
        return tuple(None if limit is None else zero + limit for limit in (self.low, self.high))  # type: ignore[return-value]

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density; minus infinity outside the limits."""
        low, high = self._limits(value)
        inside = value.clamp(low, high)
        return torch.where(inside == value, self.base.log_prob(inside) - self._log_left(value), -math.inf)

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value)."""
        low, high = self._limits(value)
        return self._within(low, value.clamp(low, high)) - self._log_left(value)

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value)."""
        low, high = self._limits(value)
        above = value.clamp(low, high) + int(self.base.support.is_discrete)
        return self._within(above, high) - self._log_left(value)

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        low, high = self._limits(value)
        inside = value.clamp(low, high)
        below, left, rare = self._left(value)
        if rare:
            result = self.log_cdf(inside.floor() if self.base.support.is_discrete else inside).exp()
        else:
            result = ((self.base.cdf(inside) - below) / left).clamp(0, 1)
        if low is not None:
            result = torch.where(value < low, 0.0, result)
        return result if high is None else torch.where(value >= high, 1.0, result)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantiles: the base's, or where little of it is left the inverse of ``cdf``."""
        found, rare = self._by_base(value)
        support = self.support
        if not (rare or support.is_discrete):
            return found
        spread = quantile(self.base, value.new_tensor(0.75)) - quantile(self.base, value.new_tensor(0.25))
        low, high = self._limits(value)
        start = found.nan_to_num().clamp(low, high)
        around = (start - 1e-6 * spread, start + 1e-6 * spread)
        return invert(self.cdf, value, around, support_ends(support), is_discrete=support.is_discrete)

    def _by_base(self, q: Tensor) -> tuple[Tensor, bool]:
        """Return the base's quantiles at the same place between the limits, and whether rounding spoils them."""
        low, high = self._limits(q)
        below, left, rare = self._left(q)
        place = below + q * left
        if rare:
            place = place.clamp(1e-15, 1 - 1e-15)
        return quantile(self.base, place).clamp(low, high), rare

    def _left(self, like: Tensor) -> tuple[Tensor, Tensor, bool]:
        """Return the base's probabilities below the limits and between them, and whether the latter is too small."""
        low, high = self._limits(like)
        step = int(self.base.support.is_discrete)
        below = self.base.cdf(low - step) if low is not None else like.new_zeros(())
        left = (self.base.cdf(high) if high is not None else like.new_ones(())) - below
        return below, left, bool((left < RARE).any())

    def breaks(self, levels: Tensor) -> Tensor:
        """Return places (b, n) where the density may change its course: its quantiles, and the base's inside."""
        low, high = self._limits(levels)
        own = self.icdf(levels)
        return torch.cat([own, inner_breaks(self.base, levels).clamp(low, high)])

    @property
    def mean(self) -> Tensor:
        """The mean, by quadrature."""
        return expectation(self, lambda x: x)

    @property
    def variance(self) -> Tensor:
        """The variance, by quadrature."""
        mean = self.mean
        return expectation(self, lambda x: (x - mean).square())

    def sample(self, sample_shape: Size | tuple[int, ...] = ()) -> Tensor:
        """Draw by inversion."""
        with torch.no_grad():
            like = self.base.sample()
            uniform = torch.rand(Size(sample_shape) + self.batch_shape, dtype=like.dtype, device=like.device)
            found, rare = self._by_base(uniform)
            return self.icdf(uniform) if rare else found


def _stricter(of_tensors: Any, of_floats: Any, one: End, other: End) -> End:
    if isinstance(one, Tensor) or isinstance(other, Tensor):
        return of_tensors(*torch.broadcast_tensors(torch.as_tensor(one), torch.as_tensor(other)))
    return of_floats(one, other)
