"""The negative log-likelihood of a family as a loss of raw outputs; optionally weighted by beta-NLL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from deepstat.distributions.family import Family


@dataclass(frozen=True)
class NegativeLogLikelihood:
    """``loss(raw (n, n_row + n_constant), target (n, columns)) -> (n,)``.

    Parameters
    ----------
    family : Family
    beta : float in [0, 1]
        0: the likelihood. Otherwise each row is multiplied by its predicted variance to the power beta, which is held
        fixed in the gradient: rows of large predicted variance then teach the mean as much as others. This is no
        likelihood, and is never reported as one.

    References
    ----------
    Seitzer, Tavakoli, Antic and Martius (2022), On the pitfalls of heteroscedastic uncertainty estimation with
    probabilistic neural networks, ICLR.

    Examples
    --------
    >>> import torch
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.records import Distribution
    >>> normal = family_of(Distribution(name="normal", target=torch.distributions.Normal), torch.distributions.Normal)
    >>> NegativeLogLikelihood(normal)(torch.zeros(1, 2), torch.zeros(1, 1))
    tensor([0.9189])
    """

    family: Family
    beta: float = 0.0

    def __call__(self, raw: Tensor, target: Tensor, **options: Any) -> Tensor:
        """Return (n,) losses; `options` replace those of the family."""
        distribution = self.family.build(raw, **options)
        loss: Tensor = -distribution.log_prob(target[:, 0] if self.family.columns == 1 else target)
        if self.beta:
            loss = loss * distribution.variance.detach() ** self.beta
        return loss
