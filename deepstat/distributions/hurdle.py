"""Zeros by one process and positive values by another."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Size, Tensor
from torch.distributions import Distribution, constraints
from torch.nn.functional import logsigmoid

from deepstat.distributions.blend import inner_breaks
from deepstat.distributions.family import Family
from deepstat.distributions.log_complement import log_complement
from deepstat.distributions.quantile import quantile
from deepstat.distributions.wrapping import check_wrappable, wrap
from deepstat.records import Parameter


def hurdle(family: Family) -> Family:
    """Return the family that is zero with a probability of its own, and otherwise a positive value of `family`.

    Counts: positive values follow the family given that it is not zero. Positive numbers (gamma, lognormal, ...): the
    family as it is, so that the target is zero or positive (semicontinuous). The new parameter ``gate`` is the logit of
    the probability of zero, all zeros. The two parts of the likelihood separate where they share no parameters.

    Parameters
    ----------
    family : Family
        Of counts, or of positive numbers without a point mass at zero.

    References
    ----------
    Mullahy (1986), Specification and testing of some modified count data models, Journal of Econometrics 33. Duan,
    Manning, Morris and Newhouse (1983), A comparison of alternative models for the demand for medical care.

    Examples
    --------
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.records import Distribution
    >>> record = Distribution(name="gamma", target=torch.distributions.Gamma, domain="positive")
    >>> family = hurdle(family_of(record, torch.distributions.Gamma))
    >>> family.name, family.record.domain
    ('hurdle(gamma)', 'nonnegative')
    """
    check_wrappable(
        "hurdle",
        family,
        ("count", "positive", "nonnegative"),
        "it separates zeros from counts or from positive numbers",
    )
    is_count = family.record.domain == "count"
    if not is_count and _has_mass_at_zero(family):
        raise ValueError(
            f"hurdle cannot wrap {family.name!r}: it has a probability of zero already; use it by itself."
        )
    return wrap(
        "hurdle", Hurdle, family, own=(Parameter("gate"),), domain="count" if is_count else "nonnegative"
    )


def _has_mass_at_zero(family: Family) -> bool:
    raw = torch.ones(1, family.n_row + family.n_constant, dtype=torch.float64)
    try:
        return bool(family.build(raw).cdf(torch.zeros(1, dtype=torch.float64)) > 0)
    except NotImplementedError:
        return False


class Hurdle(Distribution):
    """Zero with probability sigmoid(gate), else a draw from `base` given that it is positive.

    Parameters
    ----------
    base : torch.distributions.Distribution of batch shape (n,)
        Of counts or of positive numbers.
    gate : Tensor of shape (n,)

    References
    ----------
    Mullahy (1986), Specification and testing of some modified count data models, Journal of Econometrics 33.

    Examples
    --------
    >>> counts = Hurdle(torch.distributions.Poisson(torch.tensor([2.0])), torch.tensor([0.0]))
    >>> counts.mean, counts.log_prob(torch.zeros(1)).exp()
    (tensor([1.1565]), tensor([0.5000]))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(self, base: Any, gate: Tensor) -> None:
        self.base, self.gate = base, gate
        super().__init__(torch.broadcast_shapes(base.batch_shape, gate.shape), validate_args=False)

    @property
    def is_count(self) -> bool:
        """Whether the positive values are counts."""
        return bool(self.base.support.is_discrete)

    @property
    def support(self) -> Any:
        """Counts, or numbers from zero on."""
        return self.base.support if self.is_count else constraints.nonnegative

    def _log_crossing(self) -> Tensor | float:
        """Return the log probability that the base is positive."""
        return log_complement(self.base.log_prob(torch.zeros_like(self.gate))) if self.is_count else 0.0

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log probability of zero, or the log density of a positive value."""
        zero = value == 0
        positive = self.base.log_prob(torch.where(zero, 1.0, value)) - self._log_crossing()
        return torch.where(zero, logsigmoid(self.gate), logsigmoid(-self.gate) + positive)

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value) for value >= 0."""
        if self.is_count:
            return logsigmoid(-self.gate) + self.base.log_survival(value) - self._log_crossing()
        zero = value <= 0
        positive = torch.where(zero, 0.0, self.base.log_survival(torch.where(zero, 1.0, value)))
        return logsigmoid(-self.gate) + positive

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value) for value >= 0."""
        return log_complement(self.log_survival(value))

    @property
    def _crossing(self) -> Tensor | float:
        crossing = self._log_crossing()
        return crossing.exp() if isinstance(crossing, Tensor) else 1.0

    @property
    def mean(self) -> Tensor:
        """The mean, zeros included."""
        return torch.sigmoid(-self.gate) * self.base.mean / self._crossing

    @property
    def variance(self) -> Tensor:
        """The variance, zeros included."""
        second = (self.base.variance + self.base.mean.square()) / self._crossing
        return torch.sigmoid(-self.gate) * second - self.mean.square()

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        positive = (self.base.cdf(value.clamp(min=0)) - (1 - self._crossing)) / self._crossing
        reached = torch.sigmoid(self.gate) + torch.sigmoid(-self.gate) * positive
        return torch.where(value < 0, 0.0, reached)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the smallest value with P(Y <= value) >= the probability."""
        zero = value <= torch.sigmoid(self.gate)
        share = ((value - torch.sigmoid(self.gate)) / torch.sigmoid(-self.gate)).clamp(0.0, 1.0)
        positive = self._positive_quantile(torch.where(zero, 0.5, share))
        return torch.where(value >= 0, torch.where(zero, 0.0, positive), torch.nan)

    def breaks(self, levels: Tensor) -> Tensor:
        """Return places (b, n) where the density may change its course: the base's, and zero."""
        places = inner_breaks(self.base, levels)
        return torch.cat([places, torch.zeros_like(places[:1])])

    def sample(self, sample_shape: Size | tuple[int, ...] = ()) -> Tensor:
        """Draw whether the hurdle is crossed, and the positive value: of counts by inversion."""
        with torch.no_grad():
            shape = Size(sample_shape) + self.batch_shape
            options = {"dtype": self.gate.dtype, "device": self.gate.device}
            crossed = torch.rand(shape, **options) >= torch.sigmoid(self.gate)
            if self.is_count:
                positive = self._positive_quantile(torch.rand(shape, **options))
            else:
                positive = self.base.sample(Size(sample_shape))
            return torch.where(crossed, positive, 0.0)

    def _positive_quantile(self, share: Tensor) -> Tensor:
        q = 1 - (1 - share) * self._crossing
        # Where positive counts are rarer than float64 can tell from one, the quantile is the first of them.
        below_one = 1 - torch.finfo(q.dtype).eps / 2
        found = quantile(self.base, torch.where(share < 1, q.clamp(max=below_one), q))
        return found.clamp(min=1.0) if self.is_count else found
