"""The Plackett-Luce distribution of rankings, full, partial or tied."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.nn.functional import logsigmoid

from deepstat.distributions.expm1 import expm1
from deepstat.distributions.tail_integral import NODES, WEIGHTS

_ELEMENTS = 4_000_000  # numbers of a table of top(): 32 MB


class PlackettLuce(Distribution):
    """Rankings made by choosing the best, then the best of the rest, each with probability in proportion to exp(score).

    A value holds the place of each item: 1 is the first. Items with 0 or NaN are not ranked and come after all ranked
    ones, in an order that nobody saw (a top-m ranking). Items that share a place come next to each other, in an order
    that nobody saw.

    Ties, ``"exact"``: the probability of what was seen is the sum over all orders of the tied items, by one integral
    for each place (to 1e-7 for up to 40 items in a place); probabilities of rankings with given group sizes sum to one.
    ``"breslow"``: each tied item is chosen from all that are not placed before it. The two agree where nothing but the
    last place is shared, and "breslow" is about ten times as fast, so it is the choice for data without ties.

    Parameters
    ----------
    scores : Tensor of shape (n, k)
        Logarithms of worth; only differences count.
    ties : {"exact", "breslow"}

    Raises
    ------
    ValueError
        No such way with ties.

    Examples
    --------
    >>> race = PlackettLuce(torch.tensor([2.0, 1.0, 1.0]).log()[None])
    >>> race.log_prob(torch.tensor([[1.0, 2.0, 3.0]])).exp()  # 2/4 times 1/2
    tensor([0.2500])
    >>> race.log_prob(torch.tensor([[1.0, 1.0, 2.0]])).exp()  # 2/4 times 1/2 and 1/4 times 2/3
    tensor([0.4167])
    >>> race.mean
    tensor([[1.6667, 2.1667, 2.1667]])

    References
    ----------
    Luce (1959), Individual Choice Behavior; Plackett (1975), The analysis of permutations. Partial rankings: Turner,
    van Etten, Firth and Kosmidis (2020), Modelling rankings in R: the PlackettLuce package. Ties: DeLong, Guirguis and
    So (1994), Efficient computation of subset selection probabilities with application to Cox regression; Breslow
    (1974), Covariance analysis of censored survival data.
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"scores": constraints.real_vector}

    def __init__(
        self, scores: Tensor, ties: Literal["exact", "breslow"] = "exact", validate_args: bool | None = None
    ) -> None:
        check_plackett_luce(ties=ties)
        self.scores, self.ties = scores, ties
        super().__init__(scores.shape[:-1], scores.shape[-1:], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        """Return the constraint of places, zeros and NaN."""
        return _Places()

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log-probability of places (..., n, k)."""
        place = torch.where(value > 0, value, torch.inf)  # NaN too
        mine, others = place.unsqueeze(-1), place.unsqueeze(-2)
        scores = self.scores.unsqueeze(-2)
        behind = others > mine
        if self.ties == "breslow":
            each = self.scores - torch.where(others >= mine, scores, -1e30).logsumexp(dim=-1)
        else:
            tied = others == mine
            number = tied.sum(dim=-1)
            log_rest = torch.where(behind, scores, -1e30).logsumexp(dim=-1)
            alone = logsigmoid(self.scores - log_rest)
            together = self._log_first(scores - log_rest.unsqueeze(-1), tied, number) / number
            each = torch.where(number == 1, alone, together)
        # The last place is certain once the others are taken.
        return torch.where(behind.any(dim=-1), each, 0.0).sum(dim=-1)

    @staticmethod
    def _log_first(log_ratio: Tensor, tied: Tensor, number: Tensor) -> Tensor:
        """Return the log probability that the tied items come before the rest: (..., k, k) to (..., k).

        Items arrive at exponential times with their worths as rates: the rest, of worth one, after all of the tied.
        """
        # Nodes reach as far as the time at which many slow items have come.
        width = (1 + number.to(log_ratio.dtype) / 16).unsqueeze(-1)
        time, weight = width * NODES.to(log_ratio), width * WEIGHTS.to(log_ratio)
        log_x = log_ratio.unsqueeze(-1) + time.log().unsqueeze(-2)
        x = log_x.clamp(-30.0, 5.0).exp()
        arrived = log_x.clamp(max=5.0) + (-expm1(-x) / x).log()  # log(1 - exp(-x)), for every log x
        exponent = (tied.unsqueeze(-1) * arrived).sum(dim=-2) - time
        return (exponent + weight.log()).logsumexp(dim=-1)

    @property
    def mean(self) -> Tensor:
        """The expected place of each item, (n, k), from the probabilities of pairs."""
        return 0.5 + self._before().sum(dim=-1)

    def _before(self) -> Tensor:
        """P(the second item comes before the first), (n, k, k); 1/2 on the diagonal."""
        return torch.sigmoid(self.scores.unsqueeze(-2) - self.scores.unsqueeze(-1))

    @property
    def variance(self) -> Tensor:
        """The variance of each item's place, (n, k), from the probabilities of pairs and triples."""
        before = self._before()
        k = self.scores.shape[-1]
        variances = []
        for i in range(k):
            other = [j for j in range(k) if j != i]
            ahead = (self.scores[..., other] - self.scores[..., i : i + 1]).unsqueeze(-1)
            p = before[..., i, other].unsqueeze(-1)
            # Both before i = 1 - i before one - i before the other + i before both.
            one = torch.zeros_like(ahead)
            first = torch.stack(torch.broadcast_tensors(one, ahead, ahead.mT), dim=-1).softmax(dim=-1)[..., 0]
            both = p + p.mT - 1 + first
            covariance = both - p * p.mT
            diagonal = (p * (1 - p)).squeeze(-1).sum(dim=-1)
            off = covariance.sum(dim=(-2, -1)) - covariance.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
            variances.append(diagonal + off)
        return torch.stack(variances, dim=-1)

    @property
    def mode(self) -> Tensor:
        """The most probable ranking, as places (n, k)."""
        return self._places(self.scores)

    def top(self, m: int) -> Tensor:
        """Return the probability that each item is among the first m, (n, k).

        Exact for every m: at the time at which the item arrives, fewer than m others have arrived. One integral over
        that time of a Poisson-binomial probability, which costs k² m for each of about 250 nodes.

        Parameters
        ----------
        m : int from 1 to k
        """
        k = self.scores.shape[-1]
        if not (isinstance(m, int) and 1 <= m <= k):
            raise ValueError(
                f"m={m!r} is not allowed; give a whole number from 1 to {k}, the number of items."
            )
        scores = self.scores.double().reshape(-1, k)
        log_worth = scores.log_softmax(dim=-1)
        last = 5.0 - float(log_worth.min()) if log_worth.numel() else 5.0
        log_time = torch.arange(-38.0, min(last, 700.0), 0.2, dtype=torch.float64)
        rows = max(1, _ELEMENTS // (k * m * len(log_time)))
        shares = [self._top(part, m, log_time) for part in log_worth.split(rows)]
        return torch.cat(shares).reshape(self.scores.shape).to(self.scores.dtype)

    @staticmethod
    def _top(log_worth: Tensor, m: int, log_time: Tensor) -> Tensor:
        log_x = log_worth.unsqueeze(-1) + log_time
        missing = torch.exp(-log_x.exp())
        arrived = -torch.expm1(-log_x.exp())
        n, k, nodes = log_x.shape
        counts = torch.zeros(n, k, nodes, m, dtype=log_x.dtype)
        counts[..., 0] = 1.0
        for j in range(k):
            yes, no = arrived[:, j : j + 1, :, None], missing[:, j : j + 1, :, None]
            shifted = torch.cat([torch.zeros_like(counts[..., :1]), counts[..., :-1]], dim=-1)
            following = counts * no + shifted * yes
            following[:, j] = counts[:, j]  # the item itself is not among the others
            counts = following
        density = torch.exp(log_x) * missing
        return (density * counts.sum(dim=-1)).sum(dim=-1) * 0.2

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw full rankings, as places."""
        with torch.no_grad():
            scores = self.scores.expand(self._extended_shape(sample_shape))
            return self._places(scores - torch.empty_like(scores).exponential_().log())

    @staticmethod
    def _places(scores: Tensor) -> Tensor:
        order = scores.argsort(dim=-1, descending=True, stable=True)
        return order.argsort(dim=-1).to(scores.dtype) + 1


def check_plackett_luce(*, ties: str = "exact") -> None:
    """Raise ``ValueError`` unless there is such a way with ties.

    Examples
    --------
    >>> check_plackett_luce(ties="breslow")
    """
    if ties not in ("exact", "breslow"):
        raise ValueError(f"plackett_luce: ties={ties!r} is not allowed; give 'exact' or 'breslow'.")


class _Places(constraints.Constraint):
    """Places of items: whole numbers from 1, and 0 or NaN for those without one."""

    is_discrete, event_dim = True, 1

    def check(self, value: Tensor) -> Tensor:
        return ((value >= 0) | value.isnan()).all(dim=-1)
