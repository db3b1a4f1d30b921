"""Targets that are known only to lie beyond a limit, or between two."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, ClassVar

import torch
from torch import Size, Tensor
from torch.distributions import Distribution

from deepstat.distributions.blend import inner_breaks
from deepstat.distributions.family import Family
from deepstat.distributions.log_between import INSIDE, log_between
from deepstat.distributions.quadrature import expectation
from deepstat.distributions.quantile import quantile
from deepstat.distributions.support_between import support_between
from deepstat.distributions.support_ends import End, support_ends
from deepstat.distributions.wrapping import LINE, check_wrappable, has_tails, wrap


def censored(family: Family, *, low: float | None = None, high: float | None = None) -> Family:
    """Return the family of a target that was not always seen exactly.

    With a limit, the target is one column: y <= low says that the value is at most `low`, y >= high that it is at
    least `high`. Without limits it is two columns, the lower and the upper end of what is known: equal for an exact
    value, minus or plus infinity where there is no end. Of numbers an interval is (lower, upper], of counts it holds
    both ends. A censored row enters the likelihood with the probability of what is known, an exact one with its density
    (Tobit, for the normal). Whether a value is censored must not depend on it, given X, except through the limits.

    Predictions are of the latent variable, which is not censored; only ``log_prob`` is that of what was seen.
    ``observed()`` is the distribution of the one column that will be seen.

    Parameters
    ----------
    family : Family
        On the line, with ``log_cdf`` and ``log_survival``.
    low, high : float or None
        In units of the target.

    References
    ----------
    Tobin (1958), Estimation of relationships for limited dependent variables, Econometrica 26. Klein and Moeschberger
    (2003), Survival Analysis, chapter 3.

    Examples
    --------
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.distributions.normal import Normal
    >>> from deepstat.records import Distribution, Parameter
    >>> record = Distribution(name="normal", target=Normal, parameters=(Parameter("loc"), Parameter("scale", "exp")))
    >>> tobit = censored(family_of(record, Normal), low=0.0)
    >>> tobit.name, tobit.options, tobit.columns
    ('censored(normal)', (('low', 0.0),), 1)
    """
    check_limits("censored", family, low, high)
    if low is None and high is None:
        return wrap("censored", Censored, family, columns=2, domain="interval")
    return wrap("censored", Censored, family, limits={"low": low, "high": high})


def check_limits(name: str, family: Family, low: float | None, high: float | None) -> None:
    """Raise ``ValueError`` unless the family has tails to compute and the limits are in order."""
    check_wrappable(name, family, LINE, "it takes families of one number with an order, and no angles")
    if not has_tails(family):
        raise ValueError(
            f"{name} cannot wrap {family.name!r}: that needs log_cdf and log_survival, which this family does not have."
        )
    given = [limit for limit in (low, high) if limit is not None]
    for limit in given:
        if not isinstance(limit, Real) or not math.isfinite(limit):
            raise ValueError(f"{name}: the limit {limit!r} is no finite number; leave it out, or give one.")
        if family.record.domain == "count" and limit != int(limit):
            raise ValueError(f"{name}: the limit {limit} of counts must be a whole number.")
    if len(given) == 2 and not given[0] < given[1]:
        raise ValueError(f"{name}: low={low} must be less than high={high}.")


class Censored(Distribution):
    """The likelihood of censored values; everything else is that of the latent variable, `base`.

    Parameters
    ----------
    base : torch.distributions.Distribution of batch shape (n,)
    low, high : float, Tensor of shape () or None
        Without both, values have two columns.

    References
    ----------
    Tobin (1958), Estimation of relationships for limited dependent variables, Econometrica 26.

    Examples
    --------
    >>> from deepstat.distributions.normal import Normal
    >>> tobit = Censored(Normal(torch.zeros(2), torch.ones(2)), low=0.0)
    >>> tobit.log_prob(torch.tensor([0.0, 1.0]))  # log(1/2), and the density
    tensor([-0.6931, -1.4189])
    """

    arg_constraints: ClassVar[dict[str, Any]] = {}
    outermost = True  # no other wrapper goes around it

    def __init__(self, base: Any, low: End | None = None, high: End | None = None) -> None:
        self.latent, self.low, self.high = base, low, high
        two = low is None and high is None
        super().__init__(base.batch_shape, Size((2,)) if two else Size(), validate_args=False)

    @property
    def support(self) -> Any:
        """That of the latent variable."""
        return self.latent.support

    def _ends(self) -> tuple[End, End]:
        """Return a place with no probability at or below it, and one with all of it."""
        low, high = support_ends(self.support)
        return low - self._step(), high

    def _step(self) -> int:
        """Return how far below a value the next one lies: 1 for counts."""
        return int(self.support.is_discrete)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log-likelihood of values (..., n), or (..., n, 2) of ends, as they were seen."""
        if self.low is None and self.high is None:
            return self._of_ends(*value.unbind(-1))
        exact, seen = value, []
        if self.low is not None:
            low = value.new_zeros(()) + self.low
            seen.append((value <= low, log_between(self.latent, None, low, ends=self._ends())))
            exact = torch.where(value <= low, low, exact)
        if self.high is not None:
            high = value.new_zeros(()) + self.high
            seen.append(
                (value >= high, log_between(self.latent, high - self._step(), None, ends=self._ends()))
            )
            exact = torch.where(value >= high, high, exact)
        result = self.latent.log_prob(exact)
        for beyond, log_probability in seen:
            result = torch.where(beyond, log_probability, result)
        return result

    def _of_ends(self, lower: Tensor, upper: Tensor) -> Tensor:
        exact = lower == upper
        density = self.latent.log_prob(torch.where(exact, lower, INSIDE))
        # Of exact rows the interval is moved to all of the line: its logarithm would be minus infinity.
        low = torch.where(exact, -math.inf, lower - self._step())
        high = torch.where(exact, math.inf, upper)
        return torch.where(exact, density, log_between(self.latent, low, high, ends=self._ends()))

    @property
    def mean(self) -> Tensor:
        """The mean of the latent variable."""
        return self.latent.mean

    @property
    def variance(self) -> Tensor:
        """The variance of the latent variable."""
        return self.latent.variance

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(latent variable <= value)."""
        return self.latent.cdf(value)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantiles of the latent variable."""
        return quantile(self.latent, value)

    def sample(self, sample_shape: Size | tuple[int, ...] = ()) -> Tensor:
        """Draw the latent variable."""
        return self.latent.sample(Size(sample_shape))

    def observed(self) -> Observed:
        """Return the distribution of what is seen: the latent variable, moved to the limit that it exceeds."""
        if self.low is None and self.high is None:
            raise NotImplementedError(
                "What is seen of rows with ends of their own depends on those: observed() is for limits only."
            )
        return Observed(self)


