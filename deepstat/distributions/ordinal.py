"""The ordinal distribution: levels cut from a latent variable by thresholds."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.nn.functional import logsigmoid, pad

from deepstat.distributions.expm1 import expm1
from deepstat.distributions.log_complement import log_complement
from deepstat.distributions.log_ndtr import log_ndtr


class Ordinal(Distribution):
    """Levels in order: P(Y <= j) = F(threshold_j - location), the cumulative link model.

    Values are the codes 0, 1, ..., or the entries of `levels`. Mean and variance treat them as numbers; the score is
    the ranked probability score, which treats them as places one apart.

    Parameters
    ----------
    location : Tensor of shape (n,)
        Moves the latent variable up: larger means higher levels.
    thresholds : Tensor of shape (n, L - 1) or (L - 1,)
        Increasing.
    latent : {"logistic", "normal"}
        The distribution F: proportional odds, or ordered probit.
    levels : Tensor of shape (L,) or None
        Increasing numbers that stand for the codes; for predictions.

    Raises
    ------
    ValueError
        No such latent distribution.

    Examples
    --------
    >>> grades = Ordinal(torch.zeros(1), torch.tensor([[-1.0, 1.0]]))
    >>> grades.probs
    tensor([[0.2689, 0.4621, 0.2689]])
    >>> grades.log_prob(torch.tensor([1.0])).exp()
    tensor([0.4621])

    References
    ----------
    McCullagh (1980), Regression models for ordinal data; Epstein (1969), A scoring system for probability forecasts of
    ranked categories.
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "location": constraints.real,
        "thresholds": constraints.real_vector,
    }
    has_enumerate_support = True

    def __init__(
        self,
        location: Tensor,
        thresholds: Tensor,
        latent: Literal["logistic", "normal"] = "logistic",
        levels: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        check_ordinal(latent=latent)
        batch = torch.broadcast_shapes(location.shape, thresholds.shape[:-1])
        self.location = location.expand(batch)
        self.thresholds = thresholds.expand((*batch, thresholds.shape[-1]))
        self._latent, self.levels = latent, levels
        super().__init__(batch, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """Return the constraint of the levels."""
        if self.levels is None:
            return constraints.integer_interval(0, self.thresholds.shape[-1])
        return _Among(self.levels)

    @property
    def _values(self) -> Tensor:
        if self.levels is not None:
            return self.levels.to(self.location.dtype)
        n = self.thresholds.shape[-1] + 1
        return torch.arange(n, dtype=self.location.dtype, device=self.location.device)

    def _log_probs(self) -> Tensor:
        """Log-probabilities of all levels, (n, L)."""
        cuts = self.thresholds - self.location.unsqueeze(-1)
        if self._latent == "logistic":
            # F(b) - F(a) = F(b) (1 - F(a)) (1 - exp(a - b)): a product, so that nothing cancels in the tails.
            gap = (self.thresholds[..., 1:] - self.thresholds[..., :-1]).clamp(min=1e-30)
            width = torch.log(-expm1(-gap))
            return pad(logsigmoid(cuts), (0, 1)) + pad(logsigmoid(-cuts), (1, 0)) + pad(width, (1, 1))
        low, high = cuts[..., :-1], cuts[..., 1:]
        # In the left tail, where the smaller of the two probabilities keeps its digits.
        flip = low + high > 0
        larger, smaller = log_ndtr(torch.where(flip, -low, high)), log_ndtr(torch.where(flip, -high, low))
        inner = larger + log_complement(smaller - larger)
        first, last = log_ndtr(cuts[..., :1]), log_ndtr(-cuts[..., -1:])
        return torch.cat([first, inner, last], dim=-1)

    @property
    def probs(self) -> Tensor:
        """The probabilities of the levels, (n, L)."""
        return self._log_probs().exp()

    def log_prob(self, value: Tensor) -> Tensor:
        """Return log P(Y = value); minus infinity for a value that is no level."""
        chosen = value.unsqueeze(-1) == self._values
        log_prob = torch.where(chosen, self._log_probs(), 0.0).sum(dim=-1)
        return torch.where(chosen.any(dim=-1), log_prob, -torch.inf)

    @property
    def mean(self) -> Tensor:
        """The mean of the codes, or of the levels as numbers."""
        return (self.probs * self._values).sum(dim=-1)

    @property
    def variance(self) -> Tensor:
        """The variance of the codes, or of the levels as numbers."""
        return (self.probs * (self._values - self.mean.unsqueeze(-1)).square()).sum(dim=-1)

    def _cumulative(self) -> Tensor:
        """P(Y <= level) for all levels, (n, L)."""
        cuts = self.thresholds - self.location.unsqueeze(-1)
        below = torch.sigmoid(cuts) if self._latent == "logistic" else torch.special.ndtr(cuts)
        return pad(below, (0, 1), value=1.0)

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        reached = (value.unsqueeze(-1) >= self._values).sum(dim=-1, keepdim=True)
        cumulative = pad(self._cumulative(), (1, 0))
        return torch.take_along_dim(*_aligned(cumulative, reached), dim=-1).squeeze(-1)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the lowest level with P(Y <= level) >= value."""
        below = self._cumulative()[..., :-1] < value.unsqueeze(-1)
        return torch.where((value >= 0) & (value <= 1), self._values[below.sum(dim=-1)], torch.nan)

    def entropy(self) -> Tensor:
        """Return the entropy."""
        return torch.special.entr(self.probs).sum(dim=-1)

    def crps(self, value: Tensor) -> Tensor:
        """Return the ranked probability score: the sum over levels of (P(Y <= level) - 1{value <= level})²."""
        return (
            (self._cumulative() - (value.unsqueeze(-1) <= self._values).to(self.location.dtype))
            .square()
            .sum(-1)
        )

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw levels."""
        with torch.no_grad():
            uniform = torch.rand(self._extended_shape(sample_shape), dtype=self.location.dtype)
            return self._values[(self._cumulative()[..., :-1] < uniform.unsqueeze(-1)).sum(dim=-1)]

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Return the levels, (L, n), or (L, 1) without `expand`."""
        values = self._values.reshape(-1, *[1] * len(self.batch_shape))
        return values.expand(-1, *self.batch_shape) if expand else values


def check_ordinal(*, latent: str = "logistic", levels: object = None) -> None:
    """Raise ``ValueError`` unless the latent distribution is one that there is.

    Examples
    --------
    >>> check_ordinal(latent="normal")
    """
    if latent not in ("logistic", "normal"):
        raise ValueError(f"ordinal: latent={latent!r} is not allowed; give 'logistic' or 'normal'.")


def _aligned(table: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
    """Give both the leading shape that they broadcast to."""
    batch = torch.broadcast_shapes(table.shape[:-1], index.shape[:-1])
    return table.expand(*batch, table.shape[-1]), index.expand(*batch, index.shape[-1])


class _Among(constraints.Constraint):
    """One of given numbers."""

    is_discrete = True

    def __init__(self, levels: Tensor) -> None:
        self.levels, self.lower_bound, self.upper_bound = levels, levels[0], levels[-1]

    def check(self, value: Tensor) -> Tensor:
        return torch.isin(value, self.levels.to(value.dtype))
