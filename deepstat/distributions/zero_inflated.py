"""Counts with more zeros than their family has."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Size, Tensor
from torch.distributions import Distribution
from torch.nn.functional import logsigmoid

from deepstat.distributions.family import Family
from deepstat.distributions.quantile import quantile
from deepstat.distributions.wrapping import check_wrappable, wrap
from deepstat.records import Parameter


def zero_inflated(family: Family) -> Family:
    """Return the family of counts that are zero with a probability of its own, and otherwise come from `family`.

    The new parameter ``gate`` is the logit of that probability: of zeros in excess, not of all zeros. Where the data
    have none in excess, it drifts to minus infinity and its standard error with it; compare with the family itself.

    Parameters
    ----------
    family : Family
        Of counts.

    References
    ----------
    Lambert (1992), Zero-inflated Poisson regression, with an application to defects in manufacturing, Technometrics 34.

    Examples
    --------
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.records import Distribution
    >>> record = Distribution(name="poisson", target=torch.distributions.Poisson, domain="count")
    >>> [parameter.name for parameter in zero_inflated(family_of(record, torch.distributions.Poisson)).parameters]
    ['rate', 'gate']
    """
    check_wrappable(
        "zero_inflated",
        family,
        ("count",),
        "only counts can have zeros in excess; hurdle takes positive numbers too",
    )
    return wrap("zero_inflated", ZeroInflated, family, own=(Parameter("gate"),))


class ZeroInflated(Distribution):
    """Zero with probability sigmoid(gate), else a draw from `base`.

    Parameters
    ----------
    base : torch.distributions.Distribution of batch shape (n,)
        Of counts.
    gate : Tensor of shape (n,)

    References
    ----------
    Lambert (1992), Zero-inflated Poisson regression, with an application to defects in manufacturing, Technometrics 34.

    Examples
    --------
    >>> counts = ZeroInflated(torch.distributions.Poisson(torch.tensor([2.0])), torch.tensor([0.0]))
    >>> counts.mean, counts.log_prob(torch.zeros(1)).exp()
    (tensor([1.]), tensor([0.5677]))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(self, base: Any, gate: Tensor) -> None:
        self.base, self.gate = base, gate
        super().__init__(torch.broadcast_shapes(base.batch_shape, gate.shape), validate_args=False)

    @property
    def support(self) -> Any:
        """That of the family."""
        return self.base.support

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log probability."""
        counted = logsigmoid(-self.gate) + self.base.log_prob(value)
        return torch.where(value == 0, torch.logaddexp(logsigmoid(self.gate), counted), counted)

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value) for value >= 0."""
        return torch.logaddexp(logsigmoid(self.gate), logsigmoid(-self.gate) + self.base.log_cdf(value))

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value) for value >= 0."""
        return logsigmoid(-self.gate) + self.base.log_survival(value)

    @property
    def mean(self) -> Tensor:
        """The mean, zeros in excess included."""
        return torch.sigmoid(-self.gate) * self.base.mean

    @property
    def variance(self) -> Tensor:
        """The variance, zeros in excess included."""
        counted = torch.sigmoid(-self.gate)
        return counted * (self.base.variance + torch.sigmoid(self.gate) * self.base.mean.square())

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        excess = torch.sigmoid(self.gate)
        return torch.where(value < 0, 0.0, excess + (1 - excess) * self.base.cdf(value.clamp(min=0)))

    def icdf(self, value: Tensor) -> Tensor:
        """Return the smallest count with P(Y <= count) >= value."""
        q = (value - torch.sigmoid(self.gate)) / torch.sigmoid(-self.gate)
        return torch.where(value >= 0, quantile(self.base, q.clamp(0.0, 1.0)), torch.nan)

    def sample(self, sample_shape: Size | tuple[int, ...] = ()) -> Tensor:
        """Draw from the family, and then zeros in excess."""
        with torch.no_grad():
            draws = self.base.sample(Size(sample_shape))
            return torch.where(torch.rand_like(draws) < torch.sigmoid(self.gate), 0.0, draws)