class Observed(Distribution):
    """The latent variable moved to the limits: point masses there, and the density between.

    Parameters
    ----------
    censored : Censored
        With one limit or two.
    """

    arg_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(self, censored: Censored) -> None:
        self.censored = censored
        super().__init__(censored.batch_shape, validate_args=False)

    @property
    def support(self) -> Any:
        """What lies between the limits."""
        low, high = support_ends(self.censored.support)
        low = low if self.censored.low is None else self.censored.low
        high = high if self.censored.high is None else self.censored.high
        return support_between(low, high, is_discrete=self.censored.support.is_discrete)

    def _moved(self, value: Tensor) -> Tensor:
        return value.clamp(self.censored.low, self.censored.high)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log probability at a limit, the log density between, minus infinity beyond."""
        return torch.where(self._moved(value) == value, self.censored.log_prob(value), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        result = self.censored.cdf(self._moved(value))
        if self.censored.low is not None:
            result = torch.where(value < self.censored.low, 0.0, result)
        return result if self.censored.high is None else torch.where(value >= self.censored.high, 1.0, result)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantiles."""
        return self._moved(self.censored.icdf(value))

    @property
    def mean(self) -> Tensor:
        """The mean, by quadrature."""
        return expectation(self.censored.latent, self._moved, self._limits())

    @property
    def variance(self) -> Tensor:
        """The variance, by quadrature."""
        mean = self.mean
        return expectation(self.censored.latent, lambda x: (self._moved(x) - mean).square(), self._limits())

    def breaks(self, levels: Tensor) -> Tensor:
        """Return places (b, n) where the density may change its course: the latent variable's, moved to the limits."""
        return self._moved(inner_breaks(self.censored.latent, levels))

    def _limits(self) -> tuple[End, ...]:
        return tuple(limit for limit in (self.censored.low, self.censored.high) if limit is not None)

    def sample(self, sample_shape: Size | tuple[int, ...] = ()) -> Tensor:
        """Draw what is seen."""
        return self._moved(self.censored.sample(sample_shape))
