"""The binomial distribution of successes and failures."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from scipy import special
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.distributions.utils import broadcast_all
from torch.nn.functional import logsigmoid

from deepstat.distributions.by_scipy import by_scipy
from deepstat.distributions.count_sum import count_sum
from deepstat.distributions.inversion import invert


class Binomial(Distribution):
    """Successes among trials, each with the same probability.

    A target has two columns, successes and failures, so that each row has trials of its own: ``log_prob`` takes them.
    Everything else is about the number of successes in `total_count` new trials, whose distribution is ``latent``.

    Parameters
    ----------
    logits : Tensor of shape (n,)
        Log odds of success.
    total_count : float or Tensor of shape (n,)
        Trials of a prediction.

    Examples
    --------
    >>> even = Binomial(torch.tensor([0.0]), total_count=4.0)
    >>> even.log_prob(torch.tensor([[1.0, 3.0]])).exp(), even.latent.log_prob(torch.tensor([1.0])).exp()
    (tensor([0.2500]), tensor([0.2500]))

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, chapter 4.
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "logits": constraints.real,
        "total_count": constraints.nonnegative_integer,
    }

    def __init__(
        self, logits: Tensor, total_count: float | Tensor = 1.0, validate_args: bool | None = None
    ) -> None:
        self.logits, self.total_count = broadcast_all(logits, total_count)
        super().__init__(self.logits.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """Return the constraint of whole numbers from 0 to `total_count`."""
        return constraints.integer_interval(0, self.total_count)

    @property
    def probs(self) -> Tensor:
        """The probability of success."""
        return torch.sigmoid(self.logits)

    @property
    def mean(self) -> Tensor:
        """The mean number of successes."""
        return self.total_count * self.probs

    @property
    def variance(self) -> Tensor:
        """The variance of the number of successes."""
        return self.total_count * self.probs * torch.sigmoid(-self.logits)

    @property
    def latent(self) -> Successes:
        """The distribution of the number of successes, whose ``log_prob`` takes nothing else."""
        return Successes(self.logits, self.total_count, validate_args=False)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log-probability of successes and failures (..., n, 2), or of (n,) successes in `total_count`."""
        if value.ndim <= len(self.batch_shape):
            return self.latent.log_prob(value)
        return self._log_prob(*value.unbind(dim=-1))

    def _log_prob(self, successes: Tensor, failures: Tensor) -> Tensor:
        ways = (
            torch.lgamma(successes + failures + 1) - torch.lgamma(successes + 1) - torch.lgamma(failures + 1)
        )
        return successes * logsigmoid(self.logits) + failures * logsigmoid(-self.logits) + ways

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(successes <= value)."""
        count = torch.floor(value)
        inner = torch.minimum(count.clamp(min=0.0), (self.total_count - 1).clamp(min=0.0))
        below = by_scipy(special.betainc, self.total_count - inner, inner + 1, torch.sigmoid(-self.logits))
        return torch.where(count < 0, 0.0, torch.where(count >= self.total_count, 1.0, below))

    def icdf(self, value: Tensor) -> Tensor:
        """Return the smallest number of successes with P(successes <= number) >= value."""
        start = (self.mean - self.stddev, self.mean + self.stddev)
        return invert(self.cdf, value, start, (0.0, self.total_count), is_discrete=True)

    def entropy(self) -> Tensor:
        """Return the entropy of the number of successes, by summation."""
        # Success and failure may change places; the sum wants the mass near its lower end.
        logits, total = -self.logits.double().flatten().abs(), self.total_count.double().flatten()
        mean = total * torch.sigmoid(logits)
        spread = 10 * (mean * torch.sigmoid(-logits)).sqrt()
        low, high = (mean - spread).clamp(min=0.0).floor(), torch.minimum((mean + spread + 50).ceil(), total)

        def term(count: Tensor, rows: slice) -> Tensor:
            log_pmf = Successes(logits[rows, None], total[rows, None], validate_args=False).log_prob(count)
            return torch.where(log_pmf == -torch.inf, 0.0, -log_pmf * log_pmf.exp())

        return count_sum(term, low, high).reshape(self.batch_shape).to(self.logits.dtype)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw numbers of successes."""
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            return torch.binomial(
                self.total_count.expand(shape).contiguous(), self.probs.expand(shape).contiguous()
            )


class Successes(Binomial):
    """The number of successes in `total_count` trials.

    Parameters
    ----------
    logits, total_count
        See :class:`Binomial`.

    Examples
    --------
    >>> Successes(torch.tensor([0.0]), 4.0).log_prob(torch.tensor([[1.0], [5.0]])).exp()
    tensor([[0.2500],
            [0.0000]])
    """

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log-probability of `value` (..., n) successes; minus infinity for a number that cannot be."""
        inside = (value >= 0) & (value <= self.total_count)
        successes = torch.where(inside, value, 0.0)
        return torch.where(inside, self._log_prob(successes, self.total_count - successes), -torch.inf)
